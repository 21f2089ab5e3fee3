"""A manifest and an ordinary Bolt app to run on the stand-in, over either transport."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import SlackSandbox

Json = dict[str, Any]

# The SDK notices a reset connection only at its next ping; its own default of 10 s would slow the tests down.
PING_INTERVAL_S = 0.5

ALL_SCOPES = [
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands",
    "groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:read", "reactions:write",
    "team:read", "usergroups:read", "users:read", "users:read.email",
]  # fmt: skip
ALL_EVENTS = [
    "app_home_opened", "app_mention", "channel_archive", "channel_left", "channel_rename", "channel_shared",
    "channel_unarchive", "channel_unshared", "group_archive", "group_left", "member_joined_channel",
    "member_left_channel", "message.channels", "message.groups", "message.im", "subteam_members_changed",
    "user_change",
]  # fmt: skip


def manifest(
    *,
    scopes: list[str] | None = None,
    events: list[str] | None = None,
    socket_mode: bool = True,
    url: str = "",
) -> Json:
    """An app manifest with a command, a Home tab, interactivity and these scopes and events."""
    return {
        "display_information": {"name": "Probe"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "probe"},
            "slash_commands": [
                {"command": "/probe", "description": "Asks", "should_escape": True, "url": url},
                {"command": "/raw", "description": "Asks unescaped", "should_escape": False, "url": url},
            ],
        },
        "oauth_config": {"scopes": {"bot": ALL_SCOPES if scopes is None else scopes}},
        "settings": {
            "socket_mode_enabled": socket_mode,
            "interactivity": {"is_enabled": True, "request_url": url},
            "event_subscriptions": {
                "request_url": url,
                "bot_events": ALL_EVENTS if events is None else events,
            },
        },
    }


def modal(*, title: str = "Why", second: bool = False, **more: Any) -> Json:
    """A modal with one required text input; `second` adds a select."""
    blocks = [
        {
            "type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ]  # fmt: skip
    if second:
        options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("pc", "org")]
        blocks.append(
            {
                "type": "input", "block_id": "reach", "label": {"type": "plain_text", "text": "Reach"},
                "element": {"type": "static_select", "action_id": "pick", "options": options},
            }
        )  # fmt: skip
    return {
        "type": "modal", "callback_id": "why", "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"}, "blocks": blocks,
    } | more  # fmt: skip


def buttons(*values: str, **more: Any) -> list[Json]:
    """An actions block with one button per value, each with the value as its action id."""
    elements = [
        {"type": "button", "action_id": value, "value": value, "text": {"type": "plain_text", "text": value}}
        | more
        for value in values
    ]
    return [{"type": "actions", "block_id": "buttons", "elements": elements}]


@dataclass
class Probe:
    """A Bolt app under test and what its listeners saw."""

    app: AsyncApp
    client: AsyncWebClient
    seen: list[tuple[str, Json]] = field(default_factory=list)
    handlers: list[AsyncSocketModeHandler] = field(default_factory=list)


def web_client(slack: SlackSandbox, session: aiohttp.ClientSession, token: str = "") -> AsyncWebClient:
    """The ordinary client of the SDK, pointed at the stand-in."""
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.base_url, session=session)


@asynccontextmanager
async def probe(slack: SlackSandbox) -> AsyncIterator[Probe]:
    """A Bolt app without listeners, not yet connected."""
    async with aiohttp.ClientSession() as session:
        client = web_client(slack, session)
        app = AsyncApp(client=client, signing_secret=slack.signing_secret)
        yield Probe(app, client)


@asynccontextmanager
async def over_socket(slack: SlackSandbox, running: Probe, connections: int = 1) -> AsyncIterator[Probe]:
    """Connects the app over Socket Mode."""
    for _ in range(connections):
        handler = AsyncSocketModeHandler(running.app, slack.app_token, ping_interval=PING_INTERVAL_S)
        running.handlers.append(handler)
        await handler.connect_async()
    await slack.wait_for(lambda: len(slack.sockets.connections) == connections)
    try:
        yield running
    finally:
        for handler in running.handlers:
            await handler.close_async()


@asynccontextmanager
async def over_http(slack: SlackSandbox, running: Probe) -> AsyncIterator[Probe]:
    """Serves the app on loopback and tells the stand-in its request URL."""

    async def serve(request: web.Request) -> web.Response:
        answer = await running.app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    server = web.Application()
    server.router.add_post("/slack/events", serve)
    runner = web.AppRunner(server, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.http.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield running
    finally:
        await runner.cleanup()
