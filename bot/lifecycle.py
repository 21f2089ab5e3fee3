"""What may happen to a case, as functions from one record to the next. No clock, no socket, no Slack.

    sighting ──> open_case ──┐
                             ├─> join, change_facts, settle, claim, release, attempt, ... ──> closed
    sighting ──> join ───────┘

A use case reads a record, asks one of these functions for the next one, and commits both together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.models import (
    Actor,
    Attempt,
    Case,
    Claim,
    DecisionNote,
    Due,
    DueKind,
    EarlierDecision,
    Evidence,
    Outcome,
    PortalState,
    RequestEntry,
    RequestFacts,
    Rules,
    Sighting,
    Standing,
    Verb,
    digest_of,
    subject_of,
)
from bot.sla import clock_start, next_due_at, plan_steps

_RECONCILE_EVERY = timedelta(seconds=5)
"""How often the portal is asked about an attempt whose effect is not known yet (our choice)."""
WITHDRAWN = PortalState(
    status_id=0, status_label="Withdrawn: the portal no longer knows it", standing=Standing.CLOSED
)
"""What a request is that the portal does not know any more."""
_ATTEMPT_MARK = re.compile(r"\[attempt ([^\]\s]+)\]")
"""How a note in the portal names the attempt that it came from."""
_LAST = datetime.max.replace(tzinfo=UTC)
"""Requests without a time of their own come after all others."""
_EVIDENCE_RETRY = timedelta(minutes=2)
"""When checks that failed are made again (our choice)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one look at the portal's list says about the cases that we know."""

    arrived: tuple[Sighting, ...]
    """Requests without an open case, oldest first."""
    changed: tuple[tuple[str, Sighting], ...]
    """Case id and request whose facts or assignee are no longer what the record holds."""
    missing: tuple[tuple[str, RequestEntry], ...]
    """Case id and open request that the list does not show; the request itself must be asked."""


def compare(sightings: Iterable[Sighting], open_cases: Mapping[str, Case]) -> Comparison:
    """Hold the portal's pending requests against the open cases. Absence decides nothing by itself."""
    seen = {sighting.facts.request_id: sighting for sighting in sightings}
    held = {
        entry.facts.request_id: (case_id, entry)
        for case_id, case in open_cases.items()
        for entry in case.open_requests
    }
    arrived = sorted(
        (sighting for request_id, sighting in seen.items() if request_id not in held),
        key=lambda sighting: sighting.facts.requested_at or _LAST,
    )
    changed = tuple(
        (held[request_id][0], sighting)
        for request_id, sighting in seen.items()
        if request_id in held and _differs(held[request_id][1], sighting)
    )
    missing = tuple(
        (case_id, entry) for request_id, (case_id, entry) in held.items() if request_id not in seen
    )
    return Comparison(tuple(arrived), changed, missing)


def _differs(entry: RequestEntry, sighting: Sighting) -> bool:
    return contradicts(sighting.facts, entry.facts) or entry.assignee != sighting.state.assignee


def contradicts(seen: RequestFacts, known: RequestFacts) -> bool:
    """Whether a list row says something else than the record. What a thin row leaves out is no change."""
    return any(getattr(known, name) != value for name, value in _told(seen).items())


def _told(seen: RequestFacts) -> dict[str, object]:
    """What a look really says; without an action the kind is not known, which is not another kind."""
    told = {name: value for name, value in seen if value}
    if not seen.action_type:
        told.pop("kind")
    return told


def open_case(case_id: str, sighting: Sighting, now: datetime, rules: Rules, *, follows: str = "") -> Case:
    """A new case around its first request."""
    facts = sighting.facts
    subject = subject_of(facts)
    return Case(
        case_id=case_id,
        organization_id=facts.organization_id,
        organization_name=facts.organization_name,
        kind=facts.kind,
        os_type=facts.os_type,
        subject_key=subject.key if subject else "",
        hash=facts.hash,
        requests=(_new_entry(sighting, now, rules, revision=1),),
        opened_at=now,
        follows_case_id=follows,
    )


def join(case: Case, sighting: Sighting, now: datetime, rules: Rules) -> Case:
    """One more request of the same subject. It is shown from the next revision on."""
    if not case.is_open:
        raise ValueError(f"case {case.case_id} is closed and takes no joiners")
    revision = case.revision + 1
    entry = _new_entry(sighting, now, rules, revision=revision)
    others = tuple(e for e in case.requests if e.facts.request_id != sighting.facts.request_id)
    return case.model_copy(update={"requests": (*others, entry), "revision": revision})


def fits(case: Case, facts: RequestFacts) -> bool:
    """Whether a request (still) belongs to a case: same subject, or the very request of a case of its own."""
    subject = subject_of(facts)
    if subject is None or not case.subject_key:
        return subject is None and not case.subject_key and case.entry(facts.request_id) is not None
    return subject.key == case.subject_key


def change_facts(case: Case, sighting: Sighting) -> Case:
    """The request itself, read whole, shows other facts or another assignee: older presses are void for it."""
    entry = entry_of(case, sighting.facts.request_id)
    update: dict[str, object] = {"assignee": sighting.state.assignee}
    revision = case.revision
    if entry.facts != sighting.facts:
        revision += 1
        update |= {"facts": sighting.facts, "facts_revision": revision}
    return _replace(case, entry.model_copy(update=update)).model_copy(update={"revision": revision})


