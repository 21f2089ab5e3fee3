"""A request's plan as a time line with its reasons: of one that waits, or of one that somebody only asks about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.models import Case, FrozenPlan, RequestEntry, Rules, Step, StepKind
from bot.models.rotas import ON_DUTY
from bot.rules.kinds import traits_of
from bot.rules.plans import is_outside, is_taken_for
from bot.rules.sla import plan_of
from permissions import Kind

_SAYS: Final = {
    StepKind.REMIND: "the card says that it waits, and who has claimed it is told alone",
    StepKind.REMIND_CHANNEL: "a reminder in the channel, to {who}",
    StepKind.ESCALATE: "the ceiling: {who} called",
    StepKind.ESCALATE_NEXT: "{who} called",
    StepKind.ESCALATE_AGAIN: "{who} called again",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the time line."""

    at: datetime
    says: str
    became: str = ""
    """What became of a step that was taken; empty for what is still to come."""


def advanced_because(case: Case) -> tuple[str, ...]:
    """Why a request is an advanced one; empty for one that is not."""
    count = len(case.computers)
    claim = case.claim
    reasons = (
        ("it is unusual", bool(case.rules_about()) or bool(case.unusual)),
        (f"{count} computers ask for it", count > 1),
        (
            "it was handed over",
            case.handed_over is not None or (claim is not None and claim.handed_over is not None),
        ),
    )
    return tuple(words for words, is_so in reasons if is_so)


def is_the_teams(case: Case, now: datetime, rules: Rules) -> bool:
    """Whether a case is the escalation team's now: elevation and what is advanced, in its hours."""
    if not (traits_of(case.kind).is_the_teams or advanced_because(case)):
        return False
    plans = [plan_of(entry, rules) for entry in case.open_requests]
    return any(plan.hours and not is_outside(plan, now, rules) for plan in plans)


def held_until(case: Case, now: datetime) -> datetime | None:
    """When the clock of a case starts that waits for the hours to begin; None: that of one of its requests runs."""
    starts = [entry.plan.starts_at if entry.plan is not None else None for entry in case.pending]
    ahead = [at for at in starts if at is not None and at > now]
    return min(ahead) if ahead and len(ahead) == len(starts) else None


def moments(
    clock_from: datetime, plan: FrozenPlan, steps: Sequence[Step], rules: Rules, kind: Kind
) -> tuple[Moment, ...]:
    """What happens when, from the asking on; calls after the last one that is planned are told in words."""
    begins = [Moment(clock_from, "asked; the clock starts" if plan.starts_at is None else "asked")]
    if plan.starts_at is not None:
        begins.append(Moment(plan.starts_at, "the hours begin, and the clock starts"))
    ordered = sorted(steps, key=lambda step: step.due_at)
    told = [Moment(step.due_at, _says(step, plan, rules), _became(step)) for step in ordered]
    return (*begins, *told) if is_taken_for(kind, StepKind.REMIND) else (*begins, *told[-1:])


def reasons(plan: FrozenPlan, rules: Rules, kind: Kind) -> tuple[str, ...]:
    """Why the time line is this one, in sentences."""
    because = f": {', '.join(plan.because)}" if plan.because else ""
    promise = (
        f"It is meant to be decided within {_minutes(plan.target)}; after {_minutes(plan.ceiling)} at most"
    )
    counted = f"in the open hours of the calendar {plan.calendar}" if plan.calendar else "around the clock"
    found = [f"Plan {plan.name}{because}.", f"{promise} somebody else is called.", f"Counted {counted}."]
    if plan.outside:
        found.append(f"Outside the hours of the calendar {plan.hours}, {plan.outside} is called instead.")
    if plan.night_digest:
        found.append("Outside the hours everything but the ceiling is told in one list an hour.")
    if not is_taken_for(kind, StepKind.ESCALATE_AGAIN):
        return (*found, "The portal alone decides it, so it is called for once.")
    length = plan.claim_length or rules.decisions.claim_length
    found.append(f"{_paused(plan)} A claim lapses after {_minutes(length)}.")
    pauses = [_minutes(each) for each in plan.back_off]
    ever = (
        f"every {pauses[-1]}"
        if len(pauses) == 1
        else f"{', '.join(pauses[:-1])}, and then every {pauses[-1]}"
    )
    found.append(f"After the last step the same people are called again: {ever}.")
    return tuple(found)


def first_due(case: Case) -> RequestEntry | None:
    """The open request whose ceiling comes first; None: nothing waits."""
    return min(case.open_requests, key=lambda entry: entry.due_at or entry.clock_from, default=None)


def _says(step: Step, plan: FrozenPlan, rules: Rules) -> str:
    words = _SAYS[step.kind]
    if step.kind is StepKind.REMIND_CHANNEL:
        return words.format(who=step.tier or "who has it")
    on_duty = "the approvers" if is_outside(plan, step.due_at, rules) else "the escalation team"
    who = f"whoever is on duty ({on_duty})" if step.tier in ("", ON_DUTY) else step.tier
    return words.format(who=f"{who} is")


def _became(step: Step) -> str:
    if step.taken_at is None:
        return ""
    return f"passed over: {step.skipped}" if step.skipped else "done"


def _paused(plan: FrozenPlan) -> str:
    told = (
        ("the reminder in the channel", StepKind.REMIND_CHANNEL),
        ("what comes after the ceiling, if whoever was called has it", StepKind.ESCALATE_AGAIN),
    )
    named = [words for words, kind in told if kind in plan.pauses]
    return f"A claim pauses {' and '.join(named)}; never the ceiling." if named else "A claim pauses no call."


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g} min"
