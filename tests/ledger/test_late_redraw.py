"""A redraw that was given up may be carried out after a newer one: what stands is drawn once more, a while later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ledger import ClaimedEffect, Ledger
from bot.ledger.queue import LATE
from bot.models import Effect, EffectKind, Urgency
from tests.ledger.build import LEASE, card_effect, case, change, committed, message
from tests.valkey import RunningValkey

SECOND = timedelta(seconds=1)
CARD = "card:case-1"


async def _queue(ledger: Ledger, *effects: Effect) -> None:
    await committed(ledger, change(effects=effects))


async def _claim(ledger: Ledger) -> list[ClaimedEffect]:
    return await ledger.claim_effects(10, LEASE)


async def _ids(ledger: Ledger) -> list[str]:
    return [one.effect.effect_id for one in await _claim(ledger)]


async def _given_up(ledger: Ledger, valkey: RunningValkey, claimed: ClaimedEffect) -> ClaimedEffect:
    """Its call was not answered; what comes up again a second later."""
    assert await ledger.effect_later(claimed, after=SECOND, maybe_done=True)
    await valkey.travel(SECOND)
    [again] = await _claim(ledger)
    return again


def _drawn(kind: EffectKind) -> Effect:
    return Effect(effect_id="drawn", kind=kind, urgency=Urgency.REDRAW, case_id="case-1", replaces=True)


@pytest.mark.parametrize(
    "kind", [EffectKind.CARD, EffectKind.MODE, EffectKind.CALLS, EffectKind.DIGEST, EffectKind.HOME]
)
async def test_what_is_drawn_after_a_call_that_was_given_up_is_drawn_once_more(
    ledger: Ledger, valkey: RunningValkey, kind: EffectKind
) -> None:
    """Once, after every call may be over, however often it was given up; nobody waits for it meanwhile."""
    await _queue(ledger, _drawn(kind))
    [claimed] = await _claim(ledger)
    for _ in range(3):
        claimed = await _given_up(ledger, valkey, claimed)
    await ledger.effect_done(claimed)
    assert sum((await ledger.waiting_effects()).values()) == 0
    nothing = await ledger.claim_effects(10, LEASE)
    at = nothing.next_at
    assert nothing == []
    assert at is not None
    # What is counted here lies a millisecond behind the ledger's time at most.
    assert LATE - 5 * SECOND < at - ledger.now() <= LATE + SECOND / 1000
    await valkey.travel(at - ledger.now())
    [once_more] = await _claim(ledger)
    assert once_more.effect.kind is kind
    await ledger.effect_done(once_more)
    await valkey.travel(2 * LATE)
    assert await _ids(ledger) == []


async def test_a_process_that_died_with_a_redraw_in_hand_may_have_called_slack(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, card_effect())
    await _claim(ledger)
    await valkey.travel(LEASE)
    [claimed] = await _claim(other)
    await other.effect_done(claimed)
    assert await _ids(other) == []
    await valkey.travel(LATE)
    [once_more] = await _claim(other)
    await other.effect_done(once_more)
    await valkey.travel(LATE)
    assert await _ids(other) == []


async def test_who_gave_a_call_up_after_others_had_drawn_has_it_drawn_once_more(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    """It stood still with the call in hand: its lease is over, and nothing is left in the queue."""
    await _queue(ledger, card_effect())
    [still] = await _claim(ledger)
    await valkey.travel(LEASE)
    [claimed] = await _claim(other)
    await other.effect_done(claimed)
    await valkey.travel(LATE)
    [once_more] = await _claim(other)
    await other.effect_done(once_more)
    assert not await ledger.effect_later(still, after=SECOND, maybe_done=True, anew=[card_effect()])
    assert await _ids(ledger) == []
    await valkey.travel(LATE)
    assert await _ids(ledger) == [CARD]


@pytest.mark.parametrize("waits", ["to be drawn", "to be drawn once more", "under another name"])
async def test_who_gave_a_call_up_late_keeps_nothing_waiting_that_is_news(
    ledger: Ledger, other: Ledger, valkey: RunningValkey, waits: str
) -> None:
    await _queue(ledger, card_effect())
    [still] = await _claim(ledger)
    await valkey.travel(LEASE)
    [claimed] = await _claim(other)
    anew = card_effect()
    if waits == "to be drawn":
        await _queue(other, card_effect())
    await other.effect_done(claimed)
    if waits == "under another name":
        await valkey.travel(LATE)
        await other.effect_done((await _claim(other))[0])
        anew = card_effect("case-2")
        await _queue(other, anew)
    await valkey.travel(5 * SECOND)
    assert not await ledger.effect_later(still, after=SECOND, maybe_done=True, anew=[anew])
    if waits != "to be drawn once more":
        [news] = await _claim(other)
        await other.effect_done(news)
    assert await _ids(other) == []
    await valkey.travel(LATE - SECOND)
    assert await _ids(other) == []
    await valkey.travel(SECOND)
    assert await _ids(other) == [anew.effect_id]


async def test_news_does_not_wait_for_what_is_drawn_once_more(ledger: Ledger, valkey: RunningValkey) -> None:
    """It is told at once, and what it shows is what is drawn once more."""
    await _queue(ledger, card_effect())
    [claimed] = await _claim(ledger)
    await ledger.effect_done(await _given_up(ledger, valkey, claimed))
    await _queue(ledger, card_effect(urgency=Urgency.REDRAW))
    assert (await ledger.waiting_effects())[Urgency.REDRAW] == 1
    [news] = await _claim(ledger)
    await ledger.effect_done(news)
    assert await _ids(ledger) == []
    await valkey.travel(LATE)
    [once_more] = await _claim(ledger)
    await _queue(ledger, card_effect(urgency=Urgency.REDRAW))
    assert await _ids(ledger) == [], "one card is drawn by one process at a time"
    await ledger.effect_done(once_more)
    assert await _ids(ledger) == [CARD]


async def test_a_change_while_it_is_drawn_again_is_drawn_first(ledger: Ledger, valkey: RunningValkey) -> None:
    await _queue(ledger, card_effect())
    [claimed] = await _claim(ledger)
    again = await _given_up(ledger, valkey, claimed)
    await _queue(ledger, card_effect())
    await ledger.effect_done(again)
    [news] = await _claim(ledger)
    await ledger.effect_done(news)
    assert await _ids(ledger) == []
    await valkey.travel(LATE)
    assert await _ids(ledger) == [CARD]


async def test_a_draw_that_began_after_every_earlier_call_was_over_is_the_last(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, card_effect())
    [claimed] = await _claim(ledger)
    await ledger.effect_later(claimed, after=LATE + SECOND, maybe_done=True)
    await valkey.travel(LATE + SECOND)
    [again] = await _claim(ledger)
    await ledger.effect_done(again)
    await valkey.travel(LATE)
    assert await _ids(ledger) == []


async def test_what_is_said_once_or_refused_is_not_drawn_once_more(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, message("answer"), card_effect())
    for claimed in await _claim(ledger):
        await ledger.effect_later(claimed, after=SECOND, maybe_done=True)
    await valkey.travel(SECOND)
    told, drawn = await _claim(ledger)
    await ledger.effect_done(told)
    await ledger.effect_dropped(drawn, "the card was deleted")
    await valkey.travel(LATE)
    assert await _ids(ledger) == []


async def test_the_end_of_a_case_can_be_told_once_more_by_its_calls(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """Where they stand is forgotten only with the last draw."""
    await committed(ledger, change((case(), 0), effects=[message("call", case_id="case-1")]))
    [claimed] = await _claim(ledger)
    await ledger.effect_done(claimed, call_at="C1|1.5")
    await committed(ledger, change((case(closed=True), 1)))
    [over] = await _claim(ledger)
    await ledger.effect_done(await _given_up(ledger, valkey, over), is_end=True)
    assert await ledger.calls.about("case-1") == [("C1", "1.5")]
    await valkey.travel(LATE)
    [once_more] = await _claim(ledger)
    await ledger.effect_done(once_more, is_end=True)
    assert await ledger.calls.about("case-1") == []
