"""Plays seeds, each in a process of its own, which ends as soon as it is told how it went."""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.play import Outcome, play, set_stage
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
        outcome = Outcome(story.seed, "", 0, 0, 0, f"the simulation itself failed: {traceback.format_exc()}")
    shutil.rmtree(folder, ignore_errors=True)
    with os.fdopen(send, "wb") as pipe:
        pickle.dump(outcome, pipe)
    os._exit(0)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--seeds", default="")
    parser.add_argument("--trace", action="store_true")
    given = parser.parse_args(arguments)
    first, last = (given.seed, given.seed) if given.seed is not None else map(int, given.seeds.split("-"))
    began, failed = real_seconds(), 0
    with server() as socket_path:
        for seed in range(first, last + 1):
            outcome = one(drawn(seed), socket_path, keeps=given.trace)
            if given.trace:
                print("\n".join(outcome.lines))
            if outcome.broken:
                failed += 1
                print(f"{drawn(seed)}\n  BROKEN at {outcome.virtual_s:.2f} s: {outcome.broken}")
            elif first == last:
                print(f"{drawn(seed)}\n  kept: {outcome.digest[:16]} {outcome.steps} steps, {outcome.counts}")
    print(f"{last - first + 1} seeds in {real_seconds() - began:.1f} s, {failed} failed")
    return 1 if failed else 0
