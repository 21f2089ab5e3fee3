"""The look-ups on their real neighbours: a ledger on a real Valkey, the stand-in portal, the stand-in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.chat import People, SlackClient
from bot.desk import AccessDesk, Desk, TreeDesk
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.models import Rules
from bot.portal import PortalAddress, PortalClient, Timing
from rehearsal.portal.sandbox import PortalSandbox
from rehearsal.slack import SlackSandbox, load_manifest
from tests.lookup.house import House, OneChannel
from tests.valkey import RunningValkey

MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"


@pytest.fixture
async def ledger(shared_valkey: RunningValkey) -> AsyncIterator[Ledger]:
    """A ledger of one replica on an empty server."""
    await shared_valkey.flush()
    opened = await Ledger.connect(shared_valkey.url, replica_id="replica-1")
    yield opened
    await opened.close()


@pytest.fixture
async def portal() -> AsyncIterator[PortalSandbox]:
    """The stand-in portal of one seed."""
    sandbox = PortalSandbox(seed=7)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """The stand-in Slack with our own manifest."""
    sandbox = SlackSandbox(load_manifest(MANIFEST))
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def house(ledger: Ledger, portal: PortalSandbox, slack: SlackSandbox) -> AsyncIterator[House]:
    """A desk over all three; nobody has a permission yet."""
    client = SlackClient.connect(slack.bot_token, slack.base_url)
    async with aiohttp.ClientSession() as session:
        address = PortalAddress(portal.base_url, SecretStr(portal.token), max_retries=0)
        rules = Rules()
        reads = PortalClient(address, session, timing=Timing())
        tree = TreeDesk(reads, ledger, rules)
        desk = Desk(
            rules=rules,
            ledger=ledger,
            portal=reads,
            people=People(client, slack.team_id),
            access=AccessDesk(ledger, tree=tree),
            tree=tree,
            routes=OneChannel("C0CARDS"),
            metrics=Metrics(),
            workspace_url="https://rehearsal.slack.com/",
        )
        yield House(desk, portal, slack)
    await client.close()
