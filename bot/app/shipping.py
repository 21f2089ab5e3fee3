"""Ships the record: every event goes to a collector, at least once and in order. What it took is noted in the ledger.

One replica ships at a time (two only deliver twice). A collector that takes nothing holds all up, with an alert: no
event is left out because somebody's server is away. One that takes others and not some would be held up by these for
ever: they are set aside, by their numbers, in the record and in the audit channel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.audit import GENESIS, Entry, ocsf_line, part_line
from bot.cards.messages import record as messages
from bot.desk import Desk, audit_message
from bot.ledger import LedgerUnavailable
from bot.logs import Lasting
from bot.models import Event
from bot.witness import Collector, Line, NotDelivered, NotTaken

log = structlog.get_logger()

_AT_ONCE = 200
_BYTES = 500_000
"""Of one batch: collectors commonly take a megabyte (our choice). An event that is longer goes alone."""
_LOOKED_PAST = 20
"""How many events are tried to learn whether the collector takes any (our choice)."""
_LEAD = timedelta(seconds=30)
_WAITS_S = (2.0, 5.0, 15.0, 60.0)
"""Between two tries of a collector that takes nothing; the last one for ever (our choice)."""
_ALERT_AFTER = 3
"""Failures in a row that are worth an alert (our choice)."""
_AGAIN = timedelta(days=1)
"""A silence that lasts is said again (our choice)."""
_ASIDE = "events_set_aside"


def _as_it_is_kept(entry: Entry, before: str) -> str:
    return part_line(replace(entry, private=""), before)


FORMATS: dict[str, Callable[[Entry, str], str]] = {"ocsf": ocsf_line, "jsonl": _as_it_is_kept}
"""Without private parts: retention could not reach the copy."""


@dataclass(slots=True, kw_only=True)
class Shipping:
    """What is known between two rounds."""

    desk: Desk
    collector: Collector
    line: Callable[[Entry, str], str] = ocsf_line
    waiting: int = 0
    """Events that the collector does not have; every replica knows."""
    lag_s: float = 0.0
    """How long the oldest of them waits."""
    _at_once: int = _AT_ONCE
    _due: float = 0.0
    _failures: int = 0
    _since: datetime | None = None
    _alerted: datetime | None = None
    _away: Lasting = field(default_factory=lambda: Lasting("record_not_shipped"))

    async def ship(self) -> None:
        """Hand over what waits, oldest first."""
        ledger = self.desk.ledger
        try:
            await self._measure()
            if not self.waiting or time.monotonic() < self._due or not await ledger.lead("shipping", _LEAD):
                return
            while batch := await self._next(self._at_once):
                await self._hand_over(batch)
                await ledger.lead("shipping", _LEAD)
            await self._measure()
        except NotDelivered as error:
            await self._silent(str(error), error.wait_s)
        except LedgerUnavailable as error:
            self._away.met(str(error))
        else:
            self._away.over()

    async def _measure(self) -> None:
        head, shipped = await self.desk.ledger.chain.head(), await self.desk.ledger.chain.shipped()
        self.waiting = max(0, head.number - shipped)
        oldest = await self.desk.ledger.events(shipped, 1) if self.waiting else []
        self.lag_s = (self.desk.now() - oldest[0].at).total_seconds() if oldest else 0.0

    async def _next(self, count: int) -> list[Line]:
        """The oldest events that wait: so many, and no more than a batch may hold."""
        after = await self.desk.ledger.chain.shipped()
        before = await self.desk.ledger.chain.link_of_event(after) if after else GENESIS
        lines: list[Line] = []
        size = 0
        for entry in await self.desk.ledger.chain.entries(after, count):
            text = self.line(entry, before)
            size += len(text)
            if lines and size > _BYTES:
                break
            lines.append(Line(entry.number, entry.at_ms, text))
            before = entry.link
        return lines

    async def _hand_over(self, batch: list[Line]) -> None:
        """One batch. Where it is refused, half of it is tried, down to the events that are refused by themselves."""
        try:
            await self.collector.take(batch, self.desk.now())
        except NotTaken as error:
            if len(batch) == 1:
                await self._alone(str(error))
            self._at_once = max(1, len(batch) // 2)
            return
        self._at_once = min(_AT_ONCE, self._at_once * 2)
        await self.desk.ledger.chain.note_shipped(batch[-1].number)
        await self._answers()

    async def _alone(self, why: str) -> None:
        """The oldest is refused: set it aside if the collector takes one after it, and wait if it takes none."""
        refused: list[Line] = []
        for line in await self._next(_LOOKED_PAST):
            try:
                await self.collector.take([line], self.desk.now())
            except NotTaken as error:
                refused.append(line)
                why = str(error)
                continue
            if refused:
                await self._set_aside(refused, why)
            await self.desk.ledger.chain.note_shipped(line.number)
            return await self._answers()
        raise NotDelivered(f"{why}, to every event that was tried")

    async def _set_aside(self, refused: list[Line], why: str) -> None:
        numbers = [line.number for line in refused]
        log.error("events_set_aside", numbers=numbers, why=why)
        # That some were set aside may be what is refused: telling of it anew each time would have no end.
        kept = [each for number in numbers for each in await self.desk.ledger.events(number - 1, 1)]
        if any(each.event.name != _ASIDE for each in kept):
            alert = audit_message(f"set_aside:{numbers[0]}", messages.events_set_aside(numbers, why))
            await self.desk.announce([Event(name=_ASIDE, facts={"numbers": numbers, "why": why})], [alert])

    async def _answers(self) -> None:
        since, failures = self._since, self._failures
        self._failures, self._since, self._alerted = 0, None, None
        if since is not None and failures >= _ALERT_AFTER:
            alert = audit_message(f"collector_answers:{since:%Y-%m-%dT%H:%M}", messages.collector_answers())
            await self.desk.announce([Event(name="collector_answers")], [alert])

    async def _silent(self, why: str, wait_s: float) -> None:
        """One alert for one silence and day; the events wait in the ledger."""
        now = self.desk.now()
        self._since = self._since or now
        self._failures += 1
        self._due = time.monotonic() + max(wait_s, _WAITS_S[min(self._failures, len(_WAITS_S)) - 1])
        self._away.met(why)
        if self._failures < _ALERT_AFTER or (self._alerted and now - self._alerted < _AGAIN):
            return
        said = messages.collector_silent(self._since, why, self.waiting)
        alert = audit_message(f"collector_silent:{now:%Y-%m-%dT%H:%M}", said)
        facts = {"since": self._since.isoformat(), "waiting": self.waiting}
        try:
            await self.desk.announce([Event(name="collector_silent", facts=facts)], [alert])
        except LedgerUnavailable as error:
            log.warning("alert_not_queued", alert="collector_silent", why=str(error))
        else:
            self._alerted = now
