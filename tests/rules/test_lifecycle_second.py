"""What waits for a second person: what it takes the place of, and everything that makes it void."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.models import Case, PortalState, Rules, Sighting, Standing
from bot.rules import lifecycle
from bot.rules.redaction import redact
from tests.cards.samples import NOW, attempt, awaited, case, entry, facts

RULES = Rules()
APPROVED = PortalState(status_id=4, status_label="Approved", standing=Standing.APPROVED)
PENDING = PortalState(status_id=1, status_label="Pending", standing=Standing.PENDING)


def waiting() -> Case:
    """A case of two requests; the first one's approval waits."""
    return lifecycle.await_second(case(entry(1), entry(2)), "req-1", awaited())


def test_waiting_changes_nothing_but_what_waits() -> None:
    """P6, P8: the clock, the revision and the other requests stay as they are."""
    before = case(entry(1), entry(2))
    after = waiting()
    assert after.requests[0].awaited == awaited()
    assert after.requests[0].standing is Standing.PENDING
    assert lifecycle.drop_awaited(after, "req-1").requests[0].spent_presses == ("press-1",)
    assert after.model_copy(update={"requests": before.requests}) == before
    assert after.requests[1] == before.requests[1]
    assert lifecycle.due_times(after, NOW, RULES) == lifecycle.due_times(before, NOW, RULES)


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.PENDING])
def test_only_a_pending_request_waits_for_a_second_person(standing: Standing) -> None:
    with pytest.raises(ValueError, match="req-1"):
        lifecycle.await_second(case(entry(1, standing)), "req-1", awaited())


@pytest.mark.parametrize(
    "ending",
    [
        lambda held: lifecycle.begin_attempt(held, "req-1", attempt()),
        lambda held: lifecycle.settle(held, "req-1", APPROVED, NOW),
        lambda held: lifecycle.release_request(held, "req-1", PENDING, NOW),
        lambda held: lifecycle.change_facts(held, Sighting(facts=facts(1, reason="x"), state=PENDING)),
        lambda held: lifecycle.drop_awaited(held, "req-1"),
        lambda held: redact(held, NOW),
    ],
)
def test_what_ends_the_waiting(ending: Callable[[Case], Case]) -> None:
    """An attempt, a decision, leaving the case, other facts, being taken off, and the end of the retention."""
    assert ending(waiting()).requests[0].awaited is None


def test_another_assignee_in_the_portal_ends_nothing() -> None:
    held = waiting()
    state = PENDING.model_copy(update={"assignee": "Ada"})
    assert (
        lifecycle.change_facts(held, Sighting(facts=facts(1), state=state)).requests[0].awaited == awaited()
    )


def test_a_press_whose_yes_was_replaced_or_taken_off_is_spent() -> None:
    """P2: taken up again after a crash it asks for no second person anew."""
    other = awaited(awaited_id="w-2", press_id="press-2")
    replaced = lifecycle.await_second(waiting(), "req-1", other)
    assert replaced.requests[0].spent_presses == ("press-1",)
    denied = lifecycle.begin_attempt(replaced, "req-1", attempt(press_id="press-3"))
    assert denied.requests[0].spent_presses == ("press-1", "press-2")
    assert lifecycle.end_attempt(denied, "req-1").requests[0].spent_presses == (
        "press-1",
        "press-2",
        "press-3",
    )


def test_nothing_to_take_off_spends_no_press() -> None:
    held = case()
    assert lifecycle.drop_awaited(held, "req-1") == held


@pytest.mark.parametrize(
    ("age", "over"),
    [(timedelta(0), False), (timedelta(hours=8), False), (timedelta(hours=8, seconds=1), True)],
)
def test_a_yes_lasts_a_shift(age: timedelta, over: bool) -> None:
    assert lifecycle.awaited_is_over(awaited(asked_at=NOW), NOW + age, RULES) is over
