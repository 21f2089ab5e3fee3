"""A decision over one request, as the attempt engine carries it out: its record, its read-back, its ends.

The order is the engine's (`bot.desk.attempting`). Nothing here judges; the verdict was made before, and is handed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.cards.kit.ids import REASON_BLOCK
from bot.decision.approve.choice import chosen_facts, chosen_words
from bot.decision.effect import effect_of
from bot.decision.parts import with_its_reason
from bot.decision.reconcile import find_outstanding, overruling
from bot.decision.storage.choice import recorded, storage_words
from bot.decision.telling import Became, Result, had_ended, in_portal, result_of
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    actor_of,
    amend,
    attempting,
    doubt_told,
    doubter_told,
    event_of,
    look,
    new_id,
    recording,
    refusal_sentence,
    settlement,
)
from bot.desk.attempting import NOT_SENT, Doubt, NotFree, Write
from bot.ledger import StoredCase
from bot.models import (
    Actor,
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
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.second import ONE_REQUEST, Spread, second_needed, takes_earlier_yes
from bot.seams import Seam, reach
from permissions import Allowed

SPENT = "It had no effect: the portal still calls the request pending. Press again to decide it."
"""To somebody whose press was taken up again after its one attempt had ended; a press makes no second one (P2)."""

ANOTHER_AWAITS = "What you agreed to does not wait any more; it is another one now. Look at the card again."
"""To a second person, where the first one's approval was replaced, taken off or decided meanwhile."""

TWO_BY_NOW = "By what is known of it by now, two people have to agree to it. Nothing was sent; press again."
"""To somebody alone, where a check that asks for a second person arrived between the verdict and the record."""

_IN_DOUBT = "The outcome is not known yet; Gatehouse keeps asking the portal."
_CHANGED_MEANWHILE = "Its facts changed while you pressed. Read the card again, then press."

Send = Callable[[Attempt], Awaitable[None]]
"""Performs the write of an attempt exactly once; raises PortalError."""


@dataclass(frozen=True, slots=True)
class Before:
    """Somebody else's yes to exactly this, given with an approval of the same file."""

    first: Actor
    request_id: str
    """Of the approval that it was given with."""
    rests_on: tuple[str, ...]
    """Judged for the request that is approved now."""


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
    spread: Spread = ONE_REQUEST
    """How far the whole press, and what came before it, lets the file spread."""
    tallies: tuple[tuple[str, str], ...] = ()
    """By what the ledger knows that `spread`, and whatever else was counted over cases, is so still."""
    effect: str = ""
    """The exact effect in one sentence; empty: as the choice alone tells it."""
    awaited: Awaited | None = None
    """What the first of two people had agreed to, where this completes it."""
    first_rests_on: tuple[str, ...] = ()
    """What the first one's yes rests on, judged together with the second one's."""
    before: Before | None = None
    """Somebody else's earlier yes to exactly this, where it makes this press the second one."""
    known: StoredCase | None = None
    """The case as this press has read or written it last."""


@dataclass(frozen=True, slots=True)
class _Decision:
    """A prepared decision with the attempt that it becomes."""

    desk: Desk
    prepared: Prepared
    attempt: Attempt

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.prepared.facts.request_id

    def held_in(self, case: Case) -> RequestEntry | None:
        """The request with this very attempt outstanding; None: it has ended, by whoever found out."""
        entry = case.entry(self.request_id)
        if entry is None or entry.attempt is None or entry.attempt.attempt_id != self.attempt.attempt_id:
            return None
        return entry

    async def amend(
        self, held: StoredCase | None, make: Callable[[Case], Amendment | None], *, judged: bool = False
    ) -> StoredCase | None:
        """Change the case; `judged`: only on the standpoint of the verdict."""
        prepared = self.prepared
        standpoint = None
        if judged:
            standpoint = replace(prepared.presser.standpoint(prepared.press), tallies=prepared.tallies)
        return await amend(self.desk, prepared.case_id, make, judged_on=standpoint, known=held)


async def carry_out(desk: Desk, prepared: Prepared) -> Result:
    """Record the attempt, send it, settle it. Raises StandpointMoved."""
    made = _Decision(desk, prepared, _new_attempt(desk, prepared))
    write = Write(
        attempt_id=made.attempt.attempt_id,
        not_after=made.attempt.not_after,
        counted_as=prepared.choice.verb.value,
        too_late=partial(_too_late, prepared),
        record=partial(_record, made),
        send=partial(prepared.send, made.attempt),
        note_yes=partial(_note_yes, made),
        look=partial(_look, made),
        shows=_shows_an_end,
        settle=partial(_settle, made),
        undo=partial(_undo, made),
        doubt=partial(_doubt, made),
    )
    return await attempting.carry_out(desk, write)


async def _too_late(prepared: Prepared) -> Result:
    return _result(prepared, Became.NOT_DECIDED, attempting.TOO_LATE)


