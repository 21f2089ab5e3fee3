"""“Why was this blocked?” The Unified Audit's answer, to the asker alone, where the asker may look."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.cards import lookup
from bot.desk import Desk, Presser, Refusal, identify
from bot.lookup.looking import Look, look
from bot.lookup.paging import More, more_of, token_of
from bot.lookup.queries import plan_of
from bot.lookup.question import BlockQuestion, NotUnderstood, parse_question
from bot.lookup.reading import Deadline, why_not
from bot.lookup.saying import Answered, joined_names, settle
from bot.lookup.scope import Scope, chosen_organizations
from bot.lookup.span import Span, next_second
from bot.lookup.why import why_again
from bot.models import Press, PressKind
from bot.portal import PortalError
from permissions import Action, Refused

EVENT = "looked_up"
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
        await settle(desk, press, presser, await _first_page(desk, presser, press.text), event=EVENT)
        return
    more = more_of(token)
    if more is None:
        await settle(desk, press, presser, _old_button(), event=EVENT)
    elif more.case_id:
        await why_again(desk, press, presser, more)
    else:
        await settle(desk, press, presser, await _other_page(desk, presser, more), event=EVENT)


def _old_button() -> Answered:
    why = "This button belongs to an older answer. Ask the question again."
    return Answered(said=lookup.not_understood("(a page of an answer)", why), outcome="not_understood")


async def _first_page(desk: Desk, presser: Presser, text: str) -> Answered:
    question = parse_question(text, next_second(desk.now()), desk.rules.escalation.zone)
    if isinstance(question, NotUnderstood):
        return _not_understood(text, question.why)
    return await _ask(desk, presser, question, text, first=1)


async def _other_page(desk: Desk, presser: Presser, more: More) -> Answered:
    """The same question within the same times, judged by today's grants."""
    question = parse_question(more.question, more.end, desk.rules.escalation.zone)
    if isinstance(question, NotUnderstood):
        return _not_understood(more.question, question.why)
    span = replace(question.span, start=more.start, end=more.end)
    return await _ask(desk, presser, replace(question, span=span), more.question, first=more.first)


def _not_understood(text: str, why: str) -> Answered:
    private = {"question": text[:300]}
    return Answered(said=lookup.not_understood(text, why), outcome="not_understood", private=private)


async def _ask(desk: Desk, presser: Presser, question: BlockQuestion, text: str, *, first: int) -> Answered:
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
        first=first,
        token=token,
        question=text,
    )
    return await look(desk, look_up, plan, deadline)


def _token(text: str, span: Span, first: int) -> str:
    return token_of(More(question=text, start=span.start, end=span.end, first=first))


def _organizations(desk: Desk, scope: Scope, question: BlockQuestion) -> frozenset[str] | Answered:
    """Where to look, or why nowhere."""
    allowed = scope.organizations(Action.LOOK_UP)
    if not question.organization:
        return allowed or _refused(desk, Refusal(why="no_permission", told=_NOWHERE, missing=(_RIGHT,)))
    chosen = chosen_organizations(scope, question.organization, allowed)
    if len(chosen) == 1:
        return frozenset(chosen)
    if chosen:
        names = joined_names(scope.names(chosen))
        why = f"“in {question.organization}” could be {names}. Write the whole name."
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
