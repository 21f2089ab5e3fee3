"""A change of a policy: sent once, read back, and asked about until the portal shows it (P2, P3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.cards.case.offers import Approved
from bot.desk import Amendment, Desk, Presser, amend, attempting, refusal_sentence
from bot.desk.attempting import NOT_SENT, Doubt, NotFree, Write
from bot.ledger import StoredCase
from bot.models import (
    ApplicationUse,
    Case,
    DecisionNote,
    Effect,
    Event,
    PolicyAct,
    PolicyWork,
    Press,
    TakenDue,
    WorkStanding,
)
from bot.policies.records import ended, with_work, work_event, work_in
from bot.portal import PolicyRow, PortalError, applications_of, names_attempt, newly_there, why_not_ours
from bot.rules.attempts import Turn, may_be_sent, turn_of
from bot.seams import Seam, reach


@dataclass(frozen=True, slots=True)
class Behind:
    """The policy behind an approval, as the portal has it now."""

    policy: PolicyRow | None
    why_not: str = ""
    """Why it cannot be changed from here; empty if it can. Then `policy` is there, and ours."""

    @property
    def application_id(self) -> str:
        """The one application that it permits."""
        return applications_of(self.policy)[0] if self.policy is not None else ""


async def policy_behind(desk: Desk, approved: Approved) -> Behind:
    """Read the policy that an approval of ours made. Raises PortalError."""
    organization_id = approved.entry.facts.organization_id
    policy = await desk.portal.policy(approved.state.policy_id, organization_id)
    if policy is None:
        return Behind(None, "the portal has no such policy in this organization any more")
    why = why_not_ours(
        policy,
        attempt_id=approved.attempt.attempt_id,
        application_id=approved.state.application_id,
        application_was_new=approved.attempt.choice.application.use is ApplicationUse.NEW,
        applies_to_id=approved.place.applies_to_id,
    )
    if not why and policy.is_enabled is False:
        why = "it is switched off already"
    return Behind(policy, why)


@dataclass(frozen=True, slots=True)
class Shown:
    """The portal shows a change."""

    policy_id: str
    """The policy that it is about."""
    is_marked: bool = False
    """It carries our mark, so that nobody else can have made it."""


async def shows(desk: Desk, organization_id: str, work: PolicyWork) -> Shown | None:
    """What the portal shows of the change by now; None: nothing. Raises PortalError: then nothing is known."""
    if work.act is PolicyAct.TAKE_BACK:
        return Shown(work.policy_id) if await _is_gone(desk, organization_id, work) else None
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    mark = work.work_id if work.act is PolicyAct.CREATE else ""
    applies_to_id = work.place.applies_to_id if work.place is not None else ""
    found = newly_there(
        listed, work.there_before, name=work.policy_name, applies_to_id=applies_to_id, mark=mark
    )
    if found is None:
        return None
    return Shown(found.policy_id, is_marked=bool(mark) and names_attempt(found.description, mark))


async def _is_gone(desk: Desk, organization_id: str, work: PolicyWork) -> bool:
    """Asked of the policy itself and of its application's list: one silence alone proves nothing.

    One that is only switched off is gone where the portal has said yes to its removal: else somebody switched it off.
    """
    policy = await desk.portal.policy(work.policy_id, organization_id)
    if policy is not None:
        return policy.is_enabled is False and work.answered
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    return not listed.odd and all(one.policy_id != work.policy_id for one in listed)


log = structlog.get_logger()

DEPLOYED = "The organization's policies are deployed; computers take it up at their next check-in."
NOT_DEPLOYED = "Not deployed: press “Deploy policies” in the portal, else the computers do not hear of it."
IN_DOUBT = (
    "The outcome is not known yet. Nothing is sent again; Gatehouse keeps asking the portal and tells you."
)
WITHOUT_EFFECT = "It had no effect. Press again for a new attempt."
NO_YES = "The portal shows it, but gave no yes to this press: somebody there may have done it."
BUSY = "Somebody was faster: this policy has been changed meanwhile, or a change of it is on its way. Look again."


_CLOCKS = timedelta(seconds=5)
"""How far the clocks of two replicas may be apart (our choice; what they share is corrected at two seconds)."""


@dataclass(frozen=True, slots=True)
class Order:
    """A judged change, ready to be recorded and sent."""

    press: Press
    presser: Presser
    known: StoredCase
    """The case as this press has read it."""
    work: PolicyWork
    send: Callable[[], Awaitable[None]]
    """Performs the write exactly once; raises PortalError."""

    @property
    def case_id(self) -> str:
        """The case whose record holds the change."""
        return self.known.case.case_id


@dataclass(frozen=True, slots=True)
class End:
    """What became of an order, for the presser."""

    standing: WorkStanding | None
    """None: nothing was recorded, and nothing sent."""
    sentence: str


async def carry_out(desk: Desk, order: Order) -> End:
    """Record the change, send it, read it back. At most one at a time for a policy. Raises StandpointMoved."""
    write = Write(
        attempt_id=order.work.work_id,
        not_after=order.work.not_after,
        counted_as=f"policy_{order.work.act.value}",
        too_late=_too_late,
        record=partial(_record, desk, order),
        send=order.send,
        note_yes=partial(_note_yes, desk, order),
        look=partial(_look, desk, order),
        shows=_is_shown,
        settle=partial(_settle, desk, order),
        undo=partial(_undo, desk, order),
        doubt=partial(_doubt, desk, order),
    )
    return await attempting.carry_out(desk, write)


async def _too_late() -> End:
    return End(None, attempting.TOO_LATE)


async def _record(desk: Desk, order: Order) -> StoredCase | NotFree[End]:
    """Write the intent into the case, unless the policy is no longer free for it."""
    work = order.work
    judged_at = work.not_after - desk.rules.decisions.send_within

    def make(case: Case) -> Amendment | None:
        if any(_in_the_way(one, work, judged_at) for one in case.policy_works):
            return None
        event = work_event("policy_change_attempted", order.press, case, work)
        return Amendment(with_work(case, work), (event,))

    standpoint = order.presser.standpoint(order.press)
    recorded = await amend(desk, order.case_id, make, judged_on=standpoint, known=order.known)
    return recorded if recorded is not None else NotFree(End(None, BUSY))


def _in_the_way(one: PolicyWork, work: PolicyWork, judged_at: datetime) -> bool:
    """The trace of this very press, another open change of the same policy, or the same change made just now.

    What was made before this press was judged is in the portal's own answers, on which that rests: where these do not
    show it, somebody has undone it there since.
    """
    if one.press_id == work.press_id:
        return True
    if one.standing is WorkStanding.WITHOUT_EFFECT:
        return False
    if one.ended_at is not None and one.ended_at < judged_at - _CLOCKS:
        return False
    same = one.act is work.act and one.place == work.place
    if work.policy_id and one.policy_id == work.policy_id:
        return one.standing.is_open or one.act is PolicyAct.TAKE_BACK or same
    return same and not work.policy_id and one.application_id == work.application_id


async def _note_yes(desk: Desk, order: Order, held: StoredCase) -> StoredCase:
    """Into the record alone; the card says nothing of it, since only what the portal shows counts (P3)."""

    def make(case: Case) -> Amendment | None:
        work = work_in(case, order.work)
        if work is None or work.answered:
            return None
        answered = work.model_copy(update={"answered": True, "ours": True})
        event = work_event("policy_write_answered", order.press, case, answered)
        return Amendment(with_work(case, answered), (event,), is_shown=not work.ours)

    return await amend(desk, order.case_id, make, known=held) or held


async def _look(desk: Desk, order: Order, held: StoredCase) -> Shown | None:
    return await shows(desk, held.case.organization_id, work_in(held.case, order.work) or order.work)


def _is_shown(_: StoredCase, shown: Shown | None) -> bool:
    return shown is not None


async def _settle(desk: Desk, order: Order, held: StoredCase, shown: Shown | None) -> End:
    """The portal shows it. Deployed once, then recorded and told."""
    is_deployed = await _deploy(desk, order)
    told = DEPLOYED if is_deployed else NOT_DEPLOYED

    def make(case: Case) -> Amendment | None:
        return _done(desk, case, order.work, shown, press=order.press, deployed=told)

    after = await amend(desk, order.case_id, make, known=held) or await desk.ledger.case(order.case_id)
    reach(Seam.DECISION_RECORDED)
    work = work_in(after.case, order.work) if after is not None else None
    return End(WorkStanding.DONE, f"{_as_it_stands(work or order.work).sentence} {told}")


def _done(
    desk: Desk, case: Case, work: PolicyWork, shown: Shown | None, *, press: Press | None, deployed: str
) -> Amendment | None:
    made, is_marked = (shown.policy_id, shown.is_marked) if shown is not None else ("", False)
    return ended(
        desk, case, work, WorkStanding.DONE, press=press, made=made, is_marked=is_marked, deployed=deployed
    )


async def _deploy(desk: Desk, order: Order) -> bool:
    """Best effort and once; a change that is not deployed is made all the same, and said."""
    try:
        await desk.portal.deploy_policies(order.known.case.organization_id)
    except PortalError as error:
        log.warning("policies_not_deployed", work_id=order.work.work_id, why=str(error))
        return False
    return True


async def _undo(desk: Desk, order: Order, held: StoredCase, _: Shown | None, refusal: PortalError) -> End:
    """The portal refused the write, and shows no trace of it."""

    def make(case: Case) -> Amendment | None:
        return ended(desk, case, order.work, WorkStanding.WITHOUT_EFFECT, press=order.press, refusal=refusal)

    if await amend(desk, order.case_id, make, known=held) is None:
        return await _as_found_out(desk, order)
    return End(WorkStanding.WITHOUT_EFFECT, refusal_of(refusal))


async def _doubt(desk: Desk, order: Order, held: StoredCase, doubt: Doubt) -> End:
    """The outcome is unknown: say so, and let the policy tick find out. What it has found out already stands."""

    def make(case: Case) -> Amendment | None:
        work = work_in(case, order.work)
        if work is None or not work.standing.is_open:
            return None
        doubted = work.model_copy(update={"standing": WorkStanding.CHECKING})
        event = work_event("policy_change_in_doubt", order.press, case, doubted, told=doubt.why)
        return Amendment(with_work(case, doubted), (event,))

    if await amend(desk, order.case_id, make, known=held) is None:
        return await _as_found_out(desk, order)
    return End(WorkStanding.CHECKING, IN_DOUBT if doubt.is_sent else NOT_SENT)


async def _as_found_out(desk: Desk, order: Order) -> End:
    """The clock was faster than this press: what the record says of the change by now. The clock deploys nothing."""
    stored = await desk.ledger.case(order.case_id)
    work = work_in(stored.case, order.work) if stored is not None else None
    end = _as_it_stands(work or order.work)
    return (
        replace(end, sentence=f"{end.sentence} {NOT_DEPLOYED}") if end.standing is WorkStanding.DONE else end
    )


async def find_outstanding(desk: Desk, stored: StoredCase, work: PolicyWork) -> End:
    """To a press whose change is in the record already: it makes no second one (P2).

    The process that made it may still be at work, and one of the two answers the press. So what is not over is in doubt
    from now on: its end is told by whoever finds it out.
    """

    def make(case: Case) -> Amendment | None:
        held = work_in(case, work)
        if held is None or held.standing is not WorkStanding.SENDING:
            return None
        doubted = held.model_copy(update={"standing": WorkStanding.CHECKING})
        return Amendment(
            with_work(case, doubted), (work_event("policy_change_in_doubt", None, case, doubted),)
        )

    case_id = stored.case.case_id
    after = await amend(desk, case_id, make, known=stored) or await desk.ledger.case(case_id)
    now = work_in(after.case, work) if after else None
    return _as_it_stands(now or work)


def _as_it_stands(work: PolicyWork) -> End:
    if work.standing is WorkStanding.DONE:
        return End(WorkStanding.DONE, f"{work.effect} {'The portal shows it.' if work.ours else NO_YES}")
    if work.standing.is_open:
        return End(WorkStanding.CHECKING, IN_DOUBT)
    return End(WorkStanding.WITHOUT_EFFECT, WITHOUT_EFFECT)


def refusal_of(refusal: PortalError) -> str:
    """What the presser of a policy's form reads when the portal itself says no."""
    return refusal_sentence(refusal, otherwise="do it in the portal", so="Nothing was changed.")


