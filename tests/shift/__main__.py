"""`make shift`: replay the recorded shift and print what it costs. An argument ends it after so many minutes."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from bot import logs
from tests.shift.figures import shift
from tests.shift.recorded import LASTS


def main() -> None:
    """Print the table of docs/shift.md; exit with 1 where a card is not true."""
    logs.set_up(level="error", style="console")
    until = timedelta(minutes=float(sys.argv[1])) if sys.argv[1:] else LASTS
    found = asyncio.run(shift(until))
    sys.stdout.write("| figure | now |\n|---|---|\n")
    sys.stdout.writelines(f"| {what} | {value} |\n" for what, value in found.rows())
    for sentence in found.untrue:
        sys.stderr.write(f"Not true: {sentence}\n")
    sys.exit(1 if found.untrue else 0)


if __name__ == "__main__":
    main()
