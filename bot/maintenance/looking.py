"""A look at the portal, and the one step in which what it says becomes the record, the message and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import maintenance as cards
from bot.desk import Desk, ModeAmendment, Presser, Refusal, amend_mode, answer, finish, mode_event, not_taken
from bot.desk.recording import Ground, ground_of, refused
from bot.ledger import StoredMode
from bot.maintenance.course import ONLY_ANEW, Happened, Look, Next, after_look, given_up_too_soon
from bot.maintenance.orders import computer_now
from bot.models import (
    Effect,
    EffectKind,
    Event,
    Kind,
    ModeAttempt,
    ModeDoing,
    Place,
    Press,
    RunningMode,
    TakenDue,
    Urgency,
)
from bot.portal import NotFound, Rows
from permissions import Refused


@dataclass(frozen=True, slots=True)
class Settled:
    """The record after a look, and what was new."""

    mode: RunningMode
    happened: tuple[Happened, ...]


async def look(desk: Desk, mode: RunningMode) -> Look:
    """What the portal says of the computer's modes now; an unknown computer has none. Raises PortalError."""
    try:
        rows = await desk.portal.modes_of_computer(mode.computer_id, mode.organization_id)
    except NotFound:
        rows = Rows()
    computer = await computer_now(desk, mode.computer_id, mode.organization_id)
    return Look(desk.now(), rows, computer, is_whole=not rows.odd and not any(row.odd for row in rows))


async def settle(
    desk: Desk,
    mode_id: str,
    seen: Look,
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    refused: str = "",
    known: StoredMode | None = None,
) -> Settled | None:
    """Commit what a look says. With a press its answer is part of the same step, and it is finished.

    None: nothing was to be recorded, or somebody else was faster; a due time is given back by then. `known` is the mode
    as the caller has just written it.
    """
    found: list[Settled] = []

    def make(mode: RunningMode) -> ModeAmendment | None:
        mode = given_up_too_soon(mode, seen) if press is not None else mode
        following = after_look(mode, seen, desk.rules, refused=refused)
        found[:] = [Settled(following.mode, following.happened)]
        if not following.happened and press is None:
            return None
        said = [answer(press, _answer(press, mode, following, refused))] if press else []
        events = [_event(each, mode, following, press, refused) for each in following.happened]
        effects = _effects(desk, mode, following.mode, following.happened, press)
        return ModeAmendment(
            following.mode,
            events or [mode_event("mode_asked_about", mode, press)],
            [*said, *effects],
            is_shown=bool(following.happened),
        )

    if await amend_mode(desk, mode_id, make, press=press, taken=taken, known=known) is None or not found:
        return None
    if Happened.STILL_ON in found[0].happened:
        desk.metrics.escalated("maintenance")
    return found[0]


_NOBODY_OF_US = frozenset({Happened.MOVED, Happened.OVERDUE, Happened.STILL_ON})
"""What no press of ours has done, whatever of it is on its way."""


def _event(
    happened: Happened, before: RunningMode, following: Next, press: Press | None, refused: str
) -> Event:
    """One event of a look. It names the attempt, and who made it, only where that has done it."""
    after = following.mode
    is_theirs = happened in _NOBODY_OF_US or (happened is Happened.ENDED and not following.ended_by_us)
    attempt, press = (None, None) if is_theirs else (before.attempt or before.overtaken, press)
    facts: dict[str, object] = {
        "until": after.ends_at.isoformat(),
        "portal_mode_id": after.portal_mode_id,
        "attempt_id": attempt.attempt_id if attempt else "",
        "rests_on": list(attempt.rests_on) if attempt else [],
    }
    if happened is Happened.ENDED:
        facts["ours"] = following.ended_by_us
    private: dict[str, object] = {
        "computer": after.computer_name,
        "started_by": after.started_by.name,
        "ended_by": after.ended_by,
        "because": after.because,
        "told": refused or after.note,
    }
    who: dict[str, object] = {}
    if attempt is not None and press is None:
        who = {"person_id": attempt.actor.person_id, "slack_user_id": attempt.actor.slack_user_id}
        who["press_id"] = attempt.press_id
    elif attempt is not None:
        who = {"person_id": attempt.actor.person_id}
    return mode_event(happened.value, after, press, facts=facts, private=private, **who)


def _answer(press: Press, before: RunningMode, following: Next, refused: str) -> Rendered:
    """What the presser reads; where the clock has found out first, that."""
    if not following.happened and before.attempt is None:
        return as_it_stands(press, before) or cards.checking(before)
    return _said(before, following.mode, following.happened, refused)


def as_it_stands(press: Press, mode: RunningMode) -> Rendered | None:
    """To a press whose one attempt is in the record already: what it came to. None: it has made none."""
    if mode.attempt is not None and mode.attempt.press_id == press.press_id:
        return cards.checking(mode)
    if press.press_id not in mode.spent_presses:
        return None
    if mode.is_open:
        return cards.started(mode)
    return (
        cards.ended_now(mode)
        if mode.portal_mode_id
        else cards.came_to_nothing(mode, ModeDoing.START, mode.note)
    )


