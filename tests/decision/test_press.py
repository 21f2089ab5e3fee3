"""A decision press, from its storing to its answer: judged after the press, sent once, settled by the portal's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once, chosen_requests, submit_approval, submit_denial
from bot.models import (
    Case,
    EffectKind,
    Finding,
    Press,
    Standing,
    Verb,
)
from bot.rules import lifecycle, remembering
from permissions import Kind, Reach
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import TOM, attempt, evidence
from tests.desk import Bench, accept, text_of

GET, PERMIT = "ApprovalRequestGetById", "ApprovalRequestPermitApplication"
REJECT = "ApprovalRequestUpdateForReject"
DETAILS = "ApprovalRequestGetPermitApplicationById"
GROUPS = "ComputerGroupGetForPermitApplication"


def only(case: Case) -> str:
    """The one request of a case."""
    (held,) = case.requests
    return held.facts.request_id


async def approve(bench: Bench, who: str, case: Case, **more: Any) -> str:
    """“Approve on this computer”, the whole way; what the presser reads."""
    return await bench.do(approve_once, await bench.press(who, ids.APPROVE_COMPUTER, case, **more))


async def submit(bench: Bench, who: str, case: Case, **values: str) -> str:
    """“Approve…” was submitted with these inputs."""
    press = await bench.press(
        who, ids.APPROVE_VIEW, case, view_id="V1", message_ts="", values=values, response_url=""
    )
    return await bench.do(submit_approval, press)


async def deny(bench: Bench, who: str, case: Case, reason: str = "Use the store", **values: str) -> str:
    """“Deny…” was submitted."""
    press = await bench.press(
        who, ids.DENY_VIEW, case, view_id="V1", message_ts="", values={ids.REASON_BLOCK: reason, **values}
    )
    return await bench.do(submit_denial, press)


# The narrow safe answer


async def test_one_press_approves_on_this_computer_and_the_portal_is_believed(bench: Bench) -> None:
    """P1, P3, P7."""
    case = await bench.arrive()
    said = await approve(bench, "ana", case)
    assert said.startswith("Approved")
    (write,) = bench.portal.decisions
    assert write.action == PERMIT
    (held,) = (await bench.case(case.case_id)).requests
    assert held.standing is Standing.APPROVED
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.actor.name == "Ana Moreau"
    names = [one.event.name for one in await bench.events()]
    assert names.index("decision_attempted") < names.index("decision_settled") < names.index("press_answered")
    tried = await bench.last("decision_attempted")
    assert tried.facts["rests_on"]
    assert tried.facts["access_generation"] == 1
    assert tried.facts["facts_digest"] == held.facts.digest
    assert tried.person_id == "ana"


async def test_the_request_and_its_form_are_asked_for_side_by_side(bench: Bench) -> None:
    """The portal answers for the request only once it was asked for the form."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SLOW, seconds=600, action=GET)

    def release(form: Any) -> Any:
        bench.portal.faults.clear(FaultKind.SLOW)
        return form

    bench.portal.faults.distort(DETAILS, release)
    assert (await approve(bench, "ana", case)).startswith("Approved")


async def test_of_a_request_that_is_over_the_form_is_nobodys_matter(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(only(case), approve=False, by="Ada Lund")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=DETAILS)
    assert "Ada Lund" in await approve(bench, "ana", case)
    assert await bench.became() == {only(case): "decided_before"}


