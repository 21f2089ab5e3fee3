"""Wakes jobs again and again, whatever anybody does to the host's clock, and hands due times to their use cases.

A worker repeats one piece of work, woken by its bell and now and then by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.administration.arranging import is_duty
from bot.administration.duty_ends import expire_duty
from bot.administration.ending import expire_grant
from bot.administration.silencing import expire_silence, is_silence
from bot.decision.claims import lapse
from bot.decision.reconcile import reconcile
from bot.desk import Desk, StillContended
from bot.escalation.evidence import gather
from bot.escalation.steps import expire, take_due_steps
from bot.exceptions.watching import watch_exception
from bot.ledger import PATIENT, LedgerUnavailable, NewerRecord, StoredCase
from bot.logs import Lasting
from bot.maintenance.watching import watch_mode
from bot.models import Case, DueKind, TakenDue
from bot.policies.working import reconcile_policies
from bot.turns import ended_within

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
        await ended_within(patience_s, at_work)

    async def _kick(self, job: _Job) -> None:
        """Start a job, unless it is still at work. Always short, so that APScheduler never finds it running.

        APScheduler shuts down at the loop's next turn, and by then has kicked what was due: nobody would wait for it.
        """
        if self._scheduler is None:
            return
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


_ACTS: Mapping[DueKind, Callable[[Desk, TakenDue, Case], Awaitable[None]]] = {
    DueKind.RECONCILE: reconcile,
    DueKind.CLAIM: lapse,
    DueKind.EVIDENCE: gather,
    DueKind.RETENTION: expire,
    DueKind.POLICY: reconcile_policies,
}
_AT_ONCE = 8
"""Due times that ask the portal at the same time, evidence apart from the rest (our choice)."""
_WAITING = 64
"""Due times in hand at most, evidence apart from the rest; what is more comes again in a few seconds (our choice)."""
_FRESH_S = 40.0
"""Seconds that one may wait for its turn: then the rest of its lease is enough for the longest look (our choice)."""
_COME_AGAIN = timedelta(seconds=5)
BATCH = 200

_One = TypeVar("_One")


async def in_batches(
    take: Callable[[], Awaitable[Sequence[_One]]],
    work: Callable[[Sequence[_One]], Awaitable[None]],
    full: int = BATCH,
) -> int:
    """Take and work off batch after batch until one is not full; how many were taken.

    The next one is taken while one is worked off, so that the ledger's server and its client do not take turns. It is
    judged only when the one before is written: what that has said is not said again.
    """
    count = 0
    ahead = asyncio.ensure_future(take())
    try:
        while batch := await ahead:
            count += len(batch)
            if len(batch) < full:
                await work(batch)
                break
            ahead = asyncio.ensure_future(take())
            await asyncio.sleep(0)  # it is asked for before the work begins
            try:
                await work(batch)
            except Exception:
                # What is leased already is not held up by what went wrong with others.
                await work(await ahead)
                raise
        return count
    finally:
        ahead.cancel()


_Taken = tuple[TakenDue, StoredCase | None, float]
"""A due time, its case, and the second at which it was taken."""


@dataclass(slots=True)
class _Lane:
    """What takes its time and may wait for its turn."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    asking: set[asyncio.Task[None]] = field(default_factory=set)


