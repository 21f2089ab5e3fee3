"""A change of a policy, as the attempt engine carries it out: its record, its read-back, its ends (P2, P3).

The order is the engine's (`bot.desk.attempting`). Nothing here judges; the verdict was made before. The deployment is
part of the recorded intent and is sent at most once, by the press itself: a change that is only found out about later
is told without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.desk import Amendment, Desk, Presser, amend, attempting, refusal_sentence
from bot.desk.attempting import NOT_SENT, Doubt, NotFree, Write
from bot.ledger import StoredCase
from bot.models import Case, PolicyAct, PolicyWork, Press, WorkStanding
from bot.policies.reading import shows
from bot.policies.records import ended, with_work, work_event, work_in
from bot.portal import PortalError
from bot.seams import Seam, reach

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
    end = as_it_stands(work or order.work)
    return (
        replace(end, sentence=f"{end.sentence} {NOT_DEPLOYED}") if end.standing is WorkStanding.DONE else end
    )


def as_it_stands(work: PolicyWork) -> End:
    """To a press whose change is in the record already: it makes no second one (P2)."""
    if work.standing is WorkStanding.DONE:
        return End(WorkStanding.DONE, f"{work.effect} The portal shows it.")
    if work.standing.is_open:
        return End(WorkStanding.CHECKING, IN_DOUBT)
    return End(WorkStanding.WITHOUT_EFFECT, WITHOUT_EFFECT)


def refusal_of(refusal: PortalError) -> str:
    """What the presser of a policy's form reads when the portal itself says no."""
    return refusal_sentence(refusal, otherwise="do it in the portal", so="Nothing was changed.")
