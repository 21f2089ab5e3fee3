"""Under which names decisions are remembered and counted: of a file, a software, a signer, an organization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.models import (
    Attempt,
    Case,
    DecisionNote,
    EarlierDecision,
    RequestFacts,
    Seen,
    Standing,
    Verb,
    digest_of,
)
from bot.models.base import digest_told
from bot.models.proposals import path_pattern
from bot.rules.kinds import traits_of
from bot.rules.lifecycle import entry_of
from permissions import account


def decision_notes(case: Case, request_id: str) -> tuple[DecisionNote, ...]:
    """What is remembered of a settled request: under its hash, and under its software (a hash changes with updates)."""
    entry = entry_of(case, request_id)
    outcome = entry.outcome
    if outcome is None or entry.standing not in (Standing.APPROVED, Standing.REJECTED):
        return ()
    attempt = outcome.attempt
    decision = EarlierDecision(
        at=outcome.state.decided_at or outcome.seen_at,
        verb=Verb.APPROVE if entry.standing is Standing.APPROVED else Verb.DENY,
        by=attempt.actor.name if attempt else outcome.state.decided_by,
        reach=attempt.choice.reach.value if attempt else "",
        same_file=True,
        case_id=case.case_id,
        request_id=request_id,
        computer_id=entry.facts.computer_id,
        computer_name=entry.facts.computer_name,
        by_us=attempt is not None,
        seen=case.evidence.seen if case.evidence else Seen.UNKNOWN,
        two_people=attempt is not None and attempt.first is not None,
        asked_at=entry.clock_from,
        press_id=attempt.press_id if attempt is not None else "",
        lets_run=_lets_run(attempt, entry.facts),
    )
    facts, owner = entry.facts, entry.facts.organization_id.lower()
    keys = (*history_keys(facts), *signer_keys(facts), *elevation_keys(facts))
    return (DecisionNote(keys, decision, across=across_key(facts), organization_id=owner),)


class Effect(NamedTuple):
    """What a decision on one request did, for counting decisions: three requests may be one press on one computer."""

    press_id: str
    """Empty where no press is known: then each effect is a decision of its own."""
    on: str
    """The file and the computer. What had an end is told apart by its case, which is one file."""


def effect_on(attempt: Attempt, case_id: str, facts: RequestFacts) -> Effect:
    """The same of a request whose decision is on its way."""
    return Effect(
        attempt.press_id,
        f"{_lets_run(attempt, facts) or case_id}|{facts.computer_id or facts.request_id}",
    )


def _lets_run(attempt: Attempt | None, facts: RequestFacts) -> str:
    choice = attempt.choice if attempt is not None else None
    if (
        choice is None
        or choice.verb is not Verb.APPROVE
        or choice.elevate
        or choice.mode
        or choice.expires_at
    ):
        return ""
    return digest_told(facts.hash) if traits_of(facts.kind).has_permit_form else ""


def effect_of(made: EarlierDecision) -> Effect:
    """What is remembered of one."""
    computer, what = made.computer_id or made.request_id, made.lets_run or made.case_id
    if computer and what:
        return Effect(made.press_id, f"{what}|{computer}")
    # Of before they were kept: nothing tells two decisions apart but their times.
    return Effect(made.press_id, made.request_id or made.at.isoformat())


def decisions(effects: Iterable[Effect]) -> int:
    """How many decisions these are, the oldest first: presses that did something that none had done before."""
    return sum(_are_new(effects))


def as_decisions(made: Sequence[EarlierDecision]) -> list[EarlierDecision]:
    """One of each decision, in the order given, which is newest first: its first with an effect of its own."""
    oldest_first = made[::-1]
    are_new = _are_new([effect_of(one) for one in oldest_first])
    return [one for one, is_new in zip(oldest_first, are_new, strict=True) if is_new][::-1]


def _are_new(effects: Iterable[Effect]) -> list[bool]:
    presses, done = set[str](), set[str]()
    found = []
    for press_id, on in effects:
        is_new = on not in done and press_id not in presses
        done.add(on)
        # A press that did only what was done before may yet do more in its next part.
        presses |= {press_id} - {""} if is_new else set()
        found.append(is_new)
    return found


def history_keys(facts: RequestFacts) -> tuple[str, ...]:
    """The names under which decisions about this file and this software are remembered, in its organization."""
    organization = facts.organization_id.lower()
    keys = [f"{organization}|software|{software_key(facts)}"]
    told = digest_told(facts.hash)
    return (hash_key(organization, told), *keys) if told else tuple(keys)


def hash_key(organization_id: str, digest: str) -> str:
    """The name under which decisions about one very file are remembered."""
    return f"{organization_id.lower()}|hash|{digest}"


def signer_keys(facts: RequestFacts) -> tuple[str, ...]:
    """The name under which decisions about whatever this signer signed are remembered; none for an unsigned file."""
    signers = sorted(signer.subject for signer in facts.signers if signer.valid)
    return (f"{facts.organization_id.lower()}|signer|{digest_of(signers)[:32]}",) if signers else ()


def elevation_keys(facts: RequestFacts) -> tuple[str, ...]:
    """The names under which decided elevations are counted: of the organization, and of the account that asked."""
    who = account(facts.requestor).name
    if not traits_of(facts.kind).elevates or not who:
        return ()
    owner = facts.organization_id.lower()
    return f"{owner}|elevation", f"{owner}|elevation|{digest_of([who])[:32]}"


def across_key(facts: RequestFacts) -> str:
    """The name under which the organizations are counted that decided about this file; empty without a hash."""
    told = digest_told(facts.hash)
    return f"{facts.os_type}|{told}" if told else ""


def software_key(facts: RequestFacts) -> str:
    """The same software whatever its version: signers, and the path as a proposed rule would have it.

    What a rule keeps apart is counted apart: `7-Zip` is not `8-Zip`, a file for 32 bits not one for 64.
    """
    signers = sorted(signer.subject for signer in facts.signers)
    if not signers and not facts.path:
        # Nothing tells what it is, which makes it the same as nothing else.
        return digest_of([facts.kind.value, facts.os_type, digest_told(facts.hash) or facts.request_id])[:32]
    pattern = path_pattern(facts.path).casefold()
    return digest_of([facts.kind.value, facts.os_type, signers, pattern])[:32]
