"""Which changes of policies are sent from here, what each asks of the permission rules, and who else could."""

from __future__ import annotations

from datetime import datetime

from bot.desk import Desk, Presser, Ruling, any_own, could_instead, present
from bot.models import Case, Choice, PolicyAct, PolicyPlace, Reach, RequestEntry, Rules, UnprovenWrite, Verb
from bot.rules.second import second_needed
from permissions import Action, Allowed, Ask, OrganizationTree, judge

NEEDS = {
    PolicyAct.TAKE_BACK: UnprovenWrite.REMOVE_POLICY,
    PolicyAct.PROMOTE: UnprovenWrite.PROMOTE_POLICY,
    PolicyAct.CREATE: UnprovenWrite.CREATE_POLICY,
}
"""The kind of write that each change is."""
NO_APPLICATION = (
    "No approval of this software made an application that knows it by more than one file's hash, so there is nothing "
    "yet to make a policy for. The next request of it offers “Approve with the proposed rule…”, which makes both."
)
NOTHING_PROMOTES_TO_GLOBAL = "no permission promotes to a global group: decide it in the portal"


def not_sent_because(rules: Rules, act: PolicyAct) -> str:
    """Why this change is only prepared; empty where it may be sent."""
    if NEEDS[act] not in rules.verified_writes:
        return (
            "Nobody has published evidence that this write works as expected, so it stays off until `verified_writes` "
            f"in gatehouse.toml names “{NEEDS[act].value}”."
        )
    return ""


def two_needed(
    rules: Rules,
    case: Case,
    entry: RequestEntry,
    place: PolicyPlace,
    now: datetime,
    *,
    is_known: bool = False,
) -> str:
    """Why one person may not do this from here: an approval of that reach would have needed two; empty if it may be.

    Else a narrow approval by one person, widened by the same one, would go round the second pair of eyes.
    `is_known`: it was approved by hand so often that nobody calls it never seen.
    """
    if is_known:
        seen = rules.second.model_copy(update={"unseen_wider_than_computer": False})
        rules = rules.model_copy(update={"second": seen})
    choice = Choice(verb=Verb.APPROVE, reach=place.reach)
    because = second_needed(rules, case, entry, choice, place.reach, now=now)
    if not because:
        return ""
    return f"Two people have to agree ([second_approval]), because {because}; here one person alone would decide it."


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
