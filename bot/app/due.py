"""Hands every due time to the use case that acts on it."""

from __future__ import annotations

import asyncio
import time
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
from bot.maintenance.watching import watch_mode
from bot.models import Case, DueKind, TakenDue
from bot.policies.reconciling import reconcile_policies

log = structlog.get_logger()

_ACTS: Mapping[DueKind, Callable[[Desk, TakenDue, Case], Awaitable[None]]] = {
    DueKind.RECONCILE: reconcile,
    DueKind.CLAIM: lapse,
    DueKind.EVIDENCE: gather,
    DueKind.RETENTION: expire,
    DueKind.POLICY: reconcile_policies,
}
_AT_ONCE = 8
"""Due times that ask the portal at the same time, evidence apart from the rest (our choice)."""
_WAITING = 64
"""Due times in hand at most, evidence apart from the rest; what is more comes again in a few seconds (our choice)."""
_FRESH_S = 40.0
"""Seconds that one may wait for its turn: then the rest of its lease is enough for the longest look (our choice)."""
_COME_AGAIN = timedelta(seconds=5)
BATCH = 200


@dataclass(slots=True)
class _Lane:
    """What asks the portal and may wait for its turn."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    asking: set[asyncio.Task[None]] = field(default_factory=set)


@dataclass(slots=True)
class Dues:
    """Takes what is due. A portal that is silent holds up what asks it, and never the clock (P6)."""

    desk: Desk
    seconds: Callable[[], float] = time.monotonic
    _evidence: _Lane = field(default_factory=_Lane)
    """Evidence may take long, and comes in crowds: doubts, modes and policies do not queue behind it (P3)."""
    _others: _Lane = field(default_factory=_Lane)

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
            if due.kind in PATIENT and (stored is not None or due.kind is DueKind.MODE):
                await self._ask(due, stored)
            else:
                await self._act(due, stored)
        return len(taken)

    async def stop(self, patience_s: float) -> None:
        """Let what asks the portal end; what takes longer is cancelled, and its due time comes again."""
        asking = self._evidence.asking | self._others.asking
        if asking:
            _, late = await asyncio.wait(asking, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ask(self, due: TakenDue, stored: StoredCase | None) -> None:
        lane = self._evidence if due.kind is DueKind.EVIDENCE else self._others
        if len(lane.asking) >= _WAITING:
            await self.desk.ledger.due_later(due, self.desk.now() + _COME_AGAIN)
            return
        task = asyncio.create_task(self._patiently(lane, due, stored, self.seconds()))
        lane.asking.add(task)
        task.add_done_callback(lane.asking.discard)

    async def _patiently(
        self, lane: _Lane, due: TakenDue, stored: StoredCase | None, taken_at: float
    ) -> None:
        """Its turn. Its lease runs from when it was taken: what waited too long is taken anew, not done in vain."""
        async with lane.gate:
            if self.seconds() - taken_at <= _FRESH_S:
                await self._act(due, stored)
                return
        try:
            await self.desk.ledger.due_later(due, self.desk.now())
        except LedgerUnavailable as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))

    async def _act(self, due: TakenDue, stored: StoredCase | None) -> None:
        """One due time; what goes wrong with it stays with it, and it comes again when its lease ends."""
        try:
            if due.kind is DueKind.GRANT:
                await expire_grant(self.desk, due)  # of no case: it names the grant
            elif due.kind is DueKind.MODE:
                await watch_mode(self.desk, due)  # of no case: it names the maintenance mode
            elif stored is None:
                await self.desk.ledger.due_done(due)
            else:
                await _ACTS[due.kind](self.desk, due, stored.case)
        except (LedgerUnavailable, StillContended) as error:
            log.warning("due_left_for_later", kind=due.kind.value, case_id=due.case_id, why=str(error))
        except Exception:
            log.exception("due_not_acted_on", kind=due.kind.value, case_id=due.case_id)
