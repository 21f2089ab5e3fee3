"""The one way in which a record changes: read, make the next one, commit both with what is said; read again if beaten.

read (or what is at hand) ── make ──┬─ nothing to do ─────────> None
             ^                      └─ commit on its version ──┬─ stored ───────────────> the record as it is now
             └───────── somebody else was faster ──────────────┤
                                                               ├─ not ours any more ────> None
                                                               └─ grants have moved ────> StandpointMoved

Beside it what follows from the record of a maintenance mode: when to look at it again, and what its message shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

import structlog

from bot.cards.messages import maintenance as cards
from bot.cards.messages.pages import page_over
from bot.desk.desk import Desk, new_id
from bot.desk.recording import count_times
from bot.desk.saying import (
    calls_again,
    digest,
    doubter_told,
    first_hears,
    page,
    redraw,
    thread_hears,
)
from bot.ledger import Committed, Conflict, ConflictKind, StoredCase, StoredException, StoredMode
from bot.models import (
    Case,
    CaseWrite,
    Change,
    DecisionNote,
    Due,
    DueKind,
    Effect,
    EffectKind,
    Event,
    Kind,
    Leaving,
    ModeStanding,
    ModeWrite,
    Place,
    PortalState,
    Press,
    Rules,
    RunningMode,
    Standing,
    Standpoint,
    TakenDue,
    Urgency,
    Verb,
)
from bot.rules import lifecycle, remembering, sla
from bot.rules.figures import outcomes_in
from permissions import Door

REMIND_BEFORE = timedelta(minutes=5)
"""How long before its end the starter is reminded (our choice: enough to finish or to extend)."""
REQUEST_MODE_LASTS = timedelta(hours=1)
"""A mode that answers a request runs for an hour: the portal's own rule."""
_LOOK_EVERY = timedelta(minutes=5)
"""How often a running mode is looked at, for whoever ended it in the portal (our choice)."""
_LOOK_SOON = timedelta(seconds=5)
"""How often, while an outcome is not known (our choice, as for decisions)."""
_SOON_LASTS = timedelta(seconds=30)
"""For how long a request's mode is looked for that often; then at this span (our choice)."""
_LOOK_AFTER_END = timedelta(minutes=1)
"""How often, while the portal still shows it after its end (our choice)."""


def mode_due(mode: RunningMode, now: datetime, rules: Rules) -> Due:
    """When the mode is to be looked at next."""
    return Due(DueKind.MODE, mode.mode_id, _next_look(mode, now, rules))


def _next_look(mode: RunningMode, now: datetime, rules: Rules) -> datetime | None:
    if not mode.is_open and mode.overtaken is not None:
        return max(mode.overtaken.not_after + rules.decisions.reopen_after, now + _LOOK_SOON)
    if not mode.is_open:
        over = mode.ended_at or mode.ends_at
        return None if mode.redacted_at else over + rules.retention.closed_cases
    if mode.attempt is not None:
        return max(mode.attempt.not_after, now + _LOOK_SOON)
    if mode.standing is ModeStanding.STARTING:
        return now + (_LOOK_SOON if now < mode.starts_at + _SOON_LASTS else _SOON_LASTS)
    looked = mode.looked_at or mode.starts_at
    if mode.overdue_since is not None:
        return looked + (_LOOK_EVERY if mode.escalated_at else _LOOK_AFTER_END)
    moments = [looked + _LOOK_EVERY, mode.ends_at if looked < mode.ends_at else looked + _LOOK_AFTER_END]
    if mode.reminded_at is None and now < mode.ends_at:
        moments.append(reminder_at(mode))
    return min(moments)


def reminder_at(mode: RunningMode) -> datetime:
    """When the starter is to be reminded."""
    return mode.ends_at - REMIND_BEFORE


def mode_shown(mode: RunningMode) -> tuple[Effect, ...]:
    """Make its message show the record; nothing while it is not known whether it ever started."""
    if mode.message is None and mode.standing is not ModeStanding.RUNNING and mode.door is not Door.REQUEST:
        return ()
    said = cards.mode_message(mode)
    effect = Effect(
        effect_id=f"mode:{mode.mode_id}",
        kind=EffectKind.MODE,
        urgency=Urgency.CARD if mode.message is None else Urgency.REDRAW,
        case_id=mode.mode_id,
        organization_id=mode.organization_id,
        request_kind=Kind.APPLICATION.value,
        place=Place.CARD,
        text=said.text,
        blocks=list(said.blocks),
    )
    return (effect,)


