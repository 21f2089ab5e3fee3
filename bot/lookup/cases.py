"""Open cases for one person: the queue, a caller's requests, what one has claimed; and the plan of one case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.cards import Rendered
from bot.cards.case.naming import kind_of, subject_name
from bot.cards.case.timeline import plan_lines
from bot.cards.home import CASES_SHOWN, CaseLine, DecidedLine, case_list_lines, find_answer
from bot.cards.kit.blocks import message
from bot.cards.kit.words import Line, raw, say, strong
from bot.cards.messages import answers
from bot.desk import Desk, Presser, Refusal, approving_lets_in_own, identify
from bot.lookup.open_cases import DECIDED, DECIDED_LATELY, decided_cases, decision_runs
from bot.lookup.question import NotUnderstood, clean_text
from bot.lookup.reading import why_not
from bot.lookup.saying import Answered, settle, with_sentence
from bot.lookup.scope import Scope
from bot.lookup.waiting import (
    by_card,
    by_deadline,
    first_cards,
    may_decide,
    read_seen,
    seen_piles,
    waiting,
    whole_cards,
)
from bot.models import Case, Press, RequestFacts
from bot.portal import PortalError
from bot.rules.rows import names_in, pieces_of
from bot.rules.typed import bare, with_hyphens
from permissions import Action, OrganizationTree

QUEUE_USAGE = "/gatehouse queue"
FIND_USAGE = "/gatehouse find <user | computer>"

PIECES_MOST = 8
"""Pieces of a name between stars (our choice): each is looked for in every name."""
CALLER_LEAST = 2
"""Letters of a caller's name or computer (our choice): one letter is part of nearly every name."""


def lines_of(desk: Desk, cards: Iterable[Sequence[Case]]) -> list[CaseLine]:
    """A line for each card, with the link to it."""
    return [
        CaseLine(
            cases[0],
            desk.permalink(cases[0]),
            sharing=tuple(cases) if len(cases) > 1 else (),
            now=desk.now(),
        )
        for cases in cards
    ]


_LATE_LOOK = timedelta(minutes=3)
"""How old the last whole look at the portal may be before lists say so (our choice: three looks while it is idle)."""


async def seen_no_later(desk: Desk) -> str:
    """Since when nothing of the portal is in what is listed, where that is long ago; empty: it was looked at just now.

    “Nothing waits” would else be said of what nobody has looked at.
    """
    looked = await desk.ledger.looks.last()
    if looked is None or desk.now() - looked <= _LATE_LOOK:
        return ""
    at = f"{looked:%Y-%m-%d %H:%M} UTC"
    return f"The portal was looked at as a whole last at {at}; what was asked or decided there since is not in here."


async def queue(desk: Desk, press: Press) -> None:
    """`/gatehouse queue`: the open cases that the asker may see, those that they may decide first."""
    presser = await identify(desk, press)
    if presser is None:
        return
    await settle(desk, press, presser, await _queue(desk, presser), event="queue_read")


async def _queue(desk: Desk, presser: Presser) -> Answered:
    scope = await scope_of(desk, presser)
    if isinstance(scope, Answered):
        return scope
    organization_ids = scope.organizations(Action.QUEUE)
    if not organization_ids:
        return no_view(desk)
    open_now = await waiting(desk, scope)
    mine = await first_cards(open_now.may_decide, CASES_SHOWN)
    # One's own lie among those that one's rights would decide: they are put in their place here.
    others = by_deadline([*await first_cards(open_now.others, CASES_SHOWN), *open_now.own])
    for_them = await whole_cards(desk, scope, mine, lambda case: may_decide(scope, case))
    for_others = await whole_cards(desk, scope, others, lambda case: not may_decide(scope, case))
    counts = open_now.may_decide.total, open_now.others.total + len(open_now.own)
    facts = {
        "organizations": sorted(organization_ids),
        "may_decide": counts[0],
        "others": counts[1],
        "rests_on": scope.rests_on(Action.QUEUE, organization_ids),
    }
    said = _queue_answer(lines_of(desk, for_them), lines_of(desk, for_others), counts)
    said = with_sentence(said, await seen_no_later(desk))
    return Answered(said=said, outcome="shown", facts=facts)


