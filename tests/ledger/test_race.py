"""P2, P6: however many processes race, every case has one winner and every due time one taker."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter

from bot.audit import verify_export
from bot.ledger import Ledger
from bot.models import Due, DueKind
from tests.ledger.build import case, change
from tests.valkey import RunningValkey

CASES = 500
PROCESSES = 3


async def _started(url: str, name: str) -> Process:
    racer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.ledger.racer", url, name, stdin=PIPE, stdout=PIPE
    )
    assert racer.stdout is not None
    assert await racer.stdout.readline() == b"ready\n"
    return racer


async def _told(racer: Process) -> dict[str, list[str]]:
    output, _ = await racer.communicate(b"go\n")
    assert racer.returncode == 0
    told: dict[str, list[str]] = json.loads(output)
    return told


async def test_three_processes_race_for_500_cases_and_their_due_times(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    names = {f"case-{number}" for number in range(CASES)}
    armed = [change((case(name), 0), due=[Due(DueKind.STEP, name, ledger.now())]) for name in sorted(names)]
    for start in range(0, CASES, 100):
        await ledger.commit_all(armed[start : start + 100])
    racers = await asyncio.gather(*(_started(valkey.url, f"racer-{number}") for number in range(PROCESSES)))
    told = await asyncio.gather(*(_told(racer) for racer in racers))
    for what in ("won", "taken"):
        counted = Counter(name for one in told for name in one[what])
        assert set(counted) == names, f"{what}: some were lost"
        assert set(counted.values()) == {1}, f"{what}: some happened twice"
    assert await ledger.open_case_ids() == []
    decided = [one.event for one in await ledger.events(limit=5000) if one.event.name == "decided"]
    winners = {name: f"racer-{number}" for number, one in enumerate(told) for name in one["won"]}
    assert {one.case_id: one.facts["by"] for one in decided} == winners
    found = verify_export([line async for line in ledger.chain.export()])
    assert found.is_good, found.problems
    assert found.events == CASES * 2
