"""`make shift`: replay the recorded shift and print what it costs. A number ends it after so many minutes; the words
`earlier_yes` and `plans` switch those settings on.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from bot import logs
from tests.shift.figures import shift
from tests.shift.recorded import LASTS
from tests.shift.replay import SETTINGS


def main() -> None:
    """Print the tables of docs/shift.md; exit with 1 where a card is not true."""
    logs.set_up(level="error", style="console")
    minutes = [float(each) for each in sys.argv[1:] if each not in SETTINGS]
    until = timedelta(minutes=minutes[0]) if minutes else LASTS
    found = asyncio.run(shift(until, *(each for each in sys.argv[1:] if each in SETTINGS)))
    sys.stdout.write("| figure | now |\n|---|---|\n")
    sys.stdout.writelines(f"| {what} | {value} |\n" for what, value in found.rows())
    sys.stdout.write(
        "\n| what was pressed | on | cards | presses | decided | reading, s |\n|---|---|---|---|---|---|\n"
    )
    sys.stdout.writelines(f"| {' | '.join(row)} |\n" for row in found.ways())
    for sentence in found.untrue:
        sys.stderr.write(f"Not true: {sentence}\n")
    sys.exit(1 if found.untrue else 0)


if __name__ == "__main__":
    main()
