"""A desk at another moment of the week than the one of every other test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.desk import NIGHT, Bench, open_bench
from tests.valkey import RunningValkey


@pytest.fixture
async def night(shared_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Bench]:
    """The same at night."""
    async with open_bench(shared_valkey, tmp_path, start=NIGHT) as opened:
        yield opened
