"""What was given in Slack: written by the one door, on the version it was read at, and read at every press."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from bot.ledger import AccessVersions, Committed, Conflict, ConflictKind, Ledger, NewerRecord
from bot.models import Actor, Change, Due, DueKind, Event, Given, GivenWrite, SlackGrant, Suspension
from tests.ledger.build import NOON, change, committed, event, message, press, refused
from tests.valkey import RunningValkey

MIA = Actor(person_id="mia", name="Mia", slack_user_id="U0MIA")


def grant(grant_id: str = "g1") -> SlackGrant:
    """A grant given in Slack."""
    return SlackGrant(
        grant_id=grant_id,
        person_id="bo",
        person_name="Bo",
        permission="View Approvals",
        organization_id="org-1",
        organization_name="Contoso",
        until=NOON,
        given_by=MIA,
        given_at=NOON,
        reason="a look",
    )


def writing(given: Given, version: int, **more: object) -> Change:
    """A change that puts this in the place of what was given."""
    values: dict[str, object] = {
        "op_id": uuid4().hex,
        "events": [Event(name="grant_given")],
        "given": GivenWrite(given, version),
    }
    return Change(**(values | more))  # type: ignore[arg-type] # the tests' own keyword arguments


async def test_before_the_first_there_is_nothing_at_version_zero(ledger: Ledger) -> None:
    stored = await ledger.given()
    assert (stored.given, stored.version) == (Given(), 0)
    assert await ledger.access_versions() == AccessVersions(generation=0, given=0)


async def test_it_is_read_back_as_it_was_written_by_every_replica(ledger: Ledger, other: Ledger) -> None:
    suspension = Suspension(person_id="bo", person_name="Bo", by=MIA, at=NOON, reason="a doubt")
    written = Given(grants=(grant(),), suspensions=(suspension,), user_groups={"S1": ("U1", "U2")})
    await committed(ledger, writing(written, 0))
    stored = await other.given()
    assert (stored.given, stored.version) == (written, 1)
    await ledger.accept_access("{}", "d1", [event()])
    assert await other.access_versions() == AccessVersions(generation=1, given=1)
    assert stored.given.suspension_of("bo") == suspension
    assert stored.given.suspension_of("mia") is None
    assert stored.given.without("g1").grants == ()


@pytest.mark.parametrize("version", [0, 2, 7])
async def test_another_version_is_refused_and_leaves_no_trace(
    ledger: Ledger, valkey: RunningValkey, version: int
) -> None:
    await committed(ledger, writing(Given(grants=(grant(),)), 0))
    await ledger.store_press(press())
    async with valkey.client() as client:
        before = {name: await client.dump(name) for name in await client.keys("*")}
        one = writing(
            Given(),
            version,
            effects=[message("said")],
            due=[Due(DueKind.GRANT, "g1", NOON)],
            finishes_press="press-1",
        )
        conflict = await refused(ledger, one, ConflictKind.GIVEN)
        after = {name: await client.dump(name) for name in await client.keys("*")}
    assert "version 1" in conflict.why
    assert before == after


async def test_record_message_and_due_time_come_with_it_in_one_step(ledger: Ledger) -> None:
    await ledger.store_press(press())
    one = writing(
        Given(grants=(grant(),)),
        0,
        effects=[message("said")],
        due=[Due(DueKind.GRANT, "g1", NOON)],
        finishes_press="press-1",
    )
    await committed(ledger, one)
    again = await ledger.commit(one)
    assert isinstance(again, Committed), "the same change again gets the first answer"
    assert (await ledger.given()).version == 1
    assert [one.event.name for one in await ledger.events()] == ["grant_given"]
    assert await ledger.waiting_presses() == 0
    assert sum((await ledger.waiting_effects()).values()) == 1
    ((taken, stored),) = await ledger.take_due()
    assert (taken.kind, taken.case_id, stored) == (DueKind.GRANT, "g1", None)


async def test_of_many_at_once_one_wins_each_version(ledger: Ledger, other: Ledger) -> None:
    changes = [writing(Given(grants=(grant(f"g{n}"),)), 0) for n in range(10)]
    both = [(ledger if n % 2 else other).commit(one) for n, one in enumerate(changes)]
    answers = await asyncio.gather(*both)
    assert sum(isinstance(answer, Committed) for answer in answers) == 1
    assert all(each.kind is ConflictKind.GIVEN for each in answers if isinstance(each, Conflict))


async def test_a_change_of_cases_alone_leaves_it_as_it_is(ledger: Ledger) -> None:
    await committed(ledger, writing(Given(grants=(grant(),)), 0))
    await committed(ledger, change())
    assert (await ledger.given()).version == 1


async def test_what_a_newer_program_gave_is_neither_read_nor_overwritten(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await committed(ledger, writing(Given(), 0))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:given", "sv", "99")
    with pytest.raises(NewerRecord, match="99"):
        await ledger.given()
    with pytest.raises(NewerRecord, match="given in Slack"):
        await ledger.commit(writing(Given(), 1))


async def test_a_new_access_file_and_what_is_said_of_it_are_one_step(ledger: Ledger, other: Ledger) -> None:
    await asyncio.gather(
        ledger.accept_access("{}", "d1", [event()], [message("access:1")]),
        other.accept_access("{}", "d1", [event()], [message("access:2")]),
    )
    assert sum((await ledger.waiting_effects()).values()) == 1
    assert len(await ledger.events()) == 1
