"""The app as it is installed in the workspace: everything that the parts of the stand-in share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.slack.deliveries import Dispatcher
from rehearsal.slack.faults import Faults
from rehearsal.slack.input_state import Values
from rehearsal.slack.manifest import Manifest
from rehearsal.slack.rate_limits import RateLimits
from rehearsal.slack.triggers import ResponseUrls, Triggers
from rehearsal.slack.views import Views
from rehearsal.slack.workspace import Workspace

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
