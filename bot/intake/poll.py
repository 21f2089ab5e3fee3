"""From the portal's list to cases: what arrived, joined, changed or left, each as one ledger change (P3, P5)."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import NamedTuple, TypeVar

import structlog

from bot.desk import (
    Amendment,
    Desk,
    amend,
    look,
    recording,
    settlement,
)
from bot.intake.matching import match
from bot.intake.packing import Packed
from bot.intake.remembering import NOBODY, Agreement
from bot.intake.taking_in import Arrival, follow_change, take_in, told_together
from bot.ledger import LedgerUnavailable
from bot.models import (
    Case,
    Event,
    PortalState,
    RequestEntry,
    RequestFacts,
    Sighting,
)
from bot.portal import (
    NotFound,
    PortalError,
)
from bot.rules import lifecycle
from bot.rules.comparing import oldest_first
from permissions.grants import same_id

log = structlog.get_logger()

Worked = TypeVar("Worked")
Subject = TypeVar("Subject")

_AT_ONCE = 8
"""Requests that the portal is asked about side by side (our choice); in turn, a burst waits for each answer."""


class Waiting(NamedTuple):
    """A new request that waits to be taken in, and the time at which the portal was asked about it."""

    packed: Packed
    asked_at: datetime

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.packed.request_id

    def arrival(self) -> Arrival:
        """As it is taken in."""
        return Arrival(self.packed.unpacked(), self.asked_at)


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll found; counts, for the log and the health page."""

    listed: int
    arrived: int
    changed: int
    missing: int
    odd: tuple[str, ...] = ()
    """What was wrong with rows that name no request: these have no card."""
    left: int = 0
    """New requests that are left to the next look, which is due at once."""


async def poll(desk: Desk, agreement: Agreement | None = None, taking_in_s: float = math.inf) -> Polled:
    """Page through pending and escalated requests of all organizations in view and make the record follow.

    Raises PortalError when the list cannot be had: then nothing changes, and absence means nothing. A request that
    cannot be worked on stops no other one; it is logged, and met again by the next poll.

    `agreement`: what the looks of this process remember; what has not changed since is passed over. None: nothing is.
    `taking_in_s`: how long new requests are taken in. A backlog takes minutes, in which others ask, and the portal
    decides: what is left then is for the next look.
    """
    agreement = agreement or Agreement()
    asked_at = desk.now()
    found = await match(desk, agreement)
    new = oldest_first(found.arrived.values(), lambda packed: packed.requested_at)
    arrived = await _still_open(desk, [Waiting(packed, asked_at) for packed in new])
    # Side by side: in turn, what was decided in the portal would wait until the whole of a burst is on cards.
    async with _first_error(), asyncio.TaskGroup() as group:
        taking_in = group.create_task(_take_in(desk, arrived, agreement, taking_in_s))
        group.create_task(_each(found.changed.values(), partial(_followed, desk)))
        group.create_task(_each(found.missing, partial(_asked_alone, desk)))
    if found.unread is not None:
        raise found.unread
    left = taking_in.result()
    return Polled(found.listed, len(arrived) - left, len(found.changed), len(found.missing), found.odd, left)


async def _alone(request_id: str, work: Awaitable[Worked]) -> Worked | None:
    """Work on one request; what goes wrong with it stays with it. A ledger that is away stops the poll."""
    try:
        return await work
    except LedgerUnavailable:
        raise
    except Exception:
        log.exception("request_not_worked_on", request_id=request_id)
        return None


async def _followed(desk: Desk, changed: tuple[str, Sighting]) -> None:
    case_id, sighting = changed
    await _alone(sighting.facts.request_id, follow_change(desk, case_id, sighting.facts))


async def _asked_alone(desk: Desk, missing: tuple[str, RequestEntry]) -> None:
    case_id, entry = missing
    await _alone(entry.facts.request_id, ask_request(desk, case_id, entry))


async def _each(subjects: Iterable[Subject], work: Callable[[Subject], Awaitable[Worked]]) -> list[Worked]:
    """Do the same for each, some at a time; the answers in their order. A ledger that is away ends it."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(subject: Subject) -> Worked:
        async with turns:
            return await work(subject)

    async with _first_error(), asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(subject)) for subject in subjects]
    return [task.result() for task in tasks]


@asynccontextmanager
async def _first_error() -> AsyncIterator[None]:
    """A ledger that is away is told by every task that met it; the poll's caller needs it once, by its own name."""
    try:
        yield
    except* LedgerUnavailable as away:
        raise LedgerUnavailable(str(away.exceptions[0]), maybe_done=True) from away


