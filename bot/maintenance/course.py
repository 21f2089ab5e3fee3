"""What a look at the portal makes of a maintenance mode: from one record to the next. No clock, no socket, no Slack.

STARTING ── the history shows it ──> RUNNING ── ended by somebody, or run out ──> ENDED
   │                                    └<── an extension of ours that came after ──┘
   └─────── refused, or no trace of it when it can no longer come ──> NOT_STARTED
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.models import ModeAttempt, ModeDoing, ModeStanding, Rules, RunningMode
from bot.portal import ComputerRow, ModeRow, mode_named
from bot.rules.attempts import is_over
from permissions import Door

_REQUEST_STARTS_WITHIN = timedelta(minutes=2)
"""How far the start of a mode that answers a request may lie from the decision (our choice: two clocks)."""
_REQUEST_SHOWN_WITHIN = timedelta(minutes=5)
"""How long the history may take to show it (our choice)."""
ESCALATE_AFTER = timedelta(minutes=2)
"""How long the portal may still show a mode after its end before the escalation team is called (our choice)."""
_SECOND = timedelta(seconds=1)
NO_TRACE = (
    "The portal's history shows no trace of it. Nothing is sent again; only a new press makes a new attempt."
)
ACCEPTED_WITHOUT_TRACE = (
    "The portal accepted it, but its history does not show it. Look at the computer on the Devices page."
)
NOT_IN_HISTORY = (
    "The portal approved the request with this mode, but the computer's history does not show it. "
    "Look at the computer on the Devices page."
)
ONLY_THE_COMPUTER = (
    "The portal shows the computer in it, but its history does not show this run. End it on the Devices page."
)
NOT_WHOLE = (
    "The computer's history holds a line that cannot be read, and the computer is not shown in this mode. "
    "Look at the computer on the Devices page."
)
UNNAMED = "somebody whom the portal does not name"
AFTER_ALL = "It had been ended in the portal; the portal carried out an extension of ours after that."
ONLY_ANEW = "Nothing is sent again; only a new press makes a new attempt."


class Happened(StrEnum):
    """What a look found to be new; each is an event of the record."""

    STARTED = "mode_started"
    NOT_STARTED = "mode_not_started"
    EXTENDED = "mode_extended"
    NOT_EXTENDED = "mode_not_extended"
    ENDED = "mode_ended"
    NOT_ENDED = "mode_not_ended"
    MOVED = "mode_end_moved_in_portal"
    OVERTAKEN = "mode_extension_overtaken"
    """Somebody's end was faster than our extension, which can take effect no more."""
    OVERDUE = "mode_overdue"
    STILL_ON = "mode_still_on"
    """Overdue for so long that the escalation team is called."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the portal says of a computer's modes at one moment."""

    at: datetime
    rows: Sequence[ModeRow]
    computer: ComputerRow | None
    """None: it is not in its organization any more."""
    is_whole: bool = True
    """False: the history holds a line that cannot be read, and the mode that is looked for may be that one."""


@dataclass(frozen=True, slots=True)
class Next:
    """The record after a look, and what is new."""

    mode: RunningMode
    happened: tuple[Happened, ...] = ()
    ended_by_us: bool = False
    """It is over, and by our own press."""


def after_look(mode: RunningMode, look: Look, rules: Rules, *, refused: str = "") -> Next:
    """The next record. `refused`: the portal has just said no to the outstanding write, in these words."""
    row = row_of(mode, look.rows)
    if not mode.is_open:
        return _after_its_end(mode, row, look, rules)
    mode = _with(mode, looked_at=look.at)
    if mode.standing is ModeStanding.STARTING:
        return _start(mode, row, look, rules, refused)
    if row is None:
        return _without_row(mode, look, rules, refused)
    if not mode.portal_mode_id:
        mode = _with(mode, portal_mode_id=row.maintenance_mode_id, note="")
    if _is_over(row, look):
        may_last = not refused and _may_yet_be_longer(mode, row, look, rules)
        return Next(mode) if may_last else _end(mode, row, look, rules, refused)
    found = _attempt(mode, row, look, rules, refused)
    if Happened.EXTENDED in found.happened:
        return found
    if moved := _moved(found.mode, row):
        return Next(moved, (*found.happened, Happened.MOVED))
    is_over = not found.happened and found.mode.attempt is None and look.at >= mode.ends_at
    return _overdue(found.mode, look) if is_over else found


def row_of(mode: RunningMode, rows: Sequence[ModeRow]) -> ModeRow | None:
    """The line of the history that is this mode: by its id, by our mark, else by its type and its very times."""
    ours = [row for row in rows if row.mode is mode.mode]
    if mode.portal_mode_id:
        return next((row for row in ours if row.maintenance_mode_id == mode.portal_mode_id), None)
    marked = next((row for row in ours if mode.start_id and row.carries(mode.start_id)), None)
    if marked is not None:
        return marked
    within = _REQUEST_STARTS_WITHIN if mode.door is Door.REQUEST else _SECOND
    near = [row for row in ours if _starts_near(row, mode, within) and "[attempt " not in row.notes]
    if mode.door is Door.COMPUTER:
        near = [row for row in near if row.end_date_time and abs(row.end_date_time - mode.ends_at) < _SECOND]
    return min(near, key=lambda row: abs(_start_of(row) - mode.starts_at), default=None)