async def test_one_press_on_elevation_elevates_for_the_set_hours(bench: Bench) -> None:
    bench.with_rules(decisions={"elevation_hours": 2})
    case = await bench.arrive("elevate")
    said = await approve(bench, "kim", case)
    assert said.startswith("Approved")
    assert "for 2 hours" in said
    outcome = (await bench.case(case.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.attempt is not None
    assert (outcome.attempt.choice.elevate, outcome.attempt.choice.elevate_hours) == (True, 2)


async def test_a_decision_is_remembered_for_the_next_time(bench: Bench) -> None:
    case = await bench.arrive()
    await approve(bench, "ana", case)
    since = bench.desk.now() - timedelta(days=1)
    for key in remembering.history_keys(case.requests[0].facts):
        (earlier,) = await bench.ledger.history.earlier(key, since)
        assert (earlier.verb, earlier.by, earlier.reach) == (Verb.APPROVE, "Ana Moreau", "computer")


async def test_a_denial_carries_the_reason_as_it_was_typed(bench: Bench) -> None:
    case = await bench.arrive()
    await deny(bench, "ana", case, "Please use <TidePlan> from the store & tell us", notify=ids.NOTIFY_YES)
    assert await bench.became() == {only(case): "denied"}
    request = bench.portal.request(only(case))
    assert request.response_reason == "Please use <TidePlan> from the store & tell us"
    assert "Ana Moreau" in request.comments
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.REJECTED


async def test_storage_is_denied_here_and_not_approved_without_its_own_form(bench: Bench) -> None:
    case = await bench.arrive("write")
    said = await submit(bench, "ana", case)
    assert "where its device, path and users are chosen" in " ".join(said.split())
    assert (await bench.became())[only(case)] == "not_decided"
    assert bench.portal.decisions == []
    await deny(bench, "ana", case)
    assert (await bench.became())[only(case)] == "denied"


@pytest.mark.parametrize("reason", ["", "   "])
async def test_a_denial_without_a_reason_is_not_sent(bench: Bench, reason: str) -> None:
    case = await bench.arrive()
    assert "needs a reason" in await deny(bench, "ana", case, reason)
    assert bench.portal.decisions == []


# Who may not


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("hal", "execute"),
        ("ray", "execute"),
        ("eve", "execute"),
        ("ana", "elevate"),
        ("bo", "elevate"),
        ("gus", "execute"),
        ("dee", "execute"),
        ("req", "execute"),
    ],
)
async def test_who_may_not_is_refused_privately_with_a_reason_and_nothing_is_sent(
    bench: Bench, who: str, kind: str
) -> None:
    """P1: channel membership is never a right."""
    case = await bench.arrive(kind)
    said = await approve(bench, who, case)
    assert said
    assert not said.startswith("Approved")
    assert bench.portal.decisions == []
    refusals = await bench.events("decision_refused", "press_refused")
    assert refusals[-1].event.facts["why"]
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.PENDING


async def test_a_refusal_names_who_could_but_not_the_presser(bench: Bench) -> None:
    case = await bench.arrive()
    said = await approve(bench, "hal", case)
    assert "Ana Moreau" in said
    assert "Hal Novak" not in said
    assert (await bench.became())[only(case)] == "refused"


async def test_who_may_not_see_the_request_is_told_no_names(bench: Bench) -> None:
    case = await bench.arrive()
    said = await approve(bench, "req", case)
    assert "Ana" not in said
    assert "team" in said


async def test_nobody_decides_their_own_request_under_any_of_their_names(bench: Bench) -> None:
    case = await bench.arrive(user="AMoreau")
    said = await approve(bench, "ana", case)
    assert bench.portal.decisions == []
    assert (await bench.became())[only(case)] == "refused"
    assert "own" in said
    assert "Ana Moreau" not in said.replace("Ana Moreau's", "")


async def test_what_a_requestor_types_locks_nobody_out(bench: Bench) -> None:
    """An e-mail address in the request is no proof: whoever types it would close the case for whom they like."""
    case = await bench.arrive(email="ANA@example.com", reason="asked by amoreau, ana@example.com")
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"


async def test_a_right_that_was_taken_away_before_the_press_counts_no_more(bench: Bench) -> None:
    """P1: the grants in force at the press, not at the card."""
    case = await bench.arrive()
    document = (bench.folder / "access.toml").read_text("utf-8")
    await accept(bench, document.replace('"Approve for Group"', '"View Approvals"'))
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "refused"


async def test_without_an_access_generation_nobody_may(bench: Bench) -> None:
    case = await bench.arrive()
    async with bench.valkey.client() as client:
        keys = [key async for key in client.scan_iter("*access*")]
        await client.delete(*keys)
    said = await approve(bench, "ana", case)
    assert "No access file is in force" in said
    assert (await bench.last("press_refused")).facts["why"] == "no_access_generation"


