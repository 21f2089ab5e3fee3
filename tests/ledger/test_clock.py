"""One clock for everybody: it does not step when somebody sets the server's clock, and every correction is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from bot.ledger import Ledger, Pace
from bot.ledger.values import LogicalClock, boot_ms, from_ms, to_ms
from bot.models import Due, DueKind
from tests.ledger.build import LEASE, NOON, change, committed, message, press
from tests.valkey import RunningValkey

HOUR = timedelta(hours=1)
CLOSE = timedelta(seconds=2.5)
"""Nearer than any step here, farther than a stalled machine."""


class Boot:
    """A boot clock that a test can hold, as if its reading were delayed."""

    def __init__(self) -> None:
        self.late_ms = 0

    def __call__(self) -> int:
        return boot_ms() - self.late_ms


@pytest.fixture
def boot() -> Boot:
    """The replica's boot clock."""
    return Boot()


@pytest.fixture
async def replica(valkey: RunningValkey, boot: Boot) -> AsyncIterator[Ledger]:
    """A replica that has ticked once."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-1", boot=boot)
    await opened.tick()
    yield opened
    await opened.close()


async def _corrections(ledger: Ledger) -> list[int]:
    return [one.event.facts["by_ms"] for one in await ledger.events() if one.event.name == "clock_corrected"]


def _near(first: datetime, second: datetime) -> bool:
    return abs(first - second) < CLOSE


@pytest.mark.parametrize(
    "step", [HOUR, -HOUR, timedelta(minutes=-10), timedelta(seconds=3), timedelta(days=-400)]
)
async def test_a_step_of_the_servers_clock_is_undone_and_recorded(
    replica: Ledger, valkey: RunningValkey, step: timedelta
) -> None:
    before = replica.now()
    await valkey.step_clock(step)
    first, second, third = [await replica.tick() for _ in range(3)]
    assert _near(first.at, before), "the very first answer after the step is right already"
    assert _near(third.at, before)
    assert (first.correction, third.correction) == (timedelta(), timedelta())
    assert abs(second.correction + step) < CLOSE
    [corrected] = await _corrections(replica)
    assert abs(timedelta(milliseconds=corrected) + step) < CLOSE


async def test_nothing_fires_early_or_late_because_of_a_step(replica: Ledger, valkey: RunningValkey) -> None:
    await committed(replica, change(due=[Due(DueKind.STEP, "case-1", replica.now() + HOUR / 4)]))
    await valkey.step_clock(HOUR)
    assert await replica.take_due() == [], "before any tick has seen the step"
    await replica.tick()
    await replica.tick()
    await valkey.step_clock(-HOUR * 2)
    await replica.tick()
    await replica.tick()
    assert await replica.take_due() == []
    await valkey.travel(HOUR / 4)
    assert len(await replica.take_due()) == 1


async def test_one_replica_repairs_and_the_others_agree(
    replica: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await other.tick()
    before = other.now()
    await valkey.step_clock(-HOUR)
    await replica.tick()
    await replica.tick()
    for _ in range(3):
        assert (await other.tick()).correction == timedelta()
    assert _near(other.now(), before)
    assert len(await _corrections(other)) == 1


async def test_a_small_difference_is_no_step(replica: Ledger, valkey: RunningValkey) -> None:
    await valkey.step_clock(timedelta(seconds=1))
    for _ in range(3):
        assert (await replica.tick()).correction == timedelta()


async def test_a_delayed_reading_is_no_step(replica: Ledger, boot: Boot) -> None:
    """The server was paused: it executes a question that was asked five seconds ago."""
    before = replica.now()
    boot.late_ms = 5000
    await replica.tick()
    boot.late_ms = 0
    for _ in range(3):
        assert (await replica.tick()).correction == timedelta()
    assert await _corrections(replica) == []
    assert _near(replica.now(), before)


async def test_readings_delayed_by_different_spans_are_no_step(replica: Ledger, boot: Boot) -> None:
    for late_ms in (6000, 4500, 3000, 0, 0):
        boot.late_ms = late_ms
        assert (await replica.tick()).correction == timedelta()


# Several replicas


@pytest.fixture
def others_boot() -> Boot:
    """The boot clock of a second replica, which may lose time."""
    return Boot()


@pytest.fixture
async def slow(valkey: RunningValkey, replica: Ledger, others_boot: Boot) -> AsyncIterator[Ledger]:
    """A second replica that has ticked once."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-2", boot=others_boot, host="host-2")
    await opened.tick()
    yield opened
    await opened.close()


