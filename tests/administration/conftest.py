"""The office on its real neighbours: a ledger on a real Valkey, the stand-in portal, the stand-in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.administration.office import Office, open_office
from tests.administration.role_desk import HELD, engage
from tests.desk import open_bench, shared_server
from tests.valkey import RunningValkey


@pytest.fixture(scope="session")
def _valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    with shared_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
async def office(_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Office]:
    """The cast, an administrator and a second one, on a working morning."""
    async with open_bench(_valkey, tmp_path) as bench:
        yield await open_office(bench)


@pytest.fixture
async def rae(office: Office) -> str:
    """A Role Administrator of Brightwater, who may not ask about others."""
    return await engage(office, "rae", *HELD)
