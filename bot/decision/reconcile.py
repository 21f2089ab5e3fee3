"""Attempts whose outcome is not known: ask the request until it says something, then tell the presser (P2, P3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.cards.messages import decisions
from bot.decision.telling import Result, had_ended, on_its_way
from bot.desk import (
    Amendment,
    Desk,
    amend,
    calls_again,
    case_message,
    decision_told,
    doubt_told,
    event_of,
    look,
    mode_started,
    recording,
    tell,
)
from bot.ledger import StoredCase
from bot.models import (
    Attempt,
    Case,
    DecisionNote,
    Effect,
    Event,
    Place,
    PortalState,
    Press,
    RequestEntry,
    RunningMode,
    Sighting,
    Standing,
    TakenDue,
    Urgency,
)
from bot.portal import NotFound, PortalError, decided_lately, state_of
from bot.rules import lifecycle, remembering
from bot.rules.attempts import Turn, is_over, turn_of

log = structlog.get_logger()


async def reconcile(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Look at every outstanding attempt of a case once. Whatever stays open is looked at again in seconds.

    An attempt that somebody in the portal was faster than is looked at too: a portal that takes a second decision
    shows ours by now, and then the card and the record say so.
    """
    seen: dict[str, Sighting] = {}
    gone: set[str] = set()
    for entry in case.requests:
        if entry.overtaken is None and (entry.attempt is None or not entry.standing.is_open):
            continue
        try:
            _, seen[entry.facts.request_id] = await look(desk, entry.facts)
        except NotFound:
            gone.add(entry.facts.request_id)
        except PortalError as error:
            log.warning("reconcile_could_not_ask", request_id=entry.facts.request_id, why=str(error))

    def make(current: Case) -> Amendment | None:
        return _with_overtaken(desk, _amendment(desk, current, seen), seen, gone)

    await amend(desk, case.case_id, make, taken=taken)


async def find_outstanding(
    desk: Desk, press: Press, case_id: str, entry: RequestEntry, known: StoredCase | None = None
) -> Result:
    """What a press hears that finds an attempt on its request outstanding: somebody else's, or its own.

    Its own: it was taken up again while the process that had made the attempt may still be at work. One of the two
    answers it. Were that only “on its way”, whoever settles the attempt would have nobody to tell; so the attempt is in
    doubt from now on, and its end is told by whoever finds it out.
    """
    attempt = entry.attempt
    if attempt is None or attempt.press_id != press.press_id or entry.standing is Standing.CHECKING:
        return on_its_way(entry, press)

    def make(case: Case) -> Amendment | None:
        held = case.entry(entry.facts.request_id)
        if held is None or held.attempt is None or held.attempt.attempt_id != attempt.attempt_id:
            return None
        doubted = lifecycle.doubt_attempt(case, held.facts.request_id, desk.now())
        return Amendment(doubted, (_event("decision_in_doubt", case, held, attempt),))

    after = await amend(desk, case_id, make, known=known) or await desk.ledger.case(case_id)
    now = after.case.entry(entry.facts.request_id) if after else None
    if now is None or now.standing.is_open:
        return replace(on_its_way(now or entry, press), after=after)
    return replace(had_ended(now, press), after=after)


def _amendment(desk: Desk, case: Case, seen: dict[str, Sighting]) -> Amendment:
    """What the sightings make of the outstanding attempts; at the least, another look is armed."""
    events: list[Event] = []
    effects: list[Effect] = []
    notes: list[DecisionNote] = []
    modes: list[RunningMode] = []
    current = case
    for entry in case.open_requests:
        sighting = seen.get(entry.facts.request_id)
        if entry.attempt is None:
            continue
        name, current = _next(desk, current, entry, entry.attempt, sighting)
        if name == "decision_still_unknown" and entry.standing is Standing.CHECKING:
            continue
        if name == "decision_settled" and sighting is not None:
            request_id = entry.facts.request_id
            events.append(recording.settled(name, case, request_id, sighting.state, entry.attempt))
        else:
            events.append(_event(name, case, entry, entry.attempt))
        if name in ("decision_settled", "decision_reopened"):
            effects.append(
                doubt_told(case, entry.attempt, lifecycle.entry_of(current, entry.facts.request_id))
            )
        if name == "decision_settled":
            notes += remembering.decision_notes(current, entry.facts.request_id)
            modes += mode_started(current, entry.facts.request_id, desk.now())
    return Amendment(current, events, effects, notes=notes, modes=modes)


def overruling(desk: Desk, case: Case, entry: RequestEntry, state: PortalState) -> Amendment | None:
    """The portal shows another decision than the one that ended a request: our overtaken attempt's, or somebody's.

    The first one stays in the record and in the thread; the card says what the portal says now (P3, P7). None: nothing
    of our own was on its way, or what is known still stands.
    """
    attempt, request_id = entry.overtaken, entry.facts.request_id
    if attempt is None or state.standing.is_open:
        return None
    if not lifecycle.is_ours(attempt, state):
        return _decided_again(desk, case, entry, state) if state.standing is not entry.standing else None
    after = lifecycle.overrule(case, request_id, state, desk.now())
    ended = lifecycle.entry_of(after, request_id)
    return Amendment(
        after,
        (recording.settled("decision_settled", case, request_id, state, attempt),),
        effects=[
            doubt_told(case, attempt, ended, tag="after_all"),
            *decision_told([(after, [ended])], attempt.press_id, desk.rules),
            calls_again(after),
        ],
        notes=remembering.decision_notes(after, request_id),
        modes=mode_started(after, request_id, desk.now()),
    )


