"""The one order in which Gatehouse writes to the portal, whatever it writes (P2, P3). Nothing here judges.

    record ── time left? ── send once ──┬─ yes ── noted ──┐
       │           │                    ├─ no ────────────┼── read back ──┬─ shown ──────> settled
       │           └─ no: in doubt      └─ silence ───────┘               ├─ not shown ──> undone (no), in doubt (else)
       └─ not free: told why                                              └─ unreadable ─> in doubt

What is in doubt is settled later by the clock, which asks the portal until it knows (`bot.rules.attempts`). Nothing is
ever sent a second time for a press: a process that dies anywhere in this order leaves a record by which the next one
knows that something may have been sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.desk.changing import CountMoved, StandpointMoved
from bot.desk.desk import Desk
from bot.models import Press
from bot.portal import OutcomeUnknown, PortalError
from bot.rules.attempts import may_be_sent
from bot.seams import Seam, reach

log = structlog.get_logger()

Held = TypeVar("Held")
Seen = TypeVar("Seen")
End = TypeVar("End")

TOO_LATE = "It took too long to get going. Nothing was sent; press again."
"""To a presser whose verdict was too old before anything was recorded."""
NOT_SENT = (
    "It took too long to get going, so nothing was sent. How the portal has it is not known yet; "
    "Gatehouse asks, and tells you."
)
"""To a presser whose attempt was recorded, and whose time was over before it was sent."""
MOVING = (
    "What this rests on (grants, approvals of the same file) is being changed at this moment. Press again."
)
OUTLIVED = (
    "It was pressed a while ago, while Gatehouse could not work on it. Look how it stands, then press again."
)
_WHY_NOT_SENT = "It took too long to get going, so it was not sent."
_ACCEPTED = "The portal accepted it but does not show it yet."
_JUDGED_ANEW = 3
"""How often a press is judged again because grants changed under it (our choice)."""
_COUNTED_ANEW = 10
"""How often it is counted again because other approvals of the same were recorded meanwhile (our choice):
somebody's went in each time, so that all of them end."""
_PRESS_WORTH = timedelta(minutes=10)
"""How long a stored press may still change anything (our choice: well over a restart, well under a shift)."""


@dataclass(frozen=True, slots=True)
class NotFree(Generic[End]):
    """Nothing was recorded, and so nothing is sent: somebody was faster, or it is not as it was judged any more."""

    end: End


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the outcome is not known."""

    why: str
    """For the record."""
    is_sent: bool = True
    """False: this process knows that it has sent nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Generic[Held, Seen, End]):
    """What differs from one kind of write to the next; the order is `carry_out`'s.

    `Held` is the record as this press has written it last (handed on, so that no step has to read it again), `Seen` is
    what a look at the portal tells, `End` is what the use case makes of it for the presser.
    """

    attempt_id: str
    not_after: datetime
    """Counted from the verdict, not from the record: how long what was judged may still be acted on (P1)."""
    counted_as: str
    """The write's name in the metrics."""
    too_late: Callable[[], Awaitable[End]]
    """The verdict is too old already; nothing was recorded."""
    record: Callable[[], Awaitable[Held | NotFree[End]]]
    """Write the intent, on the standpoint of the verdict. Raises StandpointMoved."""
    send: Callable[[], Awaitable[None]]
    """Perform the write exactly once, with everything that it needs already read. Raises PortalError."""
    note_yes: Callable[[Held], Awaitable[Held]]
    """The portal has accepted it: into the record, before anything else."""
    look: Callable[[Held], Awaitable[Seen]]
    """Ask the portal itself what became of it. Raises PortalError."""
    shows: Callable[[Held, Seen], bool]
    """Whether that is an end, by whoever's doing."""
    settle: Callable[[Held, Seen], Awaitable[End]]
    """The portal shows an end: into the record, and told."""
    undo: Callable[[Held, Seen, PortalError], Awaitable[End]]
    """The portal refused it and shows no trace of it: a new press may make a new attempt."""
    doubt: Callable[[Held, Doubt], Awaitable[End]]
    """The outcome is not known: into the record, and told. The clock goes on asking."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the portal answered to the write itself. Neither a no nor silence is believed: the look decides."""

    is_yes: bool = False
    refusal: PortalError | None = None
    why: str = ""


