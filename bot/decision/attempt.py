"""One write to the portal: recorded, sent once, read back, settled by what the portal says.

    record ── send ──┬─ answered ──────── read back ──┬─ decided ─────> settled
                     ├─ refused ───────── read back ──┤─ still pending ─> opened again (refused) or doubted (answered)
                     └─ no answer ─────── read back ──┘─ not readable ──> doubted; the reconcile tick settles it

Nothing here judges; the verdict was made before, and is handed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.cards.kit.ids import REASON_BLOCK
from bot.decision.approve.record import chosen_facts, chosen_words
from bot.decision.effect import effect_of
from bot.decision.results import Became, Result, decider_of, ended_sentence, in_portal
from bot.decision.storage.record import recorded, storage_words
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    actor_of,
    amend,
    event_of,
    look,
    new_id,
    refusal_sentence,
    settlement,
)
from bot.models import (
    Attempt,
    Awaited,
    Case,
    Choice,
    Event,
    Press,
    Reach,
    RequestEntry,
    RequestFacts,
    Sighting,
    Standing,
    Verb,
)
from bot.portal import (
    OutcomeUnknown,
    PortalError,
)
from bot.rules import lifecycle
from bot.rules.second import second_needed
from bot.seams import Seam, reach
from permissions import Allowed

log = structlog.get_logger()

SPENT = "It had no effect: the portal still calls the request pending. Press again to decide it."
"""To somebody whose press was taken up again after its one attempt had ended; a press makes no second one (P2)."""

ANOTHER_AWAITS = "What you agreed to does not wait any more; it is another one now. Look at the card again."
"""To a second person, where the first one's approval was replaced, taken off or decided meanwhile."""

TWO_BY_NOW = "By what is known of it by now, two people have to agree to it. Nothing was sent; press again."
"""To somebody alone, where a check that asks for a second person arrived between the verdict and the record."""

_CHANGED_MEANWHILE = "Its facts changed while you pressed. Read the card again, then press."

Send = Callable[[Attempt], Awaitable[None]]
"""Performs the write of an attempt exactly once; raises PortalError."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A judged decision over one request, ready to be recorded and sent."""

    press: Press
    presser: Presser
    case_id: str
    facts: RequestFacts
    choice: Choice
    verdict: Allowed
    judged_at: datetime
    """The time of the verdict: how long it may still be acted on counts from here, not from its record."""
    send: Send
    reaches: Reach | None = None
    """How far it really goes, where that is known to be another reach than the chosen one."""
    effect: str = ""
    """The exact effect in one sentence; empty: as the choice alone tells it."""
    awaited: Awaited | None = None
    """What the first of two people had agreed to, where this completes it."""
    first_rests_on: tuple[str, ...] = ()
    """What the first one's yes rests on, judged together with the second one's."""


async def carry_out(desk: Desk, prepared: Prepared) -> Result:
    """Record the attempt, send it, settle it. At most one outstanding attempt for a request (P2)."""
    attempt = _new_attempt(desk, prepared)
    if desk.now() >= attempt.not_after:
        return _result(
            prepared, Became.NOT_DECIDED, "It took too long to get going. Nothing was sent; press again."
        )
    if not await _record(desk, prepared, attempt):
        return await not_free(desk, prepared)
    reach(Seam.ATTEMPT_RECORDED)
    if desk.now() >= attempt.not_after:
        log.warning(
            "attempt_not_sent", attempt_id=attempt.attempt_id, why="its time was over before it was sent"
        )
        return await _doubt(desk, prepared, attempt, "It took too long to get going, so it was not sent.")
    desk.metrics.attempt_sent(prepared.choice.verb.value)
    try:
        await prepared.send(attempt)
    except OutcomeUnknown as error:
        return await _read_back(desk, prepared, attempt, refusal=None, why=str(error))
    except PortalError as error:
        return await _read_back(desk, prepared, attempt, refusal=error, why=str(error))
    reach(Seam.WRITE_ANSWERED)
    return await _read_back(desk, prepared, attempt, refusal=None, why="", answered=True)


def _new_attempt(desk: Desk, prepared: Prepared) -> Attempt:
    return Attempt(
        attempt_id=new_id("a"),
        press_id=prepared.press.press_id,
        actor=actor_of(prepared.presser.person, prepared.press),
        choice=prepared.choice,
        effect=prepared.effect or effect_of(prepared.choice, prepared.facts),
        reaches=prepared.reaches or prepared.choice.reach,
        first=prepared.awaited.first if prepared.awaited else None,
        rests_on=tuple(map(str, prepared.verdict.rests_on)),
        access_generation=prepared.presser.access.generation,
        facts_digest=prepared.facts.digest,
        recorded_at=desk.now(),
        not_after=prepared.judged_at + desk.rules.attempt_not_after,
    )