def _said(before: RunningMode, after: RunningMode, happened: Sequence[Happened], refused: str) -> Rendered:
    """What became of the attempt, for whoever has made it."""
    does = before.attempt.does if before.attempt else ModeDoing.END
    if Happened.ENDED in happened or Happened.OVERTAKEN in happened:
        return cards.ended_now(after)
    if Happened.STARTED in happened:
        return cards.started(after)
    if Happened.EXTENDED in happened:
        return cards.extended(after)
    if after.attempt is None and before.attempt is not None:
        return cards.came_to_nothing(after, does, refused or after.note or _no_effect(after))
    return cards.checking(after)


def _no_effect(mode: RunningMode) -> str:
    """What the portal shows instead; somebody may have moved its end there meanwhile."""
    return f"The portal shows it until {mode.ends_at:%Y-%m-%d %H:%M} UTC. {ONLY_ANEW}"


def _effects(
    desk: Desk, before: RunningMode, after: RunningMode, happened: Sequence[Happened], press: Press | None
) -> list[Effect]:
    """What is said besides the message itself: replies under it, a call, and word to whoever was left in doubt."""
    effects: list[Effect] = []
    if Happened.ENDED in happened:
        effects.append(reply(after, f"mode-over:{after.mode_id}", cards.over(after)))
    if Happened.MOVED in happened:
        effects.append(
            reply(
                after,
                f"mode-moved:{after.mode_id}:{after.ends_at.timestamp():.0f}",
                cards.moved_elsewhere(after),
            )
        )
    if Happened.STILL_ON in happened:
        effects.append(_call(desk, after))
    if before.overtaken is not None and Happened.EXTENDED in happened:
        effects.append(reply(after, f"mode-again:{before.overtaken.attempt_id}", cards.runs_again(after)))
        if press is None:
            effects.append(_word(before.overtaken, cards.extended(after), again=True))
    attempt = before.attempt
    if attempt is not None and after.attempt is None and press is None:
        effects.append(_word(attempt, _said(before, after, happened, "")))
    return effects


def reply(mode: RunningMode, effect_id: str, said: Rendered) -> Effect:
    """A reply under the mode's message; in the channel itself where that was never posted."""
    message = mode.message
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ANSWER,
        organization_id=mode.organization_id,
        request_kind=Kind.APPLICATION.value,
        place=Place.CARD,
        in_thread=message is not None,
        channel_id=message.channel_id if message else "",
        message_ts=message.ts if message else "",
        text=said.text,
        blocks=list(said.blocks),
    )


def _call(desk: Desk, mode: RunningMode) -> Effect:
    said = cards.still_on(mode, desk.on_duty(mode.organization_id))
    return Effect(
        effect_id=f"mode-still-on:{mode.mode_id}:{mode.ends_at.timestamp():.0f}",
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ESCALATION,
        organization_id=mode.organization_id,
        request_kind=Kind.APPLICATION.value,
        place=Place.ESCALATION,
        text=said.text,
        blocks=list(said.blocks),
    )


def _word(attempt: ModeAttempt, said: Rendered, *, again: bool = False) -> Effect:
    """To whoever was told “outcome unknown”: how it ended. `again`: another end was told before."""
    return Effect(
        effect_id=f"mode-{'after-all' if again else 'doubt'}:{attempt.attempt_id}",
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        slack_user_id=attempt.actor.slack_user_id,
        text=said.text,
        blocks=list(said.blocks),
    )


async def refuse(
    desk: Desk,
    press: Press,
    why: str | Refused,
    said: Rendered,
    *,
    presser: Presser | None = None,
    mode: RunningMode | None = None,
    wanted: str = "",
) -> None:
    """A press that led to nothing: recorded, told, finished. `wanted`: the kind of mode that was asked for."""
    refusal = Refusal(why=why, told=said.text) if isinstance(why, str) else Refusal.of(why)
    desk.metrics.refused(refusal.why)
    event = mode_refused(press, refusal, presser=presser, mode=mode, wanted=wanted)
    await finish(desk, press, [event], [await not_taken(desk, press, said)])


def mode_refused(
    press: Press,
    refusal: Refusal,
    *,
    presser: Presser | None = None,
    mode: RunningMode | None = None,
    wanted: str = "",
) -> Event:
    """The record of it. A mode's own id stands where others name a case."""
    more = {"mode": wanted or (mode.mode.value if mode is not None else "")}
    ground = ground_of(presser.access, presser.given_version, **more) if presser else Ground(more=more)
    return refused(
        "mode_refused",
        press,
        refusal,
        presser=presser,
        ground=ground,
        case_id=mode.mode_id if mode is not None else "",
        organization_id=mode.organization_id if mode is not None else refusal.where,
    )
