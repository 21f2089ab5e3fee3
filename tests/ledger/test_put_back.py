"""An older state that somebody puts back with its mark: a process that has seen a newer one does not take it."""

from __future__ import annotations

import asyncio

import pytest

from bot.ledger import Ledger
from bot.models import Given, Suspension
from tests.ledger.build import NOON, committed, event
from tests.ledger.test_authentic import FULL, KEY, foreign, mate, ours
from tests.ledger.test_given import MIA, writing
from tests.valkey import RunningValkey

__all__ = ["foreign", "mate", "ours"]
STOPPED = Given(
    suspensions=(Suspension(person_id="kim", person_name="Kim", by=MIA, at=NOON, reason="a doubt"),)
)


async def _put_back(valkey: RunningValkey, name: str, before: dict[str, str]) -> None:
    async with valkey.client() as client:
        await client.delete(f"{KEY}:{name}")
        if before:
            await client.hset(f"{KEY}:{name}", mapping=dict(before))  # type: ignore[arg-type] # text for text


async def _copied(valkey: RunningValkey, name: str) -> dict[str, str]:
    async with valkey.client() as client:
        return {str(k): str(v) for k, v in (await client.hgetall(f"{KEY}:{name}")).items()}


@pytest.mark.parametrize("writes", [True, False], ids=["by the writer", "by another replica that read it"])
async def test_p1_a_revoked_grant_and_a_lifted_suspension_are_not_put_back(
    ours: Ledger, mate: Ledger, valkey: RunningValkey, writes: bool
) -> None:
    await committed(ours, writing(FULL, 0))
    before = await _copied(valkey, "given")
    await committed(ours, writing(STOPPED, 1))
    asked = ours if writes else mate
    assert writes or (await mate.given()).is_genuine
    await _put_back(valkey, "given", before)
    stored = await asked.given()
    assert not stored.is_genuine
    assert (stored.given.grants, stored.given.roles) == ((), ())
    assert stored.given.suspensions == STOPPED.suspensions
    assert stored.given.unproven_grants == FULL.grants
    await committed(asked, writing(stored.given, stored.version))
    assert (await asked.given()).is_genuine, "said once"
    assert (await asked.given()).given == stored.given


async def test_p1_a_deleted_record_lifts_no_suspension(ours: Ledger, valkey: RunningValkey) -> None:
    await committed(ours, writing(STOPPED, 0))
    await _put_back(valkey, "given", {})
    stored = await ours.given()
    assert (stored.is_genuine, stored.given, stored.version) == (False, STOPPED, 0)


async def test_p1_another_client_lifts_no_suspension(ours: Ledger, foreign: Ledger) -> None:
    await committed(ours, writing(STOPPED, 0))
    await committed(foreign, writing(FULL, 1))
    stored = await ours.given()
    assert not stored.is_genuine
    assert stored.given.suspensions == STOPPED.suspensions


async def test_what_is_no_record_stops_nobody_who_works_by_the_file(
    ours: Ledger, valkey: RunningValkey
) -> None:
    await committed(ours, writing(STOPPED, 0))
    await _put_back(valkey, "given", {"v": "2", "sv": "3", "body": "no record", "mark": ""})
    stored = await ours.given()
    assert (stored.is_genuine, stored.given) == (False, STOPPED)


async def test_readers_beside_writers_never_take_a_new_state_for_an_old_one(ours: Ledger) -> None:
    async def read() -> bool:
        return all([(await ours.given()).is_genuine for _ in range(40)])

    async def write() -> bool:
        for version in range(20):
            await committed(ours, writing(STOPPED, version))
        return True

    assert all(await asyncio.gather(write(), *(read() for _ in range(8))))


async def test_p1_an_older_access_file_is_not_put_back(ours: Ledger, valkey: RunningValkey) -> None:
    await ours.accept_access('{"all": "hers"}', "d1", [event()])
    before = await _copied(valkey, "access")
    await ours.accept_access("{}", "d2", [event()])
    await _put_back(valkey, "access", before)
    accepted = await ours.access()
    assert accepted is not None
    assert not accepted.is_genuine
    assert await ours.accept_access("{}", "d2", [event()]) == 2
    accepted = await ours.access()
    assert accepted is not None
    assert (accepted.is_genuine, accepted.digest) == (True, "d2")
