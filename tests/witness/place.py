"""A second place as somebody would run it: it checks the signature and keeps what it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.audit import KnownSeal, kept_seals
from bot.witness import SecondPlace
from bot.witness.second_place import signature

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
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/seals"
    try:
        async with aiohttp.ClientSession() as session:
            yield receiver, SecondPlace(receiver.url, SecretStr(SECRET), session)
    finally:
        await runner.cleanup()
