"""`python -m tests.crashes`: every way, every site, a kill and a pause at each; or a share of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from bot import logs
from tests.crashes.boundaries import READS
from tests.crashes.everything import HOW, points_of, run, share, trace_all
from tests.crashes.ways import WAYS


def main() -> int:
    """Strike, tell, and fail if anything was broken or never reached."""
    chosen = _command_line().parse_args()
    logs.set_up(level="error", style="console")
    ways = [way for way in WAYS if not chosen.way or way.name in chosen.way]
    began = time.monotonic()
    known = json.loads(chosen.sites.read_text("utf-8")) if chosen.sites and chosen.sites.exists() else {}
    missing = [way for way in ways if not known.get(way.name)]
    sites = known | (asyncio.run(trace_all(missing, chosen.houses, _told)) if missing else {})
    if chosen.sites:
        chosen.sites.write_text(json.dumps(sites, indent=1), "utf-8")
    points = [point for way in ways for point in points_of(way, sites[way.name], chosen.how)]
    points = [point for point in points if chosen.only in str(point)]
    if chosen.changes:
        points = [point for point in points if not READS.search(point.site)]
    if chosen.done:
        done = chosen.done.read_text("utf-8")
        points = [point for point in points if f"ok {point} \n" not in done]
    points = share(points, chosen.share or len(points), chosen.seed)
    report = asyncio.run(run(points, chosen.houses, _told))
    for point, faults in report.broken.items():
        _told(f"BROKEN {point}: {'; '.join(faults)}")
    for point in report.unexercised:
        _told(f"NEVER REACHED {point}")
    _told(
        f"{len(ways)} ways, {sum(len(sites[way.name]) for way in ways)} sites, {report.runs} runs in "
        f"{time.monotonic() - began:.0f} s (seed {chosen.seed}): {len(report.broken)} broken, "
        f"{len(report.unexercised)} never reached"
    )
    return 1 if report.broken or report.unexercised else 0


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--way", action="append", choices=[way.name for way in WAYS], help="only this way")
    parser.add_argument("--how", nargs="+", choices=sorted(HOW), default=list(HOW), help="only so")
    parser.add_argument("--only", default="", help="only points with this in their name")
    parser.add_argument("--changes", action="store_true", help="only at calls that change something")
    parser.add_argument("--share", type=int, default=0, help="only so many points, chosen by the seed")
    parser.add_argument("--done", type=Path, help="what a former run has printed: what went well is left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--houses", type=int, default=4, help="stages side by side")
    parser.add_argument(
        "--sites", type=Path, help="keep the sites of the tracing runs in this file, and begin with it"
    )
    return parser


def _told(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
