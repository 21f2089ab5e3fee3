"""A mode that the portal's history tells badly: late, not at all, without an end. Nobody may be left unreminded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk.changing import mode_due
from bot.maintenance.course import Happened, Look, after_look
from bot.models import ModeDoing, ModeStanding, RunningMode
from tests.cards.everything_maintenance import running_mode
from tests.cards.samples import NOW
from tests.maintenance.test_course import (
    ENDING,
    FROM_REQUEST,
    HOUR,
    LATER,
    MARKED,
    OVERDUE,
    RULES,
    RUNNING,
    STARTING,
    attempt,
    look,
    row,
)

H = Happened
RECENT = timedelta(minutes=59, seconds=50)


def _recorded(mode: RunningMode, does: ModeDoing, until: timedelta | None = None) -> RunningMode:
    """The same mode with a write that was recorded ten seconds before its end."""
    made = attempt(does, until)
    moved = {"recorded_at": NOW + RECENT, "not_after": NOW + RECENT + timedelta(seconds=20)}
    return mode.model_copy(update={"attempt": made.model_copy(update=moved)})


def test_p3_an_extension_in_doubt_keeps_a_mode_open_past_its_former_end() -> None:
    """Sent seconds before the end, its answer lost: it may still take effect, and then somebody has to watch it."""
    mode = _recorded(RUNNING, ModeDoing.EXTEND, 2 * HOUR)
    waits = after_look(mode, look(60.1, row()), RULES)
    assert (waits.happened, waits.mode.is_open) == ((), True)
    arrived = after_look(waits.mode, look(60.5, row(**LATER), in_type=3), RULES)
    assert arrived.happened == (H.EXTENDED,)
    without = after_look(waits.mode, look(62, row()), RULES)
    assert (without.happened, without.mode.standing) == ((H.ENDED,), ModeStanding.ENDED)


@pytest.mark.parametrize("ended_by", ["Tom", ""])
def test_an_extension_in_doubt_does_not_hide_an_early_end(ended_by: str) -> None:
    """Somebody ended it in the portal before its time: that is the end, whatever is on its way."""
    mode = _recorded(RUNNING, ModeDoing.EXTEND, 2 * HOUR)
    early = row(endedBy=ended_by, endDateTime=(NOW + HOUR / 2).isoformat())
    assert after_look(mode, look(60.1, early), RULES).happened == (H.ENDED,)


def test_p3_a_mode_that_ran_out_was_not_ended_by_the_press_in_doubt() -> None:
    """No end of ours has shown; the computer stays in it, and that is called out like any other."""
    mode = _recorded(RUNNING, ModeDoing.END)
    stays = after_look(mode, look(60.1, row(), in_type=3), RULES)
    assert (stays.happened, stays.mode.standing) == ((H.OVERDUE,), ModeStanding.RUNNING)
    gone = after_look(mode, look(60.1, row()), RULES)
    assert (gone.happened, gone.mode.ended_by) == ((H.ENDED,), "")


def test_an_end_of_ours_that_has_arrived_is_ours() -> None:
    early = row(endDateTime=(NOW + HOUR / 3).isoformat())
    assert after_look(ENDING, look(20.1, early, in_type=3), RULES).mode.ended_by == "Bo Lindqvist"


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(look(60, in_type=3), id="no line any more, and the computer is still in it"),
        pytest.param(look(60, row(endDateTime=None), in_type=3), id="somebody took its end away"),
        pytest.param(look(60, row(endDateTime=None)), id="without an end, and the computer shows nothing"),
    ],
)
def test_p6_a_mode_that_runs_past_its_end_is_overdue_and_called_whatever_the_history_shows(
    seen: Look,
) -> None:
    overdue = after_look(RUNNING, seen, RULES)
    assert overdue.happened == (H.OVERDUE,)
    later = Look(seen.at + timedelta(minutes=2), seen.rows, seen.computer)
    assert after_look(overdue.mode, later, RULES).happened == (H.STILL_ON,)


def test_the_clock_never_spins_on_a_mode_whose_end_has_passed() -> None:
    """Looked at just now and found as it was: the next look lies ahead, whatever the record says of its end."""
    for minutes in (60.0, 61.0, 300.0):
        now = NOW + timedelta(minutes=minutes)
        at = mode_due(running_mode(looked_at=now), now, RULES).at
        assert at is not None
        assert at >= now + timedelta(seconds=30)


@pytest.mark.parametrize(("mode", "minutes"), [(STARTING, 2), (FROM_REQUEST, 6)])
def test_p3_what_the_computer_is_in_has_started_whatever_its_history_shows(
    mode: RunningMode, minutes: float
) -> None:
    """A history that lags or fails must not leave a computer in a mode that nobody watches."""
    begun = after_look(mode, look(minutes, in_type=3), RULES)
    assert begun.happened == (H.STARTED,)
    assert begun.mode.standing is ModeStanding.RUNNING
    assert "history" in begun.mode.note
    shown = after_look(begun.mode, look(minutes + 1, row(**MARKED), in_type=3), RULES)
    assert shown.mode.portal_mode_id
    assert after_look(begun.mode, look(60, in_type=3), RULES).happened == (H.OVERDUE,)
    assert after_look(begun.mode, look(60), RULES).happened == (H.ENDED,)


def test_p6_a_moved_end_begins_the_watch_anew() -> None:
    """Overdue, called, then prolonged in the portal: overdue again it is called again."""
    called = OVERDUE.model_copy(update={"escalated_at": NOW, "note": "Its time is over, but …"})
    moved = after_look(called, look(70, row(**LATER), in_type=3), RULES)
    assert moved.happened == (H.MOVED,)
    assert (moved.mode.escalated_at, moved.mode.overdue_since, moved.mode.note) == (None, None, "")
    again = after_look(moved.mode, look(120, row(**LATER), in_type=3), RULES)
    assert again.happened == (H.OVERDUE,)
    assert after_look(again.mode, look(122, row(**LATER), in_type=3), RULES).happened == (H.STILL_ON,)
