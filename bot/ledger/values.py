"""What the ledger answers, as values, and its instants."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.models import Case, Effect, Event, Given, KeptException, RunningMode
from bot.models.calendars import CalendarCopy


class ConflictKind(StrEnum):
    """Which check refused a change."""

    VERSION = "version"
    """The case was changed since it was read (or it exists already, or not any more)."""
    LEASE = "lease"
    """Somebody else has taken the due time or the effect since, or it was moved."""
    PRESS = "press"
    """The press is answered already."""
    SUBJECT = "subject"
    """Another open case holds this subject; `subject_id` is that case."""
    REQUEST = "request"
    """The request `subject_id` belongs to another case."""
    TWIN = "twin"
    """The case has another card already; the one just posted must be retired."""
    BUNDLE = "bundle"
    """Another case made a card for the same key since it was looked for: `subject_id` is its bundle."""
    STANDPOINT = "standpoint"
    """What the decision was judged on has moved: the access file, or what was given in Slack."""
    TALLY = "tally"
    """What it was judged on and is counted over cases has moved: another approval under that name began or ended."""
    GIVEN = "given"
    """What was given in Slack was changed since it was read."""
    MODE = "mode"
    """The maintenance mode `subject_id` was changed since it was read (or exists already)."""
    MODE_SLOT = "mode_slot"
    """Another open mode, `subject_id`, concerns the same part of the same computer's protection."""
    EXCEPTION = "exception"
    """The exception `subject_id` was changed since it was read; or the case is kept as that one already."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The change was refused and nothing was written: read again, then decide again."""

    why: str
    kind: ConflictKind = ConflictKind.VERSION
    subject_id: str = ""
    """What it is about: a case, request, press, due time or effect id."""


@dataclass(frozen=True, slots=True)
class StoredCalendar:
    """The calendar of a rota: the last good copy, and what became of the last look where that failed."""

    copy: CalendarCopy | None = None
    tried_at: datetime | None = None
    """When a look failed last."""
    failing_since: datetime | None = None
    """Since when no look succeeded; None: the last one did."""
    why: str = ""

    @property
    def looked_at(self) -> datetime | None:
        """When it was looked at last, with whatever end."""
        looks = [
            each for each in (self.tried_at, self.copy.read_at if self.copy else None) if each is not None
        ]
        return max(looks, default=None)


@dataclass(frozen=True, slots=True)
class Committed:
    """The change is stored."""

    at: datetime
    number: int
    """The last audit number of the change."""


class Kept(Enum):
    """What became of a press at the door. True: it is kept, and will be answered."""

    NEW = "stored"
    REPLAY = "replayed"
    BEYOND = "limited"
    """One too many of this minute: nothing is kept."""
    FIRST_BEYOND = "limited first"
    """The same, and the presser's first of the minute: the one time at which they are told."""

    def __bool__(self) -> bool:
        return self is Kept.NEW

    @property
    def is_limited(self) -> bool:
        """It was refused for its number."""
        return self in (Kept.BEYOND, Kept.FIRST_BEYOND)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """New requests of one organization in this minute."""

    count: int
    is_first_beyond: bool
    """This call went beyond the limit; who calls next finds it met."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case and the version it was read at."""

    case: Case
    version: int


@dataclass(frozen=True, slots=True)
class StoredMode:
    """A maintenance mode and the version it was read at."""

    mode: RunningMode
    version: int


@dataclass(frozen=True, slots=True)
class StoredException:
    """An exception and the version it was read at."""

    kept: KeptException
    version: int


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick found."""

    at: datetime
    correction: timedelta
    """By how much logical time was corrected after a step of the server's clock; zero nearly always. Audited."""
    lost: timedelta
    """How far this process's own clock is behind what the others agree on; zero nearly always. It corrected nothing."""
    next_due_at: datetime | None
    next_press_at: datetime | None
    """When a stored press may be taken (again); in the past: now."""
    next_send_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pace:
    """One limit on sending: what falls under `key` at most once per `every` (zero: only when told to wait)."""

    key: str
    every: timedelta = timedelta()


PaceOf = Callable[[Effect], Sequence[Pace]]
"""Which limits an effect falls under; the routing table knows, the ledger does not."""


def unpaced(_effect: Effect) -> Sequence[Pace]:
    """No limit."""
    return ()


@dataclass(frozen=True, slots=True)
class ClaimedEffect:
    """An effect that this process may send until the lease ends."""

    effect: Effect
    attempt: int
    """1 for the first try."""
    token: str
    wanted: int
    """For cards: how often it had been queued when it was claimed."""
    lease_ends_at: datetime
    """From then on another process may say it, or has said it."""
    passed: Callable[[], timedelta]
    """How long ago it was claimed, by our own clock."""


