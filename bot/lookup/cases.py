"""Lists of open cases for one person: the queue, a caller's requests, what one has claimed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.cards import Rendered
from bot.cards.home import CaseLine, DecidedLine, case_list_lines, find_answer
from bot.cards.kit.blocks import message
from bot.cards.kit.words import Line, say, strong
from bot.cards.messages import answers
from bot.desk import Desk, Presser, Refusal, approving_lets_in_own, identify
from bot.lookup.open_cases import DECIDED, DECIDED_LATELY, decided_cases, decision_runs
from bot.lookup.question import NotUnderstood, clean_text
from bot.lookup.reading import why_not
from bot.lookup.saying import Answered, settle
from bot.lookup.scope import Scope
from bot.models import Case, Press, RequestFacts
from bot.portal import PortalError
from permissions import Action, OrganizationTree

QUEUE_USAGE = "/gatehouse queue"
FIND_USAGE = "/gatehouse find <user | computer>"

CALLER_LEAST = 2
"""Letters of a caller's name or computer (our choice): one letter is part of nearly every name."""


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The open cases that a person may see, the earliest deadline first."""

    may_decide: tuple[Case, ...]
    others: tuple[Case, ...]

    @property
    def all(self) -> tuple[Case, ...]:
        """Both, by deadline."""
        return by_deadline((*self.may_decide, *self.others))


def by_deadline(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The earliest deadline first; without one, the oldest case."""
    return tuple(sorted(cases, key=lambda case: (case.due_at or case.opened_at, case.case_id)))


async def open_cases(desk: Desk, scope: Scope) -> OpenCases:
    """What the person may see, split by what they may decide. LedgerUnavailable passes through."""
    stored = await desk.ledger.open_cases()
    seen = [each.case for each in stored if scope.may_see(each.case)]
    own = {case.case_id: approving_lets_in_own(scope.presser, case) for case in seen}
    decidable = {case.case_id for case in seen if scope.may_decide(case, own=own[case.case_id])}
    return OpenCases(
        by_deadline(case for case in seen if case.case_id in decidable),
        by_deadline(case for case in seen if case.case_id not in decidable),
    )


def lines_of(desk: Desk, cases: Iterable[Case]) -> list[CaseLine]:
    """Cases with the links to their cards."""
    return [CaseLine(case, desk.permalink(case), now=desk.now()) for case in cases]


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
    cases = await open_cases(desk, scope)
    facts = {
        "organizations": sorted(organization_ids),
        "may_decide": len(cases.may_decide),
        "others": len(cases.others),
        "rests_on": scope.rests_on(Action.QUEUE, organization_ids),
    }
    return Answered(said=_queue_answer(desk, cases), outcome="shown", facts=facts)


def _queue_answer(desk: Desk, cases: OpenCases) -> Rendered:
    lines: list[Line] = [
        [strong("Waiting for a decision that you may make")],
        *case_list_lines(lines_of(desk, cases.may_decide), "Nothing waits for you."),
    ]
    if cases.others:
        lines += [
            [say(" ")],
            [strong("Open, for others to decide")],
            *case_list_lines(lines_of(desk, cases.others), ""),
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
    caller = (rest if first.casefold() == "find" else clean).strip().strip('"')
    if len(caller) < CALLER_LEAST:
        return NotUnderstood(f"Name the caller or the computer with at least {CALLER_LEAST} letters.")
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
    cases = await open_cases(desk, scope)
    found = [case for case in cases.all if is_about(case, caller)]
    decided = await _decided(desk, scope, caller, organization_ids)
    facts = {
        "organizations": sorted(organization_ids),
        "found": [case.case_id for case in found],
        "rests_on": scope.rests_on(Action.VIEW, organization_ids),
    }
    lines = [
        replace(line, may_approve=scope.may_approve(line.case, own=approving_lets_in_own(presser, line.case)))
        for line in lines_of(desk, found)
    ]
    said = find_answer(caller, lines, decided, as_of=desk.now(), days=DECIDED_LATELY.days)
    return Answered(said=said, outcome="shown", facts=facts, private={"caller": caller})


async def _decided(
    desk: Desk, scope: Scope, caller: str, organization_ids: Iterable[str]
) -> list[DecidedLine]:
    """What was decided lately of the caller's requests, newest first, as far as the asker may see it."""
    cases = [case for case in await decided_cases(desk, organization_ids) if scope.may_see(case)]
    return [
        DecidedLine(case, entry.facts.computer_name, decision_runs(case, entry), desk.permalink(case))
        for case in cases
        for entry in case.requests
        if entry.standing in DECIDED and _is_of(entry.facts, caller)
    ]


def is_about(case: Case, caller: str) -> bool:
    """Whether an open request of the case is of this user or computer, by a part of the name; * for anything."""
    return any(_is_of(entry.facts, caller) for entry in case.open_requests)


def _is_of(facts: RequestFacts, caller: str) -> bool:
    parts = caller.casefold().split("*")
    return any(_holds_in_order(name, parts) for name in _names_in(facts))


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


def _names_in(facts: RequestFacts) -> tuple[str, ...]:
    return (facts.computer_name.casefold(), facts.requestor.casefold(), facts.requestor_email.casefold())


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
