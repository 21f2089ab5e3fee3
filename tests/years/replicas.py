"""A year of a real ledger: several ticking replicas, of which some die with work in hand, stand still for an hour, or
lose their clock; the server is killed, and its clock is set. What the record and the send queue hold is compared with
the second implementation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from redis.asyncio import Redis

from bot.app.beat import Dues
from bot.cards.kit import ids
from bot.chat.identity import UserGroups
from bot.decision.claims import claim
from bot.desk import AccessDesk, Desk
from bot.escalation.steps import take_due_steps
from bot.ledger import Ledger, LedgerUnavailable, StoredCase
from bot.ledger.connection import execute
from bot.ledger.values import boot_ms
from bot.models import Case, DueKind, Kind, StepKind, TakenDue
from bot.rules.sla import next_due_at
from tests.cluster.group import Group
from tests.desk import BENCH_SECRET, Bench
from tests.ledger.servers import in_the_end
from tests.valkey import RunningValkey
from tests.years.house import House, drawn_house, drawn_minute
from tests.years.second import SlowRequest

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HALF = timedelta(seconds=30)
"""Looks are made between two minutes: how fast this machine is decides nothing."""
LEASE_OVER = timedelta(seconds=100)
REQUESTS = 6
FAULTS = ("", "", "", "dies", "stands still", "is suspended", "server killed", "clock set")
FAILS_OVER = "fails over"
MOST_FAILOVERS = 2
"""Each takes seconds."""
STEPS = ("step_taken", "steps_skipped")


class GroupServer(RunningValkey):
    """A Sentinel group in the place of one server."""

    def __init__(self, group: Group) -> None:
        super().__init__(group.nodes[0].folder)
        self.group = group

    @property
    def url(self) -> str:
        """The watcher's."""
        return self.group.url

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """Of whoever is the primary now."""
        port = (await self.group.primary()).port
        async with Redis(host="127.0.0.1", port=port, decode_responses=True, driver_info=None) as client:
            yield client

    async def _do(self, *command: str | int) -> None:
        async with self.client() as client:
            await execute(client, *command)


@dataclass
class Replica:
    """One process: its own connection, its own clock, the real work on due times."""

    desk: Desk
    dues: Dues
    lag: list[int] = field(default_factory=lambda: [0])
    """Milliseconds that its host was suspended."""

    async def look(self) -> None:
        """A tick."""
        await self.desk.ledger.tick()
        await self.dues.drain()
        await self.dues.stop(30)


async def replica(bench: Bench, number: int) -> Replica:
    """Another one over the same server."""
    lag = [0]
    ledger = await Ledger.connect(
        bench.valkey.url,
        replica_id=f"r{number}",
        boot=lambda: boot_ms() - lag[0],
        host=f"h{number}",
        secret=BENCH_SECRET,
        limit_s=bench.ledger._door.connection._limit_s,
    )
    await ledger.tick()
    tree = replace(bench.desk.tree, ledger=ledger)
    access = AccessDesk(ledger, UserGroups(bench.client), tree)
    desk = replace(bench.desk, ledger=ledger, tree=tree, access=access)
    return Replica(desk, Dues(desk), lag)


@dataclass
class Waiting:
    """A request of the year, and what the second implementation makes of it."""

    request_id: str
    case_id: str
    slow: SlowRequest
    ceiling: datetime
    expected: list[str] = field(default_factory=list)


