"""The clock of a request (P6): when a step is due, which one acts, and what is said of those that do not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Case, Claim, Kind, Rules, Standing, Step, StepKind
from bot.rules import lifecycle, sla
from bot.rules.kinds import traits_of
from tests.cards.samples import NOW, TOM, case, entry, steps_of

MINUTE = timedelta(minutes=1)
RULES = Rules()
PLAN = RULES.plan
REMIND, CHANNEL, ESCALATE, AGAIN = (
    StepKind.REMIND,
    StepKind.REMIND_CHANNEL,
    StepKind.ESCALATE,
    StepKind.ESCALATE_AGAIN,
)
STRENGTH = {REMIND: 0, CHANNEL: 1, ESCALATE: 2, AGAIN: 3}


def planned(*asked_minutes_ago: int, claim: Claim | None = None) -> Case:
    """A case whose requests were asked for so many minutes before NOW and seen at once."""
    entries = []
    for number, ago in enumerate(asked_minutes_ago, start=1):
        asked_at = NOW - ago * MINUTE
        entries.append(entry(number, clock_from=asked_at, steps=steps_of(asked_at, asked_at)))
    return case(*entries, claim=claim)


def claim_of_tom(*, escalated: bool = False, minutes: int = 15) -> Claim:
    """Tom is on it, for so long from NOW."""
    return Claim(actor=TOM, at=NOW, until=NOW + minutes * MINUTE, escalated=escalated)


def taken(one: Case) -> dict[tuple[str, StepKind], Step]:
    """Every step that is no longer to come."""
    return {
        (held.facts.request_id, step.kind): step
        for held in one.requests
        for step in held.steps
        if not step.is_open
    }


# Where a clock starts


@pytest.mark.parametrize(
    ("asked_at", "starts_at", "noted"),
    [
        (NOW - timedelta(minutes=9), NOW - timedelta(minutes=9), ""),
        (NOW, NOW, ""),
        (None, NOW, "no request time"),
        (NOW + timedelta(seconds=30), NOW, ""),
        (NOW + timedelta(seconds=31), NOW, "in the future"),
        (NOW + timedelta(days=365), NOW, "in the future"),
    ],
)
def test_the_clock_starts_at_the_requests_own_time_or_says_why_not(
    asked_at: datetime | None, starts_at: datetime, noted: str
) -> None:
    at, note = sla.clock_start(asked_at, NOW)
    assert at == starts_at
    assert (noted in note) if noted else not note


@given(st.one_of(st.none(), st.timedeltas(timedelta(days=-900), timedelta(days=900))))
def test_a_clock_never_starts_after_the_first_sight(shift: timedelta | None) -> None:
    at, _ = sla.clock_start(None if shift is None else NOW + shift, NOW)
    assert at <= NOW


# The plan


def test_the_plan_reminds_at_5_and_10_minutes_and_escalates_at_15() -> None:
    steps = steps_of(NOW, NOW)
    assert [(step.kind, step.due_at - NOW) for step in steps] == [
        (REMIND, 5 * MINUTE),
        (CHANNEL, 10 * MINUTE),
        (ESCALATE, 15 * MINUTE),
    ]
    assert all(step.is_open for step in steps)


@pytest.mark.parametrize(
    ("late", "skipped"), [(4, []), (5, [REMIND]), (12, [REMIND, CHANNEL]), (600, [REMIND, CHANNEL])]
)
def test_reminders_that_are_late_on_arrival_are_skipped_and_say_so_but_never_the_escalation(
    late: int, skipped: list[StepKind]
) -> None:
    steps = steps_of(NOW - late * MINUTE, NOW)
    assert [step.kind for step in steps if not step.is_open] == skipped
    assert all("late when the request arrived" in step.skipped for step in steps if not step.is_open)


def test_the_next_due_time_is_the_earliest_open_step_of_any_open_request() -> None:
    both = planned(3, 8)
    assert sla.next_due_at(both) == NOW - 3 * MINUTE
    done = both.requests[1].model_copy(update={"standing": Standing.APPROVED})
    assert sla.next_due_at(both.model_copy(update={"requests": (both.requests[0], done)})) == NOW + 2 * MINUTE
    assert sla.next_due_at(case(done)) is None


# Taking steps


def test_nothing_is_taken_before_its_time() -> None:
    early = planned(4)
    look = sla.take_steps(early, NOW, RULES)
    assert look == sla.StepsTaken(early, None, (), ())


@pytest.mark.parametrize(("ago", "acts"), [(5, REMIND), (10, CHANNEL), (15, ESCALATE), (500, ESCALATE)])
def test_after_downtime_only_the_strongest_due_step_acts_and_every_weaker_one_is_named(
    ago: int, acts: StepKind
) -> None:
    look = sla.take_steps(planned(ago), NOW, RULES)
    assert look.acts is acts
    assert look.for_requests == ("req-1",)
    weaker = [kind for kind in (REMIND, CHANNEL) if STRENGTH[kind] < STRENGTH[acts]]
    assert look.skipped == tuple(f"{kind.value} of req-1: overtaken by {acts.value}" for kind in weaker)


def test_steps_of_one_case_that_fall_together_are_one_message_for_all_their_requests() -> None:
    look = sla.take_steps(planned(15, 16, 2), NOW, RULES)
    assert look.acts is ESCALATE
    assert look.for_requests == ("req-1", "req-2")


def test_an_escalation_marks_the_case_and_arms_the_repeat() -> None:
    look = sla.take_steps(planned(15), NOW, RULES)
    assert look.case.escalated_at == NOW
    assert sla.next_due_at(look.case) == NOW + 15 * MINUTE


def test_a_later_escalation_keeps_the_first_mark() -> None:
    first = sla.take_steps(planned(15), NOW, RULES).case
    again = sla.take_steps(first, NOW + 15 * MINUTE, RULES)
    assert again.acts is AGAIN
    assert again.case.escalated_at == NOW


def test_repeats_that_time_has_run_past_are_not_made_up_for() -> None:
    escalated = sla.take_steps(planned(15), NOW, RULES).case
    much_later = NOW + timedelta(hours=7, minutes=4)
    look = sla.take_steps(escalated, much_later, RULES)
    assert look.acts is AGAIN
    due_at = sla.next_due_at(look.case)
    assert due_at is not None
    assert much_later < due_at <= much_later + 8 * PLAN.repeat_every


def test_each_pause_between_calls_is_twice_the_one_before_up_to_two_hours() -> None:
    """A night of a case that nobody decides: eight calls, and not forty."""
    current, now, calls = planned(15), NOW, []
    while now < NOW + timedelta(hours=10):
        look = sla.take_steps(current, now, RULES)
        assert look.acts in (ESCALATE, AGAIN)
        calls.append((now - NOW) // MINUTE)
        current, now = look.case, sla.next_due_at(look.case) or NOW + timedelta(days=1)
    assert calls == [0, 15, 45, 105, 225, 345, 465, 585]


@pytest.mark.parametrize("late", [timedelta(minutes=14), timedelta(hours=3), timedelta(days=900)])
def test_the_next_call_lies_ahead_however_long_nobody_looked(late: timedelta) -> None:
    escalated = sla.take_steps(planned(15), NOW, RULES).case
    now = NOW + 15 * MINUTE + late
    due_at = sla.next_due_at(sla.take_steps(escalated, now, RULES).case)
    assert due_at is not None
    assert now < due_at <= now + timedelta(hours=2)


def test_after_a_downtime_the_pauses_grow_from_the_first_call_that_was_made() -> None:
    look = sla.take_steps(planned(900), NOW, RULES)
    assert look.acts is ESCALATE
    assert sla.next_due_at(look.case) == NOW + 15 * MINUTE


def test_decided_requests_take_no_steps() -> None:
    settled = planned(60)
    done = settled.requests[0].model_copy(update={"standing": Standing.REJECTED})
    look = sla.take_steps(case(done), NOW, RULES)
    assert (look.acts, look.skipped) == (None, ())


# Claims


@pytest.mark.parametrize("ago", [5, 10])
def test_a_claim_pauses_reminders_and_the_record_says_by_whom(ago: int) -> None:
    look = sla.take_steps(planned(ago, claim=claim_of_tom()), NOW, RULES)
    assert look.acts is None
    assert look.for_requests == ()
    assert look.skipped
    assert all("claimed by Tom Okafor" in line for line in look.skipped)


@pytest.mark.parametrize("escalated", [False, True])
def test_a_claim_never_pauses_the_first_escalation(escalated: bool) -> None:
    look = sla.take_steps(planned(15, claim=claim_of_tom(escalated=escalated)), NOW, RULES)
    assert look.acts is ESCALATE


def test_a_claim_by_those_who_were_escalated_to_pauses_the_repeats() -> None:
    escalated = sla.take_steps(planned(15), NOW - MINUTE, RULES).case
    escalated = sla.take_steps(planned(30), NOW - 15 * MINUTE, RULES).case
    for claim, acts in ((claim_of_tom(), AGAIN), (claim_of_tom(escalated=True), None)):
        look = sla.take_steps(escalated.model_copy(update={"claim": claim}), NOW, RULES)
        assert look.acts is acts


def test_a_paused_repeat_is_armed_anew_for_when_the_claim_lapses() -> None:
    escalated = sla.take_steps(planned(30), NOW - 15 * MINUTE, RULES).case
    paused = sla.take_steps(escalated.model_copy(update={"claim": claim_of_tom(escalated=True)}), NOW, RULES)
    assert paused.skipped == ("escalate_again of req-1: claimed by Tom Okafor, who was escalated to",)
    assert sla.next_due_at(paused.case) == NOW + 15 * MINUTE


def test_a_joiners_first_escalation_is_not_paused_by_a_claim_that_pauses_the_others_repeats() -> None:
    """The repeat of an older request and the ceiling of a newer one fall together: the ceiling acts."""
    older = sla.take_steps(planned(30), NOW - 15 * MINUTE, RULES).case.requests[0]
    newer = planned(99, 15).requests[1]
    both = case(older, newer, claim=claim_of_tom(escalated=True))
    look = sla.take_steps(both, NOW, RULES)
    assert look.acts is ESCALATE
    assert look.for_requests == ("req-2",)
    assert "escalate_again of req-1: claimed by Tom Okafor, who was escalated to" in look.skipped


def test_a_lapsed_claim_pauses_nothing() -> None:
    look = sla.take_steps(planned(5, claim=claim_of_tom(minutes=0)), NOW, RULES)
    assert look.acts is REMIND


# For any sequence of looks

FIVES = st.integers(0, 12).map(lambda fives: fives * 5)
"""Steps lie on fives: so those of several requests fall together often."""
LOOKS = st.lists(FIVES, min_size=1, max_size=12)
CLAIMS = st.sampled_from([None, False, True])


@given(st.lists(FIVES, min_size=1, max_size=4), LOOKS, CLAIMS)
def test_every_due_step_is_taken_once_and_at_most_one_kind_acts(
    asked: list[int], pauses: list[int], claimed: bool | None
) -> None:
    """However often and late the clock is looked at: nothing due stays open, nothing is taken twice."""
    claim = None if claimed is None else claim_of_tom(escalated=claimed, minutes=10_000)
    current, now = planned(*asked, claim=claim), NOW
    acted_first: set[str] = set()
    for pause in pauses:
        now += pause * MINUTE
        before = taken(current)
        look = sla.take_steps(current, now, RULES)
        after = taken(look.case)
        new = {name: step for name, step in after.items() if before.get(name) != step}
        _check_one_look(current, look, now, new)
        if look.acts in (ESCALATE, AGAIN):
            acted_first |= set(look.for_requests)
        current = look.case
        assert (sla.next_due_at(current) or now + MINUTE) > now
    for held in current.requests:
        ceiling = next(step for step in held.steps if step.kind is ESCALATE)
        if claimed is not None and ceiling.due_at <= now and not ceiling.is_open:
            assert "claimed" not in ceiling.skipped


def _check_one_look(
    before: Case, look: sla.StepsTaken, now: datetime, new: dict[tuple[str, StepKind], Step]
) -> None:
    due = {
        (held.facts.request_id, step.kind)
        for held in before.requests
        for step in held.steps
        if step.is_open and step.due_at <= now
    }
    acting = {(request_id, look.acts) for request_id in look.for_requests}
    assert acting <= due
    assert len(look.skipped) == len(due - acting)
    assert bool(look.acts) == bool(look.for_requests)
    for name in due & new.keys():
        assert new[name].taken_at == now
        assert bool(new[name].skipped) is (name not in acting)


# A backlog


def test_late_escalations_of_a_backlog_are_absorbed_by_its_summary_and_the_repeat_stays() -> None:
    late = planned(40)
    absorbed = sla.absorb_late(late, "req-1", NOW, RULES, because="announced in the backlog summary")
    ceiling = absorbed.requests[0].steps[2]
    assert (ceiling.taken_at, ceiling.skipped) == (NOW, "announced in the backlog summary")
    assert absorbed.escalated_at == NOW
    due_at = sla.next_due_at(absorbed)
    assert due_at is not None
    assert NOW < due_at <= NOW + PLAN.repeat_every
    assert sla.take_steps(absorbed, NOW, RULES).acts is None


def test_a_backlog_absorbs_nothing_that_is_not_late() -> None:
    young = planned(3)
    assert sla.absorb_late(young, "req-1", NOW, RULES, because="summary") is young


def test_the_due_time_of_a_case_follows_what_the_clock_left() -> None:
    look = sla.take_steps(planned(15), NOW, RULES)
    step = next(one for one in lifecycle.due_times(look.case, NOW, Rules()) if one.kind == "step")
    assert step.at == NOW + 15 * MINUTE


# What the portal alone decides

IN_PORTAL = [kind for kind in Kind if not traits_of(kind).is_decided_here]


@pytest.mark.parametrize("kind", IN_PORTAL)
def test_what_the_portal_alone_decides_is_called_for_once_and_reminds_nobody(kind: Kind) -> None:
    asked_at = NOW - 15 * MINUTE
    steps = steps_of(asked_at, asked_at, kind=kind)
    assert [(step.kind, step.due_at) for step in steps] == [(ESCALATE, NOW)]
    one = case(entry(1, kind=kind, clock_from=asked_at, steps=steps))
    assert one.due_at == NOW
    late = sla.take_steps(one, NOW, RULES)
    assert (late.acts, late.skipped) == (ESCALATE, ())
    assert late.case.escalated_at == NOW
    assert sla.next_due_at(late.case) is None
    summed_up = sla.absorb_late(one, one.requests[0].facts.request_id, NOW, RULES, because="summed up")
    assert sla.next_due_at(summed_up) is None


@pytest.mark.parametrize("kind", IN_PORTAL)
def test_a_plan_of_a_release_before_is_taken_the_same_way(kind: Kind) -> None:
    """It still holds the reminders, and perhaps a repeat."""
    asked_at = NOW - 5 * MINUTE
    one = case(entry(1, kind=kind, clock_from=asked_at, steps=steps_of(asked_at, asked_at)))
    reminded = sla.take_steps(one, NOW, RULES)
    assert reminded.acts is None
    assert [words.partition(": ")[2] for words in reminded.skipped] == [
        "decided in the portal alone: called for once"
    ]
    late = sla.take_steps(reminded.case, NOW + 10 * MINUTE, RULES)
    assert late.acts is ESCALATE
    assert sla.next_due_at(late.case) is None
    armed = case(entry(1, kind=kind, steps=(Step(kind=AGAIN, due_at=NOW),)))
    again = sla.take_steps(armed, NOW, RULES)
    assert again.acts is None
    assert sla.next_due_at(again.case) is None
