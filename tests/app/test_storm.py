"""P6: whatever Slack limits and however much waits, a call is out in two seconds, and the cards as fast as Slack lets.

Time is moved by hand, a fifth of a second at a time, and counted by the test: a machine that stalls lets more real
time pass than is counted, which makes nothing late. The stand-in enforces Slack's limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.app import beat
from bot.app.workers import SendWork
from bot.cards.kit.blocks import Rendered
from bot.decision.claims import claim
from bot.desk import channel_call, redraw
from bot.intake.poll import ask_request
from bot.ledger import Ledger
from bot.models import CardAddress, Case, CaseWrite, Change, Event, Place, Urgency
from bot.turns import ended
from tests.app.test_app_parts import said_all
from tests.cards.reading import read
from tests.cards.samples import case as sample
from tests.cards.samples import entry
from tests.desk import BENCH_SECRET, Bench

STEP_S = 0.2
ONE_CHANNEL = "one channel"


@dataclass(frozen=True)
class ByPlace:
    """Cards in one channel, calls in another."""

    of: dict[Place, str]

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:  # noqa: ARG002
        return self.of[place]

    def default_for(self, place: Place) -> str:
        return self.of[place]

    def channels(self) -> tuple[str, ...]:
        return tuple(self.of.values())


@dataclass
class Storm:
    """Three replicas that send, over one ledger and one Slack that counts."""

    bench: Bench
    table: ByPlace
    replicas: list[SendWork]
    seconds: float = 0.0
    """How far the test has moved the time."""

    @property
    def cards(self) -> str:
        return self.table.of[Place.CARD]

    @property
    def late(self) -> str:
        return self.table.of[Place.ESCALATION]

    async def begin(self) -> None:
        """Everybody says what may be said."""
        await asyncio.gather(*(said_all(one) for one in self.replicas))

    async def step(self) -> None:
        """A fifth of a second: what is due is taken, and said as far as Slack lets it."""
        await self.bench.advance(seconds=STEP_S)
        self.seconds += STEP_S
        await beat.Dues(self.bench.desk).drain()
        await self.begin()

    async def pass_seconds(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            await self.step()

    async def until(self, there: Callable[[], object], most_s: float) -> float:
        """Let time pass until something is there; how many seconds that took. It fails after so many."""
        began = self.seconds
        while not there():
            assert self.seconds - began < most_s, f"not there after {most_s} s"
            await self.step()
        return self.seconds - began

    def said_in(self, channel: str, words: str) -> list[dict[str, Any]]:
        return [one for one in self.bench.slack.messages(channel) if words in one["text"]]

    def on_top(self, channel: str) -> list[dict[str, Any]]:
        """What is no reply."""
        return [
            one for one in self.bench.slack.messages(channel) if one.get("thread_ts", one["ts"]) == one["ts"]
        ]

    def refused(self, method: str) -> int:
        """How often Slack had to say “too many” to a method."""
        return sum(one.method == method and one.status == 429 for one in self.bench.slack.api_calls)


@pytest.fixture
async def storm(bench: Bench, request: pytest.FixtureRequest) -> AsyncIterator[Storm]:
    """Cards and calls in channels of their own; with the parameter ONE_CHANNEL in the same."""
    members = [bench.cast["ana"], bench.cast["kim"]]
    names = (
        dict.fromkeys(Place, "all") if getattr(request, "param", "") == ONE_CHANNEL else {p: p for p in Place}
    )
    made = {
        name: bench.slack.add_channel(str(name), private=True, members=members)
        for name in set(names.values())
    }
    table = ByPlace({place: made[name] for place, name in names.items()})
    bench.desk = replace(bench.desk, routes=table)
    async with AsyncExitStack() as stack:
        replicas = []
        for name in ("one", "two", "three"):
            ledger = await Ledger.connect(bench.valkey.url, replica_id=name, secret=BENCH_SECRET)
            stack.push_async_callback(ledger.close)
            await ledger.tick()
            replicas.append(SendWork(replace(bench.desk, ledger=ledger), bench.sender(table), table))
            stack.push_async_callback(_stopped, replicas[-1])
        yield Storm(bench, table, replicas)


async def _stopped(work: SendWork) -> None:
    """Nothing is under way any more when its ledger is closed: a call that is cut off leaves its connection open."""
    await ended(list(work.in_hand))


async def _stand(storm: Storm, count: int) -> list[Case]:
    """So many open cases whose cards stand in Slack."""
    bench = storm.bench
    bench.slack.enforce_rate_limits(enforced=False)
    made = []
    for number in range(count):
        reply = await bench.client.call("chat.postMessage", channel=storm.cards, text=f"card {number}")
        address = CardAddress(channel_id=storm.cards, ts=reply.named("ts"), posted_at=bench.desk.now())
        made.append(
            sample(
                entry(number, hash=f"{number + 0xA0:032X}"),
                case_id=f"c{number:024x}",
                organization_id=f"o{number % 7}",
                card=address,
            )
        )
    bench.slack.enforce_rate_limits(enforced=True)
    for case in made:
        event = Event(name="written_by_test", case_id=case.case_id)
        change = Change(op_id=case.case_id, events=[event], cases=[CaseWrite(case, 0)])
        await bench.ledger.commit(change)
    return made


async def _redraw(storm: Storm, cases: list[Case]) -> None:
    changes = [
        Change(op_id=f"r{case.case_id}", events=[Event(name="noted")], effects=[redraw(case)])
        for case in cases
    ]
    await storm.bench.ledger.commit_all(changes)


async def _waiting(storm: Storm) -> str:
    """A request whose card stands and whose reminders are said: nothing is left to come but its ceiling."""
    request_id = storm.bench.ask()
    await storm.bench.poll()
    await storm.begin()
    for minutes in (5, 5):
        await storm.bench.advance(minutes=minutes)
        await beat.Dues(storm.bench.desk).drain()
        await storm.begin()
    return request_id


async def _till_before(storm: Storm, request_id: str, seconds: float) -> None:
    due_at = (await storm.bench.case_of(request_id)).due_at
    assert due_at is not None
    await storm.bench.advance(seconds=(due_at - storm.bench.desk.now()).total_seconds() - seconds)
    await storm.begin()


async def _lateness(storm: Storm, request_id: str) -> float:
    """How long after its time the ceiling's call stands in Slack; two seconds before it the storm has begun."""
    await _till_before(storm, request_id, 2)
    return await storm.until(lambda: storm.said_in(storm.late, "Escalated"), 6) - 2


