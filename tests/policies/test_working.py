"""The order of a change: nothing late is sent, grants that move are judged again, a put-off proposal stays put off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.decision.press import decide
from bot.desk import Desk, Presser
from bot.models import Case, Choice, PolicyAct, PolicyWork, Press, Reach, UnprovenWrite, Verb, WorkStanding
from bot.policies import submitting
from bot.policies.planning import Planned, Refusal, plan_take_back
from bot.policies.records import submit_not_now
from bot.policies.submitting import submit_take_back
from bot.rules.redaction import redact
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import Bench, accept
from tests.policies.deeds import GET, REMOVE, approved, form, policy_id_of, tick, verify
from tests.policies.test_stop_asking import due, one_more, pings

WHY = {"reason": "It phones home."}


async def test_p2_what_took_too_long_to_get_going_is_not_even_recorded(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.with_rules(decisions={"send_within": timedelta(0)})
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "took too long" in said
    assert (await bench.case(case.case_id)).policy_works == ()
    assert bench.portal.calls[REMOVE] == 0


async def test_p2_a_process_that_was_stopped_after_its_record_sends_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    late = bench.desk.now() + timedelta(hours=1)

    def stopped(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            monkeypatch.setattr(Desk, "now", lambda _: late)

    monkeypatch.setattr("bot.seams._armed", [stopped])
    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await submit_take_back(bench.desk, press)
    monkeypatch.undo()
    assert "not known yet" in await bench.answer(press)
    assert bench.portal.calls[REMOVE] == 0
    await bench.advance(hours=1, seconds=70)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT


@pytest.mark.parametrize(("keeps", "removed"), [(True, 1), (False, 0)])
async def test_p1_grants_that_change_under_a_press_are_judged_again(
    bench: Bench, keeps: bool, removed: int
) -> None:
    """The record is refused on a standpoint that has moved; what counts is the grants of the second look."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    document = access_document(bench.cast, organizations(bench.portal))
    changed = document if keeps else document.replace('"Edit Application Control Policies", ', "")
    moved: list[int] = []

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        if not moved:
            moved.append(await accept(bench, f"{changed}\n# another generation\n"))
        return await plan_take_back(desk, press, presser, of)

    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    said = await bench.answer(press)
    assert ("Not done" in said) is not keeps
    assert bench.portal.calls[REMOVE] == removed


async def test_p1_grants_that_never_rest_send_nothing(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    document = access_document(bench.cast, organizations(bench.portal))
    moved: list[int] = []

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        moved.append(await accept(bench, f"{document}\n# generation {len(moved)}\n"))
        return await plan_take_back(desk, press, presser, of)

    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    assert "being changed" in await bench.answer(press)
    assert len(moved) == 3
    assert bench.portal.calls[REMOVE] == 0


async def test_p1_a_presser_who_is_deactivated_meanwhile_is_refused(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    press = await form(bench, case, ids.TAKE_BACK_VIEW, "dee", **WHY)
    assert "Not done" in await bench.do(submit_take_back, press)
    assert bench.portal.calls[REMOVE] == 0


async def test_what_was_put_off_is_not_proposed_again_in_its_window(bench: Bench) -> None:
    """Also where the calendar's window turns in between: the decision against it is what counts."""
    case = await due(bench)
    await bench.do(submit_not_now, await form(bench, case, ids.NOT_NOW_VIEW, reason="Next week."))
    case = await bench.case(case.case_id)
    press = await bench.press("ana", ids.APPROVE_VIEW, case, view_id="V1")
    await decide(bench.desk, press, Choice(verb=Verb.APPROVE, reason="Once more, until the installer comes."))
    await bench.say()
    assert not (await bench.case(case.case_id)).is_open
    after = await one_more(bench, bench.computers()[0], 95)
    assert after.policy_due
    assert after.proposal is None
    assert len(pings(bench)) == 1


async def test_retention_removes_what_was_written_and_keeps_who_when_and_which(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    kept = redact(await bench.case(case.case_id), bench.desk.now())
    [work] = kept.policy_works
    assert (work.reason, work.effect, work.policy_name) == ("", "", "")
    assert (work.actor.person_id, work.policy_id) == ("kim", policy_id_of(case))
    assert kept.proposal is None


def test_a_case_of_the_former_release_still_opens() -> None:
    """Every new field has a default: what was stored before it opens as it was."""
    assert {name for name in ("policy_works", "proposal") if Case.model_fields[name].is_required()} == set()
    optional = PolicyWork.model_fields
    assert not optional["made_policy_id"].is_required()


async def test_a_redacted_case_offers_no_change(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    case = await bench.write(redact(case, bench.desk.now()))
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "retention" in said
    assert bench.portal.calls[REMOVE] == 0


async def test_a_press_of_a_case_that_is_kept_no_more_is_answered(bench: Bench) -> None:
    press = await bench.press("kim", ids.TAKE_BACK_VIEW, None, view_id="V1", values=WHY)
    assert "records that are kept" in await bench.do(submit_take_back, press)


async def test_two_presses_at_once_make_one_change(bench: Bench) -> None:
    """P2: the second finds the first one's trace in the record."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    first = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    second = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    seen: list[str] = []

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        planned = await plan_take_back(desk, press, presser, of)
        if not seen:
            seen.append("raced")
            await submit_take_back(replace(bench.desk), second)
        return planned

    await submitting._submit(bench.desk, first, PolicyAct.TAKE_BACK, plan)
    await bench.say()
    assert bench.portal.calls[REMOVE] == 1
    works = (await bench.case(case.case_id)).policy_works
    assert [one.standing for one in works if one.standing is WorkStanding.DONE] == [WorkStanding.DONE]


async def test_p9_while_the_portal_cannot_be_asked_the_doubt_stays_and_is_asked_again(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=REMOVE)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    bench.portal.faults.clear()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await bench.advance(seconds=300)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.CHECKING
    bench.portal.faults.clear()
    await bench.advance(seconds=61)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT
    assert bench.portal.calls[REMOVE] == 1


@pytest.mark.parametrize("reach", [Reach.COMPUTER_GROUP, Reach.ORGANIZATION])
async def test_what_was_approved_wider_is_taken_back_from_where_it_applies(
    bench: Bench, reach: Reach
) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await bench.arrive(product="tideplan", version="5.0")
    world = bench.portal.world
    group = world.computer_groups[world.computers[case.requests[0].facts.computer_id].computer_group_id]
    choice = Choice(
        verb=Verb.APPROVE,
        reach=reach,
        computer_group_id=group.computer_group_id if reach is Reach.COMPUTER_GROUP else "",
        computer_group_name=group.name if reach is Reach.COMPUTER_GROUP else "",
        reason="Everybody needs it.",
        validated_how="Detonated",
        confirmed_by="Mia Brandt",
    )
    await decide(bench.desk, await bench.press("kim", ids.APPROVE_VIEW, case, view_id="V1"), choice)
    await bench.say()
    case = await bench.case(case.case_id)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert (group.name if reach is Reach.COMPUTER_GROUP else "entire organization") in said
    assert policy_id_of(case) not in world.policies
