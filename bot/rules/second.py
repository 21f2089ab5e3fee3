"""When two people have to agree: by how far an approval reaches, and by what makes it risky. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.rules.remembering import history_keys
from bot.rules.unusual import rule_traits, speaking

_REACH_WORDS = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}
_UNSEEN_WORDS = {
    Seen.NEVER: "it is new here",
    Seen.NEW_VERSION: "this version is new here",
    Seen.UNKNOWN: "it is not known whether it is new here",
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
    family_by_hand: tuple[EarlierDecision, ...] = ()
    """The approvals by hand that let it run there, as far as they have ended."""
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


def takes_earlier_yes(
    rules: Rules, case: Case, choice: Choice, reaches: Reach, *, now: datetime, spread: Spread
) -> bool:
    """Whether the first of the two may be somebody who approved exactly this before, for another computer.

    Only where all that asks for two people is that unseen software comes to one computer more: what the rule keeps a
    person from is letting it spread alone. What reaches further, several computers at once, and what is risky in
    itself wait for a second person of their own.
    """
    wanted = rules.second
    if not wanted.earlier_yes or len(spread.computers) > 1:
        return False
    if not reaches is choice.reach is Reach.COMPUTER:
        return False
    return not (_far(wanted, reaches) or _elevation(wanted, choice, now) or _unusual(rules, case))


def agreed_alone(cases: Sequence[Case], rules: Rules, now: datetime) -> str:
    """Who alone has agreed so far to a file that waits for one computer more, by name, where somebody else has to now.

    Of the cases of one card, by what they hold themselves: a press asks the whole record. Empty: nobody, or everybody's
    press is as good as another's.
    """
    waiting = [(case, entry) for case in cases for entry in case.pending]
    if len({computer_of(entry.facts) for _, entry in waiting}) != 1:
        return ""
    case, entry = waiting[0]
    own = case.evidence.earlier if case.evidence is not None else ()
    by_hand = tuple(one for one in own if one.same_file and one.verb is Verb.APPROVE and not one.taken_back)
    others = [other for other in cases if other.organization_id.lower() != case.organization_id.lower()]
    attempts = [
        one.outcome.attempt
        for each in others
        for one in each.held
        if one.standing is Standing.APPROVED and one.outcome is not None and one.outcome.attempt is not None
    ]
    spread = Spread(
        frozenset({computer_of(entry.facts)}),
        by_hand,
        frozenset[str]().union(*map(let_run_in, others)),
        looked_at_in_family=any(
            one.first is not None or (one.reaches or one.choice.reach) is not Reach.COMPUTER
            for one in attempts
        ),
    )
    plain = _plain(case, rules)
    if not second_needed(rules, case, entry, plain, Reach.COMPUTER, now=now, spread=spread):
        return ""
    if not takes_earlier_yes(rules, case, plain, Reach.COMPUTER, now=now, spread=spread):
        return ""
    since = now - rules.access.shift
    young = [one for one in by_hand if one.by_us and one.at >= since]
    late = [one for one in attempts if one.recorded_at >= since]
    if any(one.two_people for one in young) or any(one.first is not None for one in late):
        return ""
    names = {*(one.by for one in young), *(one.actor.name for one in late)}
    return names.pop() if len(names) == 1 else ""


def agreed_in_one_press(case: Case, rules: Rules) -> str:
    """The id of what waits on a case for the second person's one press; empty where they have to read a form.

    One press agrees to what one press could have approved, and to no word that the first person wrote: such a word is
    read before it is agreed to. A reason from the list stands for itself.
    """
    waiting = [entry.awaited for entry in case.pending if entry.awaited is not None]
    listed = {"", *rules.decisions.approve_reasons}
    plain = _plain(case, rules)
    for one in waiting:
        said = one.choice.model_copy(update={"reason": ""}) == plain and one.choice.reason in listed
        if not said or one.reaches is not Reach.COMPUTER or one.awaited_id != waiting[0].awaited_id:
            return ""
    return waiting[0].awaited_id if waiting else ""


def _plain(case: Case, rules: Rules) -> Choice:
    """What one press chooses: this computer, by the hash; elevation with notice and for a short time."""
    if not traits_of(case.kind).elevates:
        return Choice(verb=Verb.APPROVE)
    return Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=rules.decisions.elevation_hours)


_WRITTEN = (
    "reason",
    "ticket",
    "validated_how",
    "confirmed_by",
    "note_to_requestor",
    "internal_note",
    "on_phone_with",
    "notify_requestor",
)
"""What of a choice is said about it and changes nothing of what may run."""


def same_effect(choice: Choice, other: Choice) -> bool:
    """Whether two choices let the same happen, whatever was written about them."""
    plain = {name: getattr(other, name) for name in _WRITTEN}
    return choice.model_copy(update=plain) == other


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
    in_all = " in all" if spread.by_hand or spread.family else ""
    return f"{_UNSEEN_WORDS[seen]}, on {count} computers{in_all}"


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
    return seen_apart_from(case.evidence.seen if case.evidence is not None else Seen.UNKNOWN, spread.by_hand)


def seen_apart_from(seen: Seen, by_hand: Sequence[EarlierDecision]) -> Seen:
    """Whether it was seen apart from what single people approved here for single computers.

    The first of those is what made it "approved before": it says what was known when it was made. What two people
    agreed to, or was approved for more than a computer, has been looked at. `by_hand`: the approvals of this very file
    that still stand, newest first.
    """
    looked_at = any(one.two_people or one.reach not in ("", Reach.COMPUTER) for one in by_hand)
    if seen is not Seen.BEFORE or not by_hand or looked_at:
        return seen
    return by_hand[-1].seen


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
