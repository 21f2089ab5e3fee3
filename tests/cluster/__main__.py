"""`make soak-real`: the cluster under load and faults for so many minutes; 1 where anything was lost or doubled."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot import logs
from tests.bench.figures import machine
from tests.cluster.load import PRESSES_A_SECOND, REQUESTS_A_SECOND
from tests.cluster.playing import Soak, soaking
from tests.crashes import checker

_MINUTES = 30.0
_OF_EACH = 10
_FLAT = 1.15
"""The last quarter's memory against the second quarter's: the first one still fills its pools."""


async def soak(minutes: float) -> int:
    """Play it and print the table."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-soak-") as name:
        async with soaking(Path(name)) as run:
            await run.run(minutes * 60)
            faults = [*run.trouble, *checker.faults(await run.left())]
            if not run.stage.portal.decisions:
                faults.append("nothing was decided in it: it proves nothing of decisions")
            rows = list(_rows(run, faults))
            is_flat = _growth(run.memory) <= _FLAT
    sys.stdout.write("\n".join(["| figure | here |", "|---|---|", *rows]) + "\n")
    sys.stderr.writelines(f"Broken: {fault}\n" for fault in _some_of_each(faults))
    return 0 if is_flat and not faults else 1


def _some_of_each(faults: Sequence[str]) -> Iterator[str]:
    """Ten of each promise: what broke hundreds of times hides what broke once."""
    told = Counter[str]()
    for fault in faults:
        told[fault.partition(":")[0]] += 1
        if told[fault.partition(":")[0]] <= _OF_EACH:
            yield fault


def _rows(run: Soak, faults: Sequence[str]) -> Iterator[str]:
    seconds, load = run.elapsed_s, run.load
    acked = [one.acked_after_s for one in load.deliveries if one.acked_after_s is not None]
    yield f"| machine | {machine()} |"
    yield f"| lasted | {seconds / 60:.1f} minutes |"
    yield f"| requests | {_rate(len(load.raised), seconds, REQUESTS_A_SECOND)} |"
    yield f"| presses | {_rate(len(load.deliveries), seconds, PRESSES_A_SECOND)} |"
    yield f"| pace that the machine could bear, median | {statistics.median(load.paces or [0]):.0%} |"
    yield from (f"| {name} | {times} times |" for name, times in run.struck.items())
    yield f"| press to acknowledgement, p50, p99, longest | {_spread(acked)} |"
    yield f"| presses that Slack gave up on (no answer within 3 s) | {sum(not one.acked for one in load.deliveries)} |"
    yield f"| asked to taken in, p50, p99, longest | {_spread(_taken_in(run))} |"
    yield f"| decisions sent to the portal | {len(run.stage.portal.decisions)} |"
    yield f"| decided in the portal by others | {load.in_portal} |"
    yield f"| events in the record | {len(run.events)} |"
    second, last = _quarters(run.memory)
    yield f"| memory of a bot, second quarter, last quarter | {second:.0f} MB, {last:.0f} MB |"
    for what, promise in (
        ("lost", ("P4", "P5", "P7")),
        ("doubled", ("P2", "P6")),
        ("untrue or unchecked", ("P1", "P3", "P8", "P10")),
    ):
        yield f"| {what} | {sum(fault.startswith(promise) for fault in faults)} |"


def _rate(count: int, seconds: float, asked: float) -> str:
    return f"{count:,}, {count / seconds:.1f} a second where {asked:.0f} are asked for"


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.2f} s, {p99:.2f} s, {ordered[-1]:.2f} s"


def _taken_in(run: Soak) -> list[float]:
    """By the record's own times, against the portal's."""
    asked = {one: run.stage.portal.request(one).requested_at.timestamp() for one in run.load.raised}
    return [
        one.at_ms / 1000 - asked[str(one.told.get("request_id"))]
        for one in run.events
        if one.name in ("case_opened", "request_joined") and str(one.told.get("request_id")) in asked
    ]


def _quarters(memory: Sequence[float]) -> tuple[float, float]:
    part = max(1, len(memory) // 4)
    return statistics.median(memory[part : 2 * part] or [0]), statistics.median(memory[-part:] or [0])


def _growth(memory: Sequence[float]) -> float:
    second, last = _quarters(memory)
    return last / second if second else 1.0


if __name__ == "__main__":
    logs.set_up(level="error", style="console")
    sys.exit(asyncio.run(soak(float(sys.argv[1]) if len(sys.argv) > 1 else _MINUTES)))
