"""What the clock does with an exception: its review is asked for once, its end is told, then retention."""

from __future__ import annotations

from bot.cards.messages import exceptions as messages
from bot.desk import Desk, ExceptionAmendment, amend_exception, exception_event, exception_message, owner_told
from bot.models import KeptException, TakenDue
from bot.models.exceptions import ended, pinged, without_words


async def watch_exception(desk: Desk, taken: TakenDue) -> None:
    """An exception is due: the due time names it where others name a case."""
    stored = await desk.ledger.exceptions.read(taken.case_id)
    if stored is None:
        await desk.ledger.due_done(taken)
    elif not stored.kept.is_open:
        await _forget(desk, taken, stored.kept)
    elif desk.now() >= stored.kept.ends_at:
        await _end(desk, taken)
    else:
        await _ask_for_review(desk, taken)


async def _ask_for_review(desk: Desk, taken: TakenDue) -> None:
    """Its owner and the escalation team, once for this review, in the step that notes it."""

    def make(kept: KeptException) -> ExceptionAmendment | None:
        if not kept.is_review_due(desk.now()) or kept.pinged_at is not None:
            return None
        after = pinged(kept, desk.now())
        effect_id = f"exception-review:{kept.exception_id}:{kept.revision}"
        team = exception_message(after, effect_id, messages.review_due(after, to_owner=False))
        owner = owner_told(after, f"{effect_id}:owner", messages.review_due(after, to_owner=True))
        return ExceptionAmendment(after, (exception_event("exception_review_due", after),), (team, owner))

    if await amend_exception(desk, taken.case_id, make, taken=taken) is not None:
        desk.metrics.exception("review due")


async def _end(desk: Desk, taken: TakenDue) -> None:
    """Nobody renewed it: it is over, and both are told."""

    def make(kept: KeptException) -> ExceptionAmendment | None:
        if not kept.is_open or desk.now() < kept.ends_at:
            return None
        after = ended(kept, desk.now())
        effect_id, said = f"exception-ended:{kept.exception_id}", messages.ended(after)
        effects = (exception_message(after, effect_id, said), owner_told(after, f"{effect_id}:owner", said))
        return ExceptionAmendment(after, (exception_event("exception_ended", after),), effects)

    if await amend_exception(desk, taken.case_id, make, taken=taken) is not None:
        desk.metrics.exception("ended")


async def _forget(desk: Desk, taken: TakenDue, kept: KeptException) -> None:
    """Retention: first its events' private parts, then the record's own words."""
    is_kept_long_enough = kept.closed_at is not None and (
        desk.now() >= kept.closed_at + desk.rules.retention.closed_cases
    )
    if kept.redacted_at is not None or not is_kept_long_enough:
        await amend_exception(desk, kept.exception_id, lambda _: None, taken=taken)
        return
    removed = await desk.ledger.chain.redact(kept.exception_id)

    def make(current: KeptException) -> ExceptionAmendment | None:
        if current.is_open or current.redacted_at is not None:
            return None
        after = without_words(current, desk.now())
        event = exception_event("exception_redacted", after, facts={"private_parts": removed})
        return ExceptionAmendment(after, (event,))

    await amend_exception(desk, kept.exception_id, make, taken=taken)
