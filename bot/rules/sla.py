"""The clock of a request: when reminders and escalations are due, and what is done when time was missed.

Everything here is a function of values and the time. Source of the defaults: the support organization's
workflow (about 5 minutes on average, 15 at most); the numbers are in `bot.models.rules.SlaPlan`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.models import Case, FrozenPlan, RequestEntry, Rules, Step, StepKind
from bot.rules.plans import (
    Pause,
    calls_of,
    is_outside,
    is_taken_for,
    step_traits,
    tier_at,
    usual,
    within_hours,
)

_BY_STRENGTH = tuple(StepKind)
_FUTURE_TOLERANCE = timedelta(seconds=30)
"""A request time this far ahead of ours is clock difference, not nonsense (our choice)."""


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


def last_escalation(case: Case) -> str:
    """The name of the newest escalation that its clock has come to; empty before the first.

    Named by when the next one comes: an entry keeps no repeat that was taken, since the next takes its place.
    """
    steps = [step for entry in case.open_requests for step in calls_of(entry)]
    if all(step.is_open for step in steps):
        return ""
    following = min((step.due_at for step in steps if step.is_open), default=None)
    return f"before:{following:%Y-%m-%dT%H:%M:%S}" if following is not None else "last"


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
    tier: str = ""
    """Whom the step that acts calls, by the tier's name; empty: those on duty, or who has the case."""


SpokenFor = Callable[[StepKind, str], str]
"""The case on the same card that has said a step of this kind to this tier for all of them; empty: none has."""
_Place = tuple[str, int]
"""A step by its request and its place among that request's steps."""


def _nobody(_: StepKind, __: str) -> str:
    return ""


def take_steps(case: Case, now: datetime, rules: Rules, spoken_for: SpokenFor = _nobody) -> StepsTaken:
    """Take everything that is due: the strongest step acts once for the whole case, weaker ones are skipped.

    A claim pauses reminders, never the first escalation; a repeat pauses while somebody who was escalated to
    has claimed the case. What is paused holds up nothing else: another request's ceiling still acts.
    """
    due = {
        (entry.facts.request_id, place): step
        for entry in case.requests
        for place, step in _due_steps(entry, now)
    }
    if not due:
        return StepsTaken(case, None, (), ())
    paused = {place: why for place, step in due.items() if (why := _pause(case, place[0], step, now, rules))}
    said = {
        place: f"said for the whole card by {who}"
        for place, step in due.items()
        if place not in paused and (who := spoken_for(step.kind, step.tier))
    }
    passed = paused | said
    # Of two calls of a plan that fall together the later one acts, as of any two steps the stronger one.
    free = sorted(
        due.keys() - passed.keys(), key=lambda place: (_BY_STRENGTH.index(due[place].kind), place[1])
    )
    acts = due[free[-1]] if free else None
    alike = [place for place in free if acts and (due[place].kind, due[place].tier) == (acts.kind, acts.tier)]
    # Sorted: of each request the last one that is alike remains.
    acting = dict(alike)
    because = f"overtaken by {acts.kind}" if acts else ""
    reasons = {one: passed.get(one, because) for one in due if acting.get(one[0]) != one[1]}
    entries = tuple(_taken(entry, now, rules, reasons, paused.keys()) for entry in case.requests)
    changed = case.model_copy(update={"requests": entries})
    if any(step_traits(due[place].kind).escalates for place in (*said, *acting.items())):
        changed = changed.model_copy(update={"escalated_at": case.escalated_at or now})
    return StepsTaken(
        case=changed,
        acts=acts.kind if acts else None,
        for_requests=tuple(dict.fromkeys(each for each, _ in due if each in acting)),
        skipped=tuple(f"{due[place].kind.value} of {place[0]}: {why}" for place, why in reasons.items()),
        paused=frozenset(due[place].kind for place in paused if is_taken_for(case.kind, due[place].kind)),
        tier=acts.tier if acts else "",
    )


def is_for_night_list(look: StepsTaken, now: datetime, rules: Rules) -> bool:
    """Whether what acts is told in the hourly list of the night: as the plans of all its requests say, and never the
    ceiling."""
    if look.acts in (None, StepKind.REMIND, StepKind.ESCALATE):
        return False
    entries = (look.case.entry(request_id) for request_id in look.for_requests)
    plans = [plan_of(entry, rules) for entry in entries if entry is not None]
    return all(plan.night_digest and is_outside(plan, now, rules) for plan in plans)


def absorb_late(case: Case, request_id: str, now: datetime, rules: Rules, *, because: str) -> Case:
    """Take a request's escalation that was late on arrival without a ping of its own: one summary spoke for it."""
    entries = tuple(
        _absorb(entry, now, rules, because) if entry.facts.request_id == request_id else entry
        for entry in case.requests
    )
    if entries == case.requests:
        return case
    return case.model_copy(update={"requests": entries, "escalated_at": case.escalated_at or now})


