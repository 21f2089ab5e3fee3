"""Wakes jobs again and again, whatever anybody does to the host's clock.

APScheduler sleeps by one clock and counts by another, the host's. Set that clock ahead, and its own interval trigger
lists every run that was missed (a job of a quarter of a second has 4.8 million in 14 days); set it back, and every job
sleeps as long as the step was. So the trigger here names one next run, and a guard that only counts seconds wakes
whatever stayed asleep.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger()

_GUARD_S = 1.0
"""How often the guard looks, and how late a job may be (our choice)."""
_STEP_S = 2.0
"""A smaller difference between the host's clock and the seconds that passed is a correction of drift."""
_LONG_S = 10.0
"""A job at work for longer is worth a line in the log (our choice)."""


class Every(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Every so many seconds: one next run, however far the clock went, in either direction."""

    def __init__(self, span: timedelta) -> None:
        self._span = span

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """One span after the run before; from now on where that lies behind, or too far ahead."""
        latest = now + self._span
        following = latest if previous_fire_time is None else previous_fire_time + self._span
        return following if now < following <= latest else latest


@dataclass(slots=True)
class _Job:
    name: str
    span_s: float
    work: Callable[[], Awaitable[None]]
    kicked_at: float
    task: asyncio.Task[None] | None = None
    began_at: float = 0.0
    is_long: bool = False
    """That it takes long is said already."""


@dataclass(slots=True)
class Beat:
    """The jobs of one process. Each runs once at a time; one that takes long holds up no other."""

    seconds: Callable[[], float] = time.monotonic
    """Seconds that really passed."""
    wall: Callable[[], float] = time.time
    """The host's clock, in seconds."""
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _scheduler: AsyncIOScheduler | None = None
    _guard: asyncio.Task[None] | None = None
    _ahead_s: float = 0.0

    def add(self, name: str, span_s: float, work: Callable[[], Awaitable[None]]) -> None:
        """A job, before `start`."""
        self._jobs[name] = _Job(name, span_s, work, self.seconds())

    def start(self) -> None:
        """Run every job now, and then every so many seconds."""
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        )
        now = datetime.now(UTC)
        for job in self._jobs.values():
            trigger = Every(timedelta(seconds=job.span_s))
            scheduler.add_job(self._kick, trigger, args=[job], id=job.name, next_run_time=now)
        scheduler.start()
        self._scheduler = scheduler
        self._ahead_s = self.wall() - self.seconds()
        self._guard = asyncio.create_task(self._watch())

    def now(self, name: str) -> None:
        """Run a job at once."""
        if self._scheduler is not None:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    async def stop(self, patience_s: float) -> None:
        """No new job; running ones may end. Those that take too long are cancelled, their work is leased."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is None:
            return
        scheduler.shutdown(wait=False)
        if self._guard is not None:
            self._guard.cancel()
        at_work = [job.task for job in self._jobs.values() if job.task is not None and not job.task.done()]
        if at_work:
            _, late = await asyncio.wait(at_work, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _kick(self, job: _Job) -> None:
        """Start a job, unless it is still at work. Always short, so that APScheduler never finds it running."""
        job.kicked_at = self.seconds()
        if job.task is None or job.task.done():
            job.began_at = job.kicked_at
            job.task = asyncio.create_task(self._run(job))
        elif not job.is_long and job.kicked_at - job.began_at > _LONG_S:
            job.is_long = True
            log.warning("job_takes_long", job=job.name, after_s=round(job.kicked_at - job.began_at, 1))

    async def _run(self, job: _Job) -> None:
        try:
            await job.work()
        except Exception:
            log.exception("job_failed", job=job.name)
        finally:
            if job.is_long:
                job.is_long = False
                log.info("job_ended", job=job.name, took_s=round(self.seconds() - job.began_at, 1))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_GUARD_S)
            self.look()

    def look(self) -> None:
        """Tell a step of the host's clock, and wake the jobs that sleep because of it."""
        ahead_s = self.wall() - self.seconds()
        step_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        if abs(step_s) > _STEP_S:
            log.warning("host_clock_stepped", by_s=round(step_s, 1))
        for job in self._jobs.values():
            if self.seconds() - job.kicked_at > job.span_s + _GUARD_S:
                self.now(job.name)
