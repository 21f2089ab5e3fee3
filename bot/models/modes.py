"""A maintenance mode that was started through Gatehouse: from when, until when, by whom, why, and how it ended."""

from __future__ import annotations

from enum import StrEnum

from bot.models.base import Instant, Record
from bot.models.cases import CardAddress
from bot.models.presses import Actor
from permissions import Door, MaintenanceMode


class ModeDoing(StrEnum):
    """What one press does to a maintenance mode."""

    START = "start"
    EXTEND = "extend"
    END = "end"


class ModeStanding(StrEnum):
    """Where a maintenance mode stands, as far as the portal has told."""

    STARTING = "starting"
    """Recorded, on its way to the portal; or not yet found in the portal's history."""
    RUNNING = "running"
    ENDED = "ended"
    NOT_STARTED = "not_started"
    """The portal did not take it, or has no trace of it."""

    @property
    def is_open(self) -> bool:
        """It runs, or may be running."""
        return self in (ModeStanding.STARTING, ModeStanding.RUNNING)


class ModeAttempt(Record):
    """One write about a maintenance mode: recorded before it is sent, sent once, then asked about."""

    attempt_id: str
    press_id: str
    does: ModeDoing
    actor: Actor
    until: Instant | None = None
    """The end that was asked for; None for ending it now."""
    because: str = ""
    rests_on: tuple[str, ...]
    access_generation: int
    recorded_at: Instant
    not_after: Instant
    """Checked just before sending; a process that was stopped longer than this sends nothing."""
    answered: bool = False
    """The portal said yes; the history still has to show it."""


class RunningMode(Record):
    """One maintenance mode on one computer, from the press that started it to its last word."""

    mode_id: str
    organization_id: str
    organization_name: str
    computer_id: str
    computer_name: str
    mode: MaintenanceMode
    door: Door
    """Where it was started from; a request's has a case as well."""
    case_id: str = ""
    request_id: str = ""
    started_by: Actor
    because: str = ""
    """Why no scoped policy serves."""
    ticket: str = ""
    rests_on: tuple[str, ...] = ()
    user_may_end: bool = False
    """Whoever sits at the computer may end it early."""
    starts_at: Instant
    ends_at: Instant
    """As asked for, then as the portal shows it."""
    standing: ModeStanding = ModeStanding.STARTING
    attempt: ModeAttempt | None = None
    """The one outstanding write; None when nothing is on its way."""
    overtaken: ModeAttempt | None = None
    """Our extension that was on its way when somebody ended the mode: it may take effect after that."""
    start_id: str = ""
    """The id of the attempt that started it: the mark by which the portal's history is recognized."""
    portal_mode_id: str = ""
    """The portal's own id, once its history has shown it."""
    reminded_at: Instant | None = None
    """When its starter was reminded of the coming end."""
    looked_at: Instant | None = None
    """When the portal last told of it."""
    overdue_since: Instant | None = None
    """Its time is over and the portal still shows it."""
    escalated_at: Instant | None = None
    """When the escalation team was called for that, once."""
    ended_at: Instant | None = None
    """None with an ended one: its time is over, and the portal could never be asked."""
    ended_by: str = ""
    """The portal's name of whoever ended it early; our person's name where it was a press; empty: it ran out."""
    note: str = ""
    """One sentence about something out of the ordinary, for the message."""
    message: CardAddress | None = None
    """Where its message stands in Slack."""
    redacted_at: Instant | None = None
    """Names and reasons were removed (retention)."""
    spent_presses: tuple[str, ...] = ()
    """Presses whose attempt is over; taken up again after a crash they make no second one."""

    @property
    def is_open(self) -> bool:
        """It runs, or may be running."""
        return self.standing.is_open

    @property
    def shown_end(self) -> int:
        """Its end as a form's reference carries it: seconds from its start, so that a moved end voids the form (P8)."""
        return max(1, round((self.ends_at - self.starts_at).total_seconds()))

    @property
    def slot(self) -> str:
        """What only one open mode of ours may hold: the computer's application control, storage control, …

        A request's mode holds none: the portal has started it already when we hear of it.
        """
        if self.door is Door.REQUEST or not self.is_open:
            return ""
        return f"{self.computer_id}|{part_of(self.mode)}"


_APPLICATION_CONTROL = frozenset(
    {MaintenanceMode.INSTALLATION, MaintenanceMode.LEARNING, MaintenanceMode.APPLICATION_MONITOR_ONLY}
)


def part_of(mode: MaintenanceMode) -> str:
    """Which part of the protection a mode changes: two modes of one part do not run side by side (our choice)."""
    return "application_control" if mode in _APPLICATION_CONTROL else mode.value
