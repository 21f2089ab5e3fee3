"""What happens to a case while it waits, as lines: in its details, and as an answer."""

from __future__ import annotations

from datetime import datetime

from bot.cards.kit.words import Line, moment, raw, say, strong
from bot.models import Case, RequestEntry, Rules
from bot.rules.kinds import traits_of
from bot.rules.sla import plan_of
from bot.rules.timeline import advanced_because, first_due, is_the_teams, moments, reasons


def plan_lines(case: Case, rules: Rules, now: datetime) -> list[Line]:
    """The time line of the request that is due first, its reasons, and whose the case is; nothing where none waits."""
    entry = first_due(case)
    if entry is None:
        return []
    more = len(case.open_requests) - 1
    which = [[say(f"Of the request that is due first; {more} more wait.")]] if more else []
    return [*which, *_owner(case, rules, now), *_moments(entry, rules), *_reasons(entry, rules)]


def _owner(case: Case, rules: Rules, now: datetime) -> list[Line]:
    because = advanced_because(case)
    if not because and not traits_of(case.kind).is_the_teams:
        return []
    whose = (
        "it is the escalation team's now" if is_the_teams(case, now, rules) else "it is the approvers' now"
    )
    why = f"Advanced, since {' and '.join(because)}: " if because else "Elevation: "
    return [[strong(why), say(f"{whose}, by the team's hours.")]]


def _moments(entry: RequestEntry, rules: Rules) -> list[Line]:
    plan = plan_of(entry, rules)
    told = moments(entry.clock_from, plan, entry.steps, rules, entry.facts.kind)
    return [
        [
            say("· "),
            moment(one.at),
            say(f" {one.says}"),
            *([raw(f" ({one.became})", 200)] if one.became else []),
        ]
        for one in told
    ]


def _reasons(entry: RequestEntry, rules: Rules) -> list[Line]:
    return [[say(each)] for each in reasons(plan_of(entry, rules), rules, entry.facts.kind)]
