"""When the escalation team is there: the hours of `[escalation]`, and calendars of organizations with other hours.

Hours are those of the clock on the wall in the calendar's zone. What is open when is worked out in
`bot.rules.calendars`; here stands what the file may say, and what it is told where it says something else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from bot.models.base import Instant, Record
from bot.models.section import DAY, ChannelId, NamedOrganization, Section, UserGroupId, each_with_its_table

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_CALENDAR: Final = "default"
"""The calendar of every organization that no other one names."""
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d) ?- ?(\d{1,2}):([0-5]\d)")
_SPELLED = 'write it like "08:00-18:00", over midnight "22:00-06:00", around the clock "00:00-24:00"'


class Span(NamedTuple):
    """Hours of one day, counted from its midnight on the wall. One that ends after 24:00 runs into the next day."""

    starts: timedelta
    ends: timedelta

    def __str__(self) -> str:
        return f"{_clock(self.starts)}-{_clock(self.ends if self.ends <= DAY else self.ends - DAY)}"


class Holiday(NamedTuple):
    """A public holiday."""

    on: date
    name: str


@lru_cache(maxsize=512)
def public_holidays(code: str, year: int) -> tuple[Holiday, ...]:
    """The public holidays of a country (`DE`) or a part of one (`DE-BY`) in a year, the earliest first."""
    country, _, part = code.partition("-")
    found = _library().country_holidays(country, subdiv=part or None, years=year, language="en_US")
    return tuple(sorted(Holiday(on, name) for on, name in found.items() if on.year == year))


def _library() -> Any:
    # Half as long to import as all of pydantic: only whoever names holidays waits for it.
    import holidays  # noqa: PLC0415

    return holidays


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("this is no time zone; write an IANA name such as Europe/Berlin") from None
    return value


def _wall(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("leave out its zone; it is a time in the zone that stands above it")
    return value


def _table(value: object, example: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"write a table {example}")  # noqa: TRY004 - pydantic tells a ValueError in its own words
    return value


def _list(value: object, example: str) -> Iterable[Any]:
    if not isinstance(value, (list, tuple, frozenset)):
        raise ValueError(f"write a list {example}")  # noqa: TRY004 - as above
    return value


def _clock(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _span(value: object) -> Span:
    if isinstance(value, Span):
        return value
    said = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if said is None:
        raise ValueError(f'"{value}" is no span of hours; {_SPELLED}')
    starts_h, starts_min, ends_h, ends_min = map(int, said.groups())
    starts = timedelta(hours=starts_h, minutes=starts_min)
    ends = timedelta(hours=ends_h, minutes=ends_min)
    if starts >= DAY or ends > DAY:
        raise ValueError(f'"{value}" leaves the day: it begins before 24:00 and ends by 24:00; {_SPELLED}')
    if starts == ends:
        raise ValueError(f'"{value}" is a span of nothing; {_SPELLED}')
    return Span(starts, ends if starts < ends else ends + DAY)


def _spans(value: object) -> tuple[Span, ...]:
    """The spans of one day, the earliest first. ValueError in words."""
    given = value if isinstance(value, (list, tuple)) and not isinstance(value, Span) else [value]
    spans = tuple(sorted(map(_span, given)))
    for one, after in pairwise(spans):
        if one.ends > after.starts:
            raise ValueError(f"{one} and {after} overlap; make them one span, or end the first one earlier")
    return spans


def days_named(key: object) -> tuple[Weekday, ...]:
    """The days that a key names: `mon`, or `mon-fri`; `sat-mon` goes over the end of the week. ValueError in words."""
    first, _, last = str(key).strip().lower().partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS or str(key).endswith("-"):
        raise ValueError(
            f'"{key}" names no days; write one of {", ".join(WEEKDAYS)}, or the first and the last such as mon-fri'
        )
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return tuple(WEEKDAYS[each % 7] for each in range(start, end + (1 if start <= end else 8)))


def _week(value: object) -> Mapping[Weekday, tuple[Span, ...]]:
    """The spans of each day that has any. ValueError in words."""
    week: dict[Weekday, tuple[Span, ...]] = {}
    for key, hours in _table(value, 'such as { mon-fri = "08:00-18:00" }').items():
        for day in days_named(key):
            if day in week:
                raise ValueError(f"{day} stands twice; write all its spans into one list")
            try:
                week[day] = _spans(hours)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
    _no_night_runs_into_the_morning(week)
    return week


def _no_night_runs_into_the_morning(week: Mapping[Weekday, tuple[Span, ...]]) -> None:
    for day, after in zip(WEEKDAYS, (*WEEKDAYS[1:], WEEKDAYS[0]), strict=True):
        nights, mornings = week.get(day, ()), week.get(after, ())
        if nights and mornings and nights[-1].ends - DAY > mornings[0].starts:
            raise ValueError(
                f"{day} {nights[-1]} and {after} {mornings[0]} overlap; end the first one earlier"
            )


_FIRST_YEAR, _LAST_YEAR = 1970, 2999
"""Of days that somebody may mean (our choice). Python's own end with 9999: a day later, or the same day in another
zone, cannot be computed there."""


def day_named(value: object) -> date:
    """The day that the file means. ValueError in words."""
    day = _day(value)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f'"{day}" is too far away; write a day of the years {_FIRST_YEAR} to {_LAST_YEAR}')
    return day


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        # Python's own reading takes 20261224 and week numbers as well; one spelling is enough for a reader.
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f'"{value}" is no day; write it like 2026-12-24')


def _closed(value: object) -> frozenset[date]:
    return frozenset(map(day_named, _list(value, 'of days, such as ["2026-12-24"]')))


def _opened(value: object) -> Mapping[date, tuple[Span, ...]]:
    opened: dict[date, tuple[Span, ...]] = {}
    for key, hours in _table(value, 'such as { 2026-12-19 = "10:00-14:00" }').items():
        try:
            opened[day_named(key)] = _spans(hours)
        except ValueError as error:
            raise ValueError(str(error) if str(key) in str(error) else f"{key}: {error}") from None
    empty = next((day for day, spans in opened.items() if not spans), None)
    if empty is not None:
        raise ValueError(f"{empty} has no hours; a day without any belongs into closed")
    return opened


def _holidays(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else _list(value, 'of countries or parts, such as ["DE-BY"]')
    return tuple(dict.fromkeys(_holidays_of(str(each).strip()) for each in given if each != ""))


def _holidays_of(code: str) -> str:
    """The code as the library spells it. ValueError in words."""
    known: dict[str, list[str]] = _library().list_supported_countries(include_aliases=True)
    country, dash, part = code.partition("-")
    if country.upper() not in known:
        near = difflib.get_close_matches(country.upper(), known, n=3)
        raise ValueError(
            f'no holidays are known of a country "{country}"; write its code of two letters (ISO 3166), such as DE'
            + (f". Near it: {', '.join(near)}" if near else "")
        )
    parts = {each.casefold(): each for each in known[country.upper()]}
    if not dash:
        return country.upper()
    if part.casefold() not in parts:
        told = f"it knows {', '.join(parts.values())}" if parts else f"write {country.upper()} alone"
        raise ValueError(f'{country.upper()} has no part "{part}" with holidays of its own; {told}')
    return f"{country.upper()}-{parts[part.casefold()]}"


Zone = Annotated[str, AfterValidator(_zone)]
WallTime = Annotated[time, AfterValidator(_wall)]
WeekOfHours = Annotated[Mapping[Weekday, tuple[Span, ...]], PlainValidator(_week)]


class CalendarSection(Section):
    """When the escalation team is there for some organizations. NAME is any name; a file has as many of these tables
    as there are calendars. Whom none names has the hours of `[escalation]`, or those of `[calendars.default]` if there
    is one. A span belongs to the day on which it begins: the night before a holiday runs to its end."""

    zone: Zone = Field(examples=["Europe/Berlin"])
    """Required. The time zone of the hours, an IANA name. They are those of the clock on the wall, in summer and
    winter time."""
    weekdays: WeekOfHours = Field(
        examples=[{"mon-thu": ["08:00-12:00", "13:00-17:30"], "fri": "08:00-14:00", "sat": "22:00-06:00"}]
    )
    """Required. For days (`mon`, or `mon-fri`) a span of hours, or a list of them. One that ends before it begins goes
    over midnight; around the clock is `{ mon-sun = "00:00-24:00" }`. A day that is not named is closed."""
    holidays: Annotated[tuple[str, ...], PlainValidator(_holidays)] = Field((), examples=[["DE-BY"]])
    """A country or a part of one whose public holidays are closed (`"DE"`, `"DE-BY"`, `"US-CA"`), or a list of them.
    They come from the Python library `holidays`."""
    closed: Annotated[frozenset[date], PlainValidator(_closed)] = Field(
        frozenset(), examples=[["2026-12-24", "2026-12-31"]]
    )
    """Days that are closed besides."""
    open: Annotated[Mapping[date, tuple[Span, ...]], PlainValidator(_opened)] = Field(
        default={}, examples=[{"2026-12-19": "10:00-14:00"}]
    )
    """Days with other hours than their weekday's, holidays too."""
    organizations: tuple[NamedOrganization, ...] = Field(
        (), examples=[["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]]
    )
    """Whose calendar it is, by id. Those below have it too, but for those with a calendar of their own."""

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Self:
        both = sorted(self.closed & self.open.keys())
        if both:
            raise ValueError(f"{both[0]} stands in closed and in open; remove it from one of them")
        return self


def each_a_calendar(value: object) -> object:
    """Mind that a calendar has a name of its own."""
    return each_with_its_table(value, "calendars", CalendarSection)


def one_for_each(calendars: Mapping[str, CalendarSection]) -> Mapping[str, CalendarSection]:
    whose: dict[str, str] = {}
    for name, calendar in calendars.items():
        if name == DEFAULT_CALENDAR and calendar.organizations:
            raise ValueError(
                f"{DEFAULT_CALENDAR} is the calendar of all that no other one names; remove its organizations, or give "
                "it another name"
            )
        for organization_id in calendar.organizations:
            other = whose.setdefault(organization_id, name)
            if other != name:
                raise ValueError(
                    f"{other} and {name} both name the organization {organization_id}; remove it from one of them"
                )
    return calendars


class EscalationSection(Section):
    """Who is pinged, and when the escalation team is there. Several spans a day, holidays, and other hours for some
    organizations: `[calendars.NAME]`."""

    approvers_user_group: UserGroupId = Field("", examples=["S0123APPR"])
    """The Slack user group of the approvers: reminders mention it, and escalations out of hours.
    Empty: the channel only."""
    team_user_group: UserGroupId = Field("", examples=["S0123ESCA"])
    """The Slack user group of the escalation engineers. Empty: the escalation channel only."""
    zone: Zone = Field("UTC", examples=["Europe/Berlin"])
    """The time zone of the hours below, an IANA name."""
    weekdays: tuple[Weekday, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    """The days the team works. On other days the approvers stand in."""
    opens: WallTime = time(8)
    """When the team comes, local time."""
    closes: WallTime = time(18)
    """When the team leaves, local time."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"opens ({self.opens:%H:%M}) must come before closes ({self.closes:%H:%M})")
        return self

    @property
    def calendar(self) -> CalendarSection:
        """The hours of this table as a calendar."""
        return _as_calendar(self.zone, self.weekdays, self.opens, self.closes)


@lru_cache(maxsize=64)
def _as_calendar(zone: str, weekdays: tuple[Weekday, ...], opens: time, closes: time) -> CalendarSection:
    """Made once for each: every due step asks for it several times, and making it checks it whole."""
    span = Span(_since_midnight(opens), _since_midnight(closes))
    return CalendarSection(zone=zone, weekdays=dict.fromkeys(weekdays, (span,)))


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


class WeeklySection(Section):
    """A post of the figures of the last seven days (`docs/sla.md`), once a week. Off unless it has a channel."""

    channel: ChannelId = Field("", examples=["C0123WEEKLY"])
    """Where it is posted. Empty: nowhere. Whoever reads that channel reads the figures of all its organizations."""
    weekday: Weekday = "mon"
    """The day, in the zone of the default calendar (`[calendars.default]`, else `[escalation]`)."""
    hour: int = Field(8, ge=0, le=23)
    """The hour of that day. Where Gatehouse is away then, it is posted within a day."""
    organizations: tuple[NamedOrganization, ...] = Field(
        (), examples=[["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]]
    )
    """Organization ids that it is about. Empty: every organization."""


class CalendarShift(Record):
    """One occurrence of an event. Who it names is found out when it is asked, since the access file changes."""

    starts: Instant
    ends: Instant
    attendees: tuple[str, ...] = ()
    """Addresses, in the order of the calendar."""
    organizer: str = ""
    """An address."""
    summary: str = ""


class CalendarCopy(Record):
    """What one look at the address found. The last good one is used for as long as the address is away."""

    read_at: Instant
    until: Instant
    """How far ahead it was worked out; what comes later is not known."""
    shifts: tuple[CalendarShift, ...] = ()
    """By their beginning."""
    odd: tuple[str, ...] = ()
    """What was left out of it, and why: a sentence each, with words of the calendar in it."""
