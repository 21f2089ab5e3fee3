"""The ledger's server: does it answer, and may it be trusted with what must not be lost?"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.checkup.findings import Remark, Weight, fault, good, warning
from bot.ledger import (
    EmbeddedServer,
    Ledger,
    LedgerError,
    LedgerUnavailable,
    NewerRecord,
    NoServer,
    NotWhole,
    ServerWeight,
    look_at,
)
from bot.ledger.address import LedgerAddress, ledger_address
from bot.settings import LedgerSection
from bot.settings.addresses import crosses_a_network

PART = "ledger"
LEAST_FREE_MIB = 1024
"""Our choice: the append-only file is rewritten beside the old one, and 100,000 cases take well under
500 MiB."""
FULL_MIB = 16
"""Below this the embedded server soon cannot write, and ends (our choice)."""

_APART = timedelta(seconds=60)
"""Clocks of two machines that are kept by NTP are closer by far (our choice)."""

_WEIGHTS = {
    ServerWeight.GOOD: Weight.GOOD,
    ServerWeight.WARNING: Weight.WARNING,
    ServerWeight.FAULT: Weight.FAULT,
}


_ASKS_OURS = "It asks for a certificate that it knows: name ours in ssl_certfile and ssl_keyfile."
_IF_ASKED = "If it asks for our certificate, name it in ssl_certfile and ssl_keyfile."
_REMEDIES = (
    ("NOPERM", "Give its user the rights that docs/ledger.md lists (ACL SETUSER)."),
    ("NOREPLICAS", "It has too few replicas (min-replicas-to-write): see that they run and follow it."),
    ("by any Sentinel", "See that the Sentinels run, and that they watch a group of this name."),
    (
        "certificate is not valid for",
        "Use a name of its certificate, or ssl_check_hostname=no where it has none.",
    ),
    ("certificate has expired", "Have it renewed, or look at this machine's clock."),
    ("CERTIFICATE_VERIFY_FAILED", "Name the authority that signed its certificate in ssl_ca_certs."),
    ("KEY_VALUES_MISMATCH", "ssl_keyfile is not the key of ssl_certfile. Name the two that belong together."),
    ("[X509", "ssl_ca_certs or ssl_certfile is no certificate (PEM). Name another file."),
    ("] PEM lib", "ssl_certfile and ssl_keyfile hold no certificate and key that belong together (PEM)."),
    ("CERTIFICATE_REQUIRED", _ASKS_OURS),
    ("ALERT_UNKNOWN_CA", _ASKS_OURS),
    ("ALERT_BAD_CERTIFICATE", _ASKS_OURS),
    ("HANDSHAKE_FAILURE", _ASKS_OURS),
)
"""What to do about what a server or the client says, by a word of it; the first that fits."""

_SILENT = ("reset by peer", "closed by server", "did not answer within", "EOF occurred")
"""What a server does that does not understand us, as one with TLS does without it, and the other way round."""

UNUSABLE = (LedgerError, ValueError, OSError)
"""What `Ledger.connect` raises where there is no server to be had, or no data that can be read."""


async def examine(settings: LedgerSection) -> list[Remark]:
    """Connect as `run` would (starting or joining the embedded server) and ask the server about itself."""
    where, what = place_of(settings)
    found = looked_at(settings)
    if any(one.weight is Weight.FAULT for one in found):
        return found  # A start ends here as well; what follows from it would only be said a second time.
    return [*found, *await _asked(where, what)]


def looked_at(settings: LedgerSection) -> list[Remark]:
    """What is seen before anybody connects: the way to a server of others, or the disk of our own."""
    address = settings.redis_url.get_secret_value()
    if not address:
        return _disk(settings.data)
    read = ledger_address(address)
    return [*_certificates(read), *in_the_open(read)]


def place_of(settings: LedgerSection) -> tuple[str | EmbeddedServer, str]:
    """The configured server, else the embedded one of the data folder; and what it is called."""
    address = settings.redis_url.get_secret_value()
    if address:
        return address, "REDIS_URL"
    embedded = EmbeddedServer(settings.data, environment=settings.server_environment())
    return embedded, f"The embedded server in {settings.data}"


async def refused(where: str | EmbeddedServer, what: str, error: Exception) -> list[str]:
    """Why no ledger can be opened there: what the server says of itself explains more than the command that failed."""
    is_silent = isinstance(error, LedgerUnavailable) and not isinstance(error, NewerRecord)
    if isinstance(where, str) and is_silent:
        with suppress(*UNUSABLE):
            found = [one for one in await look_at(where) if one.weight is ServerWeight.FAULT]
            if found:
                return [one.sentence for one in found]
    return [_unusable(where, what, error)]


def _unusable(where: str | EmbeddedServer, what: str, error: Exception) -> str:
    if isinstance(error, NoServer | NotWhole):
        return str(error)
    if isinstance(error, NewerRecord):
        return f"{what} holds data of a newer Gatehouse ({error}). Run that version or a later one."
    tls = isinstance(where, str) and ledger_address(where).tls
    return f"{what} cannot be used: {error}. {_remedy(str(error), tls=tls)}"


def _remedy(said: str, *, tls: bool) -> str:
    known = next((remedy for word, remedy in _REMEDIES if word in said), "")
    if known:
        return known
    if not any(word in said for word in _SILENT):
        return "See that it runs, and that address and password are right."
    if tls:
        return (
            f"See that it runs, and that it speaks TLS (else the address begins with redis://). {_IF_ASKED}"
        )
    return "See that it runs. If it speaks TLS, the address begins with rediss://."


def _certificates(address: LedgerAddress) -> list[Remark]:
    """Files that the address names: the client would speak of a connection, and not of the file."""
    found = []
    for option in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        name = address.tls_options.get(option)
        try:
            _ = name and Path(str(name)).read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            found.append(
                fault(PART, f"REDIS_URL: {option} names {name}, which cannot be read ({why}). Mend the path.")
            )
    return found


def in_the_open(address: LedgerAddress) -> list[Remark]:
    """What half a protection leaves open; that there is none at all the settings refuse."""
    if not crosses_a_network(address):
        return []
    if not address.tls:
        sentence = (
            "The password, every request and every press cross the network in the clear. "
            "Use rediss:// (rediss+sentinel:// for a Sentinel group)."
        )
        return [warning(PART, sentence)]
    if not address.password and "ssl_certfile" not in address.tls_options:
        sentence = "The server asks for no password: whoever reaches it can write into the ledger. Set one."
        return [warning(PART, sentence)]
    return []


async def _asked(where: str | EmbeddedServer, what: str) -> list[Remark]:
    try:
        ledger = await Ledger.connect(where, replica_id="check")
    except UNUSABLE as error:
        return [fault(PART, one) for one in await refused(where, what, error)]
    try:
        return await asked(ledger, what)
    finally:
        await ledger.close()


async def asked(ledger: Ledger, what: str) -> list[Remark]:
    """What a server that answers says of itself."""
    try:
        found = await ledger.durability()
    except LedgerUnavailable as error:
        return [fault(PART, f"{what} stopped answering: {error}. Look at its log.")]
    return [
        good(PART, f"{what} answers."),
        *_clock(ledger.now(), datetime.now(UTC)),
        *(Remark(_WEIGHTS[one.weight], PART, one.sentence) for one in found),
    ]


def _clock(shared: datetime, own: datetime) -> list[Remark]:
    """Times on cards and the age of Slack's calls are the server's; this host's clock is what TLS goes by."""
    apart = shared - own
    if abs(apart) <= _APART:
        return []
    which = "ahead of" if apart > timedelta(0) else "behind"
    sentence = (
        f"The ledger's clock is {abs(apart).total_seconds():.0f} s {which} this host's ({shared:%Y-%m-%d %H:%M:%S} and "
        f"{own:%Y-%m-%d %H:%M:%S} UTC). One of them is wrong: set it by NTP. Due times go by the ledger's."
    )
    return [warning(PART, sentence)]


def _disk(folder: Path) -> list[Remark]:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_mib = shutil.disk_usage(existing).free >> 20
    if free_mib >= LEAST_FREE_MIB:
        return [good(PART, f"{free_mib} MiB are free for {folder}.")]
    sentence = f"Only {free_mib} MiB are free for {folder}; have at least {LEAST_FREE_MIB} MiB."
    return [(warning if free_mib >= FULL_MIB else fault)(PART, sentence)]
