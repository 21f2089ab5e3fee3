"""Every point, on several stages at once: traced, struck, and told with what was broken."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from redis.exceptions import RedisError

from bot.ledger import LedgerUnavailable
from bot.models import DueKind, EffectKind
from handlers.commands import ROWS, SLASHES
from handlers.routes import ROUTES
from rehearsal.slack.errors import PersonError
from tests.crashes.bots import Zygote, zygote
from tests.crashes.boundaries import KILL, PASSED, STOP, command_route
from tests.crashes.playing import House, Outcome, housed
from tests.crashes.ways import CLOCK, WAYS, Way

HOW = {"kill": KILL, "pause": STOP}
FAILED = (TimeoutError, AssertionError, RuntimeError, PersonError, LedgerUnavailable, RedisError)
"""What a way raises that does not get to its end."""
_RUNS_A_STAGE = 60
"""Then a fresh stage: a working day has so many hours, and what was said before has to be looked through."""
_ALIKE = 64
_TRIES = 3
"""A site that only some timings come to is given so many; so is a run that ended before the strike, since a press was
not acknowledged in time on a machine that has much else to do."""
_TICKS = (
    *(
        "bot.app.ticks.",
        "bot.app.health.measure ",
        "bot.app.witnessing.",
        "bot.app.accessing.",
        "bot.app.looking_back.",
        "bot.decision.reconcile.look_back ",
        "bot.administration.ending.",
    ),
    *(
        "bot.administration.user_groups.",
        "bot.administration.drifting.",
        "bot.administration.enacting.enact_by_clock",
    ),
    "bot.app.workers.SendWork._arm",
    *("bot.intake.poll.poll ", "bot.intake.poll._compared ", "bot.intake.poll._read_in_parts "),
)
"""Callers that come by the clock, whatever else happens: they are struck on the way on which nothing does."""


@dataclass(frozen=True)
class Point:
    """Where one run is struck, and how."""

    way: str
    site: str
    how: str

    def __str__(self) -> str:
        return f"{self.how} | {self.way} | {self.site}"

    @property
    def id(self) -> str:
        """A short name, to be told by."""
        return sha256(str(self).encode()).hexdigest()[:8]


async def traced(house: House, way: Way) -> list[str]:
    """The sites of a way: those of what ticks anyway belong to the clock alone."""
    found = await house.traced(way)
    return [site for site in found if way.name == CLOCK or not site.startswith(_TICKS)]


def way_of(point: Point) -> Way:
    """The way on which it lies."""
    return next(one for one in WAYS if one.name == point.way)


def points_of(way: Way, sites: Iterable[str], hows: Iterable[str] = HOW) -> list[Point]:
    """Each site, in each manner."""
    return [Point(way.name, site, how) for how in hows for site in sites if not PASSED.match(site)]


def unpassed(sites: Mapping[str, Iterable[str]]) -> list[str]:
    """What no way goes through, of all presses, commands, due times and sorts of messages that there are."""
    there = {f"route:{name}" for name in ROUTES.keys() - SLASHES.keys()}
    there |= {command_route(row, word) for row in ROWS for word in ("", *(one.word for one in row.orders))}
    there |= {f"due:{kind}" for kind in DueKind} | {f"effect:{kind}" for kind in EffectKind}
    return sorted(there - {site for found in sites.values() for site in found})


def share(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """So many of them, others with each seed; a point more in the trace changes at most one."""
    return sorted(points, key=lambda point: sha256(f"{seed} {point}".encode()).digest())[:count]


def in_turn(points: Sequence[Point]) -> list[Point]:
    """Each boundary once, on whichever way, before any of them on a further way; else mixed, so that whoever has to
    end early has tried some of everything. What needs the same bots stands side by side."""
    rounds: tuple[list[Point], list[Point]] = ([], [])
    met: set[tuple[str, str]] = set()
    for point in share(points, len(points), 0):
        rounds[(point.site, point.how) in met].append(point)
        met.add((point.site, point.how))
    parts = [few[first : first + _ALIKE] for few in rounds for first in range(0, len(few), _ALIKE)]
    return [
        point for part in parts for point in sorted(part, key=lambda one: (way_of(one).settings, one.how))
    ]


async def run(points: Iterable[Point], stages: int, told: Callable[[Point, Outcome], None]) -> None:
    """Strike at each, on so many stages side by side."""
    left = deque(points)
    async with zygote() as nursery:
        await asyncio.gather(*(_worker(nursery, left, told) for _ in range(stages)))


async def _worker(nursery: Zygote, left: deque[Point], told: Callable[[Point, Outcome], None]) -> None:
    tries: Counter[Point] = Counter()
    again: deque[Point] = deque()
    while ahead := again or left:
        async with stage(nursery, way_of(ahead[0]).settings) as house:
            while (ahead := again or left) and house.runs < _RUNS_A_STAGE and _is_at_home(ahead[0], house):
                point = ahead.popleft()
                tries[point] += 1
                outcome = await _struck(house, point)
                if not outcome.is_reached and tries[point] < _TRIES:
                    # What is looked up once, or shown where something is left of another run: as it was traced, alone.
                    again.append(point)
                    break
                told(point, outcome)
                if outcome.faults:
                    # Nothing that is broken is carried over into the next run.
                    break


def _is_at_home(point: Point, house: House) -> bool:
    """Whether the bots of this stage have the settings that its way needs."""
    return way_of(point).settings == house.settings


def word_of(outcome: Outcome) -> str:
    """How it went, in a word."""
    if outcome.faults:
        return "FAULT"
    return "ok" if outcome.is_reached else "NOT REACHED"


async def _struck(house: House, point: Point) -> Outcome:
    try:
        return await house.struck(way_of(point), point.site, HOW[point.how])
    except FAILED as error:
        words = "\n".join(bot.last_words() for bot in house.bots)
        fault = "".join([*traceback.format_exception(error, limit=-6), words])
        return Outcome(house.control.struck.exists(), [f"it did not settle: {fault}"])


@asynccontextmanager
async def stage(nursery: Zygote, settings: str) -> AsyncIterator[House]:
    """A fresh stage in a folder of its own, whose bots have these settings besides."""
    async with AsyncExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="gh-"))
        yield await stack.enter_async_context(housed(Path(name), nursery, settings))


async def trace_all(
    ways: Sequence[Way],
    houses: int,
    told: Callable[[str], None],
    keep: Callable[[Mapping[str, Sequence[str]]], None] = lambda _: None,
) -> dict[str, list[str]]:
    """The sites of each way. `keep`: what is known so far, as often as there is more."""
    found: dict[str, list[str]] = {}
    left = deque(ways)

    async def work(nursery: Zygote) -> None:
        while left:
            way = left.popleft()
            # Each alone: what an earlier way leaves behind, or has looked up, is no part of it.
            async with stage(nursery, way.settings) as house:
                try:
                    found[way.name] = await traced(house, way)
                except FAILED as error:
                    told(f"FAULT untouched | {way.name}: {error!r}"[:1500])
                    found[way.name] = []
                    continue
            told(f"{len(found[way.name])} sites: {way.name}")
            keep(found)

    async with zygote() as nursery:
        await asyncio.gather(*(work(nursery) for _ in range(houses)))
    return found
