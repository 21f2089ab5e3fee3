"""What may happen to a case, as functions from one record to the next. No clock, no socket, no Slack.

    sighting ──> open_case ──┐
                             ├─> join, change_facts, settle, claim, release, attempt, ... ──> closed
    sighting ──> join ───────┘

A use case reads a record, asks one of these functions for the next one, and commits both together.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.models import (
    Actor,
    Attempt,
    Awaited,
    Case,
    Claim,
    Due,
    DueKind,
    Evidence,
    Outcome,
    PortalState,
    RequestEntry,
    RequestFacts,
    Rules,
    Sighting,
    Standing,
    Verb,
    subject_of,
)
from bot.models.policies import works_due
from bot.models.unusual import Spoke
from bot.rules.one_press import checks_due_at, why_not_one_press
from bot.rules.plans import Arriving, armed
from bot.rules.sla import claim_length, clock_start, next_due_at
from bot.rules.unusual import spoken_at_once

_RECONCILE_EVERY = timedelta(seconds=5)
"""How often the portal is asked about an attempt whose effect is not known yet (our choice)."""
WITHDRAWN = PortalState(
    status_id=0, status_label="Withdrawn: the portal no longer knows it", standing=Standing.CLOSED
)
"""What a request is that the portal does not know any more."""
_ATTEMPT_MARK = re.compile(r"\[attempt ([^\]\s]+)\]")
"""How a note in the portal names the attempt that it came from."""


def open_case(
    case_id: str,
    sighting: Sighting,
    now: datetime,
    rules: Rules,
    *,
    follows: str = "",
    above: tuple[str, ...] = (),
) -> Case:
    """A new case around its first request. `above`: the organizations above its own, the nearest first."""
    facts = sighting.facts
    subject = subject_of(facts)
    opened = Case(
        case_id=case_id,
        organization_id=facts.organization_id,
        organization_name=facts.organization_name,
        kind=facts.kind,
        os_type=facts.os_type,
        subject_key=subject.key if subject else "",
        hash=facts.hash,
        requests=(_new_entry(sighting, now, revision=1),),
        opened_at=now,
        follows_case_id=follows,
    )
    return _armed(spoken_at_once(opened, rules), facts.request_id, now, rules, above)


def join(case: Case, sighting: Sighting, now: datetime, rules: Rules, *, above: tuple[str, ...] = ()) -> Case:
    """One more request of the same subject. It is shown from the next revision on."""
    if not case.is_open:
        raise ValueError(f"case {case.case_id} is closed and takes no joiners")
    revision = case.revision + 1
    request_id = sighting.facts.request_id
    entry = _new_entry(sighting, now, revision=revision)
    others = tuple(e for e in case.requests if e.facts.request_id != request_id)
    joined = case.model_copy(update={"requests": (*others, entry), "revision": revision})
    return _armed(spoken_at_once(joined, rules), request_id, now, rules, above)


def fits(case: Case, facts: RequestFacts) -> bool:
    """Whether a request (still) belongs to a case: same subject, or the very request of a case of its own.

    The latter has no subject to compare, and its card stands in its organization's channel all the same.
    """
    subject = subject_of(facts)
    if subject is None or not case.subject_key:
        is_own = subject is None and not case.subject_key and case.entry(facts.request_id) is not None
        same_place = facts.organization_id.casefold() == case.organization_id.casefold()
        return is_own and same_place and facts.kind is case.kind
    return subject.key == case.subject_key


def change_facts(case: Case, sighting: Sighting) -> Case:
    """The request itself, read whole, shows other facts or another assignee: older presses are void for it."""
    entry = entry_of(case, sighting.facts.request_id)
    update: dict[str, object] = {"assignee": sighting.state.assignee}
    revision = case.revision
    if entry.facts != sighting.facts:
        revision += 1
        update |= {"facts": sighting.facts, "facts_revision": revision, **_without_awaited(entry)}
    return _replace(case, entry.model_copy(update=update)).model_copy(update={"revision": revision})


def owned_by_our_account(case: Case, request_id: str, account: str) -> Case:
    """A claim made our own account the owner in the portal, which says nothing of who is on it."""
    return _replace(case, entry_of(case, request_id).model_copy(update={"own_account": account}))


def release_request(case: Case, request_id: str, state: PortalState, now: datetime) -> Case:
    """A request that no longer fits leaves: here it is closed, a new case takes it up."""
    moved = state.model_copy(update={"standing": Standing.CLOSED, "status_label": "Moved to a new card"})
    settled = settle(case, request_id, moved, now)
    gone = {"left": True, "overtaken": None}
    return _replace(settled, entry_of(settled, request_id).model_copy(update=gone))


def settle(case: Case, request_id: str, state: PortalState, now: datetime) -> Case:
    """The portal has said how a request ended. The case closes with its last open request.

    An attempt of ours that somebody was faster than may be on its way still, and nobody has published that the portal
    refuses it then: it is kept, and looked at once more when it can take effect no longer.
    """
    entry = entry_of(case, request_id)
    if state.standing.is_open:
        raise ValueError(f"request {request_id} is still {state.standing}; only a final state settles it")
    attempt = entry.attempt
    ours = attempt if attempt is not None and is_ours(attempt, state) else None
    outcome = Outcome(state=state, seen_at=now, attempt=ours)
    ended: dict[str, object] = {"standing": state.standing, "attempt": None, "outcome": outcome}
    ended["overtaken"] = None if ours else attempt
    settled = entry.model_copy(update=ended | _without_awaited(entry))
    after = _close_if_done(_replace(case, settled), now)
    is_one_too_many = state.standing is Standing.APPROVED and case.policy_due and case.proposal is None
    return after.model_copy(update={"repeats_unweighed": True}) if is_one_too_many else after


def is_ours(attempt: Attempt, state: PortalState) -> bool:
    """Whether a final state is the effect of our attempt. The other verb never is.

    Our attempt's mark in the request's comments proves it. Without the mark it is ours only if the portal said yes
    to our write and the comments name no other attempt: nobody has published what a rejection stores.
    """
    expected = Standing.APPROVED if attempt.choice.verb is Verb.APPROVE else Standing.REJECTED
    if state.standing is not expected:
        return False
    named = _ATTEMPT_MARK.findall(state.comments)
    return attempt.attempt_id in named if named else attempt.answered


def overrule(case: Case, request_id: str, state: PortalState, now: datetime) -> Case:
    """The portal shows another decision than the one that ended the request: by our overtaken attempt, or not."""
    entry = entry_of(case, request_id)
    attempt = entry.overtaken
    ours = attempt if attempt is not None and is_ours(attempt, state) else None
    outcome = Outcome(state=state, seen_at=now, attempt=ours)
    shown: dict[str, object] = {"standing": state.standing, "outcome": outcome}
    return _replace(case, entry.model_copy(update=shown | {"overtaken": None if ours else attempt}))


def end_overtaken(case: Case, request_id: str) -> Case:
    """Our overtaken attempt can take effect no more: what the portal had decided first stands."""
    return _replace(case, entry_of(case, request_id).model_copy(update={"overtaken": None}))


def begin_attempt(case: Case, request_id: str, attempt: Attempt) -> Case:
    """Record the intent before the write. Only a pending request takes one."""
    entry = entry_of(case, request_id)
    if entry.standing is not Standing.PENDING:
        raise ValueError(f"request {request_id} is {entry.standing}; an attempt needs a pending request")
    begun: dict[str, object] = {"standing": Standing.DECIDING, "attempt": attempt}
    return _replace(case, entry.model_copy(update=begun | _without_awaited(entry)))


def await_second(case: Case, request_id: str, awaited: Awaited) -> Case:
    """The first of two people has agreed; nothing is sent. It takes the place of whatever waited before."""
    entry = entry_of(case, request_id)
    if entry.standing is not Standing.PENDING:
        raise ValueError(f"request {request_id} is {entry.standing}; only a pending one awaits a second")
    return _replace(case, entry.model_copy(update=_without_awaited(entry) | {"awaited": awaited}))


def drop_awaited(case: Case, request_id: str) -> Case:
    """Nothing waits for a second person any more; the request is as pending as before."""
    entry = entry_of(case, request_id)
    return _replace(case, entry.model_copy(update=_without_awaited(entry)))


def awaited_is_over(awaited: Awaited, now: datetime, rules: Rules) -> bool:
    """Whether the first person's yes is too old to be agreed to: older than a shift (our choice)."""
    return now - awaited.asked_at > rules.access.shift


