"""The control interface: another process does over HTTP what a test does in Python."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck

from tests.rehearsal.slack.apps import buttons, modal, over_socket, probe
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]


class Remote:
    """A caller of `/_sandbox/`."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self._origin = origin
        self.session = session

    def url(self, path: str) -> str:
        return f"{self._origin}/_sandbox/{path}"

    async def get(self, path: str) -> Any:
        async with self.session.get(self.url(path)) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, expect: int = 200, **body: Any) -> Any:
        async with self.session.post(self.url(path), json=body) as answer:
            assert answer.status == expect, await answer.text()
            return await answer.json()


@pytest.fixture
async def remote(house: House) -> AsyncIterator[Remote]:
    async with aiohttp.ClientSession() as session:
        yield Remote(house.slack.origin, session)


async def test_a_person_acts_from_another_process(house: House, remote: Remote) -> None:
    async with probe(house.slack) as app:

        @app.app.action("go")
        async def go(ack: AsyncAck, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        @app.app.view("why")
        async def why(ack: AsyncAck) -> None:
            await ack(response_action="errors", errors={"reason": "more"})

        async with over_socket(house.slack, app):
            posted = await app.client.chat_postMessage(channel=house.alerts, text="x", blocks=buttons("go"))
            person = f"people/{house.anna}"
            clicked = await remote.post(
                f"{person}/click", channel=house.alerts, ts=posted["ts"], action_id="go"
            )
            assert (clicked["acked"], clicked["outcome"]) == (True, "acknowledged")
            await house.slack.wait_for(lambda: house.slack.views(house.anna))
            (view,) = await remote.get(f"{person}/views")
            refused = await remote.post(f"{person}/submit", expect=422, view_id=view["id"])
            assert list(refused["by_block"]) == ["reason"]
            values = {"reason": {"text": "because"}}
            submitted = await remote.post(f"{person}/submit", view_id=view["id"], values=values)
            assert submitted["outcome"] == "errors"
            (view,) = await remote.get(f"{person}/views")
            assert view["errors"] == {"reason": "more"}
            sees = await remote.get(f"{person}/sees?channel=alerts")
            assert [message["text"] for message in sees] == ["x"]


async def test_the_workspace_is_set_up_and_changed(house: House, remote: Remote) -> None:
    guest = (await remote.post("people", name="gina", multi_channel_guest=True))["id"]
    channel = (await remote.post("channels", name="new", members=[guest]))["id"]
    group = (await remote.post("groups", handle="team", members=[guest]))["id"]
    await remote.post("changes/rename", channel_id=channel, name="newer")
    await remote.post("changes/set_person", user_id=guest, deactivated=True)
    await remote.post("faults", kind="slow", seconds=0.5)
    state = await remote.get("state")
    assert [entry["name"] for entry in state["channels"]] == ["alerts", "newer"]
    assert [entry["id"] for entry in state["user_groups"]] == [group]
    assert next(person for person in state["people"] if person["id"] == guest)["deactivated"] is True
    assert [fault["kind"] for fault in state["faults"]] == ["slow"]
    async with remote.session.delete(remote.url("faults")) as answer:
        assert answer.status == 200
    assert house.slack.faults.armed == []


async def test_the_clock_moves(house: House, remote: Remote) -> None:
    before = house.slack.clock.time()
    await remote.post("clock", advance_s=900)
    assert house.slack.clock.time() - before >= 900


async def test_switches_for_limits_tokens_and_pings(house: House, remote: Remote) -> None:
    await remote.post("rate_limits", enforced=False)
    await remote.post("pings", answered=False)
    assert (house.slack.installation.limits.enforced, house.slack.sockets.answers_pings) == (False, False)
    await remote.post("token", revoked=True)
    bearer = {"Authorization": f"Bearer {house.slack.bot_token}"}
    async with remote.session.get(f"{house.slack.base_url}auth.test", headers=bearer) as answer:
        assert (await answer.json())["error"] == "token_revoked"


async def test_the_feed_by_long_poll_and_by_socket(house: House, remote: Remote) -> None:
    seq = (await remote.get("state"))["seq"]
    waiting = asyncio.create_task(remote.get(f"feed?after={seq}&wait=10"))
    async with remote.session.ws_connect(remote.url(f"feed/ws?after={seq}")) as ws:
        house.slack.changes.rename(house.alerts, "alarms")
        first = await ws.receive_json(timeout=5)
    polled = await waiting
    assert first["kind"] == polled["entries"][0]["kind"] == "channel_event"
    assert polled["seq"] >= first["seq"] == seq + 1
    empty = await remote.get(f"feed?after={house.slack.feed.seq + 100}&wait=0.05")
    assert empty["entries"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people/U0/click", {}, 422),
        ("people/{anna}/fly", {}, 422),
        ("people/{anna}/click", {"wings": 2}, 400),
        ("changes/explode", {}, 422),
        ("universe", {}, 422),
        ("faults", {"kind": "gremlins"}, 422),
        ("sockets/disconnect", {"reason": "boredom"}, 422),
    ],
)
async def test_mistakes_are_named(house: House, remote: Remote, path: str, body: Json, status: int) -> None:
    answer = await remote.post(path.format(anna=house.anna), expect=status, **body)
    assert answer["error"]


async def test_sockets_and_deliveries_are_reachable(house: House, remote: Remote) -> None:
    async with probe(house.slack) as app, over_socket(house.slack, app):
        delivery = house.slack.forge("interactive", {"type": "block_actions", "actions": []})
        old = house.slack.sockets.connections[0].id
        await remote.post("sockets/drop")
        await house.slack.wait_for(
            lambda: [each for each in house.slack.sockets.connections if each.id != old], 20
        )
        assert any(entry["id"] == delivery.id for entry in await remote.get("deliveries"))
        calls = await remote.get("calls")
        assert "apps.connections.open" in {call["method"] for call in calls}


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
async def test_a_foreign_page_is_refused(house: House, remote: Remote, headers: dict[str, str]) -> None:
    async with remote.session.get(remote.url("state"), headers=headers) as answer:
        assert answer.status == 403
        assert house.slack.bot_token not in await answer.text()


async def test_only_json_is_taken(house: House, remote: Remote) -> None:
    for data, headers, status in (
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json"}, 400),
    ):
        async with remote.session.post(remote.url("clock"), data=data, headers=headers) as answer:
            assert answer.status == status
