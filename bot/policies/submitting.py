"""A submitted form for a policy: planned anew, judged, then sent, rehearsed, or prepared for the portal (P1, P4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.cards.kit import ids
from bot.cards.kit.rendered import Rendered
from bot.cards.messages import answers, policies
from bot.desk import (
    Desk,
    Presser,
    StandpointMoved,
    Unidentified,
    answer,
    case_of,
    event_of,
    finish,
    identify,
    recognize,
)
from bot.models import Case, PolicyAct, PolicyWork, Press, Reach, WorkStanding
from bot.policies.gates import not_sent_because
from bot.policies.orders import Planned, Refusal, plan_creation, plan_promotion, plan_take_back
from bot.policies.records import work_event
from bot.policies.verdict import Judged, ask_for, own_request, weigh
from bot.policies.working import IN_DOUBT, WITHOUT_EFFECT, End, Order, carry_out, refusal_of
from bot.portal import PortalError, TokenRefused
from permissions import Allowed

log = structlog.get_logger()

_JUDGED_ANEW = 3
"""How often a press is judged again because grants changed under it (our choice)."""
_TEAM = "the escalation team"
_Plan = Callable[[Desk, Press, Presser, Case], Awaitable[Planned | Refusal]]


async def submit_take_back(desk: Desk, press: Press) -> None:
    """“Take back” was submitted."""
    await _submit(desk, press, PolicyAct.TAKE_BACK, plan_take_back)


async def submit_promotion(desk: Desk, press: Press) -> None:
    """“Promote” was submitted."""
    await _submit(desk, press, PolicyAct.PROMOTE, plan_promotion)


async def submit_creation(desk: Desk, press: Press) -> None:
    """“Create policy” was submitted."""
    await _submit(desk, press, PolicyAct.CREATE, plan_creation)


async def _submit(desk: Desk, press: Press, act: PolicyAct, plan: _Plan) -> None:
    presser = await identify(desk, press)
    case = await case_of(desk, press) if presser is not None else None
    if presser is None or case is None:
        return
    before = next((one for one in case.policy_works if one.press_id == press.press_id), None)
    if before is not None:
        await _answer(desk, press, case, _as_it_stands(before), {"standing": before.standing.value})
        return
    lacking = _lacking(press, presser, case, act)
    if lacking:
        await _not_done(desk, press, case, lacking)
        return
    try:
        await _judge_and_act(desk, press, case, act, plan)
    except PortalError as error:
        log.warning("policy_not_changed", act=act.value, why=str(error))
        await _not_done(desk, press, case, refusal_of(error))


def _lacking(press: Press, presser: Presser, case: Case, act: PolicyAct) -> str:
    """What the submission lacks, whoever sent it; empty if nothing."""
    values = press.values
    if act is PolicyAct.PROMOTE:
        confirmed = (
            values.get(ids.VALIDATED_BLOCK, "").strip() and values.get(ids.CONFIRMED_BLOCK, "").strip()
        )
        if not confirmed:
            return "A promotion needs both: how it was validated, and who in the business confirmed."
    elif not values.get(ids.REASON_BLOCK, "").strip():
        return "Say why; the record and the card's thread hold it."
    return own_request(presser, case, act)


async def _judge_and_act(desk: Desk, press: Press, case: Case, act: PolicyAct, plan: _Plan) -> None:
    """The verdict, on identity and grants of this very moment. Raises PortalError."""
    for _ in range(_JUDGED_ANEW):
        again = await recognize(desk, press)
        if isinstance(again, Unidentified):
            await _refused(desk, press, case, again.sentence, why=again.why)
            return
        judged_at, judged = desk.now(), await _verdict(desk, press, again, case, act)
        if not isinstance(judged.verdict, Allowed):
            await _refused(
                desk, press, case, judged.verdict.sentence, judged.could, why=judged.verdict.why.value
            )
            return
        planned = await plan(desk, press, again, case)
        if isinstance(planned, Refusal):
            await _not_done(desk, press, case, planned.sentence)
            return
        try:
            await _act(desk, _Permitted(press, again, case, judged.verdict, judged_at), planned)
        except StandpointMoved as moved:
            log.info("judged_anew", press_id=press.press_id, why=str(moved))
        else:
            return
    await _not_done(desk, press, case, "Grants are being changed at this moment. Press again.")


async def _verdict(desk: Desk, press: Press, presser: Presser, case: Case, act: PolicyAct) -> Judged:
    tree = await desk.tree.current(holding=case.organization_id)
    chosen = press.values.get(ids.REACH_BLOCK, "")
    reach = Reach(chosen) if chosen in {one.value for one in Reach} else Reach.COMPUTER_GROUP
    return await weigh(desk, presser, case, ask_for(presser, case, act, reach), tree)


@dataclass(frozen=True, slots=True)
class _Permitted:
    """A submission that its presser may make, and since when that is known."""

    press: Press
    presser: Presser
    case: Case
    verdict: Allowed
    judged_at: datetime
    """How long it may still be acted on counts from here, not from its record."""


async def _act(desk: Desk, permitted: _Permitted, planned: Planned) -> None:
    """Prepared, rehearsed or sent. What would need a second pair of eyes is only prepared."""
    press, case = permitted.press, permitted.case
    work = planned.work.model_copy(
        update={
            "rests_on": tuple(map(str, permitted.verdict.rests_on)),
            "recorded_at": desk.now(),
            "not_after": permitted.judged_at + desk.rules.attempt_not_after,
        }
    )
    closed = planned.not_sent_because or not_sent_because(desk.rules, work.act)
    if closed:
        said = policies.prepared(work, planned.steps, closed, desk.rules.portal_link)
        await finish(
            desk,
            press,
            [work_event("policy_text_prepared", press, case, work, told=closed)],
            [answer(press, said)],
        )
        return
    if not desk.rules.writes_on:
        sentence = f"Writes are off, so nothing was sent; with writes on: {work.effect}"
        event = work_event("policy_change_rehearsed", press, case, work)
        await finish(desk, press, [event], [answer(press, answers.said(sentence))])
        return
    if not desk.gate.is_open:
        await _not_done(desk, press, case, refusal_of(TokenRefused("the token was refused before")))
        return
    end = await carry_out(desk, Order(press, permitted.presser, case, work, planned.send))
    standing = end.standing.value if end.standing else "not_sent"
    await _answer(desk, press, case, _end_said(end), {"standing": standing})


def _end_said(end: End) -> Rendered:
    if end.standing in (WorkStanding.DONE, WorkStanding.CHECKING):
        return answers.said(end.sentence)
    return answers.refused(end.sentence)


def _as_it_stands(work: PolicyWork) -> Rendered:
    """To a press that was taken up again after a crash: it makes no second change (P2)."""
    if work.standing is WorkStanding.DONE:
        return answers.said(f"{work.effect} The portal shows it.")
    if work.standing.is_open:
        return answers.said(IN_DOUBT)
    return answers.refused(WITHOUT_EFFECT)


async def _answer(desk: Desk, press: Press, case: Case, said: Rendered, facts: dict[str, object]) -> None:
    await finish(desk, press, [event_of("press_answered", press, case, facts=facts)], [answer(press, said)])


async def _not_done(desk: Desk, press: Press, case: Case, sentence: str) -> None:
    """Nothing was changed, and no right of the presser's is the reason."""
    facts: dict[str, object] = {"standing": "not_done", "press": press.name}
    event = event_of("press_answered", press, case, facts=facts, private={"told": sentence})
    await finish(desk, press, [event], [answer(press, answers.refused(sentence))])


async def _refused(
    desk: Desk, press: Press, case: Case, sentence: str, could: tuple[str, ...] = (), *, why: str
) -> None:
    desk.metrics.refused(why)
    facts: dict[str, object] = {"why": why, "press": press.name}
    event = event_of("press_refused", press, case, facts=facts, private={"told": sentence})
    await finish(desk, press, [event], [answer(press, answers.refused(sentence, could, _TEAM))])
