"""The shop on its real neighbours: a ledger on a real Valkey, the stand-in portal, the stand-in Slack."""

from __future__ import annotations

import pytest

from tests.desk import Bench
from tests.maintenance.shop import Shop, open_shop


@pytest.fixture
async def shop(bench: Bench) -> Shop:
    """The cast and a technician, on a working morning."""
    return await open_shop(bench)
