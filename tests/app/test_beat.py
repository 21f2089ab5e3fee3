"""Jobs by the clock: no step of the host's clock costs anything or lets a job sleep; what lasts is said once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.app.beat import Beat, Every, in_batches
from bot.logs import Lasting

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
QUARTER = timedelta(seconds=0.25)
JUMPS = [timedelta(days=14), timedelta(hours=1), timedelta(hours=-1), timedelta(days=-14)]


@pytest.mark.parametrize("jump", [timedelta(), timedelta(seconds=0.1), *JUMPS])
def test_the_next_run_is_never_further_than_one_span(jump: timedelta) -> None:
    """APScheduler asks until it is told a time ahead: one answer is enough, however far the clock went."""
    trigger, now = Every(QUARTER), NOW + jump
    following = trigger.get_next_fire_time(NOW, now)
    assert now < following <= now + QUARTER


def test_a_punctual_job_keeps_its_beat() -> None:
    trigger = Every(QUARTER)
    assert trigger.get_next_fire_time(None, NOW) == NOW + QUARTER
    assert trigger.get_next_fire_time(NOW, NOW + QUARTER / 5) == NOW + QUARTER


class Clocks:
    """The seconds that passed and the host's clock, both as a test wants them."""

    def __init__(self) -> None:
        self.passed, self.stepped = 1000.0, 0.0

    def seconds(self) -> float:
        """What nobody can set."""
        return self.passed

    def wall(self) -> float:
        """What anybody can set."""
        return 1_000_000.0 + self.passed + self.stepped


async def _reached(counted: list[str], name: str, times: int) -> None:
    """Until a job has run so often."""
    async with asyncio.timeout(10):
        while counted.count(name) < times:  # noqa: ASYNC110 - the scheduler sets no event of ours
            await asyncio.sleep(0)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_jump_of_the_hosts_clock_costs_one_run_and_no_job_sleeps(jump: timedelta) -> None:
    """The clock went: for APScheduler the next runs then lie 14 days behind or ahead."""
    counted: list[str] = []
    clocks = Clocks()
    beat = Beat(seconds=clocks.seconds, wall=clocks.wall)

    def job(name: str) -> None:
        async def work() -> None:
            counted.append(name)

        beat.add(name, 0.25 if name == "tick" else 3600.0, work)

    for name in ("tick", "user_groups"):
        job(name)
    beat.start()
    try:
        await _reached(counted, "user_groups", 1)
        assert beat._scheduler is not None
        for name in ("tick", "user_groups"):
            beat._scheduler.modify_job(name, next_run_time=datetime.now(UTC) - jump)
        ticked = counted.count("tick")
        clocks.stepped += jump.total_seconds()
        clocks.passed += 3602.0
        with capture_logs() as said:
            beat.look()
            beat.look()
        assert [(one["event"], one["by_s"]) for one in said] == [("host_clock_stepped", jump.total_seconds())]
        await _reached(counted, "tick", ticked + 1)
        await _reached(counted, "user_groups", 2)
        assert counted.count("user_groups") <= 3, (
            "a run for the jump, and at most one more for the hour that passed"
        )
    finally:
        await beat.stop(1)


