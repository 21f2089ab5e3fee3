"""The feed: everything that happens in the workspace, in order, for whoever watches.

A page, a test and a demonstration all wait here instead of polling: every change wakes all waiters.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from rehearsal.clock import SandboxClock
from rehearsal.slack.errors import Json

Found = TypeVar("Found")

# Our choice: a watcher that was away for a while still catches up, and memory stays flat after that.
KEPT_ENTRIES = 4_000


@dataclass(frozen=True)
class FeedEntry:
    """One thing that happened: its number, the sandbox time in seconds, its kind and its facts."""

    seq: int
    at: float
    kind: str
    facts: Json

    def wire(self) -> Json:
        """The entry as JSON for another process."""
        return {"seq": self.seq, "at": self.at, "kind": self.kind, **self.facts}


class Feed:
    """An append-only, bounded list of entries with waiters."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._entries: deque[FeedEntry] = deque(maxlen=KEPT_ENTRIES)
        self._changed = asyncio.Event()
        self.seq = 0

    def add(self, kind: str, **facts: Any) -> FeedEntry:
        """Appends an entry and wakes everybody who waits."""
        self.seq += 1
        entry = FeedEntry(self.seq, self._clock.time(), kind, facts)
        self._entries.append(entry)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return entry

    def after(self, seq: int) -> list[FeedEntry]:
        """The kept entries with a number above `seq`; older ones than the kept are gone."""
        if seq >= self.seq:
            return []
        newest_first = islice(reversed(self._entries), self.seq - max(seq, 0))
        return list(newest_first)[::-1]

    async def changed_after(self, seq: int, timeout_s: float) -> list[FeedEntry]:
        """Long poll: the entries above `seq`, waiting for the first one; empty when the time is over."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := self.after(seq)):
                    await self._changed.wait()
        except TimeoutError:
            return []
        return found

    async def follow(self, seq: int = 0) -> AsyncIterator[FeedEntry]:
        """All entries above `seq`, then each new one as it comes; ends when the reader stops."""
        while True:
            for entry in self.after(seq):
                seq = entry.seq
                yield entry
            while self.seq <= seq:
                await self._changed.wait()

    async def wait_for(self, predicate: Callable[[], Found | None], timeout_s: float) -> Found:
        """The predicate's first truthy answer, asked again after every change of the workspace.

        Raises TimeoutError with the last few entries, so that a failed wait explains itself.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := predicate()):
                    await self._changed.wait()
        except TimeoutError as late:
            tail = [f"{entry.kind} {entry.facts}"[:200] for entry in list(self._entries)[-8:]]
            raise TimeoutError(f"Not seen within {timeout_s} s. Last in the feed: {tail}") from late
        return found
