"""Timers: armed, cancelled and fired by the ledger, against APScheduler's Redis job store on the same server.

The two take turns, several times, on a new server each time, and each figure is the median of its rounds: whatever else
a machine does then falls on both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from redis import Redis

from bot.app.beat import BATCH, in_batches
from bot.app.living import spare_what_stays
from bot.desk import new_id
from bot.ledger import EmbeddedServer, Ledger, StoredCase
from bot.models import Change, Due, DueKind, Event, TakenDue
from rehearsal.stage.time_travel import travel
from tests.bench.figures import Figure

ARMED = 100_000
_BATCH = 500
_JOBS = 1_000
"""Of each round: the baseline is slow, and its rates hardly depend on the number."""
ROUNDS = 5
_DONE = ("armed", "cancelled", "fired")


@dataclass(frozen=True, slots=True)
class Took:
    """What so many operations took: of the clock on the wall, and of processor time, in seconds."""

    count: int
    wall_s: float
    client_s: float
    server_s: float

    def each_us(self, of: float) -> float:
        """A share of one operation, in microseconds."""
        return of / self.count * 1_000_000


class Stopwatch:
    """Reads the clock, and the processor time of this process and of the server."""

    def __init__(self, socket_path: str) -> None:
        self._server = Redis(unix_socket_path=socket_path, decode_responses=True)
        self.start()

    def start(self) -> None:
        """From now on."""
        self._begun = self._read()

    def took(self, count: int) -> Took:
        """What was done since, so many times; and from now on again."""
        now, begun = self._read(), self._begun
        self._begun = self._read()
        wall, client, server = (one - other for one, other in zip(now, begun, strict=True))
        return Took(count, wall, client, server)

    def close(self) -> None:
        """Let go of the server, which ends with its last user."""
        self._server.close()

    def _read(self) -> tuple[float, float, float]:
        cpu = self._server.info("cpu")
        used = float(cpu["used_cpu_user_main_thread"]) + float(cpu["used_cpu_sys_main_thread"])
        return time.perf_counter(), time.process_time(), used


Round = tuple[Took, ...]
"""Armed, cancelled, fired; of ours also fired by two replicas."""


async def measure(folder: Path, armed: int = ARMED, rounds: int = ROUNDS) -> tuple[list[list[Figure]], str]:
    """Three tables (arm, cancel, fire), baseline first; and sentences on what they cost, and on lateness."""
    spare_what_stays()
    baseline, ours, lateness = list[Round](), list[Round](), ""
    for number in range(rounds):
        # A server of its own: the baseline leaves nothing behind, and ours a record that grows.
        server = EmbeddedServer(folder / f"timers-{number}")
        ledger = await Ledger.connect(server, replica_id="bench")
        second = await Ledger.connect(server.url, replica_id="bench-2")
        watch = Stopwatch(str(server.socket_path))
        try:
            await ledger.tick()
            baseline.append(await asyncio.to_thread(_job_store, str(server.socket_path), watch))
            ours.append(await _ours((ledger, second), server.url, armed, watch))
            lateness = await _lateness(ledger)
        finally:
            watch.close()
            await second.close()
            await ledger.close()
    tables = [
        [_figure(f"RedisJobStore, {what}", [each[place] for each in baseline])]
        for place, what in enumerate(_DONE)
    ]
    for place, words in enumerate(_WORDS):
        tables[min(place, 2)].append(_figure(f"ledger, {words}", [each[place] for each in ours]))
    return tables, "\n".join([*_costs(baseline, ours), lateness])


_WORDS = (
    "armed (with an audit event each)",
    "cancelled (with an audit event each)",
    "taken and recorded",
    "taken and recorded by two replicas",
)


def _figure(name: str, took: Sequence[Took]) -> Figure:
    return Figure(name, median(each.count / each.wall_s for each in took))


def _costs(baseline: Sequence[Round], ours: Sequence[Round]) -> list[str]:
    """How the rounds lie, and the processor time of one timer."""
    lines = [f"Of {len(ours)} rounds in turns, ratio of each:", ""]
    for place, what in enumerate(_DONE):
        ratios = sorted(
            one[place].each_us(one[place].wall_s) / other[place].each_us(other[place].wall_s)
            for one, other in zip(baseline, ours, strict=True)
        )
        lines.append(f"- {what}: {', '.join(f'{each:.1f}' for each in ratios)}")
    lines += ["", "| processor time of one, µs | client | server |", "|---|---|---|"]
    for whose, rounds, named in (("RedisJobStore", baseline, _DONE), ("ledger", ours, _WORDS)):
        for place, what in enumerate(named):
            took = [each[place] for each in rounds]
            client = median(each.each_us(each.client_s) for each in took)
            server = median(each.each_us(each.server_s) for each in took)
            lines.append(f"| {whose}, {what} | {client:.0f} | {server:.0f} |")
    return [*lines, ""]


def _noop() -> None:
    """What the baseline's jobs do."""


