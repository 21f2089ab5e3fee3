"""Lists of the portal read whole, and what is odd in them said once."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import structlog

from bot.portal.answers import Answer
from bot.portal.lenient import JsonObject
from bot.portal.listing import Row, Rows, read_rows, told, walk
from bot.portal.transport import Call, Transport

log = structlog.get_logger()


class Lists:
    """Walks lists over one transport."""

    def __init__(self, transport: Transport, page_size: int) -> None:
        self._transport = transport
        self._page_size = page_size
        self._odd: dict[str, tuple[str, ...]] = {}

    def page(self, number: int) -> dict[str, int]:
        """The members of a body that ask for a page, from 1."""
        return {"pageNumber": number, "pageSize": self._page_size}

    async def whole(
        self, call: Callable[[int], Call], read: Callable[[JsonObject], Row], key: Callable[[Row], Hashable]
    ) -> Rows[Row]:
        """Every page; AnswerNotUnderstood where there are rows and none of them can be read."""
        return told(await self.walked(call, read, key), call(1).action)

    async def walked(
        self, call: Callable[[int], Call], read: Callable[[JsonObject], Row], key: Callable[[Row], Hashable]
    ) -> Rows[Row]:
        """Every page, whether or not any of its rows can be read."""

        async def ask(number: int) -> Answer:
            return await self._transport.read(call(number))

        rows = await walk(ask, page_size=self._page_size, read=read, key=key)
        return self._noted(call(1).action, rows)

    def rows(self, received: Iterable[Any], read: Callable[[JsonObject], Row], operation: str) -> Rows[Row]:
        """The rows of an answer that is no list of pages; like `whole` where none can be read."""
        return told(self._noted(operation, read_rows(received, read, operation)), operation)

    def _noted(self, operation: str, rows: Rows[Row]) -> Rows[Row]:
        """Say what is odd once, and again when it is something else: a list is read every few seconds."""
        if rows.odd and self._odd.get(operation) != rows.odd:
            why = sorted(set(rows.odd))
            log.warning("portal_rows_not_understood", operation=operation, rows=len(rows.odd), why=why)
        self._odd[operation] = rows.odd
        return rows
