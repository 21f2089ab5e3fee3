"""Everything of one run, and what goes wrong in it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.settings import Settings
from permissions import load_access_file
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox
from rehearsal.stage import Cast, organizations
from rehearsal.stage.cast import access_document
from tests.simulation.doors import DECISION, LOOK, SentWrite
from tests.simulation.network import AFTER, LEDGER, PORTAL, SLOW, STALE, Network, Trace, Weather
from tests.simulation.people import People
from tests.simulation.promises import Promises
from tests.simulation.record import Told
from tests.simulation.replica import Replica
from tests.simulation.server import Server
from tests.simulation.story import Happening, Story
from tests.simulation.virtual import VirtualLoop

FILE = "file"
_CHURN_S = 7.0
"""Between two changes of the access file: the replicas look every five seconds."""


@dataclass
class World:
    """Everything of one run."""

    story: Story
    loop: VirtualLoop
    trace: Trace
    network: Network
    portal: PortalSandbox
    slack: SlackSandbox
    cast: Cast
    server: Server
    settings: Settings
    folder: Path
    promises: Promises
    people: People
    replicas: list[Replica] = field(default_factory=list)
    sent: list[SentWrite] = field(default_factory=list)
    begun: list[asyncio.Task[None]] = field(default_factory=list)
    apart: int = 0
    """How many failovers are under way."""
    without: set[str] = field(default_factory=set)
    """Whose grants are gone from the access file."""
    armed: list[Happening] = field(default_factory=list)
    """What strikes when an attempt is recorded."""


def write_access(world: World) -> None:
    """The access file of the cast, without the grants that are gone from it."""
    parts = access_document(world.cast, organizations(world.portal)).split("\n\n")
    gone = [f'people = ["{person}"]' for person in world.without]
    path = world.folder / "access.toml"
    path.write_text("\n\n".join(part for part in parts if not any(one in part for one in gone)), "utf-8")
    world.promises.written(load_access_file(path).digest, frozenset(world.without))


def decide_in_portal(world: World, request_id: str, chance: random.Random) -> None:
    """Somebody there decides."""
    world.portal.decide_in_portal(request_id, approve=chance.random() < 0.5, by="Nia Portal", reason="no")
    world.promises.decided_in_portal(request_id)


async def goes_wrong(world: World, one: Happening) -> None:
    """A fault, for as long as it lasts."""
    replica = next((each for each in world.replicas if one.how and each.name == one.how[0]), None)
    match one.kind, replica:
        case "kill", Replica():
            await _dies(world, replica, one.lasts_s)
        case "pause", Replica() if not replica.process.is_dead:
            await _stands_still(world, replica, one.lasts_s)
        case "own clock", Replica():
            replica.boot_ahead_ms += int(str(one.how[1])) * 1000
            world.promises.clock_lost(replica.name, max(0.0, -float(str(one.how[1]))))
        case _:
            await _around_it(world, one)


async def _around_it(world: World, one: Happening) -> None:
    """What goes wrong outside of every replica."""
    match one.kind:
        case "weather":
            door, way, likely, longest = one.how
            await _blows(world, Weather(str(door), str(way), float(str(likely)), float(str(longest))), one)
        case "server clock":
            world.server.ahead_us += int(str(one.how[0])) * 1_000_000
        case "failover":
            await _fail_over(world, one.lasts_s)
        case "odd rows":
            world.portal.faults.distort("ApprovalRequestGetByParameters", ODD[str(one.how[0])])
            await asyncio.sleep(one.lasts_s)
            world.portal.faults.clear()
        case "access churn":
            await _churns(world, one.lasts_s)
        case "channel":
            await _is_lost(world, str(one.how[0]), str(one.how[1]), one.lasts_s)
        case "strike":
            world.armed.append(one)


async def _blows(world: World, weather: Weather, one: Happening) -> None:
    world.network.weather.append(weather)
    await asyncio.sleep(one.lasts_s)
    if weather in world.network.weather:
        world.network.weather.remove(weather)


async def _dies(world: World, replica: Replica, for_s: float) -> None:
    if not replica.process.is_dead:
        replica.kill()
        world.network.met["killed"] += 1
        await _comes_back(replica, for_s)


async def _comes_back(replica: Replica, after_s: float) -> None:
    await asyncio.sleep(after_s)
    if replica.process.is_dead:
        replica.start()


async def _stands_still(world: World, replica: Replica, for_s: float) -> None:
    process = replica.process
    replica.pause()
    world.network.met["stood still"] += 1
    await asyncio.sleep(for_s)
    world.loop.resume(process)


async def _churns(world: World, for_s: float) -> None:
    """The file is saved again and again; nobody who may decide anything is concerned."""
    until = world.loop.time() + for_s
    while world.loop.time() < until:
        world.without ^= {"ray"}
        write_access(world)
        await asyncio.sleep(_CHURN_S)


async def _is_lost(world: World, place: str, how: str, for_s: float) -> None:
    channel, changes = world.promises.channels[place], world.slack.changes
    lose, back = (
        (changes.archive, changes.unarchive)
        if how == "archived"
        else (changes.remove_bot, changes.invite_bot)
    )
    lose(channel)
    world.network.met[f"the {place} channel was lost"] += 1
    await asyncio.sleep(for_s)
    back(channel)


def strikes(world: World, told: Told, asker: str) -> None:
    """An attempt has been recorded, and its writer has not heard of it yet: what is armed happens now."""
    replica = next((each for each in world.replicas if each.name == asker), None)
    armed = [one for one in world.armed if one.how != (FILE,)]
    if told.name != "decision_attempted" or not armed or replica is None:
        return
    one = armed[0]
    world.armed.remove(one)
    how, chance = str(one.how[0]), random.Random(one.seed)
    world.trace.note("world", "strikes", how, asker)
    world.network.met[f"struck: {how}"] += 1
    match how:
        case "pause":
            replica.pause()
            _goes_on(world, _stands_still(world, replica, one.lasts_s))
        case "kill":
            replica.kill()
            _goes_on(world, _comes_back(replica, one.lasts_s))
        case "faster":
            decide_in_portal(world, told.request_id, chance)
        case _:
            for part in (LOOK,) if how == STALE else (DECISION, LOOK) if how == AFTER else (DECISION,):
                _goes_on(world, _blows(world, Weather(PORTAL, how, 1.0, 25.0, part), one))


def moves_the_file(world: World, asker: str) -> None:
    """Between a verdict and its record the access file is saved, and another replica puts it in force."""
    others = [each for each in world.replicas if each.name != asker and each.is_up]
    armed = [one for one in world.armed if one.how == (FILE,)]
    if not armed or not others:
        return
    world.armed.remove(armed[0])
    world.without ^= {"ray"}
    write_access(world)
    others[0].looks_at_access()
    world.network.met["struck: file"] += 1
    weather = Weather(LEDGER, SLOW, 1.0, 1.0, "commit")
    world.network.weather.append(weather)
    world.loop.call_soon(world.network.weather.remove, weather)


def _goes_on(world: World, happens: Coroutine[Any, Any, None]) -> None:
    world.begun.append(world.loop.create_task(happens))


async def _fail_over(world: World, lasts_s: float) -> None:
    """The primary is cut off from its replica, takes orders that it cannot promise, and is replaced by that."""
    if world.apart:
        return
    world.apart, length = 1, len(world.server.done)
    await asyncio.sleep(lasts_s)
    lost = len(world.server.done) - length
    world.server.cut(length)
    world.promises.forget_lost()
    world.apart = 0
    world.network.met["a failover lost something"] += lost > 0
    world.trace.note("world", "failed over, lost", lost)


def _odd(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def changed(rows: Any) -> Any:
        if not isinstance(rows, list):
            return rows
        return change(rows)

    return changed


ODD: dict[str, Callable[[Any], Any]] = {
    "null row": _odd(lambda rows: [None, *rows]),
    "no organization": _odd(lambda rows: [{**row, "organizationId": None} for row in rows[:1]] + rows[1:]),
    "id is a number": _odd(lambda rows: [{**row, "approvalRequestId": 7} for row in rows[:1]] + rows[1:]),
}
"""Rows as odd as the published contract allows."""
