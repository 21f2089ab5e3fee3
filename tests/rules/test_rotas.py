"""Who is on call: without a rota, everybody in the tier."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.models import EscalationSection, Rules
from bot.models.rotas import OnCall, Roster, TierSection
from bot.rules.rotas import on_call, tiers_of

NOW = datetime(2026, 11, 28, 23, tzinfo=UTC)


def test_everybody_in_the_tier_is_on_call() -> None:
    roster = Roster({"leads": TierSection(user_group="S1", people=("ana",))})
    assert on_call(roster, "leads", NOW) == OnCall("S1", ("ana",), why="everybody in the tier")
    assert not on_call(roster, "leads", NOW).is_nobody


def test_a_tier_that_is_a_channel_alone_calls_nobody_by_name() -> None:
    roster = Roster({"pit": TierSection(channel="C1")})
    assert on_call(roster, "pit", NOW).is_channel_alone
    assert not on_call(roster, "pit", NOW).is_nobody
    assert OnCall().is_nobody


def test_a_tier_that_the_roster_has_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        on_call(Roster(tiers_of(Rules(escalation=EscalationSection()))), "leads", NOW)
