"""One run: a way through the program, struck at one site or only watched, then settled and checked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from rehearsal.slack.deliveries import Delivery
from tests.audit.shapes import shape_faults
from tests.crashes import checker
from tests.crashes.bots import ForkedBot, Zygote, connected, sockets
from tests.crashes.boundaries import KILL, NOTED, NOTING, QUIET, SAYS, Control
from tests.crashes.pacing import Pacer
from tests.crashes.passing import PAGER_URL
from tests.crashes.play import Play
from tests.crashes.ways import Way
from tests.flows.scene import Json, Scene, set_scene
from tests.flows.test_policies import PROMOTER
from tests.pager.places import Receiver, receiving

LEASE = timedelta(seconds=31)
"""After it, what a dead process had in hand is free."""
REOPENS = timedelta(seconds=66)
"""After it, an attempt without effect is over."""
PAUSE = timedelta(seconds=90)
"""How long a stopped process stands still: longer than every lease, and than an attempt may wait."""
_LEAD = timedelta(seconds=4)
"""After it, another replica may look at the portal in its place."""
_PATIENCE_S = 180.0
"""A machine that has much else to do is no fault of the bot's."""
_DECIDERS = ("ana", "bo", "eve", "kim", "lee", "zoe")


@dataclass(frozen=True)
class Outcome:
    """What came of one run."""

    is_reached: bool
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Mark:
    """Where everything stood before the run."""

    number: int
    link: str
    writes: int
    modes: frozenset[str]
    calls: Counter[str]
    deliveries: int
    at: str
    """Slack's time of the newest message."""


@dataclass(frozen=True)
class _Before:
    """Where it stood before the act."""

    deliveries: int
    told: Counter[str]


