"""The question that a decision asks of the permission rules, with the portal's facts of this very press in it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat import Known
from bot.desk import Desk, Presser
from bot.models import Case, Choice, Kind, Reach, RequestEntry, RequestFacts, Verb
from bot.portal import Coverage, PermitDetails, already_approved
from permissions import Access, Action, Allowed, Ask, OrganizationTree, Person, Refused, judge, who_could

_NAMED = 3
"""People named to a refused presser (permission semantics: at most three)."""
_ASKED_ABOUT = 3 * _NAMED
"""Candidates looked up in Slack, since some of them may have left (our choice)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and, for a refusal, who could have done it."""

    verdict: Allowed | Refused
    could: tuple[Person, ...] = ()
    """Nearest first; empty unless the presser may see the request. Not all of them need be around any more."""


async def judge_decision(
    desk: Desk,
    presser: Presser,
    case: Case,
    facts: RequestFacts,
    choice: Choice,
    *,
    computers: int,
    details: PermitDetails | None,
) -> Judged:
    """The verdict over one request. Raises PortalError when tree or facts cannot be had: then nobody may."""
    tree = await desk.tree.current(holding=facts.organization_id)
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.APPROVE if choice.verb is Verb.APPROVE else Action.DENY,
        organization_id=facts.organization_id,
        kind=facts.kind,
        reach=choice.reach,
        computers=computers,
        elevates=choice.elevate,
        already_approved=await _already_approved(desk, facts, choice, details),
        computer_organization_id=details.organization_id if details is not None else None,
        computer_group_organization_id=facts.organization_id
        if choice.reach is Reach.COMPUTER_GROUP
        else None,
        own_request=is_own(presser, case),
    )
    return weigh(desk, ask, presser, case, tree)


def weigh(desk: Desk, ask: Ask, presser: Presser, case: Case, tree: OrganizationTree) -> Judged:
    """Ask the rules; for a refusal, ask them who else could."""
    verdict = judge(ask, presser.access, tree, desk.now())
    if isinstance(verdict, Allowed):
        return Judged(verdict)
    return Judged(verdict, _who_could(desk, ask, presser, case, tree))


def is_own(presser: Presser, case: Case) -> bool:
    """Whether one of the case's open requests is the presser's own, by any of their portal names or e-mails."""
    return any(_asked_by(presser, entry) for entry in case.open_requests)


def _asked_by(presser: Presser, entry: RequestEntry) -> bool:
    requestor = entry.facts.requestor.casefold()
    short = requestor.rpartition("\\")[2]
    names = {name.casefold() for name in presser.person.portal_names}
    emails = {email.casefold() for email in (*presser.person.emails, presser.user.email) if email}
    mail = entry.facts.requestor_email.casefold()
    return bool(requestor and ({requestor, short} & names)) or bool(mail and mail in emails)


async def _already_approved(
    desk: Desk, facts: RequestFacts, choice: Choice, details: PermitDetails | None
) -> bool | None:
    """Only an elevation's approval depends on it. Not known is not approved."""
    if facts.kind is not Kind.ELEVATION or choice.verb is not Verb.APPROVE or details is None:
        return None
    found = await already_approved(desk.portal, details, now=desk.now())
    return {Coverage.YES: True, Coverage.NO: False, Coverage.UNKNOWN: None}[found.coverage]


def _who_could(
    desk: Desk, ask: Ask, presser: Presser, case: Case, tree: OrganizationTree
) -> tuple[Person, ...]:
    """People who could, for those who may see the request; never the presser or a requestor."""
    if not may_see(ask.person_id, case.organization_id, presser.access, tree, desk):
        return ()
    others = [person for person in presser.access.persons if _is_requestor(person.portal_names, case)]
    without = frozenset({ask.person_id, *(person.person_id for person in others)})
    return who_could(ask, presser.access, tree, desk.now(), without=without, at_most=_ASKED_ABOUT)


def _is_requestor(portal_names: tuple[str, ...], case: Case) -> bool:
    names = {name.casefold() for name in portal_names}
    asked = {entry.facts.requestor.casefold() for entry in case.open_requests}
    return bool(names & (asked | {name.rpartition("\\")[2] for name in asked}))


def may_see(person_id: str, organization_id: str, access: Access, tree: OrganizationTree, desk: Desk) -> bool:
    """Whether a person has a viewing permission in an organization."""
    ask = Ask(person_id=person_id, action=Action.VIEW, organization_id=organization_id)
    return isinstance(judge(ask, access, tree, desk.now()), Allowed)


async def present(desk: Desk, presser: Presser, people: tuple[Person, ...]) -> tuple[str, ...]:
    """Names of up to three of them who are full members of the workspace now; nobody is sent to a former colleague."""
    names: list[str] = []
    for person in people:
        for slack_id in person.slack_ids:
            found = await desk.people.who(slack_id, presser.user.team_id, desk.now())
            if isinstance(found, Known):
                names.append(person.name)
                break
        if len(names) == _NAMED:
            break
    return tuple(names)
