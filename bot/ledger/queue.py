"""The send queue: what is to be said in Slack, in lanes by urgency, paced for all replicas together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.ledger.answers import outcome
from bot.ledger.clock import span_ms, to_ms
from bot.ledger.door import LedgerDoor, key, new_token
from bot.ledger.record import events_args
from bot.ledger.values import ClaimedEffect, Committed, Conflict, Pace, PaceOf
from bot.models import CardAddress, Effect, EffectKind, Event, Urgency

_PARK = timedelta(seconds=5)
"""How often a thread reply looks whether its card stands; a new card wakes it at once."""

_LOOK_AT = 200
"""Effects looked at in one round; each is then claimed or moved out of the way."""

_MOST_ROUNDS = 50
"""So that a queue of ten thousand for one busy channel does not keep another channel's message waiting."""


def card_key(card: CardAddress | None) -> str:
    """The index key of a card's address; empty without a card."""
    return f"{card.channel_id}|{card.ts}" if card else ""


def effects_args(effects: Sequence[Effect]) -> list[str | int]:
    """Effects as script arguments (`take_effects` in queue.lua)."""
    args: list[str | int] = [len(effects)]
    for effect in effects:
        waits_for_thread = effect.in_thread and bool(effect.case_id)
        expires = "" if effect.expires_at is None else to_ms(effect.expires_at)
        is_level = effect.replaces or effect.kind in (EffectKind.CARD, EffectKind.MODE)
        args += [effect.effect_id, int(is_level), int(effect.urgency), effect.case_id]
        args += [effect.organization_id, int(waits_for_thread), expires]
        args.append(effect.model_dump_json(exclude_defaults=True))
    return args


async def claim(door: LedgerDoor, limit: int, lease: timedelta, pace_of: PaceOf) -> list[ClaimedEffect]:
    """Lease what may be sent now, escalations first; also what has expired meanwhile, so that its end is told."""
    claimed: list[ClaimedEffect] = []
    for _ in range(_MOST_ROUNDS):
        seen = await door.call("peek_effects", _LOOK_AT, span_ms(_PARK))
        claimed += await _claim_of(door, seen, limit - len(claimed), lease, pace_of)
        if len(claimed) >= limit or len(seen) < _LOOK_AT:
            break
    return claimed


async def _claim_of(
    door: LedgerDoor, seen: Sequence[Sequence[Any]], limit: int, lease: timedelta, pace_of: PaceOf
) -> list[ClaimedEffect]:
    """Lease those of the seen effects that may go; what waits for a busy channel moves to when that is free."""
    if not seen:
        return []
    token = new_token()
    args: list[str | int] = []
    for effect_id, lane, is_expired, body in seen:
        paces = () if is_expired else pace_of(Effect.model_validate_json(body))
        args += [effect_id, lane, *_pace_args(paces)]
    answer = await door.call("claim_effects", limit, span_ms(lease), token, len(seen), *args, once=True)
    return [
        ClaimedEffect(
            effect=Effect.model_validate_json(body), attempt=int(tries), token=token, wanted=int(wanted)
        )
        for _, tries, wanted, body in answer
    ]


def _pace_args(paces: Sequence[Pace]) -> list[str | int]:
    args: list[str | int] = [len(paces)]
    for pace in paces:
        args += [pace.key, span_ms(pace.every)]
    return args


async def finish(
    door: LedgerDoor,
    claimed: ClaimedEffect,
    *,
    card: CardAddress | None = None,
    call_at: str = "",
    events: Sequence[Event] = (),
    instead: Sequence[Effect] = (),
    give_up: bool = False,
) -> Committed | Conflict:
    """The effect was sent, or is given up. A posted card's address, and what is said instead, go in the same step."""
    effect = claimed.effect
    body = card.model_dump_json() if card else ""
    answer = await door.call(
        "finish_effect",
        new_token(),
        effect.effect_id,
        claimed.token,
        claimed.wanted,
        int(give_up),
        effect.case_id,
        body,
        card_key(card),
        call_at,
        *events_args(events),
        *effects_args(instead),
    )
    return outcome(answer)


_CALLS_KEPT = 20
"""Calls about one case whose end is told (our choice): a case that is called for oftener has other troubles."""


async def calls_about(door: LedgerDoor, case_id: str) -> list[tuple[str, str]]:
    """Channel and time stamp of each call about a case that stands in Slack, the newest `_CALLS_KEPT`."""
    found = await door.read("LRANGE", key(f"called:{case_id}"), -_CALLS_KEPT, -1)
    return [(channel_id, ts) for channel_id, _, ts in (str(one).partition("|") for one in found)]


async def calls_told(door: LedgerDoor, case_id: str) -> None:
    """The calls about a case have said how it ended; nothing of them is kept."""
    await door.read("DEL", key(f"called:{case_id}"))


async def drop(
    door: LedgerDoor, claimed: ClaimedEffect, why: str, instead: Sequence[Effect] = ()
) -> Committed | Conflict:
    """Give an effect up, say so in the record, and queue what is said instead of it."""
    effect = claimed.effect
    facts = {"effect_id": effect.effect_id, "kind": effect.kind.value, "why": why, "attempt": claimed.attempt}
    dropped = Event(
        name="effect_dropped",
        case_id=effect.case_id,
        organization_id=effect.organization_id,
        slack_user_id=effect.slack_user_id,
        facts=facts,
    )
    return await finish(door, claimed, events=[dropped], instead=instead, give_up=True)


async def later(
    door: LedgerDoor, claimed: ClaimedEffect, *, until: datetime | None, after: timedelta | None
) -> bool:
    """Try again at a time, or after a span. False if the effect is not ours any more."""
    [moved] = await door.call("later_effect", claimed.effect.effect_id, claimed.token, *_when(until, after))
    return bool(moved)


async def pace(door: LedgerDoor, pace_key: str, *, until: datetime | None, after: timedelta | None) -> None:
    """Nothing under this key is sent before then, by no replica. Never shortens a wait."""
    await door.call("pace", pace_key, *_when(until, after))


def _when(until: datetime | None, after: timedelta | None) -> list[str | int]:
    if (until is None) is (after is None):
        raise ValueError("give either the time (until) or the span (after)")
    return ["" if until is None else to_ms(until), "" if after is None else span_ms(after)]


async def waiting(door: LedgerDoor) -> dict[Urgency, int]:
    """How many effects wait in each lane."""
    counts = await door.read_all([("ZCARD", key(f"send:{lane.value}")) for lane in Urgency])
    return {lane: int(count) for lane, count in zip(Urgency, counts, strict=True)}
