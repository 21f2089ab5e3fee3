"""What the clock does with a maintenance mode: reminder, looks, end, the call when it does not end, retention."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.cards.messages import maintenance as cards
from bot.desk import Desk, ModeAmendment, amend_mode, mode_event
from bot.desk.changing import mode_due, reminder_at
from bot.maintenance.course import Look, after_look, redact
from bot.maintenance.looking import look, reply, settle
from bot.models import ModeDoing, ModeStanding, RunningMode, TakenDue
from bot.portal import PortalError
from bot.rules.attempts import is_over

log = structlog.get_logger()

_ASK_AGAIN = timedelta(seconds=30)
"""Before the portal is asked again after it could not answer (our choice)."""
_GIVE_UP_AFTER = timedelta(hours=24)
"""After its end; a portal that cannot say anything of a computer for so long will not (our choice)."""
_NEVER_TOLD = "For a day the portal could not be asked whether it has ended. Look at the Devices page."
_SILENT = "Its time is over, but the portal cannot be asked whether it has ended."


async def watch_mode(desk: Desk, taken: TakenDue) -> None:
    """A mode is due: the due time names it where others name a case."""
    stored = await desk.ledger.modes.read(taken.case_id)
    if stored is None:
        await desk.ledger.due_done(taken)
    elif not stored.mode.is_open and stored.mode.overtaken is None:
        await _expire(desk, taken, stored.mode)
    elif _wants_reminder(desk, stored.mode):
        await _remind(desk, taken)
    else:
        await _look(desk, taken, stored.mode)


def _wants_reminder(desk: Desk, mode: RunningMode) -> bool:
    """Its last minutes have come, and nothing is on its way that may yet change its end. A start in doubt counts."""
    now, attempt = desk.now(), mode.attempt
    changes = attempt is not None and attempt.does is not ModeDoing.START
    if mode.reminded_at is not None or (
        attempt is not None and changes and not is_over(attempt.not_after, now, desk.rules)
    ):
        return False
    return mode.is_open and reminder_at(mode) <= now < mode.ends_at


async def _remind(desk: Desk, taken: TakenDue) -> None:
    def make(mode: RunningMode) -> ModeAmendment | None:
        if not mode.is_open or not _wants_reminder(desk, mode):
            return None
        reminded = mode.model_copy(update={"reminded_at": desk.now()})
        effect_id = f"mode-reminder:{mode.mode_id}:{mode.ends_at.timestamp():.0f}"
        event = mode_event("mode_reminded", mode, facts={"until": mode.ends_at.isoformat()})
        return ModeAmendment(
            reminded, [event], [reply(mode, effect_id, cards.reminder(mode))], is_shown=False
        )

    await amend_mode(desk, taken.case_id, make, taken=taken)


async def _look(desk: Desk, taken: TakenDue, mode: RunningMode) -> None:
    try:
        seen = await look(desk, mode)
    except PortalError as error:
        log.warning("mode_not_looked_at", mode_id=mode.mode_id, why=str(error))
        await _silent(desk, taken, mode)
        return
    if after_look(mode, seen, desk.rules).happened:
        await settle(desk, mode.mode_id, seen, taken=taken)
    else:
        await _nothing_new(desk, taken, mode, seen)


async def _nothing_new(desk: Desk, taken: TakenDue, mode: RunningMode, seen: Look) -> None:
    """Looked, and it stands as before: no change, so no record; only the next look is set."""
    looked = mode.model_copy(update={"looked_at": seen.at})
    at = mode_due(looked, desk.now(), desk.rules).at
    if at is None:
        await desk.ledger.due_done(taken)
    else:
        await desk.ledger.due_later(taken, at)


async def _silent(desk: Desk, taken: TakenDue, mode: RunningMode) -> None:
    """The portal cannot be asked. With its time over that is said, once; the next try follows."""

    def make(current: RunningMode) -> ModeAmendment | None:
        if not current.is_open or current.note or desk.now() < current.ends_at:
            return None
        event = mode_event("mode_end_not_known", current)
        effect_id = f"mode-silent:{current.mode_id}:{current.ends_at.timestamp():.0f}"
        said = reply(current, effect_id, cards.end_not_known(current))
        return ModeAmendment(current.model_copy(update={"note": _SILENT}), [event], [said])

    if desk.now() - mode.ends_at >= _GIVE_UP_AFTER:
        await _give_up(desk, taken)
        return
    if desk.now() >= mode.ends_at and not mode.note:
        await amend_mode(desk, mode.mode_id, make)
    await desk.ledger.due_later(taken, desk.now() + _ASK_AGAIN)


async def _give_up(desk: Desk, taken: TakenDue) -> None:
    """A day of silence after its end: nobody is left waiting for its last word, and the message says what is known."""

    def make(mode: RunningMode) -> ModeAmendment | None:
        if not mode.is_open and mode.overtaken is None:
            return None
        over: dict[str, object] = {"attempt": None, "overtaken": None}
        if mode.is_open:
            over |= {"standing": ModeStanding.ENDED, "note": _NEVER_TOLD}
        return ModeAmendment(mode.model_copy(update=over), [mode_event("mode_given_up", mode)])

    await amend_mode(desk, taken.case_id, make, taken=taken)


async def _expire(desk: Desk, taken: TakenDue, mode: RunningMode) -> None:
    """Retention: first its events' private parts, then the record, whose message is redrawn."""
    over = mode.ended_at or mode.ends_at
    if mode.redacted_at is not None or desk.now() < over + desk.rules.retention.closed_cases:
        await amend_mode(desk, mode.mode_id, lambda _: None, taken=taken)
        return
    removed = await desk.ledger.chain.redact(mode.mode_id)

    def make(current: RunningMode) -> ModeAmendment | None:
        if current.is_open or current.redacted_at is not None:
            return None
        following = redact(current, desk.now())
        return ModeAmendment(
            following, [mode_event("mode_redacted", following, facts={"private_parts": removed})]
        )

    await amend_mode(desk, mode.mode_id, make, taken=taken)
