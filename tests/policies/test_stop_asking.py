"""“Stop asking twice”: one proposal to the escalation team, by the rule or by hand, made or put off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_because, approve_once
from bot.escalation.evidence import gather
from bot.models import (
    ApplicationChoice,
    ApplicationUse,
    Case,
    DueKind,
    Effect,
    PolicyAct,
    Reach,
    UnprovenWrite,
    WorkStanding,
)
from bot.models.unusual import Spoke, UnusualRule
from bot.policies.forms import open_create, open_not_now
from bot.policies.records import propose, submit_not_now
from bot.policies.submitting import submit_creation, submit_take_back
from bot.rules import remembering
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import Application, FileRule
from tests.decision.dialogue import submit
from tests.desk import Bench, text_of
from tests.policies.deeds import INSERT, approved, form, modal_of, threads, verify

SAME = {"product": "tideplan", "path": r"C:\Program Files\TidePlan\tideplan.exe"}
FILLED = {"policy_name": "Permit TidePlan", "policy_ends": "2027-05-17", "reason": "Three times in a week."}


async def one_more(bench: Bench, computer: str, number: int) -> Case:
    """The same software in another version asked for on a computer; what is known of it is gathered."""
    case = await bench.arrive(
        computer=computer, hash=f"{number:02d}" * 16, sha256=f"{number:02d}" * 32, **SAME
    )
    await weigh(bench)
    return await bench.case(case.case_id)


async def approved_by_hand(bench: Bench, *computers: str) -> None:
    """As many approvals by hand; the third wants its reason, and after each it is weighed whether a policy is due."""
    for number, computer in enumerate(computers):
        case = await one_more(bench, computer, 10 + number)
        await approve(bench, case)
        await bench.advance(minutes=1)


async def approve(bench: Bench, case: Case) -> None:
    """One press while that is open, else the form with a reason."""
    if not case.policy_due:
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    else:
        await submit(bench, "ana", case, reason="Only until there is a policy.")
    await weigh(bench)


async def weigh(bench: Bench) -> None:
    """What is due after an approval."""
    for taken, stored in await bench.due(DueKind.EVIDENCE):
        await gather(bench.desk, taken, stored.case)
    await bench.say()


async def due(bench: Bench, *computers: str) -> Case:
    """The case after the one whose approval has brought the proposal: the fourth of its software."""
    first = bench.computers()[0]
    await approved_by_hand(bench, *(computers or (first, first, first)))
    return await one_more(bench, first, 90)


def pings(bench: Bench) -> list[Effect]:
    """Every proposal that the escalation team was sent."""
    return [one for one in bench.said if one.effect_id.startswith(("policy_due:", "policy_proposed:"))]


async def knows_application(bench: Bench, case: Case) -> Case:
    """As if an earlier approval had made an application by a rule: the case proposes a policy for that one."""
    world = bench.portal.world
    application = Application(
        world.new_id("application"),
        "TidePlan",
        case.organization_id,
        1,
        (FileRule(full_path=r"C:\*\tideplan.exe"),),
    )
    world.applications[application.application_id] = application
    assert case.proposal is not None
    named = case.proposal.model_copy(
        update={"application_id": application.application_id, "application_name": "TidePlan"}
    )
    return await bench.write(case.model_copy(update={"proposal": named}))


async def test_p6_after_three_approvals_the_team_is_sent_one_proposal(bench: Bench) -> None:
    case = await due(bench)
    [ping] = pings(bench)
    said = text_of(ping)
    for words in (
        "A policy is due",
        "approved by hand 3 times in 30 days",
        "saved 2 presses",
        "same computer",
        "Ana Moreau",
    ):
        assert words in said, words
    assert r"C:\Program Files\TidePlan\tideplan.exe" in said
    assert case.proposal is not None
    assert case.proposal.reach is Reach.COMPUTER
    assert (await bench.last("policy_proposed")).facts["approvals"] == 3
    buttons = [e for block in ping.blocks if block["type"] == "actions" for e in block["elements"]]
    assert [button["action_id"] for button in buttons] == [ids.POLICY_NOT_NOW, ids.OPEN_CARD]
    assert "its next request offers “Approve with the proposed rule…”" in said


async def test_p6_the_third_approval_wants_its_reason_and_brings_the_proposal(bench: Bench) -> None:
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first)
    third = await one_more(bench, first, 60)
    assert third.policy_due
    assert pings(bench) == []
    said = await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, third))
    assert "approved by hand" in said
    assert "Approve…" in said
    assert (await bench.case(third.case_id)).pending
    await submit(bench, "ana", third, reason="Only until there is a policy.")
    assert pings(bench) == []
    await weigh(bench)
    [ping] = pings(bench)
    assert "approved by hand 3 times in 30 days" in text_of(ping)
    case = await bench.case(third.case_id)
    assert case.proposal is not None
    assert await bench.due(DueKind.EVIDENCE) == []


async def test_two_approvals_propose_nothing(bench: Bench) -> None:
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first)
    await one_more(bench, first, 90)
    assert pings(bench) == []


async def test_p6_the_same_software_is_proposed_once_in_its_window(bench: Bench) -> None:
    await due(bench)
    await one_more(bench, bench.computers()[1], 91)
    await one_more(bench, bench.computers()[2], 92)
    await bench.say()
    assert len(pings(bench)) == 1


async def test_computers_of_one_group_propose_the_group(bench: Bench) -> None:
    world = bench.portal.world
    by_group: dict[str, list[str]] = {}
    for name in bench.computers():
        computer = next(one for one in world.computers.values() if one.name == name)
        by_group.setdefault(computer.computer_group_id, []).append(name)
    names = max(by_group.values(), key=len)[:2]
    await approved_by_hand(bench, names[0], names[1], names[0])
    case = await one_more(bench, names[0], 90)
    assert case.proposal is not None
    assert case.proposal.reach is Reach.COMPUTER_GROUP
    assert len(case.proposal.places) == 1
    assert case.proposal.places[0].name in text_of(pings(bench)[0])


async def test_p9_a_portal_that_tells_no_group_makes_the_reach_unknown_and_the_proposal_goes_out(
    bench: Bench,
) -> None:
    first, second = bench.computers()[:2]
    await approved_by_hand(bench, first, second)
    third = await one_more(bench, first, 60)
    await submit(bench, "ana", third, reason="Only until there is a policy.")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="ComputerGetByAllParameters")
    await weigh(bench)
    case = await bench.case(third.case_id)
    assert case.proposal is not None
    assert case.proposal.reach is None
    assert "not known" in text_of(pings(bench)[0])


async def test_an_approval_that_was_taken_back_does_not_count(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    first = bench.computers()[0]
    await approved_by_hand(bench, first)
    second = await one_more(bench, first, 60)
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, second))
    second = await bench.case(second.case_id)
    await bench.do(submit_take_back, await form(bench, second, ids.TAKE_BACK_VIEW, reason="Wrong version."))
    case = await one_more(bench, first, 90)
    assert pings(bench) == []
    assert not case.policy_due
    keys = remembering.history_keys(case.requests[0].facts)
    noted = await bench.ledger.history.earlier(keys[-1], bench.desk.now() - timedelta(days=1))
    assert sum(one.taken_back for one in noted) == 1


@pytest.mark.parametrize("who", ["ana", "bo", "eve", "kim", "hal"])
async def test_whoever_sees_the_case_may_propose_a_policy_by_hand(bench: Bench, who: str) -> None:
    case = await approved(bench)
    said = await bench.do(propose, await bench.press(who, ids.POLICY_PROPOSE, case, view_id="V0"))
    assert "the escalation team has it" in said
    [ping] = pings(bench)
    assert "A policy is proposed by" in text_of(ping)
    again = await bench.do(
        propose, await bench.press("hal", ids.POLICY_PROPOSE, await bench.case(case.case_id))
    )
    assert "already" in again
    assert len(pings(bench)) == 1


@pytest.mark.parametrize("who", ["ray", "req", "gus", "pat", "dee", "U0STRANGER"])
async def test_who_does_not_see_the_case_proposes_nothing(bench: Bench, who: str) -> None:
    case = await approved(bench)
    said = await bench.do(propose, await bench.press(who, ids.POLICY_PROPOSE, case, view_id="V0"))
    assert "Not done" in said
    assert pings(bench) == []


async def test_not_now_is_recorded_with_who_and_why_and_not_asked_again(bench: Bench) -> None:
    case = await due(bench)
    press = await form(bench, case, ids.NOT_NOW_VIEW, reason="The vendor brings an installer next week.")
    assert "Noted" in await bench.do(submit_not_now, press)
    after = await bench.case(case.case_id)
    assert after.proposal is not None
    assert after.proposal.declined_by is not None
    assert after.proposal.declined_by.person_id == "kim"
    [told] = [text_of(one) for one in bench.said if one.effect_id.startswith("policy_declined:")]
    assert "installer next week" in told
    assert (await bench.last("policy_declined")).private["because"].startswith("The vendor")
    second = await bench.do(submit_not_now, await form(bench, after, ids.NOT_NOW_VIEW, reason="Again."))
    assert "Nothing is proposed" in second


async def test_who_could_not_make_the_policy_does_not_put_it_off(bench: Bench) -> None:
    case = await due(bench)
    for who in ("ana", "bo", "hal", "ray"):
        said = await bench.do(submit_not_now, await form(bench, case, ids.NOT_NOW_VIEW, who, reason="No."))
        assert "Not done" in said, who
        after = await bench.case(case.case_id)
        assert after.proposal is not None, who
        assert after.proposal.declined_at is None, who


async def test_p3_the_proposed_policy_is_made_once_read_back_and_told(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    said = await bench.do(
        submit_creation, await form(bench, case, ids.CREATE_POLICY_VIEW, reach="computer", **FILLED)
    )
    assert "Permit TidePlan" in said
    [work] = (await bench.case(case.case_id)).policy_works
    assert (work.act, work.standing) == (PolicyAct.CREATE, WorkStanding.DONE)
    made = bench.portal.world.policies[work.made_policy_id]
    assert made.applies_to_id == case.requests[0].facts.computer_id
    assert f"[attempt {work.work_id}]" in made.description
    assert made.end_at is not None
    assert f"{made.end_at:%Y-%m-%d}" == "2027-05-17"
    assert any("Policy created" in one for one in threads(bench))


async def test_without_an_application_that_will_do_it_says_what_makes_one(bench: Bench) -> None:
    """Approvals by hash alone made applications that the next update voids; nobody gets a text to type for it."""
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await due(bench)
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    said = " ".join((await bench.do(submit_creation, press)).split())
    assert "offers “Approve with the proposed rule…”, which makes both" in said
    assert bench.portal.calls[INSERT] == 0
    assert await bench.events("policy_text_prepared") == []


async def test_until_the_write_is_verified_the_text_is_prepared(bench: Bench) -> None:
    verify(bench)
    case = await knows_application(bench, await due(bench))
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    assert "nothing was sent" in await bench.do(submit_creation, press)
    assert bench.portal.calls[INSERT] == 0


async def test_p1_only_who_may_edit_policies_makes_one(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    for who in ("ana", "bo", "eve", "hal", "ray", "gus"):
        press = await form(bench, case, ids.CREATE_POLICY_VIEW, who, reach="computer", **FILLED)
        assert "Not done" in await bench.do(submit_creation, press), who
        assert bench.portal.calls[INSERT] == 0, who


LACKING: list[tuple[dict[str, str], str]] = [
    ({"policy_name": " "}, "needs a name"),
    ({"policy_ends": "2026-01-01"}, "in the future"),
    ({"reason": ""}, "Say why"),
    ({"reach": "global"}, "closed"),
    ({"reach": ""}, "Choose how far"),
    ({"reach": "computer_group"}, "Choose the computer group"),
    ({"reach": "computer_group", "computer_group": "nowhere"}, "Choose the computer group"),
]


async def test_what_the_form_lacks_is_said_and_nothing_is_made(bench: Bench) -> None:
    """Each refused form changes nothing, and the next one finds the same case."""
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    for changed, why in LACKING:
        values = {"reach": "computer", **FILLED} | changed
        press = await form(bench, case, ids.CREATE_POLICY_VIEW, **values)
        assert why in await bench.do(submit_creation, press), changed
        assert bench.portal.calls[INSERT] == 0, changed


async def test_p2_a_policy_that_the_portal_made_in_silence_is_found_by_its_mark(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=INSERT)
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    await bench.do(submit_creation, press)
    [work] = (await bench.case(case.case_id)).policy_works
    assert work.standing is WorkStanding.DONE
    assert bench.portal.calls[INSERT] == 1


async def test_the_create_form_preselects_the_proposed_reach_and_warns(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    press = await bench.press("kim", ids.POLICY_CREATE, case)
    await open_create(bench.desk, press)
    await bench.say()
    [shown] = [one for one in bench.said if one.effect_id == f"modal:{press.press_id}"]
    [reach] = [block for block in shown.view["blocks"] if block.get("block_id") == ids.REACH_BLOCK]
    assert reach["element"]["initial_option"]["value"] == "computer"
    assert "ringfencing" in modal_of(bench, press)


async def test_not_now_shows_what_is_put_off(bench: Bench) -> None:
    case = await due(bench)
    press = await bench.press("kim", ids.POLICY_NOT_NOW, case)
    await open_not_now(bench.desk, press)
    await bench.say()
    assert "Why not now?" in modal_of(bench, press)


async def test_an_application_that_an_approval_used_by_a_rule_is_the_one_proposed(bench: Bench) -> None:
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first, first)
    held = await bench.ledger.history.earlier(
        remembering.history_keys((await one_more(bench, first, 89)).requests[0].facts)[-1],
        bench.desk.now() - timedelta(days=1),
    )
    case = await bench.case(held[0].case_id)
    entry = case.requests[0]
    assert entry.outcome is not None
    assert entry.outcome.attempt is not None
    application = ApplicationChoice(use=ApplicationUse.EXISTING, application_id="a", name="TidePlan")
    choice = entry.outcome.attempt.choice.model_copy(update={"application": application})
    attempt = entry.outcome.attempt.model_copy(update={"choice": choice})
    outcome = entry.outcome.model_copy(update={"attempt": attempt})
    await bench.write(case.model_copy(update={"requests": (entry.model_copy(update={"outcome": outcome}),)}))
    hand = await bench.arrive(computer=bench.computers()[1], hash="EE" * 16, sha256="EE" * 32, **SAME)
    await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, hand, view_id="V0"))
    found = (await bench.case(hand.case_id)).proposal
    assert found is not None
    assert (found.application_name, found.name) == ("TidePlan", "Permit TidePlan")
    assert found.application_id == entry.outcome.state.application_id


async def test_storage_has_no_software_to_propose_a_policy_for(bench: Bench) -> None:
    case = await bench.arrive("write")
    said = await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, case, view_id="V0"))
    assert "No policy of application control" in said
    assert pings(bench) == []


async def test_p9_a_portal_that_is_away_leaves_a_proposal_unmade_and_says_so(bench: Bench) -> None:
    case = await approved(bench)
    await bench.advance(minutes=6)
    bench.portal.faults.set(FaultKind.DOWN)
    said = await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, case, view_id="V0"))
    assert "could not be asked" in said
    assert pings(bench) == []


async def test_a_form_whose_proposal_is_gone_says_so(bench: Bench) -> None:
    case = await approved(bench)
    for route, words in ((open_create, "Nothing is proposed"), (open_not_now, "Nothing is proposed")):
        press = await bench.press("kim", ids.POLICY_CREATE, case)
        await route(bench.desk, press)
        await bench.say()
        assert words in modal_of(bench, press)
    verify(bench, UnprovenWrite.CREATE_POLICY)
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    assert "Nothing is proposed" in await bench.do(submit_creation, press)


async def test_what_is_permitted_there_already_is_not_made_again(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    await bench.do(submit_creation, press)
    case = await bench.case(case.case_id)
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    assert "already" in await bench.do(submit_creation, press)
    assert bench.portal.calls[INSERT] == 1


async def test_a_policy_without_an_end_is_made_where_the_day_is_left_empty(bench: Bench) -> None:
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    world = bench.portal.world
    computer = world.computers[case.requests[0].facts.computer_id]
    values = (
        {"reach": "computer_group", "computer_group": computer.computer_group_id}
        | FILLED
        | {"policy_ends": ""}
    )
    said = await bench.do(submit_creation, await form(bench, case, ids.CREATE_POLICY_VIEW, **values))
    assert "without an end" in " ".join(said.split())
    [work] = (await bench.case(case.case_id)).policy_works
    made = world.policies[work.made_policy_id]
    assert (made.end_at, made.applies_to_id) == (None, computer.computer_group_id)


async def because(bench: Bench, who: str, case: Case, reason: str) -> str:
    """“Approve here, because…” with a reason from the list; what is read."""
    values = {ids.JUSTIFICATION_BLOCK: ids.reason_key(reason)}
    return await bench.do(approve_because, await bench.press(who, ids.APPROVE_BECAUSE, case, values=values))


async def test_the_third_approval_is_one_press_with_a_reason_from_the_list(bench: Bench) -> None:
    """Never an empty field: the record holds the words that were chosen."""
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first)
    third = await one_more(bench, first, 60)
    assert third.policy_due
    reason = bench.desk.rules.decisions.approve_reasons[0]
    assert "Approved" in await because(bench, "ana", third, reason)
    attempted = await bench.last("decision_attempted")
    assert attempted.facts["justification"] == "written"
    assert attempted.private["reason"] == reason


async def test_a_reason_that_the_list_has_no_more_decides_nothing(bench: Bench) -> None:
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first)
    third = await one_more(bench, first, 60)
    said = await because(bench, "ana", third, "Because it was always so")
    assert "The list of reasons has changed" in " ".join(said.split())
    assert (await bench.case(third.case_id)).pending
    assert (await bench.last("press_incomplete")).facts == {"press": ids.APPROVE_BECAUSE}


async def test_a_reason_opens_one_press_to_nothing_that_is_closed_for_another_cause(bench: Bench) -> None:
    first = bench.computers()[0]
    await approved_by_hand(bench, first, first)
    third = await one_more(bench, first, 60)
    spoke = Spoke(rule=UnusualRule.SCRIPT_HOST, request_id=third.requests[0].facts.request_id)
    third = await bench.write(third.model_copy(update={"spoke": (spoke,)}))
    said = await because(bench, "ana", third, bench.desk.rules.decisions.approve_reasons[0])
    assert "One press cannot approve this: it is unusual" in " ".join(said.split())
    assert (await bench.case(third.case_id)).pending


async def test_who_is_nobody_chooses_no_reason(bench: Bench) -> None:
    case = await one_more(bench, bench.computers()[0], 60)
    await because(bench, "U0NOBODY", case, bench.desk.rules.decisions.approve_reasons[0])
    assert (await bench.case(case.case_id)).pending


async def test_a_card_that_does_not_know_yet_that_a_policy_is_due_learns_it_from_the_press(
    bench: Bench,
) -> None:
    """Else it would go on offering a form that asks for no reason, and each press would be refused anew."""
    first = bench.computers()[0]
    cases = [await one_more(bench, first, 60 + number) for number in range(3)]
    for case in cases[:2]:
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    third = await bench.case(cases[2].case_id)
    assert not third.policy_due
    said = await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, third))
    assert "approved by hand 2 times already" in " ".join(said.split())
    assert await bench.events("checks_asked_for")
    await weigh(bench)
    assert (await bench.case(third.case_id)).policy_due


async def test_what_one_press_let_run_on_one_computer_is_one_approval_by_hand(bench: Bench) -> None:
    """Somebody who asks three times for a file is asked once: the second approval of the software is the second."""
    first = bench.computers()[0]
    for _ in range(3):
        thrice = await one_more(bench, first, 60)
    assert len(thrice.pending) == 3
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, thrice))
    second = await one_more(bench, first, 61)
    await weigh(bench)
    second = await bench.case(second.case_id)
    assert second.evidence is not None
    assert (second.evidence.hand_approvals, second.policy_due, second.proposal) == (1, False, None)
    assert "Approved" in await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, second))
