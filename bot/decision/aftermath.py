"""After an approval: the card's thread hears once which policies came of a press, and what the requestor does next."""

from __future__ import annotations

from collections.abc import Collection

from bot.cards.messages import policies
from bot.desk import Desk, case_message
from bot.models import Case, Effect, Place, RequestEntry, Standing, Urgency, Verb


def approved_by(case: Case, press_id: str, request_ids: Collection[str]) -> tuple[RequestEntry, ...]:
    """Those of the named requests that this press approved, by what the record says."""
    return tuple(
        entry
        for entry in case.requests
        if entry.facts.request_id in request_ids and _approved(entry, press_id)
    )


def _approved(entry: RequestEntry, press_id: str) -> bool:
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    if attempt is None or entry.standing is not Standing.APPROVED:
        return False
    return attempt.press_id == press_id and attempt.choice.verb is Verb.APPROVE


def told_in_thread(desk: Desk, case: Case, press_id: str, request_ids: Collection[str]) -> tuple[Effect, ...]:
    """One message for what a press approved, however many requests that are; none where it approved none.

    `request_ids` are those that are settled in this ledger step: an outcome that was found out later has its own
    message.
    """
    entries = approved_by(case, press_id, request_ids)
    if not entries:
        return ()
    said = policies.approved(case, entries, desk.rules.portal_link)
    effect_id = f"approved:{press_id}:{entries[0].facts.request_id}"
    return (case_message(case, effect_id, said, Place.CARD, Urgency.REDRAW, in_thread=True),)
