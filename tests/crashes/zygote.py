"""Forks bots from a process that has everything loaded: a start costs what the bot does, not what Python imports.

`python -m tests.crashes.zygote`: one line of JSON in (`Birth`), the process id out. Their ends are collected here, so
that the time of the processor that they took is told by the system; the test watches each by a descriptor of its own.
A bot can be woken by a signal: its jobs then run at once instead of at their time.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import handlers.door  # noqa: F401 - loaded for the children, like the four above
from bot import cli
from bot.app.beat import Beat
from tests.crashes.boundaries import Control, Watch

_PR_SET_PDEATHSIG = 1
TICK, LOOK, ALL = signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN
"""What wakes a bot: to take what is due, to look at the portal, to do everything that it does by the clock."""
_JOBS: Mapping[int, Iterable[str]] = {TICK: ("tick",), LOOK: ("poll",)}


@dataclass(frozen=True)
class Birth:
    """What one bot needs."""

    config: str
    log: str
    control: str
    trace: str
    environment: dict[str, str]

    def line(self) -> str:
        """As it is told."""
        return json.dumps(asdict(self)) + "\n"


def main() -> None:
    """Fork until the input ends."""
    signal.signal(signal.SIGCHLD, _collect)
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        birth = Birth(**json.loads(line))
        child = os.fork()
        if child == 0:
            _live(birth)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _collect(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def die_with_parent() -> None:
    """Whoever ends a test leaves no process of it behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _live(birth: Birth) -> None:
    """Be a bot, to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()
    _be_wakeable()
    log = os.open(birth.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, descriptor in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(descriptor, number)
    os.environ.update(birth.environment)
    if birth.control:
        Watch(Control(Path(birth.control)), Path(birth.trace)).wrap()
    status = 70
    try:
        status = cli.main(["run", "--config", birth.config])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _be_wakeable() -> None:
    """Take the signals from now on: one that comes before there are jobs wakes nobody, and does no harm."""
    beats: list[tuple[asyncio.AbstractEventLoop, Beat]] = []
    start = Beat.start

    def started(beat: Beat) -> None:
        start(beat)
        beats.append((asyncio.get_running_loop(), beat))

    def wake(number: int, _frame: object) -> None:
        for loop, beat in beats:
            for name in _JOBS.get(number, beat._jobs):
                loop.call_soon_threadsafe(beat.now, name)

    setattr(Beat, "start", started)  # noqa: B010 - mypy knows no other way to replace a method
    for number in (TICK, LOOK, ALL):
        signal.signal(number, wake)


if __name__ == "__main__":
    main()
