"""P1, P2 around the second yes: what changes between its verdict and its record, and who presses at the same moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot import seams
from bot.cards.kit import ids
from bot.decision import attempt
from bot.decision import press as deciding
from bot.decision.press import decide
from bot.decision.second import agreeing as second
from bot.decision.second.form import submit_second, submit_send_back
from bot.models import Case, Choice, Press, Verb
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.decision.pairs import TWO, agree, file_with, first_yes, flat, told, waiting, wide
from tests.desk import Bench, text_of

RIGHTS = '"Approve for Group", "View Unified Audit"'


@pytest.fixture
def pair(bench: Bench) -> Bench:
    """A bench on which two people have to agree from a computer group on."""
    bench.with_rules(second=TWO)
    return bench


async def submitted(bench: Bench, who: str, case: Case, name: str = ids.SECOND_VIEW, **values: str) -> Press:
    """A stored submission of the second person's modal or of the form to send back."""
    held = {ids.AWAITED: waiting(case).awaited_id, **values}
    return await bench.press(who, name, case, view_id="V2", message_ts="", response_url="", values=held)


async def answers(bench: Bench, *presses: Press) -> list[str]:
    """What each presser read."""
    assert await bench.ledger.waiting_presses() == 0
    said = {one.effect_id: flat(text_of(one)) for one in await bench.say()}
    return [said[f"answer:{press.press_id}"] for press in presses]


