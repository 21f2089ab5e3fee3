"""Which plan a request has, and when each of its steps is due. Worked out once, when the request comes.

organization, kind, risk, requestor ──> the first plan that takes it ──┐
the request's own time ────────────────────────────────────────────────┼──> steps with due times, and their reasons
the calendar, where its hours count ───────────────────────────────────┘

What a step is (when it falls due, what it says, where, whom it calls, what pauses it) has one entry here: the only
place that a new step has to be told to besides its time in the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from bot.models import FrozenPlan, Kind, Place, PlanSection, RequestEntry, Rules, SlaPlan, Step, StepKind
from bot.models.calendars import CalendarSection
from bot.models.plans import USUAL, Pausable, PlanStep
from bot.models.rotas import ON_DUTY
from bot.rules.calendars import calendar_name_for, calendars_of, is_open, next_change, open_time_after
from bot.rules.kinds import traits_of
from permissions import account
from permissions.grants import same_id


class Calls(Enum):
    """Whom a step calls."""

    HOLDER = "holder"
    """Who has the case: its claimer, else the team that it was handed over to, else the approvers."""
    ON_DUTY = "on duty"
    """The escalation team in its hours, else the approvers."""


class Pause(Enum):
    """Whose claim pauses a step."""

    ANY_CLAIM = "any"
    CLAIM_OF_THE_CALLED = "called"
    """Of somebody who was escalated to."""
    NO_CLAIM = "none"
    """The ceiling holds whoever is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTraits:
    """What one step of the clock is."""

    calls: Calls
    place: Place
    """Before the card in its thread, or in the escalation channel."""
    is_private: bool = False
    """Told to the claimer alone. Where nobody has claimed it, the card itself says that it waits."""
    is_shown_in_channel: bool = False
    """A reply in the thread that the channel sees too."""
    heading: str = ""
    says: str
    """Its sentence. Filled in: the `{minutes}` up to the ceiling, how many minutes `{late}`."""
    pause: Pause
    takes_in_portal: bool = False
    """Whether it is taken for what only the portal decides. No press here ends that, so it is called for once, at its
    ceiling, and neither reminders nor repeats go to people who cannot decide it."""
    after: Callable[[SlaPlan], timedelta] | None
    """How long after the request; None: armed by the step before it."""

    @property
    def escalates(self) -> bool:
        """Whether it calls other people than those who have the case."""
        return self.calls is Calls.ON_DUTY


_REMIND: Final = StepTraits(
    calls=Calls.HOLDER,
    place=Place.CARD,
    is_private=True,
    says="You have claimed a request that still waits for a decision.",
    pause=Pause.ANY_CLAIM,
    after=lambda plan: plan.remind_after,
)
_REMIND_CHANNEL: Final = StepTraits(
    calls=Calls.HOLDER,
    place=Place.CARD,
    is_shown_in_channel=True,
    says="Still undecided; next comes the escalation team.",
    pause=Pause.ANY_CLAIM,
    after=lambda plan: plan.remind_channel_after,
)
_ESCALATE: Final = StepTraits(
    calls=Calls.ON_DUTY,
    place=Place.ESCALATION,
    heading="Escalated:",
    says="undecided after {minutes} minutes.",
    pause=Pause.NO_CLAIM,
    takes_in_portal=True,
    after=lambda plan: plan.escalate_after,
)
_ESCALATE_NEXT: Final = StepTraits(
    calls=Calls.ON_DUTY,
    place=Place.ESCALATION,
    heading="Still undecided, and passed on:",
    says="{late} minutes late. Whoever claims or decides it ends these calls.",
    pause=Pause.CLAIM_OF_THE_CALLED,
    after=None,
)
_ESCALATE_AGAIN: Final = StepTraits(
    calls=Calls.ON_DUTY,
    place=Place.ESCALATION,
    heading="Still undecided:",
    says="{late} minutes late. Claim or decide it to stop these calls.",
    pause=Pause.CLAIM_OF_THE_CALLED,
    after=None,
)


