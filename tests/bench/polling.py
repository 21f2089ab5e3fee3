"""One look at a portal with a large backlog: what it costs, and how long it holds the loop."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.app.living import spare_what_stays
from bot.desk import Amendment, Desk, case_change, new_id
from bot.intake.poll import Polled, poll
from bot.intake.remembering import Agreement
from bot.intake.taking_in import arrival_event
from bot.models import Sighting
from bot.portal import ApprovalRequestRow, PortalAddress, PortalClient, Sighted
from bot.rules import lifecycle
from tests.bench.figures import AS_INSTALLED
from tests.desk import none_known, open_bench
from tests.valkey import RunningValkey

PENDING, CHANGED, MANY = 10_000, 50, 100_000
LOOKS = {PENDING: 5, MANY: 2}
"""Looks of the process whose memory is measured; those at a hundred thousand take minutes."""


@dataclass(frozen=True, slots=True)
class LookCost:
    """What one look cost this process."""

    name: str
    cpu_s: float
    hold_ms: float
    """The longest that one step of the loop kept the processor: nobody else's turn came for so long."""
    found: Polled


async def memory(folder: Path, pending: int = PENDING) -> tuple[float, ...]:
    """Megabytes of a bot process: loaded, after its first look at so many known requests, after its last, at most."""
    server = RunningValkey(folder / "memory")
    await server.start()
    try:
        async with (
            open_bench(server, folder) as bench,
            backlog(pending) as (_, address),
            aiohttp.ClientSession() as session,
        ):
            await take_up(replace(bench.desk, portal=PortalClient(address, session)))
            module = "tests.bench.looking_process"
            where = [server.url, address.base_url, address.token.get_secret_value(), str(LOOKS[pending])]
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", AS_INSTALLED, module, *where, stdout=PIPE
            )
            told, _ = await process.communicate()
            return tuple(float(part) for part in told.split()[:4])
    finally:
        await server.stop()


def memory_line(found: tuple[float, ...], pending: int = PENDING) -> str:
    """As docs/benchmarks.md has it."""
    loaded, first, last, most = found
    return (
        f"Memory of a bot process with {pending:,} open: {loaded:.0f} MB loaded, {first:.0f} MB after the first look, "
        f"{last:.0f} MB after {LOOKS[pending]}, at most {most:.0f} MB.\n"
    )


async def measure(folder: Path, pending: int = PENDING) -> list[LookCost]:
    """Looks at so many pending requests, each of them known; in pairs, with and without a memory of the look before."""
    server = RunningValkey(folder / "polling")
    await server.start()
    try:
        async with (
            open_bench(server, folder) as bench,
            backlog(pending) as (process, address),
            aiohttp.ClientSession() as session,
        ):
            return await _looks(replace(bench.desk, portal=PortalClient(address, session)), process)
    finally:
        await server.stop()


async def _looks(desk: Desk, process: Process) -> list[LookCost]:
    await take_up(desk)
    spare_what_stays()
    agreement = Agreement()
    costs = [await _cost("the first look", lambda: poll(desk, agreement))]
    for changed in (0, CHANGED):
        await change(process, changed)
        costs.append(await _cost(f"{changed} changed", lambda: poll(desk, agreement)))
        await change(process, changed)
        costs.append(await _cost(f"{changed} changed, every row and case read", lambda: poll(desk)))
        await poll(desk, agreement)
    return costs


@asynccontextmanager
async def backlog(pending: int) -> AsyncIterator[tuple[Process, PortalAddress]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.pending_server", str(pending), stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        base_url, token = json.loads(await process.stdout.readline())
        yield process, PortalAddress(base_url, SecretStr(token), read_timeout_s=30.0)
    finally:
        process.stdin.close()
        await process.wait()


async def change(process: Process, how_many: int) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write(f"{how_many}\n".encode())
    await process.stdout.readline()


async def take_up(desk: Desk) -> None:
    """Each pending request in a case of its own, as if taken in long ago."""

    async def take(page: Sequence[Sighted[Sighting | ApprovalRequestRow]]) -> None:
        changes = []
        for one in page:
            if isinstance(one.row, Sighting):
                case = lifecycle.open_case(new_id("c"), one.row, desk.now(), desk.rules)
                event = arrival_event("case_opened", case, case.requests[0])
                changes.append(case_change(desk, None, Amendment(case, (event,))))
        await desk.ledger.commit_all(changes)

    await desk.portal.sighted(none_known, take)


async def _cost(name: str, look: Callable[[], Awaitable[Polled]]) -> LookCost:
    with _steps_timed() as steps:
        began = time.process_time()
        found = await look()
        cpu_s = time.process_time() - began
    return LookCost(name, cpu_s, max(steps) * 1000, found)


@contextmanager
def _steps_timed() -> Iterator[list[float]]:
    """Seconds of processor time of each step of the loop, in this thread."""
    steps: list[float] = []
    plain = asyncio.Handle._run

    def timed(handle: Any) -> None:
        began = time.thread_time()
        plain(handle)
        steps.append(time.thread_time() - began)

    asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]  # the loop offers no place to look from
    try:
        yield steps
    finally:
        asyncio.Handle._run = plain  # type: ignore[method-assign]


def table(costs: list[LookCost], pending: int = PENDING) -> str:
    """As docs/benchmarks.md has it."""
    lines = [
        f"### A look at {pending:,} pending requests",
        "",
        "| | CPU s | longest hold ms |",
        "|---|---|---|",
    ]
    lines += [f"| {one.name} | {one.cpu_s:.2f} | {one.hold_ms:.1f} |" for one in costs]
    return "\n".join(lines) + "\n"