async def test_one_computer_at_a_time_for_those_who_may_only_one(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    await approve(bench, "bo", case)
    assert set((await bench.became()).values()) == {"refused"}
    first = case.requests[0].facts.request_id
    await submit(bench, "bo", case, **{ids.REQUESTS_BLOCK: first})
    assert await bench.became() == {first: "approved"}
    assert [held.standing for held in (await bench.case(case.case_id)).requests] == [
        Standing.APPROVED,
        Standing.PENDING,
    ]


async def test_several_computers_are_decided_each_on_its_own(bench: Bench) -> None:
    """P8: one of them was decided in the portal in between; the others are approved."""
    case = await bench.arrive_on(*bench.computers()[:3])
    first = case.requests[0].facts.request_id
    bench.portal.decide_in_portal(first, approve=False, by="Ada Lund")
    said = await approve(bench, "ana", case)
    became = await bench.became()
    assert became.pop(first) == "decided_before"
    assert set(became.values()) == {"approved"}
    assert "Ada Lund" in said
    after = await bench.case(case.case_id)
    assert not after.is_open
    assert (await bench.last("decided_in_portal")).private["decided_by"] == "Ada Lund"


# What was shown is what is decided


async def test_a_joiner_that_the_card_did_not_show_stays_pending(bench: Bench) -> None:
    """P8."""
    case = await bench.arrive_on(*bench.computers()[:2])
    first, second = (held.facts.request_id for held in case.requests)
    await approve(bench, "ana", case, revision=1)
    assert await bench.became() == {first: "approved"}
    entry = (await bench.case(case.case_id)).entry(second)
    assert entry is not None
    assert entry.standing is Standing.PENDING


async def test_a_press_that_showed_nothing_decides_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    said = await approve(bench, "ana", case, revision=0)
    assert "Nothing was left to decide" in said
    assert bench.portal.decisions == []


async def test_an_older_card_is_void_for_a_request_whose_facts_have_changed(bench: Bench) -> None:
    """P8."""
    case = await bench.arrive()
    request = bench.portal.request(only(case))
    bench.portal.world.requests[only(case)] = replace(request, reason="Another reason")
    await bench.poll()
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "changed"
    assert bench.portal.decisions == []


@pytest.mark.parametrize("verb", ["approve", "deny"])
async def test_facts_that_the_portal_changed_since_the_card_void_the_press(bench: Bench, verb: str) -> None:
    case = await bench.arrive()
    request = bench.portal.request(only(case))
    bench.portal.world.requests[only(case)] = replace(request, reason="Another reason")
    await (approve(bench, "ana", case) if verb == "approve" else deny(bench, "ana", case))
    assert (await bench.became())[only(case)] == "changed"
    assert bench.portal.decisions == []
    after = await bench.case(case.case_id)
    assert after.requests[0].facts.reason == "Another reason"
    assert after.revision == case.revision + 1


async def test_a_request_that_turned_out_another_file_leaves_its_case_with_the_next_poll(
    bench: Bench,
) -> None:
    """The press is void, and the case keeps its identity: it never comes to hold two files."""
    case = await bench.arrive_on(*bench.computers()[:2])
    leaver = case.requests[0].facts.request_id
    request = bench.portal.request(leaver)
    file = replace(request.file, hash="0F" * 32, sha256="1" * 64)
    json = request.json.replace(request.file.hash, file.hash)
    bench.portal.world.requests[leaver] = replace(request, file=file, json=json)
    await approve(bench, "ana", case)
    assert (await bench.became())[leaver] == "changed"
    await bench.poll()
    moved = await bench.case_of(leaver)
    assert (moved.case_id != case.case_id, moved.follows_case_id) == (True, case.case_id)


async def test_a_press_on_a_decided_case_says_by_whom(bench: Bench) -> None:
    case = await bench.arrive()
    await approve(bench, "ana", case)
    said = await approve(bench, "kim", case)
    assert "Ana Moreau" in said
    assert (await bench.became())[only(case)] == "decided_before"
    assert len(bench.portal.decisions) == 1


async def test_a_press_on_what_the_portal_decided_names_the_portals_decider(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(only(case), approve=True, by="Ada Lund")
    await bench.poll()
    assert "Ada Lund" in await approve(bench, "kim", case)


async def test_a_press_on_a_request_that_ended_without_an_outcome_is_answered_too(bench: Bench) -> None:
    case = await bench.arrive()
    ended = case.requests[0].model_copy(update={"standing": Standing.CLOSED})
    await bench.write(case.model_copy(update={"requests": (ended,)}))
    await approve(bench, "kim", case)
    assert (await bench.became())[only(case)] == "decided_before"


@pytest.mark.parametrize("use_case", [approve_once, submit_approval, submit_denial])
async def test_a_card_without_a_record_is_answered_and_recorded(bench: Bench, use_case: Any) -> None:
    """P4: an old card's button always gets an answer."""
    said = await bench.do(use_case, await bench.press("ana", ids.APPROVE_COMPUTER))
    assert "c0unknown" in said
    assert await bench.events("press_unknown_case")


# One press is for the plain case


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"policy_due": True}, "repeatedly"),
        ({"evidence": evidence(known_bad=Finding.YES)}, "known to be bad"),
    ],
)
async def test_an_old_cards_button_cannot_approve_what_is_not_plain_any_more(
    bench: Bench, changed: dict[str, Any], why: str
) -> None:
    case = await bench.arrive()
    await bench.write(case.model_copy(update=changed))
    assert why in await approve(bench, "ana", case)
    assert bench.portal.decisions == []


