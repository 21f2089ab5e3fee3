"""`python -m tests.simulation SEED`: play a seed, say how it ended; `--seeds A-B` plays many."""

import os
import sys

if os.environ.get("PYTHONHASHSEED") != "0":
    # Sets of words are walked in another order else: a seed would be another story.
    again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
    os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606 - ourselves

from tests.simulation.virtual import take_over

take_over()

from tests.simulation.running import main  # noqa: E402 - the bot's modules hold the clock that they find when imported

sys.exit(main(sys.argv[1:]))
