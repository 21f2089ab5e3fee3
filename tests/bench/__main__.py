"""`python -m tests.bench`: every measurement, printed as the tables of docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot import logs
from tests.bench import (
    acknowledging,
    deciding,
    flooding,
    intake,
    judging,
    listing,
    polling,
    starting,
    ticking,
    timers,
)
from tests.bench.figures import machine, table


async def main() -> None:
    """Measure one thing after the other; nothing runs side by side but what is compared."""
    logs.set_up(level="error", style="console")
    print(f"Machine: {machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as name:
        folder = Path(name)
        for connections, presses in ((1, 200), (32, 4000)):
            rows = await acknowledging.measure(folder, connections, presses)
            print(table(f"Press to acknowledgement, {connections} at once", rows), flush=True)
        for answer_s in (0.0, deciding.ANSWER_S):
            with tempfile.TemporaryDirectory(prefix="deciding-", dir=name) as own:
                title = f"Press to portal write, {answer_s * 1000:.0f} ms a portal answer"
                print(table(title, await deciding.measure(Path(own), answer_s)), flush=True)
        print(table("Verdicts", judging.measure()), flush=True)
        with tempfile.TemporaryDirectory(prefix="polling-", dir=name) as own:
            print(polling.table(await polling.measure(Path(own))), flush=True)
        for pending in (polling.PENDING, polling.MANY):
            with tempfile.TemporaryDirectory(prefix="memory-", dir=name) as own:
                print(polling.memory_line(await polling.memory(Path(own), pending), pending), flush=True)
        with tempfile.TemporaryDirectory(prefix="looking-", dir=name) as own:
            title = f"Press to acknowledgement during looks at {polling.PENDING:,}"
            print(table(title, await acknowledging.while_looking(Path(own))), flush=True)
        with tempfile.TemporaryDirectory(prefix="listing-", dir=name) as own:
            print(
                table(f"Lists over {listing.OPEN:,} open cases", await listing.measure(Path(own))), flush=True
            )
        with tempfile.TemporaryDirectory(prefix="intake-", dir=name) as own:
            print(intake.table(await intake.measure(Path(own))), flush=True)
        with tempfile.TemporaryDirectory(prefix="starting-", dir=name) as own:
            print(starting.table(await starting.measure(Path(own))), flush=True)
        with tempfile.TemporaryDirectory(prefix="flooding-", dir=name) as own:
            print(flooding.table(await flooding.measure(Path(own))), flush=True)
        print(table("A tick with nothing due", await ticking.measure(folder)), flush=True)
        tables, lateness = await timers.measure(folder)
        for title, rows in zip(("Timers armed", "Timers cancelled", "Timers fired"), tables, strict=True):
            print(table(f"{title} ({timers.ARMED:,})", rows), flush=True)
        print(lateness)


if __name__ == "__main__":
    asyncio.run(main())
