"""Bolt as we run it: one app, our own routes behind its catch-alls, Socket Mode or HTTP."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.chat import SlackClient, Workspace
from bot.settings import SlackSection
from handlers.door import FrontDoor, register

log = structlog.get_logger()

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

    async def authorize() -> AuthorizeResult:
        return ours

    app = AsyncApp(
        name="gatehouse",
        client=client.web,
        signing_secret=settings.signing_secret.get_secret_value() or None,
        authorize=authorize,
        # The default runner polls for the acknowledgement every 10 ms and loses it if a listener then fails.
        process_before_response=True,
        request_verification_enabled=settings.mode == "http",
    )
    register(app, door)
    return app


@dataclass(slots=True)
class SocketSide:
    """Socket Mode: we call Slack; nothing of ours is open to the internet."""

    handler: AsyncSocketModeHandler

    @classmethod
    def of(cls, app: AsyncApp, settings: SlackSection) -> SocketSide:
        """The socket of a Bolt app; not connected yet."""
        return cls(AsyncSocketModeHandler(app, settings.app_token.get_secret_value(), ping_interval=_PING_S))

    async def start(self) -> None:
        """Connect. Raises if Slack refuses."""
        await self.handler.connect_async()

    async def is_connected(self) -> bool:
        """Whether a socket is open now."""
        return bool(await self.handler.client.is_connected())

    async def close(self) -> None:
        """Take nothing more."""
        self.handler.client.auto_reconnect_enabled = False
        await self.handler.close_async()


@dataclass(slots=True)
class HttpSide:
    """HTTP: Slack calls us, each call signed. Bolt checks the signature over the raw bytes."""

    app: AsyncApp
    host: str
    port: int
    _runner: web.AppRunner | None = None
    bound_port: int = 0

    async def start(self) -> None:
        """Listen. OSError if the address cannot be had."""
        server = web.Application(client_max_size=1024 * 1024)
        server.router.add_post("/slack/events", self._take)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.bound_port = self._runner.addresses[0][1]
        log.info("slack_http_listening", host=self.host, port=self.bound_port)

    async def is_connected(self) -> bool:
        """Whether we listen; whether Slack reaches us only Slack can know."""
        return self._runner is not None

    async def close(self) -> None:
        """Stop accepting, finish what is in flight."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        answer = await self.app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)


Side = SocketSide | HttpSide


def side_of(app: AsyncApp, settings: SlackSection) -> Side:
    """The door that the settings choose."""
    if settings.mode == "socket":
        return SocketSide.of(app, settings)
    return HttpSide(app, settings.host, settings.port)
