"""Who else could do what a presser may not: people of the access file, and of them those who are around now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat import Known
from bot.desk.desk import Desk
from bot.desk.identifying import Presser
from bot.desk.own import asked_by
from bot.desk.recording import Refusal
from bot.models import RequestFacts
from permissions import Access, Allowed, Ask, OrganizationTree, Person, Refused, who_could

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


async def present(desk: Desk, presser: Presser, people: Iterable[Person]) -> tuple[str, ...]:
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
