"""The clock of a request: when reminders and escalations are due, and what is done when time was missed.

Everything here is a function of values and the time. Source of the defaults: the support organization's
workflow (about 5 minutes on average, 15 at most); the numbers are in `bot.models.rules.SlaPlan`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.models import Case, Kind, RequestEntry, SlaPlan, Step, StepKind
from bot.rules.kinds import traits_of
from bot.rules.steps import Pause, step_traits

_BY_STRENGTH = tuple(StepKind)
_FUTURE_TOLERANCE = timedelta(seconds=30)
"""A request time this far ahead of ours is clock difference, not nonsense (our choice)."""
_LONGEST_PAUSE = 8
"""Times the first pause: from a quarter of an hour to two hours. Whoever did not come for the third call does not come
for the fortieth, and a night of them teaches people to look away (our choice)."""


def clock_start(requested_at: datetime | None, first_seen_at: datetime) -> tuple[datetime, str]:
    """When a request's clock starts, and a note where that is not the request's own time."""
    if requested_at is None:
        return first_seen_at, "the portal gave no request time; the clock started when it was first seen"
    if requested_at > first_seen_at + _FUTURE_TOLERANCE:
        return (
            first_seen_at,
            "the portal's request time lies in the future; the clock started when first seen",
        )
    return min(requested_at, first_seen_at), ""


def plan_steps(
    clock_from: datetime, now: datetime, plan: SlaPlan, *, kind: Kind = Kind.APPLICATION
) -> tuple[Step, ...]:
    """The frozen plan of one request. Reminders late on arrival are skipped and say so; escalations never."""
    delays = ((step, step_traits(step).after) for step in StepKind if _is_taken_for(kind, step))
    steps = (Step(kind=step, due_at=clock_from + after(plan)) for step, after in delays if after is not None)
    return tuple(
        _skip(step, now, "late when the request arrived")
        if step.due_at <= now and not step_traits(step.kind).escalates
        else step
        for step in steps
    )


def _is_taken_for(kind: Kind, step: StepKind) -> bool:
    return traits_of(kind).is_decided_here or step_traits(step).takes_in_portal


def waits_unclaimed(case: Case) -> bool:
    """Whether the first of its reminders has come and nobody has claimed it: the card says so, and mentions nobody."""
    steps = (step for entry in case.pending for step in entry.steps if step.kind is StepKind.REMIND)
    return case.claim is None and any(not step.is_open for step in steps)


def is_reminded(case: Case, now: datetime) -> bool:
    """Whether it waits past the time at which its channel is reminded, and nobody has claimed it."""
    at = reminded_at(case)
    return at is not None and at <= now


def reminded_at(case: Case) -> datetime | None:
    """When its channel is reminded of it, as long as it waits unclaimed; None: it is not."""
    steps = (step for entry in case.pending for step in entry.steps)
    shown = (step.due_at for step in steps if step_traits(step.kind).is_shown_in_channel)
    return min(shown, default=None) if case.claim is None else None


def next_due_at(case: Case) -> datetime | None:
    """When the next step of any open request is due; None when nothing is left to come."""
    times = (step.due_at for entry in case.open_requests for step in entry.steps if step.is_open)
    return min(times, default=None)


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """What one look at the clock did to a case."""

    case: Case
    acts: StepKind | None
    """The one step that acts; None when everything due was skipped."""
    for_requests: tuple[str, ...]
    """The requests whose step acts."""
    skipped: tuple[str, ...]
    """What was passed over and why, in words, for the record."""
    paused: frozenset[StepKind] = frozenset()
    """What a claim held back: its claimer may be told instead."""


def _nobody(_: StepKind) -> str:
    return ""


def take_steps(
    case: Case, now: datetime, plan: SlaPlan, spoken_for: Callable[[StepKind], str] = _nobody
) -> StepsTaken:
    """Take everything that is due: the strongest step acts once for the whole case, weaker ones are skipped.

    `spoken_for`: the case on the same card that has said a step of this kind for all of them; empty where none has.

    A claim pauses reminders, never the first escalation; a repeat pauses while somebody who was escalated to
    has claimed the case. What is paused holds up nothing else: another request's ceiling still acts.
    """
    due = {step.kind for entry in case.requests for step in _due_steps(entry, now)}
    if not due:
        return StepsTaken(case, None, (), ())
    paused = {kind: why for kind in due if (why := _pause(case, kind, now))}
    claimed = frozenset(kind for kind in paused if _is_taken_for(case.kind, kind))
    said = {
        kind: f"said for the whole card by {who}" for kind in due - paused.keys() if (who := spoken_for(kind))
    }
    paused |= said
    acts = max(due - paused.keys(), key=_BY_STRENGTH.index, default=None)
    reasons = {kind: paused.get(kind) or f"overtaken by {acts}" for kind in due}
    entries: list[RequestEntry] = []
    acting: list[str] = []
    skipped: list[str] = []
    for entry in case.requests:
        taken, acted, passed = _take_entry(entry, now, acts, reasons)
        is_paused = StepKind.ESCALATE_AGAIN in paused
        entries.append(_repeat(taken, now, plan, is_paused=is_paused) if taken is not entry else entry)
        if acted:
            acting.append(entry.facts.request_id)
        skipped.extend(f"{kind.value} of {entry.facts.request_id}: {reasons[kind]}" for kind in passed)
    changed = case.model_copy(update={"requests": tuple(entries)})
    if any(step_traits(kind).escalates for kind in (*said, *([acts] if acts is not None else []))):
        changed = changed.model_copy(update={"escalated_at": case.escalated_at or now})
    return StepsTaken(changed, acts, tuple(acting), tuple(skipped), claimed)


def absorb_late(case: Case, request_id: str, now: datetime, plan: SlaPlan, *, because: str) -> Case:
    """Take a request's escalation that was late on arrival without a ping of its own: one summary spoke for it."""
    entries = tuple(
        _repeat(_absorb(entry, now, because), now, plan) if entry.facts.request_id == request_id else entry
        for entry in case.requests
    )
    if entries == case.requests:
        return case
    return case.model_copy(update={"requests": entries, "escalated_at": case.escalated_at or now})


