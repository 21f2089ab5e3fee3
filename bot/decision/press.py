"""A decision press, from the stored press to the answer: one-press approval, and both modals' submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import lifecycle
from bot.cards import answers, messages
from bot.decision.attempt import SPENT, Prepared, carry_out, refusal_sentence
from bot.decision.closing import lacking
from bot.decision.effect import effect_of
from bot.decision.parts import Asked, Part, judged_event
from bot.decision.results import Became, Result, ended_sentence
from bot.decision.telling import decision_answer
from bot.decision.verdict import Judged, is_already_approved, judge_decision, present
from bot.decision.writes import sender_for, unverified
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    StandpointMoved,
    Unidentified,
    amend,
    answer,
    event_of,
    finish,
    identify,
    look,
    recognize,
    retire,
    settlement,
    tell,
)
from bot.models import (
    Case,
    Choice,
    Effect,
    Kind,
    Press,
    RequestEntry,
    Sighting,
    Standing,
    Verb,
)
from bot.portal import PermitDetails, PortalError, TokenRefused, speaks_of
from permissions import Refused

log = structlog.get_logger()

_OTHER_FACTS = "The portal shows other facts than the card did. Read the card again, then press."
_JUDGED_ANEW = 3
"""How often a press is judged again because grants changed under it (our choice)."""


async def decide(desk: Desk, press: Press, choice: Choice, request_ids: Sequence[str] = ()) -> None:
    """Decide the requests that the pressed card or modal showed, each on its own, and answer the presser (P1, P8).

    `request_ids` narrows it to some of them (a modal's choice); empty means all that were shown.
    """
    presser = await identify(desk, press)
    if presser is None:
        return
    stored = await desk.ledger.case(press.case_id)
    if stored is None:
        said = answers.stale_card(press.case_id)
        await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, said)])
        return
    parts = _parts(press, presser, stored.case, choice, request_ids)
    blocked = await lacking(desk, press, stored.case, choice)
    results = [await _decide_one(desk, part, blocked) for part in parts]
    await _answer(desk, press, presser, stored.case, results)


def _parts(
    press: Press, presser: Presser, case: Case, choice: Choice, request_ids: Sequence[str]
) -> list[Part]:
    """What the press named: the requests that its card showed, less those that the presser left out."""
    shown = case.shown_at(press.revision)
    named = [entry for entry in shown if not request_ids or entry.facts.request_id in request_ids]
    asked = [entry for entry in named if entry.standing.is_open or _ended_since(entry, press)]
    computers = len({entry.facts.computer_id for entry in named if entry.standing.is_open})
    return [Part(press, presser, case, entry, choice, computers) for entry in asked or named]


def _ended_since(entry: RequestEntry, press: Press) -> bool:
    """Whether it ended after the press: its presser has to hear of that, and not of what ended long before."""
    return entry.outcome is not None and entry.outcome.seen_at >= press.received_at


async def _decide_one(desk: Desk, part: Part, blocked: str) -> Result:
    if not part.entry.standing.is_open:
        return _had_ended(part)
    if blocked:
        return part.became(Became.NOT_DECIDED, blocked)
    if part.entry.standing is not Standing.PENDING:
        return _on_its_way(part)
    if part.press.press_id in part.entry.spent_presses:
        return part.became(Became.NOT_DECIDED, SPENT)
    if part.entry.facts_revision > part.press.revision:
        return part.became(Became.CHANGED, "Its facts changed after the card you pressed was drawn.")
    try:
        return await _ask_and_act(desk, part)
    except PortalError as error:
        log.warning("decision_not_made", request_id=part.request_id, why=str(error))
        return part.became(Became.NOT_DECIDED, refusal_sentence(error))


async def _ask_and_act(desk: Desk, part: Part) -> Result:
    """The request as the portal has it now, the verdict, then the write (or what it would have been)."""
    at_best = await judge_decision(desk, part.question(already_approved=True))
    if isinstance(at_best.verdict, Refused):
        return await _refused(desk, part, at_best)
    facts = part.entry.facts
    row, sighting = await look(desk, facts)
    if not sighting.state.standing.is_open:
        return await _decided_elsewhere(desk, part, sighting)
    if sighting.facts != facts:
        return await _facts_changed(desk, part, sighting)
    details = await _details(desk, part)
    if details is not None and not speaks_of(details, facts):
        return part.became(Became.CHANGED, _OTHER_FACTS)
    asked = Asked(row, details, await is_already_approved(desk, facts, details))
    for _ in range(_JUDGED_ANEW):
        try:
            return await _judge_and_act(desk, part, asked)
        except StandpointMoved as moved:
            log.info("judged_anew", request_id=part.request_id, why=str(moved))
    return part.became(Became.NOT_DECIDED, "Grants are being changed at this moment. Press again.")


async def _judge_and_act(desk: Desk, part: Part, asked: Asked) -> Result:
    """The verdict, on identity and grants of this very moment (P1). Raises StandpointMoved."""
    again = await recognize(desk, part.press)
    if isinstance(again, Unidentified):
        await desk.ledger.record([judged_event("decision_refused", part, {"why": again.why})])
        desk.metrics.refused(again.why)
        return part.became(Became.REFUSED, again.sentence)
    part = replace(part, presser=again)
    facts, choice, judged_at = part.entry.facts, part.choice, desk.now()
    question = part.question(details=asked.details, already_approved=asked.already_approved)
    judged = await judge_decision(desk, question)
    if isinstance(judged.verdict, Refused):
        return await _refused(desk, part, judged)
    closed = unverified(facts, choice, desk.rules)
    if closed:
        return part.became(Became.NOT_DECIDED, closed)
    if not desk.rules.writes_on:
        rests_on = [str(basis) for basis in judged.verdict.rests_on]
        await desk.ledger.record([judged_event("decision_rehearsed", part, {"rests_on": rests_on})])
        return part.became(Became.REHEARSED, effect_of(choice, facts))
    if not desk.gate.is_open:
        return part.became(Became.NOT_DECIDED, refusal_sentence(TokenRefused("the token was refused before")))
    prepared = Prepared(
        press=part.press,
        presser=part.presser,
        case_id=part.case.case_id,
        facts=facts,
        choice=choice,
        verdict=judged.verdict,
        judged_at=judged_at,
        send=await sender_for(desk, choice, facts, asked.row, asked.details),
    )
    return await carry_out(desk, prepared)


async def _refused(desk: Desk, part: Part, judged: Judged) -> Result:
    verdict = judged.verdict
    if not isinstance(verdict, Refused):
        raise TypeError(f"{verdict} is no refusal")
    facts: dict[str, object] = {"why": verdict.why.value, "missing": verdict.missing, "where": verdict.where}
    await desk.ledger.record([judged_event("decision_refused", part, facts)])
    desk.metrics.refused(verdict.why.value)
    could = await present(desk, part.presser, judged.could)
    return part.became(Became.REFUSED, verdict.sentence, could)


async def _details(desk: Desk, part: Part) -> PermitDetails | None:
    """The permit form, for what has one; the portal refuses the question for storage and the rest."""
    if part.choice.verb is not Verb.APPROVE or part.case.kind not in (Kind.APPLICATION, Kind.ELEVATION):
        return None
    return await desk.portal.permit_details(part.request_id, part.entry.facts.organization_id)


async def _decided_elsewhere(desk: Desk, part: Part, sighting: Sighting) -> Result:
    """The portal was faster: correct the card at once and name its decider (P3)."""
    state = sighting.state

    def make(case: Case) -> Amendment | None:
        held = case.entry(part.request_id)
        if held is None or not held.standing.is_open:
            return None
        event = event_of(
            "decided_in_portal",
            part.press,
            case,
            request_id=part.request_id,
            facts={"status": state.status_label, "status_id": state.status_id},
            private={"decided_by": state.decided_by},
        )
        return settlement(desk, case, part.request_id, state, event)

    await amend(desk, part.case.case_id, make)
    by = state.decided_by or "somebody in the portal"
    return part.became(Became.DECIDED_BEFORE, f"Already decided by {by}: {state.status_label}.")


async def _facts_changed(desk: Desk, part: Part, sighting: Sighting) -> Result:
    """The portal shows something else than the card did: the press is void for this request (P8).

    What no longer fits its case is left to the next poll, which moves it: a case never comes to hold two files.
    """

    def make(case: Case) -> Amendment | None:
        held = case.entry(part.request_id)
        if held is None or held.facts == sighting.facts:
            return None
        if not lifecycle.fits(case, sighting.facts):
            return None
        event = event_of("request_changed", part.press, case, request_id=part.request_id)
        return Amendment(lifecycle.change_facts(case, sighting), (event,))

    await amend(desk, part.case.case_id, make)
    return part.became(Became.CHANGED, _OTHER_FACTS)


async def _answer(desk: Desk, press: Press, presser: Presser, case: Case, results: Sequence[Result]) -> None:
    effects = [answer(press, decision_answer(results))]
    effects += _tell_claimer(case, presser, results)
    effects += retire_twin(press, case)
    facts = {"became": {result.request_id: result.became.value for result in results}}
    event = event_of("press_answered", press, case, person_id=presser.person.person_id, facts=facts)
    await finish(desk, press, [event], effects)
    for result in results:
        desk.metrics.press(result.became.value)


def _tell_claimer(case: Case, presser: Presser, results: Sequence[Result]) -> list[Effect]:
    """Any permitted press still decides; whoever had claimed the case is told."""
    claim = case.claim
    decided = [r for r in results if r.became in (Became.APPROVED, Became.DENIED)]
    if claim is None or not decided or claim.actor.person_id == presser.person.person_id:
        return []
    said = messages.claim_overtaken(case, presser.person.name)
    return [tell(case, claim.actor.slack_user_id, said, f"claimer:{case.case_id}:{decided[0].request_id}")]


def retire_twin(press: Press, case: Case) -> list[Effect]:
    """A press on a second copy of the card (a crash between Slack's yes and our note) retires that copy (P5)."""
    if not press.message_ts or press.view_id or case.card is None:
        return []
    if (press.channel_id, press.message_ts) == (case.card.channel_id, case.card.ts):
        return []
    return [retire(case.case_id, press.channel_id, press.message_ts)]


def _on_its_way(part: Part) -> Result:
    attempt = part.entry.attempt
    if attempt is not None and attempt.press_id == part.press.press_id:
        sentence = "Your decision is on its way; Gatehouse keeps asking the portal."
        return part.became(Became.CHECKING, sentence)
    by = attempt.actor.name if attempt else "somebody else"
    return part.became(Became.BUSY, f"{by}'s decision on it is already on its way.")


def _had_ended(part: Part) -> Result:
    """It was decided before this look at it; by this very press, where the process died before it could answer."""
    outcome = part.entry.outcome
    attempt = outcome.attempt if outcome else None
    if outcome is None or attempt is None or attempt.press_id != part.press.press_id:
        return part.became(Became.DECIDED_BEFORE, ended_sentence(part.entry))
    became = Became.APPROVED if attempt.choice.verb is Verb.APPROVE else Became.DENIED
    return part.became(became, f"{attempt.effect} The portal says: {outcome.state.status_label}.")
