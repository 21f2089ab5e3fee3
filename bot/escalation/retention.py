"""Retention: what names or quotes a person leaves card and record when its time is over; the chain stays whole."""

from __future__ import annotations

from bot.desk import Amendment, Desk, amend, event_of
from bot.models import Case, TakenDue
from bot.rules.redaction import redact


async def expire(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Redact a closed case: first its events' private parts, then the record, whose card is redrawn."""
    removed = await desk.ledger.redact(case.case_id)

    def make(current: Case) -> Amendment | None:
        if current.is_open or current.redacted_at is not None:
            return None
        event = event_of("case_redacted", None, current, facts={"private_parts": removed})
        return Amendment(redact(current, desk.now()), [event])

    await amend(desk, case.case_id, make, taken=taken)
