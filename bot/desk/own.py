"""Whether somebody is one of those who asked. Persons are compared, not Slack ids; in doubt it is not known.

The account of a request decides. What its requestor typed (an e-mail address, a reason) proves nothing: it makes
nobody's request one's own, and locks nobody out.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.desk.identifying import Presser
from bot.models import Case, Reach, RequestEntry, RequestFacts
from permissions import Access, Person, Whose, whose

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
