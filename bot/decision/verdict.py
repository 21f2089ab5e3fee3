"""The question that a decision asks of the permission rules, with the portal's facts of this very press in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.decision.approve.plan import Plan
from bot.desk import (
    Desk,
    Presser,
    Reachable,
    asked_by,
    could_instead,
    is_own,
    lets_in_own,
    reachable,
    standing_approvals,
)
from bot.models import ApplicationUse, Case, Choice, Kind, Reach, RequestFacts, Verb, subject_of
from bot.models.base import digest_told
from bot.portal import Coverage, PermitDetails, already_approved
from bot.rules.kinds import traits_of
from bot.rules.remembering import hash_key
from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Maintenance,
    OrganizationTree,
    Person,
    RefusalReason,
    Refused,
    effective_reach,
    judge,
)
from permissions.words import FASTER

_LETS_IN_OWN = (
    "An approval for this computer would let in a request of your own that waits for it, so it is for somebody else; "
    "you may still deny or escalate what is yours."
)


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
    plan: Plan | None = None
    """The choice held against the portal; None before the portal was asked, and for what has no permit form."""
    beside: tuple[Case, ...] = ()
    """Other open cases whose requests it would let in as well, once they were looked for (`with_beside`)."""


async def judge_at_best(desk: Desk, question: Question) -> Judged:
    """The verdict if the portal says the best of the file: a refusal holds whatever it will say.

    The assumption is judged by, and told to nobody. Raises PortalError.
    """
    return without_guess(await judge_decision(desk, replace(question, already_approved=True)))


def without_guess(judged: Judged) -> Judged:
    """The verdict without what is so only if the file is approved already: that was taken for granted, not learnt."""
    if isinstance(judged.verdict, Allowed):
        return judged
    sentence = judged.verdict.sentence.removesuffix(FASTER).rstrip()
    return replace(judged, verdict=judged.verdict._replace(tell=lambda: sentence))


async def judge_decision(desk: Desk, question: Question) -> Judged:
    """The verdict over one request. Raises PortalError when the organizations cannot be had: then nobody may."""
    tree = await desk.tree.current(holding=question.facts.organization_id)
    judged = weigh(desk, ask_of(question), question.presser, question.case, tree)
    return _told_of_what_waits_beside(question, judged)


def _told_of_what_waits_beside(question: Question, judged: Judged) -> Judged:
    """A request that is not the presser's own is not called so: what it would let in on its computer is."""
    verdict, presser, facts = judged.verdict, question.presser, question.facts
    if not isinstance(verdict, Refused) or verdict.why is not RefusalReason.OWN_REQUEST:
        return judged
    if effective_reach(ask_of(question)) is not Reach.COMPUTER or _asked(presser, facts):
        return judged
    return replace(judged, verdict=verdict._replace(tell=lambda: _LETS_IN_OWN))


def _asked(presser: Presser, facts: RequestFacts) -> bool:
    return asked_by(presser.person, facts, presser.access, presser.user.email) is True


async def refused_any_global(desk: Desk, question: Question) -> Judged | None:
    """The refusal of somebody who may take no global group, whoever owns it; None where some could be taken.

    For a global choice whose group the portal does not tell. Raises PortalError.
    """
    if question.choice.reach is not Reach.GLOBAL:
        return None
    tree = await desk.tree.current(holding=question.facts.organization_id)
    place = tree.place(question.facts.organization_id)
    if place is None:
        return None
    ask = replace(ask_of(question), reach=Reach.GLOBAL)
    owners = (*reversed(place.above), place.organization_id)
    found = [
        weigh(desk, replace(ask, global_owner_id=owner), question.presser, question.case, tree)
        for owner in owners
    ]
    return found[0] if all(isinstance(each.verdict, Refused) for each in found) else None


def ask_of(question: Question) -> Ask:
    """The question as the permission rules take it."""
    facts, choice, plan = question.facts, question.choice, question.plan
    to_group = choice.reach is Reach.COMPUTER_GROUP
    mode = Maintenance(choice.mode, Door.REQUEST) if choice.mode is not None else None
    ask = Ask(
        person_id=question.presser.person.person_id,
        action=Action.APPROVE if choice.verb is Verb.APPROVE else Action.DENY,
        organization_id=facts.organization_id,
        kind=facts.kind,
        reach=_reach_asked(question),
        computers=question.computers,
        elevates=choice.elevate,
        already_approved=question.already_approved if _lets_in_the_file_alone(choice) else None,
        global_owner_id=plan.global_owner_id if plan else None,
        built_in_match=plan.is_built_in_match if plan else False,
        extension=plan.extension if plan else None,
        maintenance=mode,
        computer_organization_id=question.details.organization_id if question.details else None,
        computer_group_known=question.details is None or question.details.computer_group_id is not None,
        computer_group_organization_id=facts.organization_id if to_group else None,
    )
    if ask.action is not Action.APPROVE:
        return ask
    reach = effective_reach(ask)
    found = {lets_in_own(question.presser, case, facts, reach) for case in (question.case, *question.beside)}
    return replace(ask, own_request=True if True in found else None if None in found else False)


