"""What waits to be worked on: presses, and what is to be said in Slack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from bot.ledger.door import LedgerDoor, key, new_token
from bot.ledger.record import events_args
from bot.ledger.together import Together
from bot.ledger.values import (
    ClaimedEffect,
    Claims,
    Committed,
    Conflict,
    Kept,
    Pace,
    PaceOf,
    WaitingCall,
    from_ms,
    outcome,
    span_ms,
    to_ms,
)
from bot.models import CardAddress, Effect, EffectKind, Event, LimitsSection, Press, PressKind, Urgency

_KEPT = {0: Kept.REPLAY, 1: Kept.NEW, 2: Kept.BEYOND, 3: Kept.FIRST_BEYOND}


async def store_press(
    door: LedgerDoor, together: Together, press: Press, limits: LimitsSection | None = None
) -> Kept:
    """Keep a press, unless it was seen within the last 24 hours or is one too many of this minute."""
    counted = _counted(press, limits) if limits else {}
    met = Event(
        name="presses_limited",
        slack_user_id=press.slack_user_id,
        case_id=press.case_id,
        facts={"press": press.name, "limits": counted},
    )
    body = press.model_dump_json()
    mark = door.marks.mark("press", press.press_id, body)
    of_organization = limits.presses_of_an_organization_a_minute if limits else 0
    args: list[str | int] = [press.press_id, body, new_token(), mark]
    args += [press.slack_user_id, press.case_id, of_organization, len(counted)]
    for name, most in counted.items():
        args += [name, most]
    [kept] = await together.call("store_press", *args, *events_args([met]))
    return _KEPT[int(kept)]


def _counted(press: Press, limits: LimitsSection) -> dict[str, int]:
    """What this press counts for, and how much of it a minute may bring."""
    counted = {f"person:{press.slack_user_id}": limits.presses_a_minute}
    if press.case_id:
        counted[f"case:{press.case_id}"] = limits.presses_of_a_case_a_minute
    return counted


FORM_KEPT = timedelta(hours=1)
"""How long the text of a form that changed nothing can be had again (our choice): it may name people."""


async def keep_form(door: LedgerDoor, press: Press) -> None:
    """Keep a submission that changed nothing."""
    body = press.model_dump_json()
    mark = door.marks.mark("form", press.press_id, body)
    await door.call("keep_form", press.press_id, body, mark, span_ms(FORM_KEPT))


async def kept_form(door: LedgerDoor, press_id: str) -> Press | None:
    """That submission; None where it is not kept any more, or is none that we kept."""
    held = await door.read("GET", key(f"form:{press_id}")) if press_id else None
    _, _, marked = str(held or "").partition("|")
    mark, _, body = marked.partition("|")
    if not body or not door.marks.fits(mark, "form", press_id, body):
        return None
    try:
        return Press.model_validate_json(body)
    except ValidationError:
        return None


async def take_presses(door: LedgerDoor, limit: int, lease: timedelta) -> list[Press]:
    """Lease waiting presses, oldest first; each is offered again when the lease ends, unless it was answered."""
    found = await door.call("take_presses", limit, span_ms(lease), door.instance, once=True)
    return [_press(door, *one) for one in found]


def _press(door: LedgerDoor, press_id: str, body: str, mark: str) -> Press:
    """A press as it was stored. One that is not ours may hold anything, so it must not stop the others."""
    is_ours = door.marks.fits(mark, "press", press_id, body)
    try:
        press = Press.model_validate_json(body)
    except ValidationError:
        at = door.clock.now()
        return Press(
            press_id=press_id,
            kind=PressKind.BUTTON,
            name="unreadable",
            slack_user_id="",
            slack_team_id="",
            received_at=at,
            is_genuine=False,
        )
    is_genuine = is_ours and press.press_id == press_id
    # Who wrote it chose the address of its answer too.
    known = {} if is_genuine else {"response_url": "", "channel_id": ""}
    return press.model_copy(update={"press_id": press_id, "is_genuine": is_genuine, **known})


async def extend_press(door: LedgerDoor, press_id: str, lease: timedelta) -> bool:
    """Hold a press for the lease from now on. False: it is answered, or another process has it."""
    [extended] = await door.call("extend_press", press_id, span_ms(lease), door.instance)
    return bool(extended)


async def hand_on_press(door: LedgerDoor, press_id: str) -> bool:
    """Leave a press that we hold to newer programs alone, at once. False: it is answered, or another process has it."""
    [handed_on] = await door.call("hand_on_press", press_id, door.instance)
    return bool(handed_on)


async def presses_waiting(door: LedgerDoor) -> int:
    """How many presses are not answered yet."""
    return int(await door.read("ZCARD", key("press:waiting")))


_PARK = timedelta(seconds=5)
"""How often a thread reply looks whether its card stands; a new card wakes it at once."""

_DRAWN = frozenset({EffectKind.CARD, EffectKind.MODE, EffectKind.CALLS, EffectKind.DIGEST, EffectKind.HOME})
"""What stands in Slack and is changed there."""

LATE = timedelta(seconds=60)
"""How long a call that was given up may still be carried out (our choice): servers and what stands before them commonly
end a request after 30 to 60 s, so that one which we gave up after its ten is over by then."""

_LOOK_AT = 200
"""Effects looked at in one round; each is then claimed or moved out of the way."""

_MOST_ROUNDS = 50
"""So that a queue of ten thousand for one busy channel does not keep another channel's message waiting."""