class Claims(list[ClaimedEffect]):
    """What this process may send now."""

    next_at: datetime | None = None
    """When the next effect that has to wait now may be tried, whatever may go already; None: none waits."""


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """Something of the lane of escalations that Slack has not taken yet."""

    effect: Effect
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptedAccess:
    """The access file in force, for all replicas."""

    generation: int
    digest: str
    document: str
    is_genuine: bool = True
    """False: it stands in the ledger without our mark; nobody may do anything by it."""


@dataclass(frozen=True, slots=True)
class StoredGiven:
    """What was given and stopped in Slack, and the version it was read at; 0 before the first."""

    given: Given
    version: int
    is_genuine: bool = True
    """False: it stood in the ledger without our mark, so that its grants and roles rest."""


@dataclass(frozen=True, slots=True)
class AccessVersions:
    """Which access file and which grants given in Slack are in force, by number. For every press."""

    generation: int
    given: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of the record, as read back."""

    number: int
    at: datetime
    link: str
    event: Event
    """With its private part, unless that was removed."""


_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts through a suspend where the system offers that (Linux); elsewhere the monotonic clock."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def boot_ms() -> int:
    """Milliseconds on a clock that starts with the machine and is never set."""
    return time.clock_gettime_ns(_BOOT) // 1_000_000


def boot_id() -> str:
    """What tells this start of this machine from every other, whose boot clocks are not to be compared with ours. Empty
    where the system does not say (Linux does)."""
    try:
        return _BOOT_ID.read_text()[:8]
    except OSError:
        return ""


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=64)
def from_ms(milliseconds: float) -> datetime:
    """The aware UTC time of milliseconds since 1970. What goes together bears the same time: it is made once."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def span_ms(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return span // _MILLISECOND


class LogicalClock:
    """Counts logical time between the ledger's answers."""

    def __init__(self, boot: Callable[[], int] = boot_ms) -> None:
        self.boot = boot
        self._ahead: int | None = None
        """Logical minus boot time, in ms; None before the first answer."""

    def hear(self, logical_ms: int, asked_at: int) -> None:
        """Take over the time of an answer to a question asked at `asked_at` (boot ms).

        The server read its clock somewhere between question and answer. If our own count fits into that span it stays:
        it would only jitter by the length of the way. Else the earliest possible time is taken, so that what is due
        "now" here is due there.
        """
        earliest, latest = logical_ms - self.boot() - 1, logical_ms - asked_at
        if self._ahead is None or not earliest <= self._ahead <= latest:
            self._ahead = earliest

    def now_ms(self) -> int:
        """Logical milliseconds since 1970."""
        if self._ahead is None:
            raise RuntimeError("the ledger has not told the time yet; connect first")
        return self.boot() + self._ahead

    def now(self) -> datetime:
        """Logical time, aware UTC."""
        return from_ms(self.now_ms())

    def stopwatch(self) -> Callable[[], timedelta]:
        """How long it is since this call by our own clock, which nobody sets back."""
        began_ms = self.boot()
        return lambda: (self.boot() - began_ms) * _MILLISECOND


@dataclass(frozen=True, slots=True)
class Tally:
    """Approvals that are counted together over cases, under a name of `bot.rules.second.tallies_of`."""

    name: str
    last: str
    """The last change that began or ended one; it stands in the standpoint of whoever counted them."""
    case_ids: tuple[str, ...]
    """Cases that have some on their way."""


_WHY = {
    ConflictKind.VERSION: "case {} was changed meanwhile",
    ConflictKind.LEASE: "{} was taken by another process or moved",
    ConflictKind.PRESS: "press {} is answered already",
    ConflictKind.SUBJECT: "the open case {} holds this subject already",
    ConflictKind.REQUEST: "request {} belongs to another case already",
    ConflictKind.TWIN: "the case has another card already ({})",
    ConflictKind.BUNDLE: "another card was made for the same key meanwhile ({})",
    ConflictKind.STANDPOINT: "what the decision was judged on has moved since ({})",
    ConflictKind.TALLY: "another approval that is counted with this one began or ended since ({})",
    ConflictKind.MODE: "maintenance mode {} was changed meanwhile",
    ConflictKind.MODE_SLOT: "the open maintenance mode {} concerns the same part of that computer's protection",
    ConflictKind.EXCEPTION: "exception {} was changed meanwhile, or its case is kept as it already",
    ConflictKind.GIVEN: "what was given in Slack was changed meanwhile (version {})",
}


def outcome(answer: Sequence[Any]) -> Committed | Conflict:
    """Done, or refused by which check."""
    if answer[0] == "done":
        return Committed(at=from_ms(int(answer[1])), number=int(answer[2]))
    kind, about = ConflictKind(answer[1]), str(answer[2])
    return Conflict(why=_WHY[kind].format(about), kind=kind, subject_id=about)
