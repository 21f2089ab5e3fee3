"""Plays seeds, each in a process of its own, which ends as soon as it is told how it went."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import pickle
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.met import unmet
from tests.simulation.planted import PLANTED
from tests.simulation.play import Outcome, play, set_stage
from tests.simulation.shrinking import shortest
from tests.simulation.story import Story, drawn
from tests.simulation.virtual import real_seconds
from tests.valkey import RunningValkey

Plant = Callable[[], None]


@dataclass
class Tally:
    """How the seeds of a run went."""

    played: int = 0
    failed: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """What another process has played."""
        self.played += other.played
        self.failed += other.failed
        self.counted.update(other.counted)
        self.met.update(other.met)


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
    gc.disable()  # It lives for a second.
    try:
        if plant is not None:
            plant()
        outcome = play(set_stage(story, folder, socket_path, keeps=keeps))
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
    # Bolt warns of each app that it makes, three a seed. What the bot itself logs is heard as part of the story.
    logging.getLogger().setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    worst = 0
    for plant in given.plant or [""]:
        if plant:
            print(f"PLANTED {plant}")
        worst = max(worst, _run(argparse.Namespace(**{**vars(given), "plant": plant})))
    return worst


def _run(given: argparse.Namespace) -> int:
    """All seeds that were asked for, with one fault planted or none; the exit status."""
    seeds = given.seed or _span(given.seeds)
    began = real_seconds()
    tally = Tally()
    try:
        _play_share(seeds, given, tally)
        if given.met and not tally.failed and unmet(tally.met):
            # Each change of the bot makes other stories of the same seeds: what they miss, as many more may meet.
            last = seeds[-1]
            _play_share(range(last + 1, last + 1 + len(seeds)), given, tally)
    finally:
        figures = ", ".join(f"{count} {name}" for name, count in tally.counted.items())
        took = f"{tally.played} seeds, {tally.failed} failed, in {real_seconds() - began:.1f} s"
        print(f"{took}: {figures}", flush=True)
    if (left := len(seeds) - tally.played) > 0:
        why = "one has failed" if tally.failed else "the time is over"
        print(f"{left} of {len(seeds)} seeds were left out: {why}.", flush=True)
    missing = unmet(tally.met) if given.met and not tally.failed else []
    for way in missing:
        print(f"NEVER MET by these seeds: {way}")
    return 1 if tally.failed or missing else 0


def _play_share(seeds: Sequence[int], given: argparse.Namespace, tally: Tally) -> None:
    if given.jobs == 1:
        _play_all(seeds, given, tally)
    else:
        _side_by_side([seeds[nth :: given.jobs] for nth in range(given.jobs)], given, tally)


def _play_all(seeds: Sequence[int], given: argparse.Namespace, tally: Tally) -> None:
    gc.freeze()
    until = real_seconds() + 60 * given.minutes if given.minutes else float("inf")
    with server() as socket_path:
        for seed in seeds:
            if real_seconds() > until:
                break
            tally.failed += not _played(seed, given, socket_path, tally)
            tally.played += 1
            if tally.failed and given.until_broken:
                break


def _side_by_side(shares: Sequence[Sequence[int]], given: argparse.Namespace, tally: Tally) -> None:
    """Each share in a process of its own, with a server of its own."""
    pipes: dict[int, int] = {}
    try:
        for share in shares:
            receive, send = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(receive)
                _as_child(share, given, send)
            os.close(send)
            pipes[child] = receive
        for child, receive in list(pipes.items()):
            with os.fdopen(receive, "rb") as pipe:
                told = pipe.read()
            os.waitpid(child, 0)
            del pipes[child]
            tally.add(pickle.loads(told))  # noqa: S301 - our own child's
    finally:
        for child in pipes:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)


def _as_child(share: Sequence[int], given: argparse.Namespace, send: int) -> None:
    tally = Tally()
    try:
        _play_all(share, given, tally)
    except Exception:  # noqa: BLE001 - else the parent would only hear that fewer were played
        tally.failed += 1
        print(traceback.format_exc(), flush=True)
    finally:
        sys.stdout.flush()
        with os.fdopen(send, "wb") as pipe:
            pickle.dump(tally, pipe)
        os._exit(0)


def _played(seed: int, given: argparse.Namespace, socket_path: str, tally: Tally) -> bool:
    """Whether a seed kept every promise; said where it did not."""
    plant = PLANTED[given.plant] if given.plant else None
    outcome = one(drawn(seed), socket_path, keeps=given.trace, plant=plant)
    tally.counted.update(outcome.counts)
    tally.met.update(outcome.met)
    if given.trace:
        print("\n".join(outcome.lines))
    if outcome.broken:
        print(f"seed {seed} BROKEN at {outcome.virtual_s:.2f} s: {outcome.broken}", flush=True)
        if not given.quick:
            tell_failure(drawn(seed), outcome, socket_path, plant)
    elif given.seed:
        print(f"{drawn(seed)}\n  kept: {outcome.digest[:16]} {outcome.steps} steps")
    return not outcome.broken


def _span(text: str) -> range:
    first, dash, last = text.partition("-")
    return range(int(first), int(last) + 1) if dash else range(1, int(first) + 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Plays seeds of the simulation; a failing one is shrunk.",
    )
    parser.add_argument("seed", nargs="*", type=int, help="a seed, and how it ended")
    parser.add_argument("--seeds", default=os.environ.get("SEEDS", "2000"), metavar="[FIRST-]LAST")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many processes side by side")
    parser.add_argument(
        "--minutes", type=float, default=0, help="end after so many, however many seeds are left"
    )
    parser.add_argument(
        "--met", action="store_true", help="fail if a way is never met (met.py), nor by as many seeds more"
    )
    parser.add_argument("--trace", action="store_true", help="print everything that happened at the doors")
    parser.add_argument("--quick", action="store_true", help="do not shrink")
    parser.add_argument("--until-broken", action="store_true", help="end at the first that fails")
    parser.add_argument(
        "--plant",
        nargs="+",
        choices=sorted(PLANTED),
        help="with a fault planted into the bot; each by itself",
    )
    return parser
