"""Why something was blocked: `/blocked`, and “Why blocked” on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.cards import lookup
from bot.cards.case.naming import subject_name
from bot.cards.kit.words import Run, say
from bot.desk import Desk, Presser, Refusal, case_of, identify
from bot.lookup.looking import Look, look
from bot.lookup.queries import Plan, plan_of
from bot.lookup.question import BlockQuestion, NotUnderstood, Span, next_second, parse_question
from bot.lookup.reading import Deadline, why_not
from bot.lookup.saying import Answered, More, joined_names, more_of, settle, token_of
from bot.lookup.scope import Scope, chosen_organizations
from bot.models import Case, Press, PressKind, RequestEntry
from bot.models.base import digest_told
from bot.portal import BlockedQuery, PortalError
from permissions import Action, Allowed, Refused, same_id, told_apart

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=15)
"""Our choice: a request is sent from the block's own dialog, so the block lies minutes before it."""
PLACES_MOST = 12
"""Computers that are asked about (our choice); a wider case is looked up by `/blocked` and its hash."""
EVENT = "looked_up"
_WORDS = "around the request"


async def why_blocked(desk: Desk, press: Press) -> None:
    """Answer “Why blocked” of a card. LedgerUnavailable passes through, and the press is taken up again."""
    presser = await identify(desk, press)
    if presser is not None:
        await _answer(desk, press, presser, press.case_id, None)


async def why_again(desk: Desk, press: Press, presser: Presser, more: More) -> None:
    """Another page of the same answer."""
    await _answer(desk, press, presser, more.case_id, more)


async def _answer(desk: Desk, press: Press, presser: Presser, case_id: str, more: More | None) -> None:
    case = await case_of(desk, press, case_id)
    if case is None:
        return
    is_pressed_card = case.card is not None and press.message_ts == case.card.ts
    beside = await desk.beside(case) if (more.whole_card if more else is_pressed_card) else ()
    cases = sorted([case, *beside], key=lambda one: (one.opened_at, one.case_id))
    answered = await _look(desk, presser, case, cases, more)
    await settle(desk, press, presser, answered, event=EVENT, case=case)


async def _look(
    desk: Desk, presser: Presser, case: Case, cases: Sequence[Case], more: More | None
) -> Answered:
    """Of a card that several cases share: those where the asker may look; where that is none, why not at the first
    that they may see."""
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        return Answered(said=lookup.cannot_look(why_not(error)), outcome="cannot_look")
    scope = Scope(presser, tree, desk.now())
    judged = [(one, scope.judge(Action.LOOK_UP, one.organization_id)) for one in cases]
    may = [one for one, verdict in judged if not isinstance(verdict, Refused)]
    if not may:
        return _may_not(desk, scope, case, judged)
    span = span_around(may[0], desk.now(), may[1:]) if more is None else Span(more.start, more.end, _WORDS)
    look_up = Look(
        scope=scope,
        span=span,
        organization_ids=frozenset(same_id(one.organization_id) for one in may),
        first=more.first if more else 1,
        permits=more is not None and more.permits,
        token=partial(_why_token, case.case_id, span, len(cases) > 1),
        question=f"case {case.case_id}" if len(cases) == 1 else f"the card of case {case.case_id}",
    )
    return await look(desk, look_up, plan_for(may[0], span, may[1:], of=len(cases)), Deadline.begin())


def _may_not(
    desk: Desk, scope: Scope, case: Case, judged: Sequence[tuple[Case, Allowed | Refused]]
) -> Answered:
    """Why not: at the first organization that the asker may see, else at that of the pressed case."""
    seen = [
        (one, verdict)
        for one, verdict in judged
        if not isinstance(scope.judge(Action.VIEW, one.organization_id), Refused)
    ]
    about, verdict = next(iter(seen), next(pair for pair in judged if pair[0] is case))
    if not isinstance(verdict, Refused):
        raise TypeError(f"{verdict} is no refusal")
    desk.metrics.refused(verdict.why.value)
    said = lookup.not_allowed(verdict.sentence, scope.could(Action.LOOK_UP, about.organization_id))
    return Answered(said=said, outcome="not_allowed", refusal=Refusal.of(verdict))


