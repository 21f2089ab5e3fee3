"""Times of duty as they are typed, and what two people exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Actor, SwapOffer
from bot.models.rotas import RotaSection, Turn
from bot.rules.duty import Span, day_zone, has_turn, in_return, members, next_turn, span_of
from bot.rules.rotas import holder
from bot.rules.typed import Misread
from tests.rules.test_rotas import ZONES, at, rostered, rota

NOW = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)
"""A Wednesday, half past ten in Berlin."""
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
EIGHT = timedelta(hours=8)


def read(said: str, day_begins: timedelta = EIGHT, now: datetime = NOW) -> Span | Misread:
    return span_of(said, now, "Europe/Berlin", day_begins)


@pytest.mark.parametrize(
    ("said", "starts", "ends"),
    [
        ("Friday", "2026-12-04T08:00", "2026-12-05T08:00"),
        ("fri", "2026-12-04T08:00", "2026-12-05T08:00"),
        ("tomorrow", "2026-12-03T08:00", "2026-12-04T08:00"),
        ("2026-12-24", "2026-12-24T08:00", "2026-12-25T08:00"),
        ("2026-12-24 - 2026-12-26", "2026-12-24T08:00", "2026-12-27T08:00"),
        ("from fri to sun", "2026-12-04T08:00", "2026-12-07T08:00"),
        ("thursday until tuesday", "2026-12-03T08:00", "2026-12-09T08:00"),
        # What has begun goes on from now.
        ("today", "2026-12-02T10:30", "2026-12-03T08:00"),
        ("wednesday", "2026-12-02T10:30", "2026-12-03T08:00"),
        ("08:00 - 18:00", "2026-12-02T10:30", "2026-12-02T18:00"),
        ("22:00 – 06:00", "2026-12-02T22:00", "2026-12-03T06:00"),
        ("fri 18:00 - mon 08:00", "2026-12-04T18:00", "2026-12-07T08:00"),
        ("2026-12-04 18:00 - 20:00", "2026-12-04T18:00", "2026-12-04T20:00"),
        ("until 18:00", "2026-12-02T10:30", "2026-12-02T18:00"),
        ("until 08:00", "2026-12-02T10:30", "2026-12-03T08:00"),
        ("until fri 08:00", "2026-12-02T10:30", "2026-12-04T08:00"),
        ("now - tomorrow 8:00", "2026-12-02T10:30", "2026-12-03T08:00"),
        ("for 4h", "2026-12-02T10:30", "2026-12-02T14:30"),
        ("for 2 days", "2026-12-02T10:30", "2026-12-04T10:30"),
    ],
)
def test_a_time_is_read_by_the_clock_of_the_rota(said: str, starts: str, ends: str) -> None:
    assert read(said) == Span(at(starts).astimezone(UTC), at(ends).astimezone(UTC))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "do not know the time"),
        ("someday", "do not know the time"),
        ("fri - someday", "do not know the time"),
        ("someday 18:00 - 20:00", "do not know the time"),
        ("mon - tue - wed", "do not know the time"),
        ("2026-02-30", "do not know the time"),
        ("24:00 - 25:00", "no time of day 24:00"),
        ("until 18:61", "no time of day 18:61"),
        ("18:00", "at both ends"),
        ("fri 18:00 - sat", "at both ends"),
        ("until friday", "say the time too"),
        ("until someday", "do not know the time"),
        ("08:00 - 10:00", "over since"),
        ("2026-12-01", "over since"),
        ("2026-12-09 - 2026-12-08", "ends before it begins"),
        ("for 0h", "ends before it begins"),
        ("for 99w", "more than 366 days"),
        ("9999-12-31", "more than 366 days"),
        ("9999-12-30 22:00 - 9999-12-31 23:59", "more than 366 days"),
        ("until 9999-12-31 23:59", "more than 366 days"),
        ("0001-01-01 00:00 - 0001-01-01 01:00", "long over"),
    ],
)
def test_what_is_no_time_is_told(said: str, why: str) -> None:
    found = read(said)
    assert isinstance(found, Misread), found
    assert why in found.why


@pytest.mark.parametrize(("zone", "change"), ZONES)
@pytest.mark.parametrize("begins", [timedelta(), timedelta(hours=2, minutes=30), EIGHT])
def test_a_day_is_what_a_finger_on_the_wall_says(zone: str, change: date, begins: timedelta) -> None:
    """Minute by minute: it is that day from when the wall has shown its beginning until it has shown the next one's."""
    wall = ZoneInfo(zone)
    now = datetime.combine(change - 2 * DAY, time(), tzinfo=UTC)
    found = span_of(change.isoformat(), now, zone, begins)
    minute, shown, told = now, now.astimezone(wall).replace(tzinfo=None), set[datetime]()
    while minute < now + 5 * DAY:
        shown = max(shown, minute.astimezone(wall).replace(tzinfo=None))
        if (shown - begins).date() == change:
            told.add(minute)
        minute += MINUTE
    if isinstance(found, Misread):  # Samoa had no such day.
        assert not told
        return
    assert told == {
        now + number * MINUTE
        for number in range(5 * 24 * 60)
        if found.starts <= now + number * MINUTE < found.ends
    }


