"""“End now” and “Extend…”: the same right as starting, judged at the press; recorded, sent once, read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.cards.case import modals
from bot.cards.forms import maintenance_form
from bot.cards.messages import answers
from bot.cards.messages import maintenance as cards
from bot.cards.messages.maintenance import MODE_NAMES, span_words
from bot.desk import (
    MOVING,
    OUTLIVED,
    Desk,
    Filled,
    ModeAmendment,
    Presser,
    Refusal,
    Ruling,
    Unidentified,
    amend_mode,
    answer,
    finish,
    has_outlived,
    identify,
    judged_anew,
    mode_event,
    recognize,
    retire,
)
from bot.desk.attempting import NotFree
from bot.maintenance.course import begin, row_of
from bot.maintenance.forms import offered, only_said, open_mode_form
from bot.maintenance.looking import as_it_stands, look, mode_refused, refuse, settle
from bot.maintenance.orders import ExtendOrder, computer_now, read_extension, spans_within
from bot.maintenance.sending import Recorded, Send, attempt_of, carry_out, judge_running, refusal_of
from bot.models import ModeAttempt, ModeDoing, Press, RunningMode
from bot.portal import ModeRow, PortalError, TokenRefused, Unusable, end_body, move_body
from bot.rules.typed import Misread
from permissions import Allowed, Refused

log = structlog.get_logger()

_EXTEND = "Extend"

_UNKNOWN = "This maintenance mode is from before the records that are kept. Look at it on the Devices page."
_MOVED = "Its end has moved since the form was opened. Read its message again, then extend it if that is not enough."
_NOT_SHOWN = "The portal's history does not show this mode yet. Press again in a minute."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a running mode."""

    does: ModeDoing
    because: str = ""
    longer: timedelta = timedelta()


async def end_now(desk: Desk, press: Press) -> None:
    """“End now”."""
    await _change(desk, press, lambda _: Wish(ModeDoing.END))


async def submit_extension(desk: Desk, press: Press) -> None:
    """“Extend” was pressed in the form."""

    def wish(mode: RunningMode) -> Wish | Misread:
        order = read_extension(press.values, desk.rules.maintenance.longest)
        if isinstance(order, Misread):
            return order
        if mode.is_open and press.revision != mode.shown_end:
            return Misread(_MOVED)
        return _within_bound(desk, mode, order)

    await _change(desk, press, wish)


async def open_extension(desk: Desk, press: Press) -> None:
    """“Extend…”: how much longer is still within the bound, for those who may."""
    presser = await identify(desk, press)
    mode = await _mode_of(desk, press) if presser else None
    if presser is None or mode is None:
        return
    event = mode_event("mode_form_opened", mode, press)

    async def fill() -> Filled:
        return await _extension_view(desk, press, presser, mode)

    def not_asked(error: PortalError) -> Filled:
        why = f"The portal could not be asked ({error})."
        return only_said(_EXTEND, [why], event, presser, "portal")

    await open_mode_form(desk, press, _EXTEND, fill, not_asked)


async def _extension_view(desk: Desk, press: Press, presser: Presser, mode: RunningMode) -> Filled:
    event = mode_event("mode_form_opened", mode, press)
    judged = await judge_running(desk, presser, mode, extends=True)
    if isinstance(judged.verdict, Refused):
        could = f"Who could: {', '.join(judged.could)}." if judged.could else ""
        view = modals.said_modal(_EXTEND, [judged.verdict.sentence, could])
        refusal = Refusal.of(judged.verdict)
        return Filled(view, mode_refused(press, refusal, presser=presser, mode=mode))
    if not mode.is_open:
        over = "It is over. Start a new one if it is needed."
        return only_said(_EXTEND, [over], event, presser, "over")
    latest = latest_end(desk, mode)
    spans = spans_within(latest - mode.ends_at)
    if not spans:
        return only_said(_EXTEND, [_bound_words(desk, mode)], event, presser, "bound")
    view = maintenance_form.extend_modal(mode, spans, latest, writes_on=desk.rules.writes_on)
    return offered(view, event, presser)


def latest_end(desk: Desk, mode: RunningMode) -> datetime:
    """The latest end of a mode: the bound counts from its start, extensions included."""
    return mode.starts_at + desk.rules.maintenance.longest