def withdrawn_once(bench: Bench, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> None:
    """Another access file comes into force after the verdict on both and before the record."""
    carry_out = attempt.carry_out
    done: list[bool] = []

    async def after_a_withdrawal(*arguments: Any) -> Any:
        if not done:
            done.append(True)
            await file_with(bench, *changes)
        return await carry_out(*arguments)

    monkeypatch.setattr(deciding, "carry_out", after_a_withdrawal)


async def test_p1_the_first_ones_right_withdrawn_after_the_verdict_on_both_sends_nothing(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await first_yes(pair)
    withdrawn_once(pair, monkeypatch, (RIGHTS, '"Approve for Single Computer"'))
    said = await agree(pair, "kim", case)
    assert "Ana Moreau, who approved it first, may not any more" in said
    assert not await pair.events("decision_attempted")
    assert pair.portal.decisions == []


async def test_p1_the_second_ones_right_withdrawn_after_the_verdict_on_both_sends_nothing(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on waiting for somebody else."""
    case = await first_yes(pair)
    withdrawn_once(pair, monkeypatch, ('"Approve for Entire Organization", ', ""))
    said = await agree(pair, "kim", case)
    assert "Not done" in said
    assert not await pair.events("decision_attempted")
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"


async def test_p1_a_first_yes_that_was_judged_on_withdrawn_grants_does_not_wait(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of what waits is refused like that of an attempt, and the press is judged again."""
    case = await pair.arrive()
    commit = pair.ledger.commit
    done: list[bool] = []

    async def after_a_withdrawal(change: Any) -> Any:
        if change.judged_on is not None and not done:
            done.append(True)
            await file_with(pair, (RIGHTS, '"Approve for Single Computer"'))
        return await commit(change)

    monkeypatch.setattr(type(pair.ledger), "commit", lambda _, change: after_a_withdrawal(change))
    press = await pair.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
    await decide(pair.desk, press, wide(pair, case))
    assert done
    monkeypatch.undo()
    (said,) = await answers(pair, press)
    assert "Approve for Group" in said
    assert (await pair.case(case.case_id)).requests[0].awaited is None


async def test_p2_two_who_agree_at_the_same_moment_send_it_once(pair: Bench) -> None:
    await file_with(
        pair, ('permissions = ["Approve for Single Computer"]', 'permissions = ["Approve for Group"]')
    )
    case = await first_yes(pair)
    presses = [await submitted(pair, who, case) for who in ("kim", "bo")]
    await asyncio.gather(*(submit_second(pair.desk, press) for press in presses))
    said = await answers(pair, *presses)
    assert len(pair.portal.decisions) == 1
    assert sum(one.startswith("Approved.") for one in said) == 1
    assert len(await pair.events("decision_attempted")) == 1
    assert len(told(pair, "ana")) == 1


@pytest.mark.parametrize("other", ["denied", "sent back"])
async def test_p2_agreed_and_undone_at_the_same_moment_ends_one_way(pair: Bench, other: str) -> None:
    """Whoever is recorded first counts; the other one reads what happened."""
    case = await first_yes(pair)
    agreed = await submitted(pair, "kim", case)
    if other == "denied":
        undone = await pair.press("bo", ids.DENY_VIEW, case, view_id="V1", message_ts="")
        denial = Choice(verb=Verb.DENY, reason="Not needed")
        await asyncio.gather(decide(pair.desk, undone, denial), submit_second(pair.desk, agreed))
    else:
        undone = await submitted(pair, "bo", case, ids.SEND_BACK_VIEW, reason="Why?")
        await asyncio.gather(submit_send_back(pair.desk, undone), submit_second(pair.desk, agreed))
    said = await answers(pair, agreed, undone)
    assert all(said)
    (held,) = (await pair.case(case.case_id)).requests
    assert held.awaited is None
    assert len(await pair.events("decision_attempted")) == len(pair.portal.decisions)
    assert len(pair.portal.decisions) <= 1
    attempted = [one.event for one in await pair.events("decision_attempted")]
    assert all(one.facts["verb"] == "deny" or one.facts["first_person_id"] == "ana" for one in attempted)
    assert len(told(pair, "ana")) == 1


@pytest.mark.parametrize(
    ("meanwhile", "says"), [("facts", "facts changed"), ("denied", "Already decided by Bo")]
)
async def test_p8_what_happens_between_the_first_verdict_and_its_record_leaves_nothing_waiting(
    pair: Bench, monkeypatch: pytest.MonkeyPatch, meanwhile: str, says: str
) -> None:
    """The request is not what was judged any more, or not pending."""
    case = await pair.arrive()
    wait = second.wait

    async def and_before_that(*arguments: Any) -> Any:
        if meanwhile == "denied":
            press = await pair.press("bo", ids.DENY_VIEW, case, view_id="V1", message_ts="")
            await decide(pair.desk, press, Choice(verb=Verb.DENY, reason="Not needed"))
        else:
            request = pair.portal.request(case.requests[0].facts.request_id)
            object.__setattr__(request, "reason", "Something else entirely")
            await pair.poll()
        return await wait(*arguments)

    monkeypatch.setattr(second, "wait", and_before_that)
    press = await pair.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
    await decide(pair.desk, press, wide(pair, case))
    (said,) = await answers(pair, press)
    assert says in said
    assert (await pair.case(case.case_id)).requests[0].awaited is None
    assert not await pair.events("second_awaited")


async def test_p9_a_portal_that_goes_away_at_the_first_yes_is_not_told_as_a_refusal(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits; only who could agree cannot be said, so that the approvers are called instead of people by name."""
    pair.with_rules(decisions={"tree_max_age": timedelta(0)})
    case = await pair.arrive()
    wait = second.wait

    async def without_a_portal(*arguments: Any) -> Any:
        pair.portal.faults.set(FaultKind.DOWN)
        return await wait(*arguments)

    monkeypatch.setattr(second, "wait", without_a_portal)
    press = await pair.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
    await decide(pair.desk, press, wide(pair, case))
    said = {one.effect_id: flat(text_of(one)) for one in await pair.say()}
    answer = said[f"answer:{press.press_id}"]
    assert answer.startswith("Waiting for a second person.")
    assert "Who could is not known just now." in answer
    awaited = waiting(await pair.case(case.case_id))
    assert awaited.first.person_id == "ana"
    (call,) = [text for effect_id, text in said.items() if effect_id.endswith(awaited.awaited_id)]
    assert pair.desk.rules.escalation.approvers_user_group in call


async def test_p9_a_portal_that_goes_away_after_the_first_yes_takes_nothing_of_its_answer(
    pair: Bench,
) -> None:
    """Who could was asked before the yes was recorded, for the call by name."""
    pair.with_rules(decisions={"tree_max_age": timedelta(0)})
    case = await pair.arrive()

    def hook(reached: Seam) -> None:
        if reached is Seam.SECOND_AWAITED:
            pair.portal.faults.set(FaultKind.DOWN)

    seams.arm(hook)
    try:
        press = await pair.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
        await decide(pair.desk, press, wide(pair, case))
    finally:
        seams._armed.remove(hook)
    (said,) = await answers(pair, press)
    assert said.startswith("Waiting for a second person.")
    assert "Who could: Kim Okafor" in said
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"
