"""What is said of exceptions: begun, due for review, renewed, closed, ended; and their list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.kit import blocks, ids, words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, moment, raw, say, strong, user
from bot.models import ExceptionStanding, KeptException

LISTED = 10
"""Exceptions in one list, each with its buttons (our choice); the rest is counted."""
USAGE = "/gatehouse exceptions [organization]"
_STATES = {
    ExceptionStanding.OPEN: "is kept",
    ExceptionStanding.CLOSED: "was closed",
    ExceptionStanding.ENDED: "has ended",
}


def begun(kept: KeptException, permalink: str) -> Rendered:
    """To the escalation team: what it is, who answers for it, why, until when."""
    head: Line = [
        strong("Kept as an exception: "),
        *_subject(kept),
        say(", asked by "),
        raw(kept.asked_by.name, 80),
    ]
    return message([head, *_terms(kept), *_link(permalink)], [_actions(kept)])


def in_thread(kept: KeptException) -> Rendered:
    """Under the case's card."""
    return message(
        [[strong("Kept as an exception. "), say("It changes nothing in the portal.")], *_terms(kept)]
    )


def handed(kept: KeptException) -> Rendered:
    """To whoever asked for it."""
    return message(
        [[say("Kept as an exception; its owner and the escalation team are told.")], *_terms(kept)]
    )


def yours(kept: KeptException) -> Rendered:
    """To its owner, when it begins."""
    head: Line = [
        strong("You answer for an exception: "),
        *_subject(kept),
        say(", says "),
        raw(kept.asked_by.name, 80),
    ]
    return message([head, *_terms(kept)], [_actions(kept)])


def review_due(kept: KeptException, *, to_owner: bool) -> Rendered:
    """Once for each review: is it still needed, and should it become a policy?"""
    whose: list[Run] = [say("your ")] if to_owner else [user(kept.owner.slack_user_id), say(", an ")]
    head: Line = [strong("Review due: "), *whose, say("exception for "), *_subject(kept), say(".")]
    ask: Line = [
        say("Renew it with its justification, or close it. What keeps coming back should become a policy.")
    ]
    return message([head, *_terms(kept), ask], [_actions(kept)])


def renewed(kept: KeptException) -> Rendered:
    """To the escalation team, when it was justified anew."""
    last = kept.renewals[-1]
    head: Line = [
        strong("Renewed: "),
        say("the exception for "),
        *_subject(kept),
        say(", by "),
        raw(last.by.name, 80),
    ]
    return message([head, [strong("Why: "), raw(last.reason, 500)], _dates(kept)], [_actions(kept)])


def closed(kept: KeptException) -> Rendered:
    """When somebody said that it is not needed any more."""
    by = kept.closed_by.name if kept.closed_by else ""
    head: Line = [strong("Closed: "), say("the exception for "), *_subject(kept), say(", by "), raw(by, 80)]
    return message([head, [strong("Why: "), raw(kept.closed_because, 500)]])


def ended(kept: KeptException) -> Rendered:
    """When its end came and nobody had renewed it."""
    head: Line = [strong("Ended: "), say("the exception for "), *_subject(kept), say(".")]
    runs: Line = [strong("Owner: "), raw(kept.owner.name, 80), say("; its end was "), moment(kept.ends_at)]
    rest: Line = [
        say("Gatehouse takes nothing back: what was approved in the portal for it is looked at there. "),
        say("If it is still needed, keep the next case as an exception anew, with its justification."),
    ]
    return message([head, runs, rest])


def standing_words(kept: KeptException) -> str:
    """How it stands, as a sentence."""
    by = f" by {kept.closed_by.name}" if kept.closed_by else ""
    return f"This exception {_STATES[kept.standing]}{by}."


def listed(found: Sequence[KeptException], where: str, now: datetime) -> Rendered:
    """The open ones, the earliest review first, each with its buttons."""
    at: list[Run] = [say(" at "), raw(where, 80)] if where else []
    head: Line = [strong("Exceptions"), *at]
    if not found:
        return message([head, [say("None is kept where you may look.")]])
    said = message([head])
    body = list(said.blocks)
    for kept in found[:LISTED]:
        body += [blocks.rich([exception_line(kept, now)]), _actions(kept)]
    left = len(found) - LISTED
    if left > 0:
        body.append(blocks.context(f"and {left} more: name an organization."))
    return Rendered(said.text, body)


def exception_line(kept: KeptException, now: datetime) -> Line:
    """One exception in a list; what waits for its review stands out."""
    due = [strong("review was due "), moment(kept.review_at)] if kept.is_review_due(now) else _review(kept)
    runs: list[Run] = [*_subject(kept), say(", owner "), raw(kept.owner.name, 60), say(", "), *due]
    return [*runs, say(", ends "), moment(kept.ends_at), say(": "), raw(kept.reason, 200)]


def home_blocks(found: Sequence[KeptException], person_id: str, now: datetime) -> list[Block]:
    """App Home: one's own, and those that wait for their review; nothing where there are none."""
    shown = [one for one in found if one.owner.person_id == person_id or one.is_review_due(now)]
    if not shown:
        return []
    body = [blocks.header("Exceptions")]
    for number, kept in enumerate(shown[:_AT_HOME]):
        body += [blocks.rich([exception_line(kept, now)]), _actions(kept, str(number))]
    left = len(shown) - _AT_HOME
    return [*body, blocks.context(f"and {left} more: {USAGE}")] if left > 0 else body


_AT_HOME = 5
"""Exceptions on somebody's App Home (our choice); the rest is counted."""


def _review(kept: KeptException) -> list[Run]:
    return [say("review "), moment(kept.review_at)]


def _subject(kept: KeptException) -> list[Run]:
    return [raw(kept.subject or "(removed)", 120), say(" at "), raw(kept.organization_name, 80)]


def _terms(kept: KeptException) -> list[Line]:
    return [
        [strong("Owner: "), raw(kept.owner.name, 80)],
        [strong("Why: "), raw(kept.reason, 500)],
        _dates(kept),
    ]


def _dates(kept: KeptException) -> Line:
    return [
        strong("Looked at again: "),
        moment(kept.review_at),
        say("; "),
        strong("ends: "),
        moment(kept.ends_at),
    ]


def _link(permalink: str) -> list[Line]:
    found = words.permalink(permalink, "Go to the card")
    return [[found]] if found else []


def _actions(kept: KeptException, tag: str = "") -> Block:
    ref = str(CaseRef(kept.exception_id, kept.revision))
    renew = blocks.button(ids.EXCEPTION_RENEW, "Renew…", ref)
    close = blocks.button(ids.EXCEPTION_CLOSE, "Close…", ref)
    block_id = f"{ids.EXCEPTION_ACTIONS_BLOCK}:{kept.exception_id}{tag}"
    return blocks.actions([renew, close], block_id)
