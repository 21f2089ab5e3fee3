"""One server for all tests of the ledger, emptied before each; tests that kill or hang a server start their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.ledger import Ledger
from tests.valkey import RunningValkey


@pytest.fixture(scope="session")
def _shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    server = RunningValkey(tmp_path_factory.mktemp("valkey"))
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
async def valkey(_shared_valkey: RunningValkey) -> RunningValkey:
    """An empty running server."""
    await _shared_valkey.flush()
    return _shared_valkey


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
