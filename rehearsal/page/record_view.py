"""The record pane: the bot's audit trail as the ledger holds it, and whether its chain still verifies."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from itertools import islice
from typing import Any, Final

from bot.audit import verify_export
from bot.ledger import Ledger
from bot.ledger.values import StoredEvent

EVENTS_SHOWN: Final = 200
EVENTS_KEPT: Final = 2000
VERIFYING_AT_MOST: Final = 0.1
"""Share of the time that verifying anew may take, so that a long record does not slow the rehearsal (our choice)."""


class RecordView:
    """Reads the record when its head has moved, and verifies the whole of it then."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._events: deque[StoredEvent] = deque(maxlen=EVENTS_KEPT)
        self._verified_at = 0.0
        self._verifying_took = 0.0
        self._reading = asyncio.Lock()
        self._verdict: dict[str, Any] = {"good": True, "events": 0, "seals": 0, "problems": [], "link": ""}

    @property
    def number(self) -> int:
        """How many events were read."""
        return self._events[-1].number if self._events else 0

    async def refresh(self) -> bool:
        """Reads what is new; whether anything was."""
        async with self._reading:
            head = await self._ledger.chain.head()
            is_new = head.number != self.number
            while fresh := await self._ledger.events(after=self.number):
                self._events += fresh
            is_stale = (self._verdict["events"], self._verdict["seals"]) != (head.number, head.seals)
            if is_stale and self._may_verify():
                await self._verify()
                is_new = True
            return is_new

    def _may_verify(self) -> bool:
        rested = time.monotonic() - self._verified_at
        return rested >= self._verifying_took / VERIFYING_AT_MOST

    async def _verify(self) -> None:
        started = time.monotonic()
        lines = [line async for line in self._ledger.chain.export()]
        found = await asyncio.to_thread(verify_export, lines)
        self._verdict = {
            "good": found.is_good,
            "events": found.events,
            "seals": found.seals,
            "problems": found.problems,
            "link": found.link,
        }
        self._verified_at = time.monotonic()
        self._verifying_took = self._verified_at - started

    async def verify_now(self) -> dict[str, Any]:
        """Seals what is loose, exports everything and verifies it as an auditor would."""
        await self._ledger.chain.seal()
        await self.refresh()
        async with self._reading:
            await self._verify()
        return self._verdict

    def after(self, number: int) -> list[StoredEvent]:
        """The events with a number above this one."""
        return [one for one in self._events if one.number > number]

    def pane(self) -> dict[str, Any]:
        """The newest events and the verdict."""
        return {
            "verdict": self._verdict,
            "events": [_row(one) for one in islice(reversed(self._events), EVENTS_SHOWN)],
        }


def _row(stored: StoredEvent) -> dict[str, Any]:
    event = stored.event
    return {
        "number": stored.number,
        "at": stored.at.timestamp(),
        "name": event.name,
        "case": event.case_id,
        "request": event.request_id,
        "person": event.person_id or event.slack_user_id,
        "facts": event.facts,
        "private": event.private,
        "link": stored.link,
    }
