"""P6: every due step is taken once, in logical time, with its case, and comes again if its taker dies."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.ledger import Conflict, ConflictKind, Ledger
from bot.models import Due, DueKind
from tests.ledger.build import LEASE, case, change, committed, refused
from tests.valkey import RunningValkey

SOON = timedelta(minutes=5)


async def _arm(ledger: Ledger, case_id: str, at: datetime, kind: DueKind = DueKind.STEP) -> None:
    stored = await ledger.case(case_id)
    write = (stored.case, stored.version) if stored else (case(case_id), 0)
    await committed(ledger, change(write, due=[Due(kind, case_id, at)]))


async def test_nothing_is_taken_before_its_time_and_the_oldest_first(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    start = ledger.now()
    await _arm(ledger, "case-2", start + SOON * 2)
    await _arm(ledger, "case-1", start + SOON)
    assert await ledger.take_due() == []
    await valkey.travel(SOON)
    [(taken, stored)] = await ledger.take_due()
    assert (taken.kind, taken.case_id) == (DueKind.STEP, "case-1")
    assert abs(taken.due_at - (start + SOON)) < timedelta(milliseconds=2)
    assert stored is not None
    assert stored.case.case_id == "case-1"
    assert await ledger.due_done(taken)
    await valkey.travel(SOON)
    assert [one.case_id for one, _ in await ledger.take_due()] == ["case-2"]


async def test_two_schedulers_never_take_the_same_one(ledger: Ledger, other: Ledger) -> None:
    for number in range(7):
        await _arm(ledger, f"case-{number}", ledger.now())
    first, second = await ledger.take_due(limit=4), await other.take_due()
    assert len(first) == 4
    assert {one.case_id for one, _ in first}.isdisjoint(one.case_id for one, _ in second)
    assert len(second) == 3


async def test_a_taken_time_ends_with_its_change(ledger: Ledger, valkey: RunningValkey) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(taken, stored)] = await ledger.take_due()
    assert stored is not None
    await committed(ledger, change((stored.case, stored.version), taken=taken))
    await valkey.travel(LEASE * 2)
    assert await ledger.take_due() == []
    await refused(ledger, change(taken=taken), ConflictKind.LEASE)


async def test_a_taker_that_comes_back_too_late_changes_nothing(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(late, stored)] = await ledger.take_due()
    await valkey.travel(LEASE)
    [(again, _)] = await other.take_due()
    assert stored is not None
    assert again.due_at == late.due_at, "the due time itself is not the lease"
    await refused(ledger, change((stored.case, stored.version), taken=late), ConflictKind.LEASE)
    await committed(other, change((stored.case, stored.version), taken=again))


async def test_a_late_taker_may_still_act_if_nobody_else_took_it(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(taken, _)] = await ledger.take_due()
    await valkey.travel(LEASE * 3)
    await committed(ledger, change(taken=taken))
    assert await ledger.take_due() == []


async def test_arming_anew_takes_it_from_its_taker(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(taken, _)] = await ledger.take_due()
    await _arm(other, "case-1", other.now() + SOON)
    await refused(ledger, change(taken=taken), ConflictKind.LEASE)
    await valkey.travel(SOON)
    assert len(await ledger.take_due()) == 1


async def test_a_change_may_arm_the_next_step_while_it_ends_this_one(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(taken, _)] = await ledger.take_due()
    await committed(ledger, change(taken=taken, due=[Due(DueKind.STEP, "case-1", ledger.now() + SOON)]))
    assert await ledger.take_due() == []
    await valkey.travel(SOON)
    assert len(await ledger.take_due()) == 1


async def test_a_disarmed_time_does_not_come(ledger: Ledger, valkey: RunningValkey) -> None:
    await _arm(ledger, "case-1", ledger.now() + SOON)
    await _arm(ledger, "case-1", ledger.now() + SOON, DueKind.CLAIM)
    await committed(ledger, change(due=[Due(DueKind.STEP, "case-1", None)]))
    await valkey.travel(SOON)
    assert [taken.kind for taken, _ in await ledger.take_due()] == [DueKind.CLAIM]


async def test_a_taken_time_can_be_given_back(ledger: Ledger, valkey: RunningValkey) -> None:
    await _arm(ledger, "case-1", ledger.now())
    [(taken, _)] = await ledger.take_due()
    assert await ledger.due_later(taken, ledger.now() + SOON)
    assert not await ledger.due_later(taken, ledger.now())
    await valkey.travel(SOON)
    [(again, _)] = await ledger.take_due()
    assert await ledger.due_done(again)
    await valkey.travel(LEASE)
    assert await ledger.take_due() == []
    assert not await ledger.due_done(again)


async def test_a_due_time_without_a_case_is_shown_as_such(ledger: Ledger) -> None:
    await committed(ledger, change(due=[Due(DueKind.RETENTION, "gone", ledger.now())]))
    [(taken, stored)] = await ledger.take_due()
    assert (taken.case_id, stored) == ("gone", None)


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_that_makes_no_sense_is_refused(ledger: Ledger, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit is {limit}"):
        await ledger.take_due(limit)


async def test_a_tick_tells_what_is_next(ledger: Ledger) -> None:
    nothing = await ledger.tick()
    assert (nothing.next_due_at, nothing.next_press_at, nothing.next_send_at) == (None, None, None)
    at = ledger.now() + SOON
    await _arm(ledger, "case-1", at)
    tick = await ledger.tick()
    assert tick.next_due_at is not None
    assert abs(tick.next_due_at - at) < timedelta(milliseconds=2)


async def test_a_role_has_one_holder_until_it_lapses(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    assert await ledger.lead("user_groups", LEASE)
    assert not await other.lead("user_groups", LEASE)
    assert await other.lead("another", LEASE)
    assert await ledger.lead("user_groups", LEASE)
    await valkey.travel(LEASE)
    assert await other.lead("user_groups", LEASE)
    assert not await ledger.lead("user_groups", LEASE)


async def test_a_look_at_the_portal_is_known_to_every_replica(ledger: Ledger, other: Ledger) -> None:
    assert await other.looks.last() is None
    await ledger.looks.done()
    assert await other.looks.last() == await ledger.looks.last() is not None


async def test_changes_of_one_call_find_the_due_times_that_earlier_ones_have_left(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """They are written together at its end; each is judged all the same on what those before it have done."""
    for case_id in ("case-1", "case-2"):
        await _arm(ledger, case_id, ledger.now())
    taken = {one.case_id: one for one, _ in await ledger.take_due()}
    later = ledger.now() + SOON
    answers = await ledger.commit_all(
        [
            change(taken=taken["case-1"], due=[Due(DueKind.STEP, "case-1", later)]),
            change(taken=taken["case-1"]),
            change(due=[Due(DueKind.STEP, "case-2", later)]),
            change(taken=taken["case-2"]),
            change(due=[Due(DueKind.STEP, "case-3", later)]),
            change(due=[Due(DueKind.STEP, "case-3", None)]),
            change(due=[Due(DueKind.STEP, "case-4", None)]),
            change(due=[Due(DueKind.STEP, "case-4", later)]),
        ]
    )
    kinds = [one.kind if isinstance(one, Conflict) else None for one in answers]
    assert kinds == [None, ConflictKind.LEASE, None, ConflictKind.LEASE, None, None, None, None]
    assert await ledger.take_due() == []
    await valkey.travel(SOON)
    assert {one.case_id for one, _ in await ledger.take_due()} == {"case-1", "case-2", "case-4"}


async def test_a_change_may_arm_thousands_and_take_them_out_again(ledger: Ledger) -> None:
    """More than a script can hand to one command."""
    now, ids = ledger.now(), [f"case-{number}" for number in range(2_500)]
    await committed(ledger, change(due=[Due(DueKind.STEP, each, now) for each in ids]))
    first = [one for one, _ in await ledger.take_due(1000)]
    assert len(first) == 1000
    await ledger.commit_all([change(taken=one) for one in first])
    await committed(ledger, change(due=[Due(DueKind.STEP, each, None) for each in ids[:-3]]))
    left = {one.case_id for one, _ in await ledger.take_due(1000)}
    assert left <= set(ids[-3:])
    assert left == set(ids[-3:]) - {one.case_id for one in first}


async def test_what_was_armed_before_a_fault_in_the_same_call_is_armed(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    async with valkey.client() as client:
        await client.set("{gatehouse}:case:broken", "no hash")
    armed = change(due=[Due(DueKind.STEP, "case-1", ledger.now())])
    with pytest.raises(Exception, match="WRONGTYPE"):
        await ledger.commit_all([armed, change((case("broken"), 0))])
    assert [one.case_id for one, _ in await ledger.take_due()] == ["case-1"]


async def test_a_newer_programs_due_times_hold_up_nothing_behind_them(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    now = ledger.now()
    for number in range(5):
        await _arm(ledger, f"case-{number}", now - timedelta(seconds=10 - number))
    async with valkey.client() as client:
        for number in range(3):
            await client.hset(f"{{gatehouse}}:case:case-{number}", "sv", "999")
    assert [one.case_id for one, _ in await ledger.take_due(limit=3)] == ["case-3", "case-4"]
