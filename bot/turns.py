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

_CANCEL_AGAIN_S: Final = 2.0
"""Our choice: longer than anything of ours takes to end."""


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
        await ended(late)


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel them, until all of them have ended; what came of them is nobody's matter any more.

    Once is not enough: a library that is cancelled while it closes a broken connection may tell of the connection
    instead, and whoever tries again after that goes on for ever, and whoever waits for their end with them.
    """
    late = {task for task in tasks if not task.done()}
    while late:
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=_CANCEL_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)
