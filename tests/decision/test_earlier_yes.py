"""Where `earlier_yes` is on, somebody else's approval of the very file is the first of two; by default it is not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models import Case, Choice, Reach, SecondApproval, Verb
from bot.models.unusual import Spoke, UnusualRule
from rehearsal.portal.faults import FaultKind
from tests.decision.pairs import agree, choose, flat
from tests.decision.test_press import approve
from tests.decision.test_second import suspend
from tests.desk import Bench

SOFTWARE = {"product": "tideplan", "version": "4.1"}
WAITS = "Waiting for a second person"


@pytest.fixture
def loose(bench: Bench) -> Bench:
    """A bench on which somebody else's earlier yes counts."""
    bench.with_rules(second=SecondApproval(earlier_yes=True))
    return bench


async def asked(bench: Bench, *numbers: int, **more: Any) -> Case:
    """Requests for the same never-seen file on these computers."""
    names = [bench.computers()[number] for number in numbers]
    return await bench.arrive_on(*names, **SOFTWARE, **more)


async def approved_once(bench: Bench, who: str = "ana") -> Case:
    """Somebody alone approves it for one computer; the case then."""
    case = await asked(bench, 0)
    assert "Approved" in await approve(bench, who, case)
    return await bench.case(case.case_id)


async def last_attempt(bench: Bench) -> dict[str, Any]:
    """The facts of the attempt that was recorded last."""
    return dict((await bench.last("decision_attempted")).facts)


async def test_somebody_else_completes_what_one_person_approved_for_another_computer(loose: Bench) -> None:
    """P7: the record, the portal's note and the card name both, and the request of the first one's yes."""
    first = await approved_once(loose)
    second = await asked(loose, 1)
    assert "Approved" in await approve(loose, "bo", second)
    facts = await last_attempt(loose)
    assert facts["first_person_id"] == "ana"
    assert facts["first_request_id"] == first.requests[0].facts.request_id
    assert facts["first_rests_on"]
    assert "Ana Moreau" in str(loose.portal.decisions[-1])
    outcome = (await loose.case(second.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.attempt is not None
    assert outcome.attempt.first is not None
    assert outcome.attempt.first.name == "Ana Moreau"


async def test_who_agreed_before_is_not_told_that_they_were_waited_for(loose: Bench) -> None:
    await approved_once(loose)
    loose.said.clear()
    await approve(loose, "bo", await asked(loose, 1))
    await loose.say()
    assert not [one for one in loose.said if one.effect_id.startswith("first:")]


async def test_ones_own_earlier_yes_is_no_second(loose: Bench) -> None:
    await approved_once(loose)
    assert WAITS in await approve(loose, "ana", await asked(loose, 1))


async def test_what_two_agreed_to_counts_for_either_of_them(loose: Bench) -> None:
    """The earlier approval has two names: whichever is not the presser's own."""
    await approved_once(loose)
    await approve(loose, "bo", await asked(loose, 1))
    third = Choice(verb=Verb.APPROVE, reason="Asked for by the yard")
    assert "Approved" in await choose(loose, "ana", await asked(loose, 2), third)
    assert (await last_attempt(loose))["first_person_id"] == "bo"


async def test_by_default_each_approval_waits_for_a_second_person_of_its_own(bench: Bench) -> None:
    bench.with_rules(second=SecondApproval())
    await approved_once(bench)
    assert WAITS in await approve(bench, "bo", await asked(bench, 1))


async def test_several_computers_at_once_have_their_own_first_yes(loose: Bench) -> None:
    await approved_once(loose)
    assert "waiting for a second person" in flat(await approve(loose, "kim", await asked(loose, 1, 2)))


async def test_a_wider_reach_has_its_own_first_yes(loose: Bench) -> None:
    await approved_once(loose)
    case = await asked(loose, 1)
    words = {"validated_how": "Detonated in the sandbox", "confirmed_by": "Mia Brandt, logistics"}
    wide = Choice(verb=Verb.APPROVE, reach=Reach.ORGANIZATION, reason="New planning tool", **words)
    assert WAITS in await choose(loose, "kim", case, wide)


async def test_another_effect_has_its_own_first_yes(loose: Bench) -> None:
    await approved_once(loose)
    case = await asked(loose, 1)
    until = loose.desk.now().replace(year=2027)
    said = await choose(loose, "bo", case, Choice(verb=Verb.APPROVE, expires_at=until))
    assert WAITS in said


async def test_an_earlier_yes_is_good_for_a_shift(loose: Bench) -> None:
    await approved_once(loose)
    await loose.advance(hours=loose.desk.rules.access.shift.total_seconds() / 3600, minutes=1)
    assert WAITS in await approve(loose, "bo", await asked(loose, 1))


async def test_what_speaks_against_it_since_wants_two_people_anew(loose: Bench) -> None:
    """The first person had not seen it: they agreed to a file against which nothing spoke."""
    await approved_once(loose)
    case = await asked(loose, 1)
    spoke = Spoke(rule=UnusualRule.SCRIPT_HOST, request_id=case.requests[0].facts.request_id)
    case = await loose.write(case.model_copy(update={"spoke": (spoke,)}))
    said = await choose(loose, "bo", case, Choice(verb=Verb.APPROVE, reason="Asked for by the yard"))
    assert WAITS in said


async def test_an_earlier_person_who_was_stopped_meanwhile_agrees_no_more(loose: Bench) -> None:
    await approved_once(loose)
    await suspend(loose, "ana")
    assert WAITS in await approve(loose, "bo", await asked(loose, 1))


async def test_p1_an_earlier_yes_that_another_client_wrote_is_none(loose: Bench) -> None:
    first = await approved_once(loose)
    entry = first.requests[0]
    assert entry.outcome is not None
    assert entry.outcome.attempt is not None
    forged = entry.outcome.attempt.actor.model_copy(update={"person_id": "lee", "name": "Lee Sandoval"})
    attempt = entry.outcome.attempt.model_copy(update={"actor": forged})
    outcome = entry.outcome.model_copy(update={"attempt": attempt})
    await loose.write(first.model_copy(update={"requests": (entry.model_copy(update={"outcome": outcome}),)}))
    assert WAITS in await approve(loose, "ana", await asked(loose, 1))


async def test_an_approval_whose_end_is_not_known_is_no_yes(loose: Bench) -> None:
    case = await asked(loose, 0)
    loose.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action="ApprovalRequestPermitApplication")
    await approve(loose, "ana", case)
    loose.portal.faults.clear()
    joined = await asked(loose, 1)
    await approve(loose, "kim", joined)
    assert [one.awaited is not None for one in (await loose.case(joined.case_id)).pending] == [True]


async def test_what_waits_already_goes_on_waiting_for_the_second_button(loose: Bench) -> None:
    await approved_once(loose)
    case = await asked(loose, 1)
    await approve(loose, "ana", case)
    said = await approve(loose, "bo", case)
    assert "Agree to it on the card." in flat(said)
    assert "Approved" in await agree(loose, "bo", await loose.case(case.case_id))
