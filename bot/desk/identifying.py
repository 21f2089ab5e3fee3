"""Who pressed, on which case, and whose request it is: every press opens here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.cards.messages import answers
from bot.chat import Known
from bot.desk.access import NoAccess
from bot.desk.changing import finish
from bot.desk.desk import Desk
from bot.desk.recording import Ground, Refusal, ground_of, refused, shown_digest
from bot.desk.saying import answer, event_of
from bot.ledger import StoredCase
from bot.models import Case, Event, Press, Reach, RequestEntry, RequestFacts, Standpoint, Suspension
from permissions import Access, Allowed, Ask, OrganizationTree, Person, Refused, Whose, who_could, whose

_STRANGER = (
    "You are not in Gatehouse's access file, so you may not do this. "
    "Ask an administrator of Gatehouse to add you, or the cybersecurity team to decide."
)


@dataclass(frozen=True, slots=True)
class Presser:
    """An identified presser, and the grants in force at this press."""

    person: Person
    user: Known
    access: Access
    given_version: int
    """The version of what was given and stopped in Slack that `access` was composed with."""

    def standpoint(self, press: Press) -> Standpoint:
        """What a verdict on this presser rests on."""
        return Standpoint(press.press_id, self.access.generation, self.given_version)


@dataclass(frozen=True, slots=True)
class Unidentified:
    """Not somebody who may act: the constant kind of reason, and the sentence for the presser."""

    why: str
    sentence: str


async def identify(desk: Desk, press: Press) -> Presser | None:
    """Who presses; a refused presser is answered and recorded here.

    None: the press is finished, there is nothing more to do. LedgerUnavailable passes through: the press stays
    stored and is taken up again.
    """
    found = await recognize(desk, press)
    if isinstance(found, Presser):
        return found
    await _refuse(desk, press, found)
    return None


async def recognize(desk: Desk, press: Press) -> Presser | Unidentified:
    """Who presses, by the facts and grants of this moment; asked again just before each verdict."""
    found = await desk.people.who(press.slack_user_id, press.slack_team_id, desk.now())
    if not isinstance(found, Known):
        return Unidentified(found.reason.value, found.sentence)
    try:
        in_force = await desk.access.in_force()
    except NoAccess:
        sentence = "No access file is in force, so nobody may do anything."
        return Unidentified("no_access_generation", sentence)
    person = person_of(found, in_force.access)
    if person is None:
        return Unidentified("not_in_access_file", _STRANGER)
    suspension = in_force.suspension_of(person.person_id)
    if suspension is not None:
        return Unidentified("suspended", suspended_sentence(suspension))
    return Presser(person, found, in_force.access, in_force.given_version)


def person_of(known: Known, access: Access) -> Person | None:
    """The person of the access file behind an account of our workspace; None for a stranger.

    By e-mail address only where the file switches that on; Slack's own check of the address came before.
    """
    return access.person_of_slack(known.slack_user_id) or (
        access.person_of_email(known.email) if known.email else None
    )


def suspended_sentence(suspension: Suspension) -> str:
    """What a suspended person reads: since when, by whom and why, and who can lift it."""
    return (
        f"Everything that you may do in Gatehouse was stopped by {suspension.by.name} at "
        f"{suspension.at:%Y-%m-%d %H:%M} UTC: {suspension.reason} "
        "Somebody else with Edit Administrators can lift it; until then ask the cybersecurity team."
    )


async def _refuse(desk: Desk, press: Press, found: Unidentified) -> None:
    event = await stranger_refused(desk, press, found)
    desk.metrics.refused(found.why)
    await finish(desk, press, [event], [answer(press, answers.refused(found.sentence))])


async def stranger_refused(desk: Desk, press: Press, found: Unidentified) -> Event:
    """The record of a press of somebody who may not act at all, with what was in force and what the card showed."""
    stored = await desk.ledger.case(press.case_id) if press.case_id else None
    case = stored.case if stored else None
    digest = shown_digest(case, press) if case else ""
    try:
        in_force = await desk.access.in_force()
    except NoAccess:
        ground = Ground(facts_digest=digest)
    else:
        ground = ground_of(in_force.access, in_force.given_version, facts_digest=digest)
    refusal = Refusal(why=found.why, told=found.sentence)
    return refused("press_refused", press, refusal, case=case, ground=ground)


async def pressed(desk: Desk, press: Press) -> tuple[Presser, Case] | None:
    """Who presses and on which case, both as of now. None: the presser is answered already and the press finished."""
    found = await pressed_stored(desk, press)
    return None if found is None else (found[0], found[1].case)


async def pressed_stored(desk: Desk, press: Press) -> tuple[Presser, StoredCase] | None:
    """The same with the case's version, for a press that goes on to change the case: it need not read it again."""
    presser = await identify(desk, press)
    stored = await _stored(desk, press, press.case_id) if presser else None
    return None if presser is None or stored is None else (presser, stored)


