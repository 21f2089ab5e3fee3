"""What the record tells beside the times: shadow presses, rules, proposals, exceptions, load without names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.cards.messages.timing import timing_text
from bot.models import Event, Verb
from bot.rules.figures import Figures, figures_of, shadow_in

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Recorded = tuple[datetime, Event]


def told(minutes: float, name: str, request_id: str = "r1", person_id: str = "", **facts: Any) -> Recorded:
    event = Event(
        name=name,
        case_id=f"c{request_id}",
        request_id=request_id,
        organization_id="ORG-A",
        person_id=person_id,
        facts=facts,
    )
    return T0 + timedelta(minutes=minutes), event


def pressed(minutes: float, verb: str, request_id: str = "r1", who: str = "ana") -> Recorded:
    return told(minutes, "decision_rehearsed", request_id, who, verb=verb)


def ended(minutes: float, came_to: str, request_id: str = "r1") -> Recorded:
    return told(minutes, "decided_in_portal", request_id, came_to=came_to)


def figures(*events: Recorded) -> Figures:
    return figures_of(events, T0, T0 + timedelta(days=7))


def text_of(*events: Recorded) -> str:
    arrival = told(0, "case_opened", kind="application", clock_from=T0.isoformat())
    found = figures(arrival, *events)
    return timing_text(found.report, str, figures=found)


@pytest.mark.parametrize(
    ("verb", "came_to", "agrees"),
    [
        ("approve", "approved_narrow", True),
        ("approve", "approved_wide", True),
        ("approve", "approved_in_portal", True),
        ("approve", "exception", True),
        ("approve", "denied", False),
        ("deny", "denied", True),
        ("deny", "approved_in_portal", False),
    ],
)
def test_a_press_with_writes_off_is_held_against_what_the_portal_decided(
    verb: str, came_to: str, agrees: bool
) -> None:
    (one,) = figures(pressed(1, verb), ended(9, came_to)).compared
    assert (one.agrees, one.pressed, one.case_id) == (agrees, Verb(verb), "cr1")
    assert one.decided_at == T0 + timedelta(minutes=9)


@pytest.mark.parametrize(
    "end",
    [
        ended(9, "closed"),
        told(9, "request_withdrawn", came_to="closed"),
        told(9, "decided_in_portal"),
        told(9, "decision_settled", came_to="approved_narrow"),
    ],
)
def test_what_the_portals_people_did_not_decide_agrees_with_nothing(end: Recorded) -> None:
    """Nor does an event of before the outcome was kept, or what was decided here once writes were on."""
    found = figures(pressed(1, "approve"), end)
    assert found.compared == []
    assert found.shadow[0].decided_at is not None


def test_the_last_press_of_each_person_counts_and_none_after_the_end() -> None:
    found = shadow_in([
        pressed(1, "approve"), pressed(2, "deny"), pressed(3, "approve", who="bo"),
        pressed(3, "approve", "r2"), ended(9, "denied"), pressed(9, "approve", "r3"),
    ])  # fmt: skip
    assert [(one.request_id, one.pressed, one.agrees) for one in found] == [
        ("r1", Verb.DENY, True),
        ("r1", Verb.APPROVE, False),
        ("r2", Verb.APPROVE, False),
        ("r3", Verb.APPROVE, False),
    ]


def test_a_press_that_came_after_the_end_agrees_with_nothing_and_waits_for_nothing() -> None:
    """Judged while the portal's decision was on its way into the record. Reopened, the request waits again."""
    (late,) = shadow_in([ended(1, "denied"), pressed(2, "approve")])
    assert (late.decided, late.decided_at) == (None, T0 + timedelta(minutes=1))
    assert "still wait" not in text_of(ended(1, "denied"), pressed(2, "approve"))
    (again,) = shadow_in(
        [ended(1, "denied"), told(2, "decision_reopened"), pressed(3, "deny"), ended(4, "denied")]
    )
    assert (again.agrees, again.decided_at) == (True, T0 + timedelta(minutes=4))


