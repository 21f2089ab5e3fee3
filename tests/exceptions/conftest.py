"""A desk over real parts for each test; one Valkey server for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.desk import Bench, open_bench, shared_server
from tests.valkey import RunningValkey


@pytest.fixture(scope="session")
def _valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    with shared_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
async def bench(_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk on a working morning, writes on."""
    async with open_bench(_valkey, tmp_path) as opened:
        yield opened
