"""Who is on call: without a rota everybody in the tier; with one whose turn it is, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Actor, DutyChange, EscalationSection, Given, Rules
from bot.models.calendars import WEEKDAYS, Span
from bot.models.rotas import AwaySection, OnCall, Roster, RotaSection, TierSection
from bot.rules.rotas import (
    days_of,
    holder,
    holes,
    is_away,
    on_call,
    roster_of,
    spells,
    tiers_of,
    turns,
    whose_turn,
)

NOW = datetime(2026, 11, 28, 23, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def rota(**said: Any) -> RotaSection:
    usual = {"zone": "Europe/Berlin", "people": ["ana", "bo", "cai"], "starts": "2026-11-30"}
    return RotaSection.model_validate({**usual, **said})


def rostered(away: Mapping[str, list[str]] | None = None, **rotas: RotaSection) -> Roster:
    """A tier `leads` whose layers these rotas are."""
    gone = {name: AwaySection.model_validate({"times": times}) for name, times in (away or {}).items()}
    return Roster({"leads": TierSection(rota=tuple(rotas))}, rotas, gone)


def arranged(
    person: str, starts: str, ends: str, rota: str = "week", on: str = "2026-11-29T00:00"
) -> DutyChange:
    """Arranged in Slack; without a rota the person is out of office."""
    return DutyChange(
        duty_id=f"y{person}{starts}",
        person_id=person,
        person_name=person.capitalize(),
        rota=rota,
        starts=at(starts),
        ends=at(ends),
        by=Actor(person_id=person, name=person.capitalize(), slack_user_id="U1"),
        at=at(on),
    )


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def whose(roster: Roster, *instants: str) -> list[str]:
    return ["+".join(on_call(roster, "leads", at(each)).people) for each in instants]


def test_everybody_in_the_tier_is_on_call() -> None:
    roster = Roster({"leads": TierSection(user_group="S1", people=("ana",))})
    assert on_call(roster, "leads", NOW) == OnCall("S1", ("ana",), why="everybody in the tier")
    assert not on_call(roster, "leads", NOW).is_nobody


def test_a_tier_that_is_a_channel_alone_calls_nobody_by_name() -> None:
    roster = Roster({"pit": TierSection(channel="C1")})
    assert on_call(roster, "pit", NOW).is_channel_alone
    assert not on_call(roster, "pit", NOW).is_nobody
    assert OnCall().is_nobody


def test_a_tier_that_the_roster_has_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        on_call(Roster(tiers_of(Rules(escalation=EscalationSection()))), "leads", NOW)


# Turns


def test_a_week_each_from_monday_at_eight_and_nobody_before_it_starts() -> None:
    roster = rostered(week=rota())
    assert whose(
        roster,
        "2026-11-30T07:59:59", "2026-11-30T08:00", "2026-12-07T07:59", "2026-12-07T08:00", "2026-12-14T08:00",
        "2026-12-21T08:00", "2031-12-01T12:00",
    ) == ["", "ana", "ana", "bo", "cai", "ana", "ana"]  # fmt: skip
    assert on_call(roster, "leads", at("2026-12-01T12:00")).why == "rota week"


def test_the_first_turn_begins_with_the_first_hand_over_from_that_day_on() -> None:
    assert whose(rostered(week=rota(starts="2026-12-02")), "2026-12-07T07:00", "2026-12-07T08:00") == [
        "",
        "ana",
    ]


@pytest.mark.parametrize(
    ("said", "turns"),
    [
        ({"hand_over": "mon-sun 08:00"}, ["ana", "bo", "cai", "ana", "bo", "cai", "ana"]),
        ({"hand_over": ["mon 08:00", "fri 08:00"]}, ["ana", "ana", "ana", "ana", "bo", "bo", "bo"]),
        (
            {"hand_over": "mon-sun 08:00", "hand_overs_a_turn": 3},
            ["ana", "ana", "ana", "bo", "bo", "bo", "cai"],
        ),
        ({"hand_over": ["mon-sun 00:00", "mon-sun 12:00"]}, ["bo", "ana", "cai", "bo", "ana", "cai", "bo"]),
        ({"hours": {"tue-wed": "08:00-20:00"}}, ["", "ana", "ana", "", "", "", ""]),
    ],
)
def test_custom_shifts(said: dict[str, Any], turns: list[str]) -> None:
    """Noon of each day of the first week."""
    days = [f"2026-{day}T12:00" for day in ("11-30", "12-01", "12-02", "12-03", "12-04", "12-05", "12-06")]
    assert whose(rostered(own=rota(**said)), *days) == turns


def test_layers_and_the_sun() -> None:
    """The first rota that has somebody counts; each is read in its own zone."""
    west = rota(zone="America/New_York", people=["wes"], hours={"mon-fri": "08:00-20:00"})
    east = rota(people=["eva"], hours={"mon-fri": "08:00-20:00"})
    roster = rostered(west=west, east=east)
    found = [
        "2026-12-01T07:59",
        "2026-12-01T08:00",
        "2026-12-01T14:00",
        "2026-12-02T01:59",
        "2026-12-02T02:00",
    ]
    assert whose(roster, *found) == ["", "eva", "wes", "wes", ""]


def test_where_no_rota_has_anybody_the_rest_of_the_tier_is_called() -> None:
    tier = TierSection(rota=("own",), user_group="S1", people=("dan",))
    roster = Roster({"leads": tier}, {"own": rota()})
    assert on_call(roster, "leads", NOW) == OnCall("S1", ("dan",), why="nobody on its rota")
    # A channel beside a rota is where the one on call is called; alone it is nobody.
    channel = Roster({"leads": TierSection(rota=("own",), channel="C1")}, {"own": rota()})
    assert on_call(channel, "leads", NOW).is_nobody


# Overrides and absences


def test_a_swapped_day_goes_from_its_hand_over_to_the_next() -> None:
    roster = rostered(week=rota(overrides={"2026-12-01": "cai"}))
    found = ["2026-12-01T07:59", "2026-12-01T08:00", "2026-12-02T07:59", "2026-12-02T08:00"]
    assert whose(roster, *found) == ["ana", "cai", "cai", "ana"]


def test_days_and_times_may_be_swapped_also_with_somebody_from_outside() -> None:
    swaps = {
        "2026-12-01 - 2026-12-02": "bo",
        "2026-12-04 18:00 - 2026-12-05 06:30": "zoe",
        "2026-11-29 10:00 - 11:00": "dan",
    }
    roster = rostered(week=rota(overrides=swaps))
    found = [
        "2026-12-03T07:59", "2026-12-03T08:00", "2026-12-04T18:00", "2026-12-05T06:29", "2026-12-05T06:30",
        "2026-11-29T10:30", "2026-11-29T11:00",
    ]  # fmt: skip
    assert whose(roster, *found) == ["bo", "ana", "zoe", "zoe", "ana", "dan", ""]


def test_who_is_out_of_office_is_stood_in_for_by_the_next_one_who_is_there() -> None:
    gone = {
        "ana": ["2026-12-01"],
        "bo": ["2026-12-01 12:00 - 2026-12-01 18:00"],
        "cai": ["2026-12-01 17:00 - 18:00"],
    }
    found = [
        "2026-11-30T23:59",
        "2026-12-01T00:00",
        "2026-12-01T12:00",
        "2026-12-01T17:00",
        "2026-12-02T00:00",
    ]
    assert whose(rostered(gone, week=rota()), *found) == ["ana", "bo", "cai", "", "ana"]
    # Whoever was to stand in for a day and is away themselves leaves it to whose turn it was.
    swapped = rota(overrides={"2026-12-02": "dan"})
    assert whose(rostered({"dan": ["2026-12-02"]}, week=swapped), "2026-12-02T09:00") == ["ana"]


# Arranged in Slack


def test_what_was_arranged_in_slack_stands_over_the_file_and_the_newer_of_two_over_the_older() -> None:
    section = rota(overrides={"2026-12-01": "cai"})
    older = arranged("bo", "2026-12-01T10:00", "2026-12-01T20:00")
    newer = arranged("dan", "2026-12-01T12:00", "2026-12-01T14:00", on="2026-11-30T00:00")
    other = arranged("eva", "2026-12-01T00:00", "2026-12-03T00:00", rota="another")
    for changed in ((older, newer, other), (other, newer, older)):
        roster = replace(rostered(week=section), changed=changed)
        found = [f"2026-12-01T{each}" for each in ("09:59", "10:00", "12:00", "14:00", "20:00")]
        assert whose(roster, *found) == ["cai", "bo", "dan", "bo", "cai"]
    assert on_call(roster, "leads", at("2026-12-01T12:30")).why == "rota week"


def test_who_is_away_by_slack_is_stood_in_for_and_no_change_brings_them_back() -> None:
    gone = arranged("ana", "2026-12-01T00:00", "2026-12-02T00:00", rota="")
    taken = arranged("ana", "2026-12-01T10:00", "2026-12-01T12:00")
    roster = replace(rostered({"bo": ["2026-12-01"]}, week=rota()), changed=(gone, taken))
    assert whose(roster, "2026-11-30T23:59", "2026-12-01T11:00", "2026-12-02T00:00") == ["ana", "cai", "ana"]
    noon = at("2026-12-01T12:00")
    assert [is_away(roster, "week", each, noon) for each in ("ana", "bo", "cai")] == [True, True, False]


def test_a_turn_goes_on_between_the_hours_of_a_rota() -> None:
    roster = replace(
        rostered(week=rota(hours={"mon-fri": "08:00-20:00"})),
        changed=(arranged("cai", "2026-12-01T18:00", "2026-12-01T22:00"),),
    )
    night = at("2026-12-01T21:00")
    assert (whose_turn(roster, "week", night), holder(roster, "week", night)) == ("", "cai")
    found = turns(roster, "week", at("2026-12-01T07:00"), at("2026-12-03T00:00"))
    assert [("".join(each.found.people), each.ends) for each in found] == [
        ("ana", at("2026-12-01T18:00")),
        ("cai", at("2026-12-01T22:00")),
        ("ana", at("2026-12-03T00:00")),
    ]
    before = turns(roster, "week", at("2026-11-29T00:00"), at("2026-11-29T12:00"))
    assert [each.found.is_nobody for each in before] == [True]


# Spells and holes


def test_spells_follow_one_another_and_name_who_comes_when() -> None:
    roster = rostered({"bo": ["2026-12-09"]}, week=rota(overrides={"2026-12-01": "cai"}))
    found = spells(roster, "leads", at("2026-11-30T09:00"), at("2026-12-10T09:00"))
    berlin = ZoneInfo("Europe/Berlin")
    assert [(f"{each.starts.astimezone(berlin):%d %H:%M}", *each.found.people) for each in found] == [
        ("30 09:00", "ana"), ("01 08:00", "cai"), ("02 08:00", "ana"), ("07 08:00", "bo"), ("09 00:00", "cai"),
        ("10 00:00", "bo"),
    ]  # fmt: skip
    assert found[-1].ends == at("2026-12-10T09:00")


def test_holes_are_found() -> None:
    roster = rostered(
        {"bo": ["2026-12-08 10:00 - 12:00"]}, day=rota(people=["bo"], hours={"mon-sun": "00:00-24:00"})
    )
    since = at("2026-11-30T00:00")
    assert [(each.starts, each.ends) for each in holes(roster, "leads", since, since + 14 * DAY)] == [
        (since, at("2026-11-30T08:00")),
        (at("2026-12-08T10:00"), at("2026-12-08T12:00")),
    ]
    assert holes(Roster({"leads": TierSection(people=("ana",))}), "leads", since, since + DAY) == ()


def test_days_are_cut_at_midnight_and_one_that_the_zone_skips_is_left_out() -> None:
    roster = rostered(week=rota(zone="Pacific/Apia", starts="2011-12-01", hand_over="mon-sun 12:00"))
    found = days_of(roster, "leads", ZoneInfo("Pacific/Apia"), date(2011, 12, 29), 3)
    assert [(each.on.day, ["".join(one.found.people) for one in each.spells]) for each in found] == [
        (29, ["ana", "bo"]),
        (31, ["cai", "ana"]),
    ]
    assert found[0].spells[-1].ends == found[1].spells[0].starts


def test_the_roster_is_that_of_the_settings() -> None:
    rules = Rules(
        tiers={"leads": TierSection(rota=("week",))},
        rotas={"week": rota()},
        away={"ana": AwaySection.model_validate({"times": "2026-12-01"})},
    )
    noon = at("2026-12-01T12:00")
    assert on_call(roster_of(rules), "leads", noon).people == ("bo",)
    given = Given(duty=(arranged("cai", "2026-12-01T10:00", "2026-12-01T20:00"),))
    assert on_call(roster_of(rules, given), "leads", noon).people == ("cai",)


# Clock changes


@pytest.mark.parametrize(
    ("hand_over", "changes"),
    [
        # Spring: the wall leaps from 02:00 to 03:00, and the turn ends with the leap.
        ("sun 02:30", "2026-03-29T01:00:00+00:00"),
        ("sun 03:00", "2026-03-29T01:00:00+00:00"),
        ("sun 01:59", "2026-03-29T00:59:00+00:00"),
    ],
)
def test_a_hand_over_that_the_wall_leaps_over_is_made_at_the_leap(hand_over: str, changes: str) -> None:
    roster = rostered(own=rota(starts="2026-03-16", hand_over=hand_over))
    change = at(changes)
    assert whose(roster, (change - MINUTE).isoformat(), change.isoformat()) == ["ana", "bo"]


def test_a_hand_over_at_an_hour_that_comes_twice_is_made_once() -> None:
    roster = rostered(own=rota(starts="2026-10-12", hand_over="sun 02:30"))
    first = at("2026-10-25T00:30:00+00:00")
    minutes = [
        first - MINUTE,
        first,
        first + 20 * MINUTE,
        first + 40 * MINUTE,
        first + HOUR,
        first + 2 * HOUR,
    ]
    assert whose(roster, *(each.isoformat() for each in minutes)) == ["ana", "bo", "bo", "bo", "bo", "bo"]


def slowly(
    section: RotaSection,
    away: Mapping[str, list[tuple[datetime, datetime]]],
    until: datetime,
    changed: Sequence[DutyChange] = (),
) -> dict[datetime, str]:
    """Minute by minute with a finger on the wall: whoever has the turn keeps it until the wall has shown the next
    hand-over, or more. Nothing is computed ahead."""
    zone = ZoneInfo(section.zone)
    minute = datetime.combine(section.starts - 2 * DAY, time(), tzinfo=UTC)
    told: dict[datetime, str] = {}
    shown = minute.astimezone(zone).replace(tzinfo=None)
    made = 0
    due: list[datetime] = []
    for days in range(20):
        day = section.starts + timedelta(days=days)
        due += sorted(
            datetime.combine(day, time()) + each.at
            for each in section.hand_over
            if WEEKDAYS[each.weekday] == WEEKDAYS[day.weekday()]
        )
    while minute < until:
        wall = minute.astimezone(zone).replace(tzinfo=None)
        shown = max(shown, wall)
        while due[made] <= shown:
            made += 1
        hours = section.hours or dict.fromkeys(WEEKDAYS, (Span(timedelta(0), DAY),))
        is_open = any(
            midnight + span.starts <= wall < midnight + span.ends
            for midnight in (datetime.combine(wall.date() - each * DAY, time()) for each in (0, 1))
            for span in hours.get(WEEKDAYS[midnight.weekday()], ())
        )
        order: list[str] = []
        now = [each for each in changed if each.starts <= minute < each.ends]
        order += [each.person_id for each in sorted(now, key=lambda each: each.at)[::-1] if each.rota]
        for stretch, person in section.overrides.items():
            by = min(each.at for each in section.hand_over) if stretch.is_days else timedelta(0)
            if stretch.starts + by <= shown < stretch.ends + by:
                order.append(person)
        if made:
            place = (made - 1) // section.hand_overs_a_turn
            order += [
                section.people[(place + each) % len(section.people)] for each in range(len(section.people))
            ]
        gone = {name for name, times in away.items() if any(one <= shown < other for one, other in times)}
        gone |= {each.person_id for each in now if not each.rota}
        told[minute] = next((each for each in order if each not in gone), "") if is_open else ""
        minute += MINUTE
    return told


ZONES = [
    ("Europe/Berlin", date(2026, 3, 29)), ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 3, 8)), ("America/Havana", date(2026, 11, 1)),
    ("Asia/Beirut", date(2026, 3, 29)), ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)), ("Pacific/Apia", date(2011, 12, 30)),
    ("Africa/Casablanca", date(2026, 2, 15)), ("Europe/Moscow", date(2014, 10, 26)), ("UTC", date(2026, 6, 1)),
]  # fmt: skip
"""Zones with a day on which their clocks change."""
CLOCKS = st.sampled_from(["00:00", "00:30", "01:00", "01:45", "02:00", "02:30", "03:00", "08:00", "22:15"])
HAND_OVERS = st.lists(
    st.tuples(st.sampled_from([*WEEKDAYS, "mon-sun", "sat-mon"]), CLOCKS), min_size=1, max_size=2, unique=True
)
HOURS = st.sampled_from([{}, {"mon-sun": "01:30-09:00"}, {"sat-sun": "22:00-02:30", "wed": "00:00-24:00"}])


@st.composite
def rotas_over_a_change(
    draw: st.DrawFn,
) -> tuple[RotaSection, dict[str, list[str]], date, tuple[DutyChange, ...]]:
    """A rota that begins some days before a clock change, with overrides and absences around it, and with what was
    arranged in Slack, in no order."""
    zone, change = draw(st.sampled_from(ZONES))
    said = [f"{day} {clock}" for day, clock in draw(HAND_OVERS)]
    kept = said if len({each[-5:] for each in said}) == len(said) else said[:1]
    begins = draw(st.integers(-30, 20)) * HOUR + draw(st.sampled_from([0, 15, 30])) * MINUTE
    start = datetime.combine(change, time()) + begins
    stretch = f"{start:%Y-%m-%d %H:%M} - {start + draw(st.integers(1, 30)) * HOUR:%Y-%m-%d %H:%M}"
    overrides = draw(st.sampled_from([{}, {stretch: "zoe"}, {f"{change:%Y-%m-%d}": "bo"}]))
    section = rota(
        zone=zone,
        people=["ana", "bo", "cai"][: draw(st.integers(1, 3))],
        starts=change - draw(st.integers(0, 6)) * DAY,
        hand_over=kept,
        hand_overs_a_turn=draw(st.integers(1, 3)),
        hours=draw(HOURS),
        overrides=overrides,
    )
    away = draw(st.sampled_from([{}, {"ana": [stretch]}, {"bo": [f"{change - DAY} - {change}"]}]))
    around = datetime.combine(change, time(), tzinfo=UTC)
    changed = draw(
        st.lists(
            st.builds(
                lambda number, who, kind, since, hours: arranged(
                    who,
                    (around + since * 15 * MINUTE).isoformat(),
                    (around + since * 15 * MINUTE + hours * HOUR).isoformat(),
                    rota=kind,
                    on=(around - DAY + number * MINUTE).isoformat(),
                ),
                st.integers(0, 900),
                st.sampled_from(["ana", "bo", "dan"]),
                st.sampled_from(["own", "own", ""]),
                st.integers(-150, 90),
                st.integers(1, 40),
            ),
            max_size=4,
            unique_by=lambda each: each.at,
        )
    )
    return section, away, change, tuple(changed)


@given(rotas_over_a_change())
@settings(max_examples=25, deadline=None)
def test_it_is_what_somebody_with_a_finger_on_the_wall_says(
    found: tuple[RotaSection, dict[str, list[str]], date, tuple[DutyChange, ...]],
) -> None:
    section, away, change, changed = found
    roster = replace(rostered(away, own=section), changed=changed)
    times = {name: [(one.starts, one.ends) for one in each.times] for name, each in roster.away.items()}
    until = datetime.combine(change + 3 * DAY, time(), tzinfo=UTC)
    slow = slowly(section, times, until, changed)
    since = until - 5 * DAY
    told = {minute: who for minute, who in slow.items() if minute >= since}
    ahead = spells(roster, "leads", since, until)
    quick = {
        minute: "".join(each.found.people)
        for each in ahead
        for minute in told
        if each.starts <= minute < each.ends
    }
    assert quick == told
    # And asked alone, not by what is known to change.
    some = list(told)[:: 7 * 60 + 5]
    assert [whose_turn(roster, "own", minute) for minute in some] == [told[minute] for minute in some]
