"""Maintenance modes: written by the one door, on the version they were read at, one for each part of a computer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.ledger import Committed, Conflict, ConflictKind, Ledger, NewerRecord
from bot.models import (
    Change,
    Due,
    DueKind,
    Effect,
    EffectKind,
    Event,
    MaintenanceMode,
    ModeStanding,
    ModeWrite,
    RunningMode,
    Urgency,
)
from permissions import Door
from tests.cards.everything_maintenance import running_mode
from tests.ledger.build import NOON, change, committed
from tests.valkey import RunningValkey


def mode(mode_id: str = "m1", **changed: Any) -> RunningMode:
    """A mode on one computer."""
    return running_mode(mode_id=mode_id, starts_at=NOON, **changed)


def writing(one: RunningMode, version: int, **more: object) -> Change:
    """A change that puts this in the place of what was there."""
    values: dict[str, object] = {
        "op_id": uuid4().hex,
        "events": [Event(name="mode_started", case_id=one.mode_id)],
        "modes": [ModeWrite(one, version)],
    }
    return Change(**(values | more))  # type: ignore[arg-type] # the tests' own keyword arguments


async def test_before_the_first_there_is_none(ledger: Ledger) -> None:
    assert await ledger.modes.read("m1") is None
    assert await ledger.modes.open() == []


async def test_a_mode_is_read_back_as_it_was_written_by_every_replica(ledger: Ledger, other: Ledger) -> None:
    await committed(ledger, writing(mode(), 0))
    stored = await other.modes.read("m1")
    assert stored is not None
    assert (stored.mode, stored.version) == (mode(), 1)
    assert [each.mode.mode_id for each in await other.modes.open()] == ["m1"]


async def test_open_modes_come_oldest_first_and_leave_when_they_end(ledger: Ledger) -> None:
    later = mode("m2", mode=MaintenanceMode.ELEVATION).model_copy(
        update={"starts_at": NOON + timedelta(minutes=1)}
    )
    await committed(ledger, writing(later, 0))
    await committed(ledger, writing(mode(), 0))
    assert [each.mode.mode_id for each in await ledger.modes.open()] == ["m1", "m2"]
    await committed(ledger, writing(mode(standing=ModeStanding.ENDED), 1))
    assert [each.mode.mode_id for each in await ledger.modes.open()] == ["m2"]
    assert (await ledger.modes.read("m1")) is not None


@pytest.mark.parametrize("version", [0, 2, 7])
async def test_another_version_is_refused_and_leaves_no_trace(ledger: Ledger, version: int) -> None:
    await committed(ledger, writing(mode(), 0))
    message = Effect(effect_id="x", kind=EffectKind.MODE, urgency=Urgency.CARD, case_id="m1")
    due = Due(DueKind.MODE, "m1", NOON)
    refused = await ledger.commit(writing(mode(because="no"), version, effects=[message], due=[due]))
    assert isinstance(refused, Conflict)
    assert (refused.kind, refused.subject_id) == (ConflictKind.MODE, "m1")
    stored = await ledger.modes.read("m1")
    assert stored is not None
    assert (stored.version, stored.mode.because) == (1, mode().because)
    assert len(await ledger.events()) == 1
    assert sum((await ledger.waiting_effects()).values()) == 0
    assert await ledger.take_due() == []


@pytest.mark.parametrize(
    ("second", "stands_aside"),
    [
        ({"mode": MaintenanceMode.LEARNING}, False),
        ({"mode": MaintenanceMode.INSTALLATION}, False),
        ({"mode": MaintenanceMode.APPLICATION_MONITOR_ONLY}, False),
        ({"mode": MaintenanceMode.NETWORK_MONITOR_ONLY}, True),
        ({"mode": MaintenanceMode.TAMPER_PROTECTION}, True),
        ({"mode": MaintenanceMode.ELEVATION}, True),
        ({"computer_id": "another"}, True),
        ({"door": Door.REQUEST}, True),
        ({"standing": ModeStanding.ENDED}, True),
    ],
)
async def test_p2_one_open_mode_for_one_part_of_a_computers_protection(
    ledger: Ledger, second: dict[str, Any], stands_aside: bool
) -> None:
    await committed(ledger, writing(mode(), 0))
    answer = await ledger.commit(writing(mode("m2", **second), 0))
    assert isinstance(answer, Committed) is stands_aside
    if isinstance(answer, Conflict):
        assert (answer.kind, answer.subject_id) == (ConflictKind.MODE_SLOT, "m1")
        await committed(ledger, writing(mode(standing=ModeStanding.ENDED), 1))
        await committed(ledger, writing(mode("m2", **second), 0))


async def test_of_many_at_once_one_gets_the_place(ledger: Ledger, other: Ledger) -> None:
    changes = [writing(mode(f"m{n}"), 0) for n in range(10)]
    both = [(ledger if n % 2 else other).commit(one) for n, one in enumerate(changes)]
    answers = await asyncio.gather(*both)
    assert sum(isinstance(answer, Committed) for answer in answers) == 1
    assert {each.kind for each in answers if isinstance(each, Conflict)} == {ConflictKind.MODE_SLOT}
    assert len(await ledger.modes.open()) == 1


async def test_its_message_is_drawn_as_it_is_newest_and_its_due_time_names_no_case(ledger: Ledger) -> None:
    """Queued twice before it is sent it is one message, the last one; a due time comes without a case."""
    drawn = [
        Effect(effect_id="mode:m1", kind=EffectKind.MODE, urgency=Urgency.CARD, case_id="m1", text=text)
        for text in ("old", "new")
    ]
    due = Due(DueKind.MODE, "m1", NOON)
    await committed(ledger, writing(mode(), 0, effects=drawn[:1], due=[due]))
    await committed(ledger, writing(mode(), 1, effects=drawn[1:], due=[due]))
    (claimed,) = await ledger.claim_effects(10, timedelta(seconds=30))
    assert claimed.effect.text == "new"
    ((taken, stored),) = await ledger.take_due()
    assert (taken.kind, taken.case_id, stored) == (DueKind.MODE, "m1", None)


async def test_a_change_of_cases_alone_leaves_modes_as_they_are(ledger: Ledger) -> None:
    await committed(ledger, writing(mode(), 0))
    await committed(ledger, change())
    stored = await ledger.modes.read("m1")
    assert stored is not None
    assert stored.version == 1


async def test_what_a_newer_program_wrote_is_neither_read_nor_overwritten(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await committed(ledger, writing(mode(), 0))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:mode:m1", "sv", "99")
    with pytest.raises(NewerRecord, match="99"):
        await ledger.modes.read("m1")
    with pytest.raises(NewerRecord, match="maintenance mode"):
        await ledger.commit(writing(mode(), 1))


async def test_retention_finds_the_private_parts_of_a_modes_events(ledger: Ledger) -> None:
    told = Event(name="mode_started", case_id="m1", private={"because": "a reason"})
    await committed(ledger, writing(mode(), 0, events=[told]))
    assert await ledger.chain.redact("m1") == 1
    assert (await ledger.events())[0].event.private == {}
