"""“Take back…”: the policy of our own approval is removed once, read back and told; anybody else's is left alone."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.models import PolicyAct, UnprovenWrite, WorkStanding
from bot.policies.forms import open_take_back
from bot.policies.submitting import submit_take_back
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench
from tests.policies.deeds import (
    DEPLOY,
    GET,
    REMOVE,
    approved,
    change_policy,
    form,
    modal_of,
    policy_id_of,
    policy_of,
    threads,
    tick,
    verify,
)

WHY = {"reason": "It phones home."}


async def test_p3_an_approval_of_ours_is_taken_back_and_the_card_and_the_thread_say_so(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    policy = policy_of(bench, case)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "is removed from the computer" in said
    assert "deployed" in said
    assert policy.policy_id not in bench.portal.world.policies
    assert (bench.portal.calls[REMOVE], bench.portal.calls[DEPLOY]) == (1, 1)
    [work] = (await bench.case(case.case_id)).policy_works
    assert (work.act, work.standing, work.actor.person_id) == (PolicyAct.TAKE_BACK, WorkStanding.DONE, "kim")
    [told] = [one for one in threads(bench) if "Taken back" in one]
    assert "It phones home." in told
    changed = await bench.last("policy_changed")
    assert changed.facts["policy_id"] == policy.policy_id
    assert changed.person_id == "kim"
    assert changed.facts["rests_on"]


async def test_p7_the_intent_is_recorded_before_the_write_and_its_end_after(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    names = [one.event.name for one in await bench.events("policy_change_attempted", "policy_changed")]
    assert names == ["policy_change_attempted", "policy_changed"]


async def test_until_the_write_is_verified_the_exact_text_and_a_link_are_prepared(bench: Bench) -> None:
    verify(bench)
    case = await approved(bench)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "nothing was sent" in said
    assert policy_id_of(case) in said
    assert "remove the policy" in said
    assert "Open the portal" in said
    assert bench.portal.calls[REMOVE] == 0
    assert (await bench.last("policy_text_prepared")).facts["act"] == "take_back"


async def test_p9_with_writes_off_it_is_rehearsed(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.with_rules(writes_on=False)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "nothing was sent" in said
    assert bench.portal.calls[REMOVE] == 0


async def test_p9_with_the_token_refused_writes_pause(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.desk.gate.refuse(bench.desk.now())
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "Writes are paused" in said
    assert bench.portal.calls[REMOVE] == 0


@pytest.mark.parametrize("who", ["ana", "bo", "eve", "hal", "ray", "gus", "pat", "dee", "U0STRANGER"])
async def test_p1_only_who_may_edit_policies_takes_one_back(bench: Bench, who: str) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, who, **WHY))
    assert "Not done" in said
    assert bench.portal.calls[REMOVE] == 0
    assert (await bench.last("press_refused")).facts["why"]


async def test_p1_the_refused_presser_reads_what_is_missing_and_who_could(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, "ana", **WHY))
    assert "Edit Application Control Policies" in said
    assert "Kim Okafor" in said


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"application_ids": ("x", "y")}, "shared"),
        ({"applies_to_id": "somewhere-else"}, "somewhere else"),
        ({"name": "ROWANBRIDGE\\Permit tideplan"}, "parent organization's copy"),
        ({"policy_action_id": 2}, "permit anything"),
        ({"is_enabled": False}, "switched off already"),
        ({"application_ids": ("other",), "description": "Mine"}, "nothing shows"),
    ],
)
async def test_a_policy_that_is_not_ours_any_more_is_left_alone(
    bench: Bench, changed: dict[str, object], why: str
) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    change_policy(bench, case, **changed)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert why in said
    assert "portal" in said
    assert bench.portal.calls[REMOVE] == 0


async def test_a_policy_that_is_gone_is_not_removed_again(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    del bench.portal.world.policies[policy_id_of(case)]
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "no such policy" in said
    assert bench.portal.calls[REMOVE] == 0


async def test_what_was_approved_in_the_portal_is_not_ours_to_take_back(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await bench.arrive(product="tideplan", version="5.0")
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pia Portal")
    await bench.poll()
    case = await bench.case(case.case_id)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "Choose which policy" in said
    press = await bench.press("kim", ids.POLICY_TAKE_BACK, case)
    await open_take_back(bench.desk, press)
    await bench.say()
    assert "No approval of Gatehouse" in modal_of(bench, press)


async def test_a_reason_is_needed_whatever_the_form_let_through(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, reason="  "))
    assert "Say why" in said
    assert bench.portal.calls[REMOVE] == 0


async def test_p2_taken_back_once_is_taken_back(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    case = await bench.case(case.case_id)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "has taken it back already" in said
    assert bench.portal.calls[REMOVE] == 1


async def test_of_several_computers_only_the_chosen_one_is_taken_back(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench, *bench.computers()[:3])
    second = case.requests[1].facts.request_id
    press = await form(bench, case, ids.TAKE_BACK_VIEW, requests=second, **WHY)
    assert case.requests[1].facts.computer_name in await bench.do(submit_take_back, press)
    kept = [policy_id_of(case, number) in bench.portal.world.policies for number in range(3)]
    assert kept == [True, False, True]


async def test_p2_a_write_that_the_portal_refuses_changes_nothing_and_is_told(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TOO_MANY_REQUESTS, action=REMOVE)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "did not take it" in said
    [work] = (await bench.case(case.case_id)).policy_works
    assert work.standing is WorkStanding.WITHOUT_EFFECT
    assert policy_id_of(case) in bench.portal.world.policies
    assert bench.portal.calls[DEPLOY] == 0
    bench.portal.faults.clear()
    again = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "is removed" in again


async def test_p2_silence_after_the_write_is_asked_about_and_not_repeated(bench: Bench) -> None:
    """The portal took it and said nothing: the read-back finds it gone."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=REMOVE)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "deployed; computers take it up" in " ".join(said.split())
    assert bench.portal.calls[REMOVE] == 1


