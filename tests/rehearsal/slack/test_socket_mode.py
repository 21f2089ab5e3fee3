"""Socket Mode: each envelope to one connection, three seconds to acknowledge, sockets that come and go."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import SlackSandbox
from tests.rehearsal.slack.apps import buttons, over_socket, probe
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]


class RawSocket:
    """A bare client of Socket Mode that acknowledges only when told to."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def frame(self) -> Json:
        frame: Json = await self.ws.receive_json(timeout=5)
        return frame

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        await self.ws.send_json({"envelope_id": envelope["envelope_id"], "payload": payload})


def another_connection(slack: SlackSandbox, old: str) -> bool:
    """Is a connection open that is not the old one?"""
    return any(connection.id != old for connection in slack.sockets.connections)


async def link(slack: SlackSandbox, session: aiohttp.ClientSession) -> str:
    """A fresh link from `apps.connections.open`."""
    client = AsyncWebClient(token=slack.app_token, base_url=slack.base_url, session=session)
    return str((await client.api_call("apps.connections.open"))["url"])


@asynccontextmanager
async def raw_sockets(slack: SlackSandbox, count: int) -> AsyncIterator[list[RawSocket]]:
    """So many open connections, past their hello."""
    async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
        opened = []
        for number in range(1, count + 1):
            ws = await stack.enter_async_context(session.ws_connect(await link(slack, session)))
            opened.append(RawSocket(ws))
            hello = await opened[-1].frame()
            assert (hello["type"], hello["num_connections"]) == ("hello", number)
        yield opened


async def test_a_link_works_once(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        url = await link(house.slack, session)
        async with session.ws_connect(url):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url)
        assert refused.value.status == 403


async def test_each_envelope_goes_to_exactly_one_of_ten_connections(house: House) -> None:
    async with raw_sockets(house.slack, 10) as sockets:
        sent = [house.slack.forge("interactive", {"type": "block_actions", "n": n}) for n in range(20)]
        got: Counter[int] = Counter()

        async def read_two(socket: RawSocket) -> None:
            for _ in range(2):
                envelope = await socket.frame()
                got[envelope["payload"]["n"]] += 1
                await socket.ack(envelope)

        await asyncio.gather(*(read_two(socket) for socket in sockets))
        for delivery in sent:
            assert (await delivery.settled()).acked
        assert got == Counter(range(20))


async def test_the_eleventh_connection_is_turned_away(house: House) -> None:
    async with raw_sockets(house.slack, 10), aiohttp.ClientSession() as session:
        ws = await session.ws_connect(await link(house.slack, session))
        frame = await ws.receive_json()
        assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_without_an_acknowledgement_the_press_is_lost_after_three_seconds(house: House) -> None:
    async with raw_sockets(house.slack, 1) as (socket,):
        delivery = house.slack.forge("interactive", {"type": "block_actions"})
        envelope = await socket.frame()
        await delivery.settled()
        assert (delivery.acked, delivery.outcome, len(delivery.attempts)) == (False, "not_acknowledged", 1)
        assert delivery.attempts[0].after_s == 3.0
        await socket.ack(envelope)
        await house.slack.wait_for(
            lambda: any(entry.kind == "late_ack" for entry in house.slack.feed.after(0))
        )
        assert not delivery.acked


async def test_without_any_connection_nothing_arrives(house: House) -> None:
    delivery = await house.slack.forge("slash_commands", {"command": "/probe"}).settled()
    assert [(attempt.acked, attempt.reason) for attempt in delivery.attempts] == [
        (False, "connection_failed")
    ]


async def test_an_acknowledgement_counts_on_a_newer_connection(house: House) -> None:
    async with raw_sockets(house.slack, 2) as (first, second):
        delivery = house.slack.forge("interactive", {"type": "block_actions"})
        receiver, other = (second, first)
        envelope = await receiver.frame()
        await other.ack(envelope)
        assert (await delivery.settled()).acked


