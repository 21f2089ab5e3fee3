"""The form was submitted: judged on this moment's grants, recorded, sent once, read back from the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bot.cards.messages import answers
from bot.cards.messages import maintenance as cards
from bot.cards.messages.maintenance import MODE_NAMES, span_words
from bot.desk import (
    MOVING,
    OUTLIVED,
    Desk,
    Presser,
    Ruling,
    Unidentified,
    answer,
    begin_mode,
    finish,
    has_outlived,
    identify,
    judged_anew,
    mode_event,
    recognize,
)
from bot.desk.attempting import NotFree
from bot.ledger import ConflictKind, StoredMode
from bot.maintenance.looking import as_it_stands, refuse
from bot.maintenance.orders import StartOrder, computer_now, read_start
from bot.maintenance.sending import Recorded, Send, attempt_of, carry_out, judge_start, refusal_of
from bot.models import Event, ModeAttempt, ModeDoing, Press, RunningMode, part_of
from bot.portal import ComputerRow, ModeRow, PortalError, Rows, TokenRefused, insert_body, mode_note
from bot.rules.typed import Misread
from permissions import Allowed, Door, MaintenanceMode, Refused

log = structlog.get_logger()

_WITH_APPLICATION = frozenset({MaintenanceMode.INSTALLATION, MaintenanceMode.LEARNING})
_LEARNS = " What it learns becomes this computer's own automatic application."
_GONE = "The portal no longer shows this computer in the organization of the form. Open the form again."
_HISTORY_NOT_WHOLE = (
    "The portal's history of this computer's modes holds a line that cannot be read, and the computer is in a mode "
    "that no other line explains. Look at it on the Devices page of the portal, and start the mode there."
)


@dataclass(frozen=True, slots=True)
class Start:
    """A mode that somebody wants to start, with the portal's facts of this press."""

    desk: Desk
    press: Press
    order: StartOrder
    computer: ComputerRow
    organization_id: str

    @property
    def mode_id(self) -> str:
        """Made from the press: taken up again after a crash it makes no second mode."""
        return mode_id_of(self.press)


def mode_id_of(press: Press) -> str:
    """The id of the mode that a press starts."""
    return f"m{press.press_id}"


async def submit_start(desk: Desk, press: Press) -> None:
    """“Start” was pressed in the form of one computer."""
    presser = await identify(desk, press)
    if presser is None:
        return
    order = read_start(press.values, desk.rules.maintenance.longest)
    if isinstance(order, Misread):
        await refuse(desk, press, "misread", answers.refused(order.why), presser=presser)
        return
    if await _taken_up_again(desk, press):
        return
    if has_outlived(desk, press):
        said = answers.refused(OUTLIVED)
        await refuse(desk, press, "outlived", said, presser=presser)
        return
    try:
        await _start(desk, press, presser, order)
    except PortalError as error:
        log.warning("mode_not_started", press_id=press.press_id, why=str(error))
        said = answers.refused(refusal_of(error))
        await refuse(desk, press, "portal", said, presser=presser)


async def _taken_up_again(desk: Desk, press: Press) -> bool:
    stored = await desk.ledger.modes.read(mode_id_of(press))
    if stored is None:
        return False
    said = as_it_stands(press, stored.mode) or cards.checking(stored.mode)
    await finish(desk, press, [mode_event("mode_press_repeated", stored.mode, press)], [answer(press, said)])
    return True