def effects_args(effects: Sequence[Effect]) -> list[str | int]:
    """Effects as script arguments (`take_effects` in queue.lua)."""
    args: list[str | int] = [len(effects)]
    for effect in effects:
        waits_for_thread = effect.in_thread and bool(effect.case_id)
        expires = "" if effect.expires_at is None else to_ms(effect.expires_at)
        is_level = effect.replaces or effect.kind in (EffectKind.CARD, EffectKind.MODE)
        lane = effect.urgency if effect.lane is None else effect.lane
        args += [effect.effect_id, int(is_level), int(lane), effect.case_id]
        args += [_turn_of(effect), int(waits_for_thread), expires]
        args.append(effect.model_dump_json(exclude_defaults=True))
    return args


def _turn_of(effect: Effect) -> str:
    """Whose turn it takes among those that wait for the same place: an organization's. The call at a ceiling stands
    apart from the other calls of its organization, which may be many: every elevation that is asked for is one. So
    does the card of a late or unusual case. It has no lane before the others: a flood makes hundreds unusual, and
    nobody else's card would be seen till they all stand."""
    if effect.goes_first:
        return f"{effect.organization_id}|first"
    is_ceiling = effect.is_call and effect.replaces and effect.kind is EffectKind.MESSAGE
    return f"{effect.organization_id}|ceiling" if is_ceiling else effect.organization_id


async def claim(door: LedgerDoor, limit: int, lease: timedelta, pace_of: PaceOf, patient: int) -> Claims:
    """Lease what may be sent now, escalations first; also what has expired meanwhile, so that its end is told.

    `patient`: how many of them may be cards and redraws.
    """
    claimed = Claims()
    for _ in range(_MOST_ROUNDS):
        *seen, next_at = await door.call("peek_effects", _LOOK_AT, span_ms(_PARK))
        if seen:
            waiting = sum(one.effect.urgency.can_wait for one in claimed)
            limits = (limit - len(claimed), max(0, patient - waiting))
            taken, next_at = await _claim_of(door, seen, limits, lease, pace_of)
            claimed += taken
        claimed.next_at = from_ms(next_at) if next_at >= 0 else None
        if len(claimed) >= limit or len(seen) < _LOOK_AT:
            break
    return claimed


async def _claim_of(
    door: LedgerDoor,
    seen: Sequence[Sequence[Any]],
    limits: tuple[int, int],
    lease: timedelta,
    pace_of: PaceOf,
) -> tuple[list[ClaimedEffect], int]:
    """Lease those of the seen effects that may go; what waits for a busy channel moves to when that is free.

    With them, when the next comes up, in logical milliseconds; -1 for none.
    """
    token = new_token()
    args: list[str | int] = []
    for effect_id, lane, is_expired, body in seen:
        effect = Effect.model_validate_json(body)
        paces = () if is_expired else pace_of(effect)
        args += [effect_id, lane, _late_ms(effect), *_pace_args(paces)]
    # Counted from before the question: a process may be stopped between the server's answer and its own next step.
    lease_ends_at, passed = door.clock.now() + lease, door.clock.stopwatch()
    *answer, next_at = await door.call(
        "claim_effects", *limits, span_ms(lease), token, len(seen), *args, once=True
    )
    taken = [
        ClaimedEffect(
            effect=Effect.model_validate_json(body),
            attempt=int(tries),
            token=token,
            wanted=int(wanted),
            lease_ends_at=lease_ends_at,
            passed=passed,
        )
        for _, tries, wanted, body in answer
    ]
    return taken, next_at


def _late_ms(effect: Effect) -> int:
    """How long a call for it that nobody heard the end of may undo what is drawn after it; 0: it undoes nothing."""
    return span_ms(LATE) if effect.kind in _DRAWN else 0


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
    knew: Sequence[str] = (),
    call_at: str = "",
    is_end: bool = False,
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
        effect.bundle_id,
        body,
        card.key if card else "",
        len(knew),
        *knew,
        call_at,
        int(is_end),
        *events_args(events),
        *effects_args(instead),
    )
    return outcome(answer)