def _starts_near(row: ModeRow, mode: RunningMode, within: timedelta) -> bool:
    return row.start_date_time is not None and abs(row.start_date_time - mode.starts_at) < within


def _start_of(row: ModeRow) -> datetime:
    if row.start_date_time is None:
        raise ValueError("a line without a start was not left out")
    return row.start_date_time


def begin(mode: RunningMode, attempt: ModeAttempt) -> RunningMode:
    """A write about a running mode is on its way."""
    return _with(mode, attempt=attempt)


def given_up_too_soon(mode: RunningMode, look: Look) -> RunningMode:
    """A start that the clock gave up while its process stood still, and that the history shows after all.

    Then it is to be watched again, from its start; any other mode as it is.
    """
    if mode.standing is not ModeStanding.NOT_STARTED or row_of(mode, look.rows) is None:
        return mode
    return _with(mode, standing=ModeStanding.STARTING, ended_at=None, note="")


def redact(mode: RunningMode, at: datetime) -> RunningMode:
    """Without reasons, ticket and remarks; who started and ended it stays, as with decisions."""
    return _with(mode, because="", ticket="", note="", overtaken=None, redacted_at=at)


def _start(mode: RunningMode, row: ModeRow | None, look: Look, rules: Rules, refused: str) -> Next:
    if row is not None:
        moved = row.end_date_time is not None and abs(row.end_date_time - mode.ends_at) >= _SECOND
        shown = _with(
            mode,
            standing=ModeStanding.RUNNING,
            portal_mode_id=row.maintenance_mode_id,
            starts_at=row.start_date_time or mode.starts_at,
            ends_at=row.end_date_time or mode.ends_at,
            **(_WATCHED_ANEW if moved else {}),
            **_spent(mode),
        )
        if not _is_over(row, look):
            return Next(shown, (Happened.STARTED,))
        ended = _end(shown, row, look, rules, refused)
        return Next(ended.mode, (Happened.STARTED, *ended.happened))
    why = refused or _no_start(mode, look, rules)
    if not why:
        return Next(mode)
    if not refused and _is_in(mode, look):
        begun = _with(mode, standing=ModeStanding.RUNNING, note=ONLY_THE_COMPUTER, **_spent(mode))
        return Next(begun, (Happened.STARTED,))
    if not refused and not look.is_whole:
        why = NOT_WHOLE
    gone = _with(mode, standing=ModeStanding.NOT_STARTED, note=why, ended_at=look.at, **_spent(mode))
    return Next(gone, (Happened.NOT_STARTED,))


def _no_start(mode: RunningMode, look: Look, rules: Rules) -> str:
    """Why it can be given up; empty while it may still come."""
    if mode.attempt is None:
        return NOT_IN_HISTORY if look.at >= mode.starts_at + _REQUEST_SHOWN_WITHIN else ""
    if not is_over(mode.attempt.not_after, look.at, rules):
        return ""
    return ACCEPTED_WITHOUT_TRACE if mode.attempt.answered else NO_TRACE


def _without_row(mode: RunningMode, look: Look, rules: Rules, refused: str) -> Next:
    """The history does not show it (any more): with its time over it has ended, unless the computer is still in it."""
    if look.at < mode.ends_at:
        return _give_up(mode, look, rules, refused)
    if _is_in(mode, look):
        return _overdue(mode, look)
    return Next(_ended(mode, mode.ends_at, ""), (Happened.ENDED,))


def _is_over(row: ModeRow, look: Look) -> bool:
    return bool(row.ended_by) or (row.end_date_time is not None and row.end_date_time <= look.at)


def _end(mode: RunningMode, row: ModeRow, look: Look, rules: Rules, refused: str) -> Next:
    """The history says that it is over; the computer itself may lag behind, or stay in it."""
    attempt, at = mode.attempt, min(row.end_date_time or look.at, look.at)
    if attempt is not None and _is_our_end(mode, attempt, row, refused):
        return Next(_ended(mode, at, attempt.actor.name), (Happened.ENDED,), ended_by_us=True)
    if not row.ended_by and _is_in(mode, look):
        return _overdue(mode, look)
    over = _ended(mode, at, row.ended_by or ("" if _ran_out(mode, row) else UNNAMED))
    if attempt is None or refused:
        return Next(over, (Happened.ENDED,))
    if attempt.does is ModeDoing.END and attempt.answered:
        over = _with(over, note=f"The portal took {attempt.actor.name}'s press to end it as well.")
    elif attempt.does is ModeDoing.EXTEND and not is_over(attempt.not_after, look.at, rules):
        over = _with(over, overtaken=attempt)
    return Next(over, (Happened.ENDED,))


