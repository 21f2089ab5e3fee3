"""A year of rules: random calendars, rotas, holidays, zones, requests, claims, decisions, restarts and standstills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Case, Claim, Kind, Rules, Standing, Step, StepKind
from bot.rules import sla
from bot.rules.plans import Arriving, armed
from bot.rules.rotas import roster_of, whose_turn
from tests.cards.samples import TOM, case, entry
from tests.years.house import START, YEARS, House, drawn_house, drawn_minute
from tests.years.second import SlowRequest

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ORGANIZATION = "10000000-0000-4000-8000-000000000000"
REQUESTS = 4
"""Requests of a year that is played with the others of a change."""


def _seen(chance: Random, asked_at: datetime) -> datetime:
    """When the bot saw it first: at once, or after it was away."""
    return asked_at + (chance.choice((0, 0, 0, 1, 12, 90, 2000)) * MINUTE)


def _arrived(house: House, kind: Kind, asked_at: datetime, seen_at: datetime) -> Case:
    found = armed(
        house.rules, Arriving(organization_id=ORGANIZATION, kind=kind, clock_from=asked_at), seen_at
    )
    return case(entry(1, kind=kind, clock_from=asked_at, plan=found.plan, steps=found.steps), kind=kind)


def _after(chance: Random, current: Case, now: datetime) -> Case:
    """What somebody does between two looks."""
    event = chance.choice(("", "", "", "", "claim", "called", "release", "decide"))
    if event in ("claim", "called"):
        claim = Claim(actor=TOM, at=now, until=now + 17 * MINUTE, escalated=event == "called")
        return current.model_copy(update={"claim": claim})
    if event == "release":
        return current.model_copy(update={"claim": None})
    if event == "decide" and chance.random() < 0.3:
        done = current.requests[0].model_copy(update={"standing": Standing.APPROVED})
        return current.model_copy(update={"requests": (done,)})
    return current


def play(chance: Random, house: House) -> None:
    """One request of the year, from its first minute until it is decided or nobody looks any more."""
    kind, asked_at = chance.choice((Kind.APPLICATION, Kind.ELEVATION)), drawn_minute(chance)
    seen_at = _seen(chance, asked_at)
    current = _arrived(house, kind, asked_at, seen_at)
    slow = SlowRequest(house.plan_of(kind), house.slow_calendar, kind, asked_at, seen_at)
    ceiling = next(step.due_at for step in current.requests[0].steps if step.kind is StepKind.ESCALATE)
    roster, rota = roster_of(house.rules), house.slow_rota
    now = seen_at
    for _ in range(chance.randint(3, 14)):
        expected = slow.look(now, current.claim)
        look = sla.take_steps(current, now, house.rules)
        assert (look.acts, look.tier) == expected, f"{now}"
        if look.tier == "leads":
            assert whose_turn(roster, "own", now) == rota.holder(now), f"{now}"
        # Another replica, or one that was restarted, looks at what is stored.
        current = Case.model_validate_json(look.case.model_dump_json())
        assert sla.take_steps(current, now, house.rules).acts is None
        if slow.is_done:
            assert sla.next_due_at(current) is None
            return
        due_at = sla.next_due_at(current)
        assert due_at == min(at for _, at, _ in slow.coming)
        assert now < ceiling or current.escalated_at is not None
        current = _after(chance, current, now)
        slow.is_done = not current.open_requests
        # At the very minute, a minute before it, or after a host that was suspended.
        now = max(now, due_at + chance.choice((-1, 0, 0, 0, 3, 61, 700)) * MINUTE)


def whose_turn_it_is(house: House) -> None:
    """Through both nights in which the clocks of the rota's zone are changed, and now and then."""
    roster, rota, zone = roster_of(house.rules), house.slow_rota, ZoneInfo(house.rota["zone"])
    hours = [START + each * HOUR for each in range(365 * 24)]
    changes = [
        one for one in hours if one.astimezone(zone).utcoffset() != (one - HOUR).astimezone(zone).utcoffset()
    ]
    around = [change + each * 15 * MINUTE for change in changes for each in range(-20, 20)]
    for at in [*around, *hours[5 :: 24 * 9 + 7]]:
        assert whose_turn(roster, "own", at) == rota.holder(at), f"{at}"


def _a_year(chance: Random) -> None:
    house = drawn_house(chance)
    whose_turn_it_is(house)
    for _ in range(REQUESTS):
        play(chance, house)


def _some_years(count: int) -> None:
    for seed in range(count):
        _a_year(Random(seed))


@pytest.mark.unmeasured
@settings(max_examples=12 + YEARS, deadline=None)
@given(st.randoms(use_true_random=False))
def test_in_a_year_every_due_step_is_taken_once_none_early_and_no_ceiling_passes_unheard(
    chance: Random,
) -> None:
    _a_year(chance)


# Faults that are planted into the code: each has to be found within a few years

Plant = Callable[[pytest.MonkeyPatch], None]


def _no_holidays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.rules.calendars._holidays_in", lambda *_: [])


def _a_claim_pauses_the_ceiling(patch: pytest.MonkeyPatch) -> None:
    whole = sla._pause

    def pause(held: Case, request_id: str, step: Step, now: datetime, rules: Rules) -> str:
        claimed = held.claim is not None and held.claim.until > now and step.kind is StepKind.ESCALATE
        return "claimed" if claimed else whole(held, request_id, step, now, rules)

    patch.setattr(sla, "_pause", pause)


def _a_call_comes_again_after_the_first_pause_for_ever(patch: pytest.MonkeyPatch) -> None:
    whole = sla._next_call
    patch.setattr(sla, "_next_call", lambda since, now, pauses: whole(since, now, pauses[:1]))


def _a_step_is_taken_a_minute_early(patch: pytest.MonkeyPatch) -> None:
    whole = sla._due_steps
    patch.setattr(sla, "_due_steps", lambda entry, now: whole(entry, now + MINUTE))


def _what_was_taken_stays_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sla, "_skip", lambda step, _, why: step.model_copy(update={"skipped": why}))


def _a_late_reminder_is_said_all_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.rules.plans.late_skipped", lambda step, _: step)


def _the_support_desk_is_called_around_the_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.rules.plans.is_outside", lambda *_: True)


def _a_swap_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.rules.rotas._covers", lambda *_: False)


def _an_hour_that_comes_twice_hands_over_at_the_second(patch: pytest.MonkeyPatch) -> None:
    late = lambda wall, zone: wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # noqa: E731 - one of many
    patch.setattr("bot.rules.rotas.first_instant", late)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "plant",
    [
        _no_holidays,
        _a_claim_pauses_the_ceiling,
        _a_call_comes_again_after_the_first_pause_for_ever,
        _a_step_is_taken_a_minute_early,
        _what_was_taken_stays_open,
        _a_late_reminder_is_said_all_the_same,
        _the_support_desk_is_called_around_the_clock,
        _a_swap_is_forgotten,
        _an_hour_that_comes_twice_hands_over_at_the_second,
    ],
)
def test_a_planted_fault_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        _some_years(60)
