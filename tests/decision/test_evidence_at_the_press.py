"""What is known at a press: it closes one press, it is in the record, and what is too old is asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision.attempt import carry_out
from bot.decision.forms import submit_approval
from bot.decision.telling import Became
from bot.escalation.evidence import gather
from bot.models import Case, Check, CheckFinding, CheckName, CheckSource, DueKind, Evidence, Finding
from rehearsal.portal.faults import FaultKind
from tests.decision.test_attempt_and_reconcile import prepared
from tests.decision.test_press import approve as press_approve
from tests.decision.test_press import deny, only, submit
from tests.desk import Bench

GET, MATCHES = "ApprovalRequestGetById", "ApplicationGetMatchingList"
PROGRAM = r"C:\Program Files\TidePlan\tideplan.exe"


async def approve(bench: Bench, who: str, case: Case) -> str:
    """“Approve on this computer”; what the presser reads, on one line."""
    return " ".join((await press_approve(bench, who, case)).split())


async def known(bench: Bench, **choices: Any) -> Case:
    """A case whose evidence was gathered."""
    wanted = {"product": "tideplan", "version": "5.0", "path": PROGRAM} | choices
    case = await bench.arrive(**wanted)
    await look(bench, case)
    return await bench.case(case.case_id)


async def look(bench: Bench, case: Case) -> None:
    """Let the evidence tick act on a case, if it is due."""
    for taken, stored in await bench.due(DueKind.EVIDENCE):
        if taken.case_id == case.case_id:
            await gather(bench.desk, taken, stored.case)


def evidence_of(case: Case) -> Evidence:
    """The evidence, which must be there."""
    assert case.evidence is not None
    return case.evidence


async def test_p7_the_facts_that_a_press_was_made_on_are_in_the_record(bench: Bench) -> None:
    """The digest names exactly the evidence that the case held, and that an earlier event told of."""
    case = await known(bench)
    assert "Approved" in await approve(bench, "ana", case)
    tried = (await bench.last("decision_attempted")).facts["evidence"]
    held = evidence_of(case)
    assert tried == held.facts()
    assert tried["digest"] == held.digest == (await bench.last("evidence_gathered")).facts["digest"]
    assert set(tried["checks"]) == {one.value for one in CheckName}
    assert tried["checks"]["signer"].startswith("ok, 2026-11-18T10:00")
    assert PROGRAM not in str(tried)


async def test_p7_a_press_before_anything_was_found_out_says_so_in_the_record(bench: Bench) -> None:
    case = await bench.arrive()
    assert "Approved" in await approve(bench, "ana", case)
    assert (await bench.last("decision_attempted")).facts["evidence"] == {}


@pytest.mark.parametrize(
    ("who", "writes_on", "event"),
    [
        ("req", True, "decision_refused"),
        ("ana", False, "decision_rehearsed"),
    ],
)
async def test_refusals_and_rehearsals_are_recorded_with_what_was_known(
    bench: Bench, who: str, writes_on: bool, event: str
) -> None:
    bench.with_rules(writes_on=writes_on)
    case = await known(bench)
    await approve(bench, who, case)
    assert (await bench.last(event)).facts["evidence"] == evidence_of(case).facts()


async def test_a_denial_is_recorded_with_what_was_known_as_well(bench: Bench) -> None:
    case = await known(bench)
    await deny(bench, "ana", case)
    assert (await bench.last("decision_attempted")).facts["evidence"]["digest"] == evidence_of(case).digest


async def test_what_speaks_against_it_closes_one_press_and_leaves_the_form_open(bench: Bench) -> None:
    name = bench.computers()[0]
    world = bench.portal.world
    computer = next(one for one in world.computers.values() if one.name == name)
    world.computers[computer.computer_id] = replace(computer, maintenance_type_id=3)
    case = await known(bench, computer=name)
    said = await approve(bench, "ana", case)
    assert "checks speak against it (the computer's mode)" in said
    assert "Use “Approve…” instead" in said
    assert bench.portal.decisions == []
    await submit(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"
    tried = (await bench.last("decision_attempted")).facts["evidence"]
    assert tried["checks"]["computer_mode"].startswith("bad")


async def test_unknown_alone_lets_one_press_through(bench: Bench) -> None:
    """P9: an outage of the portal's research must not stop the team."""
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="ApplicationGetResearchDetailsById")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="ActionLogGetAllForFileHistoryV2")
    case = await known(bench)
    assert evidence_of(case).failed
    assert "Approved" in await approve(bench, "ana", case)