def _why_token(case_id: str, span: Span, whole_card: bool, first: int, permits: bool) -> str:
    return token_of(
        More(
            case_id=case_id,
            start=span.start,
            end=span.end,
            first=first,
            permits=permits,
            whole_card=whole_card,
        )
    )


def span_around(case: Case, now: datetime, beside: Sequence[Case] = ()) -> Span:
    """From an hour before the first request of the case, or of those beside it, to shortly after the last."""
    times = [_asked_at(entry) for one in (case, *beside) for entry in one.requests]
    start = (min(times) - BEFORE).replace(microsecond=0)
    end = max(next_second(min(max(times) + AFTER, now)), start + BEFORE)
    return Span(start, end, _WORDS)


def _asked_at(entry: RequestEntry) -> datetime:
    return entry.facts.requested_at or entry.first_seen_at


def plan_for(case: Case, span: Span, beside: Sequence[Case] = (), *, of: int = 1) -> Plan:
    """The questions: each computer once, the newest requests first, with the path that was asked for there.

    `of`: how many cases share the card, of which the asker may look at this one and those `beside` it.
    """
    cases = (case, *beside)
    newest = sorted(
        ((one, entry) for one in cases for entry in one.requests),
        key=lambda pair: _asked_at(pair[1]),
        reverse=True,
    )
    places = list(
        dict.fromkeys(
            (
                same_id(one.organization_id),
                entry.facts.computer_name,
                entry.facts.path,
                digest_told(one.hash),
            )
            for one, entry in newest
        )
    )
    queries = tuple(
        BlockedQuery(
            organization_id=organization_id,
            start=span.start,
            end=span.end,
            hostname=computer_name,
            full_path=path,
            file_hash=file_hash,
            show_child_organizations=True,
            within=frozenset({organization_id}),
        )
        for organization_id, computer_name, path, file_hash in places[:PLACES_MOST]
    )
    names = list(dict.fromkeys(map(subject_name, cases)))
    asked = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files"
    return Plan(asked=asked, queries=queries, note=_not_looked_at(len(cases), of, len(places)))


def _not_looked_at(seen: int, of: int, places: int) -> list[Run]:
    """What of a card was not looked at: cases that the asker may not see, places beyond the most."""
    note: list[Run] = []
    if seen < of:
        note.append(say(f"Of {of} on this card I looked at the {seen} where you may. "))
    if places > PLACES_MOST:
        what = "computers" if of == 1 else "computers and files"
        note.append(say(f"Looked at {PLACES_MOST} of {places} {what}; for all, ask /blocked with the hash."))
    return note


_RIGHT = "View Unified Audit"
_NOWHERE = (
    "Looking up why something was blocked needs View Unified Audit in an organization, and you have it in none. "
    "Ask somebody who does, or an administrator of Gatehouse for the right."
)


async def blocked(desk: Desk, press: Press) -> None:
    """Answer `/blocked <question>`, or a press on one of the answer's paging buttons.

    The token of a button is in `values["more"]`, or is the press's text. PortalError becomes an answer;
    LedgerUnavailable passes through, and the press is taken up again.
    """
    presser = await identify(desk, press)
    if presser is None:
        return
    token = press.values.get("more") or (press.text if press.kind is PressKind.BUTTON else "")
    if not token:
        await answer_question(desk, press, presser, press.text)
        return
    more = more_of(token)
    if more is None:
        await settle(desk, press, presser, _old_button(), event=EVENT)
    elif more.case_id:
        await why_again(desk, press, presser, more)
    else:
        await settle(desk, press, presser, await _other_page(desk, presser, more), event=EVENT)


async def answer_question(desk: Desk, press: Press, presser: Presser, text: str) -> None:
    """The first page of an answer, once it is known who asks."""
    await settle(desk, press, presser, await _first_page(desk, presser, text), event=EVENT)


