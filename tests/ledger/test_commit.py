"""The one door: everything or nothing, once, and only on what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ledger import Committed, Conflict, ConflictKind, Ledger, NewerRecord, cases
from bot.models import Case, Due, DueKind, Leaving, RequestEntry, Standpoint
from bot.rules import lifecycle
from bot.rules.second import tallies_of
from tests.cards.samples import attempt
from tests.ledger.build import (
    LEASE,
    NOON,
    card,
    card_effect,
    case,
    change,
    committed,
    entry,
    event,
    press,
    refused,
)
from tests.valkey import RunningValkey


async def test_a_case_is_read_back_as_it_was_written(ledger: Ledger) -> None:
    written = case().model_copy(update={"card": card()})
    answer = await committed(ledger, change((written, 0)))
    stored = await ledger.case("case-1")
    assert stored is not None
    assert (stored.case, stored.version) == (written, 1)
    assert abs(answer.at - ledger.now()) < timedelta(seconds=5)
    assert answer.number == 1
    assert await ledger.case("case-2") is None


@pytest.mark.parametrize("expected", [0, 2, 7])
async def test_a_change_on_another_version_is_refused(ledger: Ledger, expected: int) -> None:
    await committed(ledger, change((case(), 0)))
    conflict = await refused(ledger, change((case(), expected)), ConflictKind.VERSION)
    assert conflict.subject_id == "case-1"


async def test_a_case_that_does_not_exist_cannot_be_changed(ledger: Ledger) -> None:
    await refused(ledger, change((case(), 1)), ConflictKind.VERSION)


async def test_a_refused_change_leaves_no_trace(ledger: Ledger, valkey: RunningValkey) -> None:
    await committed(ledger, change((case("case-1"), 0)))
    await ledger.store_press(press())
    async with valkey.client() as client:
        before = {name: await client.dump(name) for name in await client.keys("*")}
        one = change(
            (case("case-2"), 0),
            (case("case-1"), 9),
            due=[Due(DueKind.STEP, "case-2", NOON)],
            effects=[card_effect("case-2")],
            press="press-1",
            leaving=[Leaving("request-of-case-1", "case-1")],
        )
        await refused(ledger, one, ConflictKind.VERSION)
        assert {name: await client.dump(name) for name in await client.keys("*")} == before


async def test_the_same_change_again_is_answered_like_the_first_time(ledger: Ledger) -> None:
    one = change((case(), 0), op_id="op-1", effects=[card_effect()])
    first = await committed(ledger, one)
    await committed(ledger, change((case(), 1)))
    assert await ledger.commit(one) == first
    assert (await ledger.chain.head()).number == 2
    stored = await ledger.case("case-1")
    assert stored is not None
    assert stored.version == 2


async def test_an_answer_is_remembered_for_an_hour_and_forgotten_after_two(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    one = change(events=[event()], op_id="op-1")
    first = await committed(ledger, one)
    await valkey.travel(timedelta(minutes=59))
    assert await ledger.commit(one) == first
    for _ in range(3):
        await valkey.travel(timedelta(hours=1))
        await committed(ledger, change())
    assert await ledger.commit(one) != first
    async with valkey.client() as client:
        assert len(await client.keys("*ops:*")) == 2


async def test_a_change_without_an_event_is_no_change(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no record, no change"):
        await ledger.commit(change((case(), 0), events=[]))
    assert await ledger.case("case-1") is None


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (case("case-1", entry("b")), "case"),
        (case("case-2", entry("b"), subject="S"), "subject"),
        (case("case-2", entry("a")), "request"),
    ],
)
async def test_a_change_that_contradicts_itself_is_refused(ledger: Ledger, second: Case, what: str) -> None:
    with pytest.raises(ValueError, match=f"names a {what} twice"):
        await ledger.commit(change((case("case-1", entry("a"), subject="S"), 0), (second, 0)))
    assert await ledger.open_case_ids() == []


async def test_a_subject_has_one_open_case(ledger: Ledger) -> None:
    await committed(ledger, change((case("case-1", subject="S"), 0)))
    conflict = await refused(ledger, change((case("case-2", subject="S"), 0)), ConflictKind.SUBJECT)
    assert conflict.subject_id == "case-1"
    assert await ledger.open_case_id_of_subject("S") == "case-1"
    await committed(ledger, change((case("case-1", subject="S", closed=True), 1)))
    assert await ledger.open_case_id_of_subject("S") is None
    await committed(ledger, change((case("case-2", subject="S"), 0)))
    assert await ledger.open_case_id_of_subject("S") == "case-2"


async def test_one_change_may_close_a_case_and_open_its_successor(ledger: Ledger) -> None:
    await committed(ledger, change((case("case-1", subject="S"), 0)))
    await committed(
        ledger, change((case("case-2", subject="S"), 0), (case("case-1", subject="S", closed=True), 1))
    )
    assert await ledger.open_case_id_of_subject("S") == "case-2"
    assert await ledger.open_case_ids() == ["case-2"]


async def test_a_request_belongs_to_one_case(ledger: Ledger) -> None:
    await committed(ledger, change((case("case-1", entry("a"), entry("b")), 0)))
    conflict = await refused(ledger, change((case("case-2", entry("b")), 0)), ConflictKind.REQUEST)
    assert conflict.subject_id == "b"
    moved = change(
        (case("case-1", entry("a")), 1), (case("case-2", entry("b")), 0), leaving=[Leaving("b", "case-1")]
    )
    await committed(ledger, moved)
    assert await ledger.case_ids_of_requests(["a", "b", "c"]) == {"a": "case-1", "b": "case-2"}
    assert await ledger.case_ids_of_requests([]) == {}


async def test_a_request_leaves_only_the_case_that_holds_it(ledger: Ledger) -> None:
    """P2: of two processes that both found it ended in the same old case, one takes it up."""
    await committed(ledger, change((case("case-1", entry("a")), 0)))
    leaving = [Leaving("a", "case-1")]
    await committed(ledger, change((case("case-2", entry("a")), 0), leaving=leaving))
    conflict = await refused(
        ledger, change((case("case-3", entry("a")), 0), leaving=leaving), ConflictKind.REQUEST
    )
    assert conflict.subject_id == "a"
    assert await ledger.case_ids_of_requests(["a"]) == {"a": "case-2"}


async def test_a_decision_is_not_recorded_on_grants_that_have_moved(ledger: Ledger) -> None:
    """P1: neither under an older access file, nor for a press that is answered or that another process holds."""
    await ledger.accept_access("version = 1", "digest-1", [event()])
    await ledger.store_press(press())
    [_] = await ledger.take_presses(1, timedelta(minutes=1))
    held = Standpoint("press-1", access_generation=1, given_version=0)
    await committed(ledger, change((case("case-1"), 0), judged_on=held))
    later = Standpoint("press-1", access_generation=1, given_version=1)
    await refused(ledger, change((case("case-1"), 1), judged_on=later), ConflictKind.STANDPOINT)
    await ledger.accept_access("version = 1 # other", "digest-2", [event()])
    await refused(ledger, change((case("case-1"), 1), judged_on=held), ConflictKind.STANDPOINT)
    await committed(ledger, change(press="press-1"))
    now = Standpoint("press-1", access_generation=2, given_version=0)
    await refused(ledger, change((case("case-1"), 1), judged_on=now), ConflictKind.PRESS)


def same_file(name: str) -> RequestEntry:
    """A request for the file that all of these ask for."""
    held = entry(name)
    facts = held.facts.model_copy(update={"path": "C:\\Tools\\setup.exe"})
    return held.model_copy(update={"facts": facts})


def approving(one: Case) -> Case:
    """The case with an approval of its request on its way."""
    return lifecycle.begin_attempt(one, one.requests[0].facts.request_id, attempt())


async def test_what_is_counted_over_cases_is_counted_in_the_step_itself(ledger: Ledger) -> None:
    """A change that rests on a count is refused once another case's approval began, or ended, since it was counted."""
    await ledger.store_press(press())
    one, two = (case(f"case-{name}", same_file(name)) for name in ("a", "b"))
    for each in (one, two):
        await committed(ledger, change((each, 0)))
    names = tallies_of(one.requests[0].facts)
    [counted] = await ledger.history.tallies(names)
    assert (counted.name, counted.last, counted.case_ids) == (names[0], "", ())
    nothing = Standpoint("press-1", 0, 0, tallies=((counted.name, counted.last),))
    await committed(ledger, change((approving(one), 1), judged_on=nothing))
    await refused(ledger, change((approving(two), 1), judged_on=nothing), ConflictKind.TALLY)
    [counted] = await ledger.history.tallies(names)
    assert counted.case_ids == ("case-a",)
    again = replace(nothing, tallies=((counted.name, counted.last),))
    await committed(ledger, change((approving(two), 1), judged_on=again))
    [counted] = await ledger.history.tallies(names)
    assert counted.case_ids == ("case-a", "case-b")
    ended = lifecycle.end_attempt(approving(one), "a")
    await committed(ledger, change((ended, 2)))
    [after] = await ledger.history.tallies(names)
    assert after.case_ids == ("case-b",)
    assert after.last != counted.last


