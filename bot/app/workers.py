"""The two workers of a process: one takes up stored presses, one says what is queued.

Both are woken by a bell and by the clock, both lease their work from the ledger, and both may be killed at any
moment: whatever they held is taken up again when its lease ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.cards import answers
from bot.chat import Dropped, Later, RoutingTable, Sender, Sent, pace_key, spacing
from bot.desk import Desk, StillContended, answer, event_of, finish
from bot.ledger import ClaimedEffect, Conflict, ConflictKind, LedgerUnavailable, Pace
from bot.models import Case, Effect, EffectKind, Event, Press, Urgency
from bot.seams import Seam, reach
from handlers.routes import route_of

log = structlog.get_logger()

PRESS_LEASE = timedelta(seconds=30)
"""Longer than a portal write may take; extended while the work goes on (our choice)."""
_EXTEND_EVERY_S = 10.0
_SEND_LEASE = timedelta(seconds=30)
"""Longer than one call to Slack may take (our choice)."""
_AT_ONCE = 16
"""Presses worked on at the same time; the ledger's gate has as many places (our choice)."""
_BATCH = 20
_IDLE_S = 1.0
"""The bell may be lost with the process that rang it; the clock is not."""


@dataclass(slots=True)
class Bell:
    """Wakes a worker; rung twice it wakes once."""

    _rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()

    async def wait(self) -> None:
        """Until it rings, or a second has passed."""
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()


@dataclass(slots=True)
class Worker:
    """Repeats one piece of work until it is told to stop; a full batch is followed by the next at once."""

    name: str
    work: Callable[[], Awaitable[bool]]
    """Does one batch; True if there may be more."""
    empties: bool = False
    """Once stopped it goes on until nothing is left that may be done now; others leave it to the next process."""
    bell: Bell = field(default_factory=Bell)
    _stopping: bool = False

    async def run(self) -> None:
        """Until `stop`; what breaks is logged and tried again at the next bell."""
        while True:
            is_last = self._stopping
            if is_last and not self.empties:
                return
            try:
                more = await self.work()
            except LedgerUnavailable as error:
                log.warning("worker_without_ledger", worker=self.name, why=str(error))
                more = False
            except Exception:
                log.exception("worker_failed", worker=self.name)
                more = False
            if more:
                continue
            if is_last:
                return
            if not self._stopping:
                await self.bell.wait()

    def stop(self) -> None:
        """Finish the batch in hand, then end."""
        self._stopping = True
        self.bell.ring()


@dataclass(slots=True)
class PressWork:
    """Takes stored presses and hands each to its use case."""

    desk: Desk
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def batch(self) -> bool:
        """Take as many presses as there is room for."""
        room = _AT_ONCE - len(self._running)
        if room <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        taken = await self.desk.ledger.take_presses(room, PRESS_LEASE)
        for press in taken:
            task = asyncio.create_task(self._answer(press))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(taken) == room

    async def drain(self) -> None:
        """Wait for the presses in hand."""
        while self._running:
            await asyncio.wait(self._running)

    async def _answer(self, press: Press) -> None:
        reach(Seam.PRESS_TAKEN)
        keeper = asyncio.create_task(self._keep(press))
        try:
            await route_of(press)(self.desk, press)
        except (LedgerUnavailable, StillContended) as error:
            log.warning("press_left_for_later", press_id=press.press_id, press=press.name, why=str(error))
        except Exception:
            log.exception("press_failed", press_id=press.press_id, press=press.name)
            await self._apologize(press)
        finally:
            keeper.cancel()

    async def _keep(self, press: Press) -> None:
        """Hold the lease while the work goes on."""
        while True:
            await asyncio.sleep(_EXTEND_EVERY_S)
            try:
                await self.desk.ledger.extend_press(press.press_id, PRESS_LEASE)
            except LedgerUnavailable as error:
                log.warning("press_lease_not_extended", press_id=press.press_id, why=str(error))

    async def _apologize(self, press: Press) -> None:
        """A fault of ours: the presser is told, and the press does not come again for ever."""
        said = answers.trouble("Gatehouse met a fault of its own; the card shows what was done.")
        event = event_of("press_failed", press, case_id=press.case_id, facts={"press": press.name})
        try:
            await finish(self.desk, press, [event], [answer(press, said)])
        except LedgerUnavailable as error:
            log.warning("press_left_for_later", press_id=press.press_id, why=str(error))


@dataclass(slots=True)
class SendWork:
    """Sends what is queued, in the order and at the pace that Slack allows."""

    desk: Desk
    sender: Sender
    routes: RoutingTable

    async def batch(self) -> bool:
        """Claim what may be said now and say it."""
        claimed = await self.desk.ledger.claim_effects(_BATCH, _SEND_LEASE, self._paces)
        await asyncio.gather(*(self._say(one) for one in claimed))
        return bool(claimed)

    def _paces(self, effect: Effect) -> Sequence[Pace]:
        key = pace_key(effect, self.routes)
        return (Pace(key, spacing(key)),)

    async def _say(self, claimed: ClaimedEffect) -> None:
        effect, ledger = claimed.effect, self.desk.ledger
        stored = await ledger.case(effect.case_id) if effect.case_id else None
        case = stored.case if stored else None
        outcome = await self.sender.send(effect, case, self.desk.now())
        reach(Seam.CARD_POSTED if isinstance(outcome, Sent) and outcome.card else Seam.EFFECT_SAID)
        self.desk.metrics.slack_called(effect.kind.value, type(outcome).__name__.lower())
        match outcome:
            case Sent():
                await self._sent(claimed, outcome, case)
            case Later():
                if outcome.for_all:
                    await ledger.pace(pace_key(effect, self.routes), after=outcome.after)
                await ledger.effect_later(claimed, after=outcome.after)
                log.info("effect_later", effect=effect.effect_id, why=outcome.why)
            case Dropped():
                log.warning("effect_dropped", effect=effect.effect_id, why=outcome.why)
                await ledger.effect_dropped(claimed, outcome.why)

    async def _sent(self, claimed: ClaimedEffect, sent: Sent, case: Case | None) -> None:
        events = [_card_event(case, sent)] if sent.card is not None and case is not None else []
        result = await self.desk.ledger.effect_done(claimed, case_card=sent.card, events=events)
        if isinstance(result, Conflict) and result.kind is ConflictKind.TWIN and sent.card is not None:
            await self.desk.announce(
                [Event(name="card_twin_found", case_id=claimed.effect.case_id)],
                [_retire(claimed.effect.case_id, sent.card.channel_id, sent.card.ts)],
            )


def _card_event(case: Case, sent: Sent) -> Event:
    return event_of("card_posted", None, case, facts={"channel_id": sent.channel_id, "ts": sent.ts})


def _retire(case_id: str, channel_id: str, ts: str) -> Effect:
    """Another replica's card was first: ours becomes a pointer to it."""
    return Effect(
        effect_id=f"twin:{channel_id}:{ts}",
        kind=EffectKind.RETIRE,
        urgency=Urgency.CARD,
        case_id=case_id,
        channel_id=channel_id,
        message_ts=ts,
    )