def _decided_again(desk: Desk, case: Case, entry: RequestEntry, state: PortalState) -> Amendment:
    """Somebody in the portal has decided once more: card, thread and record say so, and whose press it overruled."""
    request_id, before = entry.facts.request_id, entry.outcome.attempt if entry.outcome else None
    after = lifecycle.overrule(case, request_id, state, desk.now())
    said = decisions.decided_again(lifecycle.entry_of(after, request_id))
    effect_id = f"decided_again:{request_id}:{state.decided_at or desk.now():%Y-%m-%dT%H:%M:%S}"
    told = [tell(after, before.actor.slack_user_id, said, f"{effect_id}:told")] if before else []
    return Amendment(
        after,
        (recording.settled("decided_in_portal", case, request_id, state, entry.overtaken),),
        effects=[
            case_message(after, effect_id, said, Place.CARD, Urgency.REDRAW, in_thread=True),
            *told,
            calls_again(after),
        ],
        notes=remembering.decision_notes(after, request_id),
    )


_LOOKS_BACK = timedelta(minutes=15)
"""How long after it was made a second decision of somebody in the portal is looked for (our choice)."""


async def look_back(desk: Desk) -> int:
    """What somebody in the portal has decided once more lately, where another decision had closed the request: no list
    of open ones shows it. How many were corrected. Raises PortalError."""
    lately = await decided_lately(desk.portal.lists, desk.now() - _LOOKS_BACK)
    shown = {row.approval_request_id: state_of(row) for row in lately}
    case_ids = await desk.ledger.case_ids_of_requests(shown)
    held = await desk.ledger.cases(sorted(set(case_ids.values())))
    corrected = 0
    for request_id, case_id in case_ids.items():
        stored = held.get(case_id)
        entry = stored.case.entry(request_id) if stored is not None else None
        if entry is not None and _is_overruled(entry, shown[request_id]):
            corrected += await _correct(desk, case_id, entry)
    if corrected:
        log.info("decided_once_more_in_portal", requests=corrected)
    return corrected


def _is_overruled(entry: RequestEntry, state: PortalState) -> bool:
    """Whether this is another decision than the one that we know of, and no older one that is shown late."""
    if entry.standing.is_open or entry.left or entry.outcome is None or state.standing.is_open:
        return False
    known, decided_at = entry.outcome.state.decided_at, state.decided_at
    return state.standing is not entry.standing and (
        known is None or decided_at is None or decided_at >= known
    )


async def _correct(desk: Desk, case_id: str, entry: RequestEntry) -> bool:
    """Ask the request itself: a list may be late."""
    try:
        _, sighting = await look(desk, entry.facts)
    except PortalError as error:
        log.warning("second_decision_not_read", request_id=entry.facts.request_id, why=str(error))
        return False

    def make(case: Case) -> Amendment | None:
        held = case.entry(entry.facts.request_id)
        if held is None or case.redacted_at is not None or not _is_overruled(held, sighting.state):
            return None
        return overruling(desk, case, held, sighting.state) or _decided_again(
            desk, case, held, sighting.state
        )

    return await amend(desk, case_id, make) is not None


def _with_overtaken(
    desk: Desk, made: Amendment, seen: Mapping[str, Sighting], gone: Collection[str]
) -> Amendment:
    """The same with what became of overtaken attempts: they have taken effect, or can do so no more."""
    is_shown = bool(made.events)
    for entry in made.case.requests:
        attempt, request_id = entry.overtaken, entry.facts.request_id
        sighting = seen.get(request_id)
        if attempt is None or (sighting is None and request_id not in gone):
            continue
        more = overruling(desk, made.case, entry, sighting.state) if sighting is not None else None
        is_shown |= more is not None
        if more is None and is_over(attempt.not_after, desk.now(), desk.rules):
            ended = lifecycle.end_overtaken(made.case, request_id)
            more = Amendment(ended, (_event("decision_overtaken", made.case, entry, attempt),))
        if more is not None:
            made = _both(made, more)
    if not made.events:
        return replace(made, events=(event_of("decision_still_unknown", None, made.case),))
    return replace(made, is_shown=is_shown)


def _both(first: Amendment, then: Amendment) -> Amendment:
    return replace(
        first,
        case=then.case,
        events=(*first.events, *then.events),
        effects=(*first.effects, *then.effects),
        notes=(*first.notes, *then.notes),
        modes=(*first.modes, *then.modes),
    )


def _next(
    desk: Desk, case: Case, entry: RequestEntry, attempt: Attempt, sighting: Sighting | None
) -> tuple[str, Case]:
    request_id, now = entry.facts.request_id, desk.now()
    shown = None if sighting is None else not sighting.state.standing.is_open
    turn = turn_of(attempt.not_after, now, desk.rules, shown=shown)
    if turn is Turn.SETTLE and sighting is not None:
        return "decision_settled", lifecycle.settle(case, request_id, sighting.state, now)
    if turn is Turn.REOPEN:
        return "decision_reopened", lifecycle.end_attempt(case, request_id)
    if turn is Turn.DOUBT:
        return "decision_still_unknown", lifecycle.doubt_attempt(case, request_id, now)
    return "decision_still_unknown", case


def _event(name: str, case: Case, entry: RequestEntry, attempt: Attempt) -> Event:
    return event_of(
        name,
        None,
        case,
        request_id=entry.facts.request_id,
        press_id=attempt.press_id,
        person_id=attempt.actor.person_id,
        slack_user_id=attempt.actor.slack_user_id,
        facts=recording.attempt_facts(attempt),
        private=recording.attempt_words(attempt),
    )