async def test_a_call_is_out_in_two_seconds_while_slack_refuses_300_redraws(storm: Storm) -> None:
    cases = await _stand(storm, 300)
    request_id = await _waiting(storm)
    await _redraw(storm, cases)
    storm.bench.slack.faults.arm("rate_limit", method="chat.update", times=0, seconds=30)
    assert await _lateness(storm, request_id) <= 2
    assert 1 <= storm.refused("chat.update") <= 3, "what one of them heard, all obey"
    assert storm.refused("chat.postMessage") == 0


@pytest.mark.parametrize("storm", [ONE_CHANNEL], indirect=True)
async def test_a_limit_of_one_method_holds_up_no_other_whatever_it_was_met_with(storm: Storm) -> None:
    """A card that was expected to be posted and was to be changed; a channel that could not be asked about."""
    cases = await _stand(storm, 30)
    for replica in storm.replicas:
        # Each knows the channel, by a look that is too old when Slack refuses the next one.
        assert await replica.sender.channels.may_post(storm.cards, Place.CARD, storm.bench.desk.now())
    request_id = await _waiting(storm)
    posting = [redraw(case).model_copy(update={"urgency": Urgency.CARD}) for case in cases]
    changes = [Change(op_id=one.effect_id, events=[Event(name="noted")], effects=[one]) for one in posting]
    await storm.bench.ledger.commit_all(changes)
    for method in ("chat.update", "conversations.info"):
        storm.bench.slack.faults.arm("rate_limit", method=method, times=0, seconds=30)
    assert await _lateness(storm, request_id) <= 2
    assert storm.refused("chat.update")
    assert storm.refused("conversations.info") <= len(storm.replicas)


SMALL = ("marlow", "juniper-hill", "calder-voss")


async def test_a_flood_is_on_cards_as_fast_as_slack_lets_it_and_keeps_nobody_waiting(storm: Storm) -> None:
    """108 requests over 36 files in eighteen seconds; in their midst one each of small customers, and a ceiling."""
    bench = storm.bench
    await _till_before(storm, await _waiting(storm), 10)
    began, small = storm.seconds, list[str]()
    for second in range(18):
        for number in range(second * 6, second * 6 + 6):
            _ask(bench, number % 36, bench.computers()[number % 62])
        if second == 10:
            small = [_ask(bench, 90 + n, bench.computers(name)[0]) for n, name in enumerate(SMALL)]
        await bench.poll()
        await storm.pass_seconds(1)
        if storm.seconds - began >= 12:
            assert storm.said_in(storm.late, "Escalated"), "the ceiling came, and its call is not there"
        if second == 10 + len(SMALL) + 1:
            assert all([(await bench.case_of(one)).card for one in small]), "small customers come first"
    await storm.until(lambda: len(storm.on_top(storm.cards)) == 1 + 36 + len(SMALL), 60)
    posts = len(bench.slack.messages(storm.cards)) - 1
    assert storm.seconds - began <= 1.1 * posts + 1
    assert storm.refused("chat.postMessage") == storm.refused("chat.update") == 0


