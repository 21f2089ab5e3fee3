"""Plays one story: sets the stage, lets happen what is drawn, lets everything settle, and asks the promises."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

from bot.ledger.door import script_text
from bot.settings import Settings
from rehearsal.portal import PortalSandbox
from rehearsal.portal.routes import BY_PATH
from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.stage.cast import engage
from tests.simulation.doors import PORTAL_AT, SLACK_AT, LedgerWire, PortalWire, SlackWire
from tests.simulation.met import told_by
from tests.simulation.network import Network, Trace
from tests.simulation.people import People, Post
from tests.simulation.promises import Promises
from tests.simulation.record import Broken
from tests.simulation.replica import Doors, Replica
from tests.simulation.server import Server, digest
from tests.simulation.story import ODD_ROWS, Happening, Story
from tests.simulation.virtual import START, VirtualClock, VirtualLoop, begin
from tests.simulation.world import World, decide_in_portal, goes_wrong, moves_the_file, strikes, write_access

ROOT = Path(__file__).parents[2]
SETTLED_S = (50.0, 40.0, 50.0, 60.0)
"""After the last happening: a lease (30 s) is over, and everything under way has arrived (45 s). The later looks find
what needs longer: an attempt's time, what is drawn once more, the longer waits of what Slack has refused."""
_SCRIPTS = tuple(path.stem for path in (ROOT / "bot" / "ledger" / "scripts").glob("*.lua"))
_FAULTS_OF_ITS_OWN = {
    *("job_failed", "worker_failed", "press_failed", "effect_failed", "due_not_acted_on", "tick_failed"),
}
"""Lines of the log that only a fault of the program explains."""
_SHARED_PARTS = ("prelude", "queue", "rows")
_DECISIONS = {route.action.casefold() for route in BY_PATH.values() if route.is_decision}


@dataclass
class Outcome:
    """How a run ended."""

    seed: int
    digest: str
    virtual_s: float
    steps: int
    noted: int
    broken: str = ""
    lines: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    """How often each way through the program was met."""


def set_stage(story: Story, folder: Path, socket_path: str, *, keeps: bool) -> World:
    """Everything but the replicas, at the beginning of time."""
    loop = VirtualLoop(random.Random(f"order of {story.seed}"))
    asyncio.set_event_loop(loop)
    begin(loop, story.seed)
    trace = Trace(loop, keeps)
    clock = VirtualClock()
    portal = PortalSandbox(7, clock)
    portal.state.base_url = f"{PORTAL_AT}/portalapi/"
    portal.rules.refuse_double_decisions = story.guards
    slack = SlackSandbox(load_manifest(ROOT / "app_manifest.yml"), clock, ids="SIMUL")
    slack.at(SLACK_AT)
    cast = engage(slack)
    channels = {
        place: slack.add_channel(place, private=True, members=list(cast.user_ids.values()))
        for place in ("card", "escalation", "audit")
    }
    slack.add_user_group("approvers", [cast["ana"], cast["bo"]])
    slack.add_user_group("escalation", [cast["kim"]])
    network = Network(loop, random.Random(f"network of {story.seed}"), trace)
    server = Server(socket_path, lambda: int((START.timestamp() + loop.time()) * 1_000_000))
    settings = _settings(story, portal, slack, channels, folder)
    people = People(slack, dict(cast.user_ids), channels["card"], trace, network.met)
    promises = Promises(loop, portal, slack, server, people, channels)
    world = World(
        story, loop, trace, network, portal, slack, cast, server, settings, folder, promises, people
    )
    promises.sent = world.sent
    promises.strikes = partial(strikes, world)
    write_access(world)
    promises.may_have_twins = any(one.is_fault and one.kind != ODD_ROWS for one in story.happenings)
    _hear_the_log(trace, promises, network.met)
    _bring_replicas(world)
    return world


def _bring_replicas(world: World) -> None:
    named = {digest(script_text(name)): name for name in _SCRIPTS if name not in _SHARED_PARTS}
    for number in range(world.story.replicas):
        doors = Doors(
            PortalWire(world.network, world.portal, lambda a: a.casefold() in _DECISIONS, world.sent),
            SlackWire(world.network, world.slack, world.promises.said),
            LedgerWire(
                world.network,
                world.server,
                named,
                world.promises.look,
                partial(moves_the_file, world),
                lambda: world.apart > 0,
            ),
        )
        jitter = random.Random(f"jitter of {world.story.seed} {number}").random
        world.replicas.append(Replica(f"r{number}", world.loop, world.settings, doors, jitter))
    chance = random.Random(f"post of {world.story.seed}")
    world.slack.installation.dispatcher.transport = Post(world.replicas, chance, world.trace)


