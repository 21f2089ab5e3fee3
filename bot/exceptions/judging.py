"""Who may keep a case as an exception, answer for it, renew it and close it (our choice; the portal's page is silent).

Handing a case to the escalation team as an exception is calling for help: whoever sees it may. Answering for it and
renewing it takes the right to deny such requests there; closing it the same, or to be its owner.
"""

from __future__ import annotations

from bot.desk import Desk, Presser, Ruling, asked_by, could_instead, present
from bot.desk.recording import Refusal, ground_of, refused
from bot.models import Case, Event, KeptException, Press
from permissions import Action, Allowed, Ask, OrganizationTree, Person, able, judge

_OWNERS = 200
"""People among whom an owner is chosen (our choice; more are given the right by few)."""


async def judge_handing(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> Ruling:
    """Whether somebody may ask the escalation team to keep this case as an exception."""
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.ESCALATE,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    return await _ruling(desk, presser, ask, tree)


async def judge_renewing(desk: Desk, presser: Presser, kept: KeptException, tree: OrganizationTree) -> Ruling:
    """Whether somebody may justify it anew: never who asked for what it is about."""
    return await _ruling(desk, presser, _keeping(kept, presser.person), tree)


async def judge_closing(desk: Desk, presser: Presser, kept: KeptException, tree: OrganizationTree) -> Ruling:
    """Whether somebody may close it: its owner may, whatever became of their rights."""
    ask = _keeping(kept, presser.person)
    if kept.owner.person_id == presser.person.person_id:
        return Ruling(Allowed((), kept.organization_id, lambda: "You answer for it."))
    return await _ruling(desk, presser, ask, tree)


def owners_of(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> list[Person]:
    """Who may answer for it: whoever may deny such requests there and asked for none of them; the presser first."""
    asked = set(requestors_of(presser, case))
    people = [one for one in presser.access.persons if one.person_id not in asked and one.slack_ids]
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.DENY,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    found = [person for person, _ in able(ask, people, presser.access, tree, desk.now())]
    me = presser.person.person_id
    return sorted(found, key=lambda one: (one.person_id != me, one.name, one.person_id))[:_OWNERS]


def requestors_of(presser: Presser, case: Case) -> tuple[str, ...]:
    """People of the access file who asked for what the case is about."""
    access = presser.access
    return tuple(
        person.person_id
        for person in access.persons
        if any(asked_by(person, entry.facts, access) is True for entry in case.requests)
    )


def refusal_event(press: Press, refusal: Refusal, presser: Presser, kept: KeptException) -> Event:
    """The record of a refusal. The exception's own id stands where others name a case."""
    ground = ground_of(presser.access, presser.given_version)
    return refused(
        "press_refused",
        press,
        refusal,
        presser=presser,
        ground=ground,
        case_id=kept.exception_id,
        organization_id=kept.organization_id,
    )


def _keeping(kept: KeptException, person: Person) -> Ask:
    return Ask(
        person_id=person.person_id,
        action=Action.TAKE_OVER,
        organization_id=kept.organization_id,
        kind=kept.kind,
        own_request=person.person_id in kept.requestor_ids,
    )


async def _ruling(desk: Desk, presser: Presser, ask: Ask, tree: OrganizationTree) -> Ruling:
    verdict = judge(ask, presser.access, tree, desk.now())
    if isinstance(verdict, Allowed):
        return Ruling(verdict)
    return Ruling(verdict, await present(desk, presser, could_instead(desk, presser, ask, tree)))