def _is_our_end(mode: RunningMode, attempt: ModeAttempt, row: ModeRow, refused: str) -> bool:
    """Whether it is over by our press: taken, before its time, and the portal names nobody but its own account of us.

    Who started a mode of ours is that account, in the portal's own words.
    """
    if attempt.does is not ModeDoing.END or refused or _ran_out(mode, row):
        return False
    return row.ended_by.casefold() in ("", row.added_by.casefold())


def _after_its_end(mode: RunningMode, row: ModeRow | None, look: Look, rules: Rules) -> Next:
    """What is over stays over; but for an extension of ours that a portal carries out after somebody's end."""
    attempt = mode.overtaken
    if attempt is None:
        return Next(mode)
    if row is not None and not _is_over(row, look):
        again = {"standing": ModeStanding.RUNNING, "ended_at": None, "ended_by": "", "overtaken": None}
        later = _with(mode, ends_at=row.end_date_time or mode.ends_at, **(again | _WATCHED_ANEW))
        return Next(_with(later, note=AFTER_ALL), (Happened.EXTENDED,))
    if is_over(attempt.not_after, look.at, rules):
        return Next(_with(mode, overtaken=None), (Happened.OVERTAKEN,))
    return Next(mode)


def _ran_out(mode: RunningMode, row: ModeRow) -> bool:
    """Whether it came to its end by itself: nobody is named, and it is not over before its time."""
    end = row.end_date_time
    return not row.ended_by and end is not None and end > mode.ends_at - _SECOND


def _may_yet_be_longer(mode: RunningMode, row: ModeRow, look: Look, rules: Rules) -> bool:
    """Whether an extension of ours is on its way that may still take effect, after the former end has come."""
    attempt = mode.attempt
    if attempt is None or attempt.does is not ModeDoing.EXTEND or is_over(attempt.not_after, look.at, rules):
        return False
    return _ran_out(mode, row) and not _reaches(row, attempt)


def _is_in(mode: RunningMode, look: Look) -> bool:
    """Whether the portal still shows the computer in this mode, and no other run of it is the reason."""
    if look.computer is None or mode_named(look.computer.maintenance_type_id) is not mode.mode:
        return False
    others = (row for row in look.rows if row.maintenance_mode_id != mode.portal_mode_id)
    return not any(row.mode is mode.mode and row.is_running(look.at) for row in others)


def _overdue(mode: RunningMode, look: Look) -> Next:
    if mode.overdue_since is None:
        return Next(_with(mode, overdue_since=look.at, note="", **_spent(mode)), (Happened.OVERDUE,))
    if mode.escalated_at is None and look.at >= mode.overdue_since + ESCALATE_AFTER:
        return Next(_with(mode, escalated_at=look.at), (Happened.STILL_ON,))
    return Next(mode)


def _attempt(mode: RunningMode, row: ModeRow, look: Look, rules: Rules, refused: str) -> Next:
    """The outstanding write, with the mode still running by the history."""
    attempt = mode.attempt
    if attempt is None:
        return Next(mode)
    if attempt.does is ModeDoing.EXTEND and _reaches(row, attempt):
        later = _with(
            mode,
            ends_at=row.end_date_time or mode.ends_at,
            **_WATCHED_ANEW,
            **_spent(mode),
        )
        return Next(later, (Happened.EXTENDED,))
    return _give_up(mode, look, rules, refused)


def _reaches(row: ModeRow, attempt: ModeAttempt) -> bool:
    """Whether the history shows the end that was asked for."""
    if row.end_date_time is None or attempt.until is None:
        return False
    return abs(row.end_date_time - attempt.until) < _SECOND


def _give_up(mode: RunningMode, look: Look, rules: Rules, refused: str) -> Next:
    attempt = mode.attempt
    if attempt is None or not (refused or is_over(attempt.not_after, look.at, rules)):
        return Next(mode)
    happened = Happened.NOT_EXTENDED if attempt.does is ModeDoing.EXTEND else Happened.NOT_ENDED
    return Next(_with(mode, **_spent(mode)), (happened,))


def _moved(mode: RunningMode, row: ModeRow) -> RunningMode | None:
    """The mode with the end that somebody has given it in the portal; None: it stands where we know it."""
    end = row.end_date_time
    if end is None or abs(end - mode.ends_at) < _SECOND:
        return None
    return _with(mode, ends_at=end, **_WATCHED_ANEW)


_WATCHED_ANEW: dict[str, Any] = {
    "reminded_at": None,
    "overdue_since": None,
    "escalated_at": None,
    "note": "",
}
"""What a new end makes of what was said about the former one."""


def _ended(mode: RunningMode, at: datetime, by: str) -> RunningMode:
    over = {"standing": ModeStanding.ENDED, "ended_at": at, "ended_by": by, "overdue_since": None, "note": ""}
    return _with(mode, **over, **_spent(mode))


def _spent(mode: RunningMode) -> dict[str, Any]:
    """The outstanding write is over; its press makes no second one."""
    if mode.attempt is None:
        return {}
    return {"attempt": None, "spent_presses": (*mode.spent_presses, mode.attempt.press_id)}


def _with(mode: RunningMode, **changed: Any) -> RunningMode:
    return mode.model_copy(update=changed)
