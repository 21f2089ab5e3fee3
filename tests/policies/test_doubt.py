"""A change of a policy in doubt: what the clock has found out stays found out, and asking costs nothing for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.kit import ids
from bot.desk import Desk, Presser
from bot.models import Case, PolicyAct, Press, UnprovenWrite, WorkStanding
from bot.models.policies import works_due
from bot.policies import submitting
from bot.policies.orders import Planned, Refusal, plan_take_back
from bot.policies.submitting import submit_take_back
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench
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
