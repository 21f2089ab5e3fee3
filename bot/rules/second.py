"""When two people have to agree: by how far an approval reaches, and by what makes it risky. No I/O."""

from __future__ import annotations

from datetime import datetime

from bot.models import Case, Choice, Kind, Reach, RequestEntry, Rules, SecondApproval, Seen, Verb
from bot.rules.kinds import traits_of

_REACH_WORDS = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}
_UNSEEN_WORDS = {
    Seen.NEVER: "the organization has never seen this software",
    Seen.NEW_VERSION: "the organization has never seen this version of the software",
    Seen.UNKNOWN: "it is not known whether the organization has seen this software before",
}


def second_needed(
    rules: Rules, case: Case, entry: RequestEntry, choice: Choice, reaches: Reach, *, now: datetime
) -> str:
    """Why two different people have to agree to this approval, as a clause; empty where one is enough.

    `reaches` is how far it really goes, not what was chosen: an extended application reaches as far as its policies.
    """
    wanted = rules.second
    if choice.verb is not Verb.APPROVE or (wanted.kinds and entry.facts.kind not in wanted.kinds):
        return ""
    return (
        _far(wanted, reaches)
        or _unseen(wanted, case, entry.facts.kind, reaches)
        or _elevation(wanted, choice, now)
        or _unusual(wanted, case)
    )


def _far(wanted: SecondApproval, reaches: Reach) -> str:
    """As far as a configured reach, or further: what is wider never needs fewer people."""
    if not any(reaches.covers(reach) for reach in wanted.reaches):
        return ""
    return f"it reaches {_REACH_WORDS[reaches]}"


def _unseen(wanted: SecondApproval, case: Case, kind: Kind, reaches: Reach) -> str:
    """Software wider than one computer that is not known to have been seen: no evidence yet counts as not known."""
    if not traits_of(kind).is_software:
        return ""
    seen = case.evidence.seen if case.evidence is not None else Seen.UNKNOWN
    if not wanted.unseen_wider_than_computer or reaches is Reach.COMPUTER or seen is Seen.BEFORE:
        return ""
    return f"it reaches {_REACH_WORDS[reaches]}, and {_UNSEEN_WORDS[seen]}"


def _elevation(wanted: SecondApproval, choice: Choice, now: datetime) -> str:
    """Administrator rights without a notice, without an end, or for long."""
    if not wanted.risky_elevation or not choice.elevate:
        return ""
    if choice.elevate_silently:
        return "it gives administrator rights without a notice on the computer's screen"
    if choice.elevates_for_good:
        return "it gives administrator rights without an end"
    hours = wanted.long_elevation.total_seconds() / 3600
    until = choice.elevate_until
    too_late = not choice.elevate_hours and until is not None and until - now > wanted.long_elevation
    if choice.elevate_hours > hours or too_late:
        return f"it gives administrator rights for more than {hours:g} hours"
    return ""


def _unusual(wanted: SecondApproval, case: Case) -> str:
    return f"the request is unusual: {case.unusual[0]}" if wanted.unusual and case.unusual else ""
