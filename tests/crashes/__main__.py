"""`python -m tests.crashes`: every way, every site, a kill and a pause at each; or a share of them.

What went well on this state of the program is kept in a folder and left out the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import logs
from tests.crashes.boundaries import READS
from tests.crashes.everything import HOW, Point, in_turn, points_of, share, trace_all, unpassed
from tests.crashes.notebook import Notebook
from tests.crashes.soak import Soak
from tests.crashes.ways import WAYS, Way


def main() -> int:
    """Strike, tell, and fail if anything was broken, or never reached, or if no way leads to a part of it."""
    chosen = _command_line().parse_args()
    logs.set_up(level="error", style="console")
    notebook = Notebook(chosen.folder)
    ways = [way for way in WAYS if not chosen.way or way.name in chosen.way]
    sites = _sites(notebook, ways, chosen.stages)
    untraced = [way.name for way in ways if not sites.get(way.name)]
    points = _points(chosen, ways, sites)
    tried = {} if chosen.anew or chosen.point else notebook.tried(on_any_code=chosen.any_code)
    left = [point for point in points if point not in tried or not tried[point].is_well]
    _told(
        f"{len(ways)} ways, {sum(len(points_of(way, sites.get(way.name, ()), ['kill'])) for way in ways)} sites, "
        f"{len(points)} points; {len(points) - len(left)} of them went well before (kept in {chosen.folder})"
    )
    missing = [] if chosen.way else unpassed(sites)
    if not chosen.way:
        _told(f"No way goes through: {', '.join(missing) or 'nothing that there is'}")
    soak = Soak(notebook, _told, len(left))
    asyncio.run(soak.strike(in_turn(left), chosen.processes, chosen.stages))
    for one in soak.done:
        if not one.is_well:
            _told(f"{one.word} {one.point} (--point {one.point.id}): {'; '.join(one.faults)}")
    for sentence in [*soak.lost, *(f"not to be traced: {name}" for name in untraced)]:
        _told(sentence)
    _told(soak.summary())
    return 0 if soak.is_well and not untraced and not missing else 1


def _sites(notebook: Notebook, ways: Sequence[Way], stages: int) -> Mapping[str, Sequence[str]]:
    known = notebook.sites()
    if missing := [way for way in ways if way.name not in known]:
        traced = trace_all(missing, stages, _told, lambda more: notebook.keep_sites({**known, **more}))
        known |= asyncio.run(traced)
    return known


def _points(
    chosen: argparse.Namespace, ways: Sequence[Way], sites: Mapping[str, Sequence[str]]
) -> list[Point]:
    points = [point for way in ways for point in points_of(way, sites.get(way.name, ()), chosen.how)]
    points = [point for point in points if chosen.only in str(point) and chosen.point in ("", point.id)]
    if chosen.changes:
        points = [point for point in points if not READS.search(point.site)]
    return share(points, chosen.share, chosen.seed) if chosen.share else points


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--way", action="append", choices=[way.name for way in WAYS], help="only this way")
    parser.add_argument("--how", nargs="+", choices=sorted(HOW), default=list(HOW), help="only so")
    parser.add_argument("--only", default="", help="only points with this in their name")
    parser.add_argument(
        "--point", default="", help="only this one, by the short name that a fault was told with"
    )
    parser.add_argument("--changes", action="store_true", help="only at calls that change something")
    parser.add_argument("--share", type=int, default=0, help="only so many points, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2, help="that strike side by side")
    parser.add_argument("--stages", type=int, default=2, help="side by side in each of them")
    parser.add_argument(
        "--folder", type=Path, default=Path(".crashes"), help="where it is kept what was tried"
    )
    parser.add_argument("--anew", action="store_true", help="also what went well before")
    parser.add_argument(
        "--any-code", action="store_true", help="what went well on another state of the program counts"
    )
    return parser


def _told(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
