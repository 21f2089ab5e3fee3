"""Reads a calendar: every occurrence of every event in a stretch of time. `python -m bot.ical.reading ZONE SINCE UNTIL`
reads it from standard input and prints it as JSON; `bot.ical.fetching` starts that, and ends it where it takes long.

Each event is worked out apart from the others, so that a strange one is named and left out, and the rest stands.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from datetime import time as clock_time
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from bot.models.calendars import CalendarCopy, CalendarShift
from bot.rules.calendars import first_instant

MOST_EVENTS = 5000
"""Events that are looked at (our choice)."""
MOST_OF_ONE = 2500
"""Occurrences of one event (our choice): three shifts a day for the 400 days, twice."""
MOST = 10_000
"""Occurrences of all (our choice)."""
_ONE_S = 2.0
"""Seconds of the processor for one event (our choice); a daily one of ten years takes a hundredth."""
_ALL_S = 8.0
"""Seconds of the processor for all of them (our choice), so that many strange ones cost no more than themselves."""
_PROCESSOR_S = 20
"""Seconds of the processor for the whole process, whatever it does (our choice)."""
_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space (our choice): ten times what a large calendar takes."""
_WORDS = 200
"""Characters of an event's words that are kept (our choice)."""
_TOLD = 60
_ODD = 50
"""Odd events that are named (our choice)."""
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the libraries raise over strange input."""


class NoCalendar(Exception):
    """It is no calendar at all; why, in words."""


class _TakesLong(Exception):
    """One event used up its time."""


def read(text: bytes, zone: str, since: datetime, until: datetime) -> CalendarCopy:
    """Every occurrence between these times. Raises NoCalendar."""
    shifts: list[CalendarShift] = []
    odd: list[str] = []
    events, frames = _events(text)
    wall, begun = ZoneInfo(zone), time.process_time()
    for number, group in enumerate(events[:MOST_EVENTS]):
        if time.process_time() - begun > _ALL_S:
            odd.append(f"its events take too long to work out; {len(events) - number} of them are left out")
            break
        try:
            with _in_time():
                found, why = _occurrences(group, frames, wall, since, until)
        except _TakesLong:
            found, why = [], "comes again in a way that takes too long to work out"
        except _FAULTS as error:
            found, why = [], f"cannot be understood ({type(error).__name__})"
        shifts += found
        if why:
            odd.append(f"{_label(group[0])} {why}")
    if len(events) > MOST_EVENTS:
        odd.append(f"it holds more than {MOST_EVENTS} events; the later ones are left out")
    if len(shifts) > MOST:
        odd.append(f"its events come more than {MOST} times until {until:%Y-%m-%d}; the latest are left out")
    shifts = sorted(shifts, key=lambda each: (each.starts, each.ends, each.summary))[:MOST]
    more = [f"and {len(odd) - _ODD} more odd events"] if len(odd) > _ODD else []
    return CalendarCopy(read_at=since, until=until, shifts=tuple(shifts), odd=(*odd[:_ODD], *more))


def _events(text: bytes) -> tuple[list[list[Event]], list[Any]]:
    """The events, those of one series together, and the time zones that the calendar brings along."""
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except _FAULTS as error:
        raise NoCalendar(f"what it answers is no calendar ({type(error).__name__})") from None
    if not calendars or any(each.name != "VCALENDAR" for each in calendars):
        raise NoCalendar("what it answers is no calendar")
    series: dict[str, list[Event]] = {}
    for number, event in enumerate(one for each in calendars for one in each.events):
        series.setdefault(str(event.get("UID") or f"\n{number}"), []).append(event)
    return list(series.values()), [one for each in calendars for one in each.walk("VTIMEZONE")]


def _occurrences(
    group: Sequence[Event], frames: Sequence[Any], zone: ZoneInfo, since: datetime, until: datetime
) -> tuple[list[CalendarShift], str]:
    """The occurrences of one series, and what is odd about it."""
    unknown = next((each for event in group if (each := _unknown_zone(event))), "")
    if unknown:
        return [], f'names the time zone "{_short(unknown)}", which nobody knows'
    if any(_is_backwards(event) for event in group):
        return [], "ends before it begins, or has no length"
    if any(event.errors for event in group):
        return [], f"has a line that cannot be understood ({', '.join(_faulty(group))})"
    calendar = Calendar()
    for each in (*frames, *group):
        calendar.add_component(each)
    found: list[CalendarShift] = []
    for event in recurring_ical_events.of(calendar).between(since, until):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        starts, ends = (_instant(event[name].dt, zone) for name in ("DTSTART", "DTEND"))
        if starts >= ends:
            return [], "ends before it begins, or has no length"
        if ends > since and starts < until:
            found.append(_shift(event, starts, min(ends, until)))
        if len(found) > MOST_OF_ONE:
            return [], f"comes more than {MOST_OF_ONE} times until {until:%Y-%m-%d}"
    return found, ""


def _is_backwards(event: Event) -> bool:
    """The library would turn it round without a word."""
    starts, ends = (getattr(event.get(name), "dt", None) for name in ("DTSTART", "DTEND"))
    return starts is not None and ends is not None and ends <= starts


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A time without a zone, and a day, are those of the wall of the rota's zone."""
    if not isinstance(value, datetime):
        return first_instant(datetime.combine(value, clock_time()), zone)
    return first_instant(value, zone) if value.tzinfo is None else value.astimezone(ZoneInfo("UTC"))


def _unknown_zone(event: Event) -> str:
    """The zone of a time that was read without it, as it stands there."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        value = event.get(name)
        named = getattr(value, "params", {}).get("TZID", "")
        when = getattr(value, "dt", None)
        if named and isinstance(when, datetime) and when.tzinfo is None:
            return str(named)
    return ""


def _faulty(group: Sequence[Event]) -> list[str]:
    return sorted({_short(str(name)) for event in group for name, _ in event.errors})[:5]


def _shift(event: Event, starts: datetime, ends: datetime) -> CalendarShift:
    attendees = event.get("ATTENDEE", [])
    listed = attendees if isinstance(attendees, list) else [attendees]
    return CalendarShift(
        starts=starts,
        ends=ends,
        attendees=tuple(_address(each) for each in listed[:20]),
        organizer=_address(event.get("ORGANIZER", "")),
        summary=str(event.get("SUMMARY", ""))[:_WORDS],
    )


def _address(value: object) -> str:
    text = str(value)[:_WORDS]
    return text[7:] if text[:7].lower() == "mailto:" else text


def _label(event: Event) -> str:
    return f'the event "{_short(str(event.get("SUMMARY", ""))) or "without words"}"'


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words[:_TOLD] + ("…" if len(words) > _TOLD else "")


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise _TakesLong in the work of one event that takes more of the processor than it may."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _TakesLong

    if not hasattr(
        signal, "setitimer"
    ):  # pragma: no cover - Windows, where the whole process is ended instead
        yield
        return
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _ONE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _limit() -> None:
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ImportError:  # pragma: no cover
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_S, _PROCESSOR_S))


def main(zone: str, since: str, until: str) -> None:
    """Read standard input, print what it says or why it says nothing."""
    _limit()
    try:
        copy = read(
            sys.stdin.buffer.read(), zone, datetime.fromisoformat(since), datetime.fromisoformat(until)
        )
        told = copy.model_dump_json()
    except NoCalendar as error:
        told = json.dumps({"why": str(error)})
    sys.stdout.write(told)


if __name__ == "__main__":
    main(*sys.argv[1:])
