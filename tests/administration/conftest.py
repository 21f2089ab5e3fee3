"""The office on its real neighbours: a ledger on a real Valkey, the stand-in portal, the stand-in Slack."""

from __future__ import annotations

import pytest

from tests.administration.office import Office, open_office
from tests.administration.role_desk import HELD, engage
from tests.desk import Bench


@pytest.fixture
async def office(bench: Bench) -> Office:
    """The cast, an administrator and a second one, on a working morning."""
    return await open_office(bench)


@pytest.fixture
async def rae(office: Office) -> str:
    """A Role Administrator of Brightwater, who may not ask about others."""
    return await engage(office, "rae", *HELD)
