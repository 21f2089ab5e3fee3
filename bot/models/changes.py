"""A change: everything that one ledger step writes (records, events, effects), whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from pydantic import Field

from bot.models.base import Instant, Record
from bot.models.cases import Case
from bot.models.evidence import EarlierDecision
from bot.models.exceptions import KeptException
from bot.models.given import Given
from bot.models.modes import RunningMode


class Event(Record):
    """One line of the record. The number, the time and the chain link are given by the ledger."""

    name: str
    """A constant: `case_opened`, `decision_attempted`, `decision_refused`, `step_taken`, ..."""
    case_id: str = ""
    request_id: str = ""
    organization_id: str = ""
    press_id: str = ""
    person_id: str = ""
    slack_user_id: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What may be kept for ever: ids, digests, reasons of refusals, the grant, what the portal answered."""
    private: dict[str, Any] = Field(default_factory=dict)
    """Names, paths, free text: kept beside the chain under a digest, removed when retention ends."""


class Urgency(IntEnum):
    """The order in which the send queue drains: escalations overtake everything."""

    ESCALATION = 0
    ANSWER = 1
    CARD = 2
    REDRAW = 3

    @property
    def can_wait(self) -> bool:
        """Whether nobody was called by it, and nobody waits for an answer."""
        return self >= Urgency.CARD


class EffectKind(StrEnum):
    """What the sender does with an effect."""

    CARD = "card"
    """Make the case's card show the record as it is when sent: post it if it has none, else update it."""
    MESSAGE = "message"
    """Post a message once, to a channel of the case or to a named one."""
    ANSWER = "answer"
    """Tell one person: by `response_url`, else an ephemeral message, else a direct message."""
    RETIRE = "retire"
    """Turn a second copy of a card into a pointer to the real one."""
    MODAL = "modal"
    """Open or update a modal."""
    HOME = "home"
    """Publish one person's App Home."""
    CALLS = "calls"
    """Make the calls about a case say how things stand, and at its end how it ended: that the ledger queues itself."""
    DIGEST = "digest"
    """Make the one reminder of many cases in a channel list what waits there now: post it if none stands and it
    `is_call`, else change it. Its `case_id` names the channel's list."""
    PAGE = "page"
    """Call people by the second way `way`, since Slack did not take their call in time; or end that call."""
    MODE = "mode"
    """Make the message of a maintenance mode show this content: post it if it has none, else update it. Its
    `case_id` is the mode's own id."""


class Place(StrEnum):
    """Which channel a message goes to; the routing table turns it into an id when it is sent."""

    CARD = "card"
    ESCALATION = "escalation"
    AUDIT = "audit"


class Page(Record):
    """A call to people outside of Slack, in words that name no file and no person."""

    key: str
    """Names the case there: what comes under it again belongs to the same alert."""
    step: str = ""
    """Which escalation it is: told twice, the receiver knows it again."""
    is_over: bool = False
    """It is decided; the alert under this key ends."""
    title: str
    lines: tuple[str, ...] = ()
    link: str = ""
    """Where it is decided; empty where no address is known."""


class Effect(Record):
    """One thing to be said. `effect_id` names it for ever: queued twice, it is said once."""

    effect_id: str
    kind: EffectKind
    urgency: Urgency
    case_id: str = ""
    bundle_id: str = ""
    """For a card that several cases share: it is drawn of all of them, and they all get its address."""
    organization_id: str = ""
    request_kind: str = ""
    """With the organization, the key into the routing table."""
    place: Place = Place.CARD
    channel_id: str = ""
    """A fixed channel, when the place does not decide it."""
    message_ts: str = ""
    """A fixed message, for what changes one."""
    in_thread: bool = False
    """In the card's thread, waiting until the card is posted; or under `message_ts`, where that is given."""
    also_in_channel: bool = False
    """A thread reply that is shown in the channel too."""
    slack_user_id: str = ""
    response_url: str = ""
    trigger_id: str = ""
    view_id: str = ""
    external_id: str = ""
    """Our own name for a modal: opened under it with a trigger, updated by it without one."""
    text: str = ""
    """Plain fallback text, already escaped."""
    blocks: list[dict[str, Any]] = Field(default_factory=list)
    view: dict[str, Any] = Field(default_factory=dict)
    is_call: bool = False
    """It calls people about its case; once that is over, the call itself says how it ended."""
    replaces: bool = False
    """Queued again while it waits, the newest words take the place of the older ones, and it is said once. For what is
    repeated until something happens: else a queue that waits would grow by waiting."""
    expires_at: Instant | None = None
    """After this it is no longer worth saying; dropped and counted."""
    lane: Urgency | None = Field(None, exclude=True)
    """Where it stands in the queue, if not where its urgency puts it. The queue keeps it, not the stored effect."""
    goes_first: bool = Field(False, exclude=True)
    """It has a turn of its own beside the others of its organization, and the better half of it. Kept like the lane."""
    way: str = ""
    """For a page: the name of the second way."""
    page: Page | None = None


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
    """A grant, a silence or a change of duty given in Slack ends. It belongs to no case: its id stands in its place."""
    MODE = "mode"
    """A maintenance mode is to be looked at. It belongs to no case: the mode's own id stands in the place of one."""
    EXCEPTION = "exception"
    """An exception's review or end has come. Its own id stands in the place of a case."""


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
    bundle_before: str | None = None
    """The bundle that stood under the case's `bundle_key` when it was read (empty: none). The change is refused if
    another one stands there by now: two cases that open side by side would make two cards. None: the key stays."""


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
class ExceptionWrite:
    """An exception as it should be, and the version it was read at (0: it must not exist yet)."""

    kept: KeptException
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
    tallies: tuple[tuple[str, str], ...] = ()
    """Approvals that several cases are counted by: under each name still the same change is the last one that began
    or ended one, so that of two presses at the same moment the later one counts the earlier."""


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
    kept: timedelta = timedelta(days=90)
    """How long it is remembered; nobody asks for what lies further back."""


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
    exceptions: Sequence[ExceptionWrite] = ()
    """Exceptions that this step begins, changes or ends."""
