"""What a look at the portal makes of a maintenance mode, as a table: no clock, no socket, no Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.desk.changing import mode_due
from bot.maintenance.course import Happened, Look, after_look, row_of
from bot.models import MaintenanceMode, ModeAttempt, ModeDoing, ModeStanding, Rules, RunningMode
from bot.portal import ComputerRow, ModeRow
from permissions import Door
from tests.cards.everything_maintenance import mode_attempt, running_mode
from tests.cards.samples import NOW

OWN = "57d9c0e4-a1f2-4b36-8e7d-3c60b9f1d285"
OTHER = "a9d9c0e4-a1f2-4b36-8e7d-3c60b9f1d285"
HOUR = timedelta(hours=1)
RULES = Rules()
H = Happened


def row(mode_id: str = OWN, *, type_id: int = 3, **changed: Any) -> ModeRow:
    """A line of the history: an hour of Learning from NOW on."""
    told = {
        "maintenanceModeId": mode_id,
        "maintenanceTypeId": type_id,
        "startDateTime": NOW.isoformat(),
        "endDateTime": (NOW + HOUR).isoformat(),
        "addedBy": "slack-approvals (API)",
    }
    return ModeRow.read(told | changed)


def computer(type_id: int = 0) -> ComputerRow:
    """The computer, in a mode or in none."""
    return ComputerRow.read({"computerId": OWN, "maintenanceTypeId": type_id})


def look(minutes: float, *rows: ModeRow, in_type: int = 0) -> Look:
    """What the portal says so many minutes after NOW."""
    return Look(NOW + timedelta(minutes=minutes), rows, computer(in_type))


def attempt(does: ModeDoing, until: timedelta | None = None) -> ModeAttempt:
    """A write that is on its way."""
    return mode_attempt(does=does).model_copy(update={"until": NOW + until if until else None})


STARTING = running_mode(
    standing=ModeStanding.STARTING, portal_mode_id="", start_id="a1", attempt=attempt(ModeDoing.START, HOUR)
)
RUNNING = running_mode()
ENDING = running_mode(attempt=attempt(ModeDoing.END))
LONGER = running_mode(attempt=attempt(ModeDoing.EXTEND, 2 * HOUR))
ANSWERED = STARTING.model_copy(
    update={"attempt": attempt(ModeDoing.START, HOUR).model_copy(update={"answered": True})}
)
FROM_REQUEST = running_mode(
    standing=ModeStanding.STARTING, portal_mode_id="", door=Door.REQUEST, case_id="c1", start_id="a1"
)
OVERDUE = running_mode(overdue_since=NOW + HOUR)
MARKED: dict[str, Any] = {"notes": "Started by Mel Ortiz via Gatehouse [attempt a1]: because"}
LATER: dict[str, Any] = {"endDateTime": (NOW + 2 * HOUR).isoformat()}
BY_TOM: dict[str, Any] = {"endedBy": "Tom", "endDateTime": (NOW + HOUR / 2).isoformat()}
MOVED: dict[str, Any] = {"endDateTime": (NOW + HOUR / 3).isoformat()}
SOON_BY_TOM: dict[str, Any] = {"endedBy": "Tom", "endDateTime": (NOW + timedelta(seconds=10)).isoformat()}
CUT_OFF = running_mode(
    standing=ModeStanding.ENDED,
    ended_at=NOW,
    ended_by="Tom",
    overtaken=attempt(ModeDoing.EXTEND, 2 * HOUR),
)


@pytest.mark.parametrize(
    ("mode", "seen", "happened", "standing"),
    [
        # Starting: by our mark, else by the very times, else unknown for a while, then given up.
        (STARTING, look(0, row(**MARKED)), [H.STARTED], ModeStanding.RUNNING),
        (STARTING, look(0, row(**LATER, **MARKED)), [H.STARTED], ModeStanding.RUNNING),
        (STARTING, look(0, row()), [H.STARTED], ModeStanding.RUNNING),
        (
            STARTING,
            look(0, row(notes="Started by Bo via Gatehouse [attempt a2]: x")),
            [],
            ModeStanding.STARTING,
        ),
        (STARTING, look(0, row(**LATER)), [], ModeStanding.STARTING),
        (STARTING, look(0, row(type_id=2, **MARKED)), [], ModeStanding.STARTING),
        (STARTING, look(1), [], ModeStanding.STARTING),
        (STARTING, look(2), [H.NOT_STARTED], ModeStanding.NOT_STARTED),
        (ANSWERED, look(2), [H.NOT_STARTED], ModeStanding.NOT_STARTED),
        (STARTING, look(61, row(**MARKED)), [H.STARTED, H.ENDED], ModeStanding.ENDED),
        (STARTING, look(40, row(**MARKED, **BY_TOM)), [H.STARTED, H.ENDED], ModeStanding.ENDED),
        (FROM_REQUEST, look(0.1), [], ModeStanding.STARTING),
        (FROM_REQUEST, look(0.1, row()), [H.STARTED], ModeStanding.RUNNING),
        (FROM_REQUEST, look(0.1, row(**LATER)), [H.STARTED], ModeStanding.RUNNING),
        (FROM_REQUEST, look(0.1, row(**MARKED)), [H.STARTED], ModeStanding.RUNNING),
        (FROM_REQUEST, look(0.1, row(startDateTime=None)), [], ModeStanding.STARTING),
        (FROM_REQUEST, look(6), [H.NOT_STARTED], ModeStanding.NOT_STARTED),
        # Running, nothing on its way.
        (RUNNING, look(30, row(), in_type=3), [], ModeStanding.RUNNING),
        (RUNNING, look(30, row(**LATER), in_type=3), [H.MOVED], ModeStanding.RUNNING),
        (RUNNING, look(30, row(endDateTime=None), in_type=3), [], ModeStanding.RUNNING),
        (RUNNING, look(40, row(**BY_TOM)), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(40, row(**BY_TOM), in_type=3), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(60, row()), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(60, row(), in_type=2), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(60, row(), in_type=3), [H.OVERDUE], ModeStanding.RUNNING),
        (RUNNING, look(60, row(), row(OTHER, **LATER), in_type=3), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(30), [], ModeStanding.RUNNING),
        (RUNNING, look(60), [H.ENDED], ModeStanding.ENDED),
        (RUNNING, look(60, in_type=3), [H.OVERDUE], ModeStanding.RUNNING),
        # Over its time: called once after two minutes, and watched until it has ended.
        (OVERDUE, look(61, row(), in_type=3), [], ModeStanding.RUNNING),
        (OVERDUE, look(62, row(), in_type=3), [H.STILL_ON], ModeStanding.RUNNING),
        (OVERDUE, look(62, row()), [H.ENDED], ModeStanding.ENDED),
        (
            OVERDUE.model_copy(update={"escalated_at": NOW}),
            look(90, row(), in_type=3),
            [],
            ModeStanding.RUNNING,
        ),
        # An end of ours is on its way.
        (ENDING, look(0.1, row(), in_type=3), [], ModeStanding.RUNNING),
        (ENDING, look(2, row(), in_type=3), [H.NOT_ENDED], ModeStanding.RUNNING),
        (ENDING, look(2), [H.NOT_ENDED], ModeStanding.RUNNING),
        (ENDING, look(40, row(**BY_TOM), in_type=3), [H.ENDED], ModeStanding.ENDED),
        # An extension of ours is on its way.
        (LONGER, look(0.1, row(), in_type=3), [], ModeStanding.RUNNING),
        (LONGER, look(0.1, row(**LATER), in_type=3), [H.EXTENDED], ModeStanding.RUNNING),
        (LONGER, look(2, row(), in_type=3), [H.NOT_EXTENDED], ModeStanding.RUNNING),
        (LONGER, look(2, row(endDateTime=None), in_type=3), [H.NOT_EXTENDED], ModeStanding.RUNNING),
        # Somebody in the portal was faster, or came right after.
        (LONGER, look(0.2, row(**MOVED), in_type=3), [H.MOVED], ModeStanding.RUNNING),
        (LONGER, look(2, row(**MOVED), in_type=3), [H.NOT_EXTENDED, H.MOVED], ModeStanding.RUNNING),
        (ENDING, look(2, row(**MOVED), in_type=3), [H.NOT_ENDED, H.MOVED], ModeStanding.RUNNING),
        (LONGER, look(0.2, row(**SOON_BY_TOM)), [H.ENDED], ModeStanding.ENDED),
        (CUT_OFF, look(0.3, row(**SOON_BY_TOM)), [], ModeStanding.ENDED),
        (CUT_OFF, look(0.3), [], ModeStanding.ENDED),
        (CUT_OFF, look(0.3, row(**LATER), in_type=3), [H.EXTENDED], ModeStanding.RUNNING),
        (CUT_OFF, look(2, row(**SOON_BY_TOM)), [H.OVERTAKEN], ModeStanding.ENDED),
        # What is over stays over.
        (running_mode(standing=ModeStanding.ENDED), look(0, row()), [], ModeStanding.ENDED),
    ],
)
def test_what_a_look_makes_of_a_mode(
    mode: RunningMode, seen: Look, happened: list[Happened], standing: ModeStanding
) -> None:
    following = after_look(mode, seen, RULES)
    assert (list(following.happened), following.mode.standing) == (happened, standing)
    if following.happened not in ((), (H.MOVED,)) and mode.attempt is not None:
        assert following.mode.attempt is None
        assert following.mode.spent_presses == (mode.attempt.press_id,)


def test_a_refusal_of_the_portal_ends_the_attempt_at_once() -> None:
    assert after_look(STARTING, look(0), RULES, refused="no").mode.note == "no"
    assert after_look(ENDING, look(0, row(), in_type=3), RULES, refused="no").happened == (H.NOT_ENDED,)
    assert after_look(LONGER, look(0), RULES, refused="no").happened == (H.NOT_EXTENDED,)


def test_an_end_of_ours_names_our_person_and_anothers_the_portals_name() -> None:
    api: dict[str, Any] = {"endedBy": "slack-approvals (API)", "endDateTime": NOW.isoformat()}
    assert after_look(ENDING, look(1, row(**api)), RULES).mode.ended_by == "Bo Lindqvist"
    assert after_look(RUNNING, look(1, row(**api)), RULES).mode.ended_by == "slack-approvals (API)"


@pytest.mark.parametrize(
    ("answered", "refused", "ended_by", "expected"),
    [
        (True, "", "slack-approvals (API)", "Bo Lindqvist"),
        (True, "", "", "Bo Lindqvist"),
        (False, "", "", "Bo Lindqvist"),
        (True, "", "Tom", "Tom"),
        (False, "", "Tom", "Tom"),
        (False, "It has ended already.", "Tom", "Tom"),
        (False, "It has ended already.", "", "somebody whom the portal does not name"),
    ],
)
def test_an_end_by_somebody_who_was_faster_keeps_their_name(
    answered: bool, refused: str, ended_by: str, expected: str
) -> None:
    """P3: two ended it at once; the portal names one of them, or refused ours."""
    ending = running_mode(attempt=attempt(ModeDoing.END).model_copy(update={"answered": answered}))
    over = row(endedBy=ended_by, endDateTime=(NOW + timedelta(seconds=5)).isoformat())
    following = after_look(ending, look(1, over), RULES, refused=refused)
    assert (following.mode.ended_by, following.ended_by_us) == (expected, expected == "Bo Lindqvist")
    assert bool(following.mode.note) is (answered and expected == "Tom")


@pytest.mark.parametrize(
    ("minutes", "refused", "is_kept"), [(0.2, "", True), (0.2, "no", False), (2, "", False)]
)
def test_an_extension_that_somebodys_end_was_faster_than_is_kept_while_it_can_take_effect(
    minutes: float, refused: str, is_kept: bool
) -> None:
    over = after_look(LONGER, look(minutes, row(**SOON_BY_TOM)), RULES, refused=refused).mode
    assert over.ended_by == "Tom"
    assert (over.overtaken == LONGER.attempt) is is_kept


def test_what_runs_again_is_watched_to_its_new_end_and_says_why() -> None:
    again = after_look(CUT_OFF, look(0.3, row(**LATER), in_type=3), RULES).mode
    assert (again.ends_at, again.ended_at, again.ended_by) == (NOW + 2 * HOUR, None, "")
    assert again.overtaken is None
    assert "carried out an extension of ours after that" in again.note


def test_of_several_runs_the_nearest_start_is_the_requests_own() -> None:
    early = row(OTHER, startDateTime=(NOW - timedelta(seconds=90)).isoformat())
    near = row(startDateTime=(NOW + timedelta(seconds=3)).isoformat())
    assert row_of(FROM_REQUEST, [early, near]) == near
    far = row(OTHER, startDateTime=(NOW - timedelta(minutes=3)).isoformat())
    assert row_of(FROM_REQUEST, [far]) is None


def _due(mode: RunningMode, minutes: float) -> float | None:
    """When it is looked at next, in minutes after NOW."""
    at = mode_due(mode, NOW + timedelta(minutes=minutes), RULES).at
    return None if at is None else (at - NOW) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("mode", "minutes", "due"),
    [
        (RUNNING, 0, 5),
        (running_mode(looked_at=NOW + timedelta(minutes=53)), 53, 55),
        (running_mode(looked_at=NOW + timedelta(minutes=56), reminded_at=NOW), 56, 60),
        (running_mode(ends_at=NOW + timedelta(minutes=4)), 0, -1),
        (STARTING, 0, 1 / 3),
        (STARTING, 1, 1 + 5 / 60),
        (FROM_REQUEST, 0, 5 / 60),
        (FROM_REQUEST, 1, 1.5),
        (running_mode(overdue_since=NOW, looked_at=NOW), 0, 1),
        (running_mode(overdue_since=NOW, looked_at=NOW, escalated_at=NOW), 0, 5),
        (running_mode(standing=ModeStanding.ENDED, ended_at=NOW), 0, 90 * 24 * 60),
        (CUT_OFF, 0, 80 / 60),
        (CUT_OFF, 5, 5 + 5 / 60),
        (running_mode(standing=ModeStanding.ENDED, ended_at=NOW, redacted_at=NOW), 0, None),
    ],
)
def test_when_a_mode_is_looked_at_next(mode: RunningMode, minutes: float, due: float | None) -> None:
    found = _due(mode, minutes)
    assert found == (pytest.approx(due) if due is not None else None)


def test_an_older_record_without_the_newer_fields_still_opens() -> None:
    """Every field that may be added later has a default; what must be there is this."""
    kept = {
        name: value
        for name, value in RUNNING.model_dump(mode="json").items()
        if name
        in {
            "mode_id",
            "organization_id",
            "organization_name",
            "computer_id",
            "computer_name",
            "mode",
            "door",
            "started_by",
            "starts_at",
            "ends_at",
        }
    }
    opened = RunningMode.model_validate(kept)
    assert opened.mode is MaintenanceMode.LEARNING
    assert (opened.starts_at, opened.standing) == (NOW, ModeStanding.STARTING)
