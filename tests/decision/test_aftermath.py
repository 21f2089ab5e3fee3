"""After an approval: the record and the thread hold the created policy and the requestor's next step, once a press."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.decision.reconcile import reconcile
from bot.models import DueKind, Standing
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of

PERMIT, GET = "ApprovalRequestPermitApplication", "ApprovalRequestGetById"


def in_thread(bench: Bench) -> list[str]:
    """What was said in the threads about approvals."""
    return [text_of(one) for one in bench.said if one.effect_id.startswith("approved:")]


async def test_the_thread_holds_the_policy_and_the_requestors_next_step(bench: Bench) -> None:
    bench.with_rules(portal_link="https://portal.threatlocker.com/approvals")
    case = await bench.arrive(product="tideplan")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    outcome = (await bench.case(case.case_id)).requests[0].outcome
    assert outcome is not None
    [said] = in_thread(bench)
    assert outcome.state.policy_id in said
    assert "Ana Moreau" in said
    assert "next check-in" in said
    assert "Rapid Check-in" in said
    assert "[Open the portal]" in said
    settled = await bench.last("decision_settled")
    assert settled.facts["policy_id"] == outcome.state.policy_id
    assert settled.facts["application_id"] == outcome.state.application_id


async def test_without_a_web_address_there_is_no_link(bench: Bench) -> None:
    bench.with_rules(portal_link="javascript:alert(1)")
    case = await bench.arrive(product="tideplan")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    [said] = in_thread(bench)
    assert "Open the portal" not in said


async def test_many_requests_of_one_press_are_one_message(bench: Bench) -> None:
    computers = bench.computers()[:4]
    case = await bench.arrive_on(*computers, product="tideplan", version="5.0")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    [said] = in_thread(bench)
    after = await bench.case(case.case_id)
    for entry in after.requests:
        assert entry.outcome is not None
        assert entry.outcome.state.policy_id in said
    assert [computer for computer in computers if computer not in said] == [], said


async def test_a_press_that_decided_nothing_says_nothing_in_the_thread(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan")
    bench.portal.faults.set(FaultKind.TOO_MANY_REQUESTS, action=PERMIT)
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    assert in_thread(bench) == []


async def test_what_is_found_out_later_is_told_then_and_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await bench.arrive(product="tideplan")

    def nothing_can_be_read(seam: Seam) -> None:
        if seam is Seam.WRITE_ANSWERED:
            bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)

    monkeypatch.setattr("bot.seams._armed", [nothing_can_be_read])
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.CHECKING
    assert in_thread(bench) == []
    bench.portal.faults.clear()
    await bench.advance(seconds=21)
    for taken, stored in await bench.due(DueKind.RECONCILE):
        await reconcile(bench.desk, taken, stored.case)
    await bench.say()
    [said] = in_thread(bench)
    assert "tideplan" in said
    [settled] = [one.event for one in await bench.events("decision_settled")]
    assert settled.facts["policy_id"] in said
