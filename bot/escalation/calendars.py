"""Rotas that are read from a calendar: looked at again and again, by one replica for all.

read ──> kept, with what changed and what is odd in the same step
away ──> noted; the last good copy stays, and one alert tells so when it has been away for long
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot.cards.messages import oncall as messages
from bot.desk import Desk, NoAccess, audit_message
from bot.ical.fetching import AddressTrouble, CalendarAddress
from bot.ledger import StoredCalendar
from bot.models import Change, Effect, Event, digest_of
from bot.models.calendars import CalendarCopy
from bot.rules.rotas import Understood, has_changed, news, understood

log = structlog.get_logger()

_LEAD = timedelta(seconds=90)
"""Longer than one look may take: the replicas do not all ask the address at once (our choice)."""


async def watch_calendars(
    desk: Desk, addresses: Mapping[str, CalendarAddress], every: timedelta, stale_after: timedelta
) -> timedelta | None:
    """Look at each address whose time has come. How old the oldest copy is; None where there is no calendar.

    LedgerUnavailable passes through.
    """
    for name, held in (await desk.ledger.calendars.read(addresses)).items():
        looked, now = held.looked_at, desk.now()
        if looked is not None and now - looked < every:
            continue
        if await desk.ledger.lead(f"calendar:{name}", _LEAD):
            await _look(desk, name, addresses[name], held, stale_after)
    if not addresses:
        return None
    copies = [each.copy for each in (await desk.ledger.calendars.read(addresses)).values()]
    return max((desk.now() - each.read_at if each else timedelta.max) for each in copies)


async def _look(
    desk: Desk, name: str, address: CalendarAddress, held: StoredCalendar, stale_after: timedelta
) -> None:
    try:
        copy = await address.read(desk.now())
    except AddressTrouble as trouble:
        await desk.ledger.calendars.failed(name, str(trouble))
        log.warning("rota_calendar_not_read", rota=name, host=address.host, why=str(trouble))
        await _tell_stale(desk, name, held, str(trouble), stale_after)
        return
    events, effects = await _found(desk, name, held, copy)
    await desk.ledger.calendars.keep(name, copy, events, effects)


async def _found(
    desk: Desk, name: str, held: StoredCalendar, copy: CalendarCopy
) -> tuple[list[Event], list[Effect]]:
    """What is recorded and said of a good look."""
    before, after = await _means(desk, name, held.copy), await _means(desk, name, copy)
    events: list[Event] = []
    effects: list[Effect] = []
    if has_changed(held.copy, copy):
        facts = {
            "rota": name,
            "turns": len(after.turns),
            "odd": len(after.odd),
            "until": copy.until.isoformat(),
        }
        events.append(Event(name="rota_calendar_changed", facts=facts))
    odd = news(before.odd, after.odd)
    if odd:
        told = f"rota_calendar_odd:{name}:{digest_of(sorted(odd))[:32]}"
        effects.append(audit_message(told, messages.calendar_odd(name, odd)))
    if held.failing_since is not None and await desk.ledger.was_queued(_stale_id(name, held.failing_since)):
        events.append(Event(name="rota_calendar_back", facts={"rota": name}))
        back = f"rota_calendar_back:{name}:{held.failing_since.isoformat()}"
        effects.append(audit_message(back, messages.calendar_back(name)))
    return events, effects


async def _means(desk: Desk, name: str, copy: CalendarCopy | None) -> Understood:
    try:
        persons = (await desk.access.current()).persons
    except NoAccess:
        persons = ()
    return understood(desk.rules.rotas[name], copy, persons) if copy is not None else Understood((), ())


async def _tell_stale(desk: Desk, name: str, held: StoredCalendar, why: str, stale_after: timedelta) -> None:
    """One alert for one absence, whichever replica finds it long enough."""
    since = held.failing_since
    if since is None or desk.now() - since < stale_after:
        return
    told = _stale_id(name, since)
    if await desk.ledger.was_queued(told):
        return
    said = messages.calendar_stale(name, since, why, held.copy.read_at if held.copy else None)
    event = Event(name="rota_calendar_stale", facts={"rota": name, "since": since.isoformat()})
    await desk.ledger.commit(Change(op_id=told, events=[event], effects=[audit_message(told, said)]))


def _stale_id(name: str, since: datetime) -> str:
    return f"rota_calendar_stale:{name}:{since.isoformat()}"
