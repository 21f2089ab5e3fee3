"""A change of a policy: sent once, read back, and asked about until the portal shows it (P2, P3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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
from bot.portal import PolicyRow, PortalError, applications_of, newly_there, why_not_ours
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


async def shows(desk: Desk, organization_id: str, work: PolicyWork) -> str | None:
    """Whether the portal shows the change by now: the id of the policy that it is about; None: it does not.

    Raises PortalError: then nothing is known.
    """
    if work.act is PolicyAct.TAKE_BACK:
        return work.policy_id if await _is_gone(desk, organization_id, work) else None
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    mark = work.work_id if work.act is PolicyAct.CREATE else ""
    applies_to_id = work.place.applies_to_id if work.place is not None else ""
    found = newly_there(
        listed, work.there_before, name=work.policy_name, applies_to_id=applies_to_id, mark=mark
    )
    return found.policy_id if found is not None else None


async def _is_gone(desk: Desk, organization_id: str, work: PolicyWork) -> bool:
    """Asked of the policy itself and of its application's list: one silence alone proves nothing."""
    policy = await desk.portal.policy(work.policy_id, organization_id)
    if policy is not None:
        return policy.is_enabled is False
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    return not listed.odd and all(one.policy_id != work.policy_id for one in listed)


log = structlog.get_logger()

DEPLOYED = "The organization's policies are deployed; computers take it up at their next check-in."
NOT_DEPLOYED = "Not deployed: press “Deploy policies” in the portal, else the computers do not hear of it."
IN_DOUBT = (
    "The outcome is not known yet. Nothing is sent again; Gatehouse keeps asking the portal and tells you."
)
WITHOUT_EFFECT = "It had no effect. Press again for a new attempt."
BUSY = "Somebody was faster: this policy has been changed meanwhile, or a change of it is on its way. Look again."


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

    def make(case: Case) -> Amendment | None:
        if any(_in_the_way(one, work) for one in case.policy_works):
            return None
        event = work_event("policy_change_attempted", order.press, case, work)
        return Amendment(with_work(case, work), (event,))

    standpoint = order.presser.standpoint(order.press)
    recorded = await amend(desk, order.case_id, make, judged_on=standpoint, known=order.known)
    return recorded if recorded is not None else NotFree(End(None, BUSY))


def _in_the_way(one: PolicyWork, work: PolicyWork) -> bool:
    """The trace of this very press, another open change of the same policy, or the same change made already."""
    if one.press_id == work.press_id:
        return True
    if one.standing is WorkStanding.WITHOUT_EFFECT:
        return False
    same = one.act is work.act and one.place == work.place
    if work.policy_id and one.policy_id == work.policy_id:
        return one.standing.is_open or one.act is PolicyAct.TAKE_BACK or same
    return same and not work.policy_id and one.application_id == work.application_id


async def _note_yes(desk: Desk, order: Order, held: StoredCase) -> StoredCase:
    """Into the record alone; the card says nothing of it, since only what the portal shows counts (P3)."""

    def make(case: Case) -> Amendment | None:
        work = work_in(case, order.work)
        if work is None or not work.standing.is_open:
            return None
        answered = work.model_copy(update={"answered": True})
        event = work_event("policy_write_answered", order.press, case, answered)
        return Amendment(with_work(case, answered), (event,), is_shown=False)

    return await amend(desk, order.case_id, make, known=held) or held


async def _look(desk: Desk, order: Order, held: StoredCase) -> str | None:
    """The id of the policy that the portal shows; None where it does not show the change."""
    return await shows(desk, held.case.organization_id, order.work)


def _is_shown(_: StoredCase, policy_id: str | None) -> bool:
    return policy_id is not None


async def _settle(desk: Desk, order: Order, held: StoredCase, policy_id: str | None) -> End:
    """The portal shows it. Deployed once, then recorded and told."""
    is_deployed = await _deploy(desk, order)
    told = DEPLOYED if is_deployed else NOT_DEPLOYED

    def make(case: Case) -> Amendment | None:
        return ended(
            desk, case, order.work, WorkStanding.DONE, press=order.press, made=policy_id or "", deployed=told
        )

    await amend(desk, order.case_id, make, known=held)
    reach(Seam.DECISION_RECORDED)
    return End(WorkStanding.DONE, f"{order.work.effect} The portal shows it. {told}")


async def _deploy(desk: Desk, order: Order) -> bool:
    """Best effort and once; a change that is not deployed is made all the same, and said."""
    try:
        await desk.portal.deploy_policies(order.known.case.organization_id)
    except PortalError as error:
        log.warning("policies_not_deployed", work_id=order.work.work_id, why=str(error))
        return False
    return True


async def _undo(desk: Desk, order: Order, held: StoredCase, _: str | None, refusal: PortalError) -> End:
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
        return End(WorkStanding.DONE, f"{work.effect} The portal shows it.")
    if work.standing.is_open:
        return End(WorkStanding.CHECKING, IN_DOUBT)
    return End(WorkStanding.WITHOUT_EFFECT, WITHOUT_EFFECT)


def refusal_of(refusal: PortalError) -> str:
    """What the presser of a policy's form reads when the portal itself says no."""
    return refusal_sentence(refusal, otherwise="do it in the portal", so="Nothing was changed.")


async def reconcile_policies(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Look at every open change of a case once. Whatever stays open is looked at again in seconds."""
    seen: dict[str, str | None] = {}
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


def _amendment(desk: Desk, case: Case, seen: dict[str, str | None]) -> Amendment | None:
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


def _step(desk: Desk, case: Case, work: PolicyWork, seen: dict[str, str | None]) -> Amendment:
    """One open change after a look at the portal."""
    made = seen.get(work.work_id)
    shown = made is not None if work.work_id in seen else None
    turn = turn_of(work.not_after, desk.now(), desk.rules, shown=shown)
    if turn is Turn.SETTLE:
        done = ended(desk, case, work, WorkStanding.DONE, made=made or "", deployed=NOT_DEPLOYED)
        return done or Amendment(case, ())
    if turn is Turn.REOPEN:
        gone = ended(desk, case, work, WorkStanding.WITHOUT_EFFECT)
        return gone or Amendment(case, ())
    if work.standing is WorkStanding.CHECKING:
        return Amendment(case, ())
    doubted = work.model_copy(update={"standing": WorkStanding.CHECKING})
    return Amendment(with_work(case, doubted), (work_event("policy_change_in_doubt", None, case, doubted),))