@dataclass
class House:
    """A stage on which one run follows the other; whichever bots live, live on."""

    scene: Scene
    nursery: Zygote
    control: Control
    settings: str = ""
    pager: Receiver = field(default_factory=Receiver)
    """Takes the calls of the second way, where the settings have one."""
    bots: list[ForkedBot] = field(default_factory=list)
    born: int = 0
    runs: int = 0
    pacer: Pacer = field(init=False)

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.scene.stage, self._wake)

    def _wake(self, job: int) -> None:
        """What every bot would do in a moment it does now."""
        for bot in self.bots:
            bot.wake(job)

    async def staffed(self, count: int) -> None:
        """So many bots live and listen: where one is to be killed, no second one takes its place."""
        self.bots = [bot for bot in self.bots if not bot.is_gone]
        while len(self.bots) > count:
            await self.bots.pop().kill()
        while len(self.bots) < count:
            self.born += 1
            settings = self.settings.replace(PAGER_URL, self.pager.url)
            self.bots.append(await self.nursery.bear(self.scene, self.control, f"bot{self.born}", settings))

    async def traced(self, way: Way | None) -> list[str]:
        """The sites of a way, in the order in which they were first reached; of nothing at all for None."""
        await self.staffed(1)
        mark = await self._mark()
        play = await self._prepared(way)
        [bot] = self.bots
        begin = bot.trace.stat().st_size
        self.control.order(NOTING)
        if way is not None:
            await asyncio.wait_for(way.act(play), _PATIENCE_S)
        for _ in range(2):
            await self._looked()
        await self.scene.quiet()
        self.control.order(QUIET)
        if way is not None:
            await self._closed(way, play, mark)
        return list(dict.fromkeys(one for one in bot.reached(begin) if not one.startswith((SAYS, NOTED))))

    async def struck(self, way: Way, site: str, how: int) -> Outcome:
        """Play the way with one strike at the site; what is broken afterwards."""
        await self.staffed(1 if how == KILL else 2)
        mark = await self._mark()
        play = await self._prepared(way)
        before = _Before(self._delivered(), self._told(way))
        traces = {bot: bot.trace.stat().st_size for bot in self.bots}
        self.control.order(how, site)
        acting = asyncio.create_task(way.act(play))
        try:
            is_reached = await self._until_struck(acting)
        finally:
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)
        self._calms()
        faults: list[str] = []
        if is_reached:
            bot = await (self._died() if how == KILL else self._stopped())
            is_loose = may_be_said_again(bot.reached(traces[bot])) or (
                way.is_of_copy and not any(one.acked for one in self._since(before.deliveries))
            )
            await (self._restarted() if how == KILL else self._slept(bot))
            self.control.order(QUIET)
            faults = await self._settled(way, play, mark, before, is_loose=is_loose)
        self.control.order(QUIET)
        faults += await self._closed(way, play, mark)
        return Outcome(is_reached, faults)

    def _calms(self) -> None:
        """Whatever went wrong on purpose goes well from now on."""
        self.scene.stage.portal.faults.clear()
        self.scene.stage.slack.faults.clear()

    async def _prepared(self, way: Way | None) -> Play:
        self.runs += 1
        self.pager.calls.clear()
        play = Play(self.scene, self.runs, pages=self.pager.calls)
        if way is not None:
            await self.pacer.known_by(len(self.bots))
            await way.prepare(play)
            await self.pacer.known_by(len(self.bots))
        await self.scene.quiet()
        return play

    async def _until_struck(self, acting: asyncio.Task[None]) -> bool:
        """Whether a process came to the site, while the way was gone or soon after."""
        looked = asyncio.create_task(self._until_quiet(acting))
        try:
            while not self.control.struck.exists():
                if looked.done():
                    return self.control.struck.exists()
                await asyncio.sleep(0.01)
        finally:
            looked.cancel()
            await asyncio.gather(looked, return_exceptions=True)
        return True

    async def _until_quiet(self, acting: asyncio.Task[None]) -> None:
        await asyncio.wait([acting], timeout=_PATIENCE_S)
        await self.scene.quiet()
        for _ in range(2):
            await self._looked()

    async def _died(self) -> ForkedBot:
        return await self.scene.seen(lambda: next((bot for bot in self.bots if bot.is_gone), None))

    async def _stopped(self) -> ForkedBot:
        return await self.scene.seen(lambda: next((bot for bot in self.bots if bot.is_stopped), None))

    async def _restarted(self) -> None:
        """Leases end before the next process begins: time that leaps while it speaks would end its own."""
        await self.pacer.passes(LEASE, all_dead=True)
        await self.staffed(1)

    async def _slept(self, sleeper: ForkedBot) -> None:
        """The stopped process sleeps while the other one goes on, and then finds the time gone by every clock."""
        stage, pacer = self.scene.stage, self.pacer
        await pacer.sleeps(self.control.struck.read_text())
        if connection_id := sleeper.connection_id(self.scene):
            stage.slack.sockets.drop(connection_id)
        known = sockets(self.scene)
        await pacer.passes(_LEAD)
        await self._looked()
        await pacer.passes(PAUSE)
        await self._looked()
        await self.scene.quiet()
        self.control.slept(await pacer.wakes() // timedelta(milliseconds=1))
        sleeper.resume()
        await connected(self.scene, sleeper, known)

    async def _settled(
        self, way: Way, play: Play, mark: _Mark, before: _Before, *, is_loose: bool
    ) -> list[str]:
        await self.scene.quiet()
        await self.pacer.passes(REOPENS)
        await self._looked()
        await self._looked()
        await self.scene.quiet()
        left = await self._left(play, mark, self._untold(way, before), is_loose=is_loose)
        recorded = await self.scene.ledger.events(after=mark.number)
        shapeless = [f"P7: {fault}" for one in recorded for fault in shape_faults(one.event)]
        return checker.faults(left) + shapeless

    async def _closed(self, way: Way, play: Play, mark: _Mark) -> list[str]:
        """What still waits is decided in the portal, which its card must show; modals are closed."""
        portal = self.scene.stage.portal
        still_open = [one for one in play.requests if portal.request(one).is_open]
        for request_id in still_open:
            portal.decide_in_portal(request_id, approve=False, by="mara.quell")
        self.pacer.look()
        faults = []
        try:
            await self._recorded_as_decided(mark, still_open)
        except TimeoutError:
            faults.append(f"P3: a decision in the portal did not arrive within {_PATIENCE_S:.0f} s")
        for key in self.scene.stage.cast.user_ids:
            person = self.scene.hand(key).person
            for view in person.views()[::-1]:
                await person.close_view(view["id"], whole_stack=True)
                break
        await way.after(play)
        await self.scene.quiet()
        return faults

    async def _recorded_as_decided(self, mark: _Mark, request_ids: Sequence[str]) -> None:
        """Wait for the end of each in the record, of which only what came since the mark is read."""

        async def look() -> bool:
            events = await checker.recorded(self.scene.stage.ledger_url, mark.number)
            ended = {one.told.get("request_id") for one in events if one.name == "decided_in_portal"}
            return ended >= set(request_ids)

        await self.scene.until(look)

    async def _looked(self) -> None:
        """Some bot has looked at the portal, from now on."""
        ledger = self.scene.ledger
        before = await ledger.looks.last()
        self.pacer.look()

        async def look() -> bool:
            return await ledger.looks.last() != before

        await self.scene.until(look)

    async def _mark(self) -> _Mark:
        stage = self.scene.stage
        number, link = await checker.head(stage.ledger_url)
        return _Mark(
            number=number,
            link=link,
            writes=len(stage.portal.decisions),
            modes=frozenset(stage.portal.world.modes),
            calls=Counter(stage.portal.calls),
            deliveries=self._delivered(),
            at=max((message["ts"] for _, message in self._messages("")), default=""),
        )

    def _delivered(self) -> int:
        """The number of the newest delivery."""
        return max((_number(one) for one in self.scene.stage.slack.deliveries), default=-1)

    def _since(self, number: int) -> list[Delivery]:
        return [one for one in self.scene.stage.slack.deliveries if _number(one) > number]

    def _told(self, way: Way) -> Counter[str]:
        key, _ = way.told
        return Counter(" ".join(said.split()) for said in self.scene.hand(key).told()) if key else Counter()

    def _messages(self, after: str) -> list[tuple[str, Json]]:
        """What stands in the channels, of what was posted after this time of Slack's."""
        return [
            (channel.id, message.wire(with_metadata=True))
            for channel in self.scene.stage.slack.workspace.channels.values()
            for ts, message in channel.messages.items()
            if ts > after
        ]

    async def _left(self, play: Play, mark: _Mark, untold: str, *, is_loose: bool) -> checker.Left:
        stage, url = self.scene.stage, self.scene.stage.ledger_url
        waiting = await self._waiting()
        people, messages = stage.cast.user_ids, self._messages(mark.at)
        return checker.Left(
            events=await checker.recorded(url, mark.number),
            before=mark.link,
            first=mark.number + 1,
            waiting=waiting,
            requests=[stage.portal.request(one) for one in play.requests],
            writes=stage.portal.decisions[mark.writes :],
            cards=[message for _, message in messages if message.get("metadata")],
            posted=[
                (f"{channel} {message.get('thread_ts', '')}", checker.text_of(message))
                for channel, message in messages
                if "metadata" not in message
            ],
            modes=[mode for key, mode in stage.portal.world.modes.items() if key not in mark.modes],
            calls=stage.portal.calls - mark.calls,
            deciders=frozenset(people[key] for key in _DECIDERS),
            pressers=frozenset(_presser(one) for one in self._since(mark.deliveries)),
            is_loose=is_loose,
            untold=frozenset([untold] if untold else []),
        )

    async def _waiting(self) -> dict[str, int]:
        """What stays in the queues: a redraw that the clock brings just now goes out in a moment."""
        found: dict[str, int] = {}

        async def look() -> bool:
            found.update(await checker.waiting(self.scene.stage.ledger_url))
            return not any(found.values())

        with suppress(TimeoutError):
            await self.scene.until(look)
        return found

    def _untold(self, way: Way, before: _Before) -> str:
        """Who pressed, was acknowledged, and heard nothing; empty where all is well."""
        key, words = way.told
        pressed = [one for one in self._since(before.deliveries) if one.kind != "events_api"]
        if not key or not pressed or not pressed[-1].acked:
            return ""
        told = list(self._told(way) - before.told)
        if any(word in said for said in told for word in words):
            return ""
        if pressed[-1].payload.get("type") != "view_submission" and self.scene.hand(key).person.views():
            return ""
        return f"{key}'s press was acknowledged, and what they heard is {told}"


def _number(delivery: Delivery) -> int:
    """Its place in the order of all, from its id."""
    return int(delivery.id[-4:], 36)


def _presser(delivery: Delivery) -> str:
    payload: dict[str, Any] = delivery.payload
    return str((payload.get("user") or {}).get("id") or payload.get("user_id", ""))


def may_be_said_again(reached: Sequence[str]) -> bool:
    """Whether something was being said that was not noted yet: several may be under way at once."""
    said: set[str] = set()
    for line in reached:
        if line.startswith(SAYS):
            said.add(line.removeprefix(SAYS))
        elif line.startswith(NOTED):
            said.discard(line.removeprefix(NOTED))
    return bool(said)


@asynccontextmanager
async def housed(folder: Path, nursery: Zygote, settings: str = "") -> AsyncIterator[House]:
    """A stage for many runs."""
    async with set_scene(folder, bots=0, rate_limits=False) as scene, receiving() as pager:
        scene.patience_s = _PATIENCE_S
        access = scene.stage.settings.access.file
        access.write_text(access.read_text("utf-8") + PROMOTER, "utf-8")
        house = House(scene, nursery, Control(folder / "control"), settings, pager)
        pace = asyncio.create_task(house.pacer.run())
        try:
            yield house
        finally:
            house.pacer.end()
            pace.cancel()
            await asyncio.gather(pace, return_exceptions=True)
            for bot in house.bots:
                await bot.kill()
