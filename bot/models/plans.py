"""The clock of a request: its steps, the plans that `gatehouse.toml` may name, and the one that a request has.

Which plan a request gets and when its steps are due is worked out in `bot.rules.plans`; here stands what the file may
say, and what it is told where it says something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from bot.models.base import Instant, Record
from bot.models.rotas import ON_DUTY
from bot.models.section import (
    HOUR,
    MINUTE,
    Counted,
    NamedOrganization,
    Section,
    each_with_its_table,
    named_plainly,
)
from permissions import Kind
from permissions.ask import rights_of

CEILING: Final = 15 * MINUTE
"""The promise to the person who waits: by then somebody else than those who have the request is called."""
_LONGEST_HOLE: Final = 4 * HOUR
"""Between two calls about a request that nobody decides (our choice): a request that half a shift hears nothing of is
forgotten."""
USUAL: Final = "usual"
"""The name of the plan of everybody whom no other one takes: that of `[sla]`."""


class StepKind(StrEnum):
    """What an SLA step does, the weakest first; what each one is stands in `bot.rules.plans`."""

    REMIND = "remind"
    REMIND_CHANNEL = "remind_channel"
    ESCALATE = "escalate"
    ESCALATE_NEXT = "escalate_next"
    ESCALATE_AGAIN = "escalate_again"


class Pausable(StrEnum):
    """What a claim may pause."""

    REMIND = "remind"
    REPEAT = "repeat"


class Step(Record):
    """One due step of one request's plan."""

    kind: StepKind
    due_at: Instant
    tier: str = ""
    """Whom it calls, by the tier's name. Empty: of a call, those on duty; of a reminder, who has the request."""
    taken_at: Instant | None = None
    skipped: str = ""
    """Why it was passed over, in words; empty if it acted or is still to come."""

    @property
    def is_open(self) -> bool:
        """Still to be taken."""
        return self.taken_at is None


class FrozenPlan(Record):
    """The plan of one request as it was worked out when the request came; its steps stand beside it."""

    name: str = USUAL
    because: tuple[str, ...] = ()
    """Why it is this one, each reason in our own words alone."""
    ceiling: timedelta = CEILING
    target: timedelta = 5 * MINUTE
    back_off: tuple[timedelta, ...]
    """The pauses between further calls, after the last step; the last one of them for ever."""
    pauses: tuple[StepKind, ...]
    """What a claim pauses."""
    claim_length: timedelta | None = None
    """None: as the settings say at the claim."""
    calendar: str = ""
    """The calendar whose open hours are counted. Empty: it runs around the clock."""
    starts_at: Instant | None = None
    """When its clock starts, where the request waits for the calendar to open; None: at the request's own time."""
    outside: str = ""
    """The tier that is called while `hours` are closed, instead of its own; empty: its own."""
    hours: str = ""
    """The calendar that `outside` and the night go by."""
    night_digest: bool = False
    """While `hours` are closed only its ceiling calls by itself; an hourly list tells of the rest."""


class PlanStep(NamedTuple):
    """A step as the file spells it."""

    kind: StepKind
    after: timedelta
    tier: str = ""

    def __str__(self) -> str:
        does = next(word for word, kinds in _DOES.items() if self.kind in kinds)
        return f"{self.after / MINUTE:g}m {does}{f' {self.tier}' if self.tier else ''}"


_DOES: Final[Mapping[str, tuple[StepKind, ...]]] = {
    "card": (StepKind.REMIND,),
    "remind": (StepKind.REMIND_CHANNEL,),
    "call": (StepKind.ESCALATE, StepKind.ESCALATE_NEXT),
}
_STEP: Final = re.compile(r"(\+?)(\d{1,4})(m|h) +(\w+)(?: +([^\s]+))?")
_SPELLED: Final = (
    'write it like "5m card", "10m remind", "15m call on_duty", and "+15m call NAME" for 15 minutes later'
)


def _steps(value: object) -> tuple[PlanStep, ...]:
    """The steps in their order. ValueError in words."""
    if not isinstance(value, (list, tuple)):
        raise ValueError('write a list of steps, such as ["10m remind", "15m call on_duty"]')  # noqa: TRY004 - pydantic
    found: list[PlanStep] = []
    for number, each in enumerate(value, start=1):
        if isinstance(each, PlanStep):
            found.append(each)
            continue
        try:
            found.append(_step(each, found))
        except ValueError as error:
            raise ValueError(f"step no. {number}: {error}") from None
    _reach_the_ceiling(found)
    _leave_no_hole(found)
    return tuple(found)


