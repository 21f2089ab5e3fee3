"""The ledger's server: does it answer, and may it be trusted with what must not be lost?"""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.checkup.findings import Remark, Weight, fault, good, warning
from bot.ledger import EmbeddedServer, Ledger, LedgerUnavailable, NewerRecord, NoServer, ServerWeight
from bot.ledger.address import LedgerAddress, ledger_address
from bot.settings import LedgerSection
from bot.settings.addresses import crosses_a_network

PART = "ledger"
LEAST_FREE_MIB = 1024
"""Our choice: the append-only file is rewritten beside the old one, and 100,000 cases take well under
500 MiB."""

_WEIGHTS = {
    ServerWeight.GOOD: Weight.GOOD,
    ServerWeight.WARNING: Weight.WARNING,
    ServerWeight.FAULT: Weight.FAULT,
}


async def examine(settings: LedgerSection) -> list[Remark]:
    """Connect as `run` would (starting or joining the embedded server) and ask the server about itself."""
    address = settings.redis_url.get_secret_value()
    if address:
        return [*in_the_open(ledger_address(address)), *await _asked(address, "REDIS_URL")]
    embedded = EmbeddedServer(settings.data, environment=settings.server_environment())
    findings = await _asked(embedded, f"The embedded server in {settings.data}")
    return [*findings, *_disk(settings.data)]


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
    except NoServer as error:
        return [fault(PART, str(error))]
    except NewerRecord as error:
        return [
            fault(PART, f"{what} holds data of a newer Gatehouse ({error}). Run that version or a later one.")
        ]
    except (LedgerUnavailable, ValueError, OSError) as error:
        return [
            fault(
                PART,
                f"{what} cannot be used: {error}. See that it runs, and that address and password are right.",
            )
        ]
    try:
        found = await ledger.durability()
    except LedgerUnavailable as error:
        return [fault(PART, f"{what} stopped answering: {error}. Look at its log.")]
    finally:
        await ledger.close()
    return [
        good(PART, f"{what} answers."),
        *(Remark(_WEIGHTS[one.weight], PART, one.sentence) for one in found),
    ]


def _disk(folder: Path) -> list[Remark]:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_mib = shutil.disk_usage(existing).free >> 20
    if free_mib >= LEAST_FREE_MIB:
        return [good(PART, f"{free_mib} MiB are free for {folder}.")]
    return [warning(PART, f"Only {free_mib} MiB are free for {folder}; have at least {LEAST_FREE_MIB} MiB.")]
