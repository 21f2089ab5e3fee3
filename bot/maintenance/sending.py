"""One write about a maintenance mode: sent once, then the history is asked, then the record says what that says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.cards.kit.rendered import Rendered
from bot.cards.messages import maintenance as cards
from bot.desk import (
    Desk,
    ModeAmendment,
    Presser,
    actor_of,
    amend_mode,
    answer,
    mode_event,
    new_id,
    refusal_sentence,
)
from bot.maintenance.looking import look, settle
from bot.models import ModeAttempt, ModeDoing, Press, RunningMode
from bot.portal import OutcomeUnknown, PortalError
from bot.seams import Seam, reach
from permissions import Allowed

log = structlog.get_logger()


Send = Callable[[], Awaitable[None]]
"""Performs the write exactly once; raises PortalError."""
_TOO_LATE = "It took too long to get going, so nothing was sent. Press again."
MOVING = "Grants are being changed at this moment. Press again."
_PRESS_WORTH = timedelta(minutes=10)
"""How long a stored press may still change anything (our choice, as for decisions)."""
OUTLIVED = (
    "It was pressed a while ago, while Gatehouse could not work on it. Look how it stands, then press again."
)
JUDGED_ANEW = 3
"""How often a press is judged again because grants changed under it (our choice, as for decisions)."""


def has_outlived(desk: Desk, press: Press) -> bool:
    """Whether a press waited through an outage: its presser has long looked elsewhere."""
    return desk.now() - press.received_at > _PRESS_WORTH


def attempt_of(
    desk: Desk,
    press: Press,
    presser: Presser,
    verdict: Allowed,
    judged_at: datetime,
    *,
    does: ModeDoing,
    until: datetime | None,
    because: str,
) -> ModeAttempt:
    """The intent, to be recorded before anything is sent."""
    return ModeAttempt(
        attempt_id=new_id("a"),
        press_id=press.press_id,
        does=does,
        actor=actor_of(presser.person, press),
        until=until,
        because=because,
        rests_on=tuple(map(str, verdict.rests_on)),
        access_generation=presser.access.generation,
        recorded_at=desk.now(),
        not_after=judged_at + desk.rules.attempt_not_after,
    )


async def carry_out(desk: Desk, press: Press, mode: RunningMode, attempt: ModeAttempt, send: Send) -> None:
    """The write of a recorded attempt, and the answer to its presser."""
    reach(Seam.ATTEMPT_RECORDED)
    if desk.now() >= attempt.not_after:
        log.warning("mode_attempt_not_sent", attempt_id=attempt.attempt_id, why="its time was over")
        await _read_back(desk, press, mode, attempt, refused=_TOO_LATE)
        return
    desk.metrics.attempt_sent(f"mode_{attempt.does.value}")
    try:
        await send()
    except OutcomeUnknown as error:
        log.warning("mode_outcome_unknown", attempt_id=attempt.attempt_id, why=str(error))
        await _read_back(desk, press, mode, attempt)
    except PortalError as error:
        await _read_back(desk, press, mode, attempt, refused=refusal_of(error))
    else:
        reach(Seam.WRITE_ANSWERED)
        await _note_yes(desk, mode, attempt)
        await _read_back(desk, press, mode, attempt)


async def _note_yes(desk: Desk, mode: RunningMode, attempt: ModeAttempt) -> None:
    """The portal said yes: kept, since a history that shows nothing later then means something else."""

    def make(current: RunningMode) -> ModeAmendment | None:
        if current.attempt is None or current.attempt.attempt_id != attempt.attempt_id:
            return None
        answered = current.attempt.model_copy(update={"answered": True})
        event = mode_event("mode_write_answered", current, facts={"attempt_id": attempt.attempt_id})
        following = current.model_copy(update={"attempt": answered})
        return ModeAmendment(following, [event], is_shown=False)

    await amend_mode(desk, mode.mode_id, make)


async def _read_back(
    desk: Desk, press: Press, mode: RunningMode, attempt: ModeAttempt, *, refused: str = ""
) -> None:
    """Ask the history what became of it; silence leaves it open, and the clock asks again."""
    try:
        seen = await look(desk, mode)
    except PortalError as error:
        await _leave_open(desk, press, mode, attempt, str(error))
        return
    await settle(desk, mode.mode_id, seen, press=press, refused=refused)


async def _leave_open(desk: Desk, press: Press, mode: RunningMode, attempt: ModeAttempt, why: str) -> None:
    def make(current: RunningMode) -> ModeAmendment:
        facts = {"attempt_id": attempt.attempt_id}
        event = mode_event("mode_in_doubt", current, press, facts=facts, private={"told": why})
        return ModeAmendment(current, [event], [answer(press, cards.checking(current))])

    await amend_mode(desk, mode.mode_id, make, press=press)


def refusal_of(refusal: PortalError) -> str:
    """What the presser reads when the portal itself says no to a mode."""
    return refusal_sentence(refusal, otherwise="use the portal's Devices page", so="Nothing was changed.")


def again(press: Press, mode: RunningMode) -> Rendered | None:
    """A press that is taken up again after a crash: what its one attempt came to. None: it has made none."""
    if mode.attempt is not None and mode.attempt.press_id == press.press_id:
        return cards.checking(mode)
    if press.press_id not in mode.spent_presses:
        return None
    return cards.ended_now(mode) if not mode.is_open and mode.portal_mode_id else _stands(mode)


def _stands(mode: RunningMode) -> Rendered:
    if mode.is_open:
        return cards.started(mode)
    return cards.came_to_nothing(mode, ModeDoing.START, mode.note)