async def case_of(desk: Desk, press: Press, case_id: str = "") -> Case | None:
    """The case behind a card's button or a case's modal, as it is now; or the one that the press names otherwise.

    None: the card is older than the records that are kept. The presser has been told so and the press is finished.
    """
    stored = await _stored(desk, press, case_id or press.case_id)
    return stored.case if stored is not None else None


async def _stored(desk: Desk, press: Press, case_id: str) -> StoredCase | None:
    stored = await desk.ledger.case(case_id)
    if stored is not None:
        return stored
    said = answers.stale_card(case_id)
    await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, said)])
    return None


_ANSWERS = {Whose.OWN: True, Whose.ANOTHERS: False, Whose.UNTOLD: None}


def asked_by(person: Person, facts: RequestFacts, access: Access, slack_email: str = "") -> bool | None:
    """Whether a person asked; None: it cannot be told. `slack_email` is one that Slack itself knows."""
    return _ANSWERS[whose(facts.requestor, person, access, [slack_email] if slack_email else [])]


def is_own(presser: Presser, case: Case) -> bool:
    """Whether there is nothing but the presser's own among the open requests: one own request spoils no others."""
    asked = [_asked(presser, entry) for entry in case.open_requests]
    return bool(asked) and all(each is True for each in asked)


def lets_in_own(presser: Presser, case: Case, facts: RequestFacts, reach: Reach) -> bool | None:
    """Whether approving this request so far is approving one of the presser's own; None: that cannot be told.

    What counts is the effect: an approval for the same computer, or for more than one, lets in the same file for
    every other open request of the case that it reaches.
    """
    reached = (
        entry
        for entry in case.open_requests
        if reach is not Reach.COMPUTER or entry.facts.computer_id == facts.computer_id
    )
    return _any([asked_by(presser.person, facts, presser.access, presser.user.email)], presser, reached)


def approving_lets_in_own(presser: Presser, case: Case, reach: Reach = Reach.COMPUTER) -> bool | None:
    """The same of a case as a form offers it: False as soon as one of its requests may be approved so far."""
    found = {lets_in_own(presser, case, entry.facts, reach) for entry in case.pending or case.open_requests}
    if False in found or not found:
        return False
    return None if None in found else True


def any_own(presser: Presser, case: Case) -> bool | None:
    """Whether any request of the case, open or decided, is the presser's own; None: that cannot be told of one."""
    return _any([], presser, case.requests)


def _asked(presser: Presser, entry: RequestEntry) -> bool | None:
    return asked_by(presser.person, entry.facts, presser.access, presser.user.email)


def _any(answers: list[bool | None], presser: Presser, entries: Iterable[RequestEntry]) -> bool | None:
    answers = [*answers, *(_asked(presser, entry) for entry in entries)]
    if True in answers:
        return True
    return None if None in answers else False


_NAMED = 3
"""People named to a refused presser (permission semantics: at most three)."""
_ASKED_ABOUT = 3 * _NAMED
"""Candidates looked up in Slack, since some of them may have left (our choice)."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and, for a refusal, the names of up to three people who could."""

    verdict: Allowed | Refused
    could: tuple[str, ...] = ()

    @property
    def refusal(self) -> Refusal:
        """As the record keeps it. TypeError: it is a yes."""
        if not isinstance(self.verdict, Refused):
            raise TypeError(f"{self.verdict} is no refusal")
        return Refusal.of(self.verdict)

    @property
    def is_allowed(self) -> bool:
        """Yes."""
        return isinstance(self.verdict, Allowed)


def could_instead(
    desk: Desk, presser: Presser, ask: Ask, tree: OrganizationTree, requests: Iterable[RequestFacts] = ()
) -> tuple[Person, ...]:
    """People who could do this; never the presser, and nobody who asked, or may have asked, for one of the requests."""
    without = {ask.person_id, *(one.person_id for one in may_have_asked(presser.access, requests))}
    return who_could(ask, presser.access, tree, desk.now(), without=frozenset(without), at_most=_ASKED_ABOUT)


def may_have_asked(access: Access, requests: Iterable[RequestFacts]) -> tuple[Person, ...]:
    """People whose own one of the requests is, or cannot be told from."""
    facts = tuple(requests)
    return tuple(p for p in access.persons if any(asked_by(p, one, access) is not False for one in facts))


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody who is a full member of the workspace now, under one of their Slack ids."""

    person: Person
    slack_user_id: str


async def reachable(desk: Desk, presser: Presser, people: Iterable[Person]) -> tuple[Reachable, ...]:
    """Up to three of them who are full members of the workspace now; nobody is sent to a former colleague."""
    found: list[Reachable] = []
    for person in people:
        for slack_id in person.slack_ids:
            if isinstance(await desk.people.who(slack_id, presser.user.team_id, desk.now()), Known):
                found.append(Reachable(person, slack_id))
                break
        if len(found) == _NAMED:
            break
    return tuple(found)


async def present(desk: Desk, presser: Presser, people: Iterable[Person]) -> tuple[str, ...]:
    """The names of `reachable` people."""
    return tuple(one.person.name for one in await reachable(desk, presser, people))
