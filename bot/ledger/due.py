"""Due times: one sorted set in logical time, leased so that no two schedulers take the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.ledger.cases import stored_case
from bot.ledger.committing import due_member
from bot.ledger.door import LedgerDoor, key
from bot.ledger.record import events_args
from bot.ledger.values import AskedFor, StoredCase, TickResult, from_ms, span_ms, to_ms
from bot.models import DueKind, Event, TakenDue

MOST_AT_ONCE = 1000
"""Lua hands on a few thousand values at once; a due time takes two."""

_IDLE = timedelta(minutes=10)
"""A process that has not ticked for this long is gone; its clock pair is dropped."""

_MOST_PAIRS = 64
"""Clock pairs are looked through only when there are more fields than this."""


async def tick(door: LedgerDoor) -> TickResult:
    """Guard logical time against steps of the server's clock and look what is next."""
    correction = Event(name="clock_corrected", facts={"by_ms": "@by_ms", "replica_id": door.replica_id})
    answer = await door.call("tick", *events_args([correction]), span_ms(_IDLE), _MOST_PAIRS)
    corrected, own, due, press, send = (int(value) for value in answer)
    return TickResult(
        at=door.clock.now(),
        correction=timedelta(milliseconds=corrected),
        lost=timedelta(milliseconds=own),
        next_due_at=_at(due),
        next_press_at=_at(press),
        next_send_at=_at(send),
    )


def _at(milliseconds: int) -> datetime | None:
    return from_ms(milliseconds) if milliseconds >= 0 else None


PATIENT = (DueKind.EVIDENCE, DueKind.RECONCILE, DueKind.MODE, DueKind.POLICY, DueKind.RETENTION)
"""Due times whose work asks the portal, or goes through all that was recorded of a case; it may take a while, and
nobody waits for the second."""
_PATIENT_LEASE = timedelta(seconds=90)
"""Longer than the portal's reads with their repetitions take (our choice)."""


async def take(door: LedgerDoor, limit: int, lease: timedelta) -> list[tuple[TakenDue, StoredCase | None]]:
    """Lease what is due, oldest first, with the cases as they are now. Never sent twice: a lost answer lapses."""
    if not 1 <= limit <= MOST_AT_ONCE:
        raise ValueError(f"limit is {limit}; between 1 and {MOST_AT_ONCE} due times can be taken at once")
    taken = []
    longer = max(lease, _PATIENT_LEASE)
    args = (limit, span_ms(lease), span_ms(longer), len(PATIENT), *(kind.value for kind in PATIENT))
    for member, due_at, lease_ms, *fields in await door.call("take_due", *args, once=True):
        kind, _, case_id = member.partition("|")
        due = TakenDue(
            kind=DueKind(kind), case_id=case_id, due_at=from_ms(float(due_at)), lease=int(lease_ms)
        )
        taken.append((due, stored_case(case_id, fields) if fields else None))
    return taken


async def move(door: LedgerDoor, taken: TakenDue, at: datetime | None) -> bool:
    """Give a taken due time back: to a later time, or for good. False if it is not ours any more."""
    member = due_member(taken.kind, taken.case_id)
    [moved] = await door.call("move_due", member, taken.lease, "" if at is None else to_ms(at))
    return bool(moved)


_LATE_READ = 1000
"""Due times that are looked through (our choice); where more are late, their exact number is no help."""


async def late_steps(door: LedgerDoor, by: timedelta) -> int:
    """How many SLA steps have come longer ago, and nobody has taken them. Other due times may wait for their turn."""
    end = to_ms(door.clock.now() - by)
    found = await door.read("ZRANGE", key("due"), "-inf", end, "BYSCORE", "LIMIT", 0, _LATE_READ)
    return sum(str(member).startswith(due_member(DueKind.STEP, "")) for member in found)


async def lead(door: LedgerDoor, role: str, span: timedelta) -> bool:
    """Whether this process holds a role for the coming span. Saves work; nothing may rely on it for safety."""
    [held] = await door.call("lead", role, door.instance, span_ms(span))
    return bool(held)


class Looks:
    """The looks at the portal, of all replicas together."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def last(self) -> datetime | None:
        """When a replica last completed a look at the portal."""
        found = await self._door.read("HGET", key("role:poll"), "looked_at")
        return from_ms(float(found)) if found else None

    async def done(self) -> None:
        """Note a complete look. Economy and health only: nothing is decided on it."""
        await self._door.read("HSET", key("role:poll"), "looked_at", to_ms(self._door.clock.now()))

    async def count(self, by_organization: Mapping[str, Sequence[str]], most: int) -> dict[str, AskedFor]:
        """How many new requests this minute brought to each organization; one that several replicas see counts once."""
        if not by_organization:
            return {}
        args: list[str | int] = [most, len(by_organization)]
        for organization_id, request_ids in by_organization.items():
            args += [organization_id, len(request_ids), *request_ids]
        answer = await self._door.call("count_requests", *args)
        counts = zip(by_organization, answer[::2], answer[1::2], strict=True)
        return {one: AskedFor(int(count), is_first_beyond=bool(first)) for one, count, first in counts}
