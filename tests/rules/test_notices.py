"""What is told about rotas without being asked: hand-overs at their time, and holes before they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models.rotas import AwaySection, Roster, RotaSection, TierSection, Turn
from bot.rules.notices import coming_holes, reliefs

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)


def rostered(
    away: dict[str, list[str]] | None = None, tier: dict[str, Any] | None = None, **said: Any
) -> Roster:
    """A tier of one rota: weeks from Monday 08:00, since two weeks."""
    usual = {"zone": "UTC", "people": ["ana", "bo"], "starts": "2026-11-16"}
    gone = {name: AwaySection.model_validate({"times": times}) for name, times in (away or {}).items()}
    rota = RotaSection.model_validate(said if "ical_url" in said else usual | said)
    return Roster({"leads": TierSection.model_validate({"rota": "own"} | (tier or {}))}, {"own": rota}, gone)


def told(roster: Roster, now: datetime) -> list[tuple[str, str, datetime]]:
    return [(each.goes, each.comes, each.starts) for each in reliefs(roster, "own", now)]


def test_a_hand_over_is_told_when_the_turn_begins_and_for_a_day() -> None:
    roster = rostered()
    assert told(roster, MONDAY - timedelta(seconds=1)) == []
    assert told(roster, MONDAY) == [("bo", "ana", MONDAY)]
    (relief,) = reliefs(roster, "own", MONDAY + 23 * HOUR)
    assert (relief.starts, relief.ends) == (MONDAY, MONDAY + 7 * DAY)
    assert relief.name == reliefs(roster, "own", MONDAY)[0].name
    assert told(roster, MONDAY + DAY) == []


def test_it_may_be_told_before_and_is_left_out_when_the_turn_is_over() -> None:
    ahead = rostered(notice_before=2 * HOUR)
    assert told(ahead, MONDAY - 2 * HOUR - timedelta(seconds=1)) == []
    assert told(ahead, MONDAY - 2 * HOUR) == [("bo", "ana", MONDAY)]
    short = rostered(hand_over="mon-sun 08:00", overrides={"2026-11-30 10:00 - 11:00": "cai"})
    assert [each[1] for each in told(short, MONDAY + 2.5 * HOUR)] == ["cai"]
    # Downtime until noon: the hour is over, and whoever has the turn again came after it.
    (after,) = [each for each in told(short, MONDAY + 4 * HOUR) if each[2] >= MONDAY + 2 * HOUR]
    assert after == ("cai", "ana", MONDAY + 3 * HOUR)


def test_within_the_hours_of_the_rota_and_not_again_each_morning() -> None:
    day = rostered(hand_over="mon 00:00", hours={"mon-fri": "09:00-17:00"})
    midnight = MONDAY - 8 * HOUR
    assert told(day, midnight + HOUR) == []
    assert told(day, midnight + 9 * HOUR) == [("bo", "ana", midnight + 9 * HOUR)]
    assert told(day, midnight + DAY + 9 * HOUR) == []
    never = rostered(hand_over="mon-sun 00:00", hours={"wed": "09:00-17:00"})
    assert told(never, midnight + 9 * HOUR) == [], "that turn has no hour of it"


def test_of_a_calendar_with_gaps_only_another_person_is_a_hand_over() -> None:
    roster = rostered(zone="UTC", ical_url="environment")
    turns = [Turn(MONDAY + day * DAY, MONDAY + day * DAY + 8 * HOUR, ("ana",)) for day in range(3)]
    turns += [Turn(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 8 * HOUR, ("bo",))]
    shifts = replace(roster, turns={"own": tuple(turns)})
    assert told(shifts, MONDAY) == [("", "ana", MONDAY)]
    assert told(shifts, MONDAY + DAY) == []
    assert told(shifts, MONDAY + 2 * DAY + 9 * HOUR) == [("ana", "", MONDAY + 2 * DAY + 8 * HOUR)]
    assert told(shifts, MONDAY + 3 * DAY)[-1] == ("", "bo", MONDAY + 3 * DAY)
    assert told(shifts, MONDAY + 3 * DAY + 9 * HOUR)[-1] == ("bo", "", MONDAY + 3 * DAY + 8 * HOUR)
    (last,) = reliefs(shifts, "own", MONDAY + 3 * DAY + 9 * HOUR)
    assert last.ends is None


def test_a_hole_is_told_some_days_ahead_by_a_name_that_stays_until_it_changes() -> None:
    gone = {"ana": ["2026-12-03 20:00 - 2026-12-03 22:00"], "bo": ["2026-12-03 20:00 - 22:00"]}
    roster = rostered(gone)
    begins = datetime(2026, 12, 3, 20, tzinfo=UTC)
    assert coming_holes(roster, "leads", begins - 3 * DAY - HOUR) == ()
    (hole,) = coming_holes(roster, "leads", begins - 3 * DAY)
    assert (hole.starts, hole.ends) == (begins, begins + 2 * HOUR)
    for later in (begins - HOUR, begins + HOUR):
        assert [each.name for each in coming_holes(roster, "leads", later)] == [hole.name]
    assert coming_holes(roster, "leads", begins + 2 * HOUR) == ()
    filled = rostered(gone, overrides={"2026-12-03 20:00 - 21:00": "cai"})
    (smaller,) = coming_holes(filled, "leads", begins - DAY)
    assert (smaller.starts, smaller.name == hole.name) == (begins + HOUR, False)


def test_no_hole_is_told_where_nobody_is_to_have_the_turn_or_somebody_else_is_called() -> None:
    nights = rostered(hours={"mon-fri": "08:00-20:00"})
    assert coming_holes(nights, "leads", MONDAY) == ()
    gone = {"ana": ["2026-11-30 - 2027-02-01"], "bo": ["2026-12-01 - 2027-02-01"]}
    assert coming_holes(rostered(gone, {"people": ["dan"]}), "leads", MONDAY - DAY) == ()
    assert coming_holes(rostered(gone, {"holes_days_ahead": 0}), "leads", MONDAY - DAY) == ()
    plain = Roster({"leads": TierSection(people=("ana",))})
    assert coming_holes(plain, "leads", MONDAY) == ()


def test_one_that_lasts_for_weeks_has_no_end_and_one_that_began_long_ago_was_told() -> None:
    gone = {"ana": ["2026-11-30 - 2027-06-01"], "bo": ["2026-11-30 - 2027-06-01"]}
    first = datetime(2026, 11, 30, tzinfo=UTC)
    names = {
        each.name
        for day in range(4)
        for each in coming_holes(rostered(gone), "leads", first + (day - 2) * DAY)
    }
    assert len(names) == 1
    (hole,) = coming_holes(rostered(gone), "leads", first)
    assert (hole.starts, hole.ends) == (first, None)
    assert coming_holes(rostered(gone), "leads", first + 3 * DAY) == ()
    # Within hours it begins when somebody is missed first, and is the same hole for as long as it lasts.
    some = rostered(gone, hours={"wed-fri": "08:00-12:00"})
    missed = datetime(2026, 12, 2, 8, tzinfo=UTC)
    known = {
        (each.name, each.starts)
        for day in range(40)
        for each in coming_holes(some, "leads", first + (day - 2) * DAY)
    }
    assert [starts for _, starts in known] == [missed]
