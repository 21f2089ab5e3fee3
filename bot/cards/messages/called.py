"""Whom a message to the people on duty mentions."""

from __future__ import annotations

from datetime import datetime

from bot.cards.kit.words import Line, Run, listed, say, strong, user, user_group
from bot.models import Case, Rules
from bot.models.rotas import Called
from bot.rules.timeline import is_the_teams


def group_mention(user_group_id: str) -> list[Run]:
    """The mention of those on duty; nobody configured is said by leaving it out."""
    return [user_group(user_group_id), say(" ")] if user_group_id else []


def named(called: Called) -> list[Run]:
    """The mentions of whom a call names: the user group, or those of it who can decide."""
    people: list[Run] = []
    for slack_user_id in called.slack_user_ids:
        people += [user(slack_user_id), say(" ")]
    return [*group_mention(called.user_group_id), *people]


def passed(called: Called) -> list[Line]:
    """Which tiers were passed over, since nobody of them can decide this very case now; nothing, where none was."""
    if not called.passed:
        return []
    names: list[Run] = [*listed(called.passed, limit=4)]
    if called.tier in called.passed:
        end = "; nobody is left to call by name. Whoever reads this and knows somebody who can: fetch them."
        return [[strong("Nobody can decide this now"), say(" of "), *names, say(end)]]
    head = [say("Nobody of "), *names, say(" can decide this now, so "), strong(called.tier)]
    return [[*head, say(" is called at once.")]]


def holder_mention(case: Case, rules: Rules, now: datetime, called: Called) -> list[Run]:
    """The claimer, else the tier that the plan reminds (`called`), else the team that it was handed over to, else whose
    such requests are now: elevation and advanced ones the escalation team's in its hours, all others the approvers'."""
    if case.claim is not None:
        return [user(case.claim.actor.slack_user_id), say(" ")]
    if called.tier and not called.is_nobody:
        return named(called)
    if case.handed_over is not None and case.handed_over.user_group_id:
        return group_mention(case.handed_over.user_group_id)
    if is_the_teams(case, now, rules) and rules.escalation.team_user_group:
        return group_mention(rules.escalation.team_user_group)
    return group_mention(rules.escalation.approvers_user_group) or [say("Approvers: ")]
