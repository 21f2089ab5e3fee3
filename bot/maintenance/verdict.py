"""Whether somebody may start, extend or end a maintenance mode: the permission rules' word, and who else could."""

from __future__ import annotations

from bot.desk import Desk, Presser, Ruling, asked_by, could_instead, present
from bot.models import Kind, MaintenanceMode, RunningMode
from permissions import (
    Action,
    Allowed,
    Ask,
    Door,
    Maintenance,
    OrganizationTree,
    RefusalReason,
    Refused,
    judge,
)

_OWN_WAITS = (
    "A request of your own waits for this computer, and a maintenance mode would let it run, so starting one there is "
    "for somebody else; you may still deny or escalate the request."
)


def ask_for(
    presser: Presser,
    organization_id: str,
    mode: MaintenanceMode,
    door: Door,
    *,
    own_request: bool | None = False,
) -> Ask:
    """The question about one mode at one door; from a request it is an application request's, this computer."""
    return Ask(
        person_id=presser.person.person_id,
        action=Action.MAINTAIN,
        organization_id=organization_id,
        kind=Kind.APPLICATION if door is Door.REQUEST else None,
        maintenance=Maintenance(mode, door),
        own_request=own_request,
    )


def weigh(desk: Desk, presser: Presser, tree: OrganizationTree, ask: Ask) -> Allowed | Refused:
    """The rules' answer, now."""
    return judge(ask, presser.access, tree, desk.now())


async def judge_start(
    desk: Desk, presser: Presser, organization_id: str, computer_id: str, mode: MaintenanceMode
) -> Ruling:
    """Starting a mode from a computer. Raises PortalError when the organizations cannot be had: then nobody may.

    Not where a request of the presser's own waits: it would run under the mode, whoever else would refuse it.
    """
    tree = await desk.tree.current(holding=organization_id)
    ask = ask_for(presser, organization_id, mode, Door.COMPUTER)
    judged = await _judged(desk, presser, tree, [ask])
    if isinstance(judged.verdict, Refused) or not await _waits_for_own(desk, presser, computer_id):
        return judged
    refused = Refused(RefusalReason.OWN_REQUEST, (), judged.verdict.where, lambda: _OWN_WAITS)
    return Ruling(refused, await present(desk, presser, could_instead(desk, presser, ask, tree)))


async def _waits_for_own(desk: Desk, presser: Presser, computer_id: str) -> bool:
    """Whether an open request of the presser's own is of this computer."""
    held = await desk.ledger.cases(await desk.ledger.case_ids_of_computer(computer_id))
    waiting = (entry.facts for stored in held.values() for entry in stored.case.open_requests)
    return any(
        facts.computer_id == computer_id
        and asked_by(presser.person, facts, presser.access, presser.user.email) is True
        for facts in waiting
    )


async def judge_running(desk: Desk, presser: Presser, mode: RunningMode) -> Ruling:
    """Ending or extending one: the same right as starting it. Raises PortalError.

    A mode that was started from a request is open to both doors, any other one to the computer's alone.
    """
    tree = await desk.tree.current(holding=mode.organization_id)
    asks = [ask_for(presser, mode.organization_id, mode.mode, Door.COMPUTER)]
    if mode.door is Door.REQUEST:
        own = await _is_own(desk, presser, mode)
        asks.insert(0, ask_for(presser, mode.organization_id, mode.mode, Door.REQUEST, own_request=own))
    return await _judged(desk, presser, tree, asks)


async def _judged(desk: Desk, presser: Presser, tree: OrganizationTree, asks: list[Ask]) -> Ruling:
    """The first yes; else the no that lacks the least."""
    refusals: list[tuple[Refused, Ask]] = []
    for ask in asks:
        verdict = weigh(desk, presser, tree, ask)
        if isinstance(verdict, Allowed):
            return Ruling(verdict)
        refusals.append((verdict, ask))
    refused, ask = min(refusals, key=lambda each: (not each[0].missing, len(each[0].missing)))
    return Ruling(refused, await present(desk, presser, could_instead(desk, presser, ask, tree)))


async def _is_own(desk: Desk, presser: Presser, mode: RunningMode) -> bool | None:
    """Whether the request that it answers is the presser's own; not known counts as yes."""
    stored = await desk.ledger.case(mode.case_id)
    entry = stored.case.entry(mode.request_id) if stored else None
    return (
        True if entry is None else asked_by(presser.person, entry.facts, presser.access, presser.user.email)
    )