def _bound_words(desk: Desk, mode: RunningMode) -> str:
    hours = desk.rules.maintenance.longest.total_seconds() / 3600
    return (
        f"A maintenance mode lasts {hours:g} hours here at most, its extensions included ([maintenance] "
        f"longest_hours); this one may last until {latest_end(desk, mode):%Y-%m-%d %H:%M} UTC. "
        "If that is not enough, a scoped policy is the better answer."
    )


def _within_bound(desk: Desk, mode: RunningMode, order: ExtendOrder) -> Wish | Misread:
    # By what is left, since an end that somebody gave it in the portal may be the calendar's last day.
    if order.span > latest_end(desk, mode) - mode.ends_at:
        return Misread(_bound_words(desk, mode))
    return Wish(ModeDoing.EXTEND, order.because, order.span)


async def _mode_of(desk: Desk, press: Press) -> RunningMode | None:
    """The mode that a press names; None: the presser has been told that it is not kept any more."""
    stored = await desk.ledger.modes.read(press.case_id)
    if stored is not None:
        await _retire_twin(desk, press, stored.mode)
        return stored.mode
    await refuse(desk, press, "unknown_mode", answers.said(_UNKNOWN))
    return None


async def _retire_twin(desk: Desk, press: Press, mode: RunningMode) -> None:
    """A press on a second copy of the message (a crash between Slack's yes and our note) retires that copy (P5)."""
    message, pressed_on = mode.message, (press.channel_id, press.message_ts)
    if not press.message_ts or message is None or pressed_on == (message.channel_id, message.ts):
        return
    event = mode_event("mode_twin_found", mode, press)
    await desk.announce([event], [retire(mode.mode_id, press.channel_id, press.message_ts)])


async def _change(desk: Desk, press: Press, wished: Callable[[RunningMode], Wish | Misread]) -> None:
    presser = await identify(desk, press)
    mode = await _mode_of(desk, press) if presser else None
    if presser is None or mode is None:
        return
    repeated = as_it_stands(press, mode)
    if repeated is not None:
        await finish(desk, press, [mode_event("mode_press_repeated", mode, press)], [answer(press, repeated)])
        return
    wish = Misread(OUTLIVED) if has_outlived(desk, press) else wished(mode)
    if isinstance(wish, Misread):
        said = answers.refused(wish.why)
        await refuse(desk, press, "misread", said, presser=presser, mode=mode)
        return
    try:
        await _ask_and_send(desk, press, presser, mode, wished)
    except PortalError as error:
        log.warning("mode_not_changed", mode_id=mode.mode_id, why=str(error))
        said = answers.refused(refusal_of(error))
        await refuse(desk, press, "portal", said, presser=presser, mode=mode)


async def _ask_and_send(
    desk: Desk,
    press: Press,
    presser: Presser,
    mode: RunningMode,
    wished: Callable[[RunningMode], Wish | Misread],
) -> None:
    """Everything that is asked of the portal before the verdict that counts."""
    at_best = await judge_running(desk, presser, mode)
    if isinstance(at_best.verdict, Refused):
        await _refused(desk, press, presser, mode, at_best)
        return
    if not mode.is_open:
        event = mode_event("mode_press_too_late", mode, press, person_id=presser.person.person_id)
        await finish(desk, press, [event], [answer(press, cards.ended_now(mode))])
        return
    if mode.attempt is not None:
        said = answers.refused(f"{mode.attempt.actor.name}'s press on it is already on its way.")
        await refuse(desk, press, "busy", said, presser=presser, mode=mode)
        return
    seen = await look(desk, mode)
    settled = await settle(desk, mode.mode_id, seen)
    now = settled.mode if settled else mode
    if not now.is_open:
        event = mode_event("mode_press_too_late", now, press, person_id=presser.person.person_id)
        await finish(desk, press, [event], [answer(press, cards.ended_now(now))])
        return
    wish, row = wished(now), row_of(now, seen.rows)
    if isinstance(wish, Misread):
        await refuse(desk, press, "misread", answers.refused(wish.why), presser=presser, mode=now)
        return
    if row is None:
        await refuse(desk, press, "not_in_history", answers.refused(_NOT_SHOWN), presser=presser, mode=mode)
        return
    moving = partial(refuse, desk, press, "standpoint", answers.refused(MOVING))
    await judged_anew(press, partial(_judge_and_send, desk, press, now, wish, row), moving)


