"""The question that a decision asks of the permission rules, with the portal's facts of this very press in it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat import Known
from bot.desk import Desk, Presser, asked_by, is_own
from bot.models import Case, Choice, Kind, Reach, RequestFacts, Verb
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


@dataclass(frozen=True, slots=True)
class Question:
    """Whether somebody may make this choice for one request."""

    presser: Presser
    case: Case
    facts: RequestFacts
    choice: Choice
    computers: int
    """How many computers the whole press covers."""
    details: PermitDetails | None = None
    already_approved: bool | None = None
    """Of an elevation's software, as the portal says at this press; None is not known, and counts as no."""


async def judge_decision(desk: Desk, question: Question) -> Judged:
    """The verdict over one request. Raises PortalError when the organizations cannot be had: then nobody may."""
    facts, choice = question.facts, question.choice
    tree = await desk.tree.current(holding=facts.organization_id)
    to_group = choice.reach is Reach.COMPUTER_GROUP
    ask = Ask(
        person_id=question.presser.person.person_id,
        action=Action.APPROVE if choice.verb is Verb.APPROVE else Action.DENY,
        organization_id=facts.organization_id,
        kind=facts.kind,
        reach=choice.reach,
        computers=question.computers,
        elevates=choice.elevate,
        already_approved=question.already_approved,
        computer_organization_id=question.details.organization_id if question.details else None,
        computer_group_organization_id=facts.organization_id if to_group else None,
        own_request=is_own(question.presser, question.case),
    )
    return weigh(desk, ask, question.presser, question.case, tree)


async def is_already_approved(desk: Desk, facts: RequestFacts, details: PermitDetails | None) -> bool | None:
    """Whether an elevation's software may run already. Only an elevation's approval depends on it."""
    if facts.kind is not Kind.ELEVATION or details is None:
        return None
    found = await already_approved(desk.portal, details, now=desk.now())
    return {Coverage.YES: True, Coverage.NO: False, Coverage.UNKNOWN: None}[found.coverage]


def weigh(desk: Desk, ask: Ask, presser: Presser, case: Case, tree: OrganizationTree) -> Judged:
    """Ask the rules; for a refusal, ask them who else could."""
    verdict = judge(ask, presser.access, tree, desk.now())
    if isinstance(verdict, Allowed):
        return Judged(verdict)
    return Judged(verdict, _who_could(desk, ask, presser, case, tree))


def _who_could(
    desk: Desk, ask: Ask, presser: Presser, case: Case, tree: OrganizationTree
) -> tuple[Person, ...]:
    """People who could, for those who may see the request; never the presser or a requestor."""
    if not may_see(ask.person_id, case.organization_id, presser.access, tree, desk):
        return ()
    asked = {
        person.person_id
        for person in presser.access.persons
        if any(asked_by(person, entry.facts) for entry in case.open_requests)
    }
    without = frozenset({ask.person_id, *asked})
    return who_could(ask, presser.access, tree, desk.now(), without=without, at_most=_ASKED_ABOUT)


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
