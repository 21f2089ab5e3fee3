"""A start beside a hundred thousand open cases: the server that loads them, the bot until a press is acknowledged."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

from bot.chat import People
from bot.desk import AccessDesk, Desk, TreeDesk
from bot.ledger import EmbeddedServer, Ledger
from bot.metrics import Metrics
from bot.models import Rules
from bot.portal import OPEN_STATUSES
from rehearsal.portal import PortalSandbox
from tests.bench import listing
from tests.flows.processes import bot_process
from tests.flows.scene import Scene, set_scene

OPEN = 100_000
_PATIENCE_S = 60.0
_PAGE = 200
"""Requests that the list shows of those that are open: what a start reads of it."""
_LIST = "ApprovalRequestGetByParameters"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Start:
    """One of its parts."""

    name: str
    seconds: float
    cpu_s: float


async def measure(folder: Path, opened: int = OPEN) -> list[Start]:
    """Beside no open case and beside so many."""
    # As pip and the image install it. Where nothing may be written, each start compiles all of it anew: twice the time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = []
    async with set_scene(folder, bots=0, start=None) as scene:
        await _bot(scene, "one that compiles what was not compiled yet")
        for known in (0, opened):
            await _fill(scene, known)
            for _ in range(min(known, _PAGE)):
                scene.stage.portal.raise_request("execute")
            rows.append(await _bot(scene, f"the bot, until a press is acknowledged, {known:,} open"))
    return [await _server(folder / "data", f"its own server, until {opened:,} open are loaded"), *rows]


async def _fill(scene: Scene, count: int) -> None:
    ledger = await Ledger.connect(scene.stage.ledger_url, replica_id="filling", limit_s=_PATIENCE_S)
    await ledger.tick()
    unused: Any = None
    rules = Rules()
    tree = TreeDesk(unused, ledger, rules)
    people = cast("People", unused)
    desk = Desk(
        rules=rules,
        ledger=ledger,
        portal=unused,
        people=people,
        access=AccessDesk(ledger, tree=tree),
        tree=tree,
        routes=unused,
        metrics=Metrics(),
    )
    await listing.fill(desk, count)
    await ledger.close()


async def _bot(scene: Scene, name: str) -> Start:
    """From the start of the process: the same command is typed until Slack can hand it on."""
    _answer_once(scene.stage.portal)
    began = time.perf_counter()
    async with bot_process(scene, f"start{began}") as bot:
        await scene.hand("ana").command("/gatehouse", "help")
        seconds, cpu_s = time.perf_counter() - began, _cpu_s(bot.pid)
        await bot.kill()
    return Start(name, seconds, cpu_s)


async def _server(data: Path, name: str) -> Start:
    server = EmbeddedServer(data)
    began = time.perf_counter()
    await server.start()
    seconds = time.perf_counter() - began
    process = server._process
    cpu_s = _cpu_s(process.pid) if process is not None else 0.0
    await server.stop()
    return Start(name, seconds, cpu_s)


def _answer_once(portal: PortalSandbox) -> None:
    """The list is asked for once a status before the start, and answers; then it makes no sense, so that no look finds
    that all these cases are gone."""
    answered = count(1)
    portal.faults.distort(
        _LIST, lambda rows: rows if next(answered) <= len(OPEN_STATUSES) else {"rows": rows}
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def table(rows: Sequence[Start]) -> str:
    """As docs/benchmarks.md has it."""
    lines = ["### Start", "", "| | seconds | CPU s |", "|---|---|---|"]
    return (
        "\n".join([*lines, *(f"| {one.name} | {one.seconds:.2f} | {one.cpu_s:.2f} |" for one in rows)]) + "\n"
    )
