"""The second person's one press: for what one press could have approved, and for nothing else."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.second.form import agree_once
from bot.models import Case, Choice, SecondApproval, Verb
from bot.models.unusual import Spoke, UnusualRule
from bot.rules.second import agreed_in_one_press
from tests.decision.pairs import choose, flat
from tests.decision.test_press import approve
from tests.desk import Bench

SOFTWARE = {"product": "tideplan", "version": "4.1"}


@pytest.fixture
def spreading(bench: Bench) -> Bench:
    """A bench on which unseen software needs two people for its second computer."""
    bench.with_rules(second=SecondApproval())
    return bench


async def waiting(bench: Bench) -> Case:
    """Ana's narrow approval for a second computer, which waits."""
    for number in (0, 1):
        case = await bench.arrive_on(bench.computers()[number], **SOFTWARE)
        await approve(bench, "ana", case)
    case = await bench.case(case.case_id)
    assert [one.awaited is not None for one in case.pending] == [True]
    return case


async def agree(bench: Bench, who: str, case: Case, awaited_id: str = "") -> str:
    """“Agree on WS-…” pressed on the card; what is read."""
    held = awaited_id or agreed_in_one_press(case, bench.desk.rules)
    press = await bench.press(who, ids.AGREE, case, values={ids.AWAITED: held})
    return flat(await bench.do(agree_once, press))


async def test_another_person_agrees_in_one_press_and_both_are_named(spreading: Bench) -> None:
    case = await waiting(spreading)
    said = await agree(spreading, "bo", case)
    facts = case.pending[0].facts
    assert said == f"Approved. {facts.file_name} on {facts.computer_name} only."
    assert (await spreading.last("decision_attempted")).facts["first_person_id"] == "ana"
    assert len(spreading.portal.decisions) == 2


async def test_nobody_is_their_own_second(spreading: Bench) -> None:
    case = await waiting(spreading)
    await agree(spreading, "ana", case)
    assert len(spreading.portal.decisions) == 1
    assert (await spreading.case(case.case_id)).pending


async def test_what_waits_no_more_is_not_agreed_to(spreading: Bench) -> None:
    case = await waiting(spreading)
    said = await agree(spreading, "bo", case, "w-another")
    assert "does not wait any more" in said
    assert len(spreading.portal.decisions) == 1


async def test_what_has_become_unusual_is_never_one_press_for_the_second_person_either(
    spreading: Bench,
) -> None:
    case = await waiting(spreading)
    held = agreed_in_one_press(case, spreading.desk.rules)
    spoke = Spoke(rule=UnusualRule.SCRIPT_HOST, request_id=case.pending[0].facts.request_id)
    case = await spreading.write(case.model_copy(update={"spoke": (spoke,)}))
    said = await agree(spreading, "bo", case, held)
    assert "One press cannot approve this: it is unusual" in said
    assert (await spreading.case(case.case_id)).pending


async def test_words_that_the_first_person_wrote_are_read_in_the_form(spreading: Bench) -> None:
    case = await waiting(spreading)
    await choose(spreading, "ana", case, Choice(verb=Verb.APPROVE, reason="The yard's manager rang"))
    case = await spreading.case(case.case_id)
    assert agreed_in_one_press(case, spreading.desk.rules) == ""
    listed = spreading.desk.rules.decisions.approve_reasons[0]
    await choose(spreading, "ana", case, Choice(verb=Verb.APPROVE, reason=listed))
    case = await spreading.case(case.case_id)
    assert agreed_in_one_press(case, spreading.desk.rules), "a listed reason stands for itself"