_WEEK_MS = 604_800_000
"""A period of what was said, as `queue.lua` names it; this one and the one before are known."""


async def once(door: LedgerDoor, name: str, events: Sequence[Event], effects: Sequence[Effect]) -> bool:
    """Record and say something, unless it was under this name within the last week; whether it is now."""
    [done] = await door.call("once", name, *events_args(events), *effects_args(effects))
    return bool(done)


async def was_done(door: LedgerDoor, names: Sequence[str]) -> list[bool]:
    """Which of these happened once within the last week."""
    period = to_ms(door.clock.now()) // _WEEK_MS
    keys = [key(f"once:{one}") for one in (period, period - 1)]
    found = await door.read_all([("SISMEMBER", each, name) for name in names for each in keys])
    return [bool(int(this) or int(before)) for this, before in zip(found[::2], found[1::2], strict=True)]


async def was_queued(door: LedgerDoor, effect_id: str) -> bool:
    """Whether it waits to be said, or was said within the last week."""
    period = to_ms(door.clock.now()) // _WEEK_MS
    waits, *said = await door.read_all(
        [
            ("EXISTS", key(f"effect:{effect_id}")),
            *(("SISMEMBER", key(f"said:{one}"), effect_id) for one in (period, period - 1)),
        ]
    )
    return bool(int(waits) or any(int(one) for one in said))


_CALLS_READ = 500
"""Calls that are looked through for one that waits too long (our choice): far more than there ever should be."""


_CALLS_KEPT = 20
"""Calls about one case whose end is told (our choice): a case that is called for oftener has other troubles."""


class Calls:
    """The calls of a ledger to the escalation team."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def waiting(self) -> list[WaitingCall]:
        """What waits in the lane of escalations, and since when."""
        ids = await self._door.read("ZRANGE", key(f"send:{Urgency.ESCALATION.value}"), 0, _CALLS_READ - 1)
        found = await self._door.read_all([("HMGET", key(f"effect:{one}"), "body", "queued") for one in ids])
        return [
            # What an older release has queued tells no time: it begins to wait now, at each look.
            WaitingCall(
                Effect.model_validate_json(body), from_ms(float(queued)) if queued else self._door.clock.now()
            )
            for body, queued in found
            if body
        ]

    async def about(self, case_id: str) -> list[tuple[str, str]]:
        """Channel and time stamp of each call about a case that stands in Slack, the newest `_CALLS_KEPT`."""
        found = await self._door.read("LRANGE", key(f"called:{case_id}"), -_CALLS_KEPT, -1)
        return [(channel_id, ts) for channel_id, _, ts in (str(one).partition("|") for one in found)]

    async def moved(self, from_case_id: str, to_case_id: str) -> bool:
        """What was called about one case is told with the end of another, open one. False: that one is over as well."""
        [moved] = await self._door.call("move_calls", from_case_id, to_case_id)
        return bool(moved)

    async def told(self, case_id: str) -> None:
        """The calls about a case have said how it ended; nothing of them is kept."""
        await self._door.read("DEL", key(f"called:{case_id}"))


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
    door: LedgerDoor,
    claimed: ClaimedEffect,
    *,
    until: datetime | None,
    after: timedelta | None,
    maybe_done: bool = False,
    anew: Sequence[Effect] = (),
) -> bool:
    """Try again at a time, or after a span. False if the effect is not ours any more."""
    effect = claimed.effect
    late_ms = _late_ms(effect) if maybe_done else 0
    when = _when(until, after)
    [moved] = await door.call(
        "later_effect", effect.effect_id, claimed.token, *when, late_ms, *effects_args(anew)
    )
    return bool(moved)


async def pace(door: LedgerDoor, pace_key: str, *, until: datetime | None, after: timedelta | None) -> None:
    """Nothing under this key is sent before then, by no replica. Never shortens a wait."""
    await door.call("pace", pace_key, *_when(until, after))


def _when(until: datetime | None, after: timedelta | None) -> list[str | int]:
    if (until is None) is (after is None):
        raise ValueError("give either the time (until) or the span (after)")
    return ["" if until is None else to_ms(until), "" if after is None else span_ms(after)]


async def effects_waiting(door: LedgerDoor) -> dict[Urgency, int]:
    """How many effects wait in each lane."""
    counts = await door.read_all([("ZCARD", key(f"send:{lane.value}")) for lane in Urgency])
    return {lane: int(count) for lane, count in zip(Urgency, counts, strict=True)}
