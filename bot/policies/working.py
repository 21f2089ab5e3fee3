"""One change of a policy: recorded, sent once, read back, told. The same order as for a decision (P2, P3).

    record ── send ──┬─ answered ─── read back ──┬─ shown ──────> deployed once, settled, told
                     ├─ refused ──── read back ──┤─ not shown ──> without effect (refused) or in doubt (answered)
                     └─ no answer ── read back ──┘─ unreadable ─> in doubt; the policy tick asks until it knows

Nothing here judges; the verdict was made before. The deployment is part of the recorded intent and is sent at most
once, by the press itself: a change that is only found out about later is told without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.desk import Amendment, Desk, Presser, amend, refusal_sentence
from bot.models import Case, PolicyAct, PolicyWork, Press, WorkStanding
from bot.policies.reading import shows
from bot.policies.records import ended, with_work, work_event
from bot.portal import OutcomeUnknown, PortalError
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
    case: Case
    work: PolicyWork
    send: Callable[[], Awaitable[None]]
    """Performs the write exactly once; raises PortalError."""


@dataclass(frozen=True, slots=True)
class End:
    """What became of an order, for the presser."""

    standing: WorkStanding | None
    """None: nothing was recorded, and nothing sent."""
    sentence: str


async def carry_out(desk: Desk, order: Order) -> End:
    """Record the change, send it, read it back. At most one at a time for a policy. Raises StandpointMoved."""
    work = order.work
    if desk.now() >= work.not_after:
        return End(None, "It took too long to get going. Nothing was sent; press again.")
    if not await _record(desk, order):
        return End(None, BUSY)
    reach(Seam.ATTEMPT_RECORDED)
    if desk.now() >= work.not_after:
        log.warning(
            "policy_change_not_sent", work_id=work.work_id, why="its time was over before it was sent"
        )
        return await _doubt(desk, order, "It took too long to get going, so it was not sent.")
    try:
        await order.send()
    except OutcomeUnknown as error:
        return await _read_back(desk, order, None, str(error))
    except PortalError as error:
        return await _read_back(desk, order, error, str(error))
    reach(Seam.WRITE_ANSWERED)
    return await _read_back(desk, order, None, "The portal accepted it but does not show it yet.")


async def _record(desk: Desk, order: Order) -> bool:
    """Write the intent into the case; False when the policy is no longer free for it."""
    work = order.work

    def make(case: Case) -> Amendment | None:
        if any(_in_the_way(one, work) for one in case.policy_works):
            return None
        return Amendment(
            with_work(case, work), (work_event("policy_change_attempted", order.press, case, work),)
        )

    standpoint = order.presser.standpoint(order.press)
    return await amend(desk, order.case.case_id, make, judged_on=standpoint) is not None


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


async def _read_back(desk: Desk, order: Order, refusal: PortalError | None, why: str) -> End:
    """Ask the portal what became of it."""
    try:
        policy_id = await shows(desk, order.case.organization_id, order.work)
    except PortalError as error:
        return await _doubt(desk, order, f"{why} Reading it back failed: {error}")
    if policy_id is not None:
        return await _settle(desk, order, policy_id)
    if refusal is not None:
        return await _undo(desk, order, refusal)
    return await _doubt(desk, order, why)


async def _settle(desk: Desk, order: Order, policy_id: str) -> End:
    """The portal shows it. Deployed once, then recorded and told."""
    is_deployed = await _deploy(desk, order)
    told = DEPLOYED if is_deployed else NOT_DEPLOYED

    def make(case: Case) -> Amendment | None:
        return ended(
            desk, case, order.work, WorkStanding.DONE, press=order.press, made=policy_id, deployed=told
        )

    await amend(desk, order.case.case_id, make)
    reach(Seam.DECISION_RECORDED)
    return End(WorkStanding.DONE, f"{order.work.effect} The portal shows it. {told}")


async def _deploy(desk: Desk, order: Order) -> bool:
    """Best effort and once; a change that is not deployed is made all the same, and said."""
    try:
        await desk.portal.deploy_policies(order.case.organization_id)
    except PortalError as error:
        log.warning("policies_not_deployed", work_id=order.work.work_id, why=str(error))
        return False
    return True


async def _undo(desk: Desk, order: Order, refusal: PortalError) -> End:
    """The portal refused the write, and shows no trace of it."""

    def make(case: Case) -> Amendment | None:
        return ended(desk, case, order.work, WorkStanding.WITHOUT_EFFECT, press=order.press, refusal=refusal)

    await amend(desk, order.case.case_id, make)
    return End(WorkStanding.WITHOUT_EFFECT, refusal_of(refusal))


async def _doubt(desk: Desk, order: Order, why: str) -> End:
    """The outcome is unknown: say so, and let the policy tick find out. What it has found out already stands."""

    ended_as: list[WorkStanding] = []

    def make(case: Case) -> Amendment | None:
        held = next((one for one in case.policy_works if one.work_id == order.work.work_id), None)
        if held is None or not held.standing.is_open:
            ended_as[:] = [held.standing] if held else []
            return None
        doubted = held.model_copy(update={"standing": WorkStanding.CHECKING})
        event = work_event("policy_change_in_doubt", order.press, case, doubted, told=why)
        return Amendment(with_work(case, doubted), (event,))

    await amend(desk, order.case.case_id, make)
    if WorkStanding.DONE in ended_as:
        return End(WorkStanding.DONE, f"{order.work.effect} The portal shows it. {NOT_DEPLOYED}")
    if WorkStanding.WITHOUT_EFFECT in ended_as:
        return End(WorkStanding.WITHOUT_EFFECT, WITHOUT_EFFECT)
    return End(WorkStanding.CHECKING, IN_DOUBT)


def refusal_of(refusal: PortalError) -> str:
    """What the presser of a policy's form reads when the portal itself says no."""
    return refusal_sentence(refusal, otherwise="do it in the portal", so="Nothing was changed.")