@pytest.mark.parametrize("lost_ms", [600_000, 3000, -600_000, -3000, 14 * 86_400_000])
async def test_a_replica_whose_own_clock_is_wrong_is_outvoted(
    replica: Ledger, slow: Ledger, others_boot: Boot, lost_ms: int
) -> None:
    """Its host was suspended for ten minutes, and its boot clock lost them: it corrects nothing, and nothing flaps."""
    await replica.tick()
    before = replica.now()
    others_boot.late_ms = lost_ms
    assert await slow.take_due() == []
    assert _near(slow.now(), before), "the very first answer is in everybody's time"
    first = await slow.tick()
    assert abs(first.lost - timedelta(milliseconds=lost_ms)) < CLOSE
    for _ in range(4):
        for one in (replica, slow):
            result = await one.tick()
            assert (result.correction, result.lost) == (timedelta(), timedelta())
            assert _near(result.at, before)
    assert await _corrections(replica) == []


async def test_a_due_time_does_not_flap_between_two_replicas_that_disagree(
    replica: Ledger, slow: Ledger, others_boot: Boot
) -> None:
    await committed(replica, change(due=[Due(DueKind.STEP, "case-1", replica.now() + HOUR / 4)]))
    due_at = (await replica.tick()).next_due_at
    for late_ms in (600_000, 0, 600_000, 1_200_000):
        others_boot.late_ms = late_ms
        for one in (slow, replica):
            assert await one.take_due() == []
            assert (await one.tick()).next_due_at == due_at


async def test_a_replica_that_runs_slow_corrects_nothing(
    replica: Ledger, slow: Ledger, others_boot: Boot, valkey: RunningValkey
) -> None:
    """Its clock counts half of the seconds: at every tick it is a little more behind."""
    for seconds in range(3, 30, 3):
        await valkey.travel(timedelta(seconds=3))
        others_boot.late_ms = seconds * 1000
        await replica.tick()
        assert (await slow.tick()).correction == timedelta()
    assert await _corrections(replica) == []


@pytest.mark.parametrize("step", [HOUR, -HOUR, timedelta(minutes=10), timedelta(seconds=-5)])
async def test_a_step_of_the_servers_clock_outvotes_nobody(
    replica: Ledger, slow: Ledger, valkey: RunningValkey, step: timedelta
) -> None:
    """Every replica sees it, so that none bears witness against it."""
    before = replica.now()
    await valkey.step_clock(step)
    results = [await one.tick() for _ in range(3) for one in (slow, replica)]
    assert all(_near(one.at, before) for one in results)
    assert [one.lost for one in results] == [timedelta()] * 6
    [corrected] = await _corrections(replica)
    assert abs(timedelta(milliseconds=corrected) + step) < CLOSE


async def test_who_wakes_alone_after_a_step_is_not_outvoted_by_a_replica_that_is_gone(
    replica: Ledger, slow: Ledger, valkey: RunningValkey
) -> None:
    await valkey.travel(timedelta(minutes=5))
    await replica.tick()
    before = replica.now()
    await valkey.step_clock(HOUR)
    await replica.tick()
    assert abs((await replica.tick()).correction + HOUR) < CLOSE
    assert _near(replica.now(), before)


# Who begins anew has no reading of its own to go by


async def _begun(valkey: RunningValkey, replica_id: str, host: str | None = "elsewhere") -> Ledger:
    return await Ledger.connect(valkey.url, replica_id=replica_id, host=host)


async def test_a_step_back_while_nobody_runs_is_undone_and_recorded(
    replica: Ledger, valkey: RunningValkey
) -> None:
    """What the last process had taken for a moment would else be held by nobody for an hour: the turn to ask the
    portal, what it was just sending, a step of the clock that it had taken."""
    assert await replica.lead("poll", timedelta(seconds=15))
    await committed(replica, change(due=[Due(DueKind.STEP, "case-1", replica.now())]))
    assert await replica.take_due()
    await replica.tick()
    before = replica.now()
    await valkey.step_clock(-HOUR)
    again = await _begun(valkey, "replica-2")
    assert _near(again.now(), before), "its very first answer is in everybody's time"
    first, second = [await again.tick() for _ in range(2)]
    assert abs(first.correction - HOUR) < CLOSE
    assert second.correction == timedelta()
    assert _near(second.at, before)
    [corrected] = await _corrections(again)
    assert abs(timedelta(milliseconds=corrected) - HOUR) < CLOSE
    await valkey.travel(timedelta(seconds=90))
    assert await again.lead("poll", timedelta(seconds=15))
    assert len(await again.take_due()) == 1
    await again.close()


async def test_a_step_ahead_while_nobody_runs_is_the_time_that_passed_where_nobody_ran(
    replica: Ledger, valkey: RunningValkey
) -> None:
    before = replica.now()
    await valkey.step_clock(HOUR)
    again = await _begun(valkey, "replica-2")
    assert (await again.tick()).correction == timedelta()
    assert _near(again.now(), before + HOUR)
    await again.close()


