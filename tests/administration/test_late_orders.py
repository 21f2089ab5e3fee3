"""An order of an administrator counts for its moment: late it gives nobody anything, and never on an older file."""

from __future__ import annotations

import pytest

from bot.ledger import Committed, Conflict, Ledger
from bot.models import Change
from handlers.commands import gatehouse
from tests.administration.office import Office
from tests.desk import accept

SUSPEND = "suspend @ana because her laptop was stolen"
GRANT = "grant @bo Approve for Group at brightwater for 8h because the night"


async def _late(office: Office, text: str) -> str:
    """Typed before an outage of a quarter of an hour (or put back into the ledger by somebody, with its mark)."""
    press = await office.command("mia", text)
    await office.bench.advance(minutes=15)
    return await office.bench.do(gatehouse, press)


async def test_p1_what_gives_is_not_carried_out_late(office: Office) -> None:
    before = (await office.bench.ledger.given()).given
    said = await _late(office, GRANT)
    assert "a while ago" in said
    assert (await office.bench.ledger.given()).given == before
    assert (await office.bench.last("administration_not_judged")).facts["outcome"] == "outlived"


async def test_p1_a_lifting_that_comes_late_lifts_nothing(office: Office) -> None:
    await office.types("mia", SUSPEND)
    assert "a while ago" in await _late(office, "lift @ana because it was found")
    assert (await office.bench.ledger.given()).given.suspension_of("ana") is not None


async def test_what_only_takes_is_carried_out_however_late(office: Office) -> None:
    assert "Ana Moreau is suspended" in await _late(office, SUSPEND)
    await office.types("mia", GRANT)
    assert "a while ago" not in await _late(
        office, "revoke @bo Approve for Group at brightwater because it is over"
    )
    assert (await office.bench.ledger.given()).given.grants == ()


async def test_who_may_not_is_told_that_first(office: Office) -> None:
    press = await office.command("ana", GRANT)
    await office.bench.advance(minutes=15)
    assert "Change Permission" in await office.bench.do(gatehouse, press)


async def test_p1_a_file_that_is_accepted_during_the_order_counts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mia is taken out of the file between the verdict and the record: nothing is given on the file of before."""
    commit, moved = Ledger.commit, list[int]()

    async def slow(ledger: Ledger, change: Change) -> Committed | Conflict:
        if change.given is not None and not moved:
            moved.append(1)
            await accept(office.bench)
        return await commit(ledger, change)

    monkeypatch.setattr(Ledger, "commit", slow)
    said = await office.types("mia", GRANT)
    assert moved
    assert "Not done" in said
    assert (await office.bench.ledger.given()).given.grants == ()
