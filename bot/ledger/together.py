"""Calls that come together go together: whatever arrives while one is under way shares the next round trip.

A server that writes each change to disk before it answers does so once for all that it reads at once. Thirty-two people
press at the same moment; asked one by one, the last of them waits for thirty-two writes. Who comes alone waits for
nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from bot.ledger.connection import CALL_LIMIT_S
from bot.ledger.door import Call, LedgerDoor
from bot.ledger.errors import LedgerUnavailable

_AT_ONCE = 64
"""Calls of one round trip (our choice): a few milliseconds of the server, in which it answers nobody else."""
_WAYS = 2
"""Round trips under way at once: while one of them is written to disk, the next is made ready."""


class Together:
    """The common way of many small calls, each of which stands for itself."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door
        self._waiting: deque[tuple[Call, asyncio.Future[list[Any]]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def call(self, name: str, *args: str | int) -> list[Any]:
        """As `LedgerDoor.call`, within the same time limit, the wait for the others included.

        Who gives up before the call was sent has not made it.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()
        self._waiting.append(((name, args), answer))
        if len(self._under_way) < _WAYS:
            task = asyncio.create_task(self._send())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        late = loop.call_later(CALL_LIMIT_S, _give_up, answer)
        try:
            return await answer
        finally:
            late.cancel()

    async def _send(self) -> None:
        while self._waiting:
            part = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            part = [(call, answer) for call, answer in part if not answer.done()]
            if not part:
                continue
            try:
                told = await self._door.call_all([call for call, _ in part])
            except Exception as error:  # noqa: BLE001 - each caller gets it, and judges it as its own
                told = [error] * len(part)
            for (_, answer), one in zip(part, told, strict=True):
                _tell(answer, one)


def _give_up(answer: asyncio.Future[list[Any]]) -> None:
    why = f"the ledger did not answer within {CALL_LIMIT_S} s"
    _tell(answer, LedgerUnavailable(why, maybe_done=True))


def _tell(answer: asyncio.Future[list[Any]], told: list[Any] | Exception) -> None:
    if answer.done():
        return
    if isinstance(told, Exception):
        answer.set_exception(told)
    else:
        answer.set_result(told)