async def test_a_step_ahead_is_undone_by_who_begins_on_a_host_where_somebody_ran(
    replica: Ledger, valkey: RunningValkey
) -> None:
    """All processes of a host have one boot clock: what the first one read, the next one goes by."""
    before = replica.now()
    await valkey.step_clock(HOUR)
    again = await _begun(valkey, "replica-1", host=None)
    assert _near(again.now(), before), "its very first answer is in the time that the one before knew"
    await committed(again, change(due=[Due(DueKind.STEP, "case-1", again.now())]))
    first, second = [await again.tick() for _ in range(2)]
    assert first.correction == timedelta()
    assert abs(second.correction + HOUR) < CLOSE
    assert _near(second.at, before)
    assert len(await again.take_due()) == 1, "what was noted meanwhile does not lie an hour ahead"
    for _ in range(2):
        assert (await replica.tick()).correction == timedelta()
    assert len(await _corrections(again)) == 1
    await again.close()


async def test_what_a_newcomer_wrote_ahead_goes_back_with_the_clock(
    replica: Ledger, valkey: RunningValkey
) -> None:
    """It began just after the step on a host where nobody had run, and died within the second."""
    await committed(replica, change(due=[Due(DueKind.STEP, "case-1", replica.now())]))
    await valkey.step_clock(HOUR)
    begun = await _begun(valkey, "replica-2")
    await committed(begun, change(effects=[message("held"), message("waits")]))
    assert await begun.claim_effects(1, LEASE, lambda _: [Pace("C1", timedelta(seconds=5))])
    await begun.pace("chat.update", after=timedelta(seconds=20))
    await begun.store_press(press("held"))
    assert await begun.take_presses(1, LEASE)
    await begun.store_press(press("waits"))
    assert await begun.take_due()
    await begun.close()
    await replica.tick()
    assert await replica.claim_effects(10, LEASE) == []
    assert not await replica.take_presses(10, LEASE)
    assert abs((await replica.tick()).correction + HOUR) < CLOSE
    await valkey.travel(timedelta(seconds=21))
    said = await replica.claim_effects(10, LEASE, lambda _: [Pace("C1"), Pace("chat.update")])
    assert sorted(one.effect.effect_id for one in said) == ["held", "waits"]
    assert len(await replica.take_presses(10, LEASE)) == 2
    assert len(await replica.take_due()) == 1


async def test_who_leads_for_longer_than_anybody_does_led_in_another_time(
    replica: Ledger, valkey: RunningValkey
) -> None:
    await valkey.step_clock(HOUR)
    begun = await _begun(valkey, "replica-2")
    assert await begun.lead("poll", timedelta(seconds=3))
    await begun.close()
    assert await replica.lead("poll", timedelta(seconds=3))


async def test_who_begins_does_not_go_by_a_host_that_stood_still_while_others_ran(
    replica: Ledger, slow: Ledger, others_boot: Boot, valkey: RunningValkey
) -> None:
    """Its process ended, it was suspended for ten minutes, and a new process began: whoever ran bears witness."""
    await slow.close()
    async with valkey.client() as client:
        await _went_on_without(client, "pair:replica-2")
    await replica.tick()
    before = replica.now()
    begun = await _begun(valkey, "replica-2", host="host-2")
    for _ in range(2):
        assert (await begun.tick()).correction == timedelta()
    assert _near(begun.now(), before)
    await begun.close()


async def test_a_host_where_nobody_ran_for_longer_than_an_hour_tells_nothing(
    valkey: RunningValkey, boot: Boot
) -> None:
    former = await Ledger.connect(valkey.url, replica_id="replica-1", boot=boot)
    boot.late_ms = 3_601_000
    await former.tick()
    await former.close()
    before = former.now()
    await valkey.step_clock(HOUR * 5)
    begun = await _begun(valkey, "replica-1", host=None)
    assert (await begun.tick()).correction == timedelta()
    assert _near(begun.now(), before + HOUR * 5)
    await begun.close()


async def test_who_begins_just_after_a_step_back_undoes_it_for_everybody(
    replica: Ledger, valkey: RunningValkey
) -> None:
    before = replica.now()
    await valkey.step_clock(-HOUR)
    begun = await _begun(valkey, "replica-2")
    results = [await one.tick() for _ in range(3) for one in (begun, replica)]
    assert all(_near(one.at, before) for one in results)
    assert [one.lost for one in results] == [timedelta()] * 6
    assert len(await _corrections(replica)) == 1
    await begun.close()