async def test_events_carry_retries_and_other_envelopes_do_not(house: House) -> None:
    async with raw_sockets(house.slack, 1) as (socket,):
        house.slack.changes.rename(house.alerts, "alarms")
        envelope = await socket.frame()
        assert envelope["type"] == "events_api"
        assert envelope["accepts_response_payload"] is False
        assert envelope["retry_attempt"] == 0
        assert envelope["payload"]["event"]["channel"]["name"] == "alarms"
        await socket.ack(envelope)
        house.slack.forge("slash_commands", {"command": "/probe"})
        command = await socket.frame()
        assert command["accepts_response_payload"] is True
        assert "retry_attempt" not in command
        await socket.ack(command)


@pytest.mark.parametrize("kind", ["duplicate", "lose", "delay", "lose_ack", "delay_ack"])
async def test_delivery_faults(house: House, kind: str) -> None:
    """A duplicate comes twice, a lost one never, a delayed one late; a lost or late ack does not count."""
    house.slack.faults.arm(kind, seconds=0.1 if kind == "delay" else 5)
    async with raw_sockets(house.slack, 1) as (socket,):
        delivery = house.slack.forge("interactive", {"type": "block_actions"})
        for _ in range({"duplicate": 2, "lose": 0}.get(kind, 1)):
            await socket.ack(await socket.frame())
        await delivery.settled()
        assert delivery.acked is (kind in {"duplicate", "delay"})
        assert house.slack.faults.armed == []


async def test_a_warned_connection_gets_nothing_new_and_a_refresh_closes_it(house: House) -> None:
    async with raw_sockets(house.slack, 2) as (first, second):
        await house.slack.sockets.disconnect("warning", house.slack.sockets.connections[0].id)
        assert (await first.frame())["reason"] == "warning"
        for _ in range(3):
            house.slack.forge("interactive", {"type": "block_actions"})
            await second.ack(await second.frame())
        await house.slack.sockets.disconnect("refresh_requested", house.slack.sockets.connections[0].id)
        assert (await first.frame())["reason"] == "refresh_requested"
        assert (await first.ws.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_bolt_app_comes_back_after_a_reset_and_a_refresh(house: House) -> None:
    slack = house.slack
    async with probe(slack) as app:

        @app.app.action("go")
        async def go(ack: Any) -> None:
            await ack()

        async with over_socket(slack, app):
            ts = str(
                (await app.client.chat_postMessage(channel=house.alerts, text="x", blocks=buttons("go")))[
                    "ts"
                ]
            )
            for cut in ("reset", "refresh"):
                before = slack.sockets.connections[0].id
                if cut == "reset":
                    slack.sockets.drop()
                else:
                    await slack.sockets.disconnect("refresh_requested")
                await slack.wait_for(partial(another_connection, slack, before))
                delivery = await slack.as_person(house.anna).click(house.alerts, ts, "go")
                assert (await delivery.settled()).acked, cut


async def test_pings_are_answered_until_told_otherwise(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(await link(house.slack, session), autoping=False)
        await ws.receive_json()
        await ws.ping(b"here?")
        assert await ws.receive() == (aiohttp.WSMsgType.PONG, b"here?", "")
        house.slack.sockets.answers_pings = False
        await ws.ping(b"still here?")
        house.slack.forge("interactive", {"n": 1})
        assert (await ws.receive()).type is aiohttp.WSMsgType.TEXT
        await ws.close()


async def test_one_of_two_bolt_apps_gets_each_press(house: House) -> None:
    slack = house.slack
    presses: list[str] = []
    async with probe(slack) as app:

        @app.app.action("go")
        async def go(ack: Any, body: Json) -> None:
            presses.append(body["trigger_id"])
            await ack()

        async with over_socket(slack, app, connections=2):
            ts = str(
                (await app.client.chat_postMessage(channel=house.alerts, text="x", blocks=buttons("go")))[
                    "ts"
                ]
            )
            clicks = [await slack.as_person(house.anna).click(house.alerts, ts, "go") for _ in range(10)]
            for click in clicks:
                assert (await click.settled()).acked
            assert len(presses) == len(set(presses)) == 10
            assert len({click.attempts[0].to for click in clicks}) == 2
