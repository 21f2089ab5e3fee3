"""`gatehouse rehearse`: the stage, the bot as a process of its own, and one address to open in a browser."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.ledger import Ledger
from rehearsal.page.bot_child import BotChild, BotDidNotStart
from rehearsal.page.director import Director
from rehearsal.page.pace import ClockPace
from rehearsal.page.record_view import RecordView
from rehearsal.page.server import RehearsalServer
from rehearsal.page.tour import Tour
from rehearsal.stage import ROLES, Stage, staged

OK, FAILED = 0, 1
PORTAL_PATIENCE: Final[dict[str, Any]] = {"read_timeout_s": 5, "write_timeout_s": 10}
"""A little shorter than in operation, so that a broken portal shows within seconds."""


@dataclass(kw_only=True)
class Rehearsal:
    """A running rehearsal."""

    address: str
    stage: Stage
    bot: BotChild
    director: Director


@asynccontextmanager
async def rehearsing(
    folder: Path,
    *,
    port: int = 0,
    start: datetime | None = None,
    overrides: Mapping[str, Any] | None = None,
    with_bot: bool = True,
) -> AsyncIterator[Rehearsal]:
    """A whole rehearsal in a folder; everything is ended at the end. `start`: the moment that the clocks show."""
    merged = {"portal": PORTAL_PATIENCE, **(overrides or {})}
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(
            staged(folder, start=start or next_tuesday_morning(datetime.now(UTC)), overrides=merged)
        )
        _introduce(stage)
        ledger = await Ledger.connect(stage.ledger_url, replica_id="rehearsal-record")
        stack.push_async_callback(ledger.close)
        pace, record, child = ClockPace(stage), RecordView(ledger), BotChild(stage)
        stack.push_async_callback(pace.close)
        stack.push_async_callback(child.stop)
        if with_bot:
            await child.start()
        director = Director(
            stage=stage, bot=child, pace=pace, record=record, tour=Tour(stage=stage, pace=pace, record=record)
        )
        server = RehearsalServer(director)
        stack.push_async_callback(server.close)
        await server.start(port)
        yield Rehearsal(address=server.address, stage=stage, bot=child, director=director)


def _introduce(stage: Stage) -> None:
    """Tells the workspace who everybody is, so that the switch of persons explains itself."""
    for role in ROLES:
        says = role.says[:1].upper() + role.says[1:]
        stage.slack.changes.set_person(stage.cast[role.key], title=f"{says}.")


def next_tuesday_morning(now: datetime) -> datetime:
    """The next Tuesday at ten, UTC: inside the escalation team's hours."""
    days = (1 - now.weekday()) % 7 or 7
    return (now + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)


async def rehearse(port: int, on_ready: Callable[[str], None] | None = None) -> int:
    """Runs until interrupted or terminated, and prints the one address. Real settings are ignored.

    Raises OSError when the port is taken.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        with tempfile.TemporaryDirectory(prefix="gatehouse-rehearsal-") as folder:
            async with rehearsing(Path(folder), port=port) as rehearsal:
                _say(rehearsal.address)
                if on_ready is not None:
                    on_ready(rehearsal.address)
                await stopped.wait()
    except BotDidNotStart as broken:
        sys.stderr.write(f"{broken}\n")
        return FAILED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return OK


def _say(address: str) -> None:
    sys.stdout.write(f"The rehearsal is open at  {address}\n")
    sys.stdout.write("Everything in it is a stand-in on this machine; nothing leaves it. Ctrl-C ends it.\n")
    sys.stdout.flush()
