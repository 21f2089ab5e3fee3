"""A rehearsal and a browser for each module; a window for each test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from rehearsal.page import rehearsing
from tests.browser.chromium import Complaints, chromium
from tests.browser.person import House, Visitor

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without `make test-browser` these tests are left out, and said to be."""
    if os.environ.get("BROWSER_TESTS"):
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs Chromium; run `make test-browser`"))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest.fixture
async def house(browser: Browser) -> AsyncIterator[House]:
    """A rehearsal with its own bot process. At the end no page may have complained."""
    with tempfile.TemporaryDirectory(prefix="gh-") as name:
        async with rehearsing(Path(name)) as rehearsal:
            complaints = Complaints(rehearsal.address)
            found = House(rehearsal, browser, complaints)
            yield found
            await found.close()
            assert complaints.found == []


@pytest.fixture
async def ana(house: House) -> Visitor:
    """The approver on duty, in the card channel, with the panes beside it."""
    return await house.enters("ana")
