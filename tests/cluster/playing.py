"""One soak: the cluster under load, one fault after the other, and what is left of it at the end."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from redis.exceptions import RedisError

from bot.ledger import Ledger
from rehearsal.slack import Person
from rehearsal.stage import Stage, staged
from rehearsal.stage.cast import PARENT
from tests.cluster.group import Group, sentinel_group
from tests.cluster.load import Load
from tests.crashes import checker
from tests.crashes.bots import ForkedBot, zygote
from tests.flows.scene import Scene

_BOTS, _PEOPLE = 3, 40
_FAULT_EVERY_S = 15.0
_SETTLES_S, _STUCK_S = 900.0, 120.0
"""How long everything may take that still waits at the end, and how long nothing of it may come to its end."""
_REOPENS_S = 75.0
"""Longer than an attempt may stay in doubt."""
_TOML = """
[bursts]
together = false
[second_approval]
reaches = []
unseen_wider_than_computer = false
[limits]
presses_of_a_case_a_minute = 600
"""
"""A card for each file, one person for each decision, nobody refused on the oldest card: the load is what it says."""
_PAGE = resource.getpagesize()


@dataclass
class Soak:
    """Everything of one run."""

    stage: Stage
    group: Group
    load: Load
    bots: list[ForkedBot]
    events: list[checker.Event] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """Resident megabytes of a bot, the largest of the three, every few seconds."""
    struck: Counter[str] = field(default_factory=Counter)
    trouble: list[str] = field(default_factory=list)
    at_the_door: dict[str, str] = field(default_factory=dict)
    """Who was answered “not recorded”, by Slack's times: the stand-in keeps the last two thousand whispers."""
    _whispered: str = ""
    """Slack's time of the newest whisper that was looked at."""
    elapsed_s: float = 0.0

    async def run(self, seconds: float) -> None:
        """Load and faults for so long, then quiet until everything has settled."""
        stop, began = asyncio.Event(), time.monotonic()
        tasks = [
            asyncio.create_task(work) for work in (self.load.run(stop), self._faults(stop), self._watch(stop))
        ]
        await asyncio.sleep(seconds)
        stop.set()
        await asyncio.gather(*tasks)
        self.elapsed_s = time.monotonic() - began
        await self.group.whole()
        await self._settle()

    async def _faults(self, stop: asyncio.Event) -> None:
        """In turn: the server is killed and started, sockets drop, a failover, all sockets at once."""
        sockets = self.stage.slack.sockets

        async def drop_one() -> None:
            sockets.drop(sockets.connections[0].id if sockets.connections else "")

        async def drop_all() -> None:
            sockets.drop()

        turns: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("Valkey killed and restarted", self.group.restart),
            ("a socket to Slack dropped", drop_one),
            ("Sentinel failovers", self.group.fail_over),
            ("all sockets to Slack dropped", drop_all),
        ]
        while not stop.is_set():
            for name, strike in turns:
                if await _stopped_within(stop, _FAULT_EVERY_S):
                    return
                await strike()
                self.struck[name] += 1

    async def _watch(self, stop: asyncio.Event) -> None:
        """The record, read by a reader of its own, and the bots' memory."""
        while not await _stopped_within(stop, 2.0):
            await self._read()
            alive = [bot for bot in self.bots if not bot.is_gone]
            if len(alive) < len(self.bots):
                self.trouble.append(f"{len(self.bots) - len(alive)} bots have ended")
            self.memory.append(max((_resident(bot.pid) for bot in alive), default=0.0))

    async def _read(self) -> None:
        """What the record has got meanwhile, nothing while no server answers; and who was refused at the door."""
        whispers = [message for _, message in self.stage.slack.workspace.ephemerals]
        for message in takewhile(lambda one: one.ts != self._whispered, reversed(whispers)):
            if "ecorded" in f"{message.text} {message.blocks}":
                self.at_the_door[message.ts] = message.only_for
        self._whispered = whispers[-1].ts if whispers else ""
        try:
            found = await checker.recorded(await self.group.address(), len(self.events))
        except (RedisError, OSError):
            return
        self.events += found
        self.load.taken_in(
            {
                str(one.told.get("request_id"))
                for one in found
                if one.name in ("case_opened", "request_joined")
            }
        )

    async def _settle(self) -> None:
        """Every request is taken in, what is open is decided in the portal, and what waits comes to its end."""
        portal, end = self.stage.portal, time.monotonic() + _SETTLES_S
        # Decided before anybody has looked, it would rightly have no card.
        while self.load.waits and time.monotonic() < end:
            await asyncio.sleep(1.0)
            await self._read()
        for request_id in self.load.raised:
            if portal.request(request_id).is_open:
                portal.decide_in_portal(request_id, approve=False, by="mara.quell")
        url = await self.group.address()
        await asyncio.sleep(_REOPENS_S)
        # Slack takes a redraw in a second or so: hundreds wait for that, and none of them is lost.
        least, stuck = float("inf"), time.monotonic() + _STUCK_S
        end = time.monotonic() + _SETTLES_S
        while time.monotonic() < min(end, stuck):
            await self._read()
            ended = {str(one.told.get("request_id")) for one in self.events if one.name in checker.SETTLED}
            left = sum((await checker.waiting(url)).values()) + len(set(self.load.raised) - ended)
            if not left:
                break
            if left < least:
                least, stuck = left, time.monotonic() + _STUCK_S
            await asyncio.sleep(1.0)
        await self._read()

    async def left(self) -> checker.Left:
        """For the checker."""
        slack, raised, url = self.stage.slack, self.load.raised, await self.group.address()
        channels = [slack.messages(channel) for channel in self.stage.channels.values()]
        pressers = frozenset(person.id for person in self.load.people)
        return checker.Left(
            events=self.events,
            before="0" * 40,
            first=1,
            waiting=await checker.waiting(url),
            requests=[self.stage.portal.request(one) for one in raised],
            writes=self.stage.portal.decisions,
            cards=[message for found in channels for message in found if message.get("metadata")],
            posted=[],
            modes=[],
            calls={},
            deciders=pressers,
            pressers=pressers,
            is_loose=True,
            untold=frozenset([*await checker.names_waiting(url), *self._unanswered()]),
        )

    def _unanswered(self) -> Iterator[str]:
        """Presses that were acknowledged, of which the record says nothing and their presser was told nothing."""
        recorded = {str(one.told["press_id"]) for one in self.events if one.told.get("press_id")}
        told = Counter(self.at_the_door.values())
        for each in self.load.deliveries:
            presser, press_id = _pressed(each.payload)
            if not each.acked or press_id in recorded:
                continue
            told[presser] -= 1
            if told[presser] < 0:
                yield f"{press_id} of {presser} was acknowledged, and is nowhere in the record: {each.payload}"[
                    :400
                ]


