"""P3, P6: looking for evidence is the patient work; however slow the portal is with it, nothing else waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.app import beat
from bot.desk import Desk
from bot.models import Case, Change, Due, DueKind, Event, TakenDue
from tests.desk import Bench


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Evidence that never comes to an end by itself; doubts that are settled at once."""
    seen: dict[str, Any] = {"looking": 0, "settled": [], "silent": asyncio.Event(), "done": asyncio.Event()}

    async def looks(desk: Desk, taken: TakenDue, case: Case) -> None:
        seen["looking"] += 1
        await seen["silent"].wait()

    async def settles(desk: Desk, taken: TakenDue, case: Case) -> None:
        seen["settled"].append(case.case_id)
        await desk.ledger.due_done(taken)
        seen["done"].set()

    acts = {DueKind.EVIDENCE: looks, DueKind.RETENTION: looks, DueKind.RECONCILE: settles}
    monkeypatch.setattr(beat, "_ACTS", acts)
    return seen


async def many(bench: Bench, count: int) -> list[Case]:
    """Cases whose evidence is due at once, as after a backlog."""
    request_ids = [bench.ask("write") for _ in range(count)]
    await bench.poll()
    held = await bench.ledger.case_ids_of_requests(request_ids)
    return [await bench.case(case_id) for case_id in dict.fromkeys(held.values())]


async def settle() -> None:
    """Let everything run that can run; what waits for the portal goes on waiting."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_a_doubt_is_settled_while_evidence_of_many_cases_is_being_waited_for(
    bench: Bench, asked: dict[str, Any]
) -> None:
    cases = await many(bench, 30)
    assert len(cases) == 30
    dues = beat.Dues(bench.desk)
    await dues.drain()
    await settle()
    doubted = cases[-1].case_id
    change = Change(
        op_id="o-doubt",
        events=[Event(name="written_by_test", case_id=doubted)],
        due=[Due(DueKind.RECONCILE, doubted, bench.desk.now() - timedelta(seconds=1))],
    )
    await bench.ledger.commit(change)
    await dues.drain()
    async with asyncio.timeout(5):
        await asked["done"].wait()
    assert asked["settled"] == [doubted]
    asked["silent"].set()
    await dues.stop(5)


async def test_evidence_that_waited_too_long_for_its_turn_is_taken_anew(
    bench: Bench, asked: dict[str, Any]
) -> None:
    """Its lease runs from when it was taken: what is found after it could not be stored any more."""
    now = 100.0
    await many(bench, 30)
    dues = beat.Dues(bench.desk, seconds=lambda: now)
    await dues.drain()
    await settle()
    first = asked["looking"]
    assert 0 < first < 30
    now += 45
    asked["silent"].set()
    await dues.stop(5)
    assert asked["looking"] == first, "nothing is asked for in vain"
    await dues.drain()
    await dues.stop(5)
    assert asked["looking"] == 30, "what was given back is taken again at once"


async def test_a_crowd_of_closed_cases_whose_retention_has_come_holds_up_no_call(
    bench: Bench, asked: dict[str, Any]
) -> None:
    """P6. Hundreds that were closed in one hour come to their end in one hour as well, ninety days later."""
    request_id = bench.ask("execute")
    await bench.poll()
    long_ago = bench.desk.now() - timedelta(minutes=1)
    due = [Due(DueKind.RETENTION, (await bench.case_of(request_id)).case_id, long_ago)]
    cases = await many(bench, 100)
    due += [Due(DueKind.RETENTION, case.case_id, long_ago) for case in cases]
    await bench.ledger.commit(Change(op_id="o-crowd", events=[Event(name="written_by_test")], due=due))
    await bench.advance(minutes=15)
    dues = beat.Dues(bench.desk)
    async with asyncio.timeout(30):
        await dues.drain()
    await settle()
    assert asked["looking"] == 8, "so many at a time, and none has come to its end"
    taken = {one.event.case_id for one in await bench.events("step_taken")}
    assert (await bench.case_of(request_id)).case_id in taken
    assert await bench.ledger.late_steps(timedelta()) == 0
    asked["silent"].set()
    await dues.stop(5)
