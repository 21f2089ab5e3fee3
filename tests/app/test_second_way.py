"""Slack is silent: two replicas call by a real second way, once, and tell it the end; the card catches up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import beat
from bot.app.paging import Paging
from bot.app.workers import SendWork
from bot.chat import Dropped
from bot.desk import event_of, page
from bot.models import Case, EffectKind, Page
from bot.pager import Webhook
from tests.app.test_app_parts import said_all
from tests.desk import Bench
from tests.lookup.house import OneChannel
from tests.pager.places import receiving

AFTER = timedelta(minutes=2)


def replica(bench: Bench, channel: str, paging: Paging | None) -> SendWork:
    table = OneChannel(channel)
    return SendWork(bench.desk, bench.sender(table), table, paging)


async def in_turns(bench: Bench, replicas: list[SendWork], seconds: float = 31) -> None:
    """Everything that may be said, by whoever takes it; what has to wait comes in the next turn."""
    await bench.advance(seconds=seconds)
    await asyncio.gather(*(said_all(one) for one in replicas))


async def test_a_silent_slack_is_gone_around_once_and_catches_up(bench: Bench) -> None:
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    bench.desk = replace(bench.desk, routes=OneChannel(channel))
    async with receiving() as receiver, aiohttp.ClientSession() as session:
        way = Webhook(receiver.url, SecretStr("both know it"), session)
        pagings = [Paging(bench.desk, AFTER, {"webhook": way}) for _ in range(2)]
        replicas = [replica(bench, channel, one) for one in pagings]
        bench.slack.faults.arm("server_error", method="chat.postMessage", times=0)
        request_id = bench.ask()
        await bench.poll()
        await bench.advance(minutes=15)
        await beat.Dues(bench.desk).drain()
        await in_turns(bench, replicas, seconds=121)
        await asyncio.gather(*(one.look() for one in pagings))
        await in_turns(bench, replicas)
        (call,) = receiver.calls
        case = await bench.case_of(request_id)
        assert (call.body["case"], call.body["action"]) == (case.case_id, "trigger")
        assert case.card is None
        bench.slack.faults.clear()
        await in_turns(bench, replicas)
        card = (await bench.case_of(request_id)).card
        assert card is not None
        await in_turns(bench, replicas)
        assert "Escalated by webhook" in str(bench.slack.message(channel, card.ts))
        bench.portal.decide_in_portal(request_id, approve=True, by="Pat")
        await bench.poll()
        await in_turns(bench, replicas)
        assert [one.body["action"] for one in receiver.calls] == ["trigger", "resolve"]


async def _queued(bench: Bench, work: SendWork) -> Case:
    case = await bench.arrive()
    said = Page(key=case.case_id, step="last", title="It waits")
    await work.desk.announce([event_of("backlog_announced")], [page(case, "webhook", said)])
    return case


@pytest.mark.parametrize("is_over", [False, True])
async def test_p5_a_process_that_stood_still_with_a_page_calls_nobody_when_it_goes_on(
    bench: Bench, *, is_over: bool
) -> None:
    """Another one has told it by then, or its end: told after that, the alert would begin anew and never end."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    async with receiving() as receiver, aiohttp.ClientSession() as session:
        way = Webhook(receiver.url, SecretStr("both know it"), session)
        sleeper, other = (
            replica(bench, channel, Paging(bench.desk, AFTER, {"webhook": way})) for _ in range(2)
        )
        case = await _queued(bench, sleeper)
        held = await bench.ledger.claim_effects(10, timedelta(seconds=30))
        (page_held,) = (one for one in held if one.effect.kind is EffectKind.PAGE)
        await bench.advance(seconds=31)
        if is_over:
            over = Page(key=case.case_id, step="over", is_over=True, title="Nothing is left to do")
            await bench.desk.announce([event_of("backlog_announced")], [page(case, "webhook", over)])
        await said_all(other)
        told = [one.body["action"] for one in receiver.calls]
        assert told == ["resolve" if is_over else "trigger"]
        await sleeper._say(page_held)
        await in_turns(bench, [sleeper, other])
        assert [one.body["action"] for one in receiver.calls] == told
        assert 'gatehouse_pages_total{outcome="sent",way="webhook"} 1.0' in (
            bench.desk.metrics.exposition().decode()
        )


async def test_a_page_that_nobody_else_took_is_sent_by_whoever_stood_still(bench: Bench) -> None:
    """Anew, on a lease of now."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    async with receiving() as receiver, aiohttp.ClientSession() as session:
        way = Webhook(receiver.url, SecretStr("both know it"), session)
        work = replica(bench, channel, Paging(bench.desk, AFTER, {"webhook": way}))
        await _queued(bench, work)
        held = await bench.ledger.claim_effects(10, timedelta(seconds=30))
        await bench.advance(seconds=31)
        for one in held:
            await work._say(one)
        assert receiver.calls == []
        await said_all(work)
        assert [one.body["action"] for one in receiver.calls] == ["trigger"]


async def test_a_way_that_is_away_is_tried_again_and_one_that_refuses_is_alerted(bench: Bench) -> None:
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    async with receiving() as receiver, aiohttp.ClientSession() as session:
        way = Webhook(receiver.url, SecretStr("both know it"), session)
        work = replica(bench, channel, Paging(bench.desk, AFTER, {"webhook": way}))
        await _queued(bench, work)
        receiver.status = 503
        await said_all(work)
        receiver.status = 401
        for wait_s in (16, 61):  # The second and the third try.
            await in_turns(bench, [work], wait_s)
        assert len(receiver.calls) == 3
        refused = (await bench.last("effect_refused")).facts
        assert (refused["why"], refused["kind"]) == ("it answers 401", "page")
        await in_turns(bench, [work], 2)
        alerts = [one for one in bench.slack.messages(channel) if "A second way refuses" in one["text"]]
        assert len(alerts) == 1
        receiver.status = 202
        await in_turns(bench, [work], 121)
        assert len(receiver.calls) == 4
    assert await bench.ledger.calls.waiting() == []


async def test_a_page_whose_way_is_not_set_any_more_is_given_up(bench: Bench) -> None:
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    work = replica(bench, channel, None)
    await _queued(bench, work)
    await said_all(work)
    assert "no second way is set any more" in (await bench.last("effect_dropped")).facts["why"]
    gone = Paging(bench.desk, AFTER, {})
    case = await bench.arrive()
    assert isinstance(await gone.send(page(case, "mail", Page(key="k", title="t"))), Dropped)


async def test_a_ledger_that_is_away_is_waited_for(bench: Bench) -> None:
    async with aiohttp.ClientSession() as session:
        paging = Paging(
            bench.desk, AFTER, {"webhook": Webhook("http://127.0.0.1:9", SecretStr("s"), session)}
        )
        bench.valkey.hang()
        try:
            await paging.look()
        finally:
            bench.valkey.resume()
        await paging.look()
