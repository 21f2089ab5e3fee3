"""After a decision the thread holds all that is known of it, once a press; of what the portal ended, once a case."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once, submit_approval, submit_denial
from bot.decision.reconcile import reconcile
from bot.models import Case, DueKind, Standing
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of

PERMIT, GET = "ApprovalRequestPermitApplication", "ApprovalRequestGetById"


def in_thread(bench: Bench) -> list[str]:
    """What was said in the threads about decisions: below the card, in no channel, and with a mention of nobody."""
    told = [one for one in bench.said if one.effect_id.startswith("decided")]
    assert all(one.in_thread and not one.also_in_channel for one in told)
    assert not any(mention in str(one.blocks) for one in told for mention in ("user_id", "usergroup_id"))
    return [text_of(one) for one in told]


async def test_the_thread_holds_the_policy_and_the_requestors_next_step(bench: Bench) -> None:
    bench.with_rules(portal_link="https://portal.threatlocker.com/approvals")
    case = await bench.arrive(product="tideplan")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    outcome = (await bench.case(case.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.attempt is not None
    [said] = in_thread(bench)
    assert outcome.state.policy_id in said
    assert "Ana Moreau" in said
    assert "Why: one computer" in said
    assert f"Effect: {outcome.attempt.effect}" in " ".join(said.split())
    assert f"The portal says: Approved (attempt {outcome.attempt.attempt_id})" in said
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


async def in_doubt(bench: Bench, monkeypatch: pytest.MonkeyPatch, product: str = "tideplan") -> Case:
    """A case whose approval was sent, and of which nothing could be read afterwards."""
    case = await bench.arrive(product=product)

    def nothing_can_be_read(seam: Seam) -> None:
        if seam is Seam.WRITE_ANSWERED:
            bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)

    monkeypatch.setattr("bot.seams._armed", [nothing_can_be_read])
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.CHECKING
    monkeypatch.setattr("bot.seams._armed", [])
    bench.portal.faults.clear()
    return case


async def test_what_a_look_at_the_list_finds_out_is_told_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_doubt(bench, monkeypatch)
    await bench.poll()
    await bench.say()
    [said] = in_thread(bench)
    assert "Approved: tideplan" in said
    assert "by Ana Moreau" in said


async def test_what_somebody_elses_press_finds_out_is_told_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await in_doubt(bench, monkeypatch)
    await bench.do(approve_once, await bench.press("bo", ids.APPROVE_COMPUTER, case))
    await bench.poll()
    await bench.say()
    [said] = in_thread(bench)
    assert "by Ana Moreau" in said


async def test_a_denial_is_told_with_its_words_and_the_portals(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan")
    values = {ids.NOTIFY_BLOCK: ids.NOTIFY_YES, ids.REASON_BLOCK: "Ask Tom in IT for the managed one."}
    press = await bench.press("ana", ids.DENY_VIEW, case, view_id="V1", message_ts="", values=values)
    await bench.do(submit_denial, press)
    [said] = in_thread(bench)
    assert "Denied: tideplan" in said
    assert "The requestor reads: Ask Tom in IT for the managed one." in " ".join(said.split())
    assert "The portal says: Rejected or ignored (attempt " in said
    assert "check-in" not in said


async def test_an_elevation_is_told_with_its_hours(bench: Bench) -> None:
    bench.with_rules(decisions={"elevation_hours": 2})
    case = await bench.arrive("elevate", product="tideplan")
    values = {ids.REASON_BLOCK: "The vendor is on the phone."}
    form = await bench.press("kim", ids.APPROVE_VIEW, case, view_id="V1", message_ts="", values=values)
    await bench.do(submit_approval, form)
    [said] = in_thread(bench)
    assert "Why: The vendor is on the phone." in said


async def test_a_case_that_the_portal_ends_is_told_once_when_it_is_over(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:3], product="tideplan", version="5.0")
    first, second, third = [entry.facts.request_id for entry in case.requests]
    bench.portal.decide_in_portal(first, approve=True, by="Ada Lund")
    bench.portal.decide_in_portal(second, approve=False, by="Ada Lund")
    await bench.poll()
    await bench.say()
    assert in_thread(bench) == [], "the case is not over"
    await bench.advance(seconds=20)
    bench.portal.decide_in_portal(third, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.poll()
    await bench.say()
    [said] = in_thread(bench)
    assert said.count("Approved in the portal by Ada Lund") == 1
    assert said.count("Rejected or ignored in the portal by Ada Lund") == 1


async def test_what_was_decided_here_is_not_told_again_with_what_the_portal_ended(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2], product="tideplan", version="5.0")
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    await bench.say()
    there, here = in_thread(bench)
    assert case.requests[0].facts.computer_name in there
    assert case.requests[1].facts.computer_name not in there
    assert case.requests[0].facts.computer_name not in here
