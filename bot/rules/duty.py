"""Times of duty as somebody types them, and what a swap of two times is. Pure.

Days are those of a rota: from its hand-over time until that of the day after, on the clock of its wall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.models.calendars import WEEKDAYS
from bot.models.rotas import Roster
from bot.models.section import DAY
from bot.rules.calendars import first_instant
from bot.rules.rotas import turns
from bot.rules.typed import Misread

LONGEST = timedelta(days=366)
"""How far ahead duty is arranged from Slack (our choice: a year of holidays); what lasts stands in the file."""
_TOO_FAR = f"That is more than {LONGEST.days} days ahead; what is so far off stands in the file."
TURN = "turn"
"""Typed for a whole turn instead of its days."""
_SWAPPED_WITHIN = 92
"""Days within which the other one's time is looked for where none is named (our choice: a quarter of a year)."""
_TURN_WITHIN = timedelta(days=_SWAPPED_WITHIN)
_SPELLED = (
    'write tuesday, 2026-12-24, "2026-12-24 - 2026-12-26", 18:00 - 22:00, "fri 18:00 - mon 08:00", or for 4h'
)

_FOR = re.compile(r"for ([0-9]{1,5}) ?(m|h|d|w)[a-z]*")
_UNTIL = re.compile(r"(?:until|till) (.+)")
_BETWEEN = re.compile(r" (?:-|–|—|to|until|till) ")
_POINT = re.compile(r"(?:(\S+) )?([0-9]{1,2}):([0-9]{2})")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant until another, without its end."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class _Point:
    """A day, a time of day, or both."""

    day: date | None = None
    at: timedelta | None = None


def span_of(said: str, now: datetime, zone: str, day_begins: timedelta = timedelta()) -> Span | Misread:
    """The span that somebody typed, from now on where it has begun; else what is wrong, for people.

    A weekday is the next one, today included. `day_begins`: when a day begins there, since midnight.
    """
    text, wall = " ".join(said.casefold().split()).removeprefix("from "), ZoneInfo(zone)
    if (lasting := _FOR.fullmatch(text)) is not None:
        return _fitting(Span(now, now + int(lasting[1]) * _UNITS[lasting[2]]), now)
    if (ending := _UNTIL.fullmatch(text)) is not None:
        return _until(ending[1], now, wall)
    first, *more = _BETWEEN.split(text)
    today = now.astimezone(wall).date()
    if first == "now" and len(more) == 1:
        return _until(more[0], now, wall)
    begins = _point(first, today)
    ends = _point(more[0], begins.day or today) if len(more) == 1 and isinstance(begins, _Point) else begins
    if isinstance(begins, Misread) or isinstance(ends, Misread) or len(more) > 1:
        return next((one for one in (begins, ends) if isinstance(one, Misread)), _unknown(text))
    if begins.at is None and ends.at is None:
        return _fitting(_days(begins.day or today, ends.day or today, day_begins, wall), now)
    if begins.at is None or ends.at is None or not more:
        return Misread(f"{text!r} needs a time of day at both ends, or at none; {_SPELLED}.")
    return _fitting(_times(begins, ends, today, wall), now)


def _until(text: str, now: datetime, zone: ZoneInfo) -> Span | Misread:
    today = now.astimezone(zone).date()
    point = _point(text, today)
    if isinstance(point, Misread):
        return point
    if point.at is None:
        return Misread(f"{text} is a whole day; say the time too, such as {text} 18:00.")
    ends = first_instant(_wall(point.day or today, point.at), zone)
    if point.day is None and ends <= now:
        ends = first_instant(_wall(today + DAY, point.at), zone)
    return _fitting(Span(now, ends), now)


def _point(text: str, since: date) -> _Point | Misread:
    """A point in time; a weekday is the next one since a day."""
    timed = _POINT.fullmatch(text)
    if timed is None:
        day = _day(text, since)
        return day if isinstance(day, Misread) else _Point(day)
    hour, minute = int(timed[2]), int(timed[3])
    if hour > 23 or minute > 59:
        return Misread(f"There is no time of day {hour}:{minute:02}.")
    at = timedelta(hours=hour, minutes=minute)
    on = _day(timed[1], since) if timed[1] else None
    return on if isinstance(on, Misread) else _Point(on, at)


