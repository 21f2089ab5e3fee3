"""A stand-in portal that listens, and a bare client for it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from rehearsal.portal import PortalSandbox
from tests.rehearsal.portal.wire import Wire


@pytest.fixture
async def portal() -> AsyncIterator[PortalSandbox]:
    """A started portal of one seed, closed afterwards."""
    sandbox = PortalSandbox(seed=7)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def wire(portal: PortalSandbox) -> AsyncIterator[Wire]:
    """A client with the portal's own token."""
    async with aiohttp.ClientSession() as session:
        yield Wire(portal, session, portal.token)