@dataclass
class Year:
    """Everything that a year is played with."""

    chance: Random
    bench: Bench
    house: House
    replicas: list[Replica]
    faults: Sequence[str] = FAULTS
    waiting: list[Waiting] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    """Calls that were queued, by their case."""
    number: int = 0
    done: list[str] = field(default_factory=list)
    """The faults that there were."""
    torn: list[bool] = field(default_factory=list)
    """Of each failover whether what was being written is in the record."""

    async def to(self, at: datetime) -> None:
        """Let time pass for everybody."""
        await self.bench.ledger.tick()
        await self.bench.advance(seconds=(at - self.bench.ledger.now()).total_seconds())

    async def case(self, one: Waiting) -> Case:
        """Its case now."""
        return await self.bench.case(one.case_id)

    async def asked(self, at: datetime) -> None:
        """Somebody asks at a whole minute; it is seen half a minute later."""
        await self.to(at + HALF)
        self.number += 1
        kind = self.chance.choice((Kind.APPLICATION, Kind.ELEVATION))
        bench, digest = self.bench, f"{self.number:064X}"
        request_id = bench.ask(
            "elevate" if kind is Kind.ELEVATION else "execute",
            requested_at=at,
            path=f"C:\\tools\\own-{self.number}.exe",
            hash=digest,
            sha256=digest,
        )
        await bench.poll()
        await bench.say()
        case = await bench.case_of(request_id)
        assert case.kind is kind
        entry = case.requests[0]
        assert entry.clock_from == at
        plan = self.house.plan_of(kind)
        slow = SlowRequest(plan, self.house.slow_calendar, kind, at, bench.ledger.now())
        ceiling = next(step.due_at for step in entry.steps if step.kind is StepKind.ESCALATE)
        self.waiting.append(Waiting(request_id, case.case_id, slow, ceiling))

    async def looked(self) -> None:
        """One replica ticks, and then a second one: what was due is done, once, and nothing is left."""
        before = {one.case_id: await self.case(one) for one in self.waiting}
        now = self.bench.ledger.now()
        one, other = self.chance.sample(self.replicas, 2)
        await one.look()
        await other.look()
        for each in self.waiting:
            # A claim whose time is over by now lapses in the same tick, and pauses nothing any more.
            acts, _ = each.slow.look(now, before[each.case_id].claim)
            each.expected += [acts.value] if acts else []
        await self._said()
        await self._compared(now)

    async def _said(self) -> None:
        for effect in await self.bench.say():
            if effect.effect_id.startswith("call:"):
                case_id = effect.effect_id.removeprefix("call:")
                self.calls[case_id] = self.calls.get(case_id, 0) + 1

    async def _compared(self, now: datetime) -> None:
        taken = await self.bench.events("step_taken")
        for one in self.waiting:
            acted = [each.event.facts["acts"] for each in taken if each.event.case_id == one.case_id]
            assert acted == one.expected, f"{self.done} {now}"
            calls = [each for each in acted if str(each).startswith("escalate")]
            assert self.calls.get(one.case_id, 0) == len(calls), "a call twice in effect, or none"
            case = await self.case(one)
            if not one.slow.is_done:
                assert next_due_at(case) == min(at for _, at, _ in one.slow.coming), f"{self.done} {now}"
            assert one.slow.is_done or now < one.ceiling or case.escalated_at is not None
        assert await self.bench.ledger.late_steps(timedelta(seconds=1)) == 0, "a step is lost"

    # What goes wrong

    async def wrong(self) -> None:
        """One thing goes wrong, at a moment at which something may be due."""
        fault = self.chance.choice(self.faults)
        if FAILS_OVER in self.faults and FAILS_OVER not in self.done:
            fault = FAILS_OVER
        elif fault == FAILS_OVER and self.done.count(fault) == MOST_FAILOVERS:
            fault = ""
        self.done += [fault] if fault else []
        match fault:
            case "dies":
                await self._dies()
            case "stands still":
                await self._stands_still()
            case "is suspended":
                self.replicas[0].lag[0] += 3_600_000
            case "server killed":
                await self.bench.valkey.restart()
            case "clock set":
                await self._clock_set()
            case "fails over":
                await self._fails_over()

    async def _dies(self) -> None:
        """With what it had taken in its hands; another process starts in its place."""
        victim = self.replicas.pop()
        await victim.desk.ledger.take_due()
        await victim.desk.ledger.close()
        self.number += 1
        self.replicas.append(await replica(self.bench, 100 + self.number))
        await self.to(self.bench.ledger.now() + LEASE_OVER)

    async def _stands_still(self) -> None:
        """For an hour; when it goes on, somebody else has done its work, and it does nothing twice."""
        sleeper = self.replicas[-1]
        held: list[tuple[TakenDue, StoredCase]] = []
        for taken, stored in await sleeper.desk.ledger.take_due():
            if taken.kind is DueKind.STEP and stored is not None:
                held.append((taken, stored))
        await self.to(self.bench.ledger.now() + LEASE_OVER)
        others, self.replicas = self.replicas, self.replicas[:-1]
        await self.looked()
        self.replicas = others
        await self.to(self.bench.ledger.now() + HOUR)
        await self.looked()
        head = (await self.bench.ledger.chain.head()).number
        await take_due_steps(sleeper.desk, held)
        assert (await self.bench.ledger.chain.head()).number == head
        assert await self.bench.say() == []

    async def _clock_set(self) -> None:
        """Of the server, by somebody; the replicas count on."""
        before = self.bench.ledger.now()
        await self.bench.valkey.step_clock(self.chance.choice((-26, -1, 1, 30)) * HOUR)
        for _ in range(2):
            for one in (*(each.desk.ledger for each in self.replicas), self.bench.ledger):
                await one.tick()
        assert abs(self.bench.ledger.now() - before) < timedelta(seconds=20)

    async def _fails_over(self) -> None:
        """The primary is killed before, while or after one of ours writes what it took, and a replica takes over. The
        writer may never hear whether it was stored; the record says so, and the others do what was not."""
        assert isinstance(self.bench.valkey, GroupServer)
        writer, now = self.chance.choice(self.replicas), self.bench.ledger.now()
        before = {one.case_id: await self.case(one) for one in self.waiting}
        head = (await self.bench.ledger.chain.head()).number
        writing = asyncio.create_task(writer.look())
        match self.chance.choice(("before", "while", "after")):
            case "while":
                for _ in range(self.chance.randrange(80)):
                    await asyncio.sleep(0)
            case "after":
                await writing
        await self.bench.valkey.group.fail_over(at_once=True)
        with suppress(LedgerUnavailable):
            await writing
        await writer.dues.stop(30)
        for one in (*(each.desk.ledger for each in self.replicas), self.bench.ledger):
            await in_the_end(one.tick)
        told = [each for each in await self.bench.events(*STEPS) if each.number > head]
        self.torn += [bool(told)]
        for each in self.waiting:
            if any(each.case_id == one.event.case_id for one in told):
                acts, _ = each.slow.look(now, before[each.case_id].claim)
                each.expected += [acts.value] if acts else []
        await self.to(self.bench.ledger.now() + LEASE_OVER)

    # What people do

    async def somebody_acts(self) -> None:
        """A claim here, or a decision in the portal."""
        is_open = [one for one in self.waiting if not one.slow.is_done]
        if not is_open:
            return
        one = self.chance.choice(is_open)
        match self.chance.choice(("", "", "claim", "claim", "decide")):
            case "claim":
                press = await self.bench.press("ana", ids.CLAIM, await self.case(one))
                await self.bench.do(claim, press)
            case "decide":
                self.bench.portal.decide_in_portal(one.request_id, approve=False, by="Ada")
                await self.bench.poll()
                await self.bench.say()
                one.slow.is_done = True


