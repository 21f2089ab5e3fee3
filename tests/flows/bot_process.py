"""The program as a process of its own, which may stop or kill itself at a seam, or be of the version before.

`python -m tests.flows.bot_process CONFIG [SEAM stop|kill MARKER]`: `gatehouse run`, but the first process that comes to
the seam stops itself as a SIGSTOP from outside would, or dies as by `kill -9`. The first one leaves the marker file.

`python -m tests.flows.bot_process CONFIG --former`: one that knows the ledger's records up to the version before.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bot import cli, seams
from bot.ledger.door import SCHEMA

FORMER = "--former"
_SIGNALS = {"stop": signal.SIGSTOP, "kill": signal.SIGKILL}


def main(config: str, seam: str = "", how: str = "", marker: str = "") -> int:
    """Run the bot; the exit status of the program."""
    if seam == FORMER:
        _know_less()
    elif seam:
        _arm(seams.Seam(seam), _SIGNALS[how], Path(marker))
    return cli.main(["run", "--config", config])


def forked(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> NoReturn:
    """The same in a child of a process that has loaded everything."""
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as written:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(written.fileno(), stream.fileno())
    sys.exit(main(*arguments))


def _arm(wanted: seams.Seam, number: signal.Signals, marker: Path) -> None:
    def hook(reached: seams.Seam) -> None:
        if reached is wanted and _is_first(marker):
            os.kill(os.getpid(), number)

    seams.arm(hook)


def _know_less() -> None:
    """The number is imported by name: each module holds its own."""
    for name, module in list(sys.modules.items()):
        if name.startswith("bot.ledger.") and hasattr(module, "SCHEMA"):
            setattr(module, "SCHEMA", SCHEMA - 1)  # noqa: B010 - no module is known to have it


def _is_first(marker: Path) -> bool:
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
