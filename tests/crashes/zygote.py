"""Forks bots from a process that has everything loaded: a start costs what the bot does, not what Python imports.

`python -m tests.crashes.zygote`: one line of JSON in (`Birth`), the process id out. Nobody waits for the children here:
the test watches each by a descriptor of its own.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import handlers.door  # noqa: F401 - loaded for the children, like the four above
from bot import cli
from tests.crashes.boundaries import Control, Watch

_PR_SET_PDEATHSIG = 1


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
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
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


def _live(birth: Birth) -> None:
    """Be a bot, to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Whoever ends the test leaves no bot behind: the zygote's input ends, and with it these.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
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


if __name__ == "__main__":
    main()
