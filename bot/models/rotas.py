"""Tiers: the people who are called together, and rotas: whose turn it is. Who is on call when is worked out in
`bot.rules.rotas`; here stands what the file may say, and what it is told where it says something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from bot.models.calendars import WEEKDAYS, CalendarSection, WeekOfHours, Zone, day_named, days_named
from bot.models.duty import DutyChange
from bot.models.section import (
    DAY,
    MINUTE,
    ChannelId,
    Counted,
    Section,
    UserGroupId,
    each_with_its_table,
    named_plainly,
)

TEAM: Final = "team"
APPROVERS: Final = "approvers"
"""The tiers that are there without a table: those of `[escalation]`."""
ON_DUTY: Final = "on_duty"
"""The team in its hours, else the approvers: no tier of its own, but one of these two, by the clock."""


PersonKey = Annotated[str, Field(min_length=1)]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class TierSection(Section):
    """People who are called together when a request is late. NAME is any name: the steps of a plan call a tier by it.
    `team` and `approvers` are there without a table, with the user groups of `[escalation]`; `on_duty` is the one or
    the other, by the team's hours."""

    user_group: UserGroupId = Field("", examples=["S0123TIER"])
    """The Slack user group that is called."""
    people: tuple[PersonKey, ...] = Field((), examples=[["ana", "bo"]])
    """People who are called, by their keys in the access file; with a user group, besides its members."""
    rota: Annotated[tuple[PersonKey, ...], BeforeValidator(_listed)] = Field(
        (), examples=[["weekend", "week"]]
    )
    """Rotas that say who of the tier is on call, `[rotas.NAME]`, as layers: the first one that has somebody counts. The
    user group and people above are then called only while none of them has; without these, the next tier is."""
    channel: ChannelId = Field("", examples=["C0123TIER"])
    """Where they are called. Empty: the escalation channel of the request's route."""
    holes_ahead: Annotated[timedelta, Counted(DAY, ge=0, le=6)] = Field(
        3 * DAY, validation_alias="holes_days_ahead"
    )
    """Days ahead of which it is told, once, that nobody of its rotas will be on call at a time within their hours: in
    `channel`, else in the audit channel. 0: never."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.names_somebody:
            raise ValueError("this tier calls nobody; name its user_group, people, rota or channel")
        return self

    @property
    def names_somebody(self) -> bool:
        """Whether there is anybody behind it, if only those who read a channel."""
        return bool(self.user_group or self.people or self.rota or self.channel)


def each_a_tier(value: object) -> object:
    """Mind that a tier has a name of its own."""
    tiers = each_with_its_table(value, "tiers", TierSection)
    named_plainly(tiers, "tiers")
    if ON_DUTY in tiers:
        raise ValueError(
            f"{ON_DUTY} is the team or the approvers, by the team's hours; call this tier otherwise"
        )
    return value


# Rotas

_CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)"
_HAND_OVER = re.compile(rf"(\S+) +{_CLOCK}")
_STRETCH = re.compile(r"(\d{4}-\d\d-\d\d)(?: +(\d\d?:\d\d))?(?: +- +(?:(\d{4}-\d\d-\d\d) *)?(\d\d?:\d\d)?)?")
_SPELLED = (
    'write a day such as "2026-12-24", days such as "2026-12-24 - 2026-12-26", or times such as '
    '"2026-12-24 18:00 - 2026-12-26 08:00"'
)


@dataclass(frozen=True, slots=True, order=True)
class HandOver:
    """When the turn goes to the next one, in every week, by the clock on the wall."""

    weekday: int
    """0 is Monday."""
    at: timedelta
    """Since midnight."""

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {_told(self.at)}"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """From a time until another, without its end, by the clock on the wall of whatever rota it is asked about."""

    starts: datetime
    ends: datetime
    is_days: bool = False
    """Whole days, from midnight to midnight."""

    def moved(self, by: timedelta) -> Stretch:
        """The same stretch, later; times of day that somebody named stay."""
        return Stretch(self.starts + by, self.ends + by) if self.is_days else self

    def __str__(self) -> str:
        if not self.is_days:
            return f"{self.starts:%Y-%m-%d %H:%M} - {self.ends:%Y-%m-%d %H:%M}"
        last = self.ends - DAY
        return f"{self.starts:%Y-%m-%d}" + (f" - {last:%Y-%m-%d}" if last > self.starts else "")


def _told(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _hand_overs(value: object) -> tuple[HandOver, ...]:
    """The hand-overs of a week in their order. ValueError in words."""
    given = value if isinstance(value, (list, tuple)) else [value]
    found: list[HandOver] = []
    for each in given:
        said = [each] if isinstance(each, HandOver) else _hand_over(each)
        twice = next((one for one in said if one in found), None)
        if twice is not None:
            raise ValueError(f"{twice} stands twice; remove one of them")
        found += said
    if not found:
        raise ValueError('no turn would ever end; name a hand-over such as "mon 08:00"')
    return tuple(sorted(found))


def _hand_over(value: object) -> list[HandOver]:
    said = _HAND_OVER.fullmatch(value.strip()) if isinstance(value, str) else None
    if said is None:
        raise ValueError(
            f'"{value}" is no hand-over; write a day or days and a time, such as "mon 08:00" or "mon-sun 20:00"'
        )
    at = timedelta(hours=int(said[2]), minutes=int(said[3]))
    return [HandOver(WEEKDAYS.index(day), at) for day in days_named(said[1])]


def _stretch(value: object) -> Stretch:
    """ValueError in words."""
    if isinstance(value, Stretch):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    said = _STRETCH.fullmatch(value.strip()) if isinstance(value, str) else None
    if said is None:
        raise ValueError(f'"{value}" is no time; {_SPELLED}')
    first, since, last, until = said.groups()
    if bool(since) != bool(until):
        raise ValueError(f'"{value}" has one time of day; {_SPELLED}')
    begins, ends = day_named(first), day_named(last or first)
    found = (
        Stretch(_wall(begins, since), _wall(ends, until))
        if since
        else Stretch(_midnight(begins), _midnight(ends) + DAY, is_days=True)
    )
    if found.starts >= found.ends:
        raise ValueError(f'"{value}" ends before it begins; {_SPELLED}')
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _wall(day: date, clock: str) -> datetime:
    said = re.fullmatch(_CLOCK, clock)
    if said is None:
        raise ValueError(f'"{clock}" is no time of day; {_SPELLED}')
    return _midnight(day) + timedelta(hours=int(said[1]), minutes=int(said[2]))


def _overrides(value: object) -> Mapping[Stretch, str]:
    if not isinstance(value, Mapping):
        raise ValueError('write a table such as { 2026-12-01 = "bo" }')  # noqa: TRY004 - pydantic's way to tell
    found: dict[Stretch, str] = {}
    for key, person in value.items():
        if not (isinstance(person, str) and person):
            raise ValueError(f"{key}: name one person by their key in the access file")
        found[_stretch(key)] = person
    return found


def _stretches(value: object) -> tuple[Stretch, ...]:
    given = value if isinstance(value, (list, tuple)) else [value]
    if not given:
        raise ValueError(f"nobody is away at no time; {_SPELLED}, or remove the table")
    return tuple(sorted(map(_stretch, given)))


IcalPart = Literal["attendee", "organizer", "summary"]
FROM_ENVIRONMENT: Final = "environment"
"""Instead of an address: it stands in the environment, where secrets belong."""


class RotaSection(Section):
    """Whose turn it is to be on call: people who take turns, or a calendar that says it (`ical_url`). NAME is any name;
    a file has as many of these tables as there are rotas, and tiers name them (`[tiers.NAME] rota`). To follow the sun,
    make one for each place with its zone and hours, and name them all in one tier."""

    zone: Zone = Field(examples=["Europe/Berlin"])
    """Required. The time zone of everything below, an IANA name: all times are those of the clock on the wall, in
    summer and winter time."""
    people: tuple[PersonKey, ...] = Field((), min_length=1, examples=[["ana", "bo", "cai"]])
    """Required, unless a calendar says it. Who has a turn, one after the other, by their keys in the access file."""
    starts: Annotated[date, PlainValidator(day_named)] = Field(date.min, examples=["2026-11-30"])
    """Required, unless a calendar says it. With the first hand-over on or after this day the first of `people` has the
    turn; before, nobody."""
    hand_over: Annotated[tuple[HandOver, ...], PlainValidator(_hand_overs)] = Field(
        (HandOver(0, timedelta(hours=8)),), examples=[["mon 08:00", "fri 16:00"]]
    )
    """When the turn goes to the next one, as days and a time: `mon 08:00` makes weeks, `mon-sun 08:00` days,
    `["mon-sun 08:00", "mon-sun 20:00"]` shifts of twelve hours."""
    hand_overs_a_turn: int = Field(1, ge=1, le=366)
    """After how many of these the next one comes: 2 with `mon 08:00` makes turns of two weeks."""
    ical_url: str = Field("", examples=["https://calendar.example.com/oncall.ics"])
    """An iCalendar address (https) whose events say who has the turn, instead of `people`, `starts` and the hand-overs.
    `environment`: it stands in ROTA_ICAL_URLS, as it must where it holds a secret."""
    ical_person: tuple[IcalPart, ...] = Field(("attendee", "summary"), min_length=1, examples=[["summary"]])
    """Where an event of the calendar says who has the turn; the first of these that names somebody known counts."""
    ical_names: Mapping[str, PersonKey] = Field(default={}, examples=[{"'Ana S.'": "ana"}])
    """Words or addresses of the calendar, and whom they mean, by their key in the access file. Without an entry,
    somebody is known by their mail addresses, their name and their key in the access file."""
    notices: Literal["work", "always", "never"] = "work"
    """Whether whoever comes and whoever goes is told at a hand-over, in a direct message: where something waits that
    the tier was called about and they may decide, `always`, or `never`."""
    notice_before: Annotated[timedelta, Counted(MINUTE, ge=0, le=24 * 60)] = Field(
        timedelta(), validation_alias="notice_minutes_before"
    )
    """Minutes before a turn begins that this is told."""
    hours: WeekOfHours = Field(default={}, examples=[{"mon-fri": "08:00-20:00"}])
    """Hours outside of which nobody has the turn, as in `[calendars.NAME] weekdays`. Empty: around the clock."""
    overrides: Annotated[Mapping[Stretch, str], PlainValidator(_overrides)] = Field(
        default={}, examples=[{"2026-12-01": "bo", "'2026-12-24 18:00 - 2026-12-26 08:00'": "cai"}]
    )
    """Who has the turn at a time instead: on a day, from its hand-over time to that of the next (of several, the
    earliest; of a calendar, midnight); on days, from the first to the last; or from a time until another. The rota's
    hours stay."""

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        turns = ("people", "starts", "hand_over", "hand_overs_a_turn")
        given = [key for key in turns if key in self.model_fields_set]
        if self.ical_url and given:
            raise ValueError(f"its calendar says who has the turn; remove {', '.join(given)}, or ical_url")
        missing = [key for key in ("people", "starts") if key not in given]
        if not self.ical_url and missing:
            raise ValueError(f"it has no {' and no '.join(missing)}; set what is missing, or an ical_url")
        return self

    @model_validator(mode="after")
    def _one_override_at_a_time(self) -> Self:
        ordered = sorted((each.moved(self.day_begins), each) for each in self.overrides)
        for (one, first), (after, second) in pairwise(ordered):
            if one.ends > after.starts:
                raise ValueError(f'the overrides "{first}" and "{second}" overlap; end the first one earlier')
        return self

    @property
    def day_begins(self) -> timedelta:
        """When a day of this rota begins, since midnight."""
        return timedelta() if self.ical_url else min(each.at for each in self.hand_over)

    @cached_property
    def calendar(self) -> CalendarSection:
        """Its hours as a calendar."""
        return CalendarSection.model_validate(
            {"zone": self.zone, "weekdays": self.hours or {"mon-sun": "00:00-24:00"}}
        )


class AwaySection(Section):
    """When somebody is out of office. NAME is their key in the access file. A turn of theirs is then that of the next
    one on the rota who is there. Calls of whole tiers, by `people` or `user_group`, name them as ever."""

    times: Annotated[tuple[Stretch, ...], PlainValidator(_stretches)] = Field(
        examples=[["2026-12-24 - 2027-01-01", "2027-02-03"]]
    )
    """Required. Days, from the first to the last, or from a time until another, by the clock of the rota."""


def each_a_rota(value: object) -> object:
    """Mind that a rota has a name of its own."""
    named_plainly(each_with_its_table(value, "rotas", RotaSection), "rotas")
    return value


def each_away(value: object) -> object:
    """Mind that each absence is somebody's."""
    return each_with_its_table(value, "away", AwaySection)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call for a tier at an instant."""

    user_group_id: str = ""
    """A Slack user group, all of whose members are."""
    people: tuple[str, ...] = ()
    """Person ids of the access file."""
    why: str = ""
    """In a word or two: `everybody in the tier`, `rota week`."""
    is_channel_alone: bool = False
    """The tier names nobody: it is whoever reads the channel."""

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is on call: a hole."""
        return not (self.user_group_id or self.people or self.is_channel_alone)


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a call about a case names: those of a tier who can decide this very case now."""

    tier: str = ""
    user_group_id: str = ""
    """A user group whose members all can, or of which Slack does not tell who belongs to it."""
    slack_user_ids: tuple[str, ...] = ()
    """People, each by the Slack id under which they are there."""
    channel_id: str = ""
    """The tier's own channel; empty: the escalation channel of the request's route."""
    passed: tuple[str, ...] = ()
    """Tiers before it of which nobody can decide the case now."""

    @property
    def is_nobody(self) -> bool:
        """Whether it names nobody."""
        return not (self.user_group_id or self.slack_user_ids)


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """From an instant until another somebody has the turn, as a calendar says it."""

    starts: datetime
    ends: datetime
    people: tuple[str, ...]
    """Person ids; who comes first has it, the others stand in for them."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything that tells who is on call, as of one moment: a value, so that it can be asked about any instant."""

    tiers: Mapping[str, TierSection] = field(default_factory=dict)
    """Every tier by its name, those of `[escalation]` too."""
    rotas: Mapping[str, RotaSection] = field(default_factory=dict)
    away: Mapping[str, AwaySection] = field(default_factory=dict)
    """Who is out of office, by their keys in the access file."""
    changed: tuple[DutyChange, ...] = ()
    """What was arranged in Slack, over all of these. Of two about the same time the newer one counts."""
    turns: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    """What calendars say, for the rotas that have one; a rota without an entry has nobody."""
