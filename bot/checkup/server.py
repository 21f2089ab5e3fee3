"""The ledger's server: does it answer, and may it be trusted with what must not be lost?"""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.checkup.findings import Remark, Weight, fault, good, warning
from bot.ledger import (
    EmbeddedServer,
    Ledger,
    LedgerError,
    LedgerUnavailable,
    NewerRecord,
    NoServer,
    ServerWeight,
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

_WEIGHTS = {
    ServerWeight.GOOD: Weight.GOOD,
    ServerWeight.WARNING: Weight.WARNING,
    ServerWeight.FAULT: Weight.FAULT,
}


UNUSABLE = (LedgerError, ValueError, OSError)
"""What `Ledger.connect` raises where there is no server to be had, or no data that can be read."""


async def examine(settings: LedgerSection) -> list[Remark]:
    """Connect as `run` would (starting or joining the embedded server) and ask the server about itself."""
    where, what = place_of(settings)
    return [*looked_at(settings), *await _asked(where, what)]


def looked_at(settings: LedgerSection) -> list[Remark]:
    """What is seen before anybody connects: the way to a server of others, or the disk of our own."""
    address = settings.redis_url.get_secret_value()
    return in_the_open(ledger_address(address)) if address else _disk(settings.data)


def place_of(settings: LedgerSection) -> tuple[str | EmbeddedServer, str]:
    """The configured server, else the embedded one of the data folder; and what it is called."""
    address = settings.redis_url.get_secret_value()
    if address:
        return address, "REDIS_URL"
    embedded = EmbeddedServer(settings.data, environment=settings.server_environment())
    return embedded, f"The embedded server in {settings.data}"


def unusable(what: str, error: Exception) -> str:
    """What is said of a server that cannot be used."""
    if isinstance(error, NoServer):
        return str(error)
    if isinstance(error, NewerRecord):
        return f"{what} holds data of a newer Gatehouse ({error}). Run that version or a later one."
    return f"{what} cannot be used: {error}. See that it runs, and that address and password are right."


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
        return [fault(PART, unusable(what, error))]
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
        *(Remark(_WEIGHTS[one.weight], PART, one.sentence) for one in found),
    ]


def _disk(folder: Path) -> list[Remark]:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_mib = shutil.disk_usage(existing).free >> 20
    if free_mib >= LEAST_FREE_MIB:
        return [good(PART, f"{free_mib} MiB are free for {folder}.")]
    sentence = f"Only {free_mib} MiB are free for {folder}; have at least {LEAST_FREE_MIB} MiB."
    return [(warning if free_mib >= FULL_MIB else fault)(PART, sentence)]