def _step(value: object, before: Sequence[PlanStep]) -> PlanStep:
    said = _STEP.fullmatch(value.strip()) if isinstance(value, str) else None
    if said is None:
        raise ValueError(f'"{value}" is no step; {_SPELLED}')
    plus, number, unit, does, tier = said.groups()
    if does not in _DOES:
        raise ValueError(f'"{does}" is nothing that a step does; it says card, remind or call. {_SPELLED}')
    after = int(number) * (HOUR if unit == "h" else MINUTE)
    after += before[-1].after if plus and before else timedelta()
    if not after:
        raise ValueError("it is due at once; the first step comes a minute later or more")
    if before and after < before[-1].after:
        raise ValueError(f"it is due before the one above it ({before[-1]}); put them in order")
    has_called = any(each.kind in _DOES["call"] for each in before)
    if does != "call" and has_called:
        raise ValueError(f'"{value}" comes after a call; a reminder after one says nothing new. Remove it')
    if does == "call" and not tier:
        raise ValueError(f'"{value}" calls nobody; name a tier, or {ON_DUTY}')
    if does == "card" and tier:
        raise ValueError(f'"{value}" mentions nobody; leave out {tier}')
    kind = _DOES[does][1 if does == "call" and has_called else 0]
    if kind in (StepKind.REMIND, StepKind.REMIND_CHANNEL, StepKind.ESCALATE):
        twice = next((each for each in before if each.kind is kind), None)
        if twice is not None:
            raise ValueError(f'"{value}" stands twice; a plan has one of them')
    return PlanStep(kind, after, tier or "")


def _reach_the_ceiling(steps: Sequence[PlanStep]) -> None:
    first = next((each for each in steps if each.kind is StepKind.ESCALATE), None)
    most = f"{CEILING / MINUTE:g} minutes"
    if first is None:
        raise ValueError(
            f'it never reaches the ceiling: no step calls anybody. Add "{most[:2]}m call {ON_DUTY}"'
        )
    if first.after > CEILING:
        raise ValueError(
            f"it never reaches the ceiling: nobody is called within {most}, the promise to the person who waits; "
            f"the first call ({first}) comes later"
        )


def _leave_no_hole(steps: Sequence[PlanStep]) -> None:
    calls = [each for each in steps if each.kind in _DOES["call"]]
    for one, after in pairwise(calls):
        if after.after - one.after > _LONGEST_HOLE:
            raise ValueError(
                f"there is a hole of {(after.after - one.after) / HOUR:g} hours between {one} and {after}; "
                f"{_LONGEST_HOLE / HOUR:g} hours are the most"
            )
        if after.after == one.after:
            raise ValueError(f"{one} and {after} fall together; only the second one would call anybody")


def _pauses(value: object) -> object:
    """Mind that nothing pauses the ceiling."""
    given = [value] if isinstance(value, str) else value
    if isinstance(given, (list, tuple)) and any(each in ("call", "ceiling", "escalate") for each in given):
        raise ValueError(
            "no claim pauses the ceiling: it is the promise to the person who waits. A claim may pause remind, and "
            "repeat, which is what comes after the ceiling"
        )
    return given


DEFAULT_STEPS: Final = (
    PlanStep(StepKind.REMIND, 5 * MINUTE),
    PlanStep(StepKind.REMIND_CHANNEL, 10 * MINUTE),
    PlanStep(StepKind.ESCALATE, CEILING, ON_DUTY),
)


