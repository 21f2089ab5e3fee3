"""When the escalation team is there (P6): hours by the clock on the wall, over clock changes, holidays and own days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.models import CalendarSection, EscalationSection, Rules
from bot.models.calendars import WEEKDAYS, public_holidays
from bot.rules.calendars import calendar_for, calendars_of, in_words, is_open, next_change, next_holidays

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WORKING_DAYS = {"mon-fri": "08:00-18:00"}
CONTOSO, BRANCH, DESK = (f"{each}0000000-0000-4000-8000-000000000000" for each in "123")


def calendar(weekdays: Any = WORKING_DAYS, zone: str = "Europe/Berlin", **other: Any) -> CalendarSection:
    return CalendarSection.model_validate({"zone": zone, "weekdays": weekdays, **other})


def at(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Europe/Berlin"))


# The hours of [escalation]

BERLIN = EscalationSection(zone="Europe/Berlin").calendar


@pytest.mark.parametrize(
    ("at", "there"),
    [
        ("2026-11-18T06:59:59+00:00", False),
        ("2026-11-18T07:00:00+00:00", True),
        ("2026-11-18T16:59:59+00:00", True),
        ("2026-11-18T17:00:00+00:00", False),
        ("2026-11-21T10:00:00+00:00", False),
        ("2026-11-22T10:00:00+00:00", False),
        ("2026-11-20T16:30:00+00:00", True),
        ("2026-11-23T07:00:00+00:00", True),
        ("2026-03-27T07:00:00+00:00", True),
        ("2026-03-30T05:59:59+00:00", False),
        ("2026-03-30T06:00:00+00:00", True),
        ("2026-10-23T06:00:00+00:00", True),
        ("2026-10-26T06:00:00+00:00", False),
        ("2026-10-26T07:00:00+00:00", True),
    ],
)
def test_working_hours_are_wall_time_in_the_teams_zone_on_both_sides_of_a_clock_change(
    at: str, there: bool
) -> None:
    assert is_open(BERLIN, datetime.fromisoformat(at)) is there


def test_the_weekday_is_the_teams_and_not_the_servers() -> None:
    """Sunday 23:30 in UTC is Monday morning in Auckland."""
    auckland = EscalationSection(zone="Pacific/Auckland", opens=time(8), closes=time(18)).calendar
    assert is_open(auckland, datetime(2026, 6, 7, 23, 30, tzinfo=UTC))
    assert not is_open(auckland, datetime(2026, 6, 5, 23, 30, tzinfo=UTC))


def test_a_team_without_weekdays_is_never_there() -> None:
    nobody = EscalationSection().model_copy(update={"weekdays": ()}).calendar
    assert not is_open(nobody, datetime(2026, 11, 18, 10, tzinfo=UTC))


def as_before(hours: EscalationSection, now: datetime) -> bool:
    """How the hours of [escalation] were read before there were calendars."""
    local = now.astimezone(ZoneInfo(hours.zone))
    return WEEKDAYS[local.weekday()] in hours.weekdays and hours.opens <= local.time() < hours.closes


ZONES = st.sampled_from([
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Asia/Kathmandu", "Africa/Casablanca",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia", "America/St_Johns", "Asia/Gaza", "America/Nuuk",
])  # fmt: skip
INSTANTS = st.datetimes(datetime(2008, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - by timezones


@given(
    zone=ZONES,
    days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
    hours=st.lists(st.times(), min_size=2, max_size=2, unique=True),
    now=INSTANTS,
)
def test_a_file_without_calendars_means_the_same_hours_as_before(
    zone: str, days: list[Any], hours: list[time], now: datetime
) -> None:
    section = EscalationSection(zone=zone, weekdays=tuple(days), opens=min(hours), closes=max(hours))
    assert list(calendars_of(Rules(escalation=section))) == ["default"]
    assert is_open(calendar_for(Rules(escalation=section), CONTOSO), now) is as_before(section, now)


# Spans

LUNCH = calendar({"mon-thu": ["08:00-12:00", "13:00-17:30"], "fri": "08:00-14:00"})
NIGHT = calendar({"mon-thu": "22:00-06:00", "sun": ["00:00-02:00", "22:00-00:00"]})
ALWAYS = calendar({"mon-sun": "00:00-24:00"})


@pytest.mark.parametrize(
    ("hours", "when", "there", "until"),
    [
        (LUNCH, "2026-11-18T11:59:59", True, "2026-11-18T12:00"),
        (LUNCH, "2026-11-18T12:00", False, "2026-11-18T13:00"),
        (LUNCH, "2026-11-20T14:00", False, "2026-11-23T08:00"),
        (NIGHT, "2026-11-17T05:59", True, "2026-11-17T06:00"),
        (NIGHT, "2026-11-20T05:59", True, "2026-11-20T06:00"),
        (NIGHT, "2026-11-20T23:00", False, "2026-11-22T00:00"),
        # Sunday's last span ends at midnight, and Monday's begins at ten in the evening.
        (NIGHT, "2026-11-22T23:00", True, "2026-11-23T00:00"),
        (NIGHT, "2026-11-23T03:00", False, "2026-11-23T22:00"),
        (ALWAYS, "2026-11-20T00:00", True, None),
        (calendar({}), "2026-11-20T12:00", False, None),
        # Two days that touch are one span: nobody goes at midnight.
        (calendar({"fri-sat": "00:00-24:00"}), "2026-11-20T12:00", True, "2026-11-22T00:00"),
        (calendar({"sun-mon": "12:00-24:00"}), "2026-11-22T13:00", True, "2026-11-23T00:00"),
    ],
)
def test_spans_of_a_day_and_over_midnight(
    hours: CalendarSection, when: str, there: bool, until: str | None
) -> None:
    assert is_open(hours, at(when)) is there
    assert next_change(hours, at(when)) == (at(until) if until else None)


# Holidays and own days

BAVARIA = calendar(
    holidays="DE-BY", closed=["2026-12-24"], open={"2026-12-19": "10:00-14:00", "2026-12-26": ["09:00-10:00"]}
)


@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("2026-01-06T10:00", False),  # Epiphany: in Bavaria, not in Berlin
        ("2026-12-24T10:00", False),
        ("2026-12-25T10:00", False),
        ("2026-12-19T10:00", True),  # a Saturday that is worked
        ("2026-12-19T14:00", False),
        ("2026-12-26T09:30", True),  # a holiday, and a Saturday, on which somebody is there for an hour
        ("2026-12-26T10:00", False),
        ("2026-12-23T10:00", True),
    ],
)
def test_holidays_and_own_days(when: str, there: bool) -> None:
    assert is_open(BAVARIA, at(when)) is there


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    assert is_open(calendar(holidays="DE-BE"), at("2026-01-06T10:00"))
    assert not is_open(calendar(holidays=["DE-BE", "DE-BY"]), at("2026-01-06T10:00"))


def test_a_night_that_began_before_a_holiday_runs_to_its_end_and_none_begins_on_it() -> None:
    nights = calendar({"mon-sun": "22:00-06:00"}, holidays="DE")
    assert is_open(nights, at("2026-12-25T05:59"))
    assert not is_open(nights, at("2026-12-25T22:00"))
    assert next_change(nights, at("2026-12-25T06:00")) == at("2026-12-27T22:00")


def test_a_holiday_is_a_day_of_the_calendars_zone() -> None:
    """It is still New Year's Eve in New York when the year begins in UTC."""
    days = calendar({"mon-sun": "00:00-24:00"}, zone="America/New_York", holidays="US")
    assert is_open(days, at("2027-01-01T04:59:00+00:00"))
    assert not is_open(days, at("2027-01-01T05:00:00+00:00"))