async def test_a_change_that_starts_no_approval_moves_no_count(ledger: Ledger) -> None:
    one = case("case-1", entry("a"))
    await committed(ledger, change((approving(one), 0)))
    before = await ledger.history.tallies(tallies_of(one.requests[0].facts))
    await committed(ledger, change((approving(one), 1)))
    await committed(ledger, change((case("case-2", entry("b")), 0)))
    assert await ledger.history.tallies(tallies_of(one.requests[0].facts)) == before


async def test_who_is_too_late_for_the_very_case_hears_of_that_first(ledger: Ledger) -> None:
    """It is read again then, which ends the press: judged anew it would come to the same."""
    await ledger.store_press(press())
    one = case("case-1", entry("a"))
    await committed(ledger, change((one, 0)))
    nothing = Standpoint("press-1", 0, 0, tallies=((tallies_of(one.requests[0].facts)[0], ""),))
    await committed(ledger, change((approving(one), 1), judged_on=nothing))
    await refused(ledger, change((approving(one), 1), judged_on=nothing), ConflictKind.VERSION)


async def test_versions_of_open_cases_are_told_without_reading_them(ledger: Ledger) -> None:
    await committed(ledger, change((case("case-1", entry("a")), 0)))
    await committed(ledger, change((case("case-2", entry("b")), 0)))
    assert [part async for part in ledger.open_versions()] == [{"case-1": 1, "case-2": 1}]
    await committed(ledger, change((case("case-1", entry("a")), 1)))
    await committed(ledger, change((case("case-2", entry("b"), closed=True), 1)))
    assert [part async for part in ledger.open_versions()] == [{"case-1": 2}]
    assert await ledger.versions(["case-1", "case-2", "none"]) == {"case-1": 2, "case-2": 2}


