"""What follows from the record of a maintenance mode: when to look at it again, and what its message shows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.messages import maintenance as cards
from bot.models import (
    Case,
    Due,
    DueKind,
    Effect,
    EffectKind,
    Kind,
    ModeStanding,
    Place,
    Rules,
    RunningMode,
    Standing,
    Urgency,
    Verb,
)
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