def _queue_answer(mine: Sequence[CaseLine], others: Sequence[CaseLine], counts: tuple[int, int]) -> Rendered:
    lines: list[Line] = [
        [strong("Waiting for a decision that you may make")],
        *case_list_lines(mine, "Nothing waits for you.", counts[0]),
    ]
    if others:
        lines += [
            [say(" ")],
            [strong("Open, for others to decide")],
            *case_list_lines(others, "", counts[1]),
        ]
    return message(lines)


async def find(desk: Desk, press: Press) -> None:
    """`/gatehouse find <user | computer>`: a caller's open cases, as far as the asker may see."""
    presser = await identify(desk, press)
    if presser is None:
        return
    await answer_caller(desk, press, presser, press.text)


async def answer_caller(desk: Desk, press: Press, presser: Presser, text: str) -> None:
    """The same once it is known who asks, with what was typed."""
    await settle(desk, press, presser, await _find(desk, presser, caller_of(text)), event="cases_searched")


def caller_of(text: str) -> str | NotUnderstood:
    """Whom the text names, with or without the command's own word."""
    clean = clean_text(text)
    if isinstance(clean, NotUnderstood):
        return clean
    first, _, rest = clean.partition(" ")
    # Neither a user nor a computer is called by another dash than the keyboard's.
    caller = with_hyphens((rest if first.casefold() == "find" else clean).strip().strip('"'))
    if len(caller) < CALLER_LEAST:
        return NotUnderstood(f"Name the caller or the computer with at least {CALLER_LEAST} letters.")
    if len(pieces_of(caller)) > PIECES_MOST:
        return NotUnderstood(f"Name at most {PIECES_MOST} pieces of a name between the stars.")
    return caller


async def _find(desk: Desk, presser: Presser, caller: str | NotUnderstood) -> Answered:
    if isinstance(caller, NotUnderstood):
        said = answers.said(f"{caller.why} For example: /gatehouse find WS-042")
        return Answered(said=said, outcome="not_understood")
    scope = await scope_of(desk, presser)
    if isinstance(scope, Answered):
        return scope
    organization_ids = scope.organizations(Action.VIEW)
    if not organization_ids:
        return no_view(desk)
    found, count = await _of_caller(desk, scope, caller)
    decided = await _decided(desk, scope, caller, organization_ids)
    facts = {
        "organizations": sorted(organization_ids),
        "found": [case.case_id for case in found],
        "count": count,
        "rests_on": scope.rests_on(Action.VIEW, organization_ids),
    }
    lines = [
        replace(
            line,
            may_approve=any(
                scope.may_approve(case, own=approving_lets_in_own(presser, case))
                for case in line.sharing or (line.case,)
            ),
        )
        for line in lines_of(desk, by_card(found))
    ]
    said = find_answer(caller, lines, decided, as_of=desk.now(), days=DECIDED_LATELY.days, total=count)
    said = with_sentence(said, await seen_no_later(desk))
    return Answered(said=said, outcome="shown", facts=facts, private={"caller": caller})


async def _of_caller(desk: Desk, scope: Scope, caller: str) -> tuple[list[Case], int]:
    """The first of the caller's open cases, and how many there are; only those that are shown are read."""
    seen = [one.pile for one in await seen_piles(desk, scope)]
    first, count = await desk.ledger.index.named(seen, caller, CASES_SHOWN)
    return await read_seen(desk, scope, first), count