def note_yes(case: Case, request_id: str) -> Case:
    """The portal has accepted the write; what it shows still decides."""
    entry = entry_of(case, request_id)
    if entry.attempt is None:
        raise ValueError(f"request {request_id} has no attempt that was answered")
    answered = entry.attempt.model_copy(update={"answered": True})
    return _replace(case, entry.model_copy(update={"attempt": answered}))


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


def take_claim(case: Case, actor: Actor, now: datetime, rules: Rules, *, escalated: bool) -> Case:
    """“I am on it”: for a while, and advisory."""
    claim = Claim(actor=actor, at=now, until=now + claim_length(case, rules), escalated=escalated)
    return case.model_copy(update={"claim": claim})


def drop_claim(case: Case) -> Case:
    """Released, taken over or lapsed."""
    return case.model_copy(update={"claim": None})


def claim_has_lapsed(case: Case, now: datetime) -> bool:
    """Whether the claim's time is over."""
    return case.claim is not None and case.claim.until <= now


def add_evidence(
    case: Case, evidence: Evidence, unusual: tuple[str, ...], rules: Rules, spoke: tuple[Spoke, ...] = ()
) -> Case:
    """What was found out about the subject. It may close one-press approval, never open a wider one."""
    return case.model_copy(
        update={
            "evidence": evidence,
            "unusual": tuple(dict.fromkeys((*case.unusual, *unusual))),
            "spoke": spoke,
            "policy_due": wants_reason(evidence.hand_approvals, rules),
        }
    )


