"""Timers: armed, cancelled and fired by the ledger, against APScheduler's Redis job store."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bot.desk import new_id
from bot.ledger import EmbeddedServer, Ledger
from bot.models import Change, Due, DueKind, Event
from rehearsal.stage.time_travel import travel
from tests.bench.figures import Figure

ARMED = 100_000
_BATCH = 500
_JOBS = 2_000
"""The baseline is slow; its rates hardly depend on the number."""


async def measure(folder: Path, armed: int = ARMED) -> tuple[list[list[Figure]], str]:
    """Three tables (arm, cancel, fire), baseline first; and a sentence on lateness."""
    server = EmbeddedServer(folder / "timers")
    ledger = await Ledger.connect(server, replica_id="bench")
    try:
        await ledger.tick()
        baseline = await asyncio.to_thread(_job_store, str(server.socket_path))
        ours = await _ours(ledger, server.url, armed)
        lateness = await _lateness(ledger)
    finally:
        await ledger.close()
    return [[base, our] for base, our in zip(baseline, ours, strict=True)], lateness


def _noop() -> None:
    """What the baseline's jobs do."""


def _job_store(socket_path: str) -> list[Figure]:
    store = RedisJobStore(db=1, unix_socket_path=socket_path)
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    later = datetime.now(UTC) + timedelta(hours=1)
    begun = time.perf_counter()
    for number in range(_JOBS):
        scheduler.add_job(_noop, "date", run_date=later, id=f"j{number}")
    armed = time.perf_counter()
    for number in range(_JOBS // 2):
        scheduler.remove_job(f"j{number}")
    cancelled = time.perf_counter()
    fired = _fire_job_store(scheduler, store)
    scheduler.shutdown(wait=False)
    return [
        Figure("RedisJobStore, armed", _JOBS / (armed - begun)),
        Figure("RedisJobStore, cancelled", _JOBS / 2 / (cancelled - armed)),
        Figure("RedisJobStore, fired", fired),
    ]


def _fire_job_store(scheduler: BackgroundScheduler, store: RedisJobStore) -> float:
    """What one wake-up does with jobs that are due: read them, and remove each."""
    scheduler.remove_all_jobs()
    past = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(_JOBS):
        scheduler.add_job(_noop, "date", run_date=past, id=f"f{number}", misfire_grace_time=None)
    begun = time.perf_counter()
    for job in store.get_due_jobs(datetime.now(UTC)):
        job.func()
        store.remove_job(job.id)
    return _JOBS / (time.perf_counter() - begun)


async def _ours(ledger: Ledger, url: str, armed: int) -> list[Figure]:
    later = ledger.now() + timedelta(hours=1)
    ids = [f"c{number}" for number in range(armed)]
    begun = time.perf_counter()
    await _commit(ledger, [_arm(case_id, later) for case_id in ids])
    armed_at = time.perf_counter()
    half = ids[: armed // 2]
    await _commit(ledger, [_arm(case_id, None) for case_id in half])
    cancelled_at = time.perf_counter()
    await travel(url, timedelta(hours=2))
    await ledger.tick()
    fire_from = time.perf_counter()
    fired = 0
    while taken := await ledger.take_due(200):
        changes = [Change(op_id=new_id("o"), events=[Event(name="bench")], taken=due) for due, _ in taken]
        await ledger.commit_all(changes)
        fired += len(taken)
    fire_to = time.perf_counter()
    return [
        Figure("ledger, armed (with an audit event each)", armed / (armed_at - begun)),
        Figure("ledger, cancelled (with an audit event each)", len(half) / (cancelled_at - armed_at)),
        Figure("ledger, taken and recorded", fired / (fire_to - fire_from)),
    ]


async def _lateness(ledger: Ledger) -> str:
    """A thousand timers over two seconds, taken as the application takes them."""
    start = ledger.now() + timedelta(seconds=1)
    dues = {f"l{number}": start + timedelta(milliseconds=2 * number) for number in range(1000)}
    await _commit(ledger, [_arm(case_id, at) for case_id, at in dues.items()])
    late: list[float] = []
    while len(late) < len(dues):
        result = await ledger.tick()
        taken = await ledger.take_due(200)
        late += [(ledger.now() - due.due_at).total_seconds() * 1000 for due, _ in taken]
        await _commit(
            ledger, [Change(op_id=new_id("o"), events=[Event(name="bench")], taken=due) for due, _ in taken]
        )
        if not taken and result.next_due_at is not None:
            await asyncio.sleep(max(0.0, min((result.next_due_at - result.at).total_seconds(), 0.05)))
    late.sort()
    p99 = late[int(len(late) * 0.99)]
    return f"Lateness of 1,000 timers: p50 {late[len(late) // 2]:.1f} ms, p99 {p99:.1f} ms, at most {late[-1]:.1f} ms."


def _arm(case_id: str, at: datetime | None) -> Change:
    return Change(op_id=new_id("o"), events=[Event(name="bench")], due=(Due(DueKind.STEP, case_id, at),))


async def _commit(ledger: Ledger, changes: list[Change]) -> None:
    for first in range(0, len(changes), _BATCH):
        await ledger.commit_all(changes[first : first + _BATCH])
