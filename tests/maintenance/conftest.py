"""The shop on its real neighbours: a ledger on a real Valkey, the stand-in portal, the stand-in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.desk import open_bench, shared_server
from tests.maintenance.shop import Shop, open_shop
from tests.valkey import RunningValkey


@pytest.fixture(scope="session")
def _valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    with shared_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
async def shop(_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Shop]:
    """The cast and a technician, on a working morning."""
    async with open_bench(_valkey, tmp_path) as bench:
        yield await open_shop(bench)