async def _decided(
    desk: Desk, scope: Scope, caller: str, organization_ids: Iterable[str]
) -> list[DecidedLine]:
    """What was decided lately of the caller's requests, newest first, as far as the asker may see it."""
    cases = [case for case in await decided_cases(desk, organization_ids) if scope.may_see(case)]
    return [
        DecidedLine(case, entry.facts.computer_name, decision_runs(case, entry), desk.permalink(case))
        for case in cases
        for entry in case.requests
        if entry.standing in DECIDED and is_of(entry.facts, caller)
    ]


def is_of(facts: RequestFacts, caller: str) -> bool:
    """Whether it is a request of this user or computer, by a part of the name; * for anything."""
    parts = pieces_of(caller)
    return any(_holds_in_order(name, parts) for name in names_in(facts))


def _holds_in_order(name: str, parts: Sequence[str]) -> bool:
    """Whether the parts stand in the name one behind the other. The first place of each is as good as any later one; a
    regular expression would try them all, and a name of thirty equal letters keeps it busy for minutes."""
    at = 0
    for part in parts:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


async def scope_of(desk: Desk, presser: Presser) -> Scope | Answered:
    """Where the person may do what, or the answer that it cannot be told now."""
    try:
        return Scope(presser, await desk.tree.current(), desk.now())
    except PortalError as error:
        sentence = f"{why_not(error)} Without its organizations nobody's view can be told."
        return Answered(said=answers.trouble(sentence, "Ask again in a minute."), outcome="cannot_tell")


async def scope_told(desk: Desk, presser: Presser) -> tuple[Scope, str]:
    """What can be told of the asker's reach, and what is in the way: an outdated tree still carries something."""
    now = desk.now()
    try:
        return Scope(presser, await desk.tree.current(), now), ""
    except PortalError as error:
        kept = desk.tree.latest() or OrganizationTree(organizations=(), fetched_at=now)
        return Scope(presser, kept, now), why_not(error)


def no_view(desk: Desk) -> Answered:
    """The asker may see no requests anywhere."""
    desk.metrics.refused("cannot_see")
    sentence = (
        "You have no permission that shows requests, in no organization. "
        "View Approvals is enough to see them, also beside Elevation Administrator, which opens none alone; any "
        "Approve for … shows and decides them; Edit Web Control Policies shows web control requests. An administrator "
        "of Gatehouse can give you one."
    )
    refusal = Refusal(why="cannot_see", told=sentence, missing=("View Approvals",))
    return Answered(said=answers.refused(sentence), outcome="not_allowed", refusal=refusal)


PLAN_USAGE = "/gatehouse plan <case>"


async def plan(desk: Desk, press: Press) -> None:
    """The time line of a case that the asker may see, with its reasons."""
    presser = await identify(desk, press)
    if presser is not None:
        await settle(desk, press, presser, await _plan_told(desk, press, presser), event="plan_read")


async def _plan_told(desk: Desk, press: Press, presser: Presser) -> Answered:
    case_id = bare(press.text.partition(" ")[2])
    if not case_id:
        said = answers.said(f"Name the case by the id in its details. For example: {PLAN_USAGE}")
        return Answered(said=said, outcome="not_understood")
    scope = await scope_of(desk, presser)
    if isinstance(scope, Answered):
        return scope
    stored = await desk.ledger.case(case_id)
    if stored is None or not scope.may_see(stored.case):
        # The same words for both: what somebody may not see, they are not told of.
        said = answers.said(
            "There is no case of that id that you may see. The details of a card end with its id."
        )
        return Answered(said=said, outcome="not_found")
    case = stored.case
    head: Line = [
        strong(f"{kind_of(case)}: "),
        raw(subject_name(case), 120),
        say(" at "),
        raw(case.organization_name, 80),
    ]
    lines = plan_lines(case, desk.rules, desk.now()) or [[say("Nothing of it waits any more.")]]
    facts = {"of_case": case.case_id, "rests_on": scope.rests_on(Action.VIEW, [case.organization_id])}
    return Answered(
        said=message([head, *lines]), outcome="shown", facts=facts, organization_id=case.organization_id
    )