async def _judge_and_send(desk: Desk, press: Press, mode: RunningMode, wish: Wish, row: ModeRow) -> None:
    """The verdict, on identity and grants of this very moment (P1). Raises StandpointMoved and PortalError."""
    presser = await recognize(desk, press)
    if isinstance(presser, Unidentified):
        await refuse(desk, press, presser.why, answers.refused(presser.sentence))
        return
    judged_at = desk.now()
    judged = await judge_running(desk, presser, mode, extends=wish.does is ModeDoing.EXTEND)
    if isinstance(judged.verdict, Refused):
        await _refused(desk, press, presser, mode, judged)
        return
    until = mode.ends_at + wish.longer if wish.does is ModeDoing.EXTEND else None
    if not desk.rules.writes_on:
        await _rehearse(desk, press, presser, mode, verdict=judged.verdict, until=until)
        return
    if not desk.gate.is_open:
        raise TokenRefused("the token was refused before")
    attempt = attempt_of(
        desk, press, presser, judged.verdict, judged_at, does=wish.does, until=until, because=wish.because
    )
    send = await _sender(desk, mode, row, until)
    record = partial(_record, desk, press, presser, mode, attempt)
    await carry_out(desk, press, presser, attempt, record=record, send=send)


async def _sender(desk: Desk, mode: RunningMode, row: ModeRow, until: datetime | None) -> Send:
    """The write, with everything that it needs already read. Raises PortalError."""
    if until is None:
        ending = end_body(row, mode.computer_id)
        return lambda: desk.portal.end_mode(ending, mode.organization_id)
    computer = await computer_now(desk, mode.computer_id, mode.organization_id)
    if computer is None:
        raise Unusable("the portal no longer shows this computer in its organization")
    moving = move_body(computer, mode.mode, until)
    return lambda: desk.portal.move_mode_end(moving, mode.organization_id)


async def _record(
    desk: Desk, press: Press, presser: Presser, mode: RunningMode, attempt: ModeAttempt
) -> Recorded:
    """Write the intent into the record, unless something else is on its way or it is not as it was judged."""

    def make(current: RunningMode) -> ModeAmendment | None:
        if not current.is_open or current.attempt is not None or press.press_id in current.spent_presses:
            return None
        if current.ends_at != mode.ends_at:
            return None
        facts = {"attempt_id": attempt.attempt_id, "does": attempt.does.value, **_grounds(presser)}
        facts |= {"rests_on": list(attempt.rests_on), "until": attempt.until and attempt.until.isoformat()}
        private = {"by": attempt.actor.name, "because": attempt.because, "computer": current.computer_name}
        event = mode_event(
            "mode_attempted", current, press, person_id=attempt.actor.person_id, facts=facts, private=private
        )
        return ModeAmendment(begin(current, attempt), [event])

    standpoint = presser.standpoint(press)
    recorded = await amend_mode(desk, mode.mode_id, make, judged_on=standpoint)
    if recorded is not None:
        return recorded
    said = answers.refused("Somebody else was faster; its message shows how it stands.")
    await refuse(desk, press, "busy", said, presser=presser, mode=mode)
    return NotFree(None)


async def _rehearse(
    desk: Desk,
    press: Press,
    presser: Presser,
    mode: RunningMode,
    *,
    verdict: Allowed,
    until: datetime | None,
) -> None:
    """Writes are off: the verdict, and the exact effect."""
    what = f"{MODE_NAMES[mode.mode]} on {mode.computer_name} at {mode.organization_name}"
    effect = f"{what} ends now."
    if until is not None:
        longer = span_words(until - mode.ends_at)
        effect = f"{what} lasts {longer} longer, until {until:%Y-%m-%d %H:%M} UTC."
    facts = {"rests_on": list(map(str, verdict.rests_on)), **_grounds(presser)}
    event = mode_event("mode_rehearsed", mode, press, person_id=presser.person.person_id, facts=facts)
    await finish(desk, press, [event], [answer(press, cards.rehearsed(effect))])


async def _refused(desk: Desk, press: Press, presser: Presser, mode: RunningMode, judged: Ruling) -> None:
    verdict = judged.verdict
    if not isinstance(verdict, Refused):
        raise TypeError(f"{verdict} is no refusal")
    said = answers.refused(verdict.sentence, judged.could)
    await refuse(desk, press, verdict, said, presser=presser, mode=mode)


def _grounds(presser: Presser) -> dict[str, object]:
    """Under which file and which grants it was judged."""
    return {
        "access_generation": presser.access.generation,
        "access_digest": presser.access.digest,
        "given_version": presser.given_version,
    }