def step_traits(kind: StepKind) -> StepTraits:
    """The entry of a step."""
    # No dictionary: of a `match` the type checker sees that an entry is missing.
    match kind:
        case StepKind.REMIND:
            return _REMIND
        case StepKind.REMIND_CHANNEL:
            return _REMIND_CHANNEL
        case StepKind.ESCALATE:
            return _ESCALATE
        case StepKind.ESCALATE_NEXT:
            return _ESCALATE_NEXT
        case StepKind.ESCALATE_AGAIN:
            return _ESCALATE_AGAIN
        case _:
            assert_never(kind)


def calls_of(entry: RequestEntry) -> list[Step]:
    """The steps of a request that call other people, in its plan's order."""
    return [step for step in entry.steps if step_traits(step.kind).escalates]


_LONGEST_PAUSE = 8
"""Times the first pause: from a quarter of an hour to two hours. Whoever did not come for the third call does not come
for the fortieth, and a night of them teaches people to look away (our choice)."""
_PAUSED_BY = {
    Pausable.REMIND: (StepKind.REMIND_CHANNEL,),
    Pausable.REPEAT: (StepKind.ESCALATE_NEXT, StepKind.ESCALATE_AGAIN),
}
LATE_ON_ARRIVAL = "late when the request arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """What a plan is chosen by, and when its clock starts."""

    organization_id: str
    above: tuple[str, ...] = ()
    """The organizations above it, the nearest first; empty before they were read once."""
    kind: Kind
    is_unusual: bool = False
    requestors: tuple[str, ...] = ()
    """The accounts of who asked, as the portal has them."""
    clock_from: datetime

    @property
    def lineage(self) -> tuple[str, ...]:
        """The organization and those above it."""
        return (self.organization_id, *self.above)


@dataclass(frozen=True, slots=True)
class Armed:
    """A request's plan and its steps."""

    plan: FrozenPlan
    steps: tuple[Step, ...]


def armed(rules: Rules, arriving: Arriving, now: datetime) -> Armed:
    """The plan of a request that has just come. Reminders late by then are skipped and say so; calls never."""
    name, section = chosen(rules, arriving)
    plan = _frozen(rules, arriving, name, section)
    spelled = section.steps if section is not None else usual_steps(rules.plan)
    steps = (_due(rules, plan, arriving, step) for step in spelled if is_taken_for(arriving.kind, step.kind))
    return Armed(plan, tuple(late_skipped(step, now) for step in steps))


def chosen(rules: Rules, arriving: Arriving) -> tuple[str, PlanSection | None]:
    """The name of the plan that takes a request, and what the file says of it; None: the one of `[sla]`."""
    return next(
        ((name, plan) for name, plan in rules.plans.items() if _takes(plan, arriving)),
        (USUAL, None),
    )


def usual(plan: SlaPlan) -> FrozenPlan:
    """The plan of `[sla]`, of requests that no other one takes, and of those from before there were plans."""
    pauses = []
    pause = plan.repeat_every
    while pause < _LONGEST_PAUSE * plan.repeat_every:
        pauses.append(pause)
        pause *= 2
    return FrozenPlan(
        because=("no plan of the settings takes it",),
        ceiling=plan.escalate_after,
        target=min(plan.remind_after, plan.escalate_after),
        back_off=(*pauses, _LONGEST_PAUSE * plan.repeat_every),
        pauses=(StepKind.REMIND, *_pauses(tuple(Pausable))),
    )


def usual_steps(plan: SlaPlan) -> tuple[PlanStep, ...]:
    """The steps of `[sla]`."""
    delays = ((step, step_traits(step).after) for step in StepKind)
    return tuple(PlanStep(step, after(plan)) for step, after in delays if after is not None)


def is_taken_for(kind: Kind, step: StepKind) -> bool:
    """Whether a step means anything for a kind: what the portal alone decides is called for once, at its ceiling."""
    return traits_of(kind).is_decided_here or step_traits(step).takes_in_portal


def late_skipped(step: Step, now: datetime) -> Step:
    """A reminder that was late when its request arrived is passed over."""
    if step.due_at > now or step_traits(step.kind).escalates:
        return step
    return step.model_copy(update={"taken_at": now, "skipped": LATE_ON_ARRIVAL})


def within_hours(plan: FrozenPlan, at: datetime, rules: Rules) -> datetime:
    """When something that falls on this instant is due: then, or when the calendar that the plan counts by opens."""
    calendar = calendars_of(rules).get(plan.calendar)
    if calendar is None or is_open(calendar, at):
        return at
    return next_change(calendar, at) or at


