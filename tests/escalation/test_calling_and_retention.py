"""Calling for help by hand, and forgetting what names a person when its time is over."""

from __future__ import annotations

import pytest

from bot.audit import verify_export
from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.escalation.calling import escalate
from bot.escalation.steps import expire
from bot.models import Case, DueKind, Place, Urgency
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of

TREE = "OrganizationGetForMoveComputers"


async def called(bench: Bench, who: str, case: Case) -> str:
    """Choose “Escalate”; what the presser reads."""
    return await bench.do(escalate, await bench.press(who, ids.ESCALATE, case))


@pytest.mark.parametrize("who", ["ana", "hal", "kim"])
async def test_whoever_may_see_a_case_may_call_for_help(bench: Bench, who: str) -> None:
    case = await bench.arrive()
    bench.said.clear()
    assert "Escalated" in await called(bench, who, case)
    (ping,) = [one for one in bench.said if one.effect_id.startswith("help:")]
    assert (ping.place, ping.urgency) == (Place.ESCALATION, Urgency.ESCALATION)
    assert bench.desk.rules.escalation.team_user_group in str(ping.blocks)
    after = await bench.case(case.case_id)
    assert after.escalated_at is not None
    assert after.escalated_by in text_of(ping)
    assert (await bench.last("escalated_by_hand")).person_id == who
    assert bench.portal.decisions == []


async def test_a_second_call_keeps_the_time_of_the_first(bench: Bench) -> None:
    case = await bench.arrive()
    await called(bench, "ana", case)
    first = (await bench.case(case.case_id)).escalated_at
    await bench.advance(minutes=2)
    await called(bench, "hal", await bench.case(case.case_id))
    assert (await bench.case(case.case_id)).escalated_at == first


async def test_one_call_for_a_case_however_often_help_is_asked_for(bench: Bench) -> None:
    """A viewer who presses on and on wakes nobody twice, and reads that the call is out."""
    case = await bench.arrive()
    bench.said.clear()
    await called(bench, "ana", case)
    for _ in range(5):
        assert "Called already" in await called(bench, "hal", await bench.case(case.case_id))
    assert len([one for one in bench.said if one.urgency is Urgency.ESCALATION]) == 1
    assert len(await bench.events("escalated_before")) == 5


async def test_when_other_people_are_on_duty_by_then_they_are_called(bench: Bench) -> None:
    case = await bench.arrive()
    await called(bench, "ana", case)
    await bench.advance(hours=10)
    bench.said.clear()
    assert "Escalated" in await called(bench, "hal", await bench.case(case.case_id))
    (call,) = [one for one in bench.said if one.effect_id.startswith("help:")]
    assert bench.desk.rules.escalation.approvers_user_group in str(call.blocks)


@pytest.mark.parametrize("who", ["req", "gus"])
async def test_who_may_not_see_it_may_not_call(bench: Bench, who: str) -> None:
    case = await bench.arrive()
    await called(bench, who, case)
    assert (await bench.case(case.case_id)).escalated_at is None
    assert await bench.events("press_refused")


async def test_without_the_portals_organizations_nobody_may_call_by_hand(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    assert "could not be read" in await called(bench, "ana", case)
    assert (await bench.last("press_refused")).facts["why"] == "portal_away"


async def closed_case(bench: Bench) -> Case:
    """A case that Ana approved."""
    case = await bench.arrive(reason="For Dana's audit", user="dana")
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    return await bench.case(case.case_id)


async def test_a_decided_case_calls_nobody(bench: Bench) -> None:
    case = await closed_case(bench)
    bench.said.clear()
    assert "Too late" in await called(bench, "ana", case)
    assert not [one for one in bench.said if one.effect_id.startswith("help:")]


async def test_a_card_without_a_record_is_answered(bench: Bench) -> None:
    assert "c0unknown" in await bench.do(escalate, await bench.press("ana", ids.ESCALATE))


async def test_retention_removes_names_paths_and_reasons_and_the_record_stays_verifiable(
    bench: Bench,
) -> None:
    """P7."""
    case = await closed_case(bench)
    await bench.advance(days=91)
    taken, current = await bench.one_due(DueKind.RETENTION)
    bench.said.clear()
    await expire(bench.desk, taken, current)
    kept = await bench.case(case.case_id)
    facts = case.requests[0].facts
    text = kept.model_dump_json()
    for word in ("Dana", "dana", facts.path.replace("\\", "\\\\"), facts.file_name):
        assert word not in text
    assert kept.redacted_at is not None
    assert (await bench.last("case_redacted")).facts["private_parts"] > 0
    assert [one.effect_id for one in await bench.say()] == [f"card:{case.case_id}"]
    lines = [line async for line in bench.ledger.chain.export()]
    assert verify_export(lines).is_good
    assert not any("For Dana" in line for line in lines)
    assert await bench.due(DueKind.RETENTION) == []


async def test_what_is_redacted_is_not_redacted_again(bench: Bench) -> None:
    case = await closed_case(bench)
    await bench.advance(days=91)
    taken, current = await bench.one_due(DueKind.RETENTION)
    await expire(bench.desk, taken, current)
    await expire(bench.desk, taken, await bench.case(case.case_id))
    assert len(await bench.events("case_redacted")) == 1