async def test_who_began_after_a_step_ahead_bears_no_witness_against_who_saw_it(
    replica: Ledger, valkey: RunningValkey
) -> None:
    """The server's host came back with a wrong time, and a process began before the others had asked it anything."""
    before = replica.now()
    await valkey.step_clock(HOUR)
    begun = await _begun(valkey, "replica-2")
    await begun.tick()
    first, second = [await replica.tick() for _ in range(2)]
    assert (first.lost, second.lost) == (timedelta(), timedelta())
    assert abs(second.correction + HOUR) < CLOSE
    for _ in range(2):
        for one in (begun, replica):
            result = await one.tick()
            assert result.correction == timedelta()
            assert _near(result.at, before)
    assert len(await _corrections(replica)) == 1
    await begun.close()


async def _went_on_without(client: Redis, pair: str) -> None:
    """Ten minutes are over by every clock but that of one host: the server's and all others' went on."""
    clock = cast("dict[str, str]", await client.hgetall("{gatehouse}:clock"))
    for field, held in clock.items():
        counted, _, logical = held.partition("|")
        ago = 600_000 if field.startswith((pair, "since:")) else 0
        await client.hset("{gatehouse}:clock", field, f"{counted}|{int(logical) - ago}")


async def test_who_began_while_another_host_was_suspended_bears_witness_against_it(
    replica: Ledger, boot: Boot, valkey: RunningValkey
) -> None:
    """It has counted for longer than has passed by the clock of who was suspended."""
    begun = await _begun(valkey, "replica-2")
    await begun.tick()
    async with valkey.client() as client:
        await _went_on_without(client, "pair:replica-1")
    before = begun.now()
    assert abs((await replica.tick()).lost - timedelta(minutes=10)) < CLOSE
    assert _near(replica.now(), before)
    assert await _corrections(replica) == []
    await begun.close()


async def test_who_begins_believes_whoever_runs_and_not_what_a_dead_process_read(
    replica: Ledger, valkey: RunningValkey
) -> None:
    """A process that died with a wrong reading lies ahead of everybody: one that goes on bears witness against it."""
    await replica.tick()
    async with valkey.client() as client:
        ahead = str(to_ms(replica.now() + HOUR))
        await client.hset("{gatehouse}:clock", "pair:dead", f"5|{ahead}")
    begun = await _begun(valkey, "replica-2")
    assert (await begun.tick()).correction == timedelta()
    assert _near(begun.now(), replica.now())
    await begun.close()


async def test_time_passes_for_everybody_when_a_test_travels(replica: Ledger, valkey: RunningValkey) -> None:
    before = replica.now()
    await valkey.travel(HOUR)
    for _ in range(3):
        assert (await replica.tick()).correction == timedelta()
    assert _near(replica.now(), before + HOUR)


async def test_a_restarted_replica_does_not_compare_with_its_former_life(
    replica: Ledger, valkey: RunningValkey
) -> None:
    def booted_lately() -> int:
        return 5

    again = await Ledger.connect(valkey.url, replica_id="replica-1", boot=booted_lately)
    for _ in range(3):
        assert (await again.tick()).correction == timedelta()
    await again.close()


async def test_pairs_of_dead_replicas_are_forgotten(replica: Ledger, valkey: RunningValkey) -> None:
    async with valkey.client() as client:
        old = str(to_ms(replica.now() - HOUR))
        await client.hset(
            "{gatehouse}:clock", mapping={f"pair:dead-{number}": f"5|{old}" for number in range(100)}
        )
        await replica.tick()
        left = cast("list[str]", await client.hkeys("{gatehouse}:clock"))
        assert sorted(field.partition(":")[0] for field in left) == ["pair", "since"]


def test_a_ledger_that_never_answered_has_no_time() -> None:
    clock = LogicalClock()
    with pytest.raises(RuntimeError, match="connect first"):
        clock.now()


def test_between_answers_time_follows_the_boot_clock_and_does_not_jitter() -> None:
    reading = 1000
    clock = LogicalClock(lambda: reading)
    clock.hear(50_000, asked_at=1000)
    reading = 1500
    assert clock.now_ms() == 50_499
    clock.hear(50_490, asked_at=1480)
    assert clock.now_ms() == 50_499, "an answer that was 20 ms under way confirms what we counted"
    clock.hear(60_000, asked_at=1480)
    assert clock.now_ms() == 59_999, "a correction is followed; never ahead of the ledger"
    clock.hear(40_000, asked_at=1500)
    assert clock.now_ms() == 39_999


def test_milliseconds_go_both_ways() -> None:
    assert from_ms(to_ms(NOON)) == NOON
    assert to_ms(NOON + timedelta(microseconds=1999)) == to_ms(NOON) + 1
