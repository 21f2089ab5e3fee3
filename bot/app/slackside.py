"""Bolt as we run it: one app, our own routes behind its middlewares, Socket Mode or HTTP."""

from __future__ import annotations

import asyncio
import binascii
import codecs
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier

from bot.app.listening import WHOLE_S, Listening, listen
from bot.chat import SlackClient, Workspace
from bot.settings import SlackSection
from bot.turns import answered_first
from handlers.door import FrontDoor, Next, Straight, register

log = structlog.get_logger()

_STAMP, _SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
_NOT_PACKED = "=&\r\n"
"""What a form's only value does not hold: a second value, or what quoted-printable would read in its own way."""
_SECONDS = re.compile("[0-9]{1,12}")
_ANSWERED_S = 2.0
"""Within which every call is answered (P4); Slack waits for 3 s."""
_PING_S = 3.0
"""The SDK notices a reset socket at its next ping (10 s by default), and nobody is heard meanwhile."""


def bolt_app(client: SlackClient, workspace: Workspace, settings: SlackSection, door: FrontDoor) -> AsyncApp:
    """A Bolt app for our workspace. Who presses is checked by our own guard, at every press, by the worker."""
    ours = AuthorizeResult(
        enterprise_id=workspace.enterprise_id or None,
        team_id=workspace.team_id,
        bot_token=settings.bot_token.get_secret_value(),
        bot_id=workspace.bot_id,
        bot_user_id=workspace.bot_user_id,
    )

    app = AsyncApp(
        name="gatehouse",
        client=client.web,
        authorize=_Ours(ours),
        # The default runner polls for the acknowledgement every 10 ms and loses it if a listener then fails.
        process_before_response=True,
        # Our own door does it (`HttpSide`), by the clock that everything else goes by.
        request_verification_enabled=False,
    )
    app.middleware(Straight(_answering(client)))
    register(app, door)
    return app


class _Ours(AsyncAuthorize):
    """Who we are, the same at every delivery. For a plain function Bolt gathers what it might ask for first."""

    def __init__(self, ours: AuthorizeResult) -> None:
        self._ours = ours

    async def __call__(self, **_: Any) -> AuthorizeResult:
        return self._ours


def _answering(
    client: SlackClient,
) -> Callable[[AsyncBoltRequest, Next], Awaitable[BoltResponse | None]]:
    """Bolt's own `respond` posts to whatever address a payload names, and follows redirects; ours does neither."""

    async def answering(request: AsyncBoltRequest, go_on: Next) -> BoltResponse | None:
        url = request.context.response_url or ""

        async def respond(**content: Any) -> None:
            await client.respond(url, content)

        request.context["respond"] = respond
        return await go_on()

    return answering


@dataclass(slots=True)
class SocketSide:
    """Socket Mode: we call Slack; nothing of ours is open to the internet."""

    handler: AsyncSocketModeHandler
    _unanswered: int = 0
    _all_answered: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, app: AsyncApp, settings: SlackSection) -> SocketSide:
        """The socket of a Bolt app; not connected yet."""
        handler = AsyncSocketModeHandler(app, settings.app_token.get_secret_value(), ping_interval=_PING_S)
        side = cls(handler)
        listeners = handler.client.socket_mode_request_listeners
        listeners[:] = [side._counted(one) for one in listeners]
        return side

    def _counted(self, listener: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def counted(*heard: Any) -> None:
            self._unanswered += 1
            self._all_answered.clear()
            try:
                with answered_first():
                    await listener(*heard)
            finally:
                self._unanswered -= 1
                if not self._unanswered:
                    self._all_answered.set()

        return counted

    async def start(self) -> None:
        """Connect. Raises if Slack refuses."""
        await self.handler.connect_async()

    async def is_connected(self) -> bool:
        """Whether a socket is open now."""
        return bool(await self.handler.client.is_connected())

    async def close(self) -> None:
        """Take nothing more. What has come is acknowledged first: else Slack would tell of a press that it had failed,
        and it would be carried out all the same."""
        self.handler.client.auto_reconnect_enabled = False
        if self._unanswered:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_answered.wait(), _ANSWERED_S)
        await self.handler.close_async()


