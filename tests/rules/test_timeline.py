"""A plan as a time line with its reasons (P6), and what makes a request an advanced one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.cards.case.timeline import plan_lines
from bot.cards.kit.words import as_text
from bot.models import Case, Claim, Kind, Rules, StepKind
from bot.rules import sla
from bot.rules.plans import armed
from bot.rules.timeline import (
    NotARequest,
    advanced_because,
    explained,
    first_due,
    held_until,
    is_the_teams,
    moments,
    reasons,
)
from tests.cards.samples import NOW, TOM, case, entry
from tests.rules.test_plans import BRANCH, CONTOSO, MINUTE, SATURDAY, arriving, of_plan, rules

WORKING = datetime(2026, 3, 2, 9, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 22, tzinfo=UTC)
HANDED = {"by": TOM, "at": NOW, "because": "You know it."}


# Advanced


@pytest.mark.parametrize(
    ("held", "because"),
    [
        (case(), ()),
        (case(unusual=("signed by nobody",)), ("it is unusual",)),
        (case(entry(1), entry(2)), ("2 computers ask for it",)),
        (case(handed_over=HANDED), ("it was handed over",)),
        (
            case(claim=Claim.model_validate({"actor": TOM, "at": NOW, "until": NOW, "handed_over": HANDED})),
            ("it was handed over",),
        ),
        (case(claim=Claim(actor=TOM, at=NOW, until=NOW)), ()),
    ],
)
def test_what_makes_a_request_an_advanced_one(held: Case, because: tuple[str, ...]) -> None:
    held = Case.model_validate(held.model_dump())
    assert advanced_because(held) == because
    there = held.model_copy(update={"requests": tuple(_planned(each) for each in held.requests)})
    assert is_the_teams(there, WORKING, rules()) is bool(because)
    assert not is_the_teams(there, NIGHT, rules())


def _planned(held: Any) -> Any:
    return held.model_copy(update={"plan": armed(rules(), arriving(), NOW).plan})


def test_elevation_is_the_teams_in_its_hours_whatever_it_is_about() -> None:
    lift = case(_planned(entry(1, kind=Kind.ELEVATION)), kind=Kind.ELEVATION)
    assert is_the_teams(lift, WORKING, rules())
    assert not is_the_teams(lift, NIGHT, rules())
    assert not is_the_teams(case(entry(1), entry(2)), WORKING, rules()), (
        "of a former release no hours are known"
    )


# The time line

PAUSES = (
    "A claim pauses the reminder in the channel and what comes after the ceiling, if whoever was called has it; never "
    "the ceiling. A claim lapses after 15 min."
)


def told(
    found: Any, kind: Kind = Kind.APPLICATION, house: Rules | None = None, since: datetime = NOW
) -> list[str]:
    return [
        f"{(one.at - since) // MINUTE} {one.says}"
        for one in moments(since, found.plan, found.steps, house or rules(), kind)
    ]


def test_the_time_line_of_the_usual_plan() -> None:
    found = armed(rules(), arriving(), NOW)
    assert told(found) == [
        "0 asked; the clock starts",
        "5 the card says that it waits, and who has claimed it is told alone",
        "10 a reminder in the channel, to who has it",
        "15 the ceiling: whoever is on duty (the escalation team) is called",
    ]
    assert reasons(found.plan, rules(), Kind.APPLICATION) == (
        "Plan usual: no plan of the settings takes it.",
        "It is meant to be decided within 5 min; after 15 min at most somebody else is called.",
        "Counted around the clock.",
        PAUSES,
        "After the last step the same people are called again: 15 min, 30 min, 60 min, and then every 120 min.",
    )


def test_the_time_line_of_what_is_held_until_morning_says_so() -> None:
    house = rules(
        lift={"outside": "hold", "back_off_minutes": [20], "claim_pauses": [], "night_digest": True}
    )
    found = armed(house, arriving(kind=Kind.ELEVATION, clock_from=SATURDAY), SATURDAY)
    assert told(found, Kind.ELEVATION, house, SATURDAY)[:2] == [
        "0 asked", "1980 the hours begin, and the clock starts",
    ]  # fmt: skip
    sentences = reasons(found.plan, house, Kind.ELEVATION)
    assert "it is held until Mon 2026-11-30 08:00 (Europe/Berlin)." in sentences[0]
    assert "Counted in the open hours of the calendar default." in sentences
    assert "Outside the hours everything but the ceiling is told in one list an hour." in sentences
    assert "A claim pauses no call. A claim lapses after 15 min." in sentences
    assert "After the last step the same people are called again: every 20 min." in sentences


def test_the_time_line_of_what_goes_to_a_support_desk_and_of_what_the_portal_decides() -> None:
    house = rules(lift={"outside": "desk", "steps": ["15m call on_duty", "+5m call leads"]})
    found = armed(house, arriving(kind=Kind.ELEVATION, clock_from=SATURDAY), SATURDAY)
    assert told(found, Kind.ELEVATION, house, SATURDAY)[1:] == [
        "15 the ceiling: desk is called", "20 desk is called",
    ]  # fmt: skip
    assert "Outside the hours of the calendar default, desk is called instead." in reasons(
        found.plan, house, Kind.ELEVATION
    )
    late = armed(house, arriving(clock_from=SATURDAY), SATURDAY)
    assert told(late, house=house, since=SATURDAY)[1] == (
        "15 the ceiling: whoever is on duty (the approvers) is called"
    )
    web = armed(rules(), arriving(kind=Kind.WEB_CONTROL), NOW)
    assert [line[:2] for line in told(web, Kind.WEB_CONTROL)] == ["0 ", "15"]
    assert reasons(web.plan, rules(), Kind.WEB_CONTROL)[-1] == (
        "The portal alone decides it, so it is called for once."
    )


def test_what_became_of_a_step_stands_beside_it() -> None:
    late = sla.take_steps(of_plan(40, steps=["10m remind", "15m call team"]), NOW, rules()).case
    text = as_text(plan_lines(late, rules(), NOW))
    assert "a reminder in the channel, to who has it (passed over: overtaken by escalate)" in text.replace(
        "꞉", ":"
    )
    assert "the ceiling: team is called (done)" in text
    assert "team is called again" in text
    [again] = [step for step in late.requests[0].steps if step.kind is StepKind.ESCALATE_AGAIN]
    assert again.is_open


def test_the_lines_of_several_requests_are_those_of_the_one_that_is_due_first() -> None:
    young, old = of_plan(1).requests[0], of_plan(9).requests[0]
    both = case(young, old.model_copy(update={"facts": entry(2).facts}))
    assert first_due(both) == both.requests[1]
    text = as_text(plan_lines(both, rules(), WORKING))
    assert text.startswith("Of the request that is due first; 1 more wait.")
    assert (
        "Advanced, since 2 computers ask for it: it is the escalation team's now, by the team's hours."
        in text
    )
    night = as_text(plan_lines(both, rules(), NIGHT))
    assert "it is the approvers' now" in night
    lift = case(_planned(entry(1, kind=Kind.ELEVATION)), kind=Kind.ELEVATION)
    assert "Elevation: it is the escalation team's now" in as_text(plan_lines(lift, rules(), WORKING))
    assert plan_lines(case(requests=()), rules(), NOW) == []


# A request that nobody made

NAMES = {"Contoso": CONTOSO, "branch": BRANCH}
HOUSE = rules(
    lift={"kinds": ["elevation"], "organizations": [CONTOSO], "outside": "hold"}, vip={"requestors": ["ana"]}
)


def test_a_request_that_nobody_made_is_explained() -> None:
    lines = explained("elevation, Saturday 23:00, Contoso", HOUSE, NAMES, NOW)
    assert lines[0] == "elevation, usual, Contoso (times in Europe/Berlin)"
    assert lines[1:5] == [
        "  Sat 2026-03-07 23:00  asked",
        "  Mon 2026-03-09 08:00  the hours begin, and the clock starts",
        "  Mon 2026-03-09 08:05  the card says that it waits, and who has claimed it is told alone",
        "  Mon 2026-03-09 08:10  a reminder in the channel, to who has it",
    ]
    assert lines[6].startswith("- Plan lift: its organization is named there, it takes this kind of request")


@pytest.mark.parametrize(
    ("text", "first", "plan"),
    [
        ("", "Mon 2026-03-02 10:00", "usual"),
        ("Unusual , web control, 2026-12-24 09:30", "Thu 2026-12-24 09:30", "usual"),
        ("storage, 7:05, BRANCH, by NORTHWIND\\Ana", "Mon 2026-03-02 07:05", "vip"),
        (f"elevation, mon 11:00, {CONTOSO.upper()}", "Mon 2026-03-02 11:00", "lift"),
    ],
)
def test_what_is_left_out_is_a_usual_application_request_of_now(text: str, first: str, plan: str) -> None:
    lines = explained(text, HOUSE, NAMES, NOW)
    assert lines[1].startswith(f"  {first}  asked")
    assert any(line.startswith(f"- Plan {plan}") for line in lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "elevation, Fabrikam",
            "No organization is called “Fabrikam” in the access file. It knows Contoso, branch",
        ),
        ("Contoso, branch", "“Contoso” and “branch” are both taken for an organization"),
        ("someday 10:00", "“someday 10:00” is no time; write it like “Saturday 23:00”"),
        ("25:00", "“25:00” is no time"),
        ("2026-13-01 10:00", "“2026-13-01 10:00” is no time"),
        ("9999-12-31 23:59", "“9999-12-31 23:59” is more than a hundred years away"),
        ("0001-01-01 00:00", "“0001-01-01 00:00” is more than a hundred years away"),
    ],
)
def test_what_is_no_request_is_told_in_words(text: str, says: str) -> None:
    with pytest.raises(NotARequest, match=re.escape(says)):
        explained(text, HOUSE, NAMES, NOW)
    with pytest.raises(NotARequest, match="It knows none by name"):
        explained("Fabrikam", HOUSE, {}, NOW - timedelta(days=1))


def test_what_was_not_taken_yet_has_no_outcome_beside_it() -> None:
    text = as_text(plan_lines(of_plan(40, steps=["10m remind", "15m call team"]), rules(), NOW))
    assert "the ceiling: team is called" in text
    assert "(done)" not in text
    assert "passed over" not in text


@pytest.mark.parametrize(
    ("hours_ahead", "waits_for"),
    [((5, 7), 5), ((None, 5), None), ((-1, 5), None), ((0, 5), None), ((0, 0), None), ((None, None), None)],
)
def test_a_case_is_held_only_while_no_clock_of_its_requests_runs(
    hours_ahead: tuple[int | None, int | None], waits_for: int | None
) -> None:
    """From the very instant at which the hours begin its clock runs, and the first one to run counts."""
    plan = armed(rules(), arriving(), NOW).plan
    ahead = [None if hours is None else NOW + timedelta(hours=hours) for hours in hours_ahead]
    entries = [
        entry(number).model_copy(update={"plan": plan.model_copy(update={"starts_at": at})})
        for number, at in enumerate(ahead, start=1)
    ]
    held = held_until(case(*entries), NOW)
    assert held == (None if waits_for is None else NOW + timedelta(hours=waits_for))


def test_a_case_of_a_former_release_is_not_held() -> None:
    assert held_until(case(entry(1)), NOW) is None
