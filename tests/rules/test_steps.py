"""The one table of the clock's steps: complete, and each step says something somewhere to somebody."""

from string import Formatter

import pytest

from bot.models import Place, SlaPlan, StepKind
from bot.rules.plans import Calls, Pause, step_traits

FIELDS = {"undecided", "minutes", "late"}


@pytest.mark.parametrize("kind", StepKind)
def test_every_step_has_words_of_its_own_and_a_place_where_they_are_said(kind: StepKind) -> None:
    step = step_traits(kind)
    assert step.says
    assert step.says not in {step_traits(other).says for other in StepKind if other is not kind}
    assert {field for _, field, _, _ in Formatter().parse(step.says) if field} <= FIELDS
    assert step.place in (Place.CARD, Place.ESCALATION)
    assert step.place is Place.CARD or not step.is_shown_in_channel


@pytest.mark.parametrize("kind", StepKind)
def test_only_what_escalates_leaves_the_thread_and_no_ordinary_claim_pauses_it(kind: StepKind) -> None:
    step = step_traits(kind)
    assert step.escalates is kind.value.startswith("escalate")
    assert (step.place is Place.ESCALATION) is step.escalates
    assert (step.pause is Pause.ANY_CLAIM) is not step.escalates
    assert bool(step.heading) is step.escalates


def test_the_weakest_step_comes_first() -> None:
    """The order of the members is their strength: of those that fall together the last one acts."""
    plan = SlaPlan()
    delays = [after(plan) for kind in StepKind if (after := step_traits(kind).after) is not None]
    assert delays == sorted(delays)
    calls = [step_traits(kind).calls for kind in StepKind]
    assert calls == sorted(calls, key=[Calls.HOLDER, Calls.ON_DUTY].index)
