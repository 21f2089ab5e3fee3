"""What the release before this one has written is still read, and can still be drawn and worked with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cards.case.card import render_case
from bot.cards.case.modals import details_modal
from bot.cards.kit.limits import check_payload, check_view
from bot.models import Case, Given, Rules
from bot.rules import lifecycle
from bot.rules.redaction import redact

WRITTEN = json.loads(Path(__file__).with_name("former_release.json").read_text("utf-8"))
"""Records as the ledger of schema 1 held them: four cases in different states, and what was given in Slack."""
CASES = sorted(name for name in WRITTEN if name != "given")
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_the_former_release_opens_draws_and_gets_its_due_times(name: str) -> None:
    """Nothing that a card, its details or the clock needs is missing in an old record."""
    case = Case.model_validate(WRITTEN[name])
    check_payload("message", render_case(case, Rules(), NOW).blocks)
    check_view(details_modal(case))
    assert lifecycle.due_times(case, NOW, Rules())
    assert redact(case, NOW).redacted_at == NOW


def test_what_was_given_in_slack_before_opens() -> None:
    """Grants and suspensions of the former release still count."""
    given = Given.model_validate(WRITTEN["given"])
    assert given.grant("g1") is not None
    assert given.suspension_of("bo") is not None


def test_the_samples_are_of_different_states() -> None:
    """An open case with a claim, one approved beyond the computer, one denied, and one without evidence."""
    cases = {name: Case.model_validate(WRITTEN[name]) for name in CASES}
    assert {name for name, case in cases.items() if case.is_open} == {"open_claimed", "elevation"}
    approved = cases["approved"].requests[0].outcome
    assert approved is not None
    assert approved.attempt is not None
    assert approved.attempt.choice.validated_how == "Sandbox"
    assert cases["open_claimed"].claim is not None
    assert cases["elevation"].evidence is None
