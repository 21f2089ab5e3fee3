"""The one way in which the use cases change a case: read, make the next one, commit both with what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.desk.firsts import first_hears
from bot.desk.ids import new_id
from bot.desk.mode_parts import mode_due, mode_shown, mode_started
from bot.desk.parts import Desk
from bot.desk.saying import redraw
from bot.ledger import Committed, Conflict, ConflictKind, StoredCase
from bot.models import (
    Case,
    CaseWrite,
    Change,
    DecisionNote,
    Effect,
    Event,
    Leaving,
    ModeWrite,
    PortalState,
    Press,
    RunningMode,
    Standpoint,
    TakenDue,
)
from bot.rules import lifecycle

log = structlog.get_logger()

_AMEND_TRIES = 25
"""Our choice. Each lost race means that somebody else's change went in; a hundred presses at once need a few."""


class StillContended(Exception):
    """A case changed under every try; the caller's work stays queued and is taken up again."""


class StandpointMoved(Exception):
    """Grants changed between the verdict and its record: judge again."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a use case makes of the case it read."""

    case: Case
    events: Sequence[Event]
    effects: Sequence[Effect] = ()
    leaving: Sequence[Leaving] = ()
    notes: Sequence[DecisionNote] = ()
    modes: Sequence[RunningMode] = ()
    """Maintenance modes that have just started with it."""


def case_change(
    desk: Desk,
    stored: StoredCase | None,
    amendment: Amendment,
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
) -> Change:
    """The change from a stored case to the next one. Due times and redraw follow from the record by themselves."""
    case, modes, now = amendment.case, amendment.modes, desk.now()
    void, told = first_hears(stored.case, case) if stored else ([], [])
    return Change(
        op_id=new_id("o"),
        events=(*amendment.events, *void),
        cases=(CaseWrite(case, stored.version if stored else 0),),
        due=(
            *lifecycle.due_times(case, now, desk.rules),
            *(mode_due(mode, now, desk.rules) for mode in modes),
        ),
        taken=taken,
        effects=(
            redraw(case, first=case.card is None),
            *amendment.effects,
            *told,
            *(effect for mode in modes for effect in mode_shown(mode)),
        ),
        finishes_press=press.press_id if press else "",
        leaving=amendment.leaving,
        judged_on=judged_on,
        notes=amendment.notes,
        modes=tuple(ModeWrite(mode, 0) for mode in modes),
    )


async def amend(
    desk: Desk,
    case_id: str,
    make: Callable[[Case], Amendment | None],
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
) -> StoredCase | None:
    """Read a case, make the next one, commit; read again when somebody else was faster.

    `make` is asked anew for each reading and answers None when there is nothing to do any more; then None is
    returned, and a taken due time is given back to what the record says. Raises StillContended after many lost
    races, and StandpointMoved when what a verdict rested on is not so any more.
    """
    for _ in range(_AMEND_TRIES):
        stored = await desk.ledger.case(case_id)
        amendment = make(stored.case) if stored else None
        if stored is None or amendment is None:
            await _give_back(desk, taken, stored)
            return None
        result = await desk.ledger.commit(
            case_change(desk, stored, amendment, press=press, taken=taken, judged_on=judged_on)
        )
        if isinstance(result, Committed):
            return StoredCase(amendment.case, stored.version + 1)
        if result.kind is ConflictKind.STANDPOINT:
            raise StandpointMoved(result.why)
        if result.kind in (ConflictKind.LEASE, ConflictKind.PRESS):
            log.info("change_overtaken", case_id=case_id, why=result.why)
            return None
    raise StillContended(f"case {case_id} kept changing under every try")


async def _give_back(desk: Desk, taken: TakenDue | None, stored: StoredCase | None) -> None:
    """A due time that turned out to be none: put it where the record wants it, or remove it."""
    if taken is None:
        return
    wanted = lifecycle.due_times(stored.case, desk.now(), desk.rules) if stored else ()
    at = next((due.at for due in wanted if due.kind is taken.kind), None)
    if at is None:
        await desk.ledger.due_done(taken)
    else:
        await desk.ledger.due_later(taken, at)


def settlement(
    desk: Desk, case: Case, request_id: str, state: PortalState, event: Event, *, answered: bool = False
) -> Amendment:
    """The portal's final word on a request: the case after it, and what is remembered for the next time.

    `answered`: the portal had said yes to our own write just before.
    """
    settled = lifecycle.settle(case, request_id, state, desk.now(), answered=answered)
    return Amendment(
        settled,
        (event,),
        notes=lifecycle.decision_notes(settled, request_id),
        modes=mode_started(settled, request_id, desk.now()),
    )


async def finish(desk: Desk, press: Press, events: Sequence[Event], effects: Sequence[Effect]) -> None:
    """Answer a press that changes no case. The record, the answer and the press's end are one step."""
    change = Change(op_id=new_id("o"), events=events, effects=effects, finishes_press=press.press_id)
    result = await desk.ledger.commit(change)
    if isinstance(result, Conflict):
        log.info("press_already_finished", press_id=press.press_id, why=result.why)
