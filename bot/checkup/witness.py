"""What proves the record from outside of the ledger: is it there, and is the ledger behind it?"""

from __future__ import annotations

import os

from bot.checkup.findings import Remark, fault, good, warning
from bot.ledger import EmbeddedServer, Ledger, LedgerError
from bot.rules.older_ledger import why_older
from bot.settings import Settings
from bot.witness import FolderFault, WitnessFolder

PART, LEDGER = "settings", "ledger"
_NOT_WITNESSED = "Seals are not signed, and an older copy of the ledger would not be noticed"


def examine(settings: Settings) -> list[Remark]:
    """The folder and the second place, as they are named and as they lie on the disk."""
    return [*_folder(settings), _second_place(settings)]


def _folder(settings: Settings) -> list[Remark]:
    path = settings.record_folder()
    if path is None:
        return [warning(PART, f"{_NOT_WITNESSED}: no folder is named. Name one: [record] folder.")]
    existing = next(place for place in (path, *path.parents) if place.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        weight = warning if settings.record.folder is None else fault
        return [
            weight(
                PART, f"{_NOT_WITNESSED}: {path} cannot be made or written to. Name another: [record] folder."
            )
        ]
    folder = WitnessFolder(path)
    try:
        key, _ = folder.key_if_any(), folder.seen()
    except FolderFault as error:
        return [fault(PART, str(error))]
    if key is None:
        return [good(PART, f"The first start makes the key of the seals, in {path}.")]
    return [good(PART, f"Seals are signed by the key {key.key_id}, in {path}.")]


def _second_place(settings: Settings) -> Remark:
    url = settings.record.webhook_url
    if not url:
        return good(PART, "Seals go to the audit channel only ([record] webhook_url names a second place).")
    return good(PART, f"Seals go to the audit channel and to {url}.")


async def compare(settings: Settings) -> list[Remark]:
    """Whether `run` would refuse this ledger because it is older than what was seen. Whoever cannot connect has been
    told so already."""
    path = settings.record_folder()
    try:
        seen = WitnessFolder(path).seen() if path is not None else None
    except FolderFault:
        return []
    if seen is None:
        return []
    url = settings.ledger.redis_url.get_secret_value()
    where = url or EmbeddedServer(settings.ledger.data, environment=settings.ledger.server_environment())
    try:
        ledger = await Ledger.connect(where, replica_id="check")
    except (LedgerError, ValueError, OSError):
        return []
    try:
        head, there = await ledger.head(), await ledger.link_of_event(seen.number)
    except LedgerError:
        return []
    finally:
        await ledger.close()
    why = why_older(seen, head.number, there)
    if not why:
        return [good(LEDGER, f"The ledger holds event {seen.number}, which was seen last.")]
    remedy = "Put the newest data back, or see `gatehouse run --accept-older-ledger` in docs/record.md."
    return [fault(LEDGER, f"The ledger is older than what was seen of it: {why}. `run` refuses it. {remedy}")]