async def test_a_flood_of_unusual_cards_keeps_no_small_customer_waiting(storm: Storm) -> None:
    """They go first, and still a second card of one customer does not go before the first one of another."""
    bench = storm.bench
    flood = [
        sample(
            entry(n, hash=f"{n + 0xA0:032X}"), case_id=f"c{n:024x}", organization_id="o1", unusual=["burst"]
        )
        for n in range(40)
    ]
    for case in flood:
        event = Event(name="written_by_test", case_id=case.case_id)
        change = Change(
            op_id=case.case_id,
            events=[event],
            cases=[CaseWrite(case, 0)],
            effects=[redraw(case, first=True)],
        )
        await bench.ledger.commit(change)
    await storm.begin()
    small = [_ask(bench, 90 + n, bench.computers(name)[0]) for n, name in enumerate(SMALL)]
    await bench.poll()
    await storm.pass_seconds(2 * len(SMALL))
    assert all([(await bench.case_of(one)).card for one in small])
    assert len(storm.on_top(storm.cards)) > len(SMALL), "the unusual ones take their turns too"


def _ask(bench: Bench, number: int, computer: str) -> str:
    return bench.portal.raise_request(
        "execute",
        computer=computer,
        path=rf"C:\Program Files\Tool {number}\tool{number}.exe",
        hash=f"{number + 0xA0:032X}",
        signer="CN=Fabrikam Inc",
    )


async def test_what_waits_for_its_pace_is_woken_to_the_moment(storm: Storm) -> None:
    """No clock looks for it in between: a quarter of a second lost with each would be a quarter of all cards."""
    [work, *_] = storm.replicas
    for number in range(2):
        _ask(storm.bench, number, storm.bench.computers()[number])
    await storm.bench.poll()
    await said_all(work)
    assert len(storm.on_top(storm.cards)) == 1
    async with asyncio.timeout(30):
        while len(storm.on_top(storm.cards)) < 2:
            await work.bell._rung.wait()
            work.bell._rung.clear()
            await said_all(work)


async def test_a_call_does_not_wait_for_what_is_under_way(storm: Storm) -> None:
    """While Slack is silent about a redraw, what rings the bell is said at once."""
    [work, *_] = storm.replicas
    await _redraw(storm, await _stand(storm, 1))
    storm.bench.slack.faults.arm("silent_before", method="chat.update", times=0)
    assert await work.batch()
    assert len(work.in_hand) == 1
    said = Rendered(text="Escalated by hand", blocks=[])
    await storm.bench.desk.announce([Event(name="called")], [channel_call("c1", said, storm.late)])
    work.bell.ring()
    async with asyncio.timeout(8):  # Slack's silence is given ten seconds.
        while not storm.said_in(storm.late, "Escalated by hand"):
            assert await work.batch()
    assert len(work.in_hand) >= 1
    storm.bench.slack.faults.clear()


async def test_what_a_press_or_the_portal_has_ended_is_drawn_before_hundreds_of_other_redraws(
    storm: Storm,
) -> None:
    bench = storm.bench
    pressed, decided = bench.ask(computer=bench.computers()[0]), bench.ask(computer=bench.computers()[1])
    await bench.poll()
    await storm.begin()
    await storm.pass_seconds(1.4)
    await _redraw(storm, await _stand(storm, 60))
    await storm.begin()
    await claim(bench.desk, await bench.press("ana", "claim", await bench.case_of(pressed)))
    bench.portal.decide_in_portal(decided, approve=True, by="Pat")
    case = await bench.case_of(decided)
    await ask_request(bench.desk, case.case_id, case.requests[0])
    await storm.pass_seconds(6)
    shown = [read(one["blocks"]) for one in storm.on_top(storm.cards) if one.get("blocks")]
    assert any("Ana" in one for one in shown), "the claim is on the card"
    assert any("Pat" in one for one in shown), "the portal's decision is on the card"
    assert (await bench.ledger.waiting_effects())[Urgency.REDRAW] > 50