def mode_started(case: Case, request_id: str, now: datetime) -> tuple[RunningMode, ...]:
    """The maintenance mode that a request's approval has just started, where it chose one and was ours.

    The portal tells its end and its id later, in the computer's history.
    """
    entry = case.entry(request_id)
    attempt = entry.outcome.attempt if entry and entry.outcome else None
    if entry is None or attempt is None or entry.standing is not Standing.APPROVED:
        return ()
    choice, facts = attempt.choice, entry.facts
    if choice.verb is not Verb.APPROVE or choice.mode is None:
        return ()
    begun = entry.outcome.state.decided_at if entry.outcome and entry.outcome.state.decided_at else now
    mode = RunningMode(
        mode_id=f"m{attempt.attempt_id}",
        organization_id=facts.organization_id,
        organization_name=facts.organization_name,
        computer_id=facts.computer_id,
        computer_name=facts.computer_name,
        mode=choice.mode,
        door=Door.REQUEST,
        case_id=case.case_id,
        request_id=request_id,
        started_by=attempt.actor,
        because=choice.mode_because or choice.reason,
        ticket=choice.ticket,
        rests_on=attempt.rests_on,
        starts_at=begun,
        ends_at=begun + REQUEST_MODE_LASTS,
        start_id=attempt.attempt_id,
        looked_at=now,
    )
    return (mode,)


log = structlog.get_logger()

_TRIES = 25
"""Our choice. Each lost race means that somebody else's change went in; a hundred presses at once need a few."""
_OVERTAKEN = (ConflictKind.LEASE, ConflictKind.PRESS)
"""Conflicts that no second reading mends: the due time was taken by somebody else, the press is answered."""

Stored = TypeVar("Stored", StoredCase, StoredMode, StoredException)
Made = TypeVar("Made")
Gives = TypeVar("Gives")


class StillContended(Exception):
    """A record changed under every try; the caller's work stays queued and is taken up again."""


class StandpointMoved(Exception):
    """Grants changed between the verdict and its record: judge again."""


class CountMoved(StandpointMoved):
    """Another approval that is counted with this one began or ended in between: count again."""


@dataclass(frozen=True, slots=True)
class Proposed(Generic[Gives]):
    """One change on the version that was read, and what its caller gets once it is stored."""

    change: Change
    gives: Gives


async def until_committed(
    desk: Desk, propose: Callable[[], Awaitable[Proposed[Gives] | None]], *, of: str
) -> Gives | None:
    """Propose and commit until it is in; `propose` is asked anew whenever somebody else's change came between.

    None: it proposed nothing, or the press or due time behind it is not ours any more. `of` names the record for the
    log. Raises StillContended after many lost races, and StandpointMoved when what a verdict rested on is not so any
    more: no new reading mends that, only a new verdict.
    """
    for _ in range(_TRIES):
        proposed = await propose()
        if proposed is None:
            return None
        result = await desk.ledger.commit(proposed.change)
        if isinstance(result, Committed):
            for (rule, outcome), count in outcomes_in(proposed.change.events).items():
                desk.metrics.unusual_settled(rule, outcome, count)
            await count_times(
                desk, proposed.change.events, (written.case for written in proposed.change.cases)
            )
            return proposed.gives
        if result.kind is ConflictKind.STANDPOINT:
            raise StandpointMoved(result.why)
        if result.kind is ConflictKind.TALLY:
            raise CountMoved(result.why)
        if result.kind in _OVERTAKEN:
            log.info("change_overtaken", of=of, why=result.why)
            return None
    raise StillContended(f"{of} kept changing under every try")


