"""Plays seeds, each in a process of its own, which ends as soon as it is told how it went."""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.planted import PLANTED
from tests.simulation.play import Outcome, play, set_stage
from tests.simulation.shrinking import shortest
from tests.simulation.story import Story, drawn
from tests.simulation.virtual import real_seconds
from tests.valkey import RunningValkey

Plant = Callable[[], None]


@contextmanager
def server() -> Iterator[str]:
    """A Valkey of its own; its socket."""
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-simulation-"))
    valkey = RunningValkey(folder, writes_out=False)
    asyncio.run(valkey.start())
    try:
        yield str(valkey.socket_path)
    finally:
        asyncio.run(valkey.stop())
        shutil.rmtree(folder, ignore_errors=True)


def one(story: Story, socket_path: str, *, keeps: bool = False, plant: Plant | None = None) -> Outcome:
    """Play a story in a child process: nothing of it is left behind, and nothing that was before has a part in it."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _in_child(story, socket_path, send, keeps=keeps, plant=plant)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    outcome: Outcome = pickle.loads(told)  # noqa: S301 - our own child's
    return outcome


def _in_child(story: Story, socket_path: str, send: int, *, keeps: bool, plant: Plant | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-seed-"))
    try:
        if plant is not None:
            plant()
        outcome = play(set_stage(story, folder, socket_path, 0, keeps=keeps))
    except BaseException:  # noqa: BLE001 - the parent says it
        outcome = Outcome(
            story.seed, "", 0, 0, 0, f"the simulation itself failed: {traceback.format_exc()[-600:]}"
        )
    shutil.rmtree(folder, ignore_errors=True)
    with os.fdopen(send, "wb") as pipe:
        pickle.dump(outcome, pipe)
    os._exit(0)


def tell_failure(story: Story, outcome: Outcome, socket_path: str, plant: Plant | None) -> None:
    """The shortest story that breaks the same promise, and the end of its trace."""
    promise = outcome.broken.split(":")[0]

    def breaks(shorter: Story) -> bool:
        return one(shorter, socket_path, plant=plant).broken.split(":")[0] == promise

    story = shortest(story, breaks)
    outcome = one(story, socket_path, keeps=True, plant=plant)
    print(f"{story}\n  BROKEN at {outcome.virtual_s:.2f} s: {outcome.broken}")
    if not outcome.broken.startswith("P"):
        return
    worth = [line for line in outcome.lines if " ledger " not in line]
    print("\n".join(["  the last that was heard:", *(f"  {line[:200]}" for line in worth[-40:])]), flush=True)


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    first, last = (given.seed, given.seed) if given.seed is not None else _span(given.seeds)
    share, of = map(int, given.share.split("/"))
    seeds = range(first + share, last + 1, of)
    began, played, failed, counted = real_seconds(), 0, 0, Counter[str]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with server() as socket_path:
            for seed in seeds:
                is_kept = _played(seed, given, socket_path, counted)
                played, failed = played + 1, failed + (not is_kept)
                if failed and given.until_broken:
                    break
    finally:
        figures = ", ".join(f"{count} {name}" for name, count in counted.items())
        print(f"{played} seeds, {failed} failed, in {real_seconds() - began:.1f} s: {figures}", flush=True)
    return 1 if failed else 0


def _played(seed: int, given: argparse.Namespace, socket_path: str, counted: Counter[str]) -> bool:
    """Whether a seed kept every promise; said where it did not."""
    plant = PLANTED[given.plant] if given.plant else None
    outcome = one(drawn(seed), socket_path, keeps=given.trace, plant=plant)
    counted.update(outcome.counts)
    if given.trace:
        print("\n".join(outcome.lines))
    if outcome.broken:
        print(f"seed {seed} BROKEN at {outcome.virtual_s:.2f} s: {outcome.broken}", flush=True)
        if not given.quick:
            tell_failure(drawn(seed), outcome, socket_path, plant)
    elif given.seed is not None:
        print(f"{drawn(seed)}\n  kept: {outcome.digest[:16]} {outcome.steps} steps")
    return not outcome.broken


def _span(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    return (int(first), int(last)) if dash else (1, int(first))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Plays seeds of the simulation; a failing one is shrunk.",
    )
    parser.add_argument("seed", nargs="?", type=int, help="one seed, and how it ended")
    parser.add_argument("--seeds", default=os.environ.get("SEEDS", "2000"), metavar="[FIRST-]LAST")
    parser.add_argument(
        "--share", default="0/1", metavar="N/OF", help="every so manieth of them, for several processes"
    )
    parser.add_argument("--trace", action="store_true", help="print everything that happened at the doors")
    parser.add_argument("--quick", action="store_true", help="do not shrink")
    parser.add_argument("--until-broken", action="store_true", help="end at the first that fails")
    parser.add_argument("--plant", choices=sorted(PLANTED), help="with a fault planted into the bot")
    return parser
