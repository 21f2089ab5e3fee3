"""The shared server, emptied before each test of the ledger; tests that kill or hang a server start their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.ledger import Ledger
from tests.valkey import RunningValkey


@pytest.fixture
def every_event_has_its_shape() -> None:
    """Not here: these tests make up what they record."""


@pytest.fixture
async def valkey(shared_valkey: RunningValkey) -> RunningValkey:
    """An empty running server."""
    await shared_valkey.flush()
    return shared_valkey


@pytest.fixture
async def ledger(valkey: RunningValkey) -> AsyncIterator[Ledger]:
    """A ledger of one replica on an empty server."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-1")
    yield opened
    await opened.close()


@pytest.fixture
async def other(ledger: Ledger, valkey: RunningValkey) -> AsyncIterator[Ledger]:
    """A second replica on the same server."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-2")
    yield opened
    await opened.close()