async def carry_out(desk: Desk, write: Write[Held, Seen, End]) -> End:
    """Record the attempt, send it, read it back. At most one outstanding attempt for what is written (P2).

    Raises StandpointMoved (judge again) before anything was recorded, and LedgerUnavailable anywhere: the press stays
    stored, and taken up again it finds its own attempt in the record and makes no second one.
    """
    now = desk.onward()
    if not may_be_sent(write.not_after, now()):
        return await write.too_late()
    held = await write.record()
    if isinstance(held, NotFree):
        return held.end
    reach(Seam.ATTEMPT_RECORDED)
    # Asked a second time: a process may stand still between its record and this line for as long as its host likes,
    # and by then somebody else may have decided. Nothing may be awaited between this question and the send.
    if not may_be_sent(write.not_after, now()):
        log.warning(
            "attempt_not_sent", attempt_id=write.attempt_id, why="its time was over before it was sent"
        )
        # Not undone at once, though nothing was sent: whoever stood still so long leaves the last word to the clock,
        # which opens again by what the portal says, not by what a late process remembers.
        return await write.doubt(held, Doubt(_WHY_NOT_SENT, is_sent=False))
    desk.metrics.attempt_sent(write.counted_as)
    answer = await _send_once(write)
    if answer.is_yes:
        reach(Seam.WRITE_ANSWERED)
        # Before reading back: a crash from here on leaves a record that knows of the yes, and an end without our mark
        # (nobody has published what a rejection stores) is still known as ours.
        held = await write.note_yes(held)
        reach(Seam.YES_NOTED)
    return await _read_back(write, held, answer)


async def _send_once(write: Write[Held, Seen, End]) -> _Answer:
    """No retry, whatever comes: a second write could undo what somebody else has decided after the first (P2)."""
    try:
        await write.send()
    except OutcomeUnknown as error:
        log.warning("attempt_unanswered", attempt_id=write.attempt_id, why=str(error))
        return _Answer(why=str(error))
    except PortalError as error:
        return _Answer(refusal=error, why=str(error))
    return _Answer(is_yes=True)


async def _read_back(write: Write[Held, Seen, End], held: Held, answer: _Answer) -> End:
    """Settled by what the portal shows, and not by what it answered: a refusal may mean that somebody was faster."""
    try:
        seen = await write.look(held)
    except PortalError as error:
        return await write.doubt(held, Doubt(f"{answer.why} Reading it back failed: {error}".strip()))
    if write.shows(held, seen):
        return await write.settle(held, seen)
    if answer.refusal is not None:
        return await write.undo(held, seen, answer.refusal)
    return await write.doubt(held, Doubt(answer.why or _ACCEPTED))


async def judged_anew(
    press: Press, judge_and_act: Callable[[], Awaitable[End]], otherwise: Callable[[], Awaitable[End]]
) -> End:
    """Judge and act, and judge again while what it rests on moves between a verdict and its record (P1).

    Bounded, since somebody may change it without end: then `otherwise` says so, and nothing was sent.
    """
    judged = counted = 0
    while judged < _JUDGED_ANEW and counted < _COUNTED_ANEW:
        try:
            return await judge_and_act()
        except CountMoved as moved:
            counted += 1
            log.info("counted_anew", press_id=press.press_id, why=str(moved))
        except StandpointMoved as moved:
            judged += 1
            log.info("judged_anew", press_id=press.press_id, why=str(moved))
    return await otherwise()


def has_outlived(desk: Desk, press: Press) -> bool:
    """Whether a press waited through an outage: its presser has long looked elsewhere, and it changes nothing."""
    return desk.now() - press.received_at > _PRESS_WORTH