def test_a_holiday_that_falls_on_a_weekend_is_closed_on_the_day_it_is_observed() -> None:
    """Also where that day lies in the year before."""
    assert not is_open(calendar(zone="America/New_York", holidays="US"), at("2027-12-31T15:00:00+00:00"))


def test_the_next_holidays_go_over_the_end_of_the_year_and_begin_today() -> None:
    coming = next_holidays(BAVARIA, at("2026-12-25T12:00"), 3)
    assert [str(each.on) for each in coming] == ["2026-12-25", "2026-12-26", "2027-01-01"]
    assert coming[0].name == "Christmas Day"
    assert next_holidays(LUNCH, at("2026-12-25T12:00"), 3) == ()


def test_a_day_that_two_countries_keep_is_named_once() -> None:
    both = calendar(holidays=["DE", "AT"])
    assert len({each.on for each in next_holidays(both, at("2026-12-24T12:00"), 3)}) == 3


# Clock changes


@pytest.mark.parametrize(
    ("span", "since", "open_h"),
    [
        ("22:00-06:00", "2026-03-28T21:00:00+00:00", 7),
        ("22:00-06:00", "2026-10-24T20:00:00+00:00", 9),
        ("00:00-24:00", "2026-03-28T23:00:00+00:00", 23),
        ("00:00-24:00", "2026-10-24T22:00:00+00:00", 25),
        # The hour that is leapt over cannot be worked; the one that comes twice is worked twice.
        ("02:00-04:00", "2026-03-29T01:00:00+00:00", 1),
        ("02:00-04:00", "2026-10-25T00:00:00+00:00", 3),
    ],
)
def test_a_clock_change_makes_a_span_shorter_or_longer(span: str, since: str, open_h: int) -> None:
    day = at(since).astimezone(ZoneInfo("Europe/Berlin")).date()
    hours = calendar({}, open={str(day): span})
    assert next_change(hours, at(since) - MINUTE) == at(since)
    assert next_change(hours, at(since)) == at(since) + timedelta(hours=open_h)