class PlanSection(Section):
    """The clock of some requests. NAME is any name; a file has as many of these tables as there are plans. A request
    has the first one, in the order of the file, that takes it, else the one of `[sla]`; which that is is worked out
    when the request comes, and stays."""

    organizations: tuple[NamedOrganization, ...] = Field(
        (), examples=[["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]]
    )
    """Whose requests it takes, by id; those below are taken with them. Empty: every organization's."""
    kinds: tuple[Kind, ...] = Field((), examples=[["elevation"]])
    """Kinds of request (`application`, `elevation`, `storage`, `web_control`, `other`). Empty: every kind."""
    risk: Literal["any", "usual", "unusual"] = "any"
    """`unusual`: those about which a rule of the unusual speaks as they arrive. What is found out later changes who has
    a request, not its plan."""
    requestors: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), examples=[["NORTHWIND\\*", "*@board.example", "ana.silva"]]
    )
    """Whose requests: accounts, or all of a domain. Empty: everybody's."""
    steps: Annotated[tuple[PlanStep, ...], PlainValidator(_steps)] = Field(
        DEFAULT_STEPS, examples=[["5m card", "10m remind", "15m call on_duty", "+15m call leads"]]
    )
    """What happens to a request that nobody decides, in order: after so many minutes (`m`) or hours (`h`) from its own
    time, or with a `+` from the step before. `card`: the card says that it waits, and who has claimed it is told alone.
    `remind`: a reminder that the channel sees, to who has it, or to a tier. `call`: a tier is called (`[tiers.NAME]`,
    `team`, `approvers`, or `on_duty`: the team in its hours, else the approvers). The first call is the ceiling."""
    back_off: tuple[Annotated[timedelta, Counted(MINUTE, ge=1, le=240)], ...] = Field(
        (30 * MINUTE, 60 * MINUTE, 120 * MINUTE), min_length=1, validation_alias="back_off_minutes"
    )
    """After the last step the last tier is called again after so many minutes, then after so many more, and at last
    with the last pause for ever."""
    target: Annotated[timedelta, Counted(MINUTE, gt=0, le=15)] = Field(
        5 * MINUTE, validation_alias="target_minutes"
    )
    """In how many minutes such a request is meant to be decided; shown beside its steps."""
    claim_pauses: Annotated[frozenset[Pausable], BeforeValidator(_pauses)] = Field(
        frozenset(Pausable), examples=[["remind"]]
    )
    """What a claim pauses: `remind`, the reminder in the channel; `repeat`, what comes after the ceiling, while
    somebody who was called has the claim. Nothing pauses the ceiling."""
    claim_length: Annotated[timedelta, Counted(MINUTE, gt=0, le=240)] | None = Field(
        None, validation_alias="claim_minutes", examples=[10]
    )
    """Minutes until a claim lapses. Unset: as `[decisions]` says."""
    clock: Literal["around_the_clock", "calendar"] = "around_the_clock"
    """`calendar`: only the open hours of the organization's calendar count."""
    outside: str = Field("on_call", min_length=1, examples=["hold"])
    """What happens to elevation outside the calendar's hours. `on_call`: as the steps say. `hold`: it waits until they
    begin, which the card says, and a direct message to whoever asked. Or the name of a tier, such as a support desk,
    that is called instead."""
    night_digest: bool = False
    """Outside the calendar's hours everything but the ceiling is told in one list an hour instead of a call each."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (
            self.outside != "on_call"
            and self.kinds
            and not any(rights_of(each).elevates for each in self.kinds)
        ):
            raise ValueError(
                f"outside ({self.outside}) is about elevation, which this plan does not take; remove it, or add "
                "elevation to kinds"
            )
        if self.target > self.ceiling:
            raise ValueError(
                f"target_minutes ({self.target / MINUTE:g}) comes after the ceiling ({self.ceiling / MINUTE:g} minutes)"
            )
        return self

    @property
    def ceiling(self) -> timedelta:
        """How long a request waits at most until somebody is called."""
        return next(each.after for each in self.steps if each.kind is StepKind.ESCALATE)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers that it names."""
        named = [each.tier for each in self.steps if each.tier and each.tier != ON_DUTY]
        outside = [self.outside] if self.outside not in ("on_call", "hold", ON_DUTY) else []
        return tuple(dict.fromkeys([*named, *outside]))

    def takes_all_of(self, other: PlanSection) -> bool:
        """Whether it takes every request that the other one would."""
        return (
            self.risk in ("any", other.risk)
            and _all_of(other.organizations, self.organizations)
            and _all_of(other.kinds, self.kinds)
            and _all_of(other.requestors, self.requestors)
        )


def _all_of(some: Sequence[str], these: Sequence[str]) -> bool:
    """Whether these take all of some; an empty list takes everything."""
    return not these or (bool(some) and set(some) <= set(these))


def each_a_plan(value: object) -> object:
    """Mind that a plan has a name of its own."""
    plans = each_with_its_table(value, "plans", PlanSection)
    named_plainly(plans, "plans")
    if USUAL in plans:
        raise ValueError(f"{USUAL} is the plan of [sla]; give this one another name")
    return value


def none_in_vain(plans: Mapping[str, PlanSection]) -> Mapping[str, PlanSection]:
    """Refuse a plan that no request would ever have, since one before it takes them all. ValueError."""
    named = list(plans.items())
    for place, (name, plan) in enumerate(named):
        before = next((other for other, each in named[:place] if each.takes_all_of(plan)), None)
        if before is not None:
            raise ValueError(
                f"[plans.{name}] is never chosen: [plans.{before}] stands before it and takes the same requests. Put "
                "the narrower one first"
            )
    return plans