async def made_of(
    at_hand: list[Stored],
    read: Callable[[], Awaitable[Stored | None]],
    make: Callable[[Stored], Made | None],
) -> tuple[Stored | None, Made | None]:
    """A reading, and what is made of it. What the caller has at hand (at most one) spares the first reading.

    That is as safe as a reading, since the commit is refused on any other version. Only “nothing to do” cannot be
    caught by a commit that is never made, so it is said of a fresh reading alone.
    """
    if at_hand:
        stored = at_hand.pop()
        made = make(stored)
        if made is not None:
            return stored, made
    fresh = await read()
    return fresh, make(fresh) if fresh is not None else None


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
    told_by: str = ""
    """The press whose own answer tells the thread what it ended, once for all of its requests."""
    is_shown: bool = True
    """False: nothing of it is seen on the card, which stays as it is."""


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
            *(
                (redraw(case, first=case.card is None, ahead=press is not None or _has_ended(stored, case)),)
                if amendment.is_shown
                else ()
            ),
            *amendment.effects,
            *told,
            *(thread_hears(stored.case, case, amendment.told_by, desk.rules) if stored else ()),
            *_claim_shown(stored.case if stored else None, case),
            *_pages_over(stored.case if stored else None, case),
            *_digest_shown(desk, stored.case if stored else None, case),
            *(effect for mode in modes for effect in mode_shown(mode)),
        ),
        finishes_press=press.press_id if press else "",
        leaving=amendment.leaving,
        judged_on=judged_on,
        notes=tuple(replace(note, kept=desk.rules.remembered_for) for note in amendment.notes),
        modes=tuple(ModeWrite(mode, 0) for mode in modes),
    )


def _has_ended(stored: StoredCase | None, after: Case) -> bool:
    """Whether a request of it has come to its end: who presses on it now would press in vain."""
    return stored is not None and len(after.open_requests) < len(stored.case.open_requests)


def _claim_shown(before: Case | None, after: Case) -> list[Effect]:
    """Calls say who is on it, and offer it only while nobody is. How it ended the ledger has them say itself."""
    was = before.claim.actor if before and before.claim else None
    is_now = after.claim.actor if after.claim else None
    return [calls_again(after)] if before and after.is_open and was != is_now else []


def _pages_over(before: Case | None, after: Case) -> list[Effect]:
    """Whoever was called by a second way is told that it is over, by the same way."""
    if before is None or not before.is_open or after.is_open:
        return []
    ways = dict.fromkeys(way for one in after.elsewhere for way in one.ways)
    return [page(after, way, page_over(after)) for way in ways]


def _digest_shown(desk: Desk, before: Case | None, after: Case) -> list[Effect]:
    """What is claimed or over leaves the list of what its channel was reminded of."""
    now = desk.now()
    if before is None or not sla.is_reminded(before, now) or sla.is_reminded(after, now):
        return []
    return [
        digest(desk.routes.channel_for(after.organization_id, after.kind.value, Place.CARD), starts=False)
    ]


async def amend(
    desk: Desk,
    case_id: str,
    make: Callable[[Case], Amendment | None],
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
    known: StoredCase | None = None,
) -> StoredCase | None:
    """Read a case, make the next one, commit; read again when somebody else was faster.

    `make` is asked anew for each reading and answers None when there is nothing to do any more; then None is
    returned, and a taken due time is given back to what the record says. `known` is the case as the caller has just
    read or written it. Raises StillContended and StandpointMoved, as `until_committed` does.
    """
    at_hand = [known] if known is not None else []

    def made(stored: StoredCase) -> Amendment | None:
        return make(stored.case)

    async def propose() -> Proposed[StoredCase] | None:
        stored, amendment = await made_of(at_hand, partial(desk.ledger.case, case_id), made)
        if stored is None or amendment is None:
            await _give_back(desk, taken, stored)
            return None
        change = case_change(desk, stored, amendment, press=press, taken=taken, judged_on=judged_on)
        return Proposed(change, StoredCase(amendment.case, stored.version + 1))

    return await until_committed(desk, propose, of=f"case {case_id}")


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


def settlement(desk: Desk, case: Case, request_id: str, state: PortalState, event: Event) -> Amendment:
    """The portal's final word on a request: the case after it, who hears of it, what is remembered for next time."""
    settled = lifecycle.settle(case, request_id, state, desk.now())
    ends = lifecycle.entry_of(case, request_id), lifecycle.entry_of(settled, request_id)
    return Amendment(
        settled,
        (event,),
        effects=doubter_told(case, *ends),
        notes=remembering.decision_notes(settled, request_id),
        modes=mode_started(settled, request_id, desk.now()),
    )


async def finish(desk: Desk, press: Press, events: Sequence[Event], effects: Sequence[Effect]) -> None:
    """Answer a press that changes no case. The record, the answer and the press's end are one step."""
    change = Change(op_id=new_id("o"), events=events, effects=effects, finishes_press=press.press_id)
    result = await desk.ledger.commit(change)
    if isinstance(result, Conflict):
        log.info("press_already_finished", press_id=press.press_id, why=result.why)
        return
    await count_times(desk, events)
