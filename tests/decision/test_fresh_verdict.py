"""P1 and P3, as a hostile review found them broken: what changes between a press and its write."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision import attempt
from bot.decision import press as deciding
from bot.decision.forms import approve_once
from bot.ledger import Committed
from bot.models import Case, Change, Event
from bot.portal import AlreadyActioned
from tests.desk import Bench, accept


async def _approve(bench: Bench, who: str, case: Case) -> str:
    return await bench.do(approve_once, await bench.press(who, ids.APPROVE_COMPUTER, case))


async def test_p1_a_right_that_is_withdrawn_while_the_portal_is_read_counts_no_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permit details are being read when a file without Ana comes into force."""
    case = await bench.arrive()
    details = bench.desk.portal.permit_details

    async def and_then_withdrawn(*arguments: Any) -> Any:
        read = await details(*arguments)
        await accept(bench, 'version = 1\n[people.bo]\nname = "Bo"\nslack = ["U0OTHER"]\n')
        return read

    monkeypatch.setattr(bench.desk.portal, "permit_details", and_then_withdrawn)
    said = await _approve(bench, "ana", case)
    assert "not in Gatehouse's access file" in said
    assert bench.portal.decisions == []


async def test_p1_a_right_that_is_withdrawn_after_the_verdict_keeps_the_attempt_out_of_the_record(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of the attempt is refused, and the press is judged again."""
    case = await bench.arrive()
    carry_out = attempt.carry_out
    withdrawn: list[bool] = []

    async def after_a_withdrawal(*arguments: Any) -> Any:
        if not withdrawn:
            withdrawn.append(True)
            await accept(bench, 'version = 1\n[people.bo]\nname = "Bo"\nslack = ["U0OTHER"]\n')
        return await carry_out(*arguments)

    monkeypatch.setattr(deciding, "carry_out", after_a_withdrawal)
    said = await _approve(bench, "ana", case)
    assert "not in Gatehouse's access file" in said
    assert not await bench.events("decision_attempted")
    assert bench.portal.decisions == []


async def test_p1_a_press_that_another_process_has_answered_decides_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen worker wakes up after its press was taken over and finished."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    carry_out = attempt.carry_out

    async def after_somebody_finished_it(*arguments: Any) -> Any:
        answered = Event(name="press_answered")
        done = await bench.ledger.commit(
            Change(op_id="the other process", events=[answered], finishes_press=press.press_id)
        )
        assert isinstance(done, Committed)
        return await carry_out(*arguments)

    monkeypatch.setattr(deciding, "carry_out", after_somebody_finished_it)
    await approve_once(bench.desk, press)
    assert not await bench.events("decision_attempted")
    assert bench.portal.decisions == []


async def test_p3_a_decision_of_somebody_in_the_portal_is_never_credited_to_the_presser(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob approves in the portal while our write is on its way; the portal says "already actioned by Bob"."""
    case = await bench.arrive()
    (entry,) = case.requests

    async def bob_was_faster(*_: Any) -> None:
        bench.portal.decide_in_portal(entry.facts.request_id, approve=True, by="bob@example.com")
        raise AlreadyActioned("Approval Request already actioned by bob@example.com", by="bob@example.com")

    monkeypatch.setattr(bench.desk.portal, "permit", bob_was_faster)
    said = await _approve(bench, "ana", case)
    assert "bob@example.com" in said
    (settled,) = (await bench.case(case.case_id)).requests
    assert settled.outcome is not None
    assert settled.outcome.attempt is None
    assert (await bench.last("decision_settled")).facts["ours"] is False


async def test_p8_a_hash_that_changes_under_the_form_is_not_approved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permit form speaks of another file than the card and the fresh look did."""
    case = await bench.arrive()
    details = bench.desk.portal.permit_details
    other = {"hash": "F" * 32, "action_object": None, "json_text": "{}"}

    async def of_another_file(*arguments: Any) -> Any:
        read = await details(*arguments)
        file = read.file_details.model_copy(update={"hash": "F" * 32})
        request = read.approval_request.model_copy(update=other)
        return read.model_copy(update={"approval_request": request, "file_details": file})

    monkeypatch.setattr(bench.desk.portal, "permit_details", of_another_file)
    said = await _approve(bench, "ana", case)
    assert "other facts" in said
    assert bench.portal.decisions == []
