"""How often a rule was right, counted over the record."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.models import Attempt, Event, Reach, Standing
from bot.rules.figures import UnusualOutcome, outcome_of, outcomes_in
from tests.cards.samples import attempt


@pytest.mark.parametrize(
    ("standing", "ours", "outcome"),
    [
        (Standing.REJECTED, None, UnusualOutcome.DENIED),
        (Standing.REJECTED, attempt(), UnusualOutcome.DENIED),
        (Standing.APPROVED, attempt(), UnusualOutcome.APPROVED_NARROW),
        (Standing.APPROVED, attempt(reaches=Reach.COMPUTER), UnusualOutcome.APPROVED_NARROW),
        (Standing.APPROVED, attempt(reaches=Reach.COMPUTER_GROUP), UnusualOutcome.APPROVED_WIDE),
        (Standing.APPROVED, attempt(reaches=Reach.ORGANIZATION), UnusualOutcome.APPROVED_WIDE),
        (Standing.APPROVED, None, UnusualOutcome.APPROVED_IN_PORTAL),
        (Standing.CLOSED, None, UnusualOutcome.CLOSED),
    ],
)
def test_what_a_settled_request_came_to(
    standing: Standing, ours: Attempt | None, outcome: UnusualOutcome
) -> None:
    assert outcome_of(standing, ours) is outcome


def settled(came_to: str, *spoke: str) -> Event:
    return Event(name="decision_settled", facts={"came_to": came_to, "spoke": list(spoke)})


def test_each_rule_counts_for_itself_and_what_says_nothing_of_it_for_none() -> None:
    told = [
        settled("denied", "remote_tool", "odd_hours"),
        settled("denied", "remote_tool"),
        settled("approved_wide", "remote_tool"),
        settled("denied"),
        Event(name="exception_opened", facts={"came_to": "exception", "spoke": ["burst"]}),
        Event(name="decision_settled", facts={"status": "of an older record"}),
        Event(name="evidence_gathered", facts={"spoke": ["burst"]}),
    ]
    assert outcomes_in(told) == Counter(
        {
            ("remote_tool", "denied"): 2,
            ("remote_tool", "approved_wide"): 1,
            ("odd_hours", "denied"): 1,
            ("burst", "exception"): 1,
        }
    )
