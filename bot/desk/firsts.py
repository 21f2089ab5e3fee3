"""The first of two people hears what becomes of it, whichever change does it; what waits no more is recorded."""

from __future__ import annotations

from bot.cards.messages.first_told import told_to_first
from bot.desk.saying import event_of, tell
from bot.models import Case, Effect, Event


def first_hears(before: Case, after: Case) -> tuple[list[Event], list[Effect]]:
    """What belongs into the change from one record to the next, where somebody waits for a second person."""
    events: list[Event] = []
    effects: list[Effect] = []
    for told in told_to_first(before, after):
        if told.awaited_id:
            first_id = told.first.person_id
            facts = {"awaited_id": told.awaited_id, "why": told.why, "first_person_id": first_id}
            events.append(event_of("second_voided", None, after, request_id=told.request_id, facts=facts))
        if told.said is not None:
            effects.append(tell(after, told.first.slack_user_id, told.said, told.key))
    return events, effects
