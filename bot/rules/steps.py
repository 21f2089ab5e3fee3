"""What each step of the clock is: when it falls due, what it says, where, whom it calls, what pauses it.

One entry a step, and the only place that a new step has to be told to besides its time in the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final, assert_never

from bot.models import Place, RequestEntry, SlaPlan, Step, StepKind


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
    """Its sentence. Filled in: `{undecided}`, the `{minutes}` up to the ceiling, how many minutes `{late}`."""
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
    says="{undecided} within {minutes} minutes.",
    pause=Pause.NO_CLAIM,
    takes_in_portal=True,
    after=lambda plan: plan.escalate_after,
)
_ESCALATE_NEXT: Final = StepTraits(
    calls=Calls.ON_DUTY,
    place=Place.ESCALATION,
    heading="Still undecided, and passed on:",
    says="{late} minutes over its time. Whoever claims it ends these calls, and so does a decision.",
    pause=Pause.CLAIM_OF_THE_CALLED,
    after=None,
)
_ESCALATE_AGAIN: Final = StepTraits(
    calls=Calls.ON_DUTY,
    place=Place.ESCALATION,
    heading="Still undecided:",
    says="{late} minutes over its time. Claim it or decide it to stop these calls.",
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
