"""One tick with nothing due, beside so many armed timers."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from bot.desk import new_id
from bot.ledger import EmbeddedServer, Ledger
from bot.models import Change, Due, DueKind, Event
from tests.bench.figures import Figure, figure

ARMED = (1_000, 100_000)
_TICKS = 500
_BATCH = 500


async def measure(folder: Path, armed: tuple[int, ...] = ARMED) -> list[Figure]:
    """A row for each number of armed timers."""
    ledger = await Ledger.connect(EmbeddedServer(folder / "ticking"), replica_id="bench")
    try:
        await ledger.tick()
        rows, held = [], 0
        for count in armed:
            await _arm(ledger, held, count)
            held = count
            rows.append(await _ticks(ledger, f"a tick, {count:,} armed"))
    finally:
        await ledger.close()
    return rows


async def _arm(ledger: Ledger, start: int, end: int) -> None:
    later = ledger.now() + timedelta(hours=1)
    for first in range(start, end, _BATCH):
        due = [Due(DueKind.STEP, f"c{number}", later) for number in range(first, min(end, first + _BATCH))]
        await ledger.commit(Change(op_id=new_id("o"), events=[Event(name="bench")], due=due))


async def _ticks(ledger: Ledger, name: str) -> Figure:
    seconds = []
    for number in range(_TICKS + 20):
        began = time.perf_counter()
        await ledger.tick()
        if number >= 20:
            seconds.append(time.perf_counter() - began)
    return figure(name, seconds, sum(seconds))
