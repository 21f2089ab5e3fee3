"""Years of a real ledger with several replicas of ours (tests/years/replicas.py): over one server, and over a Sentinel
group whose primary is killed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from bot.audit import verify_export
from bot.ledger import door, together
from tests.cluster.group import sentinel_group
from tests.desk import Bench, open_bench
from tests.valkey import running_valkey
from tests.years.house import YEARS
from tests.years.replicas import FAILS_OVER, GroupServer, play

FAULTS_OF_A_GROUP = ("", "dies", FAILS_OVER, "clock set")
REQUESTS_OF_A_GROUP = 2
"""A failover takes seconds."""
PATIENCE_S = 60.0
"""Of the ledger's calls and of the watcher: how long they may take on a busy machine is other tests' matter."""


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Bench]:
    """A bench on a server that keeps what it holds."""
    async with running_valkey(folder / "valkey") as valkey, open_bench(valkey, folder) as bench:
        yield bench


async def _some_years(count: int, folder: Path) -> None:
    for seed in range(count):
        async with opened(folder / f"{seed}") as bench:
            await play(Random(seed), bench)


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(1 + YEARS // 10))
@pytest.mark.timeout(600)
async def test_no_step_is_lost_and_none_is_twice_in_effect_whatever_becomes_of_a_replica(
    seed: int, tmp_path: Path
) -> None:
    async with opened(tmp_path) as bench:
        year = await play(Random(seed), bench)
    assert year.waiting


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(1 + YEARS // 10))
@pytest.mark.timeout(600)
async def test_none_is_lost_or_twice_in_effect_when_a_replica_of_the_server_takes_over(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_WAIT_MS", round(PATIENCE_S * 500))
    monkeypatch.setattr(together, "CALL_LIMIT_S", PATIENCE_S)
    async with (
        sentinel_group(tmp_path / "group", PATIENCE_S) as group,
        open_bench(GroupServer(group), tmp_path, limit_s=PATIENCE_S) as bench,
    ):
        year = await play(Random(seed), bench, FAULTS_OF_A_GROUP, REQUESTS_OF_A_GROUP)
        await bench.ledger.chain.export_to(tmp_path / "record")
    assert FAILS_OVER in year.done
    with (tmp_path / "record").open(encoding="ascii") as lines:
        assert verify_export(lines).problems == []


# Faults that are planted into the ledger's scripts: each has to be found within a few years

PLANTED = {
    "what a process takes is gone": (
        "take_due",
        "redis.call('ZADD', P .. 'due', unpack(leased))",
        "for i = 2, #leased, 2 do redis.call('ZREM', P .. 'due', leased[i]) end",
    ),
    "nothing is leased": ("take_due", "if #leased > 0 then", "if false then"),
    "a step of the server's clock is believed": ("tick", "corrected = -gap", "corrected = 0"),
    "a host that was suspended is believed": (
        "tick",
        "local function outvoted(now, gap, passed)",
        "local function outvoted(now, gap, passed) if true then return false end",
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_planted_changes_a_script(fault: str) -> None:
    """The scripts change, and nobody plays years each time."""
    which, was, _ = PLANTED[fault]
    assert door.script_text(which).count(was) == 1


@pytest.mark.unmeasured
@pytest.mark.timeout(600)
@pytest.mark.skipif(not YEARS, reason="takes minutes: make soak WHAT=years")
@pytest.mark.parametrize("fault", PLANTED)
async def test_a_planted_fault_of_the_ledger_is_found(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, was, is_now = PLANTED[fault]
    whole = door.script_text

    def planted(name: str) -> str:
        return whole(name).replace(was, is_now)

    door._sha_of.cache_clear()
    monkeypatch.setattr(door, "script_text", planted)
    try:
        with pytest.raises(AssertionError):
            await _some_years(8, tmp_path)
    finally:
        door._sha_of.cache_clear()