async def stale(bench: Bench) -> Case:
    """A case whose checks could not be made again for more than a day."""
    case = await known(bench)
    await bench.advance(hours=24, seconds=1)
    return case


async def test_checks_that_are_too_old_close_one_press_and_are_made_again_at_once(bench: Bench) -> None:
    case = await stale(bench)
    said = await approve(bench, "ana", case)
    assert "the checks are older than 24 hours; they are made again now" in said
    assert bench.portal.decisions == []
    asked = await bench.last("checks_asked_for")
    assert "older than 24 hours" in asked.facts["why"]
    assert asked.case_id == case.case_id
    await look(bench, case)
    again = await bench.case(case.case_id)
    assert bench.desk.now() - evidence_of(again).checked_at < timedelta(minutes=1)
    assert "Approved" in await approve(bench, "ana", again)


async def test_a_press_on_checks_that_keep_failing_does_not_wait_for_the_next_pause(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0", path=PROGRAM)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=MATCHES)
    for minutes in (2, 4, 0):
        await look(bench, case)
        await bench.advance(minutes=minutes, seconds=1)
    assert await bench.due(DueKind.EVIDENCE) == []
    said = await approve(bench, "ana", case)
    assert "could not be checked yet (seen here); it is tried again now" in said
    bench.portal.faults.clear()
    await look(bench, case)
    assert "Approved" in await approve(bench, "ana", await bench.case(case.case_id))


@pytest.mark.parametrize("who", ["ana", "req"])
async def test_whoever_presses_gets_an_answer_about_old_checks_and_nobody_a_write(
    bench: Bench, who: str
) -> None:
    """P4."""
    case = await stale(bench)
    assert await approve(bench, who, case)
    assert bench.portal.decisions == []


async def test_the_form_decides_on_old_checks_and_the_record_tells_their_age(bench: Bench) -> None:
    """Age closes one press alone: whoever opens the form reads what is there."""
    case = await stale(bench)
    press = await bench.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="", response_url="")
    await bench.do(submit_approval, press)
    assert (await bench.became())[only(case)] == "approved"
    tried = (await bench.last("decision_attempted")).facts["evidence"]
    assert tried["checked_at"] == evidence_of(case).checked_at.isoformat()


async def test_what_arrives_between_verdict_and_record_still_closes_one_press(bench: Bench) -> None:
    """P1: nothing is sent on evidence that turned bad meanwhile."""
    case = await known(bench)
    judged = await prepared(bench, case, decides="us")
    bad = Check(
        name=CheckName.MODE,
        finding=CheckFinding.BAD,
        source=CheckSource.COMPUTERS,
        checked_at=bench.desk.now(),
    )
    found = evidence_of(case).model_copy(update={"checks": (bad,)})
    await bench.write(case.model_copy(update={"evidence": found}))
    result = await carry_out(bench.desk, judged)
    assert result.became is Became.CHANGED
    assert "Read the card again" in result.sentence
    assert bench.portal.request(only(case)).is_open
    assert not await bench.events("decision_attempted")


async def test_a_form_that_was_submitted_is_not_closed_by_what_arrives_meanwhile(bench: Bench) -> None:
    case = await known(bench)
    judged = await prepared(bench, case, decides="us")
    judged = replace(judged, press=judged.press.model_copy(update={"view_id": "V1"}))
    bad = evidence_of(case).model_copy(update={"known_bad": Finding.YES})
    await bench.write(case.model_copy(update={"evidence": bad}))
    assert (await carry_out(bench.desk, judged)).became is Became.APPROVED
    assert (await bench.last("decision_attempted")).facts["evidence"]["known_bad"] == "yes"
