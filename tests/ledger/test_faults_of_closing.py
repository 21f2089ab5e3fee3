"""Closing never fails what was done before it."""

from __future__ import annotations

import pytest
from redis.exceptions import TimeoutError as NotInTime

from bot.ledger import Ledger
from tests.valkey import RunningValkey


async def test_a_server_that_does_not_take_part_in_closing_is_left_behind(
    valkey: RunningValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py gives a closing connection half a second, and raises where a busy machine needs more."""
    ledger = await Ledger.connect(valkey.url, replica_id="closing")
    await ledger.tick()
    client = ledger._door.connection.client
    close = client.aclose

    async def late() -> None:
        await close()
        raise NotInTime("Timed out closing connection after 0.5")

    monkeypatch.setattr(client, "aclose", late)
    await ledger.close()
