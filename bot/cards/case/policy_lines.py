"""Policies in a line: what came of an approval, and what was done to it since."""

from __future__ import annotations

from bot.cards.kit.words import Line, Run, moment, raw, say, strong
from bot.models import Case, PolicyAct, PolicyPlace, PolicyWork, RequestEntry, WorkStanding
from permissions import Reach

WORKS_SHOWN = 9
"""Changes of policies that a card spells out, the newest (our choice)."""
_DONE = {
    PolicyAct.TAKE_BACK: "Taken back",
    PolicyAct.PROMOTE: "Promoted",
    PolicyAct.CREATE: "Policy created",
}
DOING = {
    PolicyAct.TAKE_BACK: "Taking back",
    PolicyAct.PROMOTE: "Promotion",
    PolicyAct.CREATE: "Creating a policy",
}
_REACH = {
    Reach.COMPUTER: "computer",
    Reach.COMPUTER_GROUP: "computer group",
    Reach.ORGANIZATION: "entire organization",
    Reach.GLOBAL: "global group",
}


def policy_line(entry: RequestEntry) -> list[Line]:
    """In the details: the policy and application that came of a request."""
    state = entry.outcome.state if entry.outcome is not None else None
    if state is None or not state.policy_id:
        return []
    runs: list[Run] = [strong("Policy: "), raw(state.policy_id, 80, code=True)]
    if state.application_id:
        runs += [say(", application "), raw(state.application_id, 80, code=True)]
    return [runs]


def work_lines(case: Case) -> list[Line]:
    """On the card and in its details: what was done to policies since, newest last; what failed is in the record."""
    told = [one for one in case.policy_works if one.standing is not WorkStanding.WITHOUT_EFFECT]
    lines = [work_line(work, case) for work in told[-WORKS_SHOWN:]]
    left = len(told) - WORKS_SHOWN
    return [[say(f"and {left} earlier changes of policies")], *lines] if left > 0 else lines


def work_line(work: PolicyWork, case: Case) -> Line:
    """One change: what, where, by whom, and whether the portal shows it."""
    where = _of_request(work, case)
    if work.standing is not WorkStanding.DONE:
        by = [say(" by "), raw(work.actor.name, 80)]
        return [strong(DOING[work.act]), *where, *by, say(": outcome unknown, checking.")]
    at = work.ended_at or work.recorded_at
    runs = [
        strong(_DONE[work.act]),
        *where,
        *_to(work),
        say(" by "),
        raw(work.actor.name, 80),
        say(" "),
        moment(at),
    ]
    if work.made_policy_id:
        runs += [say(", policy "), raw(work.made_policy_id, 80, code=True)]
    return [*runs, say(".")]


def _of_request(work: PolicyWork, case: Case) -> list[Run]:
    """Which computer's approval it was, where the case has several."""
    entry = case.entry(work.request_id) if work.request_id else None
    several = len({one.facts.computer_id for one in case.requests}) > 1
    return [say(" on "), raw(entry.facts.computer_name, 80)] if entry is not None and several else []


def _to(work: PolicyWork) -> list[Run]:
    return [say(" for the "), *place_runs(work.place)] if work.place is not None else []


def place_runs(place: PolicyPlace) -> list[Run]:
    """A place in words: “computer group Workstations”."""
    return [say(f"{_REACH[place.reach]} "), raw(place.name or place.applies_to_id, 80)]


def place_words(place: PolicyPlace) -> str:
    """The same as plain text, with the outside name unescaped."""
    return f"{_REACH[place.reach]} {place.name or place.applies_to_id}"