async def test_where_a_policy_is_due_the_modal_needs_a_justification(bench: Bench) -> None:
    case = await bench.write((await bench.arrive()).model_copy(update={"policy_due": True}))
    assert "repeatedly" in await submit(bench, "ana", case)
    await submit(bench, "ana", case, **{ids.REASON_BLOCK: "A policy is on its way"})
    assert (await bench.became())[only(case)] == "approved"


# Wider than the computer

CONFIRMED = {ids.VALIDATED_BLOCK: "Called the vendor", ids.CONFIRMED_BLOCK: "Lee, head of sales"}


@pytest.mark.parametrize("missing", [ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK])
async def test_anything_wider_needs_validation_and_confirmation_whoever_presses(
    bench: Bench, missing: str
) -> None:
    case = await bench.arrive()
    told = {ids.REACH_BLOCK: "organization"} | {k: v for k, v in CONFIRMED.items() if k != missing}
    assert "needs both" in await submit(bench, "kim", case, **told)
    assert bench.portal.decisions == []


async def test_the_entire_organization_is_approved_by_who_may(bench: Bench) -> None:
    case = await bench.arrive()
    await submit(bench, "kim", case, **{ids.REACH_BLOCK: Reach.ORGANIZATION.value, **CONFIRMED})
    assert (await bench.became())[only(case)] == "approved"
    tried = await bench.last("decision_attempted")
    assert tried.facts["reach"] == "organization"
    assert tried.private["confirmed_by"] == "Lee, head of sales"


async def test_a_reach_beyond_the_right_is_refused(bench: Bench) -> None:
    case = await bench.arrive()
    await submit(bench, "ana", case, **{ids.REACH_BLOCK: Reach.ORGANIZATION.value, **CONFIRMED})
    assert (await bench.became())[only(case)] == "refused"


async def test_a_global_approval_is_never_sent_without_evidence(bench: Bench) -> None:
    case = await bench.arrive()
    await submit(bench, "kim", case, **{ids.REACH_BLOCK: Reach.GLOBAL.value, **CONFIRMED})
    assert (await bench.became())[only(case)] in ("refused", "not_decided")
    assert bench.portal.decisions == []


def own_group(bench: Bench, case: Case) -> tuple[str, str]:
    """The computer group of the case's computer."""
    computer = bench.portal.world.computers[case.requests[0].facts.computer_id]
    group = bench.portal.world.computer_groups[computer.computer_group_id]
    return group.computer_group_id, group.name


async def test_a_computer_group_is_approved_as_the_portal_lists_it_now(bench: Bench) -> None:
    case = await bench.arrive()
    group_id, name = own_group(bench, case)
    values = {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: group_id, ids.GROUP_NAME: name}
    said = await submit(bench, "ana", case, **values, **CONFIRMED)
    assert (await bench.became())[only(case)] == "approved"
    assert name in said


async def test_a_computer_group_that_the_portal_does_not_list_is_not_approved(bench: Bench) -> None:
    case = await bench.arrive()
    values = {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: "0" * 8, ids.GROUP_NAME: "Gone"}
    said = await submit(bench, "ana", case, **values, **CONFIRMED)
    assert "Gone" in said
    assert (await bench.became())[only(case)] == "not_decided"
    assert bench.portal.decisions == []


def test_requests_picked_in_a_modal_narrow_the_press() -> None:
    def picked(text: str) -> Press:
        return Press.model_validate(
            {
                "press_id": "p",
                "kind": "modal",
                "name": ids.DENY_VIEW,
                "slack_user_id": "U",
                "slack_team_id": "T",
                "received_at": "2026-01-01T00:00:00Z",
                "values": {ids.REQUESTS_BLOCK: text},
            }
        )

    assert chosen_requests(picked("a,b")) == ("a", "b")
    assert chosen_requests(picked("")) == ()


