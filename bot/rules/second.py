"""When two people have to agree: by how far an approval reaches, and by what makes it risky. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.models import (
    Case,
    Choice,
    EarlierDecision,
    Reach,
    RequestEntry,
    RequestFacts,
    Rules,
    SecondApproval,
    Seen,
    Standing,
    Verb,
    digest_told,
)
from bot.rules.kinds import traits_of
from bot.rules.lifecycle import history_keys
from bot.rules.unusual import rule_traits, speaking

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


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a press lets a file spread: what counts is the effect, not the one request (semantics 11.5)."""

    computers: frozenset[str] = frozenset()
    """Those of all requests that the press names, by `computer_of`."""
    by_hand: tuple[EarlierDecision, ...] = ()
    """Earlier approvals of this very file that still stand, newest first."""
    family: frozenset[str] = frozenset()
    """Computers of other organizations on the same card that the file was let run on by hand, or is being let."""
    looked_at_in_family: bool = False
    """Two people agreed to the file at one of those organizations, or it was approved wider there: from then on each
    organization counts for itself, as without a family."""


ONE_REQUEST = Spread()
"""Nothing is known but the request itself and its case."""


def computer_of(facts: RequestFacts) -> str:
    """The computer of a request, for counting; a request that names none is one of its own."""
    return facts.computer_id or facts.request_id


def second_needed(
    rules: Rules,
    case: Case,
    entry: RequestEntry,
    choice: Choice,
    reaches: Reach,
    *,
    now: datetime,
    spread: Spread = ONE_REQUEST,
) -> str:
    """Why two different people have to agree to this approval, as a clause; empty where one is enough.

    `reaches` is how far it really goes, not what was chosen: an extended application reaches as far as its policies.
    `spread` is what else lets the file spread: the rest of the press, and what was approved by hand before.
    """
    wanted = rules.second
    if choice.verb is not Verb.APPROVE or (wanted.kinds and entry.facts.kind not in wanted.kinds):
        return ""
    return (
        _far(wanted, reaches)
        or _unseen(wanted, case, entry, reaches, spread)
        or _elevation(wanted, choice, now)
        or _unusual(rules, case)
    )


def _far(wanted: SecondApproval, reaches: Reach) -> str:
    """As far as a configured reach, or further: what is wider never needs fewer people."""
    if not any(reaches.covers(reach) for reach in wanted.reaches):
        return ""
    return f"it reaches {_REACH_WORDS[reaches]}"


def _unseen(wanted: SecondApproval, case: Case, entry: RequestEntry, reaches: Reach, spread: Spread) -> str:
    """Software wider than one computer that is not known to have been seen: no evidence yet counts as not known."""
    if not wanted.unseen_wider_than_computer or not traits_of(entry.facts.kind).is_software:
        return ""
    count, seen = len(_computers(case, entry, spread)), _seen(case, spread)
    if seen is Seen.BEFORE or (reaches is Reach.COMPUTER and count < 2):
        return ""
    if reaches is not Reach.COMPUTER:
        return f"it reaches {_REACH_WORDS[reaches]}, and {_UNSEEN_WORDS[seen]}"
    before = " with what was approved by hand before" if spread.by_hand or spread.family else ""
    return f"it lets the file run on {count} computers{before}, and {_UNSEEN_WORDS[seen]}"


def _computers(case: Case, entry: RequestEntry, spread: Spread) -> frozenset[str]:
    """Every computer that the file was let run on by hand once this is done, decisions on their way included."""
    by_hand = (one.computer_id or one.request_id for one in spread.by_hand)
    family = frozenset[str]() if spread.looked_at_in_family else spread.family
    return spread.computers.union({computer_of(entry.facts)}, let_run_in(case), by_hand, family)


def let_run_in(case: Case) -> frozenset[str]:
    """Computers for which a case's approvals by hand let the file run, those included whose end is not known yet."""
    return frozenset(computer_of(one.facts) for one in case.requests if _lets_it_run(one))


def tallies_of(facts: RequestFacts) -> tuple[str, ...]:
    """The names under which approvals are counted over cases: of the file, wherever it is; of the software here."""
    told = digest_told(facts.hash)
    software = f"software|{history_keys(facts)[-1]}"
    return (f"file|{told}", software) if told else (software,)


def underway(case: Case) -> tuple[str, ...]:
    """Under which of those names a case has approvals whose end is not known yet."""
    sent = (entry for entry in case.open_requests if _is_being_approved(entry))
    return tuple(sorted({name for entry in sent for name in tallies_of(entry.facts)}))


def sent_under(name: str, case: Case) -> frozenset[str]:
    """Requests of a case whose approval is on its way and counts under a name."""
    return frozenset(
        entry.facts.request_id
        for entry in case.open_requests
        if _is_being_approved(entry) and name in tallies_of(entry.facts)
    )


def _is_being_approved(entry: RequestEntry) -> bool:
    return entry.attempt is not None and entry.attempt.choice.verb is Verb.APPROVE


def _lets_it_run(entry: RequestEntry) -> bool:
    attempt = entry.attempt or (entry.outcome.attempt if entry.outcome else None)
    is_over = not entry.standing.is_open and entry.standing is not Standing.APPROVED
    return attempt is not None and attempt.choice.verb is Verb.APPROVE and not is_over


def _seen(case: Case, spread: Spread) -> Seen:
    """Whether it was seen apart from what single people approved here for single computers.

    The first of those is what made it "approved before": it says what was known when it was made. What two people
    agreed to, or was approved for more than a computer, has been looked at.
    """
    seen = case.evidence.seen if case.evidence is not None else Seen.UNKNOWN
    looked_at = any(one.two_people or one.reach not in ("", Reach.COMPUTER) for one in spread.by_hand)
    if seen is not Seen.BEFORE or not spread.by_hand or looked_at:
        return seen
    return spread.by_hand[-1].seen


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


def _unusual(rules: Rules, case: Case) -> str:
    """A silence spares a call and a form; it does not let one person do what two have to."""
    if not rules.second.unusual:
        return ""
    told = [*case.unusual, *(rule_traits(rule).says for rule in speaking(case, rules, even_silenced=True))]
    return f"the request is unusual: {told[0]}" if told else ""
