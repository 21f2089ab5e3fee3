"""A decision press, from the stored press to the answer: one-press approval, and both modals' submissions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from bot.decision.approve.plan import planned
from bot.decision.attempt import ANOTHER_AWAITS, SPENT, Before, Prepared, carry_out
from bot.decision.effect import Counted, computers_named, counted, effect_of, spread_with_history
from bot.decision.parts import Asked, Part, judged_event, lacking, lacking_though_permitted, refused_event
from bot.decision.reconcile import find_outstanding
from bot.decision.second import agreeing as second
from bot.decision.second import earlier
from bot.decision.shown import ChoiceOf, Target, spread_in_family, targets_of
from bot.decision.storage.write import named_by_portal
from bot.decision.telling import (
    Became,
    End,
    Result,
    answer_press,
    had_ended,
    in_portal,
)
from bot.decision.verdict import (
    Judged,
    Question,
    is_already_approved,
    judge_at_best,
    judge_decision,
    refused_any_global,
    with_beside,
    without_guess,
)
from bot.decision.writes import prepared_words, sender_for, unverified
from bot.desk import (
    MOVING,
    Amendment,
    Desk,
    Presser,
    Refusal,
    Unidentified,
    amend,
    event_of,
    judged_anew,
    look,
    present,
    pressed_stored,
    recognize,
    recording,
    refusal_sentence,
    settlement,
)
from bot.ledger import StoredCase
from bot.models import (
    Case,
    Choice,
    Press,
    Reach,
    RequestEntry,
    Sighting,
    Standing,
    Verb,
)
from bot.portal import PermitDetails, PortalError, TokenRefused, speaks_of
from bot.portal.permit_form import why_no_one_press
from bot.rules import lifecycle
from bot.rules.kinds import traits_of
from bot.rules.second import Spread
from permissions import Allowed, Refused

log = structlog.get_logger()

Answer = TypeVar("Answer")

_OTHER_FACTS = "The portal shows other facts than the card did. Read the card again, then press."


async def decide(
    desk: Desk, press: Press, choice: Choice, request_ids: Sequence[str] = (), *, awaited_id: str = ""
) -> None:
    """Decide the requests that the pressed card or modal showed, each on its own, and answer the presser (P1, P8).

    `request_ids` narrows it to some of them (a modal's choice); empty means all that were shown. `awaited_id`: the
    press agrees to what waits for a second person under this id, and decides nothing else.
    """
    found = await pressed_stored(desk, press)
    if found is not None:
        await decide_on(desk, press, found, choice, request_ids, awaited_id=awaited_id)


async def decide_on(
    desk: Desk,
    press: Press,
    found: tuple[Presser, StoredCase],
    choice: Choice | ChoiceOf,
    request_ids: Sequence[str] = (),
    *,
    awaited_id: str = "",
) -> None:
    """The same for a press whose presser and case its use case has found already, to make the choice of them."""
    choice_of = choice if callable(choice) else lambda _: choice
    targets = await targets_of(desk, press, found, choice_of, request_ids)
    await decide_each(desk, press, found[0], targets, awaited_id=awaited_id)


async def decide_each(
    desk: Desk, press: Press, presser: Presser, targets: Sequence[Target], *, awaited_id: str = ""
) -> None:
    """Decide each case of a press by itself, in turn, and answer once."""
    named = [_named(target) for target in targets]
    seen = [
        entry for target, entries in zip(targets, named, strict=True) if target.is_seen for entry in entries
    ]
    spread = computers_named(entry.facts for entry in seen if entry.standing.is_open)
    ends = []
    for target, entries in zip(targets, named, strict=True):
        parts = _parts(target, presser, entries, spread if target.is_seen else None)
        ends.append(await _decide_case(desk, target, parts, awaited_id))
    await answer_press(desk, press, presser, ends)


async def _decide_case(desk: Desk, target: Target, parts: Sequence[Part], awaited_id: str) -> End:
    stored, results = target.stored, list[Result]()
    blocked = await lacking(desk, target.press, target.case, target.choice)
    for part in parts:
        # One after the other, each from where the last one left the case: side by side they would only race there.
        result = await _decide_one(desk, replace(part, awaited_id=awaited_id, known=stored), blocked)
        stored = result.after or stored
        results.append(
            replace(result, organization_name=target.case.organization_name, is_seen=target.is_seen)
        )
    return End(target, tuple(results), stored.case)


def _named(target: Target) -> list[RequestEntry]:
    """What the press named of a case: the requests that its card showed, less those that the presser left out."""
    shown = target.case.shown_at(target.press.revision)
    ids = target.request_ids
    return [entry for entry in shown if not ids or entry.facts.request_id in ids]


def _parts(
    target: Target, presser: Presser, named: Sequence[RequestEntry], spread: Spread | None
) -> list[Part]:
    """The named requests that can still be decided, or ended meanwhile; of what is over, all of it."""
    asked = [entry for entry in named if entry.standing.is_open or _ended_since(entry, target.press)]
    own = spread or computers_named(entry.facts for entry in named if entry.standing.is_open)
    return [Part(target.press, presser, target.case, entry, target.choice, own) for entry in asked or named]


def _ended_since(entry: RequestEntry, press: Press) -> bool:
    """Whether it ended after the press: its presser has to hear of that, and not of what ended long before."""
    return entry.outcome is not None and entry.outcome.seen_at >= press.received_at


async def _decide_one(desk: Desk, part: Part, blocked: str) -> Result:
    """A missing right comes before every other reason: who may not is told of it, and of nothing else (12.1).

    What no right would change, such as a reach that the portal has to tell, is judged with the portal's facts.
    """
    if not part.has_acted:
        try:
            at_best = await judge_at_best(desk, part.question())
        except PortalError as error:
            log.warning("decision_not_judged", request_id=part.request_id, why=str(error))
            return part.became(Became.NOT_DECIDED, refusal_sentence(error))
        if isinstance(at_best.verdict, Refused) and at_best.verdict.missing:
            return await _refused(desk, part, at_best)
    return await _decide_permitted(desk, part, blocked)


async def _decide_permitted(desk: Desk, part: Part, blocked: str) -> Result:
    if not part.entry.standing.is_open:
        return had_ended(part.entry, part.press)
    if blocked:
        return await _lacks(desk, part, blocked)
    if part.entry.standing is not Standing.PENDING:
        return await find_outstanding(desk, part.press, part.case.case_id, part.entry, part.known)
    if part.press.press_id in part.entry.spent_presses:
        return part.became(Became.NOT_DECIDED, SPENT)
    if part.awaited_id and part.awaited is None:
        return part.became(Became.CHANGED, ANOTHER_AWAITS)
    if part.entry.facts_revision > part.press.revision:
        return part.became(Became.CHANGED, "Its facts changed after the card you pressed was drawn.")
    if part.press.revision > part.case.revision:
        # No card can have shown it: it would name every later joiner, and excuse every changed fact.
        return part.became(Became.CHANGED, "The card you pressed is not one of this case as it is.")
    try:
        return await _ask_and_act(desk, part)
    except PortalError as error:
        log.warning("decision_not_made", request_id=part.request_id, why=str(error))
        return part.became(Became.NOT_DECIDED, refusal_sentence(error))


async def _lacks(desk: Desk, part: Part, blocked: str) -> Result:
    """What the press or its choice lacks; to whoever may not do it anyway that comes first (semantics 12.1).

    Who may elevate what may run already, and nothing else, reads that of what may not run (semantics 6.3).
    """
    try:
        at_best = await judge_at_best(desk, part.question())
        if isinstance(at_best.verdict, Allowed) and traits_of(part.case.kind).elevates:
            details = await _details(desk, part)
            approved = await is_already_approved(desk, part.entry.facts, details)
            question = part.question(details=details, already_approved=approved)
            at_best = await judge_decision(desk, question)
    except PortalError as error:
        log.info("lacking_not_judged", request_id=part.request_id, why=str(error))
    else:
        if isinstance(at_best.verdict, Refused):
            return await _refused(desk, part, at_best)
    return part.became(Became.NOT_DECIDED, blocked)


async def _ask_and_act(desk: Desk, part: Part) -> Result:
    """The request as the portal has it now, the verdict, then the write (or what it would have been)."""
    at_best = await judge_at_best(desk, part.question())
    if isinstance(at_best.verdict, Refused):
        return await _refused(desk, part, at_best)
    facts = part.entry.facts
    # Side by side: the portal's answers are most of what a presser waits for. Of a request that is over, or is another
    # one by now, nobody reads the form.
    seen, form = await asyncio.gather(look(desk, facts), _details(desk, part), return_exceptions=True)
    row, sighting = _answer_of(seen)
    if not sighting.state.standing.is_open:
        return await _decided_elsewhere(desk, part, sighting)
    if sighting.facts != facts:
        return await _facts_changed(desk, part, sighting)
    details = _answer_of(form)
    if details is not None and not speaks_of(details, facts):
        return part.became(Became.CHANGED, _OTHER_FACTS)
    if details is not None and not part.press.view_id and (odd := why_no_one_press(details)):
        return part.became(
            Became.NOT_DECIDED, f"One press cannot approve this: {odd}. Use “Approve…” instead."
        )
    try:
        plan = await planned(desk, part.choice, facts, details)
    except PortalError:
        # A group that the portal does not list: whoever may take no global group anyway reads that first (12.1).
        no_global = await refused_any_global(desk, replace(part.question(), already_approved=True))
        if no_global is None:
            raise
        return await _refused(desk, part, without_guess(no_global))
    choice = plan.choice if plan else await named_by_portal(desk, part.choice, facts)
    part = replace(part, choice=choice)
    asked = Asked(row, details, await is_already_approved(desk, facts, details), plan)
    return await judged_anew(
        part.press, partial(_judge_and_act, desk, part, asked), partial(_still_moving, part)
    )


def _answer_of(answer: Answer | BaseException) -> Answer:
    """Raises what was raised instead."""
    if isinstance(answer, BaseException):
        raise answer
    return answer


async def _still_moving(part: Part) -> Result:
    return part.became(Became.NOT_DECIDED, MOVING)


async def _judge_and_act(desk: Desk, part: Part, asked: Asked) -> Result:
    """The verdict, on identity and grants of this very moment (P1). Raises StandpointMoved."""
    again = await recognize(desk, part.press)
    if isinstance(again, Unidentified):
        await desk.ledger.record([refused_event(part, Refusal(why=again.why, told=again.sentence))])
        desk.metrics.refused(again.why)
        return part.became(Became.REFUSED, again.sentence)
    part, judged_at = replace(part, presser=again), desk.now()
    question = part.question(details=asked.details, already_approved=asked.already_approved, plan=asked.plan)
    question = await with_beside(desk, question)
    judged = await judge_decision(desk, question)
    if isinstance(judged.verdict, Refused):
        return await _refused(desk, part, judged)
    return await _act(desk, part, asked, question, verdict=judged.verdict, judged_at=judged_at)


async def _act(
    desk: Desk, part: Part, asked: Asked, question: Question, *, verdict: Allowed, judged_at: datetime
) -> Result:
    """What is permitted: the write, a second person's turn, or why it is not done all the same."""
    facts, choice = part.entry.facts, part.choice
    on_their_way = await counted(desk, facts) if choice.verb is Verb.APPROVE else Counted()
    if lacks := await lacking_though_permitted(desk, part, asked, question, on_their_way):
        return part.became(Became.NOT_DECIDED, lacks)
    reaches = second.reach_of(question)
    ringfencing = asked.plan.ringfencing if asked.plan else ()
    effect = effect_of(choice, facts, reaches=reaches, ringfencing=ringfencing)
    first_rests_on = await second.judge_first(desk, part, question, effect)
    if isinstance(first_rests_on, Result):
        return first_rests_on
    if closed := unverified(facts, choice, desk.rules, reaches):
        return part.became(Became.NOT_DECIDED, prepared_words(closed, effect, asked.plan, desk.rules))
    spread = await spread_with_history(desk, facts, part.spread, on_their_way)
    part = replace(part, spread=await spread_in_family(desk, part.case, spread))
    because, before = await _who_else(desk, part, question, reaches)
    prepared = Prepared(
        press=part.press,
        presser=part.presser,
        case_id=part.case.case_id,
        facts=facts,
        choice=choice,
        verdict=verdict,
        judged_at=judged_at,
        send=await sender_for(desk, choice, facts, asked.row, asked.plan),
        effect=effect,
        reaches=reaches,
        spread=part.spread,
        tallies=on_their_way.standpoint,
        awaited=part.awaited,
        first_rests_on=first_rests_on,
        before=before,
        known=part.known,
    )
    kept = await _not_sent(desk, prepared, part, because)
    if kept is not None or not because:
        return kept or await carry_out(desk, prepared)
    return await second.wait(desk, part, prepared, question, because)


async def _who_else(desk: Desk, part: Part, question: Question, reaches: Reach) -> tuple[str, Before | None]:
    """Why a second person has to agree, unless somebody has agreed to this very file before; and who that was."""
    because = second.needs_two(desk, part, reaches)
    before = await earlier.agreed_before(desk, part, question, reaches) if because else None
    return "" if before is not None else because, before


async def _not_sent(desk: Desk, prepared: Prepared, part: Part, because: str) -> Result | None:
    """What becomes of a permitted decision while nothing is written: writes are off, or the portal's door is shut."""
    if not desk.rules.writes_on:
        rests_on = [str(basis) for basis in prepared.verdict.rests_on]
        await desk.ledger.record([judged_event("decision_rehearsed", part, {"rests_on": rests_on})])
        return part.became(Became.REHEARSED, prepared.effect + second.would_wait(because))
    if not desk.gate.is_open:
        return part.became(Became.NOT_DECIDED, refusal_sentence(TokenRefused("the token was refused before")))
    return None


async def _refused(desk: Desk, part: Part, judged: Judged) -> Result:
    verdict = judged.verdict
    if not isinstance(verdict, Refused):
        raise TypeError(f"{verdict} is no refusal")
    await desk.ledger.record([refused_event(part, Refusal.of(verdict))])
    desk.metrics.refused(verdict.why.value)
    could = await present(desk, part.presser, judged.could)
    return part.became(Became.REFUSED, verdict.sentence, could)


async def _details(desk: Desk, part: Part) -> PermitDetails | None:
    """The permit form, for what has one; the portal refuses the question for storage and the rest."""
    if part.choice.verb is not Verb.APPROVE or not traits_of(part.case.kind).has_permit_form:
        return None
    return await desk.portal.permit_details(part.request_id, part.entry.facts.organization_id)


async def _decided_elsewhere(desk: Desk, part: Part, sighting: Sighting) -> Result:
    """The portal was faster: correct the card at once and name its decider (P3)."""
    state = sighting.state

    def make(case: Case) -> Amendment | None:
        held = case.entry(part.request_id)
        if held is None or not held.standing.is_open:
            return None
        attempt = held.attempt
        ours = attempt is not None and lifecycle.is_ours(attempt, state)
        name = "decision_settled" if ours else "decided_in_portal"
        event = recording.settled(name, case, part.request_id, state, attempt, press=part.press)
        return settlement(desk, case, part.request_id, state, event)

    after = await amend(desk, part.case.case_id, make, known=part.known)
    by = state.decided_by or "somebody in the portal"
    sentence = f"Already decided by {by}: {state.status_label}."
    became = part.became(Became.DECIDED_BEFORE, sentence, by=in_portal(state.decided_by))
    return replace(became, after=after)


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

    after = await amend(desk, part.case.case_id, make, known=part.known)
    return replace(part.became(Became.CHANGED, _OTHER_FACTS), after=after)
