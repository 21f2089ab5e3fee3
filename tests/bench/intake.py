"""Three busy replicas: from the portal's request to its case, and from a decision in the portal to its record."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rehearsal.portal import PortalSandbox
from tests.flows.processes import bot_process
from tests.flows.scene import Scene, set_scene

REPLICAS, A_SECOND, SECONDS = 3, 8.0, 45.0
_DECIDED_EVERY, _LEFT_OPEN = 4, 40
"""Of so many requests one is decided in the portal, never one of the newest."""
_PATIENCE_S = 300.0
_TAKEN_IN = ("case_opened", "request_joined")
_DECIDED = "decided_in_portal"


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the record ran behind the portal."""

    name: str
    seconds: Sequence[float]


async def measure(folder: Path) -> list[Lag]:
    """Two rows. The stand-ins and three bots of their own processes share the machine with this one."""
    async with AsyncExitStack() as held:
        scene = await held.enter_async_context(set_scene(folder, bots=0, start=None))
        for number in range(REPLICAS):
            await held.enter_async_context(bot_process(scene, f"bot{number}"))
        raised, decided = await _busy(scene.stage.portal)
        return [
            Lag("request asked, until it is in its case", await _lags(scene, raised, _TAKEN_IN)),
            Lag("decision in the portal, until it is recorded", await _lags(scene, decided, (_DECIDED,))),
        ]


async def _busy(portal: PortalSandbox) -> tuple[dict[str, float], dict[str, float]]:
    """Requests at an even rate, some of them decided in the portal; when each was (wall clock, seconds)."""
    computers = [one.name for one in portal.world.computers.values()]
    dice, began = random.Random(1), time.monotonic()
    raised: dict[str, float] = {}
    decided: dict[str, float] = {}
    while time.monotonic() - began < SECONDS:
        number = len(raised)
        asked = portal.raise_request(
            "execute", computer=dice.choice(computers), product="tideplan", version=f"{number}.{number % 7}"
        )
        raised[asked] = time.time()
        if number % _DECIDED_EVERY == 0 and (one := _oldest(raised, decided)):
            portal.decide_in_portal(one, approve=True, by="pat")
            decided[one] = time.time()
        await asyncio.sleep(max(0.0, began + len(raised) / A_SECOND - time.monotonic()))
    return raised, decided


def _oldest(raised: Mapping[str, float], decided: Mapping[str, float]) -> str:
    return next((one for one in list(raised)[:-_LEFT_OPEN] if one not in decided), "")


async def _lags(scene: Scene, since: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """Seconds from the portal's moment to the first event of these names, of each request."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            at = await _recorded(scene, names)
            if at.keys() >= since.keys():
                return sorted(at[one] - moment for one, moment in since.items())
            await asyncio.sleep(1)


async def _recorded(scene: Scene, names: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    after = 0
    while page := await scene.ledger.events(after, 1000):
        after = page[-1].number
        for stored in page:
            if stored.event.name in names:
                found.setdefault(stored.event.request_id, stored.at.timestamp())
    return found


def table(lags: Sequence[Lag]) -> str:
    """As docs/benchmarks.md has it."""
    lines = [
        f"### {REPLICAS} busy replicas, {A_SECOND:g} requests a second",
        "",
        "| | requests | p50 s | p90 s | longest s |",
        "|---|---|---|---|---|",
    ]
    for lag in lags:
        count = len(lag.seconds)
        p50, p90 = (lag.seconds[min(count - 1, int(count * part))] for part in (0.5, 0.9))
        lines.append(f"| {lag.name} | {count} | {p50:.1f} | {p90:.1f} | {lag.seconds[-1]:.1f} |")
    return "\n".join(lines) + "\n"