def test_a_span_that_the_wall_never_shows_opens_nothing() -> None:
    assert next_change(calendar({}, open={"2026-03-29": "02:15-02:45"}), at("2026-03-28T12:00")) is None


def test_a_span_that_begins_in_the_hour_that_is_leapt_over_opens_after_it() -> None:
    hours = calendar({}, open={"2026-03-29": "02:30-05:00"})
    assert next_change(hours, at("2026-03-28T12:00")) == at("2026-03-29T01:00:00+00:00")


def test_a_span_within_the_hour_that_comes_twice_is_open_twice() -> None:
    hours, now = calendar({}, open={"2026-10-25": "02:15-02:45"}), at("2026-10-24T12:00")
    changes = []
    while (found := next_change(hours, now)) is not None:
        changes.append(f"{found:%H:%M}")
        now = found
    assert changes == ["00:15", "00:45", "01:15", "01:45"]


# A second implementation, slow and obvious: each open minute of the wall in a set, and a walk from minute to minute

NEAR = timedelta(days=4)
TURNS = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("America/Havana", "2026-03-08T05:00"),  # from midnight to one
    ("America/Havana", "2026-11-01T05:00"),  # from one to midnight
    ("Asia/Beirut", "2026-03-28T22:00"),
    ("Asia/Beirut", "2026-10-24T21:00"),  # back into the day before
    ("Australia/Lord_Howe", "2026-04-04T15:00"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),  # a whole day is left out
    ("Europe/Moscow", "2014-10-25T22:00"),  # the zone changes its rules
    ("Asia/Pyongyang", "2018-05-04T15:00"),
    ("UTC", "2026-12-31T23:00"),
]


def spelled(start: int, end: int) -> str:
    ends = "24:00" if end == 1440 else f"{end % 1440 // 60:02}:{end % 60:02}"
    return f"{start // 60:02}:{start % 60:02}-{ends}"


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> list[str]:
    minutes = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=8, unique=True)))
    pairs = [(minutes[each], minutes[each + 1]) for each in range(0, len(minutes) - 1, 2)]
    last = pairs[-1][0]
    if last and draw(st.booleans()):
        pairs[-1] = (last, 1440 + draw(st.integers(0, last - 1)))
    return [spelled(*pair) for pair in pairs]


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    """Spans around a week that never overlap, Sunday's night not with Monday either."""
    minutes = sorted(draw(st.lists(st.integers(0, 10079), max_size=24, unique=True)))
    turned = draw(st.integers(0, 10079))
    week: dict[str, list[str]] = {}
    for each in range(0, len(minutes) - 1, 2):
        start = (minutes[each] + turned) % 10080
        length = min(minutes[each + 1] - minutes[each], 1439)
        day, minute = divmod(start, 1440)
        week.setdefault(WEEKDAYS[day], []).append(spelled(minute, minute + length))
    if draw(st.booleans()) and not week:
        week["mon-sun"] = ["00:00-24:00"]
    return week


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """What a file may say of a calendar, and a moment near a clock change of its zone."""
    zone, turn = draw(st.sampled_from(TURNS))
    moment = datetime.fromisoformat(turn).replace(tzinfo=UTC)
    now = moment + timedelta(seconds=draw(st.integers(-3 * 86400, 86400)))
    days = [str(moment.date() + each * DAY) for each in range(-4, 6)]
    own = draw(st.lists(st.sampled_from(days), max_size=5, unique=True))
    opened = {day: draw(spans_of_a_day()) for day in own if draw(st.booleans())}
    return {
        "zone": zone,
        "weekdays": draw(weeks()),
        "holidays": draw(st.sampled_from(["", "DE-BY", "US", "CU", "LB"])),
        "closed": [day for day in own if day not in opened],
        "open": opened,
    }, now