def test_somebody_has_the_turn_for_all_of_a_time_or_not() -> None:
    roster = rostered(week=rota(hours={"mon-fri": "08:00-20:00"}, overrides={"2026-12-03": "bo"}))
    week = Span(at("2026-11-30T08:00"), at("2026-12-03T08:00"))
    assert has_turn(roster, "week", "ana", week)
    assert not has_turn(roster, "week", "ana", Span(week.starts, week.ends + HOUR))
    assert not has_turn(roster, "week", "bo", week)


def test_a_turn_is_the_one_that_goes_on_or_the_next() -> None:
    roster = rostered(week=rota())
    assert next_turn(roster, "week", "ana", NOW) == Span(NOW, at("2026-12-07T08:00"))
    assert next_turn(roster, "week", "bo", NOW) == Span(at("2026-12-07T08:00"), at("2026-12-14T08:00"))
    assert next_turn(roster, "week", "dan", NOW) is None


def test_in_return_come_the_same_hours_of_their_next_day_also_over_a_clock_change() -> None:
    roster = rostered(week=rota(starts="2026-03-16"))
    friday = Span(at("2026-03-20T18:00"), at("2026-03-21T06:00"))
    assert in_return(roster, "week", "bo", friday, at("2026-03-17T12:00")) == Span(
        at("2026-03-23T18:00"), at("2026-03-24T06:00")
    )
    assert in_return(roster, "week", "cai", friday, at("2026-03-17T12:00")) == Span(
        at("2026-03-30T18:00").astimezone(UTC), at("2026-03-31T06:00").astimezone(UTC)
    )
    assert in_return(roster, "week", "dan", friday, at("2026-03-17T12:00")) is None


def test_days_out_of_office_are_those_of_the_first_rota_that_somebody_stands_on() -> None:
    roster = rostered(east=rota(people=["ana"]), west=rota(zone="America/New_York", people=["ana", "wes"]))
    assert [day_zone(roster, each, "UTC") for each in ("ana", "wes", "zoe")] == [
        "Europe/Berlin",
        "America/New_York",
        "UTC",
    ]


def test_who_is_named_by_the_calendar_of_a_rota_stands_on_it() -> None:
    section = RotaSection.model_validate({"zone": "UTC", "ical_url": "https://calendar.example.com/a.ics"})
    told = Turn(NOW, NOW + HOUR, ("ana", "bo"))
    roster = replace(rostered(own=section), turns={"own": (told,)})
    assert members(roster, "own") == {"ana", "bo"}
    assert members(rostered(own=section), "own") == frozenset()
    assert has_turn(roster, "own", "ana", Span(NOW, NOW + HOUR))


@pytest.mark.unmeasured
@given(
    st.sampled_from(ZONES),
    st.sampled_from(["mon-sun 00:30", "mon-sun 02:30", "mon 08:00", "wed 22:15"]),
    st.integers(1, 3),
    st.sampled_from(["bo", "cai"]),
    st.integers(1, 12),
)
@settings(max_examples=25, deadline=None)
def test_after_a_swap_each_minute_of_both_times_is_the_other_ones_and_no_other_minute_moved(
    where: tuple[str, date], hand_over: str, a_turn: int, person: str, hours: int
) -> None:
    zone, change = where
    section = rota(zone=zone, hand_over=hand_over, hand_overs_a_turn=a_turn, starts=change - 9 * DAY)
    roster, since = rostered(own=section), datetime.combine(change - 2 * DAY, time(), tzinfo=UTC)
    own = next_turn(roster, "own", "ana", since)
    assert own is not None
    mine = Span(own.starts, min(own.ends, own.starts + hours * HOUR))
    theirs = in_return(roster, "own", person, mine, since)
    assert theirs is not None
    by = Actor(person_id="ana", name="Ana", slack_user_id="U1")
    offer = SwapOffer(
        swap_id="y1", rota="own", by=by, starts=mine.starts, ends=mine.ends, with_id=person, with_name=person,
        their_starts=theirs.starts, their_ends=theirs.ends, at=since, until=theirs.ends,
    )  # fmt: skip
    after = replace(roster, changed=offer.halves(since))
    minute = since
    while minute < theirs.ends + DAY:
        told = "ana" if theirs.starts <= minute < theirs.ends else holder(roster, "own", minute)
        told = person if mine.starts <= minute < mine.ends else told
        assert holder(after, "own", minute) == told
        minute += 15 * MINUTE
