"""Logical time, locally: the last time the ledger told, plus what a boot clock counted since.

The ledger's own logical time is the server's clock corrected for steps (scripts/prelude.lua). Between two answers this
process counts on with a clock that nobody can set. So `now()` is wrong by at most the correction that is still to come:
nothing that happened before the last answer can make it wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts through a suspend where the system offers that (Linux); elsewhere the monotonic clock."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def boot_ms() -> int:
    """Milliseconds on a clock that starts with the machine and is never set."""
    return time.clock_gettime_ns(_BOOT) // 1_000_000


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: float) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
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