@pytest.mark.parametrize("opened_apart", [timedelta(0), timedelta(milliseconds=1)])
async def test_open_cases_are_told_in_parts_each_once_oldest_first(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, opened_apart: timedelta
) -> None:
    monkeypatch.setattr(cases, "_IDS_AT_ONCE", 3)
    made = [case(f"case-{number}", entry(f"r{number}")) for number in range(8)]
    changed = [
        one.model_copy(update={"opened_at": one.opened_at + number // 2 * opened_apart})
        for number, one in enumerate(made)
    ]
    await ledger.commit_all([change((one, 0)) for one in changed])
    parts = [list(part) async for part in ledger.open_versions()]
    assert [len(part) for part in parts] == [3, 3, 2]
    assert [case_id for part in parts for case_id in part] == [one.case_id for one in made]


async def test_a_closed_case_leaves_every_index_of_open_cases(ledger: Ledger) -> None:
    await committed(ledger, change((case("case-1", entry("a", "pc-1"), entry("b", "pc-2")), 0)))
    assert await ledger.case_ids_of_organization("org-1") == ["case-1"]
    assert await ledger.case_ids_of_computer("pc-2") == ["case-1"]
    await committed(ledger, change((case("case-1", entry("a", "pc-1")), 1)))
    assert await ledger.case_ids_of_computer("pc-1") == ["case-1"]
    assert await ledger.case_ids_of_computer("pc-2") == []
    await committed(ledger, change((case("case-1", entry("a", "pc-1"), closed=True), 2)))
    assert await ledger.case_ids_of_computer("pc-1") == []
    assert await ledger.case_ids_of_organization("org-1") == []
    assert await ledger.open_case_ids() == []
    assert await ledger.open_cases() == []
    assert await ledger.case_ids_of_requests(["a"]) == {"a": "case-1"}


async def test_open_cases_come_oldest_first(ledger: Ledger) -> None:
    for number in (3, 1, 2):
        one = case(f"case-{number}", opened_at=NOON + timedelta(minutes=number))
        await committed(ledger, change((one, 0)))
    assert await ledger.open_case_ids() == ["case-1", "case-2", "case-3"]
    assert [stored.case.case_id for stored in await ledger.open_cases()] == ["case-1", "case-2", "case-3"]
    assert set(await ledger.cases(["case-2", "nothing", "case-2"])) == {"case-2"}


async def test_a_press_is_finished_once(ledger: Ledger) -> None:
    await ledger.store_press(press())
    await committed(ledger, change(press="press-1"))
    await refused(ledger, change(press="press-1"), ConflictKind.PRESS)
    await refused(ledger, change(press="never-stored"), ConflictKind.PRESS)
    assert await ledger.waiting_presses() == 0


async def test_several_changes_stand_each_for_itself(ledger: Ledger) -> None:
    changes = [change((case("case-1"), 0)), change((case("case-2"), 5)), change((case("case-3"), 0))]
    answers = await ledger.commit_all(changes)
    assert [type(answer) for answer in answers] == [Committed, Conflict, Committed]
    assert await ledger.open_case_ids() == ["case-1", "case-3"]
    assert [one.number for one in await ledger.events()] == [1, 2]
    assert await ledger.commit_all([]) == []


async def test_a_record_of_a_newer_program_is_refused_and_left_alone(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await committed(ledger, change((case(), 0), due=[Due(DueKind.STEP, "case-1", NOON)]))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:case:case-1", "sv", "999")
        before = await client.dump("{gatehouse}:case:case-1")
        with pytest.raises(NewerRecord, match="upgrade"):
            await ledger.case("case-1")
        with pytest.raises(NewerRecord, match="case case-1 was written by version 999"):
            await ledger.commit(change((case(), 1)))
        assert await client.dump("{gatehouse}:case:case-1") == before
    assert await ledger.take_due(10, LEASE) == [], "a newer program's timers are its own"
    assert (await ledger.chain.head()).number == 1


async def test_an_older_program_does_not_open_newer_data(ledger: Ledger, valkey: RunningValkey) -> None:
    async with valkey.client() as client:
        await client.hset("{gatehouse}:meta", "schema", "999")
    with pytest.raises(NewerRecord, match="the ledger was written by version 999"):
        await Ledger.connect(valkey.url, replica_id="old")


async def test_an_index_that_earlier_releases_kept_goes_when_their_ledger_is_opened(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """From cards to cases: nothing reads it. The case keeps the place of its card."""
    await committed(ledger, change((case().model_copy(update={"card": card("1.1")}), 0)))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:card", "C1|1.1", "case-1")
        opened = await Ledger.connect(valkey.url, replica_id="new")
        try:
            assert not await client.exists("{gatehouse}:card")
            stored = await opened.case("case-1")
            assert stored is not None
            assert stored.case.card == card("1.1")
        finally:
            await opened.close()


async def test_many_changes_go_together_in_their_order_whatever_becomes_of_single_ones(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """Over the borders of the script calls: later ones find what earlier ones left, the chain has no gap."""
    changes = [change((case(f"case-{number}"), 0), op_id=f"o{number}") for number in range(230)]
    changes[150] = change((case("case-149"), 1), op_id="second of case 149")
    changes[151] = change((case("case-149"), 1), op_id="third, on what the second has changed")
    changes[152] = changes[151 - 2]
    answers = await ledger.commit_all(changes)
    conflicts = [number for number, one in enumerate(answers) if isinstance(one, Conflict)]
    assert conflicts == [151]
    assert answers[152] == answers[149], "the same change again is answered like the first time"
    assert await ledger.commit_all(changes[:100]) == answers[:100]
    events = await ledger.events(0, 500)
    assert [one.number for one in events] == list(range(1, 229))
    assert [one.event.case_id for one in events[147:152]] == [
        "case-147",
        "case-148",
        "case-149",
        "case-149",
        "case-153",
    ]
    async with valkey.client() as client:
        await client.hset("{gatehouse}:case:case-9", "sv", "999")
    with pytest.raises(NewerRecord, match="case case-9 was written by version 999"):
        await ledger.commit_all([change((case("case-9"), 1)), change((case("case-8"), 1))])
    stored = await ledger.case("case-8")
    assert stored is not None
    assert stored.version == 2


async def test_what_went_before_a_broken_record_is_done_and_told_so(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """A fault in the midst of a call ends the call; what was committed before it is in the record, once."""
    async with valkey.client() as client:
        await client.set("{gatehouse}:case:broken", "no hash")
    sound, broken = change((case(), 0)), change((case("broken"), 0))
    with pytest.raises(Exception, match="WRONGTYPE"):
        await ledger.commit_all([sound, broken, change((case("case-2"), 0))])
    assert isinstance(await ledger.commit(sound), Committed)
    assert [one.event.case_id for one in await ledger.events()] == ["case-1"]
    await committed(ledger, change((case("case-2"), 0)))
    numbers = [one.number for one in await ledger.events()]
    assert numbers == [1, 2], "the chain goes on where it was"