async def _start(desk: Desk, press: Press, presser: Presser, order: StartOrder) -> None:
    """Everything that is asked of the portal before the verdict that counts."""
    computer_id, _, organization_id = press.case_id.partition(".")
    at_best = await judge_start(desk, presser, organization_id, computer_id, order.mode)
    if isinstance(at_best.verdict, Refused):
        await _refused(desk, press, presser, at_best, order)
        return
    computer = await computer_now(desk, computer_id, organization_id)
    if computer is None:
        await refuse(desk, press, "computer_gone", answers.refused(_GONE), presser=presser)
        return
    rows = await desk.portal.modes_of_computer(computer_id, organization_id)
    running = _in_the_way(rows, order.mode, desk.now())
    if running is not None:
        said = answers.refused(_already(running, computer))
        await refuse(desk, press, "already_in_mode", said, presser=presser)
        return
    if _may_hide_a_mode(rows, computer, desk.now()):
        said = answers.refused(_HISTORY_NOT_WHOLE)
        await refuse(desk, press, "history_not_whole", said, presser=presser)
        return
    start = Start(desk, press, order, computer, organization_id)
    said = answers.refused(MOVING)
    moving = partial(refuse, desk, press, "standpoint", said, presser=presser)
    await judged_anew(press, partial(_judge_and_send, start), moving)


def _in_the_way(rows: Rows[ModeRow], mode: MaintenanceMode, at: datetime) -> ModeRow | None:
    """A mode that runs by the portal's word and concerns the same part of the protection."""
    for row in rows:
        if row.mode is not None and part_of(row.mode) == part_of(mode) and row.is_running(at):
            return row
    return None


def _may_hide_a_mode(rows: Rows[ModeRow], computer: ComputerRow, at: datetime) -> bool:
    """Whether a line that cannot be read may be a running mode: the computer is in one that no other line explains."""
    if not rows.odd and not any(row.odd for row in rows):
        return False
    told = {row.maintenance_type_id for row in rows if not row.odd and row.is_running(at)}
    return "maintenance_type_id" in computer.odd or computer.maintenance_type_id not in {0, *told}


def _already(row: ModeRow, computer: ComputerRow) -> str:
    until = f" until {row.end_date_time:%Y-%m-%d %H:%M} UTC" if row.end_date_time else ""
    name = MODE_NAMES[row.mode] if row.mode else row.display_name
    return (
        f"{computer.hostname or computer.computer_name} is in {name}{until} already, "
        f"started by {row.added_by or 'somebody'}. End that one first, or extend it."
    )


async def _judge_and_send(start: Start) -> None:
    """The verdict, on identity and grants of this very moment (P1). Raises StandpointMoved and PortalError."""
    desk, press, order = start.desk, start.press, start.order
    presser = await recognize(desk, press)
    if isinstance(presser, Unidentified):
        await refuse(desk, press, presser.why, answers.refused(presser.sentence))
        return
    judged_at = desk.now()
    judged = await judge_start(desk, presser, start.organization_id, start.computer.computer_id, order.mode)
    if isinstance(judged.verdict, Refused):
        await _refused(desk, press, presser, judged, order)
        return
    mode = _mode(start, presser, judged.verdict, judged_at)
    if not desk.rules.writes_on:
        event = _event("mode_rehearsed", mode, start, presser)
        await finish(desk, press, [event], [answer(press, cards.rehearsed(effect_of(mode, order)))])
        return
    if not desk.gate.is_open:
        raise TokenRefused("the token was refused before")
    attempt = mode.attempt
    if attempt is None:
        raise TypeError("a mode that is to be started carries its attempt")
    record = partial(_record, start, presser, mode)
    await carry_out(desk, press, presser, attempt, record=record, send=_sender(start, mode, attempt))


async def _record(start: Start, presser: Presser, mode: RunningMode) -> Recorded:
    """Put the new mode into the ledger with the intent in it. Raises StandpointMoved."""
    desk, press = start.desk, start.press
    event = _event("mode_attempted", mode, start, presser)
    result = await begin_mode(desk, mode, [event], presser.standpoint(press))
    if isinstance(result, StoredMode):
        return result
    if result.kind is ConflictKind.MODE_SLOT:
        await _slot_taken(start, presser, result.subject_id)
    elif result.kind is ConflictKind.MODE:
        await _taken_up_again(desk, press)
    else:
        log.info("mode_start_overtaken", press_id=press.press_id, why=result.why)
    return NotFree(None)


