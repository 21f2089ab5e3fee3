"""Hands every due time to the use case that acts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.decision.claims import lapse
from bot.decision.reconcile import reconcile
from bot.desk import Desk, StillContended
from bot.escalation.evidence import gather
from bot.escalation.retention import expire
from bot.escalation.steps import take_due_steps
from bot.ledger import StoredCase
from bot.models import Case, DueKind, TakenDue

log = structlog.get_logger()

_ACTS: Mapping[DueKind, Callable[[Desk, TakenDue, Case], Awaitable[None]]] = {
    DueKind.RECONCILE: reconcile,
    DueKind.CLAIM: lapse,
    DueKind.EVIDENCE: gather,
    DueKind.RETENTION: expire,
}
_AT_ONCE = 8
"""Due times of one drain that ask the portal at the same time (our choice)."""
BATCH = 200


async def drain(desk: Desk) -> int:
    """Take what is due and act on it; how many due times were taken. SLA steps go first and in one batch."""
    taken = await desk.ledger.take_due(BATCH)
    steps = [(due, stored) for due, stored in taken if due.kind is DueKind.STEP and stored is not None]
    await take_due_steps(desk, steps)
    gate = asyncio.Semaphore(_AT_ONCE)
    others = [(due, stored) for due, stored in taken if due.kind is not DueKind.STEP or stored is None]
    await asyncio.gather(*(_act(desk, due, stored, gate) for due, stored in others))
    return len(taken)


async def _act(desk: Desk, due: TakenDue, stored: StoredCase | None, gate: asyncio.Semaphore) -> None:
    async with gate:
        if stored is None:
            await desk.ledger.due_done(due)
            return
        try:
            await _ACTS[due.kind](desk, due, stored.case)
        except StillContended as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))