def plan_of(entry: RequestEntry, rules: Rules) -> FrozenPlan:
    """The plan of a request; of one from before there were plans, that of `[sla]`."""
    return entry.plan if entry.plan is not None else usual(rules.plan)


def claim_length(case: Case, rules: Rules) -> timedelta:
    """How long a claim of a case lasts: as the shortest of its open requests' plans says, else the settings."""
    told = (entry.plan.claim_length for entry in case.open_requests if entry.plan is not None)
    return min((length for length in told if length is not None), default=rules.decisions.claim_length)


def _skip(step: Step, now: datetime, why: str) -> Step:
    return step.model_copy(update={"taken_at": now, "skipped": why})


def _due_steps(entry: RequestEntry, now: datetime) -> tuple[tuple[int, Step], ...]:
    """What is due of a request, each with its place."""
    if not entry.standing.is_open:
        return ()
    return tuple(one for one in enumerate(entry.steps) if one[1].is_open and one[1].due_at <= now)


def _pause(case: Case, request_id: str, step: Step, now: datetime, rules: Rules) -> str:
    if not is_taken_for(case.kind, step.kind):
        # A plan of a release before still holds what is not planned for this kind any more.
        return "decided in the portal alone: called for once"
    claim, entry = case.claim, case.entry(request_id)
    if claim is None or entry is None or claim.until <= now or step.kind not in plan_of(entry, rules).pauses:
        return ""
    match step_traits(step.kind).pause:
        case Pause.ANY_CLAIM:
            return f"claimed by {claim.actor.name}"
        case Pause.CLAIM_OF_THE_CALLED:
            return f"claimed by {claim.actor.name}, who was escalated to" if claim.escalated else ""
        case Pause.NO_CLAIM:
            return ""


def _taken(
    entry: RequestEntry,
    now: datetime,
    rules: Rules,
    reasons: Mapping[_Place, str],
    paused: Collection[_Place],
) -> RequestEntry:
    """The request with what was due taken: without a reason to skip it, it acted; and its next call armed."""
    due = dict(_due_steps(entry, now))
    if not due:
        return entry
    request_id = entry.facts.request_id
    steps = tuple(
        _skip(step, now, reasons.get((request_id, place), "")) if place in due else step
        for place, step in enumerate(entry.steps)
    )
    is_held = any((request_id, place) in paused and step_traits(due[place].kind).escalates for place in due)
    return _repeat(entry.model_copy(update={"steps": steps}), now, rules, is_held=is_held)


def _absorb(entry: RequestEntry, now: datetime, rules: Rules, because: str) -> RequestEntry:
    due = dict(_due_steps(entry, now))
    steps = tuple(
        _skip(step, now, because) if place in due else step for place, step in enumerate(entry.steps)
    )
    return (
        _repeat(entry.model_copy(update={"steps": steps}), now, rules) if due else _repeat(entry, now, rules)
    )


def _repeat(entry: RequestEntry, now: datetime, rules: Rules, *, is_held: bool = False) -> RequestEntry:
    """After the last call of the plan the next one is armed, ever later; what time has run past is not made up for.

    For what the portal alone decides none is armed: no press of ours could end them.
    """
    if not is_taken_for(entry.facts.kind, StepKind.ESCALATE_AGAIN):
        return entry
    calls = calls_of(entry)
    if not calls or any(step.is_open for step in calls):
        return entry
    plan, last = plan_of(entry, rules), calls[-1]
    planned = next((step for step in reversed(calls) if step.kind is not StepKind.ESCALATE_AGAIN), last)
    pause = plan.back_off[0]
    if is_held:
        # A claim holds it back: it is looked at again soon, since that may end; the pauses grow with calls alone.
        at = last.due_at + (max(0, (now - last.due_at) // pause) + 1) * pause
    else:
        # A call that came late counts from the last quarter of an hour (or whatever the pause is) before it.
        missed = max(0, ((planned.taken_at or planned.due_at) - planned.due_at) // pause)
        at = _next_call(planned.due_at + missed * pause, now, plan.back_off)
    at = within_hours(plan, at, rules)
    tier = tier_at(plan, planned.tier, at, rules)
    again = Step(kind=StepKind.ESCALATE_AGAIN, due_at=at, tier=tier)
    kept = tuple(step for step in entry.steps if step.kind is not StepKind.ESCALATE_AGAIN)
    return entry.model_copy(update={"steps": (*kept, again)})


def _next_call(since: datetime, now: datetime, pauses: Sequence[timedelta]) -> datetime:
    """When people are called again, counted from the last call of the plan: after these pauses, the last for ever.

    From the plan, not from the last call: so that the next one is known without a count of those before it.
    """
    at = since
    for pause in pauses:
        at += pause
        if at > now:
            return at
    return at + ((now - at) // pauses[-1] + 1) * pauses[-1]