async def test_p2_silence_on_both_sides_is_checked_until_the_portal_shows_it(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=REMOVE)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="PolicyGetForViewPoliciesByApplicationId")
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "not known yet" in said
    assert (await bench.case(case.case_id)).policy_works[0].standing is WorkStanding.CHECKING
    bench.portal.faults.clear()
    await bench.advance(seconds=21)
    after = await tick(bench)
    assert after.policy_works[0].standing is WorkStanding.DONE
    await bench.say()
    assert any(
        one.effect_id.startswith("policy_doubt:") and one.slack_user_id == bench.cast["kim"]
        for one in bench.said
    )
    assert "Not deployed" in next(one for one in threads(bench) if "Taken back" in one)
    assert (bench.portal.calls[REMOVE], bench.portal.calls[DEPLOY]) == (1, 0)


async def test_p2_what_never_shows_ends_without_effect_and_only_a_new_press_tries_again(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=REMOVE)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "not known yet" in said
    bench.portal.faults.clear()
    await bench.advance(seconds=21)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.CHECKING
    await bench.advance(seconds=60)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT
    await bench.say()
    assert any("had no effect" in one.text for one in bench.said)
    assert bench.portal.calls[REMOVE] == 1


async def test_p2_while_one_is_on_its_way_no_second_one_starts(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=REMOVE)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    case = await bench.case(case.case_id)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "already on its way" in said


async def test_a_deployment_that_fails_is_said_and_the_change_stands(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=DEPLOY)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "Not deployed" in said
    assert (await bench.case(case.case_id)).policy_works[0].standing is WorkStanding.DONE


class Killed(Exception):
    """The process dies here."""


@pytest.mark.parametrize(
    ("seam", "removed", "standing"),
    [
        (Seam.ATTEMPT_RECORDED, 0, WorkStanding.WITHOUT_EFFECT),
        (Seam.WRITE_ANSWERED, 1, WorkStanding.DONE),
        (Seam.DECISION_RECORDED, 1, WorkStanding.DONE),
    ],
)
async def test_p5_a_crash_between_two_steps_heals_and_sends_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, seam: Seam, removed: int, standing: WorkStanding
) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)

    def die(reached: Seam) -> None:
        if reached is seam:
            raise Killed

    monkeypatch.setattr("bot.seams._armed", [die])
    with pytest.raises(Killed):
        await submit_take_back(bench.desk, press)
    monkeypatch.setattr("bot.seams._armed", [])
    said = await bench.do(submit_take_back, press)
    assert said
    assert bench.portal.calls[REMOVE] == removed
    if seam is not Seam.DECISION_RECORDED:
        await bench.advance(seconds=81)
        await tick(bench)
    [work] = (await bench.case(case.case_id)).policy_works
    assert work.standing is standing
    assert bench.portal.calls[REMOVE] == removed


async def test_the_form_names_what_is_removed_and_warns_before_it(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench, *bench.computers()[:2])
    change_policy(bench, case, is_enabled=False)
    press = await bench.press("kim", ids.POLICY_TAKE_BACK, case, view_id="V0")
    await open_take_back(bench.desk, press)
    await bench.say()
    shown = modal_of(bench, press)
    assert case.requests[1].facts.computer_name in shown
    assert "switched off already" in shown
    assert "deployed" in shown


async def test_the_form_is_refused_to_whoever_may_not(bench: Bench) -> None:
    case = await approved(bench)
    press = await bench.press("ana", ids.POLICY_TAKE_BACK, case, view_id="V0")
    await open_take_back(bench.desk, press)
    await bench.say()
    assert "Edit Application Control Policies" in modal_of(bench, press)
    assert (await bench.last("press_refused")).facts["press"] == ids.POLICY_TAKE_BACK


async def test_a_portal_that_cannot_be_asked_is_said_in_the_form(bench: Bench) -> None:
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    press = await bench.press("kim", ids.POLICY_TAKE_BACK, case, view_id="V0")
    await open_take_back(bench.desk, press)
    await bench.say()
    assert "Nothing was changed" in modal_of(bench, press)
