"""Whether the escalation team is there, when it next comes or goes, and whose calendar is asked.

The clock on the wall decides: a span is open while the wall shows a time within it. In the night of spring a time that
the wall leaps over opens nothing; in that of autumn the hour that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.models.calendars import (
    DEFAULT_CALENDAR,
    WEEKDAYS,
    CalendarSection,
    Holiday,
    Span,
    Weekday,
    public_holidays,
)
from bot.models.rules import Rules
from bot.models.section import DAY
from permissions.grants import same_id

_LOOKED_AHEAD = (timedelta(days=10), timedelta(days=400))
"""Most calendars change within a week and its holidays. Beyond a year and a month nobody plans by it (our choice)."""
_SLACK = timedelta(days=3)
"""Wall and instant are apart by up to 14 hours, a zone may skip a whole day, and a night belongs to the day before."""


def calendars_of(rules: Rules) -> dict[str, CalendarSection]:
    """Every calendar by its name, that of everybody else first."""
    return {DEFAULT_CALENDAR: rules.escalation.calendar, **rules.calendars}


def calendar_name_for(rules: Rules, *lineage: str) -> str:
    """Which calendar an organization has, given by its id and those above it, the nearest first: its own, else the
    nearest one's above it, else the default."""
    named = {of: name for name, each in rules.calendars.items() for of in each.organizations}
    return next((named[of] for of in map(same_id, lineage) if of in named), DEFAULT_CALENDAR)


def calendar_for(rules: Rules, *lineage: str) -> CalendarSection:
    """That calendar itself."""
    return calendars_of(rules)[calendar_name_for(rules, *lineage)]


def is_open(calendar: CalendarSection, at: datetime) -> bool:
    """Whether the team is there at an instant."""
    wall = at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)
    today = datetime.combine(wall.date(), time())
    return any(
        span.starts <= wall - midnight < span.ends
        for midnight in (today - DAY, today)
        for span in hours_on(calendar, midnight.date())
    )


def hours_on(calendar: CalendarSection, day: date) -> tuple[Span, ...]:
    """The spans that begin on a day. A day's own hours come before that it is closed, and both before its weekday."""
    if day in calendar.open:
        return calendar.open[day]
    if day in calendar.closed or any(day == each.on for each in _holidays_in(calendar, day.year)):
        return ()
    return calendar.weekdays.get(WEEKDAYS[day.weekday()], ())


def next_change(calendar: CalendarSection, at: datetime) -> datetime | None:
    """When it opens, if it is closed, or closes, if it is open (UTC); None: neither for a year and more."""
    now = is_open(calendar, at)
    for ahead in _LOOKED_AHEAD:
        known_until = at + ahead
        instants = sorted(one for one in boundaries(calendar, at, known_until) if at < one <= known_until)
        found = next((one for one in instants if is_open(calendar, one) is not now), None)
        if found is not None:
            return found
    return None


def open_time_after(calendar: CalendarSection, since: datetime, span: timedelta) -> datetime | None:
    """When it has been open for so long since an instant; of no span at all: when it is open first. None: not for a
    year and more."""
    at, left = since, span
    while at - since <= _LOOKED_AHEAD[-1]:
        change = next_change(calendar, at)
        if is_open(calendar, at):
            if change is None or at + left <= change:
                return at + left
            left -= change - at
        if change is None:
            return None
        at = change
    return None


def boundaries(calendar: CalendarSection, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant at which it may open or close, and some more, in no order."""
    zone = ZoneInfo(calendar.zone)
    day, last = (since - _SLACK).date(), (until + _SLACK).date()
    while day <= last:
        midnight = datetime.combine(day, time())
        for span in hours_on(calendar, day):
            yield from _instants(midnight + span.starts, zone)
            yield from _instants(midnight + span.ends, zone)
        day += DAY


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the wall first shows this time, or a later one where it leaps over it (UTC)."""
    instants = _instants(wall, zone)
    is_leapt_over = len(instants) > 1 and instants[0] > instants[1]
    return instants[-1] if is_leapt_over else instants[0]


def _instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When the wall shows this: one instant; where it shows it twice or never, also that at which the zone changes."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return (first,)
    return (first, second, _turn_of(zone, min(first, second), max(first, second)))


def _turn_of(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The first second of the zone's new offset; the offset is the old one at `early`, or `early` is that second."""
    offset = late.astimezone(zone).utcoffset()
    while early < late:
        middle = early + (late - early) // timedelta(seconds=2) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle + timedelta(seconds=1)
    return late


def next_holidays(calendar: CalendarSection, at: datetime, count: int) -> tuple[Holiday, ...]:
    """The next public holidays, today's too; fewer where a calendar has no more in the year and the next."""
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    found = [*_holidays_in(calendar, today.year), *_holidays_in(calendar, today.year + 1)]
    coming: Mapping[date, Holiday] = {
        each.on: each for each in sorted(found, reverse=True) if each.on >= today
    }
    return tuple(sorted(coming.values())[:count])


def _holidays_in(calendar: CalendarSection, year: int) -> list[Holiday]:
    return [each for code in calendar.holidays for each in public_holidays(code, year)]


def in_words(calendar: CalendarSection, at: datetime) -> str:
    """Whether it is open, and until when, in the calendar's own zone."""
    state = "open" if is_open(calendar, at) else "closed"
    change = next_change(calendar, at)
    if change is None:
        return f"{state}, and stays so for a year and more ({calendar.zone})"
    return f"{state} until {change.astimezone(ZoneInfo(calendar.zone)):%a %Y-%m-%d %H:%M} ({calendar.zone})"


def weekly_moment(now: datetime, zone: str, weekday: Weekday, hour: int) -> datetime:
    """The newest moment that is not to come of a weekday and hour on the wall of a zone."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() - timedelta(days=(local.weekday() - WEEKDAYS.index(weekday)) % 7)
    at = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
    return (
        at
        if at <= now
        else datetime.combine(day - timedelta(days=7), time(hour), ZoneInfo(zone)).astimezone(UTC)
    )
