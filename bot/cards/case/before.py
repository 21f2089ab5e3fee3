"""What the same file came to before: a line on the card of what still waits of it, and which no other line repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.case.naming import counted
from bot.cards.case.offers import approved_here
from bot.cards.case.standing import decider_name, summary
from bot.cards.kit.fitting import brief, joined
from bot.cards.kit.words import Line, say
from bot.models import Case
from bot.rules.bundles import merged


@dataclass(frozen=True, slots=True)
class Before:
    """The line, and what it has told."""

    line: Line = ()
    """“Before: 8 approved at 7 customers”; empty where nothing has ended yet."""
    elsewhere: int = 0
    """How many other organizations approved the file."""
    here: int = 0
    """How many requests of the card's own organization were approved."""


NOTHING_BEFORE = Before()


def before(ended: Sequence[Case], case: Case) -> Before:
    """What `ended` says of the file that this case still waits for."""
    if not ended:
        return NOTHING_BEFORE
    own = case.organization_id.lower()
    approved = [(one.organization_id.lower(), each) for one in ended for each in approved_here(one)]
    elsewhere = {organization_id for organization_id, _ in approved} - {own}
    here = sum(organization_id == own for organization_id, _ in approved)
    return Before(_line(ended, own), len(elsewhere), here)


def _line(ended: Sequence[Case], own: str) -> Line:
    """“here” is what “never seen here” means: the card's own organization. By whom, where it was not approved by us."""
    customers = {case.organization_id.lower() for case in ended}
    where: Line = [say(" at "), brief(ended[0].organization_name, 3, 22)]
    if len(customers) > 1:
        where = [say(f" at {len(customers)} customers")]
    elif customers == {own}:
        where = [say(" here")]
    whole = merged(ended)
    # Of a single request the number tells nothing.
    counted_as = summary(whole).removeprefix("1 ") if len(whole.requests) == 1 else summary(whole)
    told: Line = [say(f"Before: {counted_as}"), *where]
    approved = [one.entry for case in ended for one in approved_here(case)]
    others = [
        entry.outcome for case in ended for entry in case.held if entry not in approved and entry.outcome
    ]
    by = [say("decided by "), *counted(map(decider_name, others), 2, 24)] if others else []
    return joined([told, by])


def waiting_part(case: Case) -> Case:
    """An open case with those of its requests alone that are open."""
    return case.model_copy(update={"requests": tuple(case.open_requests)})


def ended_part(case: Case) -> list[Case]:
    """An open case with those of its requests alone that have ended; none: not there."""
    ended = [entry for entry in case.held if entry.outcome is not None]
    return [case.model_copy(update={"requests": tuple(ended)})] if case.is_open and ended else []
