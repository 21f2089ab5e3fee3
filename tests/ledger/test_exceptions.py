"""Exceptions in the ledger: written by the one door, on the version they were read at, one open one for a case."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.ledger import Committed, Conflict, ConflictKind, Ledger, NewerRecord
from bot.ledger.door import SCHEMA, key
from bot.models import Change, Due, DueKind, Event, ExceptionStanding, ExceptionWrite, KeptException
from bot.models.exceptions import next_look
from tests.cards.everything_exceptions import exception
from tests.ledger.build import NOON, committed
from tests.valkey import RunningValkey

REVIEW = NOON + timedelta(days=30)


def kept(exception_id: str = "x1", **changed: Any) -> KeptException:
    """An exception of one case."""
    values: dict[str, Any] = {
        "case_id": f"c-{exception_id}",
        "review_at": REVIEW,
        "ends_at": REVIEW + timedelta(days=60),
    }
    return exception(exception_id=exception_id, **(values | changed))


def writing(one: KeptException, version: int, **more: object) -> Change:
    """A change that puts this in the place of what was there."""
    values: dict[str, object] = {
        "op_id": uuid4().hex,
        "events": [Event(name="exception_opened", case_id=one.exception_id)],
        "exceptions": [ExceptionWrite(one, version)],
    }
    return Change(**(values | more))  # type: ignore[arg-type] # the tests' own keyword arguments


async def ids_of(ledger: Ledger, *organizations: str) -> list[str]:
    """The open ones of organizations, in their order."""
    return [
        one.kept.exception_id for one in await ledger.exceptions.open_in(organizations or ("org-contoso",))
    ]


async def test_it_is_read_back_as_it_was_written_by_every_replica(ledger: Ledger, other: Ledger) -> None:
    assert await ledger.exceptions.read("x1") is None
    assert await ids_of(ledger) == []
    await committed(ledger, writing(kept(), 0))
    stored = await other.exceptions.read("x1")
    assert stored is not None
    assert (stored.kept, stored.version) == (kept(), 1)
    assert await ids_of(other) == ["x1"]


async def test_open_ones_come_by_their_review_and_leave_when_they_end(ledger: Ledger) -> None:
    await committed(ledger, writing(kept("x2", review_at=REVIEW + timedelta(days=1)), 0))
    await committed(ledger, writing(kept("x1"), 0))
    assert await ids_of(ledger) == ["x1", "x2"]
    await committed(ledger, writing(kept("x1", review_at=REVIEW + timedelta(days=2)), 1))
    assert await ids_of(ledger) == ["x2", "x1"]
    await committed(ledger, writing(kept("x2", standing=ExceptionStanding.CLOSED), 1))
    assert await ids_of(ledger) == ["x1"]
    assert await ledger.exceptions.read("x2") is not None


async def test_an_organization_sees_none_of_anothers_whatever_the_case_of_its_id(ledger: Ledger) -> None:
    await committed(ledger, writing(kept("x1", organization_id="ORG-A"), 0))
    await committed(ledger, writing(kept("x2", organization_id="org-b"), 0))
    assert await ids_of(ledger, "org-a") == ["x1"]
    assert await ids_of(ledger, "org-b") == ["x2"]
    assert sorted(await ids_of(ledger, "org-b", "ORG-A")) == ["x1", "x2"]
    assert await ledger.exceptions.open_in([]) == []


@pytest.mark.parametrize("version", [0, 2, 7])
async def test_another_version_is_refused_and_leaves_no_trace(ledger: Ledger, version: int) -> None:
    await committed(ledger, writing(kept(), 0))
    due = Due(DueKind.EXCEPTION, "x1", NOON)
    refused = await ledger.commit(writing(kept(reason="no"), version, due=[due]))
    assert isinstance(refused, Conflict)
    assert (refused.kind, refused.subject_id) == (ConflictKind.EXCEPTION, "x1")
    stored = await ledger.exceptions.read("x1")
    assert stored is not None
    assert (stored.version, stored.kept.reason) == (1, kept().reason)
    assert len(await ledger.events()) == 1
    assert await ledger.take_due() == []


async def test_p2_one_open_exception_for_a_case_however_many_at_once(ledger: Ledger, other: Ledger) -> None:
    changes = [writing(kept(f"x{n}", case_id="c1"), 0) for n in range(10)]
    both = [(ledger if n % 2 else other).commit(one) for n, one in enumerate(changes)]
    answers = await asyncio.gather(*both)
    assert sum(isinstance(answer, Committed) for answer in answers) == 1
    assert {each.kind for each in answers if isinstance(each, Conflict)} == {ConflictKind.EXCEPTION}
    [held] = await ids_of(ledger)
    await committed(ledger, writing(kept(held, case_id="c1", standing=ExceptionStanding.ENDED), 1))
    await committed(ledger, writing(kept("x-next", case_id="c1"), 0))


async def test_they_are_counted_with_those_that_wait_for_their_review(ledger: Ledger) -> None:
    assert await ledger.exceptions.counted() == (0, 0)
    past = ledger.now() - timedelta(minutes=1)
    await committed(ledger, writing(kept("x1", review_at=past), 0))
    await committed(ledger, writing(kept("x2", review_at=ledger.now() + timedelta(days=1)), 0))
    assert await ledger.exceptions.counted() == (2, 1)


async def test_a_newer_record_is_refused_and_not_touched(ledger: Ledger, valkey: RunningValkey) -> None:
    await committed(ledger, writing(kept(), 0))
    async with valkey.client() as client:
        await client.hset(key("exception:x1"), "sv", str(SCHEMA + 1))
    with pytest.raises(NewerRecord, match="exception x1"):
        await ledger.exceptions.read("x1")
    with pytest.raises(NewerRecord):
        await ledger.commit(writing(kept(), 1))


def test_older_records_open_with_what_they_had() -> None:
    """A field that is added later has a default: the smallest record of the first release opens."""
    first = kept().model_dump(mode="json")
    for name in ("revision", "requestor_ids", "standing", "pinged_at", "renewals", "closed_at", "closed_by"):
        first.pop(name)
    for name in ("closed_because", "redacted_at"):
        first.pop(name)
    opened = KeptException.model_validate(first)
    assert opened.is_open
    assert next_look(opened, timedelta(days=90)) == REVIEW