def _new_attempt(desk: Desk, prepared: Prepared) -> Attempt:
    before = prepared.before
    first = before.first if before else prepared.awaited.first if prepared.awaited else None
    made = Attempt(
        attempt_id=new_id("a"),
        press_id=prepared.press.press_id,
        actor=actor_of(prepared.presser.person, prepared.press),
        choice=prepared.choice,
        effect=prepared.effect or effect_of(prepared.choice, prepared.facts),
        reaches=prepared.reaches or prepared.choice.reach,
        first=first,
        rests_on=tuple(map(str, prepared.verdict.rests_on)),
        justification=recording.justification(
            prepared.choice, prepared.known.case if prepared.known else None
        ),
        first_rests_on=before.rests_on if before else prepared.first_rests_on,
        first_request_id=before.request_id if before else "",
        remark=prepared.press.values.get(REASON_BLOCK, "") if prepared.awaited else "",
        access_generation=prepared.presser.access.generation,
        access_digest=prepared.presser.access.digest,
        given_version=prepared.presser.given_version,
        facts_digest=prepared.facts.digest,
        revision=prepared.press.revision,
        recorded_at=desk.now(),
        not_after=prepared.judged_at + desk.rules.decisions.send_within,
    )
    return made.model_copy(update={"mark": desk.ledger.mark("yes", prepared.facts.request_id, made.told())})


async def _record(made: _Decision) -> StoredCase | NotFree[Result]:
    """Write the intent into the case, or say why the request is no longer free for it."""
    desk, prepared, request_id = made.desk, made.prepared, made.request_id

    def make(case: Case) -> Amendment | None:
        entry = case.entry(request_id)
        if entry is None or entry.standing is not Standing.PENDING or entry.facts != prepared.facts:
            return None
        if prepared.press.press_id in entry.spent_presses or _another_awaits(prepared, entry):
            return None
        if _closed_since(desk, prepared, case) or _two_needed_since(desk, prepared, case, entry):
            return None
        found: dict[str, object] = {"evidence": lifecycle.evidence_facts(case)}
        events = (_attempt_event("decision_attempted", prepared, made.attempt, case, more=found),)
        return Amendment(lifecycle.begin_attempt(case, request_id, made.attempt), events)

    recorded = await made.amend(prepared.known, make, judged=True)
    return recorded if recorded is not None else NotFree(await not_free(desk, prepared))


def _closed_since(desk: Desk, prepared: Prepared, case: Case) -> bool:
    """Whether a check that spoke against it arrived between the verdict and this record: one press is closed then."""
    if prepared.press.view_id or prepared.choice.verb is not Verb.APPROVE:
        return False
    return not lifecycle.allows_one_press(with_its_reason(case, prepared.choice), desk.rules, desk.now())[0]


def _two_needed_since(desk: Desk, prepared: Prepared, case: Case, entry: RequestEntry) -> bool:
    """Whether one person would do alone what two have to agree to by now: the last door before a write."""
    if prepared.awaited is not None:
        return False
    reaches = prepared.reaches or prepared.choice.reach
    rules, choice, spread = desk.rules, prepared.choice, prepared.spread
    if prepared.before is not None and takes_earlier_yes(
        rules, case, choice, reaches, now=desk.now(), spread=spread
    ):
        return False
    return bool(second_needed(rules, case, entry, choice, reaches, now=desk.now(), spread=spread))


def _another_awaits(prepared: Prepared, entry: RequestEntry) -> bool:
    """Whether what the second person agreed to is not what waits (any more)."""
    return prepared.awaited is not None and entry.awaited != prepared.awaited


async def not_free(desk: Desk, prepared: Prepared) -> Result:
    """Why the request took no attempt: somebody was faster, here or in the portal, or its facts changed."""
    stored = await desk.ledger.case(prepared.case_id)
    entry = stored.case.entry(prepared.facts.request_id) if stored else None
    if stored is None or entry is None:
        return _result(prepared, Became.CHANGED, _CHANGED_MEANWHILE)
    if not entry.standing.is_open:
        return replace(had_ended(entry, prepared.press), after=stored)
    if entry.standing is Standing.PENDING:
        return _still_pending(desk, prepared, stored.case, entry)
    return await find_outstanding(desk, prepared.press, prepared.case_id, entry, stored)


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


async def _note_yes(made: _Decision, held: StoredCase) -> StoredCase:
    """Into the record alone; the card says nothing of it, since only what the portal shows counts (P3)."""

    def make(case: Case) -> Amendment | None:
        if made.held_in(case) is None:
            return None
        event = _attempt_event("decision_write_answered", made.prepared, made.attempt, case)
        return Amendment(lifecycle.note_yes(case, made.request_id), (event,), is_shown=False)

    return await made.amend(held, make) or held


async def _look(made: _Decision, _: StoredCase) -> Sighting:
    return (await look(made.desk, made.prepared.facts))[1]


