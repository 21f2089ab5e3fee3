"""`/healthz`, `/readyz` and `/metrics`: whether the process lives, whether it works, and how much it did."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.app.ticks import Pulse
from bot.desk import TreeDesk
from bot.ledger import Ledger, LedgerUnavailable
from bot.metrics import CONTENT_TYPE, Metrics

log = structlog.get_logger()

_LATE_TICK_S = 5.0
"""Without a tick for this long due steps may be late; the ceiling is minutes away (our choice)."""


@dataclass(slots=True, kw_only=True)
class Health:
    """What the health pages look at."""

    pulse: Pulse
    ledger: Ledger
    metrics: Metrics
    is_connected: Callable[[], Awaitable[bool]]
    poll_limit_s: float
    """A poll older than this is a fault."""
    tree: TreeDesk | None = None
    """The organizations, without which nobody may decide anything; None: not looked at."""
    draining: bool = False
    _runner: web.AppRunner | None = None
    bound_port: int = 0

    async def start(self, host: str, port: int) -> None:
        """Listen. OSError if the address cannot be had."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.bound_port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def faults(self) -> dict[str, str]:
        """What is not well, by part; empty when ready."""
        found = {}
        if self.draining:
            found["process"] = "it is draining"
        if self.pulse.tick_age_s() > _LATE_TICK_S or self.pulse.lag_s > _LATE_TICK_S:
            found["timer"] = (
                f"the last tick is {self.pulse.tick_age_s():.0f} s old, {self.pulse.lag_s:.0f} s late"
            )
        if self.pulse.poll_age_s() > self.poll_limit_s:
            found["portal"] = f"the last complete look is {self.pulse.poll_age_s():.0f} s old"
        if self.tree is not None and (why := self.tree.fault()):
            found["organizations"] = why
        if not await self.is_connected():
            found["slack"] = "no connection"
        try:
            await self.ledger.access_generation()
        except LedgerUnavailable as error:
            found["ledger"] = str(error)
        return found

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True, "at": time.time()})

    async def _readyz(self, _request: web.Request) -> web.Response:
        faults = await self.faults()
        body = {
            "ready": not faults,
            "faults": faults,
            "timer_lag_s": round(self.pulse.lag_s, 3),
            "poll_age_s": None if self.pulse.polled_at is None else round(self.pulse.poll_age_s(), 1),
            "open_cases": self.pulse.open_cases,
        }
        return web.json_response(body, status=200 if not faults else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})
