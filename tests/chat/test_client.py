"""The client turns everything that can happen on the wire into an error that says what can be done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.chat import (
    ChannelGone,
    ChatBusy,
    ChatError,
    ChatRefused,
    ChatUnreachable,
    MessageGone,
    SlackClient,
    TokenRefused,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Wire:
    """A server that answers as it is told, and a client to it."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.StreamResponse] = lambda: web.json_response({"ok": True})
        self.seen: list[tuple[str, str, str]] = []
        self.port = 0
        self.runner: web.AppRunner | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path_qs, request.content_type, await request.text()))
        return self.answer()

    async def start(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.handle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    served = Wire()
    await served.start()
    yield served
    if served.runner is not None:
        await served.runner.cleanup()


@pytest.fixture
async def caller(wire: Wire) -> AsyncIterator[SlackClient]:
    client = SlackClient.connect("xoxb-secret", f"http://127.0.0.1:{wire.port}/api/", timeout_s=0.3)
    yield client
    await client.close()


def said(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})


ANSWERS: dict[str, tuple[Callable[[], web.StreamResponse], type[ChatError]]] = {
    "channel archived": (lambda: said("is_archived"), ChannelGone),
    "channel inactive": (lambda: said("is_inactive"), ChannelGone),
    "not in channel": (lambda: said("not_in_channel"), ChannelGone),
    "channel not found": (lambda: said("channel_not_found"), ChannelGone),
    "message not found": (lambda: said("message_not_found"), MessageGone),
    "cannot update": (lambda: said("cant_update_message"), MessageGone),
    "edit window closed": (lambda: said("edit_window_closed"), MessageGone),
    "token revoked": (lambda: said("token_revoked"), TokenRefused),
    "invalid auth": (lambda: said("invalid_auth"), TokenRefused),
    "any other no": (lambda: said("user_not_in_channel"), ChatRefused),
    "slack's own fault as a no": (lambda: said("internal_error"), ChatUnreachable),
    "rate limit as a no": (lambda: said("ratelimited"), ChatBusy),
    "a page instead of JSON": (
        lambda: web.Response(text="<html>", content_type="text/html"),
        ChatUnreachable,
    ),
    "broken JSON": (lambda: web.Response(text="{", content_type="application/json"), ChatUnreachable),
    "plain text": (lambda: web.Response(text="no", status=404), ChatUnreachable),
    "500": (lambda: web.json_response({"ok": False, "error": "x"}, status=500), ChatUnreachable),
    "503 text": (lambda: web.Response(text="upstream", status=503), ChatUnreachable),
}


@pytest.mark.parametrize("which", ANSWERS)
async def test_a_no_is_split_by_what_can_be_done(wire: Wire, caller: SlackClient, which: str) -> None:
    wire.answer, kind = ANSWERS[which]
    with pytest.raises(ChatError) as raised:
        await caller.call("chat.postMessage", channel="C1", text="x")
    assert type(raised.value) is kind
    if isinstance(raised.value, ChatUnreachable):
        assert raised.value.maybe_done
    assert "xoxb-secret" not in str(raised.value)
    assert len(wire.seen) == 1, "nothing is retried here"


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), ("0.5", 0.5), ("soon", 10.0), ("-1", 10.0), ("nan", 10.0), ("inf", 10.0), (None, 10.0)],
)
async def test_429_carries_slacks_own_wait(
    wire: Wire, caller: SlackClient, header: str | None, wait_s: float
) -> None:
    headers = {} if header is None else {"Retry-After": header}
    wire.answer = lambda: web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers=headers
    )
    with pytest.raises(ChatBusy) as raised:
        await caller.call("chat.postMessage", channel="C1", text="x")
    assert raised.value.retry_after_s == wait_s
    with pytest.raises(ChatBusy) as raised:
        await caller.respond(f"http://127.0.0.1:{wire.port}/actions/1", {"text": "x"})
    assert raised.value.retry_after_s == wait_s


async def test_silence_may_have_been_done_and_a_refused_connection_was_not(
    wire: Wire, caller: SlackClient
) -> None:
    def hang_up() -> web.StreamResponse:
        raise web.HTTPInternalServerError

    wire.answer = hang_up
    with pytest.raises(ChatUnreachable) as raised:
        await caller.call("chat.postMessage", channel="C1", text="x")
    assert raised.value.maybe_done
    assert wire.runner is not None
    await wire.runner.cleanup()
    fresh = SlackClient.connect("xoxb-secret", f"http://127.0.0.1:{wire.port}/api/")
    try:
        with pytest.raises(ChatUnreachable) as raised:
            await fresh.call("chat.postMessage", channel="C1", text="x")
        assert not raised.value.maybe_done
        with pytest.raises(ChatUnreachable):
            await fresh.respond(f"http://127.0.0.1:{wire.port}/actions/1", {"text": "x"})
    finally:
        await fresh.close()