def _pressed(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Who pressed, and the name that the record gives to the press, derived from Slack's own here as there."""
    trigger = payload["trigger_id"]
    action = payload.get("actions")
    if not action:
        return payload["user_id"], _press_id("command", trigger)
    return payload["user"]["id"], _press_id("action", trigger, action[0]["action_ts"])


def _press_id(*key: str) -> str:
    return "p" + sha256("|".join(key).encode()).hexdigest()[:32]


async def _stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * _PAGE / 1_000_000


@asynccontextmanager
async def soaking(folder: Path) -> AsyncIterator[Soak]:
    """Three bots on a Sentinel group, forty people, nobody at work yet."""
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(sentinel_group(folder / "group"))
        overrides = {"ledger": {"redis_url": SecretStr(group.url)}}
        (folder / "stage").mkdir()
        stage = await stack.enter_async_context(
            staged(folder / "stage", overrides=overrides, rate_limits=False)
        )
        people = _hire(stage)
        ledger = await Ledger.connect(group.url, replica_id="test")
        stack.push_async_callback(ledger.close)
        nursery = await stack.enter_async_context(zygote())
        soak = Soak(stage, group, Load(stage, people), [])
        for number in range(_BOTS):
            bot = await nursery.bear(Scene(stage, ledger), None, f"bot{number}", _TOML)
            stack.push_async_callback(bot.kill)
            soak.bots.append(bot)
        yield soak


def _hire(stage: Stage) -> list[Person]:
    """Accounts, membership and a grant for each."""
    slack, access = stage.slack, stage.settings.access.file
    names = [f"approver{number:03}" for number in range(_PEOPLE)]
    slack_ids = [slack.add_person(name) for name in names]
    for slack_id in slack_ids:
        slack.changes.join(stage.channels["card"], slack_id)
    people = [
        f'[people.{name}]\nname = "{name.title()}"\nslack = ["{slack_id}"]\nportal = ["{name}"]\n'
        for name, slack_id in zip(names, slack_ids, strict=True)
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    grant = (
        f'[[grants]]\npeople = [{listed}]\norganizations = ["{PARENT}"]\nand_below = true\n'
        'permissions = ["Approve for Single Computer", "Approve for Group", "View Unified Audit"]\n'
    )
    access.write_text("\n".join([access.read_text("utf-8"), *people, grant]), "utf-8")
    return [slack.as_person(one, signed_in=True) for one in slack_ids]