def wants_reason(hand_approvals: int, rules: Rules) -> bool:
    """Whether the next approval by hand is the one of the settings' number: it wants its reason, not one press."""
    return hand_approvals + 1 >= rules.repeats.approvals


def repeats_weighed(case: Case) -> Case:
    """What was approved by hand has been counted after the last approval."""
    return case.model_copy(update={"repeats_unweighed": False})


def evidence_facts(case: Case) -> dict[str, object]:
    """What was known when a press was made on a case, for the record: findings, times and a digest, no outside text.

    Empty where nothing was found out yet.
    """
    return case.evidence.facts() if case.evidence is not None else {}


def due_times(case: Case, now: datetime, rules: Rules) -> tuple[Due, ...]:
    """Every due time of a case. They follow from the record, so a change can never forget one."""
    attempts = [entry.attempt for entry in case.open_requests if entry.attempt is not None]
    looks = [_reconcile_at(attempt, now) for attempt in attempts]
    overtaken = [entry.overtaken for entry in case.requests if entry.overtaken is not None]
    looks += [_reconcile_at(one, now, after=rules.decisions.reopen_after) for one in overtaken]
    claimed_until = case.claim.until if case.claim is not None and case.is_open else None
    keep_until = None
    if case.closed_at is not None and case.redacted_at is None:
        keep_until = case.closed_at + rules.retention.closed_cases
    return (
        Due(DueKind.STEP, case.case_id, next_due_at(case) if case.is_open else None),
        Due(DueKind.RECONCILE, case.case_id, min(looks, default=None)),
        Due(DueKind.CLAIM, case.case_id, claimed_until),
        Due(
            DueKind.EVIDENCE, case.case_id, now if case.repeats_unweighed else checks_due_at(case, rules, now)
        ),
        Due(DueKind.RETENTION, case.case_id, keep_until),
        Due(DueKind.POLICY, case.case_id, works_due(case.policy_works, now)),
    )


def allows_one_press(case: Case, rules: Rules | None = None, now: datetime | None = None) -> tuple[bool, str]:
    """Whether the narrow approval may be one press, and if not, why not, in our own words alone.

    `now` None leaves the age of the checks out: for a place that has no clock. A press always has one.
    """
    why = why_not_one_press(case, rules or Rules(), now)
    return not why, why


def _reconcile_at(attempt: Attempt, now: datetime, *, after: timedelta = timedelta()) -> datetime:
    first = attempt.not_after + after
    return first if first > now else now + _RECONCILE_EVERY


def _armed(case: Case, request_id: str, now: datetime, rules: Rules, above: tuple[str, ...]) -> Case:
    """The case with a new request's plan and steps, which stay as they are now whatever is found out later."""
    entry = entry_of(case, request_id)
    arriving = Arriving(
        organization_id=case.organization_id,
        above=above,
        kind=entry.facts.kind,
        is_unusual=bool(case.rules_about(request_id)),
        requestors=(entry.facts.requestor, entry.facts.requestor_email),
        clock_from=entry.clock_from,
    )
    found = armed(rules, arriving, now)
    return _replace(case, entry.model_copy(update={"plan": found.plan, "steps": found.steps}))


def _new_entry(sighting: Sighting, now: datetime, *, revision: int) -> RequestEntry:
    clock_from, note = clock_start(sighting.facts.requested_at, now)
    return RequestEntry(
        facts=sighting.facts,
        standing=Standing.PENDING,
        first_seen_at=now,
        clock_from=clock_from,
        clock_note=note,
        joined_revision=revision,
        facts_revision=revision,
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


def _without_awaited(entry: RequestEntry) -> dict[str, object]:
    """What changes when nothing waits any more. Its press is spent: taken up after a crash it asks for no second."""
    if entry.awaited is None:
        return {}
    return {"awaited": None, "spent_presses": (*entry.spent_presses, entry.awaited.press_id)}


def _close_if_done(case: Case, now: datetime) -> Case:
    if case.open_requests:
        return case
    return case.model_copy(update={"closed_at": now, "claim": None})
