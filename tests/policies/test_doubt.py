"""A change of a policy in doubt: what the clock has found out stays found out, and asking costs nothing for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.desk import Desk, Presser
from bot.models import Case, PolicyAct, Press, UnprovenWrite, WorkStanding
from bot.models.policies import works_due
from bot.policies import submitting
from bot.policies.planning import Planned, Refusal, plan_take_back
from bot.policies.submitting import submit_take_back
from bot.policies.working import find_outstanding
from bot.portal import Invalid
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of
from tests.policies.deeds import GET, REMOVE, approved, form, tick, verify

WHY = {"reason": "It phones home."}


async def test_p3_a_slow_press_does_not_undo_what_the_clock_has_settled(bench: Bench) -> None:
    """The write took long; the clock has seen its effect and said so; then the press fails to read it back."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        planned = await plan_take_back(desk, press, presser, of)
        assert isinstance(planned, Planned)

        async def slowly() -> None:
            await planned.send()
            await bench.advance(seconds=21)
            assert (await tick(bench)).policy_works[0].standing is WorkStanding.DONE
            bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)

        return replace(planned, send=slowly)

    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    said = await bench.answer(press)
    [work] = (await bench.case(case.case_id)).policy_works
    assert work.standing is WorkStanding.DONE
    assert "The portal shows it." in " ".join(said.split())
    assert bench.portal.calls[REMOVE] == 1
    assert not await bench.events("policy_change_in_doubt")


async def test_p7_asking_a_silent_portal_for_an_hour_fills_no_record(bench: Bench) -> None:
    """What is still not known is nothing new: no event, no new card, and the next look is further away."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=REMOVE)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    bench.portal.faults.clear()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await bench.advance(seconds=21)
    held = await tick(bench)
    before = len(await bench.events())
    for _ in range(5):
        await bench.advance(minutes=6)
        held = await tick(bench)
    assert len(await bench.events()) == before
    now = bench.desk.now()
    at = works_due(held.policy_works, now)
    assert at is not None
    assert timedelta(minutes=1) <= at - now <= timedelta(minutes=5)
    bench.portal.faults.clear()
    await bench.advance(minutes=6)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT


class Killed(Exception):
    """The process dies here."""


async def test_p3_a_yes_that_was_noted_is_told_with_a_change_that_is_never_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the portal's yes and our look: its presser hears of the yes, and not of a refusal."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        planned = await plan_take_back(desk, press, presser, of)
        assert isinstance(planned, Planned)

        async def accepted_and_lost() -> None:
            """The portal says yes, and does nothing."""

        return replace(planned, send=accepted_and_lost)

    def die(reached: Seam) -> None:
        if reached is Seam.YES_NOTED:
            raise Killed

    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    monkeypatch.setattr("bot.seams._armed", [die])
    with pytest.raises(Killed):
        await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    monkeypatch.setattr("bot.seams._armed", [])
    [work] = (await bench.case(case.case_id)).policy_works
    assert (work.standing, work.answered) == (WorkStanding.SENDING, True)
    assert (await bench.last("policy_write_answered")).facts["work_id"] == work.work_id
    assert "not known yet" in await bench.do(submit_take_back, press)
    await bench.advance(seconds=81)
    assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT
    told = [text_of(one) for one in await bench.say() if one.effect_id.startswith("policy_doubt:")]
    assert "The portal had accepted it, but does not show it" in " ".join(told[0].split())


@pytest.mark.parametrize("took", [True, False])
async def test_p3_whoever_was_told_on_its_way_by_a_second_process_hears_how_it_ended(
    bench: Bench, took: bool
) -> None:
    """The form was taken up again while its write was still on its way: only one of the two can answer it."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        planned = await plan_take_back(desk, press, presser, of)
        assert isinstance(planned, Planned)

        async def slowly() -> None:
            assert "not known yet" in await bench.do(submit_take_back, press)
            stored = await bench.ledger.case(case.case_id)
            assert stored is not None
            [work] = stored.case.policy_works
            assert work.standing is WorkStanding.CHECKING
            assert (await find_outstanding(bench.desk, stored, work)).standing is WorkStanding.CHECKING
            if not took:
                raise Invalid("no")
            await planned.send()

        return replace(planned, send=slowly)

    await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    [told] = [text_of(one) for one in await bench.say() if one.effect_id.startswith("policy_doubt:")]
    assert ("had no effect" in told) is not took
    assert len(await bench.events("policy_change_in_doubt")) == 1


async def test_p3_a_change_that_was_given_up_and_is_shown_after_all_is_done(bench: Bench) -> None:
    """The process stood still between its write and its look, until the clock had given it up."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)

    async def plan(desk: Desk, press: Press, presser: Presser, of: Case) -> Planned | Refusal:
        planned = await plan_take_back(desk, press, presser, of)
        assert isinstance(planned, Planned)

        async def very_slowly() -> None:
            await bench.advance(seconds=81)
            assert (await tick(bench)).policy_works[0].standing is WorkStanding.WITHOUT_EFFECT
            await planned.send()

        return replace(planned, send=very_slowly)

    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await submitting._submit(bench.desk, press, PolicyAct.TAKE_BACK, plan)
    assert (await bench.case(case.case_id)).policy_works[0].standing is WorkStanding.DONE
    said = {one.effect_id.partition(":")[0]: text_of(one) for one in await bench.say() if one.slack_user_id}
    assert "had no effect" in said["policy_doubt"]
    assert "The portal shows it." in " ".join(said["answer"].split())
    assert "policy_after_all" in said


async def test_a_form_that_waited_through_an_outage_changes_nothing(bench: Bench) -> None:
    """As with decisions and maintenance modes: its presser has long looked elsewhere."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    press = await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    await bench.advance(minutes=10, seconds=1)
    assert "It was pressed a while ago" in " ".join((await bench.do(submit_take_back, press)).split())
    assert (await bench.case(case.case_id)).policy_works == ()
    assert bench.portal.calls[REMOVE] == 0