def _skip(step: Step, now: datetime, why: str) -> Step:
    return step.model_copy(update={"taken_at": now, "skipped": why})


def _due_steps(entry: RequestEntry, now: datetime) -> tuple[Step, ...]:
    if not entry.standing.is_open:
        return ()
    return tuple(step for step in entry.steps if step.is_open and step.due_at <= now)


def _pause(case: Case, kind: StepKind, now: datetime) -> str:
    if not _is_taken_for(case.kind, kind):
        # A plan of a release before still holds what is not planned for this kind any more.
        return "decided in the portal alone: called for once"
    claim = case.claim
    if claim is None or claim.until <= now:
        return ""
    match step_traits(kind).pause:
        case Pause.ANY_CLAIM:
            return f"claimed by {claim.actor.name}"
        case Pause.CLAIM_OF_THE_CALLED:
            return f"claimed by {claim.actor.name}, who was escalated to" if claim.escalated else ""
        case Pause.NO_CLAIM:
            return ""


def _take_entry(
    entry: RequestEntry, now: datetime, acts: StepKind | None, reasons: Mapping[StepKind, str]
) -> tuple[RequestEntry, bool, tuple[StepKind, ...]]:
    due = _due_steps(entry, now)
    if not due:
        return entry, False, ()
    acted = any(step.kind is acts for step in due)
    passed = tuple(step.kind for step in due if step.kind is not acts)
    steps = tuple(
        (
            step.model_copy(update={"taken_at": now})
            if step.kind is acts
            else _skip(step, now, reasons[step.kind])
        )
        if step in due
        else step
        for step in entry.steps
    )
    return entry.model_copy(update={"steps": steps}), acted, passed


def _absorb(entry: RequestEntry, now: datetime, because: str) -> RequestEntry:
    due = _due_steps(entry, now)
    if not due:
        return entry
    steps = tuple(_skip(step, now, because) if step in due else step for step in entry.steps)
    return entry.model_copy(update={"steps": steps})


def _repeat(entry: RequestEntry, now: datetime, plan: SlaPlan, *, is_paused: bool = False) -> RequestEntry:
    """After an escalation the next one is armed, ever later; repeats that time has run past are not made up for.

    For what the portal alone decides none is armed: no press of ours could end them.
    """
    if not _is_taken_for(entry.facts.kind, StepKind.ESCALATE_AGAIN):
        return entry
    escalations = [step for step in entry.steps if step_traits(step.kind).escalates]
    if not escalations or any(step.is_open for step in escalations):
        return entry
    first, last = escalations[0], escalations[-1]
    if is_paused:
        # Looked at again soon: the claim may end at any moment, and the pauses grow with calls alone.
        due_at = last.due_at + (max(0, (now - last.due_at) // plan.repeat_every) + 1) * plan.repeat_every
    else:
        # A first call that came late counts from the last quarter of an hour (or whatever the pause is) before it.
        missed = max(0, ((first.taken_at or first.due_at) - first.due_at) // plan.repeat_every)
        due_at = _next_repeat(first.due_at + missed * plan.repeat_every, now, plan)
    again = Step(kind=StepKind.ESCALATE_AGAIN, due_at=due_at)
    kept = tuple(step for step in entry.steps if step.kind is not StepKind.ESCALATE_AGAIN)
    return entry.model_copy(update={"steps": (*kept, again)})


def _next_repeat(since: datetime, now: datetime, plan: SlaPlan) -> datetime:
    """When people are called again, counted from the first call; each pause is twice the one before, up to a limit.

    From the first call, not from the last one: so that the next one is known without a count of those before it.
    """
    pause, longest = plan.repeat_every, _LONGEST_PAUSE * plan.repeat_every
    at = since + pause
    while at <= now and pause < longest:
        pause *= 2
        at += pause
    missed = max(0, (now - at) // longest + 1) if at <= now else 0
    return at + missed * longest
