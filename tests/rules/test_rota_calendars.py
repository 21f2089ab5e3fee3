"""Whom the events of a calendar mean, and who is on call by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models.calendars import CalendarCopy, CalendarShift
from bot.models.rotas import AwaySection, OnCall, Roster, RotaSection, TierSection, Turn
from bot.rules.rotas import has_changed, holes, news, on_call, spells, understood, whose_turn
from permissions import Person

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERSONS = (
    Person(person_id="ana", name="Ana Silva", emails=("ana@contoso.example",)),
    Person(person_id="bo", name="Bo Li", emails=("BO@contoso.example", "bo@old.example")),
    Person(person_id="silva", name="Ana Silva Costa"),
    Person(person_id="cai", name="Cai", emails=("shared@contoso.example",)),
    Person(person_id="dan", name="Dan", emails=("shared@contoso.example",)),
)


def rota(**said: Any) -> RotaSection:
    return RotaSection.model_validate({"zone": "UTC", "ical_url": "environment"} | said)


def shift(hours: float = 0, length: float = 8, **said: Any) -> CalendarShift:
    starts = NOW + hours * HOUR
    return CalendarShift(starts=starts, ends=starts + length * HOUR, **said)


def copy(*shifts: CalendarShift, odd: tuple[str, ...] = (), after: timedelta = timedelta()) -> CalendarCopy:
    read_at = NOW - HOUR + after
    return CalendarCopy(read_at=read_at, until=read_at + timedelta(days=30), shifts=shifts, odd=odd)


@pytest.mark.parametrize(
    ("settings", "said", "people"),
    [
        ({}, {"attendees": ("Ana@Contoso.example",)}, ("ana",)),
        ({}, {"attendees": ("room-4@contoso.example", "bo@old.example")}, ("bo",)),
        ({}, {"attendees": ("bo@contoso.example", "ana@contoso.example")}, ("bo", "ana")),
        ({}, {"attendees": ("bo@contoso.example", "bo@old.example")}, ("bo",)),
        ({}, {"attendees": ("nobody@x.example",), "summary": "On call - Bo Li - Leads"}, ("bo",)),
        ({}, {"summary": "ana@contoso.example"}, ("ana",)),
        ({}, {"summary": "bo"}, ("bo",)),
        ({}, {"summary": " BO  LI "}, ("bo",)),
        ({}, {"summary": "Ana Silva Costa is on call"}, ("silva",)),
        ({}, {"summary": "bo is a word in here"}, ()),
        ({}, {"summary": "Bo Lively"}, ()),
        ({}, {"summary": "Bo Li and Ana Silva"}, ()),
        ({}, {"summary": "evil-ana@contoso.example.evil.example"}, ()),
        ({}, {"attendees": ("shared@contoso.example",)}, ()),
        (
            {"ical_names": {"shared@contoso.example": "cai"}},
            {"attendees": ("shared@contoso.example",)},
            ("cai",),
        ),
        ({"ical_names": {"Annie": "ana"}}, {"summary": "Pager: annie!"}, ("ana",)),
        ({}, {"organizer": "ana@contoso.example"}, ()),
        ({"ical_person": ["organizer"]}, {"organizer": "ana@contoso.example"}, ("ana",)),
        ({"ical_person": ["summary"]}, {"attendees": ("ana@contoso.example",), "summary": "Bo Li"}, ("bo",)),
        ({}, {}, ()),
    ],
)
def test_an_event_means_whoever_it_names(
    settings: dict[str, Any], said: dict[str, Any], people: tuple[str, ...]
) -> None:
    means = understood(rota(**settings), copy(shift(**said)), PERSONS)
    assert [each.people for each in means.turns] == ([people] if people else [])
    assert bool(means.odd) == (len(people) != 1)


def test_what_is_odd_is_named_once_and_the_rest_counts() -> None:
    means = understood(
        rota(),
        copy(
            shift(0, summary="Zoe\nZimt"),
            shift(24, summary="Zoe\nZimt"),
            shift(48, summary="x" * 99),
            shift(72),
            shift(96, summary="Bo Li with Ana Silva"),
            shift(120, attendees=("bo@old.example", "ana@contoso.example"), summary="two"),
            shift(124, summary="Ana Silva"),
            odd=("of the reader",),
        ),
        PERSONS,
    )
    assert len(means.turns) == 2
    several = 'the event "Bo Li with Ana Silva" of 2026-12-04 12:00 UTC names ana, bo'
    assert means.odd == (
        "of the reader",
        'the event "Zoe Zimt" of 2026-11-30 12:00 UTC names nobody of the access file',
        f'the event "{"x" * 60}…" of 2026-12-02 12:00 UTC names nobody of the access file',
        'the event "without words" of 2026-12-03 12:00 UTC names nobody',
        f"{several}; name one person in it, or in ical_names",
        'the event "two" of 2026-12-05 12:00 UTC names bo, ana; bo has the turn',
        "two turns overlap at 2026-12-05 16:00 UTC (bo, ana); the one that begins later counts",
    )


def test_a_calendar_has_changed_where_both_copies_look_and_differ() -> None:
    first = shift(summary="Ana Silva")
    far = shift(24 * 30, summary="Bo Li")
    assert has_changed(None, copy())
    assert not has_changed(copy(first), copy(first))
    assert not has_changed(copy(first), copy(first, far, after=timedelta(days=2))), "it looks further ahead"
    assert has_changed(copy(first), copy())
    assert has_changed(copy(first), copy(first, odd=("something",)))
    assert not has_changed(copy(odd=("so until 2026-12-01",)), copy(odd=("so until 2026-12-02",)))
    assert news(["a 2026-12-01 10:00"], ["a 2026-12-02 11:00", "b"]) == ["b"]


# Who is on call by it

TURNS = (
    Turn(NOW, NOW + 24 * HOUR, ("ana", "bo")),
    Turn(NOW + 4 * HOUR, NOW + 6 * HOUR, ("cai",)),
    Turn(NOW + 30 * HOUR, NOW + 32 * HOUR, ("bo",)),
)


def rostered(away: dict[str, list[str]] | None = None, **said: Any) -> Roster:
    gone = {name: AwaySection.model_validate({"times": times}) for name, times in (away or {}).items()}
    return Roster({"leads": TierSection(rota=("own",))}, {"own": rota(**said)}, gone, turns={"own": TURNS})


def whose(roster: Roster, *hours: float) -> list[str]:
    return [whose_turn(roster, "own", NOW + each * HOUR) for each in hours]


def test_its_turns_are_those_of_the_calendar_and_the_later_one_is_laid_over_the_other() -> None:
    assert whose(rostered(), -1, 0, 4, 5.9, 6, 23.9, 24, 30, 32) == [
        "", "ana", "cai", "cai", "ana", "ana", "", "bo", "",
    ]  # fmt: skip
    assert on_call(rostered(), "leads", NOW) == OnCall(people=("ana",), why="rota own")


def test_who_else_is_named_stands_in_for_who_is_away_and_overrides_and_hours_count_as_ever() -> None:
    assert whose(rostered({"ana": ["2026-11-30"]}), 0, 4, 12) == ["bo", "cai", "ana"]
    assert whose(rostered({"cai": ["2026-11-30"]}), 4) == ["ana"]
    # A day of a calendar's rota begins at midnight.
    assert whose(rostered(overrides={"2026-11-30": "zoe"}), -12.1, -12, 4, 11.9, 12) == [
        "",
        "zoe",
        "zoe",
        "zoe",
        "ana",
    ]
    assert whose(rostered(hours={"mon": "13:00-17:00"}), 0, 1, 5, 12) == ["", "ana", "", ""]


def test_spells_and_holes_follow_it() -> None:
    found = spells(rostered(), "leads", NOW - HOUR, NOW + 40 * HOUR)
    assert [("".join(each.found.people), (each.ends - NOW) / HOUR) for each in found] == [
        ("", 0), ("ana", 4), ("cai", 6), ("ana", 24), ("", 30), ("bo", 32), ("", 40),
    ]  # fmt: skip
    assert len(holes(rostered(), "leads", NOW - HOUR, NOW + 40 * HOUR)) == 3


def test_a_calendar_that_was_never_read_has_nobody() -> None:
    roster = Roster({"leads": TierSection(rota=("own",))}, {"own": rota()})
    assert whose_turn(roster, "own", NOW) == ""
    assert len(holes(roster, "leads", NOW, NOW + HOUR)) == 1
