"""How fast the rehearsal's clock runs: as the wall clock, not at all, or sixty times as fast.

All clocks of the stage are moved in small steps, because the ledger's time is the server's own and cannot be
stopped: while it is paused it swings within one step. The fast clock waits while somebody's press is on its way,
or else the three seconds in which an app may open a modal would be over before it hears of the press.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from rehearsal.stage import Stage

Pace = Literal["normal", "paused", "fast"]
PACES: Final[tuple[Pace, ...]] = get_args(Pace)
FACTOR: Final = 60
_STEP_S: Final = 0.5
_QUIET_S: Final = 1.5
"""Real seconds after the last press in which the fast clock waits (our choice)."""
_SATURDAY: Final = 5
_AT_NIGHT: Final = 23


class ClockPace:
    """Keeps the pace of a stage's clocks until it is closed."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._task: asyncio.Task[None] | None = None
        self._moving = asyncio.Lock()
        self._last_press = ""
        self._pressed_at = 0.0
        self.pace: Pace = "normal"

    async def set(self, pace: str) -> None:
        """Changes the pace; raises ValueError for one that is none."""
        wanted = next((one for one in PACES if one == pace), None)
        if wanted is None:
            raise ValueError(f"there is no pace {pace!r}; use one of {', '.join(PACES)}.")
        await self.close()
        self.pace = wanted
        if wanted != "normal":
            self._task = asyncio.create_task(self._keep(wanted), name="rehearsal-clock")

    async def close(self) -> None:
        """Back to the wall clock's pace; the time that was reached stays."""
        task, self._task = self._task, None
        self.pace = "normal"
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def jump(self, span: timedelta) -> None:
        """Lets this much time pass at once."""
        async with self._moving:
            await self._stage.advance(span)

    async def jump_to_saturday_night(self) -> datetime:
        """On to the next Saturday, 23:00 UTC; answers that moment."""
        now = self._stage.clock.now()
        night = now.replace(hour=_AT_NIGHT, minute=0, second=0, microsecond=0)
        night += timedelta(days=(_SATURDAY - now.weekday()) % 7)
        if night <= now:
            night += timedelta(days=7)
        await self.jump(night - now)
        return night

    async def _keep(self, pace: Pace) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(_STEP_S)
            now = time.monotonic()
            passed, before = now - before, now
            if pace == "fast" and self._somebody_pressed(now):
                continue
            factor = FACTOR - 1 if pace == "fast" else -1
            async with self._moving:
                await asyncio.shield(self._stage.advance(timedelta(seconds=passed * factor)))

    def _somebody_pressed(self, now: float) -> bool:
        sent = [one for one in self._stage.slack.deliveries[-20:] if one.kind != "events_api"]
        if sent and sent[-1].id != self._last_press:
            self._last_press, self._pressed_at = sent[-1].id, now
        return now - self._pressed_at < _QUIET_S
