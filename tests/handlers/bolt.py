"""A real Bolt app with our listeners, driven without sockets, and a store that does what a test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.cards.kit import ids
from bot.ledger import Kept
from bot.models import LimitsSection, Press
from handlers.door import FrontDoor, register
from tests.cards.samples import NOW

Json = dict[str, Any]
TEAM, USER = "T0HOME", "U0ANA"


@dataclass
class Shelf:
    """Keeps presses in memory, or breaks."""

    presses: dict[str, Press] = field(default_factory=dict)
    breaks: Exception | None = None
    beyond: int = 0

    def now(self) -> datetime:
        """The time of every press."""
        return NOW

    async def store_press(self, press: Press, limits: LimitsSection) -> Kept:
        """False for a replay, and for more than a person's share."""
        if self.breaks is not None:
            raise self.breaks
        if press.press_id in self.presses:
            return Kept.REPLAY
        beyond = sum(one.slack_user_id == press.slack_user_id for one in self.presses.values()) + self.beyond
        if beyond >= limits.presses_a_minute:
            self.beyond += 1
            return Kept.FIRST_BEYOND if beyond == limits.presses_a_minute else Kept.BEYOND
        self.presses[press.press_id] = press
        return Kept.NEW


@dataclass
class Entrance:
    """The door as a test holds it."""

    shelf: Shelf = field(default_factory=Shelf)
    rung: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.door = FrontDoor(
            store=self.shelf,
            ring=lambda: self.rung.append("rung"),
            look_again=self.channels.append,
            counted=self.outcomes.append,
        )

    @cached_property
    def app(self) -> AsyncApp:
        """The app behind which our listeners stand; made when something is delivered to it."""
        made = bolt()
        register(made, self.door)
        return made

    @property
    def press(self) -> Press:
        """The one press that was stored."""
        (press,) = self.shelf.presses.values()
        return press

    async def deliver(self, body: Json) -> BoltResponse:
        """One delivery, as Socket Mode hands it to Bolt; the acknowledgement."""
        return await dispatch(self.app, body)


def bolt() -> AsyncApp:
    """A Bolt app as the program sets it up, without a network."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=TEAM, bot_token="xoxb-none", bot_id="B0", bot_user_id="U0BOT"
        )

    return AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)


async def dispatch(app: AsyncApp, body: Json) -> BoltResponse:
    """One delivery to a Bolt app; what would go back to Slack."""
    response: BoltResponse = await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    return response


def said(response: BoltResponse) -> Json:
    """The acknowledgement's content; a command may be answered with bare text."""
    if not response.body.startswith("{"):
        return {"text": response.body} if response.body else {}
    content: Json = json.loads(response.body)
    return content


# Payloads as Slack sends them (docs.slack.dev), cut to what is read.


def click(action: Json | None = None, **changed: Any) -> Json:
    """A `block_actions` payload of a message."""
    pressed = {
        "action_id": "case.claim.v1",
        "value": "c1.2",
        "action_ts": "1.5",
        "type": "button",
        "block_id": "b",
    }
    body = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": USER, "team_id": TEAM},
        "trigger_id": "13.37.aa",
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
        "actions": [pressed | (action or {})],
    }
    return body | changed


_INPUTS = (*sorted(value for name, value in vars(ids).items() if name.endswith("_BLOCK")), "reason")
"""A modal that holds every input there is, a reason last; what each form really holds is not the door's to know."""


def submission(view: Json | None = None, **changed: Any) -> Json:
    """A `view_submission` payload."""
    held = {
        "id": "V1",
        "hash": "h1",
        "type": "modal",
        "callback_id": "case.deny.v1",
        "private_metadata": "c1.2",
        "state": {"values": {"reason": {"value": {"type": "plain_text_input", "value": "Use the store"}}}},
        "blocks": [{"type": "input", "block_id": name, "element": {}} for name in _INPUTS],
    }
    body = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": USER, "team_id": TEAM},
        "trigger_id": "13.37.bb",
        "view": held | (view or {}),
    }
    return body | changed


def command(**changed: Any) -> Json:
    """A slash command."""
    body = {
        "command": "/blocked",
        "text": "WS-001 2h",
        "user_id": USER,
        "team_id": TEAM,
        "channel_id": "C1",
        "trigger_id": "13.37.cc",
        "response_url": "https://hooks.slack.example/commands/1",
    }
    return body | changed


def told(event: Json, **changed: Any) -> Json:
    """An event."""
    body = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event, "api_app_id": "A1"}
    return body | changed
