"""A second place as somebody would run it: it checks the signature and keeps what it takes."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.audit import KnownSeal, kept_seals
from bot.models import signature
from bot.witness import Auth, HttpCollector, SecondPlace
from tests.loopback import on_loopback

SECRET = "a secret that both sides know"


@dataclass
class Receiver:
    """What came, and how to answer it."""

    url: str = ""
    status: int = 204
    taken: list[str] = field(default_factory=list)
    forged: int = 0
    asked: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """One delivery."""
        self.asked += 1
        body = (await request.read()).decode()
        wanted = signature(SECRET, request.headers["X-Gatehouse-Timestamp"], body)
        if request.headers["X-Gatehouse-Signature"] != f"v1={wanted}":
            self.forged += 1
            return web.Response(status=401)
        if self.status < 300:
            self.taken.append(body)
        return web.Response(status=self.status, headers={"Location": self.url})

    @property
    def seals(self) -> list[KnownSeal]:
        """Every seal that was taken, as the auditor reads them."""
        return kept_seals(self.taken) if self.taken else []


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, SecondPlace]]:
    """A receiver on loopback, and the way to it."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/seals", receiver.take)
    async with on_loopback(app) as url, aiohttp.ClientSession() as session:
        receiver.url = f"{url}/seals"
        yield receiver, SecondPlace(receiver.url, SecretStr(SECRET), session)


@dataclass
class Collector:
    """What came, message by message."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    come: asyncio.Event = field(default_factory=asyncio.Event)
    resets: bool = False

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: counted messages until its end."""
        if self.resets:
            writer.transport.abort()
            return
        raw = await reader.read()
        while raw:
            length, _, rest = raw.partition(b" ")
            self.messages.append(rest[: int(length)])
            raw = rest[int(length) :]
        self.come.set()
        writer.close()

    @property
    def lines(self) -> list[str]:
        """As a collector's file holds them."""
        return [f"Nov  2 12:00:00 host {one.decode()}" for one in self.messages]


@asynccontextmanager
async def collecting(context: ssl.SSLContext | None = None) -> AsyncIterator[Collector]:
    """A syslog collector on loopback."""
    collector = Collector()
    server = await asyncio.start_server(collector.take, "127.0.0.1", 0, ssl=context)
    collector.port = server.sockets[0].getsockname()[1]
    try:
        yield collector
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class EventCollector:
    """An HTTP collector as somebody would run it: it checks who sends, and takes each event once."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """How the next requests are answered; then 200 for ever."""
    poison: frozenset[int] = frozenset()
    """Events that it does not take, whatever they are sent with."""
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    batches: list[list[dict[str, object]]] = field(default_factory=list)
    forged: int = 0
    asked: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """One batch."""
        self.asked += 1
        body = (await request.read()).decode()
        if not self._is_known(request, body):
            self.forged += 1
            return web.Response(status=401)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        events = [json.loads(line) for line in body.splitlines()]
        status = self.statuses.pop(0) if self.statuses else 200
        if status < 300 and self.poison & {_number(one) for one in events}:
            status = 422
        if status < 300:
            self.batches.append(events)
        return web.Response(status=status, headers=self.headers)

    def _is_known(self, request: web.Request, body: str) -> bool:
        token, stamp = request.headers.get("Authorization"), request.headers.get("X-Gatehouse-Timestamp")
        if stamp is None:
            return token == f"Bearer {SECRET}"
        return request.headers["X-Gatehouse-Signature"] == f"v1={signature(SECRET, stamp, body)}"

    @property
    def numbers(self) -> list[int]:
        """Every event that was taken, in the order of taking, doubles too."""
        return [_number(one) for batch in self.batches for one in batch]


def _number(event: dict[str, object]) -> int:
    told = event.get("metadata")
    return int(str(told["sequence"] if isinstance(told, dict) else event["number"]))


@asynccontextmanager
async def taking_events(auth: Auth = "bearer") -> AsyncIterator[tuple[EventCollector, HttpCollector]]:
    """A collector on loopback, and the way to it."""
    collector = EventCollector()
    app = web.Application()
    app.router.add_post("/events", collector.take)
    async with on_loopback(app) as url, aiohttp.ClientSession() as session:
        collector.url = f"{url}/events"
        yield collector, HttpCollector(collector.url, auth, SecretStr(SECRET), session)
