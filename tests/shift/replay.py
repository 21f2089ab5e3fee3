"""Replays the recording: the real application, stand-in portal and Slack, a real Valkey, a clock that is stepped.

Everything that the process does by itself is done here by hand and in its own order: look at the portal, take what is
due, answer presses, say what is queued. So twelve hours take a minute or two.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app.beat import Dues
from bot.app.running import Running, _build
from bot.intake.poll import poll
from bot.models import UnprovenWrite
from rehearsal.stage import Stage, staged
from tests.shift.recorded import STARTS, Asked, add_customers

_STEP = timedelta(seconds=30)
"""How far the clock goes at a time: twice the pause between two looks at the portal while work is open."""
_PACE = timedelta(seconds=2)
"""How far it goes while something waits for its turn in Slack."""
_ROUNDS = 200
"""Turns after which what still waits, waits for something else."""
_PATIENCE_S = 30.0


@dataclass
class Replay:
    """One run of the recording."""

    stage: Stage
    running: Running
    dues: Dues
    asked: dict[str, Asked] = field(default_factory=dict)
    """What was asked for so far, by the portal's ids."""

    @property
    def elapsed(self) -> timedelta:
        """How far the shift has come."""
        return self.elapsed_at(self.stage.clock.time())

    def elapsed_at(self, seconds: float) -> timedelta:
        """How far it had come at a moment in seconds since 1970."""
        return timedelta(seconds=seconds - STARTS.timestamp())

    async def run(
        self, recording: Sequence[Asked], until: timedelta, people: Callable[[], Awaitable[None]]
    ) -> None:
        """Play it up to a moment. `people`: what they do, asked after each step."""
        waiting = list(recording)
        while self.elapsed < until:
            await self.advance(_STEP)
            while waiting and waiting[0].after <= self.elapsed:
                asked = waiting.pop(0)
                self.asked[self.stage.portal.raise_request(asked.kind, asked.choices)] = asked
            await poll(self.running.desk)
            await self.settle()
            await people()
        await poll(self.running.desk)
        await self.settle()

    async def advance(self, span: timedelta) -> None:
        """Let time pass for everybody."""
        await self.stage.advance(span)
        await self.running.desk.ledger.tick()

    async def settle(self) -> None:
        """Do everything that can be done at this moment, until nothing is left to answer or to say."""
        ledger, sending = self.running.desk.ledger, self.running.workers[1]
        for _ in range(_ROUNDS):
            while await self.running.presses.batch():
                pass
            await self.running.presses.drain()
            await self.dues.drain()
            await self.dues.stop(_PATIENCE_S)
            while await sending.work():
                pass
            if not sum((await ledger.waiting_effects()).values()) and not await ledger.waiting_presses():
                return
            await self.advance(_PACE)


SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "earlier_yes": {"second_approval": {"earlier_yes": True}},
    "plans": {
        "tiers": {"leads": {"rota": "day"}},
        "rotas": {
            "day": {
                "zone": "UTC",
                "people": ("kim", "lee"),
                "starts": "2026-11-16",
                "hand_over": "mon-sun 12:00",
            }
        },
        "plans": {
            "lift": {"kinds": ("elevation",), "outside": "hold", "clock": "calendar"},
            "own": {
                "steps": ["5m card", "10m remind", "15m call leads", "+30m call team"],
                "night_digest": True,
            },
        },
    },
}
"""What a shift may be played with besides, by the word that switches it on; the defaults are without any."""


@asynccontextmanager
async def replaying(folder: Path, settings: Mapping[str, Any]) -> AsyncIterator[Replay]:
    """The stage of a shift with its application built, its door open to Slack, and its clock in our hands.

    `settings`: what stands in gatehouse.toml besides (`SETTINGS`).
    """
    async with AsyncExitStack() as stack:
        # Every write was verified on this portal, so that nobody is sent away to decide there.
        overrides = {"verified_writes": list(UnprovenWrite), **settings}
        stage = await stack.enter_async_context(
            staged(folder, start=STARTS, overrides=overrides, rate_limits=False)
        )
        add_customers(stage.portal)
        running = await _build(stage.settings, stack, "shift")
        await running.side.start()
        stack.push_async_callback(running.side.close)
        yield Replay(stage, running, Dues(running.desk))
