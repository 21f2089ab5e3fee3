"""The app as it is installed in the workspace: everything that the parts of the stand-in share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.slack.deliveries import Dispatcher
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.input_state import Values
from bot.sandbox.slack.manifest import Manifest
from bot.sandbox.slack.rate_limits import RateLimits
from bot.sandbox.slack.triggers import ResponseUrls, Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.workspace import Workspace

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True)
class Installation:
    """One app in one workspace, with the keys that were issued to it."""

    manifest: Manifest
    workspace: Workspace
    views: Views
    triggers: Triggers
    response_urls: ResponseUrls
    limits: RateLimits
    faults: Faults
    dispatcher: Dispatcher
    tokens: Mapping[str, TokenKind]
    origin: Callable[[], str]
    socket_link: Callable[[], str]
    open_sockets: Callable[[], int] = lambda: 0
    message_values: dict[tuple[str, str, str], Values] = field(default_factory=dict)