async def with_beside(desk: Desk, question: Question) -> Question:
    """The question with the other open cases of the very file, whatever their kind: what lets it in here lets it in
    for them, as far as it reaches. Under a maintenance mode it is whatever waits for the computer. Raises PortalError.
    """
    facts, choice = question.facts, question.choice
    if choice.verb is not Verb.APPROVE:
        return question
    if choice.mode is not None:
        case_ids = await desk.ledger.case_ids_of_computer(facts.computer_id)
    else:
        places = {facts.organization_id}
        if effective_reach(ask_of(question)) is Reach.GLOBAL:
            places |= (await desk.tree.current()).placed
        case_ids = await _of_the_file(desk, facts, places)
    others = [one for one in case_ids if one != question.case.case_id]
    if not others:
        return question
    found = await desk.ledger.cases(others)
    return replace(question, beside=tuple(stored.case for stored in found.values()))


async def _of_the_file(desk: Desk, facts: RequestFacts, organization_ids: Iterable[str]) -> list[str]:
    """Ids of the open cases of a file at these organizations; none where nothing tells the file apart."""
    alike = [
        facts.model_copy(update={"kind": kind, "organization_id": place})
        for kind in Kind
        for place in organization_ids
    ]
    keys = {subject.key for subject in map(subject_of, alike) if subject is not None}
    return list((await desk.ledger.open_case_ids_of_subjects(keys)).values())


def plain_ask(presser: Presser, case: Case, action: Action) -> Ask:
    """The question about a case before anything is chosen: at one computer, as anybody's own request or not."""
    return Ask(
        person_id=presser.person.person_id,
        action=action,
        organization_id=case.organization_id,
        kind=case.kind,
        own_request=is_own(presser, case),
    )


def _lets_in_the_file_alone(choice: Choice) -> bool:
    """Whether nothing but the very file is recognized: its hash, in an application of its own.

    That this file may run already says nothing of what else a rule, or another application, would let in (6.3).
    """
    return choice.rule is None and choice.application.use is ApplicationUse.NEW


def _reach_asked(question: Question) -> Reach:
    """The chosen reach. Whether a global group may be taken is asked once the portal has told who owns it."""
    reach, has_form = question.choice.reach, traits_of(question.facts.kind).has_permit_form
    is_untold = question.plan is None and question.details is None
    return Reach.COMPUTER if reach is Reach.GLOBAL and has_form and is_untold else reach


async def is_already_approved(desk: Desk, facts: RequestFacts, details: PermitDetails | None) -> bool | None:
    """Whether an elevation's software may run already. Only an elevation's approval depends on it."""
    if not traits_of(facts.kind).elevates or details is None:
        return None
    found = await already_approved(desk.portal, details, now=desk.now())
    return {Coverage.YES: True, Coverage.NO: False, Coverage.UNKNOWN: None}[found.coverage]


async def is_seen_here(desk: Desk, facts: RequestFacts, details: PermitDetails) -> bool:
    """Whether the organization is known to have seen this very file: for a press that is faster than the evidence.

    By its own applications or an approval of the file, as the evidence has it. Raises PortalError.
    """
    told, place = digest_told(facts.hash), facts.organization_id.lower()
    since = desk.now() - desk.rules.retention.closed_cases
    earlier = await desk.ledger.history.earlier(hash_key(place, told), since) if told else []
    if standing_approvals(earlier):
        return True
    matches = await desk.portal.matching_applications(details)
    return any(not one.is_built_in and one.organization_id in (None, place) for one in matches)


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
    if not may_see(ask.person_id, case.organization_id, presser.access, tree, desk, case.kind):
        return ()
    requests = (entry.facts for entry in case.open_requests)
    return could_instead(desk, presser, ask, tree, requests)


async def others_who_could(desk: Desk, question: Question) -> tuple[Reachable, ...]:
    """Up to three other people who could make this very choice. Raises PortalError."""
    tree = await desk.tree.current(holding=question.facts.organization_id)
    people = _who_could(desk, ask_of(question), question.presser, question.case, tree)
    return await reachable(desk, question.presser, people)


def may_see(  # noqa: PLR0917 - the order of every question, and what kind of request it is about
    person_id: str,
    organization_id: str,
    access: Access,
    tree: OrganizationTree,
    desk: Desk,
    kind: Kind | None = None,
) -> bool:
    """Whether a person has a viewing permission in an organization: for requests of this kind, where one is given."""
    ask = Ask(person_id=person_id, action=Action.VIEW, organization_id=organization_id, kind=kind)
    return isinstance(judge(ask, access, tree, desk.now()), Allowed)