@dataclass(slots=True)
class HttpSide:
    """HTTP: Slack calls us, each call signed over its raw bytes, and not five minutes ago or ahead."""

    app: AsyncApp
    host: str
    port: int
    verifier: SignatureVerifier
    whole_s: float = WHOLE_S
    """How long a request may take to arrive."""
    bound_port: int = 0
    _listening: Listening | None = None

    async def start(self) -> None:
        """Listen. OSError if the address cannot be had."""
        routes = [web.post("/slack/events", self._take)]
        self._listening = await listen(self.host, self.port, routes, whole_s=self.whole_s)
        self.bound_port = self._listening.port
        log.info("slack_http_listening", host=self.host, port=self.bound_port)

    async def is_connected(self) -> bool:
        """Whether we listen; whether Slack reaches us only Slack can know."""
        return self._listening is not None

    async def close(self) -> None:
        """Stop accepting, finish what is in flight."""
        if self._listening is not None:
            await self._listening.close()
            self._listening = None

    async def _take(self, request: web.Request) -> web.Response:
        if not _could_be_signed(request.headers):
            return web.Response(status=401, text="This is not signed as Slack signs.")
        try:
            body = _text(await request.read(), request.charset or "utf-8")
            if not self._is_slacks(body, request.headers):
                return web.Response(status=401, text="This is not signed as Slack signs, or not now.")
            asked = AsyncBoltRequest(
                body=unpacked(body), query=request.query_string, headers=_headers(request)
            )
        except (ValueError, LookupError, AttributeError, RecursionError) as error:
            log.warning("delivery_not_readable", why=f"{type(error).__name__}: {error}"[:200])
            return web.Response(status=400, text="This cannot be read.")
        with answered_first():
            return await to_aiohttp_response(await self.app.async_dispatch(asked))

    def _is_slacks(self, body: str, headers: Mapping[str, str]) -> bool:
        stamp, signature = headers.get(_STAMP, ""), headers.get(_SIGNATURE, "")
        if self.verifier.is_valid(body, stamp, signature):
            return True
        # Said only where it is Slack's but for the time: anybody can send the rest, as often as they like.
        made = self.verifier.generate_signature(timestamp=stamp, body=body)
        if made is not None and hmac.compare_digest(made, signature):
            ahead_s = int(stamp) - self.verifier.clock.now()
            log.warning("delivery_of_another_time", ahead_s=round(ahead_s), tolerated_s=300)
        return False


class _SharedClock(Clock):
    """The ledger's time, for the verifier: one host whose clock is wrong must not refuse every press."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now().timestamp()


def verifier_of(settings: SlackSection, now: Callable[[], datetime]) -> SignatureVerifier:
    """Who tells Slack's calls from others', by this clock."""
    return SignatureVerifier(settings.signing_secret.get_secret_value(), _SharedClock(now))


def _text(raw: bytes, charset: str) -> str:
    """The body. What was signed is UTF-8; another encoding of the same bytes would be another text."""
    if codecs.lookup(charset).name != "utf-8":
        raise LookupError(f"the charset is {charset}")
    return raw.decode("utf-8")


def unpacked(body: str) -> str:
    """The JSON in the form that a press comes in; any other body as it is, for Bolt to read.

    Percent-encoding is quoted-printable with another sign, and that the standard library decodes in C. Its decoder of
    forms takes ten times as long, which was a sixth of what a press cost us.
    """
    packed = body.removeprefix("payload=")
    if len(packed) == len(body) or not packed.isascii() or any(sign in packed for sign in _NOT_PACKED):
        return body
    raw = binascii.a2b_qp(packed.replace("+", " ").replace("%", "="))
    # Fewer signs were taken than stand there: one of them had no number behind it.
    if len(packed) - len(raw) != 2 * packed.count("%"):
        return body
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return body
    return text if text.startswith("{") else body


def _could_be_signed(headers: Mapping[str, str]) -> bool:
    """Whether the verifier can look at it: it takes any text for a number, and compares no other letters than ASCII."""
    stamp, signature = headers.get(_STAMP, ""), headers.get(_SIGNATURE, "")
    return bool(_SECONDS.fullmatch(stamp)) and signature.isascii()


def _headers(request: web.Request) -> dict[str, str | Sequence[str]]:
    return dict(request.headers)


Side = SocketSide | HttpSide


def side_of(app: AsyncApp, settings: SlackSection, now: Callable[[], datetime]) -> Side:
    """The door that the settings choose. `now`: the ledger's time."""
    if settings.mode == "socket":
        return SocketSide.of(app, settings)
    return HttpSide(app, settings.host, settings.port, verifier_of(settings, now))
