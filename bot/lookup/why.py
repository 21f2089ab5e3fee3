"""“Why blocked” on a card: what the Unified Audit holds of the case's file on its computers, around the requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from bot.cards import lookup
from bot.cards.case.card import subject_name
from bot.cards.kit.words import say
from bot.desk import Desk, Presser, Refusal, case_of, identify
from bot.lookup.looking import Look, look
from bot.lookup.paging import More, token_of
from bot.lookup.queries import Plan
from bot.lookup.reading import Deadline, why_not
from bot.lookup.saying import Answered, settle
from bot.lookup.scope import Scope
from bot.lookup.span import Span, next_second
from bot.models import Case, Press, RequestEntry
from bot.models.digests import digest_told
from bot.portal import BlockedQuery, PortalError
from permissions import Action, Refused, same_id

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
    span = span_around(case, desk.now()) if more is None else Span(more.start, more.end, _WORDS)
    answered = await _look(desk, presser, case, span, more.first if more else 1)
    await settle(desk, press, presser, answered, event=EVENT, case=case)


async def _look(desk: Desk, presser: Presser, case: Case, span: Span, first: int) -> Answered:
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        return Answered(said=lookup.cannot_look(why_not(error)), outcome="cannot_look")
    scope = Scope(presser, tree, desk.now())
    verdict = scope.judge(Action.LOOK_UP, case.organization_id)
    if isinstance(verdict, Refused):
        desk.metrics.refused(verdict.why.value)
        could = scope.could(Action.LOOK_UP, case.organization_id)
        said = lookup.not_allowed(verdict.sentence, could)
        return Answered(said=said, outcome="not_allowed", refusal=Refusal.of(verdict))
    look_up = Look(
        scope=scope,
        span=span,
        organization_ids=frozenset({same_id(case.organization_id)}),
        first=first,
        token=partial(_token, case.case_id, span),
        question=f"case {case.case_id}",
    )
    return await look(desk, look_up, plan_for(case, span), Deadline.begin())


def _token(case_id: str, span: Span, first: int) -> str:
    return token_of(More(case_id=case_id, start=span.start, end=span.end, first=first))


def span_around(case: Case, now: datetime) -> Span:
    """From an hour before the first request of the case to shortly after the last; to whole seconds."""
    times = [_asked_at(entry) for entry in case.requests]
    start = (min(times) - BEFORE).replace(microsecond=0)
    end = max(next_second(min(max(times) + AFTER, now)), start + BEFORE)
    return Span(start, end, _WORDS)


def _asked_at(entry: RequestEntry) -> datetime:
    return entry.facts.requested_at or entry.first_seen_at


def plan_for(case: Case, span: Span) -> Plan:
    """The questions: each computer once, the newest requests first, with the path that was asked for there."""
    newest = sorted(case.requests, key=_asked_at, reverse=True)
    places = list(dict.fromkeys((entry.facts.computer_name, entry.facts.path) for entry in newest))
    organization_id = same_id(case.organization_id)
    queries = tuple(
        BlockedQuery(
            organization_id=organization_id,
            start=span.start,
            end=span.end,
            hostname=computer_name,
            full_path=path,
            file_hash=digest_told(case.hash),
            show_child_organizations=True,
            within=frozenset({organization_id}),
        )
        for computer_name, path in places[:PLACES_MOST]
    )
    more = f"Looked at {PLACES_MOST} of {len(places)} computers; for all, ask /blocked with the hash."
    note = [say(more)] if len(places) > PLACES_MOST else []
    return Plan(asked=subject_name(case), queries=queries, note=note)
