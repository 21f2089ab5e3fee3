"""A whole life of the program: checked, started, stopped by a signal at whatever moment."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from bot.app.refusing import StartRefused, refuse_faults
from bot.app.running import Running, started
from bot.checkup.all import before_start
from bot.settings import Settings
from bot.turns import ended

log = structlog.get_logger()


async def run(settings: Settings, config: Path | None = None, *, accept_older: bool = False) -> int:
    """Run until SIGTERM or SIGINT; the exit status. A signal ends the start as well, whoever it waits for.

    `config`: the file that was named for the settings; who may write it is looked at.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        return await _live(settings, config, stop, accept_older=accept_older)
    except StartRefused as refused:
        for sentence in refused.sentences:
            log.error("start_refused", why=sentence)
        return 1
    except Exception:
        log.exception("ended_by_a_fault_of_its_own", remedy="start it again; if it stays, report this line")
        return 1


async def _live(settings: Settings, config: Path | None, stop: asyncio.Event, *, accept_older: bool) -> int:
    async with AsyncExitStack() as stack:
        # A task of its own, because only a task can be ended while it waits for somebody's answer.
        starting = asyncio.create_task(_start(settings, config, stack, accept_older=accept_older))
        await _first_of(starting, stop)
        if not starting.done():
            log.info("stopped_while_starting")
            await ended([starting])
            return 0
        running = starting.result()
        await _first_of(asyncio.create_task(running.sealing.fallen.wait()), stop)
    return 1 if running.sealing.fallen.is_set() else 0


async def _start(
    settings: Settings, config: Path | None, stack: AsyncExitStack, *, accept_older: bool
) -> Running:
    spare_what_stays()
    refuse_faults(await before_start(settings, config, accept_older=accept_older))
    return await stack.enter_async_context(started(settings, accept_older=accept_older))


def spare_what_stays() -> None:
    """What is loaded by now lives until the end: the garbage collector need not go through it again, and begins here.

    Its full passes cannot be divided, and whoever presses meanwhile waits for them: of modules and models alone each
    took 70 ms. Only where this program is all that runs: in a process that starts many, the frozen would pile up.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


async def _first_of(work: asyncio.Task[Running] | asyncio.Task[bool], stop: asyncio.Event) -> None:
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([work, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
