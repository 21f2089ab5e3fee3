"""Whose request is whose, who else could decide it, and who it is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat import Known
from bot.desk.desk import Desk
from bot.desk.identifying import Presser
from bot.desk.recording import Refusal
from bot.models import Case, Reach, RequestEntry, RequestFacts
from permissions import Access, Allowed, Ask, OrganizationTree, Person, Refused, Whose, who_could, whose

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
