"""A calendar server on loopback, and the text of calendars."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.loopback import on_loopback


def event(*lines: str) -> str:
    """One event of these lines."""
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def calendar(*parts: str) -> bytes:
    """A calendar of these events."""
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//rota//EN\r\n"
    return (head + "".join(parts) + "END:VCALENDAR\r\n").encode()


def shift(uid: str, starts: str, ends: str, *more: str) -> str:
    """An event from a time until another, in UTC."""
    return event(f"UID:{uid}", f"DTSTART:{starts}", f"DTEND:{ends}", *more)


@dataclass
class CalendarServer:
    """What it answers, and what it was asked."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    packed: bool = False
    endless: bool = False
    hangs: bool = False
    asked: list[str] = field(default_factory=list)
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.asked.append(request.path_qs)
        if self.hangs:
            await self.freed.wait()
        if self.endless:
            return await self._without_end(request)
        if self.packed:
            return web.Response(body=zlib.compress(self.body), headers={"Content-Encoding": "deflate"})
        return web.Response(status=self.status, body=self.body, headers={"Location": f"{self.url}/elsewhere"})

    async def _without_end(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"X" * 65536)
        except ConnectionError:
            return answer


@asynccontextmanager
async def serving() -> AsyncIterator[CalendarServer]:
    """A server of any path."""
    server = CalendarServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    async with on_loopback(app) as server.url:
        try:
            yield server
        finally:
            server.freed.set()
