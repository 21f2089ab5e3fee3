"""A change: everything one ledger step writes, validated and applied as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models.cases import Case
from bot.models.effects import Effect
from bot.models.events import Event
from bot.models.evidence import EarlierDecision
from bot.models.given import Given
from bot.models.modes import RunningMode


class DueKind(StrEnum):
    """Why a case is to be looked at when its time comes."""

    STEP = "step"
    """The next SLA step of any of its requests."""
    RECONCILE = "reconcile"
    """An attempt whose answer is missing."""
    CLAIM = "claim"
    """The claim lapses."""
    EVIDENCE = "evidence"
    """Find out what can be known about the subject."""
    RETENTION = "retention"
    """Remove names, paths and reasons of a closed case."""
    POLICY = "policy"
    """A change of a policy whose answer is missing."""
    GRANT = "grant"
    """A grant given in Slack ends. It belongs to no case: the grant's id stands in the place of one."""
    MODE = "mode"
    """A maintenance mode is to be looked at. It belongs to no case: the mode's own id stands in the place of one."""


@dataclass(frozen=True, slots=True)
class Due:
    """Arm (or, with `at=None`, disarm) one due time of a case. A case has at most one of each kind."""

    kind: DueKind
    case_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenDue:
    """A due time that this process has taken, to be given back with the change that acts on it."""

    kind: DueKind
    case_id: str
    due_at: datetime
    lease: int
    """The lease's end in logical milliseconds: the change is refused if somebody else took it since."""


@dataclass(frozen=True, slots=True)
class CaseWrite:
    """A case as it should be, and the version it was read at (0: it must not exist yet)."""

    case: Case
    expected_version: int


@dataclass(frozen=True, slots=True)
class GivenWrite:
    """What was given and stopped in Slack as it should be, and the version it was read at (0: nothing yet)."""

    given: Given
    expected_version: int


@dataclass(frozen=True, slots=True)
class ModeWrite:
    """A maintenance mode as it should be, and the version it was read at (0: it must not exist yet)."""

    mode: RunningMode
    expected_version: int


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What a decision was judged on. The change is refused if any of it has moved since (P1)."""

    press_id: str
    """Still waiting, and still held by this process."""
    access_generation: int
    """Still the accepted access file."""
    given_version: int
    """Still what was given and stopped in Slack."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A request that leaves the case that holds it. Refused if another case holds it by now."""

    request_id: str
    case_id: str


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """One decision, remembered under keys such as organization and hash, or organization and software."""

    keys: Sequence[str]
    decision: EarlierDecision
    across: str = ""
    """A key that names no organization: under it only this organization's id and the verb are remembered, to be
    counted."""
    organization_id: str = ""
    """Whose decision it was; for `across`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One atomic step of the ledger."""

    op_id: str
    """Made before the first try; a repeat of the same change answers like the first."""
    events: Sequence[Event]
    """At least one: no record, no change."""
    cases: Sequence[CaseWrite] = ()
    due: Sequence[Due] = ()
    taken: TakenDue | None = None
    effects: Sequence[Effect] = ()
    finishes_press: str = ""
    """The press that is answered by this change."""
    leaving: Sequence[Leaving] = ()
    """Requests that leave their case, so that a new case may hold them."""
    judged_on: Standpoint | None = None
    """For a change that allows a write: what the verdict rested on."""
    notes: Sequence[DecisionNote] = ()
    """Decisions to be remembered for the next request of the same file or software."""
    given: GivenWrite | None = None
    """What was given or stopped in Slack, changed by this step."""
    modes: Sequence[ModeWrite] = ()
    """Maintenance modes that this step starts, changes or ends."""