@dataclass(slots=True)
class Dues:
    """Takes what is due. A portal that is silent holds up what asks it, a crowd of closed cases whose retention has
    come holds up what is like it, and neither of them the clock (P6)."""

    desk: Desk
    seconds: Callable[[], float] = time.monotonic
    _crowds: _Lane = field(default_factory=_Lane)
    """Evidence may take long, and comes in crowds, as retention does: doubts, modes and policies do not queue behind
    them (P3)."""
    _others: _Lane = field(default_factory=_Lane)

    async def drain(self, after_each: Callable[[], None] = lambda: None) -> int:
        """Take all that is due, batch by batch; how many due times were taken. Of each batch SLA steps go first, all in
        one round trip."""

        async def work(batch: Sequence[_Taken]) -> None:
            await self._hand_on(batch)
            after_each()

        return await in_batches(self._take, work)

    async def _take(self) -> list[_Taken]:
        taken_at = self.seconds()
        return [(due, stored, taken_at) for due, stored in await self.desk.ledger.take_due(BATCH)]

    async def _hand_on(self, batch: Sequence[_Taken]) -> None:
        steps = [(due, stored) for due, stored, _ in batch if due.kind is DueKind.STEP and stored is not None]
        try:
            await take_due_steps(self.desk, steps)
        except NewerRecord as error:
            # Replicas of a newer version take them when the lease ends; what else is due is not held up by it.
            log.warning("due_left_for_later", kind=DueKind.STEP.value, steps=len(steps), why=str(error))
        beyond = []
        for due, stored, taken_at in batch:
            if due.kind is DueKind.STEP and stored is not None:
                continue
            if due.kind not in PATIENT or (stored is None and due.kind is not DueKind.MODE):
                await self._act(due, stored)
            elif not self._begun(due, stored, taken_at):
                beyond.append(due)
        again = self.desk.now() + _COME_AGAIN
        await asyncio.gather(*(self.desk.ledger.due_later(due, again) for due in beyond))

    async def stop(self, patience_s: float) -> None:
        """Let what asks the portal end; what takes longer is cancelled, and its due time comes again."""
        await ended_within(patience_s, self._crowds.asking | self._others.asking)

    def _begun(self, due: TakenDue, stored: StoredCase | None, taken_at: float) -> bool:
        """Whether there is room for it."""
        lane = self._crowds if due.kind in (DueKind.EVIDENCE, DueKind.RETENTION) else self._others
        if len(lane.asking) >= _WAITING:
            return False
        task = asyncio.create_task(self._patiently(lane, due, stored, taken_at))
        lane.asking.add(task)
        task.add_done_callback(lane.asking.discard)
        return True

    async def _patiently(
        self, lane: _Lane, due: TakenDue, stored: StoredCase | None, taken_at: float
    ) -> None:
        """Its turn. Its lease runs from when it was taken: what waited too long is taken anew, not done in vain."""
        async with lane.gate:
            if self.seconds() - taken_at <= _FRESH_S:
                await self._act(due, stored)
                return
        try:
            await self.desk.ledger.due_later(due, self.desk.now())
        except LedgerUnavailable as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))

    async def _act(self, due: TakenDue, stored: StoredCase | None) -> None:
        """One due time; what goes wrong with it stays with it, and it comes again when its lease ends."""
        try:
            if due.kind is DueKind.GRANT and is_silence(due.case_id):
                await expire_silence(self.desk, due)  # of no case: it names the silence
            elif due.kind is DueKind.GRANT and is_duty(due.case_id):
                await expire_duty(self.desk, due)  # of no case: it names the change of duty
            elif due.kind is DueKind.GRANT:
                await expire_grant(self.desk, due)  # of no case: it names the grant
            elif due.kind is DueKind.MODE:
                await watch_mode(self.desk, due)  # of no case: it names the maintenance mode
            elif due.kind is DueKind.EXCEPTION:
                await watch_exception(self.desk, due)  # of no case: it names the exception
            elif stored is None:
                await self.desk.ledger.due_done(due)
            else:
                await _ACTS[due.kind](self.desk, due, stored.case)
        except (LedgerUnavailable, StillContended) as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))
        except Exception:
            log.exception("due_not_acted_on", kind=due.kind.value, case_id=due.case_id)


_IDLE_S = 1.0
"""The bell may be lost with the process that rang it; the clock is not."""


@dataclass(slots=True)
class Bell:
    """Wakes a worker; rung twice it wakes once."""

    _rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()

    async def wait(self) -> None:
        """Until it rings, or a second has passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_S):
                await self._rung.wait()
        self._rung.clear()


@dataclass(slots=True)
class Worker:
    """Repeats one piece of work until it is told to stop; a full batch is followed by the next at once."""

    name: str
    work: Callable[[], Awaitable[bool]]
    """Does one batch; True if there may be more."""
    empties: bool = False
    """Once stopped it goes on until nothing is left that may be done now; others leave it to the next process."""
    bell: Bell = field(default_factory=Bell)
    _stopping: bool = False
    _away: Lasting = field(init=False)

    def __post_init__(self) -> None:
        self._away = Lasting(f"{self.name}_without_ledger")

    async def run(self) -> None:
        """Until `stop`; what breaks is logged and tried again at the next bell."""
        while True:
            is_last = self._stopping
            if is_last and not self.empties:
                return
            try:
                more = await self.work()
                self._away.over()
            except LedgerUnavailable as error:
                self._away.met(str(error))
                more = False
            except Exception:
                log.exception("worker_failed", worker=self.name)
                more = False
            if more:
                continue
            if is_last:
                return
            if not self._stopping:
                await self.bell.wait()

    def stop(self) -> None:
        """Finish the batch in hand, then end."""
        self._stopping = True
        self.bell.ring()
