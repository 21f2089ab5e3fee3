"""The question that a change of a policy asks of the permission rules, and who else could make it."""

from __future__ import annotations

from bot.desk import Desk, Presser, Ruling, any_own, could_instead, present
from bot.models import Case, PolicyAct, Reach
from permissions import Action, Allowed, Ask, OrganizationTree, judge

_ACTION = {
    PolicyAct.TAKE_BACK: Action.CREATE_POLICY,
    # The page gives removing no permission of its own: who may edit policies may take one away (our choice).
    PolicyAct.CREATE: Action.CREATE_POLICY,
    PolicyAct.PROMOTE: Action.PROMOTE,
}


def ask_for(presser: Presser, case: Case, act: PolicyAct, reach: Reach = Reach.COMPUTER) -> Ask:
    """The question: which permission, in the case's own organization."""
    return Ask(
        person_id=presser.person.person_id,
        action=_ACTION[act],
        organization_id=case.organization_id,
        kind=case.kind,
        reach=reach if act is PolicyAct.PROMOTE else Reach.COMPUTER,
        computer_group_organization_id=case.organization_id if reach is Reach.COMPUTER_GROUP else None,
    )


def own_request(presser: Presser, case: Case, act: PolicyAct) -> str:
    """Why not, where the presser asked for it: nobody widens their own request, taking back is open (our choice)."""
    own = any_own(presser, case)
    if act is PolicyAct.TAKE_BACK or own is False:
        return ""
    if own:
        return "One of the requests is your own, so somebody else has to widen it."
    return (
        "Gatehouse cannot tell every request from one of your own, so somebody else has to widen it: ask an "
        "administrator of Gatehouse to add your portal name to the access file."
    )


async def weigh(desk: Desk, presser: Presser, case: Case, ask: Ask, tree: OrganizationTree) -> Ruling:
    """The verdict of this moment, with who could where it is a no."""
    verdict = judge(ask, presser.access, tree, desk.now())
    if isinstance(verdict, Allowed):
        return Ruling(verdict)
    return Ruling(verdict, await _could(desk, presser, case, ask, tree))


def may_see(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> bool:
    """Whether the presser may see the case's requests at all."""
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.VIEW,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    return isinstance(judge(ask, presser.access, tree, desk.now()), Allowed)


async def _could(
    desk: Desk, presser: Presser, case: Case, ask: Ask, tree: OrganizationTree
) -> tuple[str, ...]:
    """Members of the workspace who could, for those who may see the case; never the presser."""
    if not may_see(desk, presser, case, tree):
        return ()
    requests = () if ask.action is Action.CREATE_POLICY else (entry.facts for entry in case.requests)
    return await present(desk, presser, could_instead(desk, presser, ask, tree, requests))