def release_request(case: Case, request_id: str, state: PortalState, now: datetime) -> Case:
    """A request that no longer fits leaves: here it is closed, a new case takes it up."""
    moved = state.model_copy(update={"standing": Standing.CLOSED, "status_label": "Moved to a new card"})
    settled = settle(case, request_id, moved, now)
    return _replace(settled, entry_of(settled, request_id).model_copy(update={"left": True}))


def settle(case: Case, request_id: str, state: PortalState, now: datetime, *, answered: bool = False) -> Case:
    """The portal has said how a request ended. The case closes with its last open request.

    `answered`: the portal had said yes to our own write just before.
    """
    entry = entry_of(case, request_id)
    if state.standing.is_open:
        raise ValueError(f"request {request_id} is still {state.standing}; only a final state settles it")
    attempt = entry.attempt
    ours = attempt if attempt is not None and is_ours(attempt, state, answered=answered) else None
    outcome = Outcome(state=state, seen_at=now, attempt=ours)
    settled = entry.model_copy(update={"standing": state.standing, "attempt": None, "outcome": outcome})
    return _close_if_done(_replace(case, settled), now)


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
    )
    return (DecisionNote(history_keys(entry.facts), decision),)


def history_keys(facts: RequestFacts) -> tuple[str, ...]:
    """The names under which decisions about this file and this software are remembered, in its organization."""
    organization = facts.organization_id.lower()
    keys = [f"{organization}|software|{software_key(facts)}"]
    return (f"{organization}|hash|{facts.hash.upper()}", *keys) if facts.hash else tuple(keys)


def software_key(facts: RequestFacts) -> str:
    """The same software whatever its version: signers, and the path with people and numbers taken out."""
    path = re.sub(r"(?i)([\\/])users[\\/][^\\/]+", r"\1users\1*", facts.path)
    pattern = re.sub(r"\d+", "#", path.casefold())
    signers = sorted(signer.subject for signer in facts.signers)
    return digest_of([facts.kind.value, facts.os_type, signers, pattern])[:32]


def is_ours(attempt: Attempt, state: PortalState, *, answered: bool = False) -> bool:
    """Whether a final state is the effect of our attempt. The other verb never is.

    Our attempt's mark in the request's comments proves it. Without the mark it is ours only if the portal said yes
    to our write (`answered`) and the comments name no other attempt: nobody has published what a rejection stores.
    """
    expected = Standing.APPROVED if attempt.choice.verb is Verb.APPROVE else Standing.REJECTED
    if state.standing is not expected:
        return False
    named = _ATTEMPT_MARK.findall(state.comments)
    return attempt.attempt_id in named if named else answered


def begin_attempt(case: Case, request_id: str, attempt: Attempt) -> Case:
    """Record the intent before the write. Only a pending request takes one."""
    entry = entry_of(case, request_id)
    if entry.standing is not Standing.PENDING:
        raise ValueError(f"request {request_id} is {entry.standing}; an attempt needs a pending request")
    return _replace(case, entry.model_copy(update={"standing": Standing.DECIDING, "attempt": attempt}))


def doubt_attempt(case: Case, request_id: str, now: datetime) -> Case:
    """The write's answer is missing, or the portal does not show its effect yet: “outcome unknown, checking”."""
    entry = entry_of(case, request_id)
    if entry.attempt is None:
        raise ValueError(f"request {request_id} has no attempt to doubt")
    attempt = entry.attempt.model_copy(update={"unknown_since": entry.attempt.unknown_since or now})
    return _replace(case, entry.model_copy(update={"standing": Standing.CHECKING, "attempt": attempt}))


def end_attempt(case: Case, request_id: str) -> Case:
    """The attempt had no effect: the request can be decided again, by a new press."""
    entry = entry_of(case, request_id)
    if entry.attempt is None:
        raise ValueError(f"request {request_id} has no attempt to end")
    spent = (*entry.spent_presses, entry.attempt.press_id)
    update = {"standing": Standing.PENDING, "attempt": None, "spent_presses": spent}
    return _replace(case, entry.model_copy(update=update))


def attempt_is_over(attempt: Attempt, now: datetime, rules: Rules) -> bool:
    """Whether a request that still reads pending may be opened again."""
    return now >= attempt.not_after + rules.attempt_reopens_after


def take_claim(case: Case, actor: Actor, now: datetime, rules: Rules, *, escalated: bool) -> Case:
    """“I am on it”: for a while, and advisory."""
    claim = Claim(actor=actor, at=now, until=now + rules.claim_length, escalated=escalated)
    return case.model_copy(update={"claim": claim})


def drop_claim(case: Case) -> Case:
    """Released, taken over or lapsed."""
    return case.model_copy(update={"claim": None})


def claim_has_lapsed(case: Case, now: datetime) -> bool:
    """Whether the claim's time is over."""
    return case.claim is not None and case.claim.until <= now