async def _record(desk: Desk, prepared: Prepared, attempt: Attempt) -> bool:
    """Write the intent into the case; False when the request is no longer free for it."""
    request_id = prepared.facts.request_id

    def make(case: Case) -> Amendment | None:
        entry = case.entry(request_id)
        if entry is None or entry.standing is not Standing.PENDING or entry.facts != prepared.facts:
            return None
        if prepared.press.press_id in entry.spent_presses or _another_awaits(prepared, entry):
            return None
        if _closed_since(desk, prepared, case) or _two_needed_since(desk, prepared, case, entry):
            return None
        found: dict[str, object] = {"evidence": lifecycle.evidence_facts(case)}
        events = (_attempt_event("decision_attempted", prepared, attempt, case, more=found),)
        return Amendment(lifecycle.begin_attempt(case, request_id, attempt), events)

    standpoint = prepared.presser.standpoint(prepared.press)
    return await amend(desk, prepared.case_id, make, judged_on=standpoint) is not None


def _closed_since(desk: Desk, prepared: Prepared, case: Case) -> bool:
    """Whether a check that spoke against it arrived between the verdict and this record: one press is closed then."""
    if prepared.press.view_id or prepared.choice.verb is not Verb.APPROVE:
        return False
    return not lifecycle.allows_one_press(case, desk.rules, desk.now())[0]


def _two_needed_since(desk: Desk, prepared: Prepared, case: Case, entry: RequestEntry) -> bool:
    """Whether one person would do alone what two have to agree to by now: the last door before a write."""
    if prepared.awaited is not None:
        return False
    reaches = prepared.reaches or prepared.choice.reach
    return bool(second_needed(desk.rules, case, entry, prepared.choice, reaches, now=desk.now()))


def _another_awaits(prepared: Prepared, entry: RequestEntry) -> bool:
    """Whether what the second person agreed to is not what waits (any more)."""
    return prepared.awaited is not None and entry.awaited != prepared.awaited


async def not_free(desk: Desk, prepared: Prepared) -> Result:
    """Why the request took no attempt: somebody was faster, here or in the portal, or its facts changed."""
    stored = await desk.ledger.case(prepared.case_id)
    entry = stored.case.entry(prepared.facts.request_id) if stored else None
    if entry is not None and not entry.standing.is_open:
        return _result(prepared, Became.DECIDED_BEFORE, ended_sentence(entry), by=decider_of(entry))
    if stored is None or entry is None:
        return _result(prepared, Became.CHANGED, _CHANGED_MEANWHILE)
    if entry.standing is Standing.PENDING:
        return _still_pending(desk, prepared, stored.case, entry)
    by = entry.attempt.actor.name if entry.attempt else "somebody else"
    return _result(prepared, Became.BUSY, f"{by}'s decision on it is already on its way.", by=by)


def _still_pending(desk: Desk, prepared: Prepared, case: Case, entry: RequestEntry) -> Result:
    """It can still be decided, but not by this press, or not as it was judged."""
    if prepared.press.press_id in entry.spent_presses:
        return _result(prepared, Became.NOT_DECIDED, SPENT)
    if entry.facts != prepared.facts:
        return _result(prepared, Became.CHANGED, _CHANGED_MEANWHILE)
    if _another_awaits(prepared, entry):
        return _result(prepared, Became.CHANGED, ANOTHER_AWAITS)
    if _two_needed_since(desk, prepared, case, entry):
        return _result(prepared, Became.CHANGED, TWO_BY_NOW)
    return _result(prepared, Became.CHANGED, _CHANGED_MEANWHILE)


async def _read_back(
    desk: Desk,
    prepared: Prepared,
    attempt: Attempt,
    *,
    refusal: PortalError | None,
    why: str,
    answered: bool = False,
) -> Result:
    """Ask the request itself what became of it."""
    try:
        _, sighting = await look(desk, prepared.facts)
    except PortalError as error:
        return await _doubt(desk, prepared, attempt, f"{why} Reading it back failed: {error}".strip())
    if not sighting.state.standing.is_open:
        return await _settle(desk, prepared, attempt, sighting, answered=answered)
    if refusal is not None:
        return await _undo(desk, prepared, attempt, refusal)
    return await _doubt(
        desk, prepared, attempt, why or "The portal accepted it but still shows it as pending."
    )