def test_the_report_says_how_many_agreed_and_names_those_that_did_not() -> None:
    text = text_of(
        *(pressed(1, "approve", f"a{n}") for n in range(9)), *(ended(2, "approved_wide", f"a{n}") for n in range(9)),
        pressed(1, "deny", "b"), ended(2, "approved_wide", "b"), pressed(3, "deny", "waits"),
    )  # fmt: skip
    assert "agreed in 9 of 10 (90 %); 1 of the requests still wait." in text
    assert "cb at org-a: pressed deny " in text
    assert ", the portal approved" in text
    assert "ca1" not in text
    assert "ana" not in text
    many = [each for n in range(12) for each in (pressed(1, "approve", f"m{n}"), ended(2, "denied", f"m{n}"))]
    assert "and 2 more did not agree" in text_of(*many)
    assert "the portal denied" in text_of(*many)


def test_without_a_shadow_press_nothing_is_said_of_one() -> None:
    assert "Writes off" not in text_of(ended(2, "denied"))


def test_the_load_is_told_and_nobody_is_counted_apart() -> None:
    text = text_of(
        told(1, "decision_settled", "r1", "ana"), told(2, "decision_settled", "r2", "bo"),
        told(70, "decision_settled", "r3", "ana"), told(3, "decided_in_portal", "r4"),
    )  # fmt: skip
    assert "Decided here: 3 requests by 2 people, most in one hour of the week: 2 (Mon 09:00 UTC)" in text
    assert "1 request by 1 person" in text_of(told(1, "decision_settled", "r1", "ana"))
    assert "ana" not in text


def test_of_two_hours_as_busy_everybody_names_the_same() -> None:
    events = [told(70, "decision_settled", "r2", "bo"), told(1, "decision_settled", "r1", "ana")]
    assert figures(*events).busiest == figures(*reversed(events)).busiest == ("Mon 09:00", 1)


def test_rules_proposals_and_exceptions_are_counted() -> None:
    text = text_of(
        told(1, "decided_in_portal", "r1", came_to="denied", spoke=["burst", "rare_host"]),
        told(2, "decided_in_portal", "r2", came_to="approved_wide", spoke=["burst"]),
        told(3, "policy_proposed"), told(3, "policy_proposed", "r2"), told(4, "policy_declined"),
        *(told(5, "policy_changed", act=act) for act in ("create", "create", "take_back")),
        told(6, "exception_review_due"), told(6, "exception_renewed"), told(7, "exception_ended"),
    )  # fmt: skip
    assert "burst: 1 of 2 (50 %)" in text
    assert "rare_host: 1 of 1 (100 %)" in text
    assert "Proposed policies: 2 made, 2 taken, 1 declined" in text
    assert "Reviews of exceptions: 1 came due, 1 renewed, 0 closed, 1 ended" in text


def test_what_happened_outside_of_the_span_is_not_counted() -> None:
    before, after = told(-1, "policy_proposed"), told(60 * 24 * 8, "policy_proposed")
    found = figures(before, pressed(-2, "approve"), after)
    assert (found.proposed, list(found.shadow)) == (0, [])


def test_the_very_first_and_last_instant_of_a_span_count() -> None:
    week = 60 * 24 * 7
    found = figures(
        told(0, "policy_proposed"), told(week, "policy_proposed"), pressed(0, "approve"),
        pressed(week, "deny", "r2"),
    )  # fmt: skip
    assert (found.proposed, len(found.shadow)) == (2, 2)


def test_only_the_end_of_its_own_request_answers_a_shadow_press() -> None:
    asked_again = told(5, "request_changed", came_to="denied")
    found = figures(pressed(1, "approve"), asked_again, ended(6, "denied", "r2"))
    assert found.compared == []
    assert found.shadow[0].decided_at is None


def test_the_first_end_of_a_request_stands() -> None:
    (one,) = shadow_in([pressed(1, "approve"), ended(5, "denied"), ended(6, "approved_wide")])
    assert (one.decided, one.decided_at) == (Verb.DENY, T0 + timedelta(minutes=5))


def test_what_nobody_here_decided_is_no_load_of_anybody() -> None:
    found = figures(told(1, "decision_settled", "r1", ""), told(2, "decided_in_portal", "r2", "ana"))
    assert (found.decided_here, found.deciders, found.busiest) == (0, 0, None)