def _mode(start: Start, presser: Presser, verdict: Allowed, judged_at: datetime) -> RunningMode:
    order, computer = start.order, start.computer
    starts_at = start.desk.now().replace(microsecond=0)
    ends_at = starts_at + order.span
    attempt = attempt_of(
        start.desk,
        start.press,
        presser,
        verdict,
        judged_at,
        does=ModeDoing.START,
        until=ends_at,
        because=order.because,
    )
    return RunningMode(
        mode_id=start.mode_id,
        organization_id=start.organization_id,
        organization_name=computer.organization_name,
        computer_id=computer.computer_id,
        computer_name=computer.hostname or computer.computer_name,
        mode=order.mode,
        door=Door.COMPUTER,
        started_by=attempt.actor,
        because=order.because,
        ticket=order.ticket,
        rests_on=attempt.rests_on,
        user_may_end=order.user_may_end,
        starts_at=starts_at,
        ends_at=ends_at,
        attempt=attempt,
        start_id=attempt.attempt_id,
    )


def _sender(start: Start, mode: RunningMode, attempt: ModeAttempt) -> Send:
    body = insert_body(
        start.computer,
        mode.mode,
        start=mode.starts_at,
        end=mode.ends_at,
        note=mode_note(attempt.actor.name, attempt.attempt_id, mode.because),
        user_may_end=mode.user_may_end,
        ticket=mode.ticket,
    )
    return lambda: start.desk.portal.start_mode(body, mode.organization_id)


async def _slot_taken(start: Start, presser: Presser, mode_id: str) -> None:
    """Another one of ours concerns the same part of this computer's protection, or is on its way to do so."""
    stored = await start.desk.ledger.modes.read(mode_id)
    by = stored.mode.started_by.name if stored else "somebody"
    name = MODE_NAMES[stored.mode.mode] if stored else "Another mode"
    sentence = f"{name} was started on this computer by {by} already. End that one first, or extend it."
    said = answers.refused(sentence)
    await refuse(start.desk, start.press, "already_in_mode", said, presser=presser)


async def _refused(desk: Desk, press: Press, presser: Presser, judged: Ruling, order: StartOrder) -> None:
    verdict = judged.verdict
    if not isinstance(verdict, Refused):
        raise TypeError(f"{verdict} is no refusal")
    said = answers.refused(verdict.sentence, judged.could)
    await refuse(desk, press, verdict, said, presser=presser, wanted=order.mode.value)


def _event(name: str, mode: RunningMode, start: Start, presser: Presser) -> Event:
    facts = {
        "attempt_id": mode.start_id,
        "rests_on": list(mode.rests_on),
        "until": mode.ends_at.isoformat(),
        "user_may_end": mode.user_may_end,
        **_standing_facts(presser),
    }
    private = {
        "computer": mode.computer_name,
        "by": mode.started_by.name,
        "because": mode.because,
        "effect": effect_of(mode, start.order),
    }
    return mode_event(
        name, mode, start.press, person_id=presser.person.person_id, facts=facts, private=private
    )


def _standing_facts(presser: Presser) -> dict[str, object]:
    """Under which file and which grants it was judged."""
    return {
        "access_generation": presser.access.generation,
        "access_digest": presser.access.digest,
        "given_version": presser.given_version,
    }


def effect_of(mode: RunningMode, order: StartOrder) -> str:
    """The exact effect in one sentence, with outside words unescaped."""
    learns = _LEARNS if mode.mode in _WITH_APPLICATION else ""
    may = "may" if order.user_may_end else "may not"
    return (
        f"{mode.computer_name} at {mode.organization_name} goes into {MODE_NAMES[mode.mode]} for "
        f"{span_words(order.span)}, until {mode.ends_at:%Y-%m-%d %H:%M} UTC, for everybody on it; "
        f"whoever sits there {may} end it early.{learns}"
    )
