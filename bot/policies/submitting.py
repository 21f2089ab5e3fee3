"""A submitted form for a policy: planned anew, judged, then sent, rehearsed, or prepared for the portal (P1, P4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers, decisions
from bot.desk import (
    MOVING,
    OUTLIVED,
    Desk,
    Presser,
    Ruling,
    Unidentified,
    answer,
    event_of,
    finish,
    has_outlived,
    judged_anew,
    not_taken,
    press_refused,
    pressed_stored,
    recognize,
    recording,
)
from bot.ledger import StoredCase
from bot.models import Case, PolicyAct, Press, Reach, WorkStanding
from bot.policies.planning import Planned, Refusal, plan_creation, plan_promotion, plan_take_back
from bot.policies.records import work_event
from bot.policies.verdict import ask_for, not_sent_because, own_request, weigh
from bot.policies.working import End, Order, carry_out, find_outstanding, refusal_of
from bot.portal import PortalError, TokenRefused
from bot.rules.typed import says, validation_faults
from permissions import Allowed

log = structlog.get_logger()

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
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, stored = found
    case = stored.case
    before = next((one for one in case.policy_works if one.press_id == press.press_id), None)
    if before is not None:
        await _answer(desk, press, case, await find_outstanding(desk, stored, before))
        return
    try:
        await judged_anew(
            press,
            partial(_judge_and_act, desk, press, presser, stored, act, plan),
            partial(_not_done, desk, press, case, MOVING),
        )
    except PortalError as error:
        log.warning("policy_not_changed", act=act.value, why=str(error))
        await _not_done(desk, press, case, refusal_of(error))


def _lacking(press: Press, presser: Presser, case: Case, act: PolicyAct) -> str:
    """What the submission lacks, whoever sent it; empty if nothing."""
    values = press.values
    if act is PolicyAct.PROMOTE:
        validated, confirmed = values.get(ids.VALIDATED_BLOCK, ""), values.get(ids.CONFIRMED_BLOCK, "")
        if faults := [each for each in validation_faults(validated, confirmed) if each]:
            head = "A promotion needs both: how it was validated, and who in the business confirmed."
            return " ".join([head, *faults])
    elif not says(values.get(ids.REASON_BLOCK, "")):
        return "Say why, in words; the record and the card's thread hold it."
    return own_request(presser, case, act)


async def _judge_and_act(  # noqa: PLR0917 - one use, and every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, stored: StoredCase, act: PolicyAct, plan: _Plan
) -> None:
    """The verdict, on identity and grants of this very moment (P1). Raises PortalError and StandpointMoved."""
    case = stored.case
    again = await recognize(desk, press)
    if isinstance(again, Unidentified):
        await _refused(desk, press, presser, case, recording.Refusal(why=again.why, told=again.sentence))
        return
    judged_at, judged = desk.now(), await _verdict(desk, press, again, case, act)
    if not isinstance(judged.verdict, Allowed):
        await _refused(desk, press, again, case, judged.refusal, judged.could)
        return
    lacking = OUTLIVED if has_outlived(desk, press) else _lacking(press, again, case, act)
    if lacking:
        await _not_done(desk, press, case, lacking)
        return
    planned = await plan(desk, press, again, case)
    if isinstance(planned, Refusal):
        await _not_done(desk, press, case, planned.sentence)
        return
    await _act(desk, _Permitted(press, again, stored, judged.verdict, judged_at), planned)


async def _verdict(desk: Desk, press: Press, presser: Presser, case: Case, act: PolicyAct) -> Ruling:
    tree = await desk.tree.current(holding=case.organization_id)
    chosen = press.values.get(ids.REACH_BLOCK, "")
    reach = Reach(chosen) if chosen in {one.value for one in Reach} else Reach.COMPUTER_GROUP
    return await weigh(desk, presser, case, ask_for(presser, case, act, reach), tree)


@dataclass(frozen=True, slots=True)
class _Permitted:
    """A submission that its presser may make, and since when that is known."""

    press: Press
    presser: Presser
    stored: StoredCase
    verdict: Allowed
    judged_at: datetime
    """How long it may still be acted on counts from here, not from its record."""


async def _act(desk: Desk, permitted: _Permitted, planned: Planned) -> None:
    """Prepared, rehearsed or sent. What would need a second pair of eyes is only prepared."""
    press, case = permitted.press, permitted.stored.case
    work = planned.work.model_copy(
        update={
            "rests_on": tuple(map(str, permitted.verdict.rests_on)),
            "recorded_at": desk.now(),
            "not_after": permitted.judged_at + desk.rules.decisions.send_within,
        }
    )
    closed = planned.not_sent_because or not_sent_because(desk.rules, work.act)
    if closed:
        said = decisions.prepared(work, planned.steps, closed, desk.rules.portal_link)
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
    end = await carry_out(desk, Order(press, permitted.presser, permitted.stored, work, planned.send))
    await _answer(desk, press, case, end)


def _end_said(end: End) -> Rendered:
    if end.standing in (WorkStanding.DONE, WorkStanding.CHECKING):
        return answers.said(end.sentence)
    return answers.refused(end.sentence)


async def _answer(desk: Desk, press: Press, case: Case, end: End) -> None:
    standing = end.standing.value if end.standing else "not_sent"
    event = event_of("press_answered", press, case, facts={"standing": standing})
    await finish(desk, press, [event], [answer(press, _end_said(end))])


async def _not_done(desk: Desk, press: Press, case: Case, sentence: str) -> None:
    """Nothing was changed, and no right of the presser's is the reason."""
    facts: dict[str, object] = {"standing": "not_done", "press": press.name}
    event = event_of("press_answered", press, case, facts=facts, private={"told": sentence})
    await finish(desk, press, [event], [await not_taken(desk, press, answers.refused(sentence))])


async def _refused(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk,
    press: Press,
    presser: Presser,
    case: Case,
    refusal: recording.Refusal,
    could: tuple[str, ...] = (),
) -> None:
    desk.metrics.refused(refusal.why)
    event = press_refused(press, refusal, presser=presser, case=case)
    said = answers.refused(refusal.told, could, _TEAM)
    await finish(desk, press, [event], [await not_taken(desk, press, said)])
