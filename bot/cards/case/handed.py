"""Who handed a case over to whom, as lines of the card, of a call and of a list."""

from __future__ import annotations

from bot.cards.kit.words import Line, Run, moment, raw, say, strong
from bot.models import Case, HandedOver

NAME_LIMIT = 80
SENTENCE_LIMIT = 300
"""Characters of the giver's sentence, which is as long as the form lets it be."""


def handed_lines(case: Case) -> list[Line]:
    """Who gave it to whom, while it is open: with the giver's own words."""
    if not case.is_open:
        return []
    lines: list[Line] = []
    claim = case.claim
    if claim is not None and claim.handed_over is not None:
        receiver = [strong("Handed over to "), raw(claim.actor.name, NAME_LIMIT)]
        lines.append([*receiver, *_by(claim.handed_over)])
    if case.handed_over is not None:
        lines.append([strong("Handed over to the escalation team"), *_by(case.handed_over)])
    return lines


def holder_runs(case: Case) -> list[Run]:
    """Who has had it since when, where it was handed over; nothing for a case that nobody handed over."""
    claim, team = case.claim, case.handed_over
    if claim is not None and (claim.handed_over is not None or team is not None):
        runs = [raw(claim.actor.name, NAME_LIMIT), say(" has had it since "), moment(claim.at)]
        given = claim.handed_over or team
    elif team is not None:
        runs = [say("the escalation team has had it since "), moment(team.at)]
        given = team
    else:
        return []
    return [*runs, say(", handed over by "), raw(given.by.name, NAME_LIMIT)] if given else runs


def _by(handed: HandedOver) -> list[Run]:
    who = [say(" by "), raw(handed.by.name, NAME_LIMIT), say(", "), moment(handed.at)]
    return [*who, say(": "), raw(handed.because, SENTENCE_LIMIT)]