async def test_a_job_that_takes_long_is_said_once_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A slow portal: APScheduler itself would warn at every second that the poll is still running."""
    clocks, go_on, runs = Clocks(), asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        await go_on.wait()

    beat = Beat(seconds=clocks.seconds, wall=clocks.wall)
    beat.add("poll", 0.001, work)
    kicks = 0
    with caplog.at_level(logging.WARNING, "apscheduler"), capture_logs() as said:
        beat.start()
        try:
            job = beat._jobs["poll"]
            async with asyncio.timeout(10):
                while kicks < 50:
                    seen = job.kicked_at
                    clocks.passed += 1.0
                    while job.kicked_at == seen:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0)
                    kicks += 1
            assert runs == 1
            go_on.set()
            await _until_done(job.task)
        finally:
            await beat.stop(1)
    assert caplog.records == []
    assert [one["event"] for one in said] == ["job_takes_long", "job_ended"]


async def _until_done(task: asyncio.Task[None] | None) -> None:
    assert task is not None
    await asyncio.wait([task])


async def test_a_job_that_fails_is_logged_and_runs_again() -> None:
    counted: list[str] = []

    async def work() -> None:
        counted.append("seal")
        raise RuntimeError("a bug")

    beat = Beat()
    beat.add("seal", 0.001, work)
    with capture_logs() as said:
        beat.start()
        await _reached(counted, "seal", 2)
        await beat.stop(1)
    assert {one["event"] for one in said} == {"job_failed"}


async def test_a_stop_cancels_what_does_not_end() -> None:
    began = asyncio.Event()

    async def work() -> None:
        began.set()
        await asyncio.Event().wait()

    beat = Beat()
    beat.add("poll", 60, work)
    beat.start()
    await began.wait()
    await beat.stop(0.01)
    task = beat._jobs["poll"].task
    assert task is not None
    assert task.cancelled()
    await beat.stop(0.01)


async def test_what_was_due_as_a_stop_began_does_not_begin_after_it() -> None:
    """It would work on beside a ledger that is closed meanwhile, and nobody would wait for it."""
    counted: list[str] = []

    async def work() -> None:
        counted.append("measure")

    beat = Beat()
    beat.add("measure", 60, work)
    beat.start()
    await _reached(counted, "measure", 1)
    beat.now("measure")
    await asyncio.sleep(0)  # APScheduler has taken it up, and has not come to it.
    await beat.stop(1)
    for _ in range(5):
        await asyncio.sleep(0)
    assert counted == ["measure"]


def test_a_trouble_is_said_when_it_begins_when_it_changes_and_when_it_is_over() -> None:
    clocks = Clocks()
    trouble = Lasting("portal_poll_failed", {"place": "portal"}, seconds=clocks.seconds)
    with capture_logs() as said:
        trouble.over()
        for why in ("no answer", "no answer", "refused", "no answer"):
            trouble.met(why)
            clocks.passed += 15
        trouble.over()
        trouble.over()
        trouble.met("no answer")
    assert [(one["event"], one.get("why", one.get("lasted_s"))) for one in said] == [
        ("portal_poll_failed", "no answer"),
        ("portal_poll_failed", "refused"),
        ("trouble_over", 60.0),
        ("portal_poll_failed", "no answer"),
    ]
    assert all(one["place"] == "portal" for one in said)


def test_a_reason_that_reads_otherwise_at_every_try_is_not_said_for_ever() -> None:
    trouble = Lasting("portal_poll_failed")
    with capture_logs() as said:
        for number in range(100):
            trouble.met(f"no answer in {number} ms")
    assert len(said) == 5


def test_what_comes_and_goes_is_over_when_it_was_quiet_for_a_while() -> None:
    clocks = Clocks()
    trouble = Lasting("own_clock_is_wrong", quiet_s=300, seconds=clocks.seconds)
    with capture_logs() as said:
        for _ in range(10):
            trouble.met("it lost 3 s")
            clocks.passed += 3
            trouble.over()
        clocks.passed += 300
        trouble.over()
    assert [one["event"] for one in said] == ["own_clock_is_wrong", "trouble_over"]


class Taking:
    """Batches of two, in the order in which they were asked for and worked off."""

    def __init__(self, *batches: list[int] | Exception) -> None:
        self.left, self.told = list(batches), list[str]()
        self.asked = asyncio.Event()
        """More than one was asked for."""
        self.faulty: set[int] = set()

    async def take(self) -> list[int]:
        """The next batch."""
        batch = self.left.pop(0) if self.left else []
        self.told.append("asked")
        if len(self.told) > 1:
            self.asked.set()
        if isinstance(batch, Exception):
            raise batch
        return batch

    async def work(self, batch: Sequence[int]) -> None:
        """Only while another one is under way."""
        async with asyncio.timeout(10):
            await self.asked.wait()
        self.told.append(f"worked off {batch}")
        if self.faulty.intersection(batch):
            raise RuntimeError(f"what is wrong with {batch}")


async def test_the_next_batch_is_taken_while_one_is_worked_off() -> None:
    taking = Taking([1, 2], [3, 4], [5])
    assert await in_batches(taking.take, taking.work, full=2) == 5
    worked = [words for words in taking.told if words != "asked"]
    assert worked == ["worked off [1, 2]", "worked off [3, 4]", "worked off [5]"]
    assert taking.told.index("worked off [1, 2]") == 2, "the second was asked for before"
    assert taking.told.count("asked") == 3, "after one that is not full nothing is asked for"


@pytest.mark.parametrize("batches", [[], [[]], [[1, 2]], [[1, 2], [3, 4]]])
async def test_batches_end_where_nothing_is_left(batches: list[list[int]]) -> None:
    taking = Taking(*batches)
    assert await in_batches(taking.take, taking.work, full=2) == sum(map(len, batches))
    assert taking.left == []


async def test_what_is_taken_already_is_worked_off_though_the_batch_before_broke() -> None:
    """P6: what goes wrong with some does not hold up those that were leased meanwhile, again and again."""
    taking = Taking([1, 2], [3, 4], [5, 6])
    taking.faulty = {1}
    with pytest.raises(RuntimeError, match=r"what is wrong with \[1, 2\]"):
        await in_batches(taking.take, taking.work, full=2)
    assert "worked off [3, 4]" in taking.told
    assert taking.left == [[5, 6]], "no further one is taken"


async def test_a_batch_is_worked_off_though_the_next_cannot_be_taken() -> None:
    taking = Taking([1, 2], RuntimeError("the ledger is away"))
    with pytest.raises(RuntimeError, match="away"):
        await in_batches(taking.take, taking.work, full=2)
    assert "worked off [1, 2]" in taking.told


async def test_whoever_is_stopped_takes_nothing_more() -> None:
    taking, left_waiting = asyncio.Event(), asyncio.Event()

    async def take() -> list[int]:
        if not taking.is_set():
            taking.set()
            return [1]
        try:
            await asyncio.Event().wait()
        finally:
            left_waiting.set()
        return []

    async def work(_: Sequence[int]) -> None:
        batches.cancel()
        await asyncio.Event().wait()

    batches = asyncio.create_task(in_batches(take, work, full=1))
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await batches
        await left_waiting.wait()
