"""A process and what was seen of its ledger before: refused, started, or started on an older ledger on purpose."""

from __future__ import annotations

import asyncio

import aiohttp
import structlog

from bot.administration.older_ledger import accept_older_ledger
from bot.app.refusing import StartRefused
from bot.app.sealing import Sealing
from bot.audit import SealKey
from bot.cards.messages import record as messages
from bot.desk import Desk, audit_message
from bot.ledger import Ledger
from bot.models import Event, SeenHead
from bot.rules.older_ledger import why_older
from bot.settings import Settings
from bot.witness import FolderFault, NoFolder, SecondPlace, WitnessFolder

log = structlog.get_logger()

_OLDER = (
    "The ledger is older than what was seen of it: {why}. It may bring back grants that were revoked and lift "
    "suspensions. Put the newest data back. To use this ledger on purpose, start once with `gatehouse run "
    "--accept-older-ledger`: every grant and role given in Slack is dropped, suspensions stay, and the audit channel "
    "hears of it."
)


async def sealing_of(
    settings: Settings, desk: Desk, session: aiohttp.ClientSession, *, accept_older: bool = False
) -> Sealing:
    """The witnesses of this process, its ledger compared with what they saw. Raises StartRefused."""
    folder = _folder(settings)
    seen, key = None, None
    if folder is not None:
        try:
            key = await asyncio.to_thread(folder.key)
            seen = await _compared(desk, folder, accept_older=accept_older)
        except NoFolder as fault:
            if settings.record.folder is not None:
                raise StartRefused([str(fault)]) from None
            # The default beside the data folder cannot be written in every container; `check` says it too.
            log.error("record_not_witnessed", why=str(fault))
            folder = None
        except FolderFault as fault:
            raise StartRefused([str(fault)]) from None
    if key is not None:
        await _tell_of_key(desk, key, seen)
    return Sealing(
        desk=desk,
        key=key,
        folder=folder,
        seen=seen,
        place=_second_place(settings, session),
    )


def _folder(settings: Settings) -> WitnessFolder | None:
    path = settings.record_folder()
    if path is None:
        log.error(
            "record_not_witnessed",
            why="no [record] folder is named, and the data folder's place is not known",
        )
        return None
    return WitnessFolder(path)


def _second_place(settings: Settings, session: aiohttp.ClientSession) -> SecondPlace | None:
    record = settings.record
    return SecondPlace(record.webhook_url, record.webhook_secret, session) if record.webhook_url else None


async def _compared(desk: Desk, folder: WitnessFolder, *, accept_older: bool) -> SeenHead | None:
    """What the ledger is to be compared with from now on."""
    try:
        seen = await asyncio.to_thread(folder.seen)
    except FolderFault:
        if not accept_older:
            raise
        # Damaged: how far it was is not known, so everything is treated as if it were older.
        seen = SeenHead(number=0, link="", at=desk.now())
        await accept_older_ledger(desk, seen)
        return None
    why = await older_by(desk.ledger, seen)
    if not why or seen is None:
        return seen
    if not accept_older:
        raise StartRefused([_OLDER.format(why=why)])
    log.warning("older_ledger_accepted", why=why)
    await accept_older_ledger(desk, seen)
    return None


async def older_by(ledger: Ledger, seen: SeenHead | None) -> str:
    """Why this ledger is behind what was seen; empty if it is not."""
    head = await ledger.head()
    there = await ledger.link_of_event(seen.number) if seen is not None and seen.number else ""
    return why_older(seen, head.number, there)


async def _tell_of_key(desk: Desk, key: SealKey, seen: SeenHead | None) -> None:
    """A new key is announced: the auditor needs its public half, and a key that nobody took is an alarm."""
    before = seen.key_id if seen is not None else ""
    if key.key_id == before:
        return
    event = Event(name="seal_key_taken", facts={"key": key.key_id, "before": before})
    said = messages.key_taken(key.key_id, before)
    await desk.announce([event], [audit_message(f"seal_key:{key.key_id}", said)])