# Writes off, token refused


async def test_with_writes_off_the_verdict_and_the_exact_effect_are_shown_and_nothing_is_sent(
    bench: Bench,
) -> None:
    bench.with_rules(writes_on=False)
    case = await bench.arrive()
    said = await approve(bench, "ana", case)
    assert case.requests[0].facts.computer_name in said
    assert (await bench.became())[only(case)] == "rehearsed"
    assert bench.portal.decisions == []
    assert (await bench.last("decision_rehearsed")).facts["rests_on"]
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.PENDING


async def test_with_writes_off_a_refusal_is_still_a_refusal(bench: Bench) -> None:
    bench.with_rules(writes_on=False)
    case = await bench.arrive()
    await approve(bench, "hal", case)
    assert (await bench.became())[only(case)] == "refused"


async def test_a_refused_token_pauses_writes_and_says_so(bench: Bench) -> None:
    """P9."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.TOKEN_REVOKED)
    said = await approve(bench, "ana", case)
    assert "token" in said
    assert (await bench.became())[only(case)] == "not_decided"
    bench.portal.faults.clear()
    bench.desk.gate.refuse(bench.desk.now())
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "not_decided"
    assert bench.portal.decisions == []


@pytest.mark.parametrize("action", [GET, DETAILS])
async def test_a_portal_that_cannot_be_asked_decides_nothing(bench: Bench, action: str) -> None:
    """P9."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "not_decided"
    assert bench.portal.decisions == []


# The write's fate


async def test_a_permission_that_our_token_lacks_is_named_and_the_request_opens_again(bench: Bench) -> None:
    """P2."""
    case = await bench.arrive()
    bench.portal.state.tokens[bench.portal.token] = replace(
        bench.portal.state.tokens[bench.portal.token],
        permissions=frozenset(
            name
            for name in bench.portal.state.tokens[bench.portal.token].permissions
            if "Approve for" not in name
        ),
    )
    said = await approve(bench, "ana", case)
    assert "token" in said
    (held,) = (await bench.case(case.case_id)).requests
    assert (held.standing, held.attempt) == (Standing.PENDING, None)
    assert (await bench.last("decision_not_taken")).facts["why"]


async def test_somebody_who_was_faster_in_the_portal_is_named(bench: Bench) -> None:
    """The write is refused because of another decision that came between look and write."""
    case = await bench.arrive()
    request_id = only(case)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=PERMIT, times=1)
    await approve(bench, "ana", case)
    assert (await bench.became())[request_id] == "checking"
    (held,) = (await bench.case(case.case_id)).requests
    assert held.standing is Standing.CHECKING
    assert await bench.events("decision_in_doubt")


async def test_a_write_that_took_effect_without_an_answer_is_found_by_reading_back(bench: Bench) -> None:
    """P2, P3: sent once, then asked about."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=PERMIT, times=1)
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"
    assert len(bench.portal.decisions) == 1


async def test_a_write_whose_effect_cannot_be_read_back_is_in_doubt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=PERMIT, times=1)
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    # The first look goes through, the one after the write does not.
    original = bench.desk.portal.permit

    async def permit_then_break(*arguments: Any) -> None:
        bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
        await original(*arguments)

    monkeypatch.setattr(bench.desk.portal, "permit", permit_then_break)
    await bench.do(approve_once, press)
    assert (await bench.became())[only(case)] == "checking"
    assert "Reading it back failed" in (await bench.last("decision_in_doubt")).private["told"]


async def test_a_decision_that_is_on_its_way_is_not_made_twice(bench: Bench) -> None:
    """P2: at most one outstanding attempt for a request."""
    case = await bench.arrive()
    now = bench.desk.now()
    made = attempt(recorded_at=now, not_after=now + timedelta(seconds=20))
    await bench.write(lifecycle.begin_attempt(case, only(case), made))
    said = await approve(bench, "ana", case)
    assert "Tom Okafor" in said
    assert (await bench.became())[only(case)] == "busy"
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case, press_id="press-1x")
    mine = made.model_copy(update={"press_id": "press-1x"})
    entry = (await bench.case(case.case_id)).requests[0].model_copy(update={"attempt": mine})
    await bench.write((await bench.case(case.case_id)).model_copy(update={"requests": (entry,)}))
    await bench.do(approve_once, press)
    assert (await bench.became())[only(case)] == "checking"
    assert bench.portal.decisions == []


async def test_a_press_whose_attempt_had_no_effect_makes_no_second_one(bench: Bench) -> None:
    """P2: only a new press makes a new attempt."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    spent = case.requests[0].model_copy(update={"spent_presses": (press.press_id,)})
    await bench.write(case.model_copy(update={"requests": (spent,)}))
    await bench.do(approve_once, press)
    assert (await bench.became())[only(case)] == "not_decided"
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"