def _shows_an_end(_: StoredCase, sighting: Sighting) -> bool:
    return not sighting.state.standing.is_open


async def _settle(made: _Decision, held: StoredCase, sighting: Sighting) -> Result:
    """The request has ended: by our write, or by somebody who was faster. Whoever found that out first has said it."""
    desk, state = made.desk, sighting.state

    def make(case: Case) -> Amendment | None:
        entry = case.entry(made.request_id)
        if entry is None:
            return None
        if not entry.standing.is_open:
            return overruling(desk, case, entry, state)
        attempt = entry.attempt or made.attempt
        ours = attempt.attempt_id == made.attempt.attempt_id and lifecycle.is_ours(attempt, state)
        given_up = ours and entry.attempt is None
        if given_up:
            # Given up while this process stood still, and opened again, which its presser was told; what the portal
            # shows is this write after all, and they hear that as well.
            case = lifecycle.begin_attempt(case, made.request_id, attempt)
        event = recording.settled("decision_settled", case, made.request_id, state, made.attempt, ours=ours)
        amendment = settlement(desk, case, made.request_id, state, event)
        if given_up:
            return _told_after_all(made, amendment)
        # In doubt it has been answered already, by whichever process took the press up again.
        is_untold = entry.standing is Standing.DECIDING
        return replace(amendment, told_by=made.attempt.press_id) if is_untold else amendment

    settled = await made.amend(held, make)
    reach(Seam.DECISION_RECORDED)
    entry = settled.case.entry(made.request_id) if settled is not None else None
    if entry is None:
        return await not_free(desk, made.prepared)
    outcome = entry.outcome
    ours = outcome is not None and outcome.attempt is not None
    desk.metrics.decided(state.standing.value, ours=ours)
    if ours:
        return replace(had_ended(entry, made.prepared.press), after=settled)
    by = state.decided_by or "somebody in the portal"
    sentence = f"{by} was faster: the portal says {state.status_label}."
    return result_of(entry, Became.DECIDED_BEFORE, sentence, by=in_portal(state.decided_by), after=settled)


def _told_after_all(made: _Decision, amendment: Amendment) -> Amendment:
    """Its presser was told that it had no effect, and has to hear that it had, whoever answered the press since."""
    ended = lifecycle.entry_of(amendment.case, made.request_id)
    told = doubt_told(amendment.case, made.attempt, ended, tag="after_all")
    return replace(amendment, effects=[told])


async def _undo(made: _Decision, known: StoredCase, _: Sighting, refusal: PortalError) -> Result:
    """The portal refused the write and still calls the request pending: it can be decided again."""

    def make(case: Case) -> Amendment | None:
        held = made.held_in(case)
        if held is None:
            return None
        why: dict[str, object] = {"why": type(refusal).__name__, "status": refusal.status}
        event = _attempt_event(
            "decision_not_taken", made.prepared, made.attempt, case, more=why, told=str(refusal)
        )
        ended = lifecycle.end_attempt(case, made.request_id)
        told = doubter_told(case, held, lifecycle.entry_of(ended, made.request_id))
        return Amendment(ended, (event,), told)

    undone = await made.amend(known, make)
    if undone is None:
        return await not_free(made.desk, made.prepared)
    return _result(made.prepared, Became.NOT_DECIDED, refusal_sentence(refusal), after=undone)


async def _doubt(made: _Decision, held: StoredCase, doubt: Doubt) -> Result:
    """The outcome is unknown: say so, and let the reconcile tick find out. What it has found out already stands."""

    def make(case: Case) -> Amendment | None:
        if made.held_in(case) is None:
            return None
        event = _attempt_event("decision_in_doubt", made.prepared, made.attempt, case, told=doubt.why)
        return Amendment(lifecycle.doubt_attempt(case, made.request_id, made.desk.now()), (event,))

    doubted = await made.amend(held, make)
    if doubted is None:
        return await not_free(made.desk, made.prepared)
    return _result(made.prepared, Became.CHECKING, _IN_DOUBT if doubt.is_sent else NOT_SENT, after=doubted)


def _attempt_event(
    name: str,
    prepared: Prepared,
    attempt: Attempt,
    case: Case,
    *,
    more: dict[str, object] | None = None,
    told: str = "",
) -> Event:
    facts, private = recording.attempt_facts(attempt), recording.attempt_words(attempt)
    if name == "decision_attempted":
        facts |= recorded(chosen_facts(attempt.choice), attempt.choice)
        private |= chosen_words(attempt.choice) | storage_words(attempt.choice)
    return event_of(
        name,
        prepared.press,
        case,
        request_id=prepared.facts.request_id,
        person_id=attempt.actor.person_id,
        facts=facts | (more or {}),
        private=private | ({"told": told} if told else {}),
    )


def _result(prepared: Prepared, became: Became, sentence: str, *, after: StoredCase | None = None) -> Result:
    return Result(prepared.facts.request_id, prepared.facts.computer_name, became, sentence, after=after)
