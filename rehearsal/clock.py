"""The clock that both stand-ins share, so that a rehearsal can move time without waiting for it.

Real time plus an offset: left alone it ticks like the wall clock, and a test or a demonstration
jumps ahead with `advance`. Nothing here sleeps; whoever waits for a moment asks again.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Tells the stand-ins the time; the only place that reads the machine's clock for them.

    With `start` given, the clock begins at that aware moment and ticks on from there. `advance`
    wakes everybody who waits in `wait_for_move`.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta(0)
        self._moved = asyncio.Event()
        if start is not None:
            if start.tzinfo is None:
                raise ValueError(f"SandboxClock start {start!r} has no time zone; pass an aware datetime.")
            self._offset = start - datetime.now(UTC)

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the machine's clock (negative: behind)."""
        return self._offset

    def now(self) -> datetime:
        """The present moment as an aware UTC datetime."""
        return datetime.now(UTC) + self._offset

    def time(self) -> float:
        """The present moment as seconds since the epoch, like `time.time()`."""
        return time.time() + self._offset.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Moves the clock by a span; a negative span moves it back, as a badly set host would."""
        self._offset += by
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def wait_for_move(self, timeout_s: float) -> bool:
        """Waits until somebody moves the clock, at most `timeout_s` real seconds; says whether it moved."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._moved.wait()
        except TimeoutError:
            return False
        return True
