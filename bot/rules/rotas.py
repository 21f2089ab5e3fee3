"""Who is on call for a tier at an instant. Pure: everything that it depends on stands in the roster."""

from __future__ import annotations

from datetime import datetime

from bot.models.rotas import APPROVERS, TEAM, OnCall, Roster, TierSection
from bot.models.rules import Rules


def tiers_of(rules: Rules) -> dict[str, TierSection]:
    """Every tier by its name; those of `[escalation]`, unless a table stands in their place, first."""
    groups = {TEAM: rules.escalation.team_user_group, APPROVERS: rules.escalation.approvers_user_group}
    # Without a group they are whoever reads the escalation channel, which a table has to say.
    usual = {name: TierSection.model_construct(user_group=group) for name, group in groups.items()}
    return {**usual, **rules.tiers}


def on_call(roster: Roster, tier: str, at: datetime) -> OnCall:  # noqa: ARG001 - everybody, at every instant
    """Who is on call for a tier at an instant. KeyError: the roster has no such tier, which the settings refuse."""
    named = roster.tiers[tier]
    nobody = not (named.user_group or named.people)
    return OnCall(named.user_group, named.people, why="everybody in the tier", is_channel_alone=nobody)
