"""HTTP mode: signed, once for interactions, again and again for events."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from rehearsal.slack import PersonError, SlackSandbox
from rehearsal.slack.http_mode import require_loopback
from tests.loopback import on_loopback
from tests.rehearsal.slack.apps import manifest

Json = dict[str, Any]


@dataclass
class Receiver:
    """An app's request URL that answers as told and keeps what came."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@asynccontextmanager
async def listening(slack: SlackSandbox) -> AsyncIterator[Receiver]:
    """A receiver at the stand-in's request URL."""
    receiver = Receiver()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        receiver.got.append((dict(request.headers), body))
        if b"url_verification" in body:
            return web.Response(text=json.loads(body)["challenge"])
        return web.Response(status=receiver.status, headers=receiver.headers)

    app = web.Application()
    app.router.add_post("/", take)
    async with on_loopback(app) as url:
        slack.http.request_url = f"{url}/"
        yield receiver


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    sandbox = SlackSandbox(manifest(socket_mode=False))
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def test_every_delivery_is_signed_over_its_raw_body(slack: SlackSandbox) -> None:
    async with listening(slack) as receiver:
        await slack.forge("interactive", {"type": "block_actions", "text": "Zoë & <co>"}).settled()
        await slack.forge("slash_commands", {"command": "/probe", "text": "ä b"}).settled()
        await slack.forge("events_api", {"type": "event_callback"}).settled()
    for headers, body in receiver.got:
        base = b"v0:" + headers["X-Slack-Request-Timestamp"].encode() + b":" + body
        expected = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        assert headers["X-Slack-Signature"] == f"v0={expected}"
    (_, interactive), (_, command), (_, event) = receiver.got
    assert json.loads(parse_qs(interactive.decode())["payload"][0])["text"] == "Zoë & <co>"
    assert parse_qs(command.decode())["text"] == ["ä b"]
    assert json.loads(event) == {"type": "event_callback"}


async def test_an_event_is_sent_again_at_once_then_after_one_and_five_minutes(slack: SlackSandbox) -> None:
    async with listening(slack) as receiver:
        receiver.status = 500
        delivery = slack.forge("events_api", {"type": "event_callback"})
        await slack.wait_for(lambda: len(delivery.attempts) == 2)
        slack.advance(timedelta(seconds=59))
        assert len(delivery.attempts) == 2
        slack.advance(timedelta(seconds=2))
        await slack.wait_for(lambda: len(delivery.attempts) == 3)
        slack.advance(timedelta(minutes=5, seconds=1))
        await delivery.settled()
    retries = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")) for headers, _ in receiver.got
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert delivery.outcome == "not_acknowledged"


async def test_an_app_can_stop_the_retries(slack: SlackSandbox) -> None:
    async with listening(slack) as receiver:
        receiver.status, receiver.headers = 500, {"X-Slack-No-Retry": "1"}
        delivery = await slack.forge("events_api", {"type": "event_callback"}).settled()
    assert len(delivery.attempts) == 1


async def test_an_interaction_is_sent_once_only(slack: SlackSandbox) -> None:
    async with listening(slack) as receiver:
        receiver.status = 404
        delivery = await slack.forge("interactive", {"type": "block_actions"}).settled()
    assert [(attempt.status, attempt.reason) for attempt in delivery.attempts] == [(404, "http_error")]
    assert len(receiver.got) == 1


async def test_nobody_listening_is_a_failed_connection(slack: SlackSandbox) -> None:
    async with listening(slack):
        pass
    delivery = await slack.forge("interactive", {"type": "block_actions"}).settled()
    assert delivery.attempts[0].reason == "connection_failed"
    slack.http.request_url = ""
    delivery = await slack.forge("interactive", {"type": "block_actions"}).settled()
    assert delivery.attempts[0].reason == "connection_failed"


async def test_the_url_verification_handshake(slack: SlackSandbox) -> None:
    async with listening(slack):
        assert await slack.http.verify()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/slack",
        "http://10.0.0.1/",
        "http://127.0.0.1.example.com/",
        "",
        "http://999.1.1.1/",
        "http://1/",
    ],
)
def test_it_delivers_to_this_machine_only(url: str) -> None:
    with pytest.raises(PersonError, match="this machine only"):
        require_loopback(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/", "http://localhost/x", "http://[::1]:8/"])
def test_loopback_addresses_are_fine(url: str) -> None:
    assert require_loopback(url) == url
