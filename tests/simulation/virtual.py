"""Virtual time, and everything else that would make two runs of one seed differ.

The loop jumps to the next timer when nothing is ready, so an hour costs what happens in it. Among what is ready it
picks by chance between processes, and within one process keeps asyncio's own order: what no real process could do is
not tried. `take_over` has to be called before the bot is imported: some of its defaults hold `time.monotonic` itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import random
import secrets
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from rehearsal.clock import SandboxClock

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday morning: the escalation team is there."""


MOST_STEPS = 500_000
"""Some thirty times those of a long story: what takes more turns in a circle."""


class Ended(Exception):
    """The simulation has come to rest where it should not, or never will."""


@dataclass(eq=False)
class Process:
    """What runs, stands still or dies together: the callbacks of one replica."""

    name: str
    is_dead: bool = False
    is_paused: bool = False
    parked: list[asyncio.Handle] = field(default_factory=list)
    """What came while it stood still."""


PROCESS: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
"""Whose callback runs; None for the world around: portal, Slack, people, the network."""

_now_s: Callable[[], float] | None = None
_chance = random.Random(0)


class _Task(asyncio.Task[Any]):
    """A task whose hash is its number: sets of tasks are walked alike in every run."""

    _numbers = iter(range(1 << 62))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._number = next(self._numbers)
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without a selector: nothing in it waits for the outside."""

    _ready: deque[asyncio.Handle]

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._now_s = 0.0
        self._timers = 0
        self._waiting: list[tuple[float, int, asyncio.TimerHandle]] = []
        self.steps = 0
        self.after_step: Callable[[], None] | None = None
        self.set_task_factory(cast("Any", _made))

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now_s

    def resume(self, process: Process) -> None:
        """Let a process go on; what came meanwhile comes now."""
        process.is_paused = False
        self._ready.extend(process.parked)
        process.parked.clear()

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio's; kept by numbers, which are compared in a tenth of the time that handles take."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers += 1
        heapq.heappush(self._waiting, (when, self._timers, timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def _run_once(self) -> None:
        if not self._ready:
            self._jump()
        while self._waiting and self._waiting[0][0] <= self._now_s:
            self._ready.append(heapq.heappop(self._waiting)[2])
        handle = self._pick()
        process = handle._context.get(PROCESS)  # type: ignore[attr-defined] # typeshed leaves it out
        if handle.cancelled() or (process is not None and process.is_dead):
            return
        if process is not None and process.is_paused:
            process.parked.append(handle)
            return
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Ended(f"after {MOST_STEPS} steps it is only {self._now_s:.1f} s")
        handle._run()
        if self.after_step is not None:
            self.after_step()

    def _jump(self) -> None:
        while self._waiting and self._waiting[0][2].cancelled():
            heapq.heappop(self._waiting)
        if not self._waiting:
            raise Ended("nothing is ready, and no timer is set")
        self._now_s = max(self._now_s, self._waiting[0][0])

    def _pick(self) -> asyncio.Handle:
        if len(self._ready) == 1:
            return self._ready.popleft()
        first: dict[Process | None, int] = {}
        for index, handle in enumerate(self._ready):
            first.setdefault(handle._context.get(PROCESS), index)  # type: ignore[attr-defined]
        if len(first) == 1:
            return self._ready.popleft()
        index = self._chance.choice(list(first.values()))
        handle = self._ready[index]
        del self._ready[index]
        return handle

    def run_in_executor(self, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """At once: a thread would bring the machine's own time into the order of things."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            done.set_exception(error)
        return done

    def _process_events(self, event_list: Any) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""


def _made(
    loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Any
) -> asyncio.Task[Any]:
    return _Task(coro, loop=loop, **kwargs)


class VirtualClock(SandboxClock):
    """The time that both stand-ins live by."""

    def now(self) -> datetime:
        """The present moment."""
        return START + timedelta(seconds=_seconds())

    def time(self) -> float:
        """The same as seconds since the epoch."""
        return START.timestamp() + _seconds()


_REAL = (time.monotonic, time.time)


def _seconds() -> float:
    return _now_s() if _now_s is not None else 0.0


def _monotonic() -> float:
    return _now_s() if _now_s is not None else _REAL[0]()


def _wall() -> float:
    return START.timestamp() + _now_s() if _now_s is not None else _REAL[1]()


def real_seconds() -> float:
    """Seconds that really passed, for the figures."""
    return _REAL[0]()


def take_over() -> None:
    """Put virtual time and seeded chance in the place of the machine's, for the whole process."""
    time.monotonic, time.time = _monotonic, _wall
    secrets.token_hex = lambda nbytes=None: _chance.randbytes(nbytes or 32).hex()
    secrets.choice = _choice
    uuid.uuid4 = lambda: uuid.UUID(int=_chance.getrandbits(128), version=4)


def _choice(seq: Any) -> Any:
    return _chance.choice(seq)


def begin(loop: VirtualLoop, seed: int) -> None:
    """From here on this loop's time is everybody's."""
    global _now_s, _chance
    _now_s, _chance = loop.time, random.Random(f"names of {seed}")