def _job_store(socket_path: str, watch: Stopwatch) -> Round:
    store = RedisJobStore(db=1, unix_socket_path=socket_path)
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    later = datetime.now(UTC) + timedelta(hours=1)
    watch.start()
    for number in range(_JOBS):
        scheduler.add_job(_noop, "date", run_date=later, id=f"j{number}")
    armed = watch.took(_JOBS)
    for number in range(_JOBS // 2):
        scheduler.remove_job(f"j{number}")
    cancelled = watch.took(_JOBS // 2)
    fired = _fire_job_store(scheduler, store, watch)
    scheduler.shutdown(wait=False)
    return armed, cancelled, fired


def _fire_job_store(scheduler: BackgroundScheduler, store: RedisJobStore, watch: Stopwatch) -> Took:
    """What one wake-up does with jobs that are due: read them, and remove each."""
    scheduler.remove_all_jobs()
    past = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(_JOBS):
        scheduler.add_job(_noop, "date", run_date=past, id=f"f{number}", misfire_grace_time=None)
    watch.start()
    for job in store.get_due_jobs(datetime.now(UTC)):
        job.func()
        store.remove_job(job.id)
    return watch.took(_JOBS)


async def _ours(replicas: tuple[Ledger, Ledger], url: str, armed: int, watch: Stopwatch) -> Round:
    ledger, second = replicas
    later = ledger.now() + timedelta(hours=1)
    ids = [f"c{each}" for each in range(armed)]
    watch.start()
    await _commit(ledger, ids, later)
    armed_in = watch.took(armed)
    half = ids[: armed // 2]
    await _commit(ledger, half, None)
    cancelled_in = watch.took(len(half))
    await travel(url, timedelta(hours=2))
    await asyncio.gather(ledger.tick(), second.tick())
    watch.start()
    fired_in = watch.took(await _fire(ledger, armed // 4))
    both = await asyncio.gather(_fire(ledger), _fire(second))
    return armed_in, cancelled_in, fired_in, watch.took(sum(both))


async def _fire(ledger: Ledger, most: int = ARMED) -> int:
    """What one replica does while something is due: take a batch, record it, and take the next meanwhile."""
    left = most

    async def take() -> Sequence[tuple[TakenDue, StoredCase | None]]:
        nonlocal left
        left -= BATCH
        return await ledger.take_due(BATCH) if left >= 0 else ()

    async def write(taken: Sequence[tuple[TakenDue, StoredCase | None]]) -> None:
        await ledger.commit_all(
            [Change(op_id=new_id("o"), events=[Event(name="bench")], taken=due) for due, _ in taken]
        )

    return await in_batches(take, write)


async def _lateness(ledger: Ledger) -> str:
    """A thousand timers over two seconds, taken as the application takes them."""
    start = ledger.now() + timedelta(seconds=1)
    dues = {f"l{number}": start + timedelta(milliseconds=2 * number) for number in range(1000)}
    await ledger.commit_all([_arm(case_id, at) for case_id, at in dues.items()])
    late: list[float] = []
    while len(late) < len(dues):
        result = await ledger.tick()
        taken = await ledger.take_due(BATCH)
        late += [(ledger.now() - due.due_at).total_seconds() * 1000 for due, _ in taken]
        await ledger.commit_all(
            [Change(op_id=new_id("o"), events=[Event(name="bench")], taken=due) for due, _ in taken]
        )
        if not taken and result.next_due_at is not None:
            await asyncio.sleep(max(0.0, min((result.next_due_at - result.at).total_seconds(), 0.05)))
    late.sort()
    p99 = late[int(len(late) * 0.99)]
    return f"Lateness of 1,000 timers: p50 {late[len(late) // 2]:.1f} ms, p99 {p99:.1f} ms, at most {late[-1]:.1f} ms."


def _arm(case_id: str, at: datetime | None) -> Change:
    return Change(op_id=new_id("o"), events=[Event(name="bench")], due=(Due(DueKind.STEP, case_id, at),))


async def _commit(ledger: Ledger, ids: Sequence[str], at: datetime | None) -> None:
    for first in range(0, len(ids), _BATCH):
        await ledger.commit_all([_arm(case_id, at) for case_id in ids[first : first + _BATCH]])
