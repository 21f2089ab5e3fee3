"""The clock that the stand-ins share."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.clock import SandboxClock


def test_it_starts_where_it_is_told_and_moves_by_what_it_is_told() -> None:
    """A start and an advance are exact up to the real time that passes meanwhile; both readings agree."""
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    clock = SandboxClock(start)
    clock.advance(timedelta(minutes=15))
    assert timedelta(minutes=15) <= clock.now() - start < timedelta(minutes=16)
    assert abs(clock.time() - clock.now().timestamp()) < 1


def test_left_alone_it_is_the_real_time() -> None:
    """Without a start the offset is nothing, and back is possible too."""
    clock = SandboxClock()
    assert clock.offset == timedelta(0)
    clock.advance(timedelta(seconds=-30))
    assert clock.offset == timedelta(seconds=-30)


def test_a_start_without_a_zone_is_refused() -> None:
    """A moment without a zone is a mistake waiting to happen."""
    with pytest.raises(ValueError, match="time zone"):
        SandboxClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the missing zone is the point


async def test_a_move_wakes_whoever_waits() -> None:
    """wait_for_move returns at the advance, long before its time limit."""
    clock = SandboxClock()
    waiting = asyncio.create_task(clock.wait_for_move(60))
    while not waiting.done():
        clock.advance(timedelta(seconds=1))
        await asyncio.sleep(0)
    assert waiting.result() is True
