"""A whole rehearsal: stand-in portal, stand-in Slack, people, channels, an access file and a ledger of its own.

Whatever is configured for the real portal and the real workspace is ignored here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.ledger import EmbeddedServer
from bot.settings import Settings
from rehearsal.clock import SandboxClock
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.stage.cast import Cast, access_document, engage
from rehearsal.stage.time_travel import travel

_ROOT = Path(__file__).parents[2]
_PACKAGED = _ROOT / "bot" / "packaged_files" / "app_manifest.yml"
MANIFEST = _PACKAGED if _PACKAGED.is_file() else _ROOT / "app_manifest.yml"
"""The app's own manifest: beside the package in a checkout, inside it where Gatehouse is installed."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything on stage. `settings` is what a bot process needs to play its part."""

    clock: SandboxClock
    portal: PortalSandbox
    slack: SlackSandbox
    cast: Cast
    channels: Mapping[str, str]
    user_groups: Mapping[str, str]
    folder: Path
    settings: Settings
    ledger_url: str
    _stack: AsyncExitStack = field(repr=False)

    async def advance(self, span: timedelta) -> None:
        """Let this much time pass for everybody: both stand-ins and the ledger."""
        self.slack.advance(span)
        await travel(self.ledger_url, span)


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    start: datetime | None = None,
    seed: int = 7,
    writes: str = "on",
    overrides: Mapping[str, Any] | None = None,
    manifest: Path = MANIFEST,
    rate_limits: bool = True,
) -> AsyncIterator[Stage]:
    """Set the stage in a folder; struck at the end. `start` is the moment that all clocks show (default: now)."""
    async with AsyncExitStack() as stack:
        clock = SandboxClock(start)
        portal = PortalSandbox(seed, clock)
        await portal.start()
        stack.push_async_callback(portal.close)
        slack = SlackSandbox(load_manifest(manifest), clock, rate_limits=rate_limits)
        await slack.start()
        stack.push_async_callback(slack.close)
        server = EmbeddedServer(folder / "data")
        ledger_url = await server.start()
        stack.push_async_callback(server.stop)
        cast = engage(slack)
        channels = _channels(slack, cast)
        user_groups = {
            "approvers": slack.add_user_group("approvers", [cast["ana"], cast["bo"]], "Approvers"),
            "escalation": slack.add_user_group("escalation", [cast["kim"]], "Escalation team"),
        }
        access = folder / "access.toml"
        access.write_text(access_document(cast, organizations(portal)), "utf-8")
        tables = _tables(portal, slack) | {
            "writes": writes,
            "routing": {"default": dict(channels)},
            "escalation": {
                "approvers_user_group": user_groups["approvers"],
                "team_user_group": user_groups["escalation"],
            },
            "access": {"file": access},
            "ledger": {"redis_url": SecretStr(ledger_url), "data": folder / "data"},
        }
        settings = Settings.model_validate(_merged(tables, overrides or {}))
        await travel(ledger_url, clock.offset)
        yield Stage(
            clock=clock,
            portal=portal,
            slack=slack,
            cast=cast,
            channels=channels,
            user_groups=user_groups,
            folder=folder,
            settings=settings,
            ledger_url=ledger_url,
            _stack=stack,
        )


_CHANNELS: Mapping[str, tuple[str, str]] = {
    "card": (
        "approvals",
        "Each approval request gets a card here. To see one, raise a request in the portal, or begin the tour.",
    ),
    "escalation": (
        "escalations",
        "What waits too long is called out here. To see that, raise a request, leave it and jump ahead by 15 minutes.",
    ),
    "audit": (
        "gatehouse-audit",
        "Changed rights, seals and alerts are announced here. To see one, as the administrator give somebody a right.",
    ),
}
"""Places, their channels' names, and what a channel says about itself as long as it is empty."""


def organizations(portal: PortalSandbox) -> dict[str, str]:
    """Short names and ids of the stand-in portal's organizations."""
    return {
        one.name: one.organization_id for one in portal.world.organizations.values() if one.name != "master"
    }


def _channels(slack: SlackSandbox, cast: Cast) -> dict[str, str]:
    everybody = list(cast.user_ids.values())
    return {
        place: slack.add_channel(name, private=True, members=everybody, purpose=purpose)
        for place, (name, purpose) in _CHANNELS.items()
    }


def _tables(portal: PortalSandbox, slack: SlackSandbox) -> dict[str, Any]:
    """The settings that point a bot at the stand-ins, and at nothing else."""
    return {
        "slack": {
            "team_id": slack.team_id,
            "api_url": slack.base_url,
            "bot_token": SecretStr(slack.bot_token),
            "app_token": SecretStr(slack.app_token),
            "signing_secret": SecretStr(slack.signing_secret),
        },
        "portal": {
            "url": portal.base_url,
            "token": SecretStr(portal.token),
            "poll_busy_s": 1,
            "poll_idle_s": 1,
        },
        "health": {"port": 0},
    }


def _merged(tables: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The tables with single keys of theirs replaced."""
    merged = dict(tables)
    for name, table in overrides.items():
        held = merged.get(name)
        merged[name] = {**held, **table} if isinstance(held, dict) and isinstance(table, Mapping) else table
    return merged