async def _still_open(desk: Desk, arrived: Sequence[Waiting]) -> list[Waiting]:
    """New requests as they are, and known ones only if the request itself still says so.

    A request that was decided while the list was read, or that a list shows late, is no new one.
    """
    known = await desk.ledger.case_ids_of_requests([waiting.request_id for waiting in arrived])
    new = [waiting for waiting in arrived if waiting.request_id not in known]
    again = [waiting for waiting in arrived if waiting.request_id in known]

    async def looked(waiting: Waiting) -> Waiting | None:
        return await _alone(waiting.request_id, _look_again(desk, waiting.packed.unpacked().facts))

    found = [*new, *(one for one in await _each(again, looked) if one is not None)]
    return [waiting for waiting in found if waiting.packed.is_open]


async def _look_again(desk: Desk, facts: RequestFacts) -> Waiting | None:
    asked_at = desk.now()
    try:
        return Waiting(Packed.of((await look(desk, facts))[1]), asked_at)
    except PortalError as error:
        log.warning("known_request_not_read", request_id=facts.request_id, why=str(error))
        return None


def by_turns(arrived: Sequence[Waiting], served: Mapping[str, int] = NOBODY) -> list[Waiting]:
    """The first of each organization, then the second of each, and so on; those of one keep their order.

    `served`: how many of each have had their turn already.
    """
    before = Counter(served)
    rows: list[tuple[int, Waiting]] = []
    for waiting in arrived:
        organization_id = _whose(waiting)
        rows.append((before[organization_id], waiting))
        before[organization_id] += 1
    return [waiting for _, waiting in sorted(rows, key=itemgetter(0))]


def _whose(waiting: Waiting) -> str:
    return same_id(waiting.packed.organization_id)


async def _take_in(desk: Desk, arrived: Sequence[Waiting], agreement: Agreement, for_s: float) -> int:
    """New requests, oldest first, by turns of organizations: one's flood keeps nobody else's single one waiting.
    How many are left when the time is over.

    A large backlog is announced once, before its cards, and pings nobody again.

    One after the other: the cards follow in this order, and side by side those of one subject would race each other.
    """
    ends_at = time.monotonic() + for_s
    new = [waiting.packed for waiting in arrived if waiting.request_id not in agreement.put_off]
    told = {one for one, was_told in agreement.put_off.items() if was_told} | await told_together(desk, new)
    line, served = deque(by_turns(arrived, agreement.served)), Counter(agreement.served)
    while line:
        waiting = line.popleft()
        served[_whose(waiting)] += 1
        quiet = waiting.request_id in told
        await _alone(waiting.request_id, take_in(desk, waiting.arrival(), quiet=quiet))
        if time.monotonic() > ends_at:
            break
    agreement.put_off = {one.request_id: one.request_id in told for one in line}
    agreement.served = served if line else NOBODY
    return len(line)


async def ask_request(desk: Desk, case_id: str, entry: RequestEntry) -> None:
    """The list does not show it any more: the request itself says why. Absence decides nothing (P3)."""
    facts = entry.facts
    try:
        sighting = (await look(desk, facts))[1]
    except NotFound:
        await _gone(desk, case_id, entry)
        return
    except PortalError as error:
        log.warning("missing_request_not_read", request_id=facts.request_id, why=str(error))
        return
    if sighting.state.standing.is_open:
        return

    def make(case: Case) -> Amendment | None:
        held = case.entry(facts.request_id)
        if held is None or not held.standing.is_open:
            return None
        event = _ended_event(case, held, sighting.state)
        return settlement(desk, case, facts.request_id, sighting.state, event)

    await amend(desk, case_id, make)


def _ended_event(case: Case, entry: RequestEntry, state: PortalState) -> Event:
    """How it ended, in the portal's words; with the attempt where it was ours, or where one was on its way."""
    attempt = entry.attempt
    ours = attempt is not None and lifecycle.is_ours(attempt, state)
    name = "decision_settled" if ours else "decided_in_portal"
    return recording.settled(name, case, entry.facts.request_id, state, attempt)


async def _gone(desk: Desk, case_id: str, entry: RequestEntry) -> None:
    """The portal does not know the request any more: it was withdrawn."""
    state = lifecycle.WITHDRAWN

    def make(case: Case) -> Amendment | None:
        held = case.entry(entry.facts.request_id)
        if held is None or not held.standing.is_open:
            return None
        event = recording.settled("request_withdrawn", case, entry.facts.request_id, state, held.attempt)
        return settlement(desk, case, entry.facts.request_id, state, event)

    await amend(desk, case_id, make)