def _day(text: str, since: date) -> date | Misread:
    named = {"today": since, "tomorrow": since + DAY}
    if text in named:
        return named[text]
    if len(text) >= 3 and any(_WEEKDAY_NAMES[each].startswith(text) for each in WEEKDAYS):
        wanted = next(place for place, each in enumerate(WEEKDAYS) if _WEEKDAY_NAMES[each].startswith(text))
        return since + (wanted - since.weekday()) % 7 * DAY
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return _unknown(text)
    # Before it is reckoned with: no calendar reaches a day beyond the last year, or before the first.
    if found - since > LONGEST + DAY:
        return Misread(_TOO_FAR)
    return Misread(f"{text} is long over.") if since - found > LONGEST else found


_WEEKDAY_NAMES = {
    "mon": "monday",
    "tue": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}


def _unknown(text: str) -> Misread:
    return Misread(f"I do not know the time {text[:60]!r}; {_SPELLED}.")


def _days(first: date, last: date, day_begins: timedelta, zone: ZoneInfo) -> Span:
    return Span(
        first_instant(_wall(first, day_begins), zone), first_instant(_wall(last + DAY, day_begins), zone)
    )


def _times(begins: _Point, ends: _Point, today: date, zone: ZoneInfo) -> Span:
    """An end without a day is that of the same day, or of the next where it would come before the beginning."""
    first = begins.day or today
    last = ends.day or first
    starts = _wall(first, begins.at or timedelta())
    until = _wall(last, ends.at or timedelta())
    if ends.day is None and until <= starts:
        until += DAY
    return Span(first_instant(starts, zone), first_instant(until, zone))


def _wall(day: date, since_midnight: timedelta) -> datetime:
    return datetime.combine(day, time()) + since_midnight


def _fitting(span: Span, now: datetime) -> Span | Misread:
    if span.starts >= span.ends:
        return Misread(f"That ends before it begins; {_SPELLED}.")
    if span.ends <= now:
        return Misread(f"That is over since {span.ends:%Y-%m-%d %H:%M} UTC.")
    if span.ends > now + LONGEST:
        return Misread(_TOO_FAR)
    starts = max(span.starts, now).replace(microsecond=0)
    return Span(starts.astimezone(UTC), span.ends.replace(microsecond=0).astimezone(UTC))


# Turns and swaps


def has_turn(roster: Roster, rota: str, person: str, span: Span) -> bool:
    """Whether somebody has the turn of a rota from the beginning of a span to its end."""
    return all(each.found.people == (person,) for each in turns(roster, rota, span.starts, span.ends))


def next_turn(roster: Roster, rota: str, person: str, since: datetime) -> Span | None:
    """The turn that somebody has at an instant, or their next one after it, from then on; None: not for a long time."""
    found = turns(roster, rota, since, since + _TURN_WITHIN)
    return next((Span(each.starts, each.ends) for each in found if each.found.people == (person,)), None)


def in_return(roster: Roster, rota: str, person: str, span: Span, now: datetime) -> Span | None:
    """What somebody gives for a span where nothing is named: the same hours of the first later day that are all theirs.

    None: there are none for a long time.
    """
    zone = ZoneInfo(roster.rotas[rota].zone)
    starts, ends = (_shown(each, zone) for each in (span.starts, span.ends))
    for days in range(1, _SWAPPED_WITHIN + 1):
        later = Span(first_instant(starts + days * DAY, zone), first_instant(ends + days * DAY, zone))
        if later.starts >= max(span.ends, now) and has_turn(roster, rota, person, later):
            return later
    return None


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def members(roster: Roster, rota: str) -> frozenset[str]:
    """Who stands on a rota: whoever takes turns there, or whom its calendar names."""
    told = (one for turn in roster.turns.get(rota, ()) for one in turn.people)
    return frozenset((*roster.rotas[rota].people, *told))


def day_zone(roster: Roster, person: str, otherwise: str) -> str:
    """By which clock somebody's days out of office are meant: that of the first rota on which they stand."""
    own = (each.zone for name, each in roster.rotas.items() if person in members(roster, name))
    return next(own, otherwise)
