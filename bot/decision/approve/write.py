"""A planned approval as the portal's permit: the body, the note, and what the requestor reads."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.messages.approve_reply import APPROVAL_SUBJECT, approval_reply
from bot.decision.approve.plan import Plan
from bot.models import Attempt, Choice, Reach, RequestFacts
from bot.portal import (
    ElevationChoice,
    ElevationNotice,
    PermitBody,
    Reply,
    Terms,
    Unusable,
    decision_note,
    permit_body,
)
from bot.portal.notes import note_text

_NOTE_LIMIT = 500
"""Characters of an internal note in the portal (as the modal allows)."""


def permit_maker(plan: Plan, facts: RequestFacts) -> Callable[[str], PermitBody]:
    """What makes the permit's body around a note. It is tried once, before anything is recorded.

    Raises `Unusable` where the portal's form does not allow the choice.
    """

    def make(note: str) -> PermitBody:
        return permit_body(
            plan.details,
            _terms(plan.choice, facts, note),
            application=plan.application,
            rule=plan.choice.rule,
            group=plan.group,
            organization_wide=plan.choice.reach is Reach.ORGANIZATION,
        )

    try:
        make("tried before anything is recorded")
    except ValueError as error:
        raise Unusable(f"the portal's form does not allow this choice: {error}") from error
    return make


def approval_note(attempt: Attempt) -> str:
    """The line for the portal's notes: who approved it, both where two did, and their internal note behind it."""
    choice = attempt.choice
    first = attempt.first.name if attempt.first else ""
    line = decision_note("Approved", attempt.actor.name, attempt.attempt_id, first=first)
    told = [
        ("why no scoped policy serves", choice.mode_because),
        ("why it is safe without an end", choice.safe_because),
        ("asked for on the phone by", choice.on_phone_with),
        ("note", choice.internal_note),
    ]
    more = [f"{label}: {note_text(text, _NOTE_LIMIT)}" for label, text in told if text.strip()]
    return "; ".join([line, *more])


def _terms(choice: Choice, facts: RequestFacts, note: str) -> Terms:
    reply = None
    if choice.notify_requestor:
        text = approval_reply(facts.file_name, choice.note_to_requestor, mode=choice.mode)
        reply = Reply(subject=APPROVAL_SUBJECT, text=text, notify=True)
    return Terms(
        note=note,
        ticket=choice.ticket.strip() or None,
        expires_at=choice.expires_at,
        elevation=_elevation(choice),
        reply=reply,
        mode=choice.mode,
    )


def _elevation(choice: Choice) -> ElevationChoice | None:
    if not choice.elevate:
        return None
    notice = ElevationNotice.SILENT if choice.elevate_silently else ElevationNotice.WITH_NOTICE
    return ElevationChoice(notice=notice, hours=choice.elevate_hours or None, until=choice.elevate_until)
