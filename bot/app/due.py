"""Hands every due time to the use case that acts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.administration.expiring import expire_grant
from bot.decision.claims import lapse
from bot.decision.reconcile import reconcile
from bot.desk import Desk, StillContended
from bot.escalation.evidence import gather
from bot.escalation.retention import expire
from bot.escalation.steps import take_due_steps
from bot.ledger import PATIENT, LedgerUnavailable, StoredCase
from bot.models import Case, DueKind, TakenDue

log = structlog.get_logger()

_ACTS: Mapping[DueKind, Callable[[Desk, TakenDue, Case], Awaitable[None]]] = {
    DueKind.RECONCILE: reconcile,
    DueKind.CLAIM: lapse,
    DueKind.EVIDENCE: gather,
    DueKind.RETENTION: expire,
}
_AT_ONCE = 8
"""Due times that ask the portal at the same time (our choice)."""
_WAITING = 64
"""Due times in hand at most; what is more comes again in a few seconds (our choice)."""
_COME_AGAIN = timedelta(seconds=5)
BATCH = 200


@dataclass(slots=True)
class Dues:
    """Takes what is due. A portal that is silent holds up what asks it, and never the clock (P6)."""

    desk: Desk
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _asking: set[asyncio.Task[None]] = field(default_factory=set)

    async def drain(self) -> int:
        """Take one batch; how many due times were taken. SLA steps go first, all in one round trip."""
        taken = await self.desk.ledger.take_due(BATCH)
        await take_due_steps(
            self.desk,
            [(due, stored) for due, stored in taken if due.kind is DueKind.STEP and stored is not None],
        )
        for due, stored in taken:
            if due.kind is DueKind.STEP and stored is not None:
                continue
            if due.kind in PATIENT and stored is not None:
                await self._ask(due, stored)
            else:
                await self._act(due, stored)
        return len(taken)

    async def stop(self, patience_s: float) -> None:
        """Let what asks the portal end; what takes longer is cancelled, and its due time comes again."""
        if self._asking:
            _, late = await asyncio.wait(self._asking, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ask(self, due: TakenDue, stored: StoredCase) -> None:
        if len(self._asking) >= _WAITING:
            await self.desk.ledger.due_later(due, self.desk.now() + _COME_AGAIN)
            return
        task = asyncio.create_task(self._patiently(due, stored))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _patiently(self, due: TakenDue, stored: StoredCase) -> None:
        async with self._gate:
            await self._act(due, stored)

    async def _act(self, due: TakenDue, stored: StoredCase | None) -> None:
        """One due time; what goes wrong with it stays with it, and it comes again when its lease ends."""
        try:
            if due.kind is DueKind.GRANT:
                await expire_grant(self.desk, due)  # of no case: it names the grant
            elif stored is None:
                await self.desk.ledger.due_done(due)
            else:
                await _ACTS[due.kind](self.desk, due, stored.case)
        except (LedgerUnavailable, StillContended) as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))
        except Exception:
            log.exception("due_not_acted_on", kind=due.kind.value, case_id=due.case_id)
