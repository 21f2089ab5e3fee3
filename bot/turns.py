"""Work side by side on one loop.

Long work goes in turns: whoever goes through thousands of rows lets the others on the loop go first now and then, and
waits while Slack waits for an answer of ours. What is under way at a stop is given its time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

_TURN_S: Final = 0.001
"""Our choice: until a delivery is in our hands it is connected, read and parsed in a step each, and each may meet a
turn. A turn's end costs some 30 µs.
"""
_GIVES_WAY_S: Final = 0.02
"""Our choice: several times what a press takes to be stored. Under a flood of them long work goes on all the same, for
a millisecond in twenty.
"""

_CANCEL_AGAIN_S: Final = 2.0
"""Our choice: longer than anything of ours takes to end."""


_answering: set[asyncio.Future[None]] = set()
"""What Slack waits for, each until it is answered. One for the process: what is shared is its processor."""


@contextmanager
def answered_first() -> Iterator[None]:
    """Long work gives way while in it: an acknowledgement has several steps, and each would meet a turn."""
    answer = asyncio.get_running_loop().create_future()
    _answering.add(answer)
    try:
        yield
    finally:
        _answering.discard(answer)
        answer.set_result(None)


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
        if _answering:
            await asyncio.wait(_answering.copy(), timeout=_GIVES_WAY_S)
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
