"""The names that Slack hands back to us: actions, modals, inputs, and the opaque reference in a button.

They carry a version: a card that was posted last month keeps the names it was posted with, so a name
is never given a new meaning; a changed meaning gets a new version beside the old one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Buttons of a card.
APPROVE_COMPUTER = "case.approve_computer.v1"
"""One press: this computer (or these), a single hash rule; for elevation with notice, for the set hours."""
APPROVE_MODAL = "case.approve_modal.v1"
DENY_MODAL = "case.deny_modal.v1"
CLAIM = "case.claim.v1"
RELEASE = "case.release.v1"
MORE = "case.more.v1"
"""The overflow menu; its options say which of `MORE_WORDS` was meant, and for which case."""
OPEN_PORTAL = "case.open_portal.v1"
"""A link button. Slack reports the press although the browser does the work: acknowledge and do nothing."""
CARD_ACTIONS = (APPROVE_COMPUTER, APPROVE_MODAL, DENY_MODAL, CLAIM, RELEASE, MORE, OPEN_PORTAL)

DETAILS, ESCALATE, WHY, PORTAL = "details", "escalate", "why", "portal"
MORE_WORDS = (DETAILS, ESCALATE, WHY, PORTAL)

# Look-up, App Home.
LOOKUP_NEWER = "lookup.newer.v1"
LOOKUP_OLDER = "lookup.older.v1"
"""Paging buttons. Their value is the `more` token that the look-up gave to the page, and nothing else."""
HOME_REFRESH = "home.refresh.v1"
HOME_CLAIM = CLAIM
OPEN_CARD = "case.open_card.v1"
"""A link button to a card: acknowledge and do nothing."""
ALL_ACTIONS = (*CARD_ACTIONS, LOOKUP_NEWER, LOOKUP_OLDER, HOME_REFRESH, OPEN_CARD)

# Modals.
APPROVE_VIEW = "case.approve.v1"
DENY_VIEW = "case.deny.v1"
GRANT_VIEW = "administration.grant.v1"
"""It belongs to no case: its `private_metadata` is empty."""
ALL_SUBMITTED_VIEWS = (APPROVE_VIEW, DENY_VIEW, GRANT_VIEW)
VIEWS_WITHOUT_CASE = frozenset({GRANT_VIEW})
LOADING_VIEW = "case.loading.v1"
DETAILS_VIEW = "case.details.v1"
SAID_VIEW = "case.said.v1"
"""A modal that only says something: too late, closed, an error."""

# Inputs of the modals: the block's id; its element's id is always INPUT.
INPUT = "value"
REACH_BLOCK = "reach"
COMPUTER_GROUP_BLOCK = "computer_group"
REQUESTS_BLOCK = "requests"
REASON_BLOCK = "reason"
VALIDATED_BLOCK = "validated_how"
CONFIRMED_BLOCK = "confirmed_by"
NOTIFY_BLOCK = "notify"
NOTIFY_YES = "notify"
"""The value of the ticked box: the requestor is told."""

PERSON_BLOCK = "person"
WHAT_BLOCK = "what"
ORGANIZATION_BLOCK = "organization"
UNTIL_BLOCK = "until"

ACTIONS_BLOCK = "case_actions"
LOOKUP_BLOCK = "lookup_actions"
CARD_EVENT = "gatehouse_case"
"""`event_type` of a card's message metadata."""

_REVISION = re.compile(r"[1-9][0-9]{0,8}")
_CASE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,50})*")


@dataclass(frozen=True, slots=True)
class CaseRef:
    """Which case, and the card revision that the presser saw."""

    case_id: str
    revision: int

    def __str__(self) -> str:
        return f"{self.case_id}.{self.revision}"


def parse_ref(value: str) -> CaseRef | None:
    """The reference in a button's value, or None if it is not one of ours."""
    case_id, _, revision = value.rpartition(".")
    if not _CASE_ID.fullmatch(case_id) or not _REVISION.fullmatch(revision):
        return None
    return CaseRef(case_id, int(revision))


def more_value(word: str, ref: CaseRef) -> str:
    """The value of one option of the overflow menu: the word, then the reference."""
    return f"{word}:{ref}"


def parse_more(value: str) -> tuple[str, CaseRef] | None:
    """The word and the reference of a chosen overflow option, or None if it is not one of ours."""
    word, _, rest = value.partition(":")
    ref = parse_ref(rest)
    return (word, ref) if word in MORE_WORDS and ref else None
