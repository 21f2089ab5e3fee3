"""What the metrics tell of requests and of the ledger: each time once, each age by the portal's own request time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.app import beat
from bot.app.ticks import Ticks
from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.desk import event_of
from bot.desk.recording import count_times
from bot.ledger import Ledger, LedgerUnavailable
from tests.app.test_app_parts import ticks
from tests.desk import Bench


def sample(bench: Bench, name: str, **labels: str) -> float | None:
    return bench.desk.metrics.registry.get_sample_value(f"gatehouse_{name}", labels or None)


def looks(bench: Bench, bound: str = "+Inf") -> float | None:
    return sample(bench, "first_look_seconds_bucket", kind="application", le=bound)


async def test_a_first_look_is_counted_once_whoever_looks_again(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=4)
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    assert (looks(bench, "120.0"), looks(bench, "300.0")) == (0, 1)
    await count_times(bench.desk, [event_of("form_opened", None, case)])
    assert looks(bench) == 1


async def test_a_look_without_the_case_at_hand_reads_it(bench: Bench) -> None:
    case = await bench.arrive()
    await count_times(bench.desk, [event_of("form_opened", None, case)])
    gone = event_of("form_opened", None, case).model_copy(update={"case_id": "c0gone"})
    await count_times(bench.desk, [gone, event_of("form_opened")])
    assert looks(bench) == 1


async def test_a_decision_counts_to_the_portals_own_time_of_it(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=9)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.advance(minutes=3)
    await bench.poll()
    told = {"kind": "application", "decided_in": "portal"}
    assert sample(bench, "decision_seconds_bucket", le="600.0", **told) == 1
    assert sample(bench, "decision_seconds_sum", **told) == pytest.approx(540, abs=5)


async def test_a_request_that_is_not_in_the_case_counts_for_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    foreign = event_of("decided_in_portal", None, case, request_id="another")
    await count_times(bench.desk, [foreign], [case])
    assert sample(bench, "decision_seconds_count", kind="application", decided_in="portal") is None


async def test_a_figure_may_be_missing_where_the_change_is_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise LedgerUnavailable("away", maybe_done=False)

    case = await bench.arrive()
    monkeypatch.setattr(Ledger, "first_looks", away)
    await count_times(bench.desk, [event_of("form_opened", None, case)], [case])
    assert looks(bench) is None


async def measured(bench: Bench) -> Ticks:
    made = ticks(bench)
    await made._measure()
    return made


async def test_open_cases_are_counted_by_the_age_of_their_request(bench: Bench) -> None:
    """Also one that the portal had for long before we saw it."""
    await bench.arrive(computer="BRW-WS-001")
    bench.ask(computer="BRW-WS-002", product="labelpress")
    await bench.advance(minutes=7)
    await bench.poll()
    await bench.advance(minutes=4)
    bench.ask("elevate", computer="BRW-WS-003")
    await bench.poll()
    await measured(bench)
    told = {
        one: sample(bench, "open_cases_by_age", minutes=one)
        for one in ("0-5", "5-10", "10-15", "15-30", "30+")
    }
    assert told == {"0-5": 1, "5-10": 0, "10-15": 2, "15-30": 0, "30+": 0}
    await bench.advance(minutes=30)
    await measured(bench)
    assert sample(bench, "open_cases_by_age", minutes="30+") == 3


async def test_late_steps_and_the_oldest_escalation_are_told(bench: Bench) -> None:
    await bench.arrive()
    await bench.advance(minutes=15, seconds=11)
    made = await measured(bench)
    assert made.pulse.late_steps == 1
    assert made.pulse.call_wait_s == 0
    await beat.Dues(bench.desk).drain()
    await bench.advance(seconds=40)
    made = await measured(bench)
    assert made.pulse.late_steps == 0
    assert made.pulse.call_wait_s == pytest.approx(40, abs=1)


async def test_the_next_due_time_is_told(bench: Bench) -> None:
    case = await bench.arrive()
    made = ticks(bench)
    await made._tick()
    await made.stop()
    assert made.pulse.next_due_at is not None
    assert made.pulse.next_due_at < case.requests[0].clock_from + timedelta(minutes=5)


async def test_without_a_ledger_nothing_is_measured(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Any:
        raise LedgerUnavailable("away", maybe_done=False)

    monkeypatch.setattr(Ledger, "late_steps", away)
    made = await measured(bench)
    assert made.pulse.late_steps == 0
