"""The two workers of a process: one takes up stored presses, one says what is queued.

Both are woken by a bell and by the clock, both lease their work from the ledger, and both may be killed at any
moment: whatever they held is taken up again when its lease ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.administration.ending import refuse_foreign
from bot.app.beat import Bell
from bot.app.paging import Paging
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.cards.messages.duty import call_now, call_over, slack_refuses
from bot.cards.messages.pages import way_refuses
from bot.chat import Dropped, Later, RoutingTable, Sender, Sent, needs_case, pace_key, pace_keys, spacing
from bot.desk import (
    Desk,
    NoAccess,
    StillContended,
    answer,
    audit_message,
    call_lacks_link,
    calls_again,
    drawn_anew,
    event_of,
    finish,
    muster,
    note_mode_message,
    placed,
    retire,
    unopened,
    whom,
)
from bot.escalation.calling import call_for_unheard
from bot.escalation.digest import draw_digest
from bot.intake.sharing import leave_card
from bot.ledger import ClaimedEffect, Conflict, ConflictKind, LedgerUnavailable, NewerRecord, Pace
from bot.models import Case, Effect, EffectKind, Event, Place, Press, Urgency
from bot.rules.bundles import at_home, merged
from bot.rules.tiers import tier_called
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
_PATIENT_BATCH = 14
"""Of those at most so many cards and redraws: while Slack is slow with them, there is room for a call (our choice)."""
_ASK_AGAIN = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=10)
"""A card or an escalation that Slack refuses is tried again, a little later each time, up to this (our choice)."""
_ALERT_AT = 3
"""Refusals in a row that are worth an alert (our choice); one alone often passes."""


@dataclass(slots=True)
class PressWork:
    """Takes stored presses and hands each to its use case."""

    desk: Desk
    said: Callable[[], None]
    """Rings for the answer, which would otherwise wait for the next tick."""
    in_hand: set[asyncio.Task[None]] = field(default_factory=set)

    async def batch(self) -> bool:
        """Take as many presses as there is room for."""
        room = _AT_ONCE - len(self.in_hand)
        if room <= 0:
            await asyncio.wait(self.in_hand, return_when=asyncio.FIRST_COMPLETED)
            return True
        taken = await self.desk.ledger.take_presses(room, PRESS_LEASE)
        for press in taken:
            task = asyncio.create_task(self._answer(press))
            self.in_hand.add(task)
            task.add_done_callback(self.in_hand.discard)
        return len(taken) == room

    async def drain(self) -> None:
        """Wait for the presses in hand."""
        while self.in_hand:
            await asyncio.wait(self.in_hand)

    async def _answer(self, press: Press) -> None:
        reach(Seam.PRESS_TAKEN)
        keeper = asyncio.create_task(self._keep(press))
        try:
            act = route_of(press) if press.is_genuine else refuse_foreign
            await act(self.desk, press)
        except NewerRecord as error:
            await self._hand_on(press, error)
        except (LedgerUnavailable, StillContended, NoAccess) as error:
            log.warning("press_left_for_later", press_id=press.press_id, press=press.name, why=str(error))
        except Exception:
            log.exception("press_failed", press_id=press.press_id, press=press.name)
            await self._apologize(press)
        finally:
            keeper.cancel()
            self.said()

    async def _keep(self, press: Press) -> None:
        """Hold the lease while the work goes on."""
        while True:
            await asyncio.sleep(_EXTEND_EVERY_S)
            try:
                if not await self.desk.ledger.extend_press(press.press_id, PRESS_LEASE):
                    return
            except LedgerUnavailable as error:
                log.warning("press_lease_not_extended", press_id=press.press_id, why=str(error))

    async def _hand_on(self, press: Press, met: NewerRecord) -> None:
        """A replica of a newer version works beside this one, and wrote what the press is about: it goes there."""
        log.info("press_handed_on", press_id=press.press_id, press=press.name, why=str(met))
        try:
            await self.desk.ledger.hand_on_press(press.press_id)
        except LedgerUnavailable as error:
            log.warning("press_left_for_later", press_id=press.press_id, press=press.name, why=str(error))

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
    paging: Paging | None = None
    """None: no second way is set."""
    bell: Bell = field(default_factory=Bell)
    """Rung when something was queued; rings by itself when the pace of the next that waits is free again."""
    in_hand: set[asyncio.Task[None]] = field(default_factory=set)
    _patient: set[asyncio.Task[None]] = field(default_factory=set)
    _next: asyncio.TimerHandle | None = None

    async def batch(self) -> bool:
        """Claim as much as there is room for; what takes long holds up nothing that is queued after it."""
        room = _BATCH - len(self.in_hand)
        if room <= 0:
            await asyncio.wait(self.in_hand, return_when=asyncio.FIRST_COMPLETED)
            return True
        patient = _PATIENT_BATCH - len(self._patient)
        claimed = await self.desk.ledger.claim_effects(room, _SEND_LEASE, self._paces, patient=patient)
        for one in claimed:
            task = asyncio.create_task(self._say_alone(one))
            for among in (self.in_hand, *((self._patient,) if one.effect.urgency.can_wait else ())):
                among.add(task)
                task.add_done_callback(among.discard)
        if not claimed:
            self._arm(claimed.next_at)
            if self.in_hand:
                await self._something()
        return bool(claimed) or bool(self.in_hand)

    def _arm(self, at: datetime | None) -> None:
        """Slack's pace is a second, and the clock's look a quarter of one: woken to the moment, none of it is lost."""
        if self._next is not None:
            self._next.cancel()
        if at is not None:
            wait_s = max(0.0, (at - self.desk.now()).total_seconds())
            self._next = asyncio.get_running_loop().call_later(wait_s, self.bell.ring)

    async def _something(self) -> None:
        """Until a call to Slack has ended, or the bell rings: what was queued just now may be a call to people."""
        rung = asyncio.create_task(self.bell.wait())
        await asyncio.wait({rung, *self.in_hand}, return_when=asyncio.FIRST_COMPLETED)
        rung.cancel()

    async def _say_alone(self, claimed: ClaimedEffect) -> None:
        """One effect; what goes wrong with it stays with it, and it comes again when its lease ends."""
        try:
            await self._say(claimed)
        except LedgerUnavailable as error:
            log.warning("effect_left_for_later", effect=claimed.effect.effect_id, why=str(error))
        except Exception:
            log.exception("effect_failed", effect=claimed.effect.effect_id)

    def _paces(self, effect: Effect) -> Sequence[Pace]:
        return tuple(Pace(key, spacing(key)) for key in pace_keys(effect, self.routes))

    async def _say(self, claimed: ClaimedEffect) -> None:
        ledger = self.desk.ledger
        effect = await placed(self.desk, claimed.effect)
        stored = await ledger.case(effect.case_id) if effect.case_id and needs_case(effect) else None
        case = stored.case if stored else None
        # A process that stands still (its host is suspended) may find that another one has said it meanwhile.
        outcome = await self._lent(claimed).performed(effect, case)
        reach(Seam.CARD_POSTED if isinstance(outcome, Sent) and outcome.card else Seam.EFFECT_SAID)
        if effect.kind is not EffectKind.PAGE:
            self.desk.metrics.slack_called(effect.kind.value, type(outcome).__name__.lower())
        match outcome:
            case Sent():
                await self._sent(claimed, outcome, case)
            case Later():
                if outcome.for_all:
                    await ledger.pace(outcome.paced or pace_key(effect, self.routes), after=outcome.after)
                after = outcome.after * claimed.attempt if outcome.grows else outcome.after
                anew = await drawn_anew(self.desk, effect, case) if outcome.maybe_done else []
                await ledger.effect_later(claimed, after=after, maybe_done=outcome.maybe_done, anew=anew)
                log.info("effect_later", effect=effect.effect_id, why=outcome.why)
                if outcome.has_no_channel and effect.place is Place.ESCALATION:
                    await call_for_unheard(self.desk, effect)
            case Dropped(refused=True) if _must_be_said(effect):
                await self._insist(claimed, outcome.why)
            case Dropped():
                log.warning("effect_dropped", effect=effect.effect_id, why=outcome.why)
                was_to_open = effect.kind is EffectKind.MODAL and bool(effect.trigger_id)
                await ledger.effect_dropped(claimed, outcome.why, [unopened(effect)] if was_to_open else [])

    def _lent(self, claimed: ClaimedEffect) -> SendWork:
        """The same for one effect: once its lease is over, nothing more of it is said, in Slack or elsewhere."""

        def is_over() -> bool:
            # By our own clock too: the shared one may have been set back while this process stood still.
            return self.desk.now() >= claimed.lease_ends_at or claimed.passed() >= _SEND_LEASE

        paging = self.paging.lent(is_over) if self.paging else None
        return replace(self, sender=self.sender.lent(is_over), paging=paging)

    async def performed(self, effect: Effect, case: Case | None) -> Sent | Later | Dropped:
        """Say it in its own way."""
        if effect.kind is EffectKind.CALLS:
            return await self._calls_drawn(effect, case)
        if effect.kind is EffectKind.CARD and case is not None:
            return await self._card(effect, case)
        if effect.kind is EffectKind.DIGEST:
            return await draw_digest(self.desk, self._send, effect)
        if effect.kind is EffectKind.PAGE:
            return await self.paging.send(effect) if self.paging else Dropped("no second way is set any more")
        return await self.sender.send(effect, case, self.desk.now())

    async def _card(self, effect: Effect, case: Case) -> Sent | Later | Dropped:
        """The card, drawn of all cases that share it now; whose organization may not stand in its channel leaves it."""
        sharing = [each.case for each in await self.desk.ledger.bundle(effect.bundle_id)]
        if not sharing and case.bundle_id != effect.bundle_id:
            return Sent()  # It stands on another card by now, which was queued with that.
        stay, leave = at_home(sharing or [case], self._channel_of)
        for one in leave:
            await leave_card(self.desk, one)
        return await self.sender.send(effect, case, self.desk.now(), sharing=stay)

    def _channel_of(self, case: Case) -> str:
        return self.routes.channel_for(case.organization_id, case.kind.value, Place.CARD)

    async def _send(self, effect: Effect) -> Sent | Later | Dropped:
        return await self.sender.send(effect, None, self.desk.now())

    async def _calls_drawn(self, effect: Effect, case: Case | None) -> Sent | Later | Dropped:
        """Each call about a case, one after the other, as things stand; one that has to wait makes all come again."""
        if case is None:
            return Dropped(f"there is no case {effect.case_id}")
        beside = self.desk.heard_with(case, await self.desk.beside(case))
        for other in beside if not case.is_open else ():
            # The call was for all that share the card: it is over with the last.
            if other.is_open and await self.desk.ledger.calls.moved(case.case_id, other.case_id):
                return Sent()
        said = await self._call_now(merged([*beside, case]) if beside else case)
        for channel_id, ts in await self.desk.ledger.calls.about(case.case_id):
            place = {
                "channel_id": channel_id,
                "message_ts": ts,
                "text": said.text,
                "blocks": list(said.blocks),
            }
            outcome = await self.sender.send(effect.model_copy(update=place), case, self.desk.now())
            if not isinstance(outcome, Sent):
                return outcome
        return Sent(is_end=not case.is_open)

    async def _call_now(self, case: Case) -> Rendered:
        desk, permalink = self.desk, self.desk.permalink(case)
        if not case.is_open:
            return call_over(case, permalink)
        called = whom(desk, await muster(desk, [case]), case, tier_called(case))
        return call_now(case, desk.rules, desk.now(), called=called, permalink=permalink)

    async def _insist(self, claimed: ClaimedEffect, why: str) -> None:
        """What must be said is never given up: a refusal nobody has explained may end. One alert a day and reason."""
        kind = claimed.effect.kind.value
        log.error("effect_refused", effect=claimed.effect.effect_id, why=why, attempt=claimed.attempt)
        await self.desk.ledger.effect_later(claimed, after=min(_ASK_AGAIN * claimed.attempt, _LONGEST_WAIT))
        if claimed.attempt >= _ALERT_AT:
            alert_id = f"slack_refuses:{kind}:{claimed.effect.way}:{why}:{self.desk.now():%Y-%m-%d}"
            way = claimed.effect.way
            said = way_refuses(way, why) if way else slack_refuses(kind, why)
            event = Event(
                name="effect_refused", case_id=claimed.effect.case_id, facts={"why": why, "kind": kind}
            )
            await self.desk.announce([event], [audit_message(alert_id, said)])

    async def _sent(self, claimed: ClaimedEffect, sent: Sent, case: Case | None) -> None:
        if claimed.effect.kind is EffectKind.MODE:
            await note_mode_message(self.desk, claimed.effect.case_id, sent.channel_id, sent.ts, sent.knew)
        events = [_card_event(case, sent)] if sent.card is not None and case is not None else []
        call_at = f"{sent.channel_id}|{sent.ts}" if claimed.effect.is_call and sent.ts else ""
        result = await self.desk.ledger.effect_done(
            claimed, case_card=sent.card, knew=sent.knew, call_at=call_at, is_end=sent.is_end, events=events
        )
        if isinstance(result, Conflict) and result.kind is ConflictKind.TWIN and sent.card is not None:
            await self.desk.announce(
                [Event(name="card_twin_found", case_id=claimed.effect.case_id)],
                [retire(claimed.effect.case_id, sent.card.channel_id, sent.card.ts)],
            )
            # It may be ours still: the one that stands is drawn at once then, and not when our lease ends.
            await self.desk.ledger.effect_later(claimed, after=timedelta())
        elif isinstance(result, Conflict) and (anew := await drawn_anew(self.desk, claimed.effect, case)):
            # Our draw may have come after a newer one of another process: what stands is drawn once more.
            event = event_of("card_drawn_again", None, case, facts={"why": result.why})
            await self.desk.announce([event], anew)
        if case is not None and call_lacks_link(claimed.effect, case, now_posted=sent.card is not None):
            await self.desk.announce([event_of("call_linked", None, case)], [calls_again(case)])


def _must_be_said(effect: Effect) -> bool:
    """Cards and escalations: a refusal of Slack's may end, and silence would be worse than trying again."""
    return effect.expires_at is None and (
        effect.kind in (EffectKind.CARD, EffectKind.MODE) or effect.urgency is Urgency.ESCALATION
    )


def _card_event(case: Case, sent: Sent) -> Event:
    return event_of("card_posted", None, case, facts={"channel_id": sent.channel_id, "ts": sent.ts})
