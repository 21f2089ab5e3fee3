"""Who only half asks keeps no place, nothing that anybody sends is a traceback, and what has come is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.app.health import Health
from bot.app.listening import MAX_BYTES
from bot.app.slackside import HttpSide, SocketSide
from bot.ledger import Kept
from bot.models import LimitsSection, Press
from bot.settings import SlackSection
from rehearsal.slack.http_mode import sign
from tests.app.test_app_parts import health_of
from tests.desk import Bench
from tests.handlers.bolt import Entrance, click

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
_FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def side() -> AsyncIterator[HttpSide]:
    """Our door for Slack's calls; a request has a moment to arrive."""
    app = AsyncApp(token="xoxb-none", process_before_response=True, request_verification_enabled=False)
    listening = HttpSide(app, "127.0.0.1", 0, SignatureVerifier(SECRET), whole_s=0.2)
    await listening.start()
    yield listening
    await listening.close()


async def _answer(port: int, sent: bytes) -> str:
    """The first line of the answer; empty if the connection just ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(5):
        told = await reader.read()
    writer.close()
    return told.split(b"\r\n")[0].decode()


def _post(body: bytes, headers: dict[str, str], *, length: int | None = None) -> bytes:
    named = {"Host": "gatehouse", "Content-Type": _FORM, "Content-Length": str(length or len(body))} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST /slack/events HTTP/1.1\r\n{head}\r\n".encode() + body


def _signed(body: bytes, **changed: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    names = {"stamp": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature", "kind": "Content-Type",
             "encoding": "Content-Encoding"}  # fmt: skip
    found = {names["stamp"]: stamp, names["signature"]: sign(SECRET, stamp, body)}
    return found | {names[name]: value for name, value in changed.items()}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", ""),
        (b"POST /slack/ev", ""),
        (b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Le", ""),
        (_post(b"payload=", {}, length=50), "HTTP/1.1 408 Request Timeout"),
        (b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
         "HTTP/1.1 408 Request Timeout"),
        (_post(b"a=b", {"Connection": "keep-alive"}) + b"POST /slack/ev", "HTTP/1.1 401 Unauthorized"),
    ],
)  # fmt: skip
async def test_half_a_request_ends_in_limited_time(side: HttpSide, sent: bytes, said: str) -> None:
    assert await _answer(side.bound_port, sent) == said


BODY = b"payload=%7B%7D"


@pytest.mark.parametrize(
    ("body", "changed", "status"),
    [
        (BODY, {"stamp": "soon"}, 401),
        (BODY, {"stamp": ""}, 401),
        (BODY, {"stamp": "1" * 5000}, 401),
        (BODY, {"stamp": "\u0661\u0662"}, 401),
        (BODY, {"stamp": "-5"}, 401),
        (BODY, {"signature": "v0=\u00e4"}, 401),
        (BODY, {"signature": ""}, 401),
        (BODY, {"kind": f"{_FORM}; charset=klingon"}, 400),
        (BODY, {"kind": f"{_FORM}; charset=utf-16"}, 400),
        (BODY, {"kind": f"{_FORM}; charset=base64"}, 400),
        (BODY, {"encoding": "gzip"}, 400),
        (BODY, {"encoding": "br"}, 400),
        (BODY, {"encoding": "klingon"}, 400),
        (b"payload=\xff\xfe\xfa", {}, 400),
        (b"payload=%7Bnonsense", {}, 400),
        (b"payload=[]", {}, 400),
        (b"payload=" + b"[" * 100_000, {}, 400),
        (b"{nonsense", {"kind": "application/json"}, 400),
        (b"a" * (MAX_BYTES + 1), {}, 413),
    ],
)
async def test_what_cannot_be_read_is_refused_without_a_traceback(
    side: HttpSide, body: bytes, changed: dict[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = await _answer(side.bound_port, _post(body, _signed(body, **changed)))
    assert told.split()[1] == str(status)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/9.9.9\r\n\r\n",
                                  b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n"])  # fmt: skip
async def test_bytes_that_are_no_request_are_one_line_in_the_log(
    side: HttpSide, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await _answer(side.bound_port, sent)).split()[1] == "400"
    assert not [record for record in caplog.records if record.exc_info and record.levelno > logging.DEBUG]


# Who the health pages answer


@pytest.fixture
async def health(bench: Bench) -> AsyncIterator[Health]:
    pages = health_of(bench)
    pages.hosts = ("gatehouse.example.com",)
    await pages.start("127.0.0.1", 0)
    yield pages
    await pages.close()


@pytest.mark.parametrize("page", ["healthz", "readyz", "metrics"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("10.1.2.3:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("[fd00::7]", 200),
        ("localhost:8080", 200),
        ("gatehouse:8080", 200),
        ("gatehouse.example.com:8080", 200),
        ("GATEHOUSE.example.com.", 200),
        ("attacker.example", 421),
        ("127.0.0.1.attacker.example", 421),
        ("gatehouse.example.com.attacker.example", 421),
        ("localhost.attacker.example:8080", 421),
    ],
)
async def test_the_health_pages_answer_to_our_own_names_only(
    health: Health, page: str, host: str, status: int
) -> None:
    told = await _answer(health.bound_port, f"GET /{page} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert told.split()[1] == str(status)


class _Slack:
    """Slack's end of a socket: what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.logger = logging.getLogger("slack")

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """An acknowledgement."""
        self.acknowledged.append(response.envelope_id)


async def test_p4_a_socket_is_shut_when_what_has_come_is_stored_and_acknowledged() -> None:
    """Else Slack would tell the presser of a failure, and the press would be carried out all the same."""
    entrance, slack = Entrance(), _Slack()
    stored, may_go = asyncio.Event(), asyncio.Event()
    store_press = entrance.shelf.store_press

    async def slowly(press: Press, limits: LimitsSection) -> Kept:
        stored.set()
        await may_go.wait()
        return await store_press(press, limits)

    entrance.shelf.store_press = slowly  # type: ignore[method-assign]
    socket = SocketSide.of(entrance.app, SlackSection(team_id="T0HOME", app_token=SecretStr("xapp-none")))
    listeners: list[Any] = list(socket.handler.client.socket_mode_request_listeners)
    [listener] = listeners
    request = SocketModeRequest(type="interactive", envelope_id="e1", payload=click())
    heard = asyncio.create_task(listener(slack, request))
    await stored.wait()
    closing = asyncio.create_task(socket.close())
    await asyncio.sleep(0)
    assert not closing.done()
    may_go.set()
    await closing
    await heard
    assert slack.acknowledged == ["e1"]
    assert entrance.press.slack_user_id
    await socket.close()
