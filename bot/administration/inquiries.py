"""`can` and `who`: the question about somebody else, read from what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.administration.orders import plain_text
from bot.rules.typed import Misread
from permissions import Action, Kind, Reach

Found = TypeVar("Found")

CAN_USAGE = "/gatehouse can @person <approve | deny | …> [kind] [reach] at <organization>"
WHO_USAGE = "/gatehouse who <approve | deny | …> [kind] [reach] at <organization>"

_VERBS: Mapping[str, Action] = {
    "approve": Action.APPROVE,
    "deny": Action.DENY,
    "claim": Action.CLAIM,
    "take over": Action.TAKE_OVER,
    "view": Action.VIEW,
    "see": Action.VIEW,
    "escalate": Action.ESCALATE,
    "look up": Action.LOOK_UP,
    "look-up": Action.LOOK_UP,
    "report": Action.REPORT,
    "read the record": Action.READ_RECORD,
    "promote": Action.PROMOTE,
    "create policy": Action.CREATE_POLICY,
    "change permissions": Action.CHANGE_PERMISSIONS,
    "assign roles": Action.ASSIGN_ROLES,
    "administer roles": Action.ADMINISTER_ROLES,
    "suspend": Action.SUSPEND,
    "ask about others": Action.ASK_ABOUT_OTHERS,
}
_KINDS: Mapping[str, Kind] = {kind.value.replace("_", " "): kind for kind in Kind}
_REACHES: Mapping[str, Reach] = {
    "computer group": Reach.COMPUTER_GROUP,
    "computer": Reach.COMPUTER,
    "group": Reach.COMPUTER_GROUP,
    "entire organization": Reach.ORGANIZATION,
    "organization": Reach.ORGANIZATION,
    "global": Reach.GLOBAL,
}
_FILLERS = frozenset({"a", "an", "the", "this", "for", "it", "request", "requests", "on", "one"})
_ABOUT_REQUESTS = frozenset({Action.APPROVE, Action.DENY, Action.CLAIM, Action.TAKE_OVER})
_WITH_REACH = frozenset({Action.APPROVE, Action.PROMOTE})
_AT = re.compile(r"(?P<question>.*)\sat\s+(?P<organization>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What somebody wants to know: may this be done there?"""

    action: Action
    kind: Kind | None
    reach: Reach
    organization: str

    @property
    def words(self) -> str:
        """The question in words, without the organization."""
        kind = f" {self.kind.value.replace('_', ' ')} requests" if self.kind else ""
        far = f" for {_FAR[self.reach]}" if self.action in _WITH_REACH else ""
        return f"{self.action.value.replace('_', ' ')}{kind}{far}"


_FAR = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}


def read_question(text: str) -> Inquiry | Misread:
    """`<approve | deny | …> [kind] [reach] at <organization>`; an application and one computer where not said."""
    found = _AT.fullmatch(plain_text(text).strip())
    if found is None:
        return Misread("It does not say where: end with at and the organization's name.")
    words = " ".join(found["question"].casefold().split())
    verb, rest = _first(words, _VERBS)
    if verb is None:
        return Misread(f"I do not know what {words!r} asks; begin with one of: {', '.join(_VERBS)}.")
    kind: Kind | None = None
    reach: Reach | None = None
    while rest:
        first, _, after = rest.partition(" ")
        if first in _FILLERS:
            rest = after
            continue
        kind_here, left = _first(rest, _KINDS)
        reach_here, far_left = _first(rest, _REACHES)
        if kind_here is not None and kind is None:
            kind, rest = kind_here, left
        elif reach_here is not None and reach is None:
            reach, rest = reach_here, far_left
        else:
            return Misread(f"I do not understand {rest!r}; name a kind and a reach at most.")
    if kind is None and verb in _ABOUT_REQUESTS:
        kind = Kind.APPLICATION
    default = Reach.COMPUTER_GROUP if verb is Action.PROMOTE else Reach.COMPUTER
    return Inquiry(verb, kind, reach or default, found["organization"].strip().strip('"'))


def _first(words: str, known: Mapping[str, Found]) -> tuple[Found | None, str]:
    """The longest known phrase at the beginning, and what follows it."""
    for phrase in sorted(known, key=len, reverse=True):
        if words == phrase or words.startswith(f"{phrase} "):
            return known[phrase], words[len(phrase) :].strip()
    return None, words