async def reconcile_policies(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Look at every open change of a case once. Whatever stays open is looked at again in seconds."""
    seen: dict[str, Shown | None] = {}
    for work in case.policy_works:
        if not work.standing.is_open or may_be_sent(work.not_after, desk.now()):
            continue
        try:
            seen[work.work_id] = await shows(desk, case.organization_id, work)
        except PortalError as error:
            log.warning("policy_change_not_asked_about", work_id=work.work_id, why=str(error))

    def make(current: Case) -> Amendment | None:
        return _amendment(desk, current, seen)

    await amend(desk, case.case_id, make, taken=taken)


def _amendment(desk: Desk, case: Case, seen: dict[str, Shown | None]) -> Amendment | None:
    """What the look makes of the open changes. None: nothing is new, and only another look is armed."""
    events: list[Event] = []
    effects: list[Effect] = []
    notes: list[DecisionNote] = []
    current = case
    for work in case.policy_works:
        if not work.standing.is_open or may_be_sent(work.not_after, desk.now()):
            continue
        step = _step(desk, current, work, seen)
        current = step.case
        events += step.events
        effects += step.effects
        notes += step.notes
    return Amendment(current, events, effects, notes=notes) if events else None


def _step(desk: Desk, case: Case, work: PolicyWork, seen: dict[str, Shown | None]) -> Amendment:
    """One open change after a look at the portal."""
    made = seen.get(work.work_id)
    shown = made is not None if work.work_id in seen else None
    turn = turn_of(work.not_after, desk.now(), desk.rules, shown=shown)
    if turn is Turn.SETTLE:
        done = _done(desk, case, work, made, press=None, deployed=NOT_DEPLOYED)
        return done or Amendment(case, ())
    if turn is Turn.REOPEN:
        gone = ended(desk, case, work, WorkStanding.WITHOUT_EFFECT)
        return gone or Amendment(case, ())
    if work.standing is WorkStanding.CHECKING:
        return Amendment(case, ())
    doubted = work.model_copy(update={"standing": WorkStanding.CHECKING})
    return Amendment(with_work(case, doubted), (work_event("policy_change_in_doubt", None, case, doubted),))