def _old_button() -> Answered:
    why = "This button belongs to an older answer. Ask the question again."
    return Answered(said=lookup.not_understood("(a page of an answer)", why), outcome="not_understood")


async def _first_page(desk: Desk, presser: Presser, text: str) -> Answered:
    question = parse_question(text, next_second(desk.now()), desk.rules.escalation.zone)
    if isinstance(question, NotUnderstood):
        return _not_understood(text, question.why)
    return await _ask(desk, presser, question, text)


async def _other_page(desk: Desk, presser: Presser, more: More) -> Answered:
    """The same question within the same times, judged by today's grants."""
    question = parse_question(more.question, more.end, desk.rules.escalation.zone)
    if isinstance(question, NotUnderstood):
        return _not_understood(more.question, question.why)
    span = replace(question.span, start=more.start, end=more.end)
    return await _ask(desk, presser, replace(question, span=span), more.question, more)


def _not_understood(text: str, why: str) -> Answered:
    private = {"question": text[:300]}
    return Answered(said=lookup.not_understood(text, why), outcome="not_understood", private=private)


async def _ask(
    desk: Desk, presser: Presser, question: BlockQuestion, text: str, more: More | None = None
) -> Answered:
    try:
        scope = Scope(presser, await desk.tree.current(), desk.now())
    except PortalError as error:
        return Answered(said=lookup.cannot_look(why_not(error)), outcome="cannot_look")
    organization_ids = _organizations(desk, scope, question)
    if isinstance(organization_ids, Answered):
        return replace(organization_ids, private={"question": text[:300]})
    deadline = Deadline.begin()
    plan = await plan_of(desk, question, scope, organization_ids, deadline)
    token = partial(_token, text.strip(), question.span)
    look_up = Look(
        scope=scope,
        span=question.span,
        organization_ids=organization_ids,
        first=more.first if more else 1,
        permits=more is not None and more.permits,
        token=token,
        question=text,
    )
    return await look(desk, look_up, plan, deadline)


def _token(text: str, span: Span, first: int, permits: bool) -> str:
    return token_of(More(question=text, start=span.start, end=span.end, first=first, permits=permits))


def _organizations(desk: Desk, scope: Scope, question: BlockQuestion) -> frozenset[str] | Answered:
    """Where to look, or why nowhere."""
    allowed = scope.organizations(Action.LOOK_UP)
    if not question.organization:
        return allowed or _refused(desk, Refusal(why="no_permission", told=_NOWHERE, missing=(_RIGHT,)))
    chosen = chosen_organizations(scope, question.organization, allowed)
    if len(chosen) == 1:
        return frozenset(chosen)
    if chosen:
        names = told_apart(chosen, scope.presser.access, scope.tree)
        write = (
            "Write the whole name, or what stands in brackets."
            if "(" in "".join(names)
            else "Write the whole name."
        )
        why = f"“in {question.organization}” could be {joined_names(names)}. {write}"
        return Answered(said=lookup.not_understood(question.asked, why), outcome="not_understood")
    return _not_there(desk, scope, question)


def _not_there(desk: Desk, scope: Scope, question: BlockQuestion) -> Answered:
    """A named organization without the right there. One that the asker may not see sounds like one that is not."""
    seen = chosen_organizations(scope, question.organization, scope.organizations(Action.VIEW))
    verdict = scope.judge(Action.LOOK_UP, seen[0]) if len(seen) == 1 else None
    if isinstance(verdict, Refused):
        return _refused(desk, Refusal.of(verdict), scope.could(Action.LOOK_UP, seen[0]))
    sentence = (
        f"You have View Unified Audit in no organization called {question.organization}. "
        "If “in” belongs to the path, put the path between quotation marks."
    )
    return _refused(desk, Refusal(why="no_permission", told=sentence, missing=(_RIGHT,)))


def _refused(desk: Desk, refusal: Refusal, could: tuple[str, ...] = ()) -> Answered:
    desk.metrics.refused(refusal.why)
    return Answered(said=lookup.not_allowed(refusal.told, could), outcome="not_allowed", refusal=refusal)
