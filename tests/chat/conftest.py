"""A stand-in Slack installed with our own manifest, and a client that speaks to it."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat import SlackClient
from rehearsal.slack import SlackSandbox, load_manifest

MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"


def manifest_with(*, more: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Our manifest with other scopes."""
    manifest: dict[str, Any] = copy.deepcopy(load_manifest(MANIFEST))
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = [scope for scope in [*scopes["bot"], *more] if scope not in without]
    return manifest


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """A running stand-in with our own manifest."""
    sandbox = SlackSandbox(manifest_with())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[SlackClient]:
    """A client with the stand-in's token."""
    connected = SlackClient.connect(slack.bot_token, slack.base_url, timeout_s=2.0)
    yield connected
    await connected.close()