def open_minutes(table: dict[str, Any], days: Iterable[date]) -> set[datetime]:
    """Every minute of the wall within a span of one of these days."""
    country, _, part = table["holidays"].partition("-")
    kept = holidays.country_holidays(country, subdiv=part or None) if country else {}
    week = table["weekdays"]
    shown = set()
    for day in days:
        spans = week.get("mon-sun", week.get(WEEKDAYS[day.weekday()], []))
        if str(day) in table["closed"] or day in kept:
            spans = []
        for span in table["open"].get(str(day), spans):
            (start_h, start_min), (end_h, end_min) = (map(int, one.split(":")) for one in span.split("-"))
            minute = datetime(day.year, day.month, day.day, start_h, start_min)  # noqa: DTZ001 - of the wall
            while True:
                shown.add(minute)
                minute += MINUTE
                if (minute.hour, minute.minute) == (end_h % 24, end_min):
                    break
    return shown


@pytest.mark.unmeasured
@settings(max_examples=150)
@given(tables())
@example(
    (
        {"zone": "UTC", "weekdays": {}, "holidays": "", "closed": [], "open": {}},
        datetime(2026, 1, 1, tzinfo=UTC),
    )
)
def test_it_agrees_with_a_walk_from_minute_to_minute(drawn: tuple[dict[str, Any], datetime]) -> None:
    table, now = drawn
    hours, zone = CalendarSection.model_validate(table), ZoneInfo(table["zone"])
    shown = open_minutes(table, [now.date() + each * DAY for each in range(-4, 10)])

    def there(instant: datetime) -> bool:
        return instant.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, fold=0) in shown

    assert is_open(hours, now) is there(now)
    step = now.replace(second=0, microsecond=0) + MINUTE
    while step <= now + NEAR and there(step) is there(now):
        step += MINUTE
    found = next_change(hours, now)
    if step <= now + NEAR:
        assert found == step
    else:
        assert found is None or found > now + NEAR


@settings(max_examples=60)
@given(tables())
def test_between_two_changes_nothing_changes(drawn: tuple[dict[str, Any], datetime]) -> None:
    table, now = drawn
    hours = CalendarSection.model_validate(table)
    for _ in range(6):
        found = next_change(hours, now)
        if found is None:
            break
        assert found > now
        assert is_open(hours, found) is not is_open(hours, now)
        assert is_open(hours, found - timedelta(microseconds=1)) is is_open(hours, now)
        now = found


# Whose calendar


def test_an_organization_has_its_own_calendar_else_the_nearest_ones_above_it_else_the_default() -> None:
    rules = Rules(
        calendars={
            "contoso": calendar(organizations=[CONTOSO.upper()]),
            "desk": calendar({}, organizations=[DESK]),
        }
    )
    contoso, desk = rules.calendars["contoso"], rules.calendars["desk"]
    default = rules.escalation.calendar
    assert calendar_for(rules, CONTOSO.upper()) == contoso
    assert calendar_for(rules, BRANCH, CONTOSO) == contoso
    assert calendar_for(rules, DESK, BRANCH, CONTOSO) == desk
    assert calendar_for(rules, BRANCH) == default
    assert calendar_for(rules) == default


def test_a_calendar_named_default_is_everybody_elses() -> None:
    rules = Rules(calendars={"default": ALWAYS})
    assert calendar_for(rules, CONTOSO) == ALWAYS
    assert list(calendars_of(rules)) == ["default"]


# In words and from the library


@pytest.mark.parametrize(
    ("hours", "when", "said"),
    [
        (LUNCH, "2026-11-18T09:00", "open until Wed 2026-11-18 12:00 (Europe/Berlin)"),
        (LUNCH, "2026-11-20T15:00", "closed until Mon 2026-11-23 08:00 (Europe/Berlin)"),
        (ALWAYS, "2026-11-18T09:00", "open, and stays so for a year and more (Europe/Berlin)"),
    ],
)
def test_it_is_said_in_the_calendars_own_zone(hours: CalendarSection, when: str, said: str) -> None:
    assert in_words(hours, at(when).astimezone(UTC)) == said


def test_a_year_of_holidays_holds_no_day_of_another_one() -> None:
    for code in ("DE-BY", "US", "IL", "SA", "IN"):
        for year in (2026, 2027, 2028):
            assert {each.on.year for each in public_holidays(code, year)} == {year}