def add_evidence(case: Case, evidence: Evidence, unusual: tuple[str, ...], rules: Rules) -> Case:
    """What was found out about the subject. It may close one-press approval, never open a wider one."""
    return case.model_copy(
        update={
            "evidence": evidence,
            "unusual": tuple(dict.fromkeys((*case.unusual, *unusual))),
            "policy_due": evidence.hand_approvals >= rules.repeats,
        }
    )


def redact(case: Case, now: datetime) -> Case:
    """Retention: remove what names or quotes a person. Ids, times, outcomes and digests stay."""
    entries = tuple(
        entry.model_copy(
            update={
                "facts": _redacted(entry.facts),
                "assignee": "",
                "outcome": _redacted_outcome(entry.outcome) if entry.outcome else None,
            }
        )
        for entry in case.requests
    )
    emptied: dict[str, object] = {"unusual": (), "escalated_by": ""}
    return case.model_copy(update={"requests": entries, "redacted_at": now, **emptied})


def due_times(case: Case, now: datetime, rules: Rules) -> tuple[Due, ...]:
    """Every due time of a case. They follow from the record, so a change can never forget one."""
    attempts = [entry.attempt for entry in case.open_requests if entry.attempt is not None]
    reconcile = min((_reconcile_at(attempt, now) for attempt in attempts), default=None)
    claimed_until = case.claim.until if case.claim is not None and case.is_open else None
    keep_until = None
    if case.closed_at is not None and case.redacted_at is None:
        keep_until = case.closed_at + rules.keep_closed_for
    return (
        Due(DueKind.STEP, case.case_id, next_due_at(case) if case.is_open else None),
        Due(DueKind.RECONCILE, case.case_id, reconcile if case.is_open else None),
        Due(DueKind.CLAIM, case.case_id, claimed_until),
        Due(DueKind.EVIDENCE, case.case_id, _evidence_at(case, now)),
        Due(DueKind.RETENTION, case.case_id, keep_until),
    )


def allows_one_press(case: Case) -> tuple[bool, str]:
    """Whether the narrow approval may be one press, and if not, why not."""
    if not case.hash:
        return False, "the request carries no file hash"
    if case.policy_due:
        return False, "approved by hand repeatedly: a policy is due, and an approval needs a justification"
    signers = {tuple(sorted(s.subject for s in entry.facts.signers)) for entry in case.open_requests}
    if len(signers) > 1:
        return False, "the requests name different signers for the same file"
    if any(not signer.valid for entry in case.open_requests for signer in entry.facts.signers):
        return False, "the signature is not valid"
    if case.evidence is not None and case.evidence.known_bad == "yes":
        return False, "the file is known to be bad"
    return True, ""


def _reconcile_at(attempt: Attempt, now: datetime) -> datetime:
    return attempt.not_after if attempt.not_after > now else now + _RECONCILE_EVERY


def _evidence_at(case: Case, now: datetime) -> datetime | None:
    if not case.is_open:
        return None
    if case.evidence is None or case.evidence.revision < case.revision:
        return now
    return case.evidence.checked_at + _EVIDENCE_RETRY if case.evidence.failed else None


def _new_entry(sighting: Sighting, now: datetime, rules: Rules, *, revision: int) -> RequestEntry:
    clock_from, note = clock_start(sighting.facts.requested_at, now)
    return RequestEntry(
        facts=sighting.facts,
        standing=Standing.PENDING,
        first_seen_at=now,
        clock_from=clock_from,
        clock_note=note,
        joined_revision=revision,
        facts_revision=revision,
        steps=plan_steps(clock_from, now, rules.plan),
        assignee=sighting.state.assignee,
    )


def entry_of(case: Case, request_id: str) -> RequestEntry:
    """The entry of a request that the case is known to hold. ValueError if it does not."""
    entry = case.entry(request_id)
    if entry is None:
        raise ValueError(f"case {case.case_id} has no request {request_id}")
    return entry


def _replace(case: Case, entry: RequestEntry) -> Case:
    entries = tuple(entry if e.facts.request_id == entry.facts.request_id else e for e in case.requests)
    return case.model_copy(update={"requests": entries})


def _close_if_done(case: Case, now: datetime) -> Case:
    if case.open_requests:
        return case
    return case.model_copy(update={"closed_at": now, "claim": None})


def _redacted(facts: RequestFacts) -> RequestFacts:
    emptied = {
        "path": "",
        "requestor": "",
        "requestor_email": "",
        "reason": "",
        "parent_process": "",
        "created_by": (),
    }
    return facts.model_copy(update=emptied)


def _redacted_outcome(outcome: Outcome) -> Outcome:
    """Who decided and how stays; what was written in free words, and what quotes the file's name, goes."""
    state = outcome.state.model_copy(update={"comments": ""})
    if outcome.attempt is None:
        return outcome.model_copy(update={"state": state})
    free_words = {"reason": "", "validated_how": "", "confirmed_by": ""}
    choice = outcome.attempt.choice.model_copy(update=free_words)
    attempt = outcome.attempt.model_copy(update={"choice": choice, "effect": ""})
    return outcome.model_copy(update={"state": state, "attempt": attempt})
