"""Which plan a request has (P6), when its steps are due, and a slow second opinion on what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import CalendarSection, Case, Claim, Kind, PlanSection, Rules, Standing, StepKind
from bot.models.calendars import WEEKDAYS
from bot.models.plans import USUAL
from bot.models.rotas import TierSection
from bot.rules import lifecycle, sla
from bot.rules.calendars import open_time_after
from bot.rules.plans import Arriving, armed, chosen, tier_at
from tests.cards.samples import NOW, TOM, case, entry
from tests.rules.test_lifecycle import sighting

MINUTE = timedelta(minutes=1)
CONTOSO, BRANCH = (f"{each}0000000-0000-4000-8000-000000000000" for each in "12")
BERLIN = {"zone": "Europe/Berlin", "weekdays": {"mon-fri": "08:00-18:00"}}
SATURDAY = datetime(2026, 11, 28, 22, tzinfo=UTC)


def rules(calendar: Any = None, **plans: Any) -> Rules:
    """With these plans, in this order, and one calendar for everybody."""
    hours = CalendarSection.model_validate(calendar or BERLIN)
    return Rules(
        plans={name: PlanSection.model_validate(plan) for name, plan in plans.items()},
        calendars={"default": hours},
        tiers={"desk": TierSection(user_group="S0DESK"), "leads": TierSection(user_group="S0LEADS")},
    )


def arriving(**changed: Any) -> Arriving:
    return replace(Arriving(organization_id=CONTOSO, kind=Kind.APPLICATION, clock_from=NOW), **changed)


# Which one


@pytest.mark.parametrize(
    ("plan", "asked", "takes"),
    [
        ({}, {}, True),
        ({"organizations": [CONTOSO]}, {"organization_id": CONTOSO.upper()}, True),
        ({"organizations": [CONTOSO]}, {"organization_id": BRANCH, "above": (CONTOSO,)}, True),
        ({"organizations": [BRANCH]}, {"organization_id": CONTOSO}, False),
        ({"kinds": ["elevation", "storage"]}, {"kind": Kind.STORAGE}, True),
        ({"kinds": ["elevation"]}, {"kind": Kind.STORAGE}, False),
        ({"risk": "unusual"}, {"is_unusual": True}, True),
        ({"risk": "unusual"}, {}, False),
        ({"risk": "usual"}, {"is_unusual": True}, False),
        ({"requestors": ["NORTHWIND\\*"]}, {"requestors": ("northwind\\Ana.Silva", "")}, True),
        ({"requestors": ["*@board.example"]}, {"requestors": ("", "ana@board.example")}, True),
        ({"requestors": ["ana.silva"]}, {"requestors": ("NORTHWIND\\ana.silva",)}, True),
        ({"requestors": ["NORTHWIND\\ana.silva"]}, {"requestors": ("CONTOSO\\ana.silva",)}, False),
        ({"requestors": ["NORTHWIND\\*"]}, {"requestors": ("", "")}, False),
        ({"requestors": ["*"]}, {"requestors": ("",)}, False),
        ({"kinds": ["elevation"], "risk": "unusual"}, {"kind": Kind.ELEVATION}, False),
    ],
)
def test_a_plan_takes_what_has_everything_that_it_asks_for(
    plan: dict[str, Any], asked: dict[str, Any], takes: bool
) -> None:
    name, _ = chosen(rules(x=plan), arriving(**asked))
    assert name == ("x" if takes else USUAL)


def test_the_first_plan_in_the_order_of_the_file_is_chosen_and_says_why() -> None:
    several = rules(
        lift={"kinds": ["elevation"], "organizations": [CONTOSO]}, odd={"risk": "unusual"}, rest={}
    )
    told = {
        each.plan.name: each.plan.because
        for each in (
            armed(several, arriving(**asked), NOW)
            for asked in ({"kind": Kind.ELEVATION, "is_unusual": True}, {"is_unusual": True}, {})
        )
    }
    assert told == {
        "lift": ("its organization is named there", "it takes this kind of request"),
        "odd": ("the request was unusual as it came",),
        "rest": ("it takes every request",),
    }


def test_without_a_plan_the_clock_is_that_of_the_settings() -> None:
    found = armed(Rules(), arriving(), NOW)
    assert (found.plan.name, found.plan.because) == (USUAL, ("no plan of the settings takes it",))
    assert [(step.kind, (step.due_at - NOW) // MINUTE, step.tier) for step in found.steps] == [
        (StepKind.REMIND, 5, ""), (StepKind.REMIND_CHANNEL, 10, ""), (StepKind.ESCALATE, 15, ""),
    ]  # fmt: skip
    assert [pause // MINUTE for pause in found.plan.back_off] == [15, 30, 60, 120]


def test_a_plan_stays_as_it_was_when_its_request_came() -> None:
    """What is found out later, and another file, change nothing of it."""
    before = rules(odd={"risk": "unusual"}, rest={"target_minutes": 4})
    opened = lifecycle.open_case("c1", sighting(1), NOW, before)
    assert opened.requests[0].plan is not None
    assert opened.requests[0].plan.name == "rest"
    joined = lifecycle.join(opened, sighting(2), NOW, rules(other={}))
    assert [held.plan.name for held in joined.requests if held.plan] == ["rest", "other"]


def test_what_is_unusual_at_once_has_the_plan_for_it() -> None:
    odd = rules(odd={"risk": "unusual", "steps": ["3m call team"], "target_minutes": 2})
    [held] = lifecycle.open_case("c1", sighting(1, signers=()), NOW, odd).requests
    assert held.plan is not None
    assert (held.plan.name, [step.kind for step in held.steps]) == ("odd", [StepKind.ESCALATE])


def test_a_claim_lapses_as_the_shortest_plan_of_its_requests_says() -> None:
    short = armed(rules(x={"claim_minutes": 7}), arriving(), NOW).plan
    long = short.model_copy(update={"claim_length": timedelta(minutes=9)})
    both = case(entry(1, plan=long), entry(2, plan=short), entry(3))
    claim = lifecycle.take_claim(both, TOM, NOW, Rules(), escalated=False).claim
    assert claim is not None
    assert claim.until == NOW + 7 * MINUTE
    assert sla.claim_length(case(entry(1)), Rules()) == 15 * MINUTE


# Hours


@pytest.mark.parametrize(
    ("outside", "steps", "starts", "tiers"),
    [
        ("on_call", [5, 10, 15], None, ["", "", ""]),
        ("desk", [5, 10, 15], None, ["", "", "desk"]),
        # Saturday 23:00 in Berlin; Monday 08:00 is 33 hours later.
        ("hold", [1980 + 5, 1980 + 10, 1980 + 15], "2026-11-30T07:00:00+00:00", ["", "", ""]),
    ],
)
def test_what_happens_to_elevation_outside_the_hours(
    outside: str, steps: list[int], starts: str | None, tiers: list[str]
) -> None:
    found = armed(
        rules(lift={"outside": outside}), arriving(kind=Kind.ELEVATION, clock_from=SATURDAY), SATURDAY
    )
    assert [(step.due_at - SATURDAY) // MINUTE for step in found.steps] == steps
    assert [step.tier for step in found.steps] == tiers
    assert found.plan.starts_at == (datetime.fromisoformat(starts) if starts else None)
    held = "it came outside the hours, so it is held until Mon 2026-11-30 08:00 (Europe/Berlin)"
    assert (held in found.plan.because) is (starts is not None)


def test_what_happens_to_elevation_outside_the_hours_happens_to_nothing_else() -> None:
    found = armed(rules(lift={"outside": "hold"}), arriving(clock_from=SATURDAY), SATURDAY)
    assert [(step.due_at - SATURDAY) // MINUTE for step in found.steps] == [5, 10, 15]


def test_what_comes_late_in_the_day_is_counted_on_in_the_morning() -> None:
    """Ten minutes are left of Friday, and five go by on Monday."""
    friday = datetime(2026, 11, 27, 16, 50, tzinfo=UTC)
    plan = rules(day={"clock": "calendar"})
    found = armed(plan, arriving(clock_from=friday), friday)
    assert found.plan.starts_at is None
    assert not any("it came outside the hours" in each for each in found.plan.because)
    assert [step.due_at.isoformat() for step in found.steps] == [
        "2026-11-27T16:55:00+00:00", "2026-11-27T17:00:00+00:00", "2026-11-30T07:05:00+00:00",
    ]  # fmt: skip


def test_a_calendar_that_never_opens_holds_nothing_back() -> None:
    """A promise that would begin never is kept around the clock instead, and says so."""
    never = rules({"zone": "UTC", "weekdays": {}}, day={"clock": "calendar"})
    found = armed(never, arriving(), NOW)
    assert [(step.due_at - NOW) // MINUTE for step in found.steps] == [5, 10, 15]
    assert found.plan.calendar == ""
    assert (
        "its calendar stays closed for a year and more, so its clock runs around the clock"
        in found.plan.because
    )
    once = rules(
        {"zone": "UTC", "weekdays": {}, "open": {"2026-03-03": "10:00-10:05"}}, day={"clock": "calendar"}
    )
    assert [(step.due_at - NOW) // MINUTE for step in armed(once, arriving(), NOW).steps] == [1505, 10, 15]
    minute = CalendarSection.model_validate({"zone": "UTC", "weekdays": {"mon": "00:00-00:01"}})
    assert open_time_after(minute, NOW, timedelta(hours=4)) is None


def test_a_calendar_that_the_file_has_no_more_closes_nothing() -> None:
    plan = armed(rules(lift={"outside": "desk"}), arriving(kind=Kind.ELEVATION), NOW).plan
    assert tier_at(plan, "team", SATURDAY, rules()) == "desk"
    assert tier_at(plan.model_copy(update={"hours": "gone"}), "team", SATURDAY, rules()) == "team"


# Taking the steps of a plan


def of_plan(asked_minutes_ago: int, **plan: Any) -> Case:
    since = NOW - asked_minutes_ago * MINUTE
    found = armed(rules(x=plan), arriving(clock_from=since), since)
    return case(entry(1, clock_from=since, plan=found.plan, steps=found.steps))


TWO_TIERS = {"steps": ["10m remind", "15m call on_duty", "+15m call leads"], "back_off_minutes": [30, 60]}


def test_the_tiers_of_a_plan_are_called_in_turn_and_the_last_one_again() -> None:
    current, now, called = of_plan(0, **TWO_TIERS), NOW, []
    while now < NOW + timedelta(hours=5):
        now = sla.next_due_at(current) or now
        look = sla.take_steps(current, now, rules())
        called.append((int((now - NOW) / MINUTE), look.acts, look.tier))
        current = look.case
    assert called == [
        (10, StepKind.REMIND_CHANNEL, ""), (15, StepKind.ESCALATE, ""), (30, StepKind.ESCALATE_NEXT, "leads"),
        (60, StepKind.ESCALATE_AGAIN, "leads"), (120, StepKind.ESCALATE_AGAIN, "leads"),
        (180, StepKind.ESCALATE_AGAIN, "leads"), (240, StepKind.ESCALATE_AGAIN, "leads"),
        (300, StepKind.ESCALATE_AGAIN, "leads"),
    ]  # fmt: skip


def test_after_a_downtime_the_latest_call_of_a_plan_acts_and_the_others_are_named() -> None:
    thrice = {"steps": ["15m call team", "20m call leads", "25m call leads"]}
    look = sla.take_steps(of_plan(40, **thrice), NOW, rules())
    assert (look.acts, look.tier, look.for_requests) == (StepKind.ESCALATE_NEXT, "leads", ("req-1",))
    assert look.skipped == (
        "escalate of req-1: overtaken by escalate_next", "escalate_next of req-1: overtaken by escalate_next",
    )  # fmt: skip
    assert look.case.escalated_at == NOW


@pytest.mark.parametrize("pauses", [[], ["remind"], ["repeat"]])
def test_a_claim_pauses_what_the_plan_says_and_never_the_ceiling(pauses: list[str]) -> None:
    plan = {**TWO_TIERS, "claim_pauses": pauses}
    claim = Claim(actor=TOM, at=NOW, until=NOW + 60 * MINUTE, escalated=True)

    def acts(ago: int, *, again: bool = False) -> StepKind | None:
        current = of_plan(ago, **plan).model_copy(update={"claim": claim})
        if again:
            current = sla.take_steps(current, NOW - 10 * MINUTE, rules()).case
        return sla.take_steps(current, NOW, rules()).acts

    assert acts(10) is (None if "remind" in pauses else StepKind.REMIND_CHANNEL)
    assert acts(15) is StepKind.ESCALATE
    assert acts(31, again=True) is (None if "repeat" in pauses else StepKind.ESCALATE_NEXT)


# A slow second opinion

WHOLE_HOURS = st.integers(0, 23)


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, Any]:
    week = {}
    for day in draw(st.lists(st.sampled_from(WEEKDAYS), unique=True, min_size=1)):
        opens = draw(st.integers(0, 22))
        closes = draw(st.integers(opens + 1, 24))
        week[day] = (
            f"{opens:02}:{draw(st.sampled_from(['00', '30']))}-{closes:02}:{'00' if closes == 24 else '45'}"
        )
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
    return {"zone": zone, "weekdays": week}


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    ceiling = draw(st.integers(6, 15))
    steps = [
        f"{draw(st.integers(1, 3))}m card",
        f"{draw(st.integers(3, 6))}m remind",
        f"{ceiling}m call on_duty",
    ]
    steps = steps[draw(st.integers(0, 2)) :]
    for after in draw(st.lists(st.integers(1, 40), max_size=2)):
        steps.append(f"+{after}m call {draw(st.sampled_from(['leads', 'team']))}")
    return {
        "steps": steps,
        "target_minutes": 3,
        "back_off_minutes": draw(st.lists(st.integers(1, 60), min_size=1, max_size=3)),
        "claim_pauses": draw(st.lists(st.sampled_from(["remind", "repeat"]), unique=True)),
        "clock": draw(st.sampled_from(["around_the_clock", "calendar"])),
        "outside": draw(st.sampled_from(["on_call", "hold", "desk"])),
    }


class Slow:
    """One request, minute by minute, by nothing but what the file says."""

    def __init__(
        self, plan: dict[str, Any], calendar: dict[str, Any], kind: Kind, asked_at: datetime
    ) -> None:
        self.plan, self.calendar, self.kind = plan, calendar, kind
        self.counts = plan["clock"] == "calendar" or (kind is Kind.ELEVATION and plan["outside"] == "hold")
        self.coming: list[tuple[StepKind, datetime, str]] = []
        self.last_planned: tuple[datetime, str] | None = None
        self.is_done = self.is_escalated = False
        self._plan(asked_at)

    def is_open(self, at: datetime) -> bool:
        wall = at.astimezone(ZoneInfo(self.calendar["zone"]))
        span = self.calendar["weekdays"].get(WEEKDAYS[wall.weekday()])
        if span is None:
            return False
        first, last = span.split("-")
        return bool(first <= f"{wall:%H:%M}" < last)

    def tier(self, named: str, at: datetime) -> str:
        if self.kind is Kind.ELEVATION and self.plan["outside"] == "desk" and not self.is_open(at):
            return "desk"
        return "" if named == "on_duty" else named

    def _plan(self, asked_at: datetime) -> None:
        wanted: list[tuple[int, str, str]] = []
        for step in self.plan["steps"]:
            when, does, *tier = step.split()
            since = wanted[-1][0] if when.startswith("+") else 0
            wanted.append((since + int(when.strip("+m")), does, tier[0] if tier else ""))
        counted, at, calls = 0, asked_at, 0
        while wanted:
            if not self.counts or self.is_open(at):
                counted += 1
            at += MINUTE
            while wanted and wanted[0][0] == counted:
                _, does, tier = wanted.pop(0)
                kind = {"card": StepKind.REMIND, "remind": StepKind.REMIND_CHANNEL}.get(does)
                if kind is None:
                    kind = StepKind.ESCALATE_NEXT if calls else StepKind.ESCALATE
                    calls += 1
                    tier = self.tier(tier, at)
                    self.last_planned = (at, tier)
                self.coming.append((kind, at, tier))

    def look(self, now: datetime, claim: Claim | None) -> tuple[StepKind | None, str]:
        """What one look does: the kind that acts, and whom it calls."""
        due = [one for one in self.coming if one[1] <= now]
        if self.is_done or not due:
            return None, ""
        self.coming = [one for one in self.coming if one not in due]
        held = [one for one in due if self._is_held(one[0], now, claim)]
        free = [one for one in due if one not in held]
        order = list(StepKind)
        acts = max(free, key=lambda one: (order.index(one[0]), one[1]), default=None)
        self.is_escalated |= acts is not None and acts[0].value.startswith("escalate")
        if any(kind.value.startswith("escalate") for kind, _, _ in due):
            self._again(now, due, is_held=any(kind.value.startswith("escalate") for kind, _, _ in held))
        return (acts[0], acts[2]) if acts else (None, "")

    def _is_held(self, kind: StepKind, now: datetime, claim: Claim | None) -> bool:
        if claim is None or claim.until <= now:
            return False
        if kind is StepKind.REMIND:
            return True
        if kind is StepKind.REMIND_CHANNEL:
            return "remind" in self.plan["claim_pauses"]
        return kind is not StepKind.ESCALATE and claim.escalated and "repeat" in self.plan["claim_pauses"]

    def _again(self, now: datetime, due: list[tuple[StepKind, datetime, str]], *, is_held: bool) -> None:
        calls = [one for one in due if one[0].value.startswith("escalate")]
        if any(one[0].value.startswith("escalate") for one in self.coming) or self.last_planned is None:
            return
        pauses = self.plan["back_off_minutes"]
        first = pauses[0] * MINUTE
        if calls[-1][0] is not StepKind.ESCALATE_AGAIN:
            # The last call of the plan was taken in this look: late, it counts from the pause before now.
            self.since = self.last_planned[0]
            while self.since + first <= now:
                self.since += first
        at = calls[-1][1] if is_held else self.since
        number = 0
        while at <= now or number == 0:
            at += first if is_held else pauses[min(number, len(pauses) - 1)] * MINUTE
            number += 1
        while self.counts and not self.is_open(at):
            at += MINUTE
        self.coming.append((StepKind.ESCALATE_AGAIN, at, self.tier(self.last_planned[1], at)))


@settings(max_examples=60)
@given(
    plan=plans(),
    calendar=calendars(),
    kind=st.sampled_from([Kind.APPLICATION, Kind.ELEVATION]),
    asked_at=st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30)),  # noqa: DTZ001 - given UTC below
    # Looks, and now and then a process that stood still for hours or days.
    pauses=st.lists(
        st.tuples(
            st.one_of(st.integers(0, 20), st.integers(0, 3000)),
            st.sampled_from(["", "", "", "claim", "called", "release", "back", "decide"]),
        ),
        max_size=30,
    ),
)
def test_minute_by_minute_every_due_step_is_taken_once_and_the_ceiling_never_passes_unheard(
    plan: dict[str, Any],
    calendar: dict[str, Any],
    kind: Kind,
    asked_at: datetime,
    pauses: list[tuple[int, str]],
) -> None:
    """Random plans, calendars, zones, claims, decisions, standstills and clocks that go back."""
    asked_at = asked_at.replace(second=0, microsecond=0, tzinfo=UTC)
    house = rules(calendar, x=plan)
    slow = Slow(plan, calendar, kind, asked_at)
    found = armed(house, arriving(kind=kind, clock_from=asked_at), asked_at)
    current = case(entry(1, kind=kind, clock_from=asked_at, plan=found.plan, steps=found.steps), kind=kind)
    ceiling = next(step.due_at for step in found.steps if step.kind is StepKind.ESCALATE)
    now, claim = asked_at, None
    for pause, event in pauses:
        # The ledger's clock does not go back; a look by one that does finds nothing new.
        now += pause * MINUTE
        if event in ("claim", "called"):
            claim = Claim(actor=TOM, at=now, until=now + 17 * MINUTE, escalated=event == "called")
        if event == "release":
            claim = None
        if event == "decide":
            slow.is_done = True
            done = current.requests[0].model_copy(update={"standing": Standing.APPROVED})
            current = current.model_copy(update={"requests": (done,)})
        current = current.model_copy(update={"claim": claim})
        if event == "back":
            earlier = sla.take_steps(current, now - 10 * MINUTE, house)
            assert (earlier.acts, earlier.tier) == slow.look(now - 10 * MINUTE, claim)
            current = earlier.case
        expected = slow.look(now, claim)
        look = sla.take_steps(current, now, house)
        assert (look.acts, look.tier) == expected
        assert (sla.next_due_at(look.case) if not slow.is_done else None) == (
            None if slow.is_done else min(at for _, at, _ in slow.coming)
        )
        current = Case.model_validate_json(look.case.model_dump_json())
        if now >= ceiling and not slow.is_done:
            assert current.escalated_at is not None
            assert slow.is_escalated
    _each_once(current)


def _each_once(held: Case) -> None:
    for step in held.requests[0].steps:
        assert step.taken_at is None or step.taken_at >= step.due_at
