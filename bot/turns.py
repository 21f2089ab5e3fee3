"""Work side by side on one loop.

Long work goes in turns: whoever goes through thousands of rows lets the others on the loop go first now and then.
What is under way at a stop is given its time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any, Final

_TURN_S: Final = 0.004
"""Our choice: a press waits for several steps in a row to be stored, and each may meet one turn."""


class Turns:
    """Work on the event loop that pauses by itself; one for each piece of work."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        """The first turn begins."""
        self._began = time.monotonic()

    async def rest(self) -> None:
        """Between two rows: let the others go first if this turn has lasted long enough, else go on at once."""
        if time.monotonic() - self._began < _TURN_S:
            return
        await asyncio.sleep(0)
        self._began = time.monotonic()


async def ended_within(seconds: float, under_way: Collection[asyncio.Task[Any]]) -> None:
    """Once all of it has ended: by itself, or cancelled after so many seconds."""
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