async def test_reads_send_a_form_and_writes_json_neither_in_the_address(
    wire: Wire, caller: SlackClient
) -> None:
    await caller.call("users.info", user="U1", include_locale=True, cursor=None)
    await caller.call("chat.postMessage", channel="C1", text="secret & more", blocks=None)
    (read_path, read_type, read_body), (write_path, write_type, write_body) = wire.seen
    assert (read_path, read_type) == ("/api/users.info", "application/x-www-form-urlencoded")
    assert read_body == "user=U1&include_locale=true"
    assert (write_path, write_type) == ("/api/chat.postMessage", "application/json")
    assert "secret & more" in write_body
    assert "blocks" not in write_body


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: web.Response(status=404, text="used_url"), ChatRefused),
        (lambda: web.json_response({"ok": False, "error": "expired_url"}), ChatRefused),
        (lambda: web.Response(status=502), ChatUnreachable),
    ],
)
async def test_a_response_url_that_fails_is_not_taken_for_success(
    wire: Wire, caller: SlackClient, answer: Any, kind: type[ChatError]
) -> None:
    wire.answer = answer
    with pytest.raises(kind):
        await caller.respond(f"http://127.0.0.1:{wire.port}/actions/1", {"text": "x"})


@pytest.mark.parametrize(
    ("url", "base", "is_sent"),
    [
        ("https://hooks.slack.com/actions/T/1/x", "https://slack.com/api/", True),
        ("https://hooks.slack.com:443/actions/T/1/x", "https://slack.com/api/", True),
        ("https://hooks.slack-gov.com/actions/T/1/x", "https://slack-gov.com/api/", True),
        ("http://localhost:1/actions", "http://127.0.0.1:9/api/", True),
        ("http://hooks.slack.com/actions/T/1/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com:8443/actions", "https://slack.com/api/", False),
        ("https://hooks.slack.com.attacker.example/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com@attacker.example/x", "https://slack.com/api/", False),
        ("https://me@hooks.slack.com/x", "https://slack.com/api/", False),
        ("https://attacker.example/hooks.slack.com", "https://slack.com/api/", False),
        ("https://slack.com/api/chat.postMessage", "https://slack.com/api/", False),
        ("https://hooks.slack.com:x/", "https://slack.com/api/", False),
        ("http://127.0.0.1:6379/", "https://slack.com/api/", False),
        ("http://169.254.169.254/latest", "https://slack.com/api/", False),
        ("https://hooks.slack.com/actions/T/1/x", "http://127.0.0.1:9/api/", False),
    ],
)
async def test_an_answer_goes_to_slacks_own_address_only(url: str, base: str, *, is_sent: bool) -> None:
    """Where it is Slack's, it is tried; nothing is reached from here, so the connection fails."""
    client = SlackClient.connect("xoxb-secret", base, timeout_s=0.3)
    client.web.proxy = "http://127.0.0.1:1"
    with pytest.raises(ChatUnreachable if is_sent else ChatRefused):
        await client.respond(url, {"text": "x"})
    await client.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(wire: Wire, caller: SlackClient, status: int) -> None:
    """Neither with the token nor with the words."""
    wire.answer = lambda: web.Response(status=status, headers={"Location": "/elsewhere"})
    with pytest.raises(ChatUnreachable, match="redirects"):
        await caller.call("chat.postMessage", channel="C1", text="x")
    with pytest.raises(ChatUnreachable, match="redirects"):
        await caller.respond(f"http://127.0.0.1:{wire.port}/actions/1", {"text": "x"})
    assert [path for path, _, _ in wire.seen] == ["/api/chat.postMessage", "/actions/1"]


async def test_a_response_url_that_is_none_is_no_way_to_answer(caller: SlackClient) -> None:
    with pytest.raises(ChatUnreachable) as raised:
        await caller.respond("not an address", {"text": "x"})
    assert not raised.value.maybe_done


async def test_a_rehearsal_on_this_machine_does_not_leave_it_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    async with aiohttp.ClientSession() as session:
        assert SlackClient("xoxb-x", session, "http://127.0.0.1:9/api/").web.proxy is None
        assert SlackClient("xoxb-x", session).web.proxy == "http://proxy.example:3128"