def tier_at(plan: FrozenPlan, tier: str, at: datetime, rules: Rules) -> str:
    """The tier that a call at an instant is for: outside the hours it may be another one than in them."""
    return plan.outside if plan.outside and is_outside(plan, at, rules) else tier


def is_outside(plan: FrozenPlan, at: datetime, rules: Rules) -> bool:
    """Whether the hours that a plan goes by are closed. A calendar that the file has no more closes nothing."""
    hours = calendars_of(rules).get(plan.hours)
    return hours is not None and not is_open(hours, at)


def _takes(plan: PlanSection, arriving: Arriving) -> bool:
    return (
        (not plan.organizations or bool(set(map(same_id, arriving.lineage)) & set(plan.organizations)))
        and (not plan.kinds or arriving.kind in plan.kinds)
        and plan.risk in ("any", "unusual" if arriving.is_unusual else "usual")
        and (not plan.requestors or any(_is_of(plan.requestors, each) for each in arriving.requestors))
    )


def _is_of(patterns: Sequence[str], requestor: str) -> bool:
    asked = account(requestor)
    wanted = (account(each) for each in patterns)
    return bool(asked.name) and any(
        one.name in ("*", asked.name) and (not one.domain or one.domain == asked.domain) for one in wanted
    )


def _because(plan: PlanSection) -> tuple[str, ...]:
    """What the plan asks for, which the request therefore has."""
    reasons = (
        ("its organization is named there", plan.organizations),
        ("it takes this kind of request", plan.kinds),
        (f"the request was {plan.risk} as it came", plan.risk != "any"),
        ("who asked is named there", plan.requestors),
    )
    return tuple(words for words, asked in reasons if asked) or ("it takes every request",)


def _frozen(rules: Rules, arriving: Arriving, name: str, section: PlanSection | None) -> FrozenPlan:
    hours = calendar_name_for(rules, *arriving.lineage)
    if section is None:
        return usual(rules.plan).model_copy(update={"hours": hours})
    elevates = traits_of(arriving.kind).elevates
    counts = section.clock == "calendar" or (elevates and section.outside == "hold")
    because = list(_because(section))
    starts_at = None
    if counts:
        starts_at, told = _start(calendars_of(rules)[hours], arriving.clock_from)
        counts = starts_at is not None
        because += [told] if told else []
    own_tier = section.outside not in ("on_call", "hold")
    return FrozenPlan(
        name=name,
        because=tuple(because),
        ceiling=section.ceiling,
        target=section.target,
        back_off=section.back_off,
        pauses=(StepKind.REMIND, *_pauses(section.claim_pauses)),
        claim_length=section.claim_length,
        calendar=hours if counts else "",
        starts_at=starts_at if starts_at and starts_at > arriving.clock_from else None,
        outside=section.outside if elevates and own_tier else "",
        hours=hours,
        night_digest=section.night_digest,
    )


def _start(calendar: CalendarSection, clock_from: datetime) -> tuple[datetime | None, str]:
    """When the first open minute begins, and what is said of it where that is not at once."""
    opens = open_time_after(calendar, clock_from, timedelta())
    if opens is None:
        return None, "its calendar stays closed for a year and more, so its clock runs around the clock"
    if opens == clock_from:
        return opens, ""
    wall = opens.astimezone(ZoneInfo(calendar.zone))
    return opens, f"it came outside the hours, so it is held until {wall:%a %Y-%m-%d %H:%M} ({calendar.zone})"


def _pauses(named: Collection[Pausable]) -> tuple[StepKind, ...]:
    return tuple(kind for each in Pausable if each in named for kind in _PAUSED_BY[each])


def _due(rules: Rules, plan: FrozenPlan, arriving: Arriving, step: PlanStep) -> Step:
    calendar = calendars_of(rules).get(plan.calendar)
    due_at = open_time_after(calendar, arriving.clock_from, step.after) if calendar is not None else None
    due_at = due_at or arriving.clock_from + step.after
    if not step_traits(step.kind).escalates:
        return Step(kind=step.kind, due_at=due_at, tier=step.tier)
    tier = tier_at(plan, step.tier, due_at, rules)
    return Step(kind=step.kind, due_at=due_at, tier="" if tier == ON_DUTY else tier)