async def test_the_claimer_is_told_when_somebody_else_decides(bench: Bench) -> None:
    case = await bench.arrive()
    now = bench.desk.now()
    claimed = lifecycle.take_claim(case, TOM, now, bench.desk.rules, escalated=False)
    await bench.write(claimed)
    bench.said.clear()
    await approve(bench, "ana", await bench.case(case.case_id))
    (told,) = [one for one in bench.said if one.effect_id.startswith("claimer:")]
    assert told.slack_user_id == TOM.slack_user_id
    assert "Ana Moreau" in text_of(told)


async def test_a_press_on_a_second_copy_of_the_card_retires_that_copy(bench: Bench) -> None:
    """P5: the twin retires at first touch."""
    case = await bench.arrive()
    bench.said.clear()
    await approve(bench, "ana", case, message_ts="1600000000.000001")
    (retired,) = [one for one in bench.said if one.kind is EffectKind.RETIRE]
    assert retired.message_ts == "1600000000.000001"


async def test_a_choice_that_is_not_a_decision_kind_of_ours_is_decided_in_the_portal(bench: Bench) -> None:
    case = await bench.arrive("network")
    assert case.kind is Kind.OTHER
    await approve(bench, "kim", case)
    assert (await bench.became())[only(case)] in ("refused", "not_decided")
    assert bench.portal.decisions == []


# Grants that change while a press is judged


class Meddling:
    """The ledger, with somebody who changes the access file right before an attempt is recorded."""

    def __init__(self, bench: Bench, documents: list[str]) -> None:
        self.bench, self.documents = bench, documents

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bench.ledger, name)

    async def commit(self, change: Any) -> Any:
        """Before a change that rests on a verdict, another access file comes into force."""
        if change.judged_on is not None and self.documents:
            await accept(self.bench, self.documents.pop(0))
        return await self.bench.ledger.commit(change)


async def meddled(bench: Bench, *documents: str) -> str:
    """Approve while access files come into force one after the other; what became of it."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    desk = replace(bench.desk, ledger=Meddling(bench, list(documents)))  # type: ignore[arg-type]  # a ledger but for one
    await approve_once(desk, press)
    await bench.answer(press)
    return (await bench.became())[only(case)]


def documents(bench: Bench, count: int) -> list[str]:
    """Access files that say the same in other words: each is a generation of its own."""
    text = (bench.folder / "access.toml").read_text("utf-8")
    return [text.replace("auditor, reads only", f"auditor number {number}") for number in range(count)]


async def test_grants_that_change_between_verdict_and_record_are_judged_anew(bench: Bench) -> None:
    """P1: what is recorded rests on the grants in force at that very step."""
    assert await meddled(bench, *documents(bench, 1)) == "approved"
    tried = await bench.events("decision_attempted")
    assert [one.event.facts["access_generation"] for one in tried] == [2]


async def test_a_right_that_is_taken_away_between_verdict_and_record_sends_nothing(bench: Bench) -> None:
    """P1."""
    (text,) = documents(bench, 1)
    without = text.replace('"Approve for Group"', '"View Approvals"')
    assert await meddled(bench, without) == "refused"
    assert bench.portal.decisions == []


async def test_somebody_who_leaves_the_access_file_between_verdict_and_record_sends_nothing(
    bench: Bench,
) -> None:
    (text,) = documents(bench, 1)
    gone = text.replace(f'slack = ["{bench.cast["ana"]}"]', 'slack = ["U0NOBODY"]')
    assert await meddled(bench, gone) == "refused"
    assert bench.portal.decisions == []


async def test_grants_that_never_hold_still_decide_nothing(bench: Bench) -> None:
    assert await meddled(bench, *documents(bench, 50)) == "not_decided"
    assert bench.portal.decisions == []
