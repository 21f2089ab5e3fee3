"""A replica: the bot's own parts, put together as `bot.app.running` does, at doors without sockets.

Left out are what only a socket or a disk needs (Socket Mode, the health page, the witness folder) and APScheduler,
whose one task, to wake jobs, a timer of the virtual loop does here.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app import beat, running
from bot.app.accessing import AccessWatch
from bot.app.beat import Beat
from bot.app.running import Running
from bot.app.slackside import HttpSide
from bot.app.witnessing import Sealing
from bot.chat import SlackClient
from bot.ledger import Ledger
from bot.ledger.connection import Connection
from bot.ledger.door import LedgerDoor, Marks
from bot.metrics import Metrics
from bot.portal import PortalClient, Timing
from bot.settings import Settings
from tests.simulation.doors import LedgerWire, PortalWire, SlackWire
from tests.simulation.virtual import PROCESS, Process, VirtualClock, VirtualLoop

_BOOT_MS = 3_600_000
"""The machine has run for an hour."""
_AT_LEAST_S = {"tick": 2.0, "poll": 2.0, "deliver": 10.0, "access": 5.0, "measure": 60.0, "witness": 60.0}
"""Jobs that only look whether there is anything to do, here less often: a run is mostly idle, and each look costs."""
_IDLE_S = 5.0
"""As long a worker waits for its bell; a second in the bot, by the same reason."""


class PlainBeat(Beat):
    """Wakes the jobs by timers of the loop."""

    def start(self) -> None:
        """Run every job now, and then every so many seconds."""
        self._scheduler = cast("Any", self)
        for job in self._jobs.values():
            job.span_s = max(job.span_s, _AT_LEAST_S.get(job.name, 0.0))
            self._turn(job.name)

    def now(self, name: str) -> None:
        """Run a job at once."""
        self._begin(name)

    def shutdown(self, *, wait: bool) -> None:
        """As the scheduler's."""

    def _turn(self, name: str) -> None:
        if self._scheduler is None:
            return
        self._begin(name)
        asyncio.get_running_loop().call_later(self._jobs[name].span_s, self._turn, name)

    def _begin(self, name: str) -> None:
        job = self._jobs[name]
        if self._scheduler is not None and (job.task is None or job.task.done()):
            job.kicked_at = job.began_at = self.seconds()
            job.task = asyncio.create_task(self._run(job))


@dataclass(frozen=True)
class Doors:
    """The ways out of one replica."""

    portal: PortalWire
    slack: SlackWire
    ledger: LedgerWire


@dataclass
class Replica:
    """One process of the bot: started, killed, paused, started again."""

    name: str
    loop: VirtualLoop
    settings: Settings
    doors: Doors
    jitter: Callable[[], float]
    process: Process = field(init=False)
    running: Running | None = None
    boot_ahead_ms: int = 0
    """How far its own clock went wrong."""
    starts: int = 0
    _lives: asyncio.Task[None] | None = None
    _kept: list[object] = field(default_factory=list)
    """What a dead process held: it must not be cleared away, which would run its `finally`."""

    def __post_init__(self) -> None:
        self.process = Process(self.name)

    @property
    def is_up(self) -> bool:
        """Whether somebody could reach it."""
        return self.running is not None and not self.process.is_dead

    def start(self) -> None:
        """Begin to live, in a process of its own."""
        self.starts += 1
        self.process = Process(self.name)
        context = contextvars.copy_context()
        context.run(PROCESS.set, self.process)
        beat._IDLE_S = _IDLE_S
        self._lives = self.loop.create_task(self._live(), context=context)

    def kill(self) -> None:
        """Between two steps, with everything that it was at: nothing of it runs ever again."""
        self.process.is_dead = True
        self._kept += [self.running, self._lives, *asyncio.all_tasks(self.loop)]
        self.running = None

    def pause(self) -> None:
        """Stand still."""
        self.process.is_paused = True

    def resume(self) -> None:
        """Go on."""
        self.loop.resume(self.process)

    def looks_at_access(self) -> None:
        """Its look at the access file, now."""
        assert self.running is not None
        context = contextvars.copy_context()
        context.run(PROCESS.set, self.process)
        self._kept.append(self.loop.create_task(self.running.ticks.access_watch.look(), context=context))

    async def take(self, payload: dict[str, Any]) -> BoltResponse:
        """A delivery of Slack's, in this process."""
        assert self.running is not None
        context = contextvars.copy_context()
        context.run(PROCESS.set, self.process)
        app = cast("HttpSide", self.running.side).app
        request = AsyncBoltRequest(body=payload, mode="socket_mode")
        return await self.loop.create_task(app.async_dispatch(request), context=context)

    async def _live(self) -> None:
        """A supervisor starts it again when its start is refused."""
        while True:
            try:
                made = await self._built()
            except Exception as error:  # noqa: BLE001 - as a supervisor sees it: it ended
                self.doors.portal.network.trace.note(self.name, "did not start:", type(error).__name__)
            else:
                made.ticks.start()
                made._tasks = [asyncio.create_task(worker.run()) for worker in made.workers]
                self.running = made
                return
            await asyncio.sleep(2.0)

    async def _built(self) -> Running:
        settings = self.settings
        session = cast("aiohttp.ClientSession", self.doors.slack)
        slack = SlackClient(settings.slack.bot_token.get_secret_value(), session, settings.slack.api_url)
        workspace, url = await running._workspace(settings, slack)
        portal = PortalClient(
            running._portal_address(settings),
            cast("aiohttp.ClientSession", self.doors.portal),
            timing=Timing(jitter=self.jitter, now=VirtualClock().now),
        )
        ledger = await self._ledger()
        await ledger.tick()
        desk = running._desk(settings, slack, (workspace, url), portal, ledger, metrics=Metrics())
        watch = AccessWatch(desk, settings.access.file)
        await running._accepted(watch)
        made = running._wire(settings, slack, workspace, watch, running.Outward(sealing=Sealing(desk=desk)))
        made.ticks._beat = PlainBeat(seconds=self.loop.time, wall=self.loop.time)
        return made

    async def _ledger(self) -> Ledger:
        connection = Connection(cast("Any", self.doors.ledger))
        marks = Marks(self.settings.ledger_secret())
        replica = f"{self.name}.{self.starts}"
        door = LedgerDoor(connection, replica, 1, self._boot_ms, marks, host=self.name)
        return await Ledger._open(door, None)

    def _boot_ms(self) -> int:
        return int(self.loop.time() * 1000) + _BOOT_MS + self.boot_ahead_ms