async def _settle(
    desk: Desk, prepared: Prepared, attempt: Attempt, sighting: Sighting, *, answered: bool
) -> Result:
    state = sighting.state
    ours = lifecycle.is_ours(attempt, state, answered=answered)

    def make(case: Case) -> Amendment | None:
        entry = case.entry(prepared.facts.request_id)
        if entry is None or not entry.standing.is_open:
            return None
        facts = {
            "status": state.status_label,
            "status_id": state.status_id,
            "ours": ours,
            "policy_id": state.policy_id,
            "application_id": state.application_id,
        }
        event = _attempt_event(
            "decision_settled", prepared, attempt, case, more=facts, decided_by=state.decided_by
        )
        return settlement(desk, case, prepared.facts.request_id, state, event, answered=answered)

    await amend(desk, prepared.case_id, make)
    reach(Seam.DECISION_RECORDED)
    desk.metrics.decided(state.standing.value, ours=ours)
    if ours:
        became = Became.APPROVED if attempt.choice.verb is Verb.APPROVE else Became.DENIED
        return _result(prepared, became, f"{attempt.effect} The portal says: {state.status_label}.")
    by = state.decided_by or "somebody in the portal"
    sentence = f"{by} was faster: the portal says {state.status_label}."
    return _result(prepared, Became.DECIDED_BEFORE, sentence, by=in_portal(state.decided_by))


async def _undo(desk: Desk, prepared: Prepared, attempt: Attempt, refusal: PortalError) -> Result:
    """The portal refused the write and still calls the request pending: it can be decided again."""

    def make(case: Case) -> Amendment | None:
        entry = case.entry(prepared.facts.request_id)
        if entry is None or entry.attempt is None or entry.attempt.attempt_id != attempt.attempt_id:
            return None
        why: dict[str, object] = {"why": type(refusal).__name__, "status": refusal.status}
        event = _attempt_event("decision_not_taken", prepared, attempt, case, more=why, told=str(refusal))
        return Amendment(lifecycle.end_attempt(case, prepared.facts.request_id), (event,))

    await amend(desk, prepared.case_id, make)
    return _result(prepared, Became.NOT_DECIDED, refusal_sentence(refusal))


async def _doubt(desk: Desk, prepared: Prepared, attempt: Attempt, why: str) -> Result:
    """The outcome is unknown: say so, and let the reconcile tick find out."""

    def make(case: Case) -> Amendment | None:
        entry = case.entry(prepared.facts.request_id)
        if entry is None or entry.attempt is None or entry.attempt.attempt_id != attempt.attempt_id:
            return None
        event = _attempt_event("decision_in_doubt", prepared, attempt, case, told=why)
        return Amendment(lifecycle.doubt_attempt(case, prepared.facts.request_id, desk.now()), (event,))

    await amend(desk, prepared.case_id, make)
    return _result(
        prepared, Became.CHECKING, "The outcome is not known yet; Gatehouse keeps asking the portal."
    )


def _attempt_event(
    name: str,
    prepared: Prepared,
    attempt: Attempt,
    case: Case,
    *,
    more: dict[str, object] | None = None,
    decided_by: str = "",
    told: str = "",
) -> Event:
    facts: dict[str, object] = {
        "attempt_id": attempt.attempt_id,
        "verb": attempt.choice.verb.value,
        "reach": attempt.choice.reach.value,
        "reaches": (attempt.reaches or attempt.choice.reach).value,
        "elevate": attempt.choice.elevate,
        "rests_on": list(attempt.rests_on),
        "access_generation": attempt.access_generation,
        "access_digest": prepared.presser.access.digest,
        "given_version": prepared.presser.given_version,
        "facts_digest": attempt.facts_digest,
        "revision": prepared.press.revision,
    }
    private: dict[str, object] = {
        "effect": attempt.effect,
        "approver": attempt.actor.name,
        "reason": attempt.choice.reason,
        "validated_how": attempt.choice.validated_how,
        "confirmed_by": attempt.choice.confirmed_by,
    }
    if name == "decision_attempted":
        facts |= recorded(chosen_facts(attempt.choice), attempt.choice)
        private |= chosen_words(attempt.choice) | storage_words(attempt.choice)
    if attempt.first is not None:
        facts["first_person_id"] = attempt.first.person_id
        facts["first_rests_on"] = list(prepared.first_rests_on)
        private["first_approver"] = attempt.first.name
        private["second_remark"] = prepared.press.values.get(REASON_BLOCK, "")
    return event_of(
        name,
        prepared.press,
        case,
        request_id=prepared.facts.request_id,
        person_id=attempt.actor.person_id,
        facts=facts | (more or {}),
        private=private | {name: text for name, text in (("decided_by", decided_by), ("told", told)) if text},
    )


def _result(prepared: Prepared, became: Became, sentence: str, *, by: str = "") -> Result:
    return Result(prepared.facts.request_id, prepared.facts.computer_name, became, sentence, by=by)
