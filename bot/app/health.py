"""`/healthz`, `/readyz` and `/metrics`: whether the process lives, whether it works, and how much it did."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.app.listening import Listening, listen
from bot.app.shipping import Shipping
from bot.desk import Desk, TreeDesk
from bot.ledger import Ledger, LedgerUnavailable
from bot.metrics import CONTENT_TYPE, Metrics
from bot.models import EffectKind

log = structlog.get_logger()

_LATE_TICK_S = 5.0
"""Without a tick for this long due steps may be late; the ceiling is minutes away (our choice)."""
_LATE = timedelta(seconds=10)
"""A due time that nobody has taken for so long is late (our choice; it is taken within a quarter of a second)."""
AGES = {"0-5": 5, "5-10": 10, "10-15": 15, "15-30": 30}
"""The ages that open cases are counted by, each with its end in minutes; what is older is the last one."""
OLDEST = "30+"


@dataclass(slots=True)
class Pulse:
    """When something last went well, by the monotonic clock; the health page reads it."""

    ticked_at: float = field(default_factory=time.monotonic)
    polled_at: float | None = None
    lag_s: float = 0.0
    open_cases: int = 0
    exceptions: tuple[int, int] = (0, 0)
    """How many are open, and how many of them wait for their review."""
    waiting_effects: int = 0
    next_due_at: datetime | None = None
    late_steps: int = 0
    call_wait_s: float = 0.0
    """How long the oldest escalation waits to be said."""
    ledger_fault: str = ""
    """Why the last tick could not be written; empty when it could."""

    def tick_age_s(self) -> float:
        """Seconds since the last successful tick."""
        return time.monotonic() - self.ticked_at

    def poll_age_s(self) -> float:
        """Seconds since the last complete look at the portal; infinite before the first."""
        return float("inf") if self.polled_at is None else time.monotonic() - self.polled_at


async def measure(desk: Desk, pulse: Pulse) -> None:
    """What the metrics tell of the ledger, the same on every replica."""
    ledger, now = desk.ledger, desk.now()
    pulse.late_steps = await ledger.late_steps(_LATE)
    # Pages go out by their own ways: what waits for Slack is told here.
    calls = [one for one in await ledger.calls.waiting() if one.effect.kind is not EffectKind.PAGE]
    oldest = min((one.queued_at for one in calls), default=now)
    pulse.call_wait_s = (now - oldest).total_seconds()
    ends = [timedelta(minutes=end) for end in AGES.values()]
    older = await ledger.index.older_than(ends, now, desk.rules.plan.escalate_after)
    counts = [await ledger.index.count(), *older]
    between = [max(0, more - fewer) for more, fewer in pairwise(counts)]
    desk.metrics.aged(dict(zip([*AGES, OLDEST], [*between, counts[-1]], strict=True)))


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
    shipping: Shipping | None = None
    """What the record's collector does not have; None: there is none. It is told and is no fault: whoever decides in
    Slack is not to wait for somebody's log server."""
    hosts: Sequence[str] = ()
    """Names besides those of this machine that the pages may be asked by."""
    draining: bool = False
    bound_port: int = 0
    _listening: Listening | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. OSError if the address cannot be had."""
        pages = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}
        routes = [web.get(path, self._for_ours(page)) for path, page in pages.items()]
        self._listening = await listen(host, port, routes)
        self.bound_port = self._listening.port

    def _for_ours(self, page: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if _is_asked_as(request.headers.get("Host", ""), self.hosts):
                return await page(request)
            return web.Response(status=421, text="This name is not ours; add it to [health] hosts.\n")

        return answer

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            await self._listening.close()
            self._listening = None

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
        if why := await self._of_the_ledger():
            found["ledger"] = why
        return found

    async def _of_the_ledger(self) -> str:
        """Why it is not well; empty where it is. One that is full, or that became a replica, can still be read."""
        try:
            await self.ledger.access_generation()
        except LedgerUnavailable as error:
            return self.ledger.server_trouble or str(error)
        # One tick that was lost on the way is no fault yet.
        return self.pulse.ledger_fault if self.pulse.tick_age_s() > _LATE_TICK_S else ""

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
            "record_unshipped": None if self.shipping is None else self.shipping.waiting,
            "record_ship_lag_s": None if self.shipping is None else round(self.shipping.lag_s, 1),
        }
        return web.json_response(body, status=200 if not faults else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


def _is_asked_as(host: str, own: Sequence[str]) -> bool:
    """Whether the pages answer to this Host: no name, an address, a name without a dot, or one of the settings.

    A web page of others can have a browser inside ask us under a name of theirs, which must be a name with a dot.
    """
    name = urlsplit(f"//{host}").hostname if "[" not in host or "]" in host else host
    if not name or "." not in name.rstrip("."):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.rstrip(".") in {one.lower() for one in own}
    return True