async def play(
    chance: Random, bench: Bench, faults: Sequence[str] = FAULTS, requests: int = REQUESTS
) -> Year:
    """The requests of a year, one after the other, each until it is decided or a new one comes."""
    groups = {
        "approvers": bench.slack.add_user_group("callable", [bench.cast["ana"], bench.cast["bo"]]),
        "team": bench.slack.add_user_group("team", [bench.cast["kim"]]),
        "desk": bench.slack.add_user_group("desk", [bench.cast["bo"]]),
    }
    house = drawn_house(chance, groups)
    kept = {name: getattr(house.rules, name) for name in ("calendars", "plans", "tiers", "rotas", "away")}
    bench.with_rules(**kept)
    bench.desk.access.user_groups = UserGroups(bench.client)
    year = Year(chance, bench, house, [await replica(bench, number) for number in range(3)], faults)
    first = bench.ledger.now()
    minutes = sorted(
        first.replace(second=0, microsecond=0)
        + (drawn_minute(chance) - drawn_minute(Random(0))) % timedelta(days=300)
        for _ in range(requests)
    )
    try:
        for at in minutes:
            await year.asked(max(at, bench.ledger.now().replace(second=0, microsecond=0) + MINUTE))
            for _ in range(chance.randint(2, 6)):
                await _a_look(year)
    finally:
        for one in year.replicas:
            await one.desk.ledger.close()
    return year


async def _a_look(year: Year) -> None:
    coming = [min(at for _, at, _ in one.slow.coming) for one in year.waiting if not one.slow.is_done]
    if not coming:
        return
    now = year.bench.ledger.now()
    at = min(coming) + year.chance.choice((-1, 0, 0, 0, 5, 130)) * MINUTE + HALF
    await year.to(max(at.replace(second=30, microsecond=0), now.replace(second=30, microsecond=0) + MINUTE))
    await year.wrong()
    await year.looked()
    await year.somebody_acts()
