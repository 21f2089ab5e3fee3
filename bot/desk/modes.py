"""The one way in which a maintenance mode changes: read, make the next one, commit both with what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.desk.changing import Proposed, StandpointMoved, made_of, mode_due, mode_shown, until_committed
from bot.desk.desk import Desk, new_id
from bot.desk.saying import calls_again, digest, event_of, redraw, retire
from bot.ledger import Conflict, ConflictKind, StoredMode
from bot.models import (
    CardAddress,
    Case,
    Change,
    Effect,
    EffectKind,
    Event,
    ModeWrite,
    Press,
    RunningMode,
    Standpoint,
    TakenDue,
)


@dataclass(frozen=True, slots=True)
class ModeAmendment:
    """What a use case makes of the maintenance mode it read."""

    mode: RunningMode
    events: Sequence[Event]
    effects: Sequence[Effect] = ()
    is_shown: bool = True
    """False: its message stays as it is."""


def mode_event(name: str, mode: RunningMode, press: Press | None = None, **fields: object) -> Event:
    """An event about a maintenance mode. Its own id stands where others name a case, for retention's sake."""
    known: dict[str, object] = {"case_id": mode.mode_id, "organization_id": mode.organization_id}
    facts = {
        "mode": mode.mode.value,
        "door": mode.door.value,
        "computer_id": mode.computer_id,
        "of_case": mode.case_id,
    }
    words = {"ticket": mode.ticket} if mode.ticket else {}
    more, private = fields.pop("facts", {}), fields.pop("private", {})
    told = facts | (dict(more) if isinstance(more, dict) else {})
    words |= dict(private) if isinstance(private, dict) else {}
    return event_of(name, press, None, **(known | fields | {"facts": told, "private": words}))


async def amend_mode(
    desk: Desk,
    mode_id: str,
    make: Callable[[RunningMode], ModeAmendment | None],
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
    known: StoredMode | None = None,
) -> StoredMode | None:
    """The same loop as for a case. `make` answers None when there is nothing to do any more.

    Then None is returned and a taken due time goes where the record wants it. Raises StillContended, and
    StandpointMoved when what a verdict rested on is not so any more.
    """
    at_hand = [known] if known is not None else []

    def made(stored: StoredMode) -> ModeAmendment | None:
        return make(stored.mode)

    async def propose() -> Proposed[StoredMode] | None:
        stored, amendment = await made_of(at_hand, partial(desk.ledger.modes.read, mode_id), made)
        if stored is None or amendment is None:
            await _give_back(desk, taken, stored)
            return None
        change = _mode_change(desk, amendment, stored.version, press=press, taken=taken, judged_on=judged_on)
        return Proposed(change, StoredMode(amendment.mode, stored.version + 1))

    return await until_committed(desk, propose, of=f"maintenance mode {mode_id}")


async def begin_mode(
    desk: Desk, mode: RunningMode, events: Sequence[Event], judged_on: Standpoint
) -> StoredMode | Conflict:
    """Put a new mode into the ledger, before anything is sent. Raises StandpointMoved."""
    change = _mode_change(desk, ModeAmendment(mode, events), 0, judged_on=judged_on)
    result = await desk.ledger.commit(change)
    if not isinstance(result, Conflict):
        return StoredMode(mode, 1)
    if result.kind is ConflictKind.STANDPOINT:
        raise StandpointMoved(result.why)
    return result


async def placed(desk: Desk, effect: Effect) -> Effect:
    """An effect that draws a mode's message, with the place where that stands now; any other as it is."""
    stored = await desk.ledger.modes.read(effect.case_id) if effect.kind is EffectKind.MODE else None
    if stored is None or stored.mode.message is None:
        return effect
    message = stored.mode.message
    return effect.model_copy(update={"channel_id": message.channel_id, "message_ts": message.ts})


async def drawn_anew(desk: Desk, effect: Effect, case: Case | None) -> list[Effect]:
    """What was drawn by this effect, once more as it is now; nothing for what is said once and stays.

    An App Home is no part of the record: its person has opened it since, or opens it again.
    """
    match effect.kind:
        case EffectKind.CARD if case is not None:
            return [redraw(case)]
        case EffectKind.CALLS if case is not None:
            return [calls_again(case)]
        case EffectKind.DIGEST:
            return [digest(effect.channel_id, starts=False)]
        case EffectKind.MODE:
            stored = await desk.ledger.modes.read(effect.case_id)
            return list(mode_shown(stored.mode)) if stored else []
    return []


async def note_mode_message(
    desk: Desk, mode_id: str, channel_id: str, ts: str, knew: Sequence[str] = ()
) -> None:
    """Its message stands in Slack now: remember where.

    `knew`: where it stood when that was drawn. Another one that was noted since stays, and this one leads to it (P5).
    """

    def make(mode: RunningMode) -> ModeAmendment | None:
        address = CardAddress(channel_id=channel_id, ts=ts, posted_at=desk.now())
        if mode.message is not None and mode.message.key == address.key:
            return None
        if mode.message is not None and mode.message.key not in knew:
            # What stays may have been drawn before this one: it is drawn once more.
            leads = (retire(mode_id, channel_id, ts),)
            return ModeAmendment(mode, [mode_event("mode_twin_found", mode)], leads)
        event = mode_event("mode_message_posted", mode, facts={"channel_id": channel_id, "ts": ts})
        return ModeAmendment(mode.model_copy(update={"message": address}), [event], is_shown=False)

    await amend_mode(desk, mode_id, make)


def _mode_change(
    desk: Desk,
    amendment: ModeAmendment,
    version: int,
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
) -> Change:
    mode = amendment.mode
    return Change(
        op_id=new_id("o"),
        events=amendment.events,
        modes=(ModeWrite(mode, version),),
        due=(mode_due(mode, desk.now(), desk.rules),),
        taken=taken,
        effects=(*(mode_shown(mode) if amendment.is_shown else ()), *amendment.effects),
        finishes_press=press.press_id if press else "",
        judged_on=judged_on,
    )


async def _give_back(desk: Desk, taken: TakenDue | None, stored: StoredMode | None) -> None:
    """A due time that turned out to be none: put it where the record wants it, or remove it."""
    if taken is None:
        return
    at = mode_due(stored.mode, desk.now(), desk.rules).at if stored else None
    if at is None:
        await desk.ledger.due_done(taken)
    else:
        await desk.ledger.due_later(taken, at)