def _settings(
    story: Story, portal: PortalSandbox, slack: SlackSandbox, channels: dict[str, str], folder: Path
) -> Settings:
    by_handle = {group.handle: group.id for group in slack.workspace.user_groups.values()}
    tables: dict[str, Any] = {
        "writes": "on",
        "slack": {
            "mode": "http",
            "team_id": slack.team_id,
            "api_url": slack.base_url,
            "bot_token": SecretStr(slack.bot_token),
            "app_token": SecretStr(slack.app_token),
            "signing_secret": SecretStr(slack.signing_secret),
        },
        "portal": {
            "url": portal.state.base_url,
            "token": SecretStr(portal.token),
            "poll_busy_s": 4,
            "poll_idle_s": 5,
        },
        "routing": {"default": channels},
        "escalation": {
            "approvers_user_group": by_handle["approvers"],
            "team_user_group": by_handle["escalation"],
        },
        "sla": {
            "remind_minutes": 0.4,
            "remind_channel_minutes": 0.7,
            "escalate_minutes": 1.0,
            "repeat_minutes": 1,
        },
        # In half of the stories a request opens again while people still press; no call to the portal arrives so late.
        "decisions": {"reopen_after_s": 30 if story.seed % 2 else 60},
        "access": {"file": folder / "access.toml", "weekly_drift": False},
        "ledger": {"data": folder / "data"},
        "health": {"port": 0},
    }
    if story.seed % 3:
        tables["second_approval"] = {"reaches": [], "unseen_wider_than_computer": False}
    return Settings.model_validate(tables)


def _hear_the_log(trace: Trace, promises: Promises, met: Counter[str]) -> None:
    """What the bot logs belongs to the story; that something of its own failed is a broken promise by itself."""

    def heard(_logger: Any, _level: str, event: Any) -> str:
        name = str(event.get("event"))
        trace.note("log", name, *(f"{k}={v}" for k, v in event.items() if k != "event"))
        met[f"log: {name}"] += 1
        met["maybe recorded"] += bool(event.get("maybe_recorded"))
        if name in _FAULTS_OF_ITS_OWN:
            promises.own_fault(f"{name} {event}")
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.processors.format_exc_info, heard], cache_logger_on_first_use=False
    )


def play(world: World) -> Outcome:
    """The whole story."""
    loop, trace = world.loop, world.trace
    broken = ""
    loop.set_exception_handler(partial(_fell, world))
    main = loop.create_task(_story(world))
    loop.after_step = world.promises.check_step
    try:
        loop.run_until_complete(main)
    except Broken as error:
        broken = str(error)
    return Outcome(
        world.story.seed,
        trace.digest,
        loop.time(),
        loop.steps,
        trace.count,
        broken,
        trace.lines,
        world.promises.counts(),
        world.network.met + world.promises.met + told_by(world.promises.record),
    )


def _fell(world: World, _loop: object, context: Mapping[str, Any]) -> None:
    """A callback raised: what the record shows at the moment of its writing is asked in one."""
    world.trace.note("loop", context.get("message"))
    if isinstance(context.get("exception"), Broken):
        world.promises.broken(str(context["exception"]))


async def _story(world: World) -> None:
    loop = world.loop
    for replica in world.replicas:
        replica.start()
    ends = [0.0]
    for happening in world.story.happenings:
        loop.call_at(happening.at_s, _begin, world, happening)
        ends.append(happening.at_s + happening.lasts_s)
    looks = loop.create_task(_keep_looking(world))
    await asyncio.sleep(max(ends) + 1)
    world.network.weather.clear()
    world.portal.faults.clear()
    world.promises.healed_at_s = loop.time()
    for last, span_s in zip((False, False, False, True), SETTLED_S, strict=True):
        await asyncio.sleep(span_s)
        try:
            world.promises.check_end(world.replicas)
        except Broken:
            if last:
                raise
        else:
            break
    looks.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looks


def _begin(world: World, one: Happening) -> None:
    world.begun.append(world.loop.create_task(_happens(world, one)))


async def _keep_looking(world: World) -> None:
    while True:
        await asyncio.sleep(4.0)
        world.people.look()


async def _happens(world: World, one: Happening) -> None:
    world.trace.note("world", one.kind, *one.how)
    match one.kind:
        case "press":
            await world.people.press(one)
        case "ask":
            kind, computer, product = map(str, one.how)
            world.promises.asked(world.portal.raise_request(kind, computer=computer, product=product))
        case "decide in the portal":
            _decide(world, random.Random(one.seed))
        case "command":
            await world.people.ask(one)
        case "home":
            await world.people.open_home(str(one.how[0]))
        case "access":
            world.without.add(str(one.how[0]))
            write_access(world)
        case _:
            await goes_wrong(world, one)


def _decide(world: World, chance: random.Random) -> None:
    waiting = list(world.portal.open_requests())
    if waiting:
        decide_in_portal(world, chance.choice(waiting).approval_request_id, chance)
