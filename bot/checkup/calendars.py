"""The calendars that rotas are read from: asked as the bot asks them, and held against the access file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import aiohttp
from pydantic import SecretStr

from bot.checkup import tiers
from bot.checkup.findings import Remark, fault, good, warning
from bot.checkup.server import UNUSABLE, place_of
from bot.ical.fetching import AddressTrouble, CalendarAddress
from bot.ledger import Ledger, LedgerError, StoredCalendar
from bot.models import Given
from bot.models.calendars import CalendarCopy
from bot.models.rotas import Turn
from bot.rules.rotas import understood
from bot.settings import Settings
from permissions import Access

PART = "rotas"
_TOLD = 10
"""Odd events of one calendar that are told one by one (our choice)."""


def addresses_of(settings: Settings, session: aiohttp.ClientSession) -> dict[str, CalendarAddress]:
    """Where the calendar of each rota that has one is."""
    return {
        name: CalendarAddress(SecretStr(address), settings.rotas[name].zone, session)
        for name, address in settings.calendar_addresses().items()
    }


async def examine(settings: Settings, access: Access | None, given: Given | None = None) -> list[Remark]:
    """Ask each address once, and tell what the bot would make of it. Nothing of it stops a start: the last good copy
    is used, and without one the next tier is called."""
    if not settings.calendar_addresses():
        return []
    now = datetime.now(UTC)
    found: list[Remark] = []
    turns: dict[str, tuple[Turn, ...]] = {}
    async with aiohttp.ClientSession() as session:
        for name, address in addresses_of(settings, session).items():
            try:
                copy = await address.read(now)
            except AddressTrouble as trouble:
                found.append(await _away(settings, name, address.host, str(trouble)))
            else:
                if access is not None:
                    turns[name] = _told(settings, name, copy, access, found)
    rules = settings.rules()
    if access is not None:
        found += tiers.people_remarks(_people(turns), access, now)
    return [*found, *tiers.holes_remarks(rules, now, turns, tiers.with_calendars(rules), given)]


def _told(
    settings: Settings, name: str, copy: CalendarCopy, access: Access, found: list[Remark]
) -> tuple[Turn, ...]:
    means = understood(settings.rotas[name], copy, access.persons)
    until = f"{copy.until:%Y-%m-%d}"
    found.append(
        good(PART, f"The calendar of [rotas.{name}] is read: {len(means.turns)} turns until {until}.")
    )
    found += [warning(PART, f"[rotas.{name}] calendar: {each}.") for each in means.odd[:_TOLD]]
    if len(means.odd) > _TOLD:
        found.append(warning(PART, f"[rotas.{name}] calendar: {len(means.odd) - _TOLD} more odd events."))
    return means.turns


def _people(turns: Mapping[str, tuple[Turn, ...]]) -> list[tuple[str, str]]:
    return [
        (f"[rotas.{name}] calendar", key)
        for name, told in turns.items()
        for key in dict.fromkeys(one for turn in told for one in turn.people)
    ]


async def _away(settings: Settings, name: str, host: str, why: str) -> Remark:
    """It may be back in a minute; what is used meanwhile."""
    held = await _kept(settings, name)
    copy = held.copy if held is not None else None
    used = (
        f"The copy of {copy.read_at:%Y-%m-%d %H:%M} UTC is used"
        if copy is not None
        else "There is no earlier copy in the ledger, so nobody of it is on call"
    )
    sentence = f"The calendar of [rotas.{name}] ({host}) cannot be read: {why}. {used}. Look at its address."
    return fault(PART, sentence, passes=True)


async def _kept(settings: Settings, name: str) -> StoredCalendar | None:
    """What the ledger has of it; None where it cannot be asked, which is told elsewhere."""
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="check")
    except UNUSABLE:
        return None
    try:
        return (await ledger.calendars.read([name]))[name]
    except LedgerError:
        return None
    finally:
        await ledger.close()
