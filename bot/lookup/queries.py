"""From a question to the questions that the portal understands, one per organization or per branch of the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath

from bot.cards.kit.words import Line, raw, say
from bot.desk import Desk
from bot.lookup.question import BlockQuestion, Subject
from bot.lookup.reading import Deadline, Failure, ask_each
from bot.lookup.scope import Scope
from bot.portal import BlockedQuery, BlockedRow, ComputerRow

_NO_COMPUTER = "No computer of that name is known{where}"
"""The same for one that does not exist and for one where the asker may not look."""
_ROOTED = re.compile(r"[A-Za-z]:\\.*|[\\/*].*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask the Unified Audit, and how the answer is to be said."""

    asked: str
    queries: tuple[BlockedQuery, ...]
    keeps: Callable[[BlockedRow], bool] = lambda _row: True
    """What the portal cannot filter."""
    note: Line = ()
    """How the question was taken, where that is not plain."""
    unsure: str = ""
    """Why finding nothing says nothing: how else the question may be meant. `{where}` stands for where was looked."""
    failures: tuple[Failure, ...] = ()
    """Organizations whose computers could not be listed; they are not searched."""


async def plan_of(
    desk: Desk, question: BlockQuestion, scope: Scope, organization_ids: frozenset[str], deadline: Deadline
) -> Plan:
    """Never raises for the portal's sake: what could not be asked is in `failures`."""
    plan = await _plan_of(desk, question, scope, organization_ids, deadline)
    return replace(plan, unsure=" ".join(filter(None, (plan.unsure, question.unsure))))


async def _plan_of(
    desk: Desk, question: BlockQuestion, scope: Scope, organization_ids: frozenset[str], deadline: Deadline
) -> Plan:
    match question.subject:
        case Subject.PATH:
            return _by_path(question, scope, organization_ids)
        case Subject.HASH:
            queries = _of_each(question, organization_ids)
            asked = tuple(replace(each, file_hash=question.value) for each in queries)
            return Plan(asked=question.asked, queries=asked)
        case Subject.USER:
            return _by_user(question, organization_ids)
        case Subject.COMPUTER if "*" in question.value:
            return _by_host(question, scope, organization_ids, question.value)
        case _:
            return await _by_name(desk, question, scope, organization_ids, deadline)


def _of_each(question: BlockQuestion, organization_ids: Iterable[str]) -> tuple[BlockedQuery, ...]:
    """One question per organization, for what the portal does not filter: each gets its own share of pages.

    A parent's token must always ask for the organizations below as well; rows of theirs are dropped.
    """
    return tuple(
        BlockedQuery(
            organization_id=each,
            start=question.span.start,
            end=question.span.end,
            show_child_organizations=True,
            within=frozenset({each}),
        )
        for each in sorted(organization_ids)
    )


def _of_branches(
    question: BlockQuestion, scope: Scope, organization_ids: frozenset[str]
) -> tuple[BlockedQuery, ...]:
    """One question per branch of the tree, for what the portal filters itself."""
    return tuple(
        replace(each, within=scope.at_or_below(each.organization_id, organization_ids))
        for each in _of_each(question, scope.tops(organization_ids))
    )


def _by_path(question: BlockQuestion, scope: Scope, organization_ids: frozenset[str]) -> Plan:
    value = question.value
    rooted = _ROOTED.fullmatch(value) is not None or "*" in value
    pattern = value if rooted else f"*{value}"
    queries = tuple(
        replace(each, full_path=pattern) for each in _of_branches(question, scope, organization_ids)
    )
    if rooted:
        return Plan(asked=question.asked, queries=queries)
    return Plan(asked=question.asked, queries=queries, keeps=lambda row: ends_with(row.full_path, value))


def ends_with(path: str, ending: str) -> bool:
    """Whether a path ends with these whole parts, in the way of Windows or of the others."""
    for flavour in (PureWindowsPath, PurePosixPath):
        parts = tuple(part.casefold() for part in flavour(path).parts)
        wanted = tuple(part.casefold() for part in flavour(ending).parts)
        if wanted and parts[-len(wanted) :] == wanted:
            return True
    return False


def _by_user(question: BlockQuestion, organization_ids: frozenset[str], note: Line = ()) -> Plan:
    queries = _of_each(question, organization_ids)
    asked = f"user {question.value}"
    return Plan(
        asked=asked, queries=tuple(replace(each, username=question.value) for each in queries), note=note
    )


def _by_host(question: BlockQuestion, scope: Scope, organization_ids: frozenset[str], *patterns: str) -> Plan:
    branches = _of_branches(question, scope, organization_ids)
    queries = tuple(replace(each, hostname=pattern) for pattern in patterns for each in branches)
    return Plan(asked=f"computer {patterns[0]}", queries=queries)


async def _by_name(
    desk: Desk, question: BlockQuestion, scope: Scope, organization_ids: frozenset[str], deadline: Deadline
) -> Plan:
    """A computer of that name; else computers with the name in theirs; else, for a bare word, a user."""
    value = question.value

    async def list_computers(top: str) -> tuple[ComputerRow, ...]:
        return await desk.portal.computers(top, search_text=value, with_children=True)

    found, failures = await ask_each(scope.tops(organization_ids), list_computers, deadline)
    failed = frozenset[str]().union(
        *(scope.at_or_below(each.organization_id, organization_ids) for each in failures)
    )
    searched = organization_ids - failed
    computers = [row for rows in found for row in rows if row.organization_id in searched]
    return replace(_choose(question, scope, searched, computers), failures=tuple(failures))


def _choose(
    question: BlockQuestion, scope: Scope, organization_ids: frozenset[str], computers: Iterable[ComputerRow]
) -> Plan:
    wanted, word = question.value.casefold(), question.value
    named = [{row.computer_name.casefold(), row.hostname.casefold()} - {""} for row in computers]
    exact = frozenset[str]().union(*(names for names in named if wanted in names))
    if exact:
        return _by_host(question, scope, organization_ids, word, *sorted(exact - {wanted}))
    if any(wanted in name for names in named for name in names):
        plan = _by_host(question, scope, organization_ids, f"*{word}*")
        return replace(plan, note=_took_part_of_name(question))
    if question.subject is Subject.NAME:
        note = [
            say("No computer that I was shown is called "),
            raw(word, 80),
            say(", so I took it for a user."),
        ]
        plan = _by_user(question, organization_ids, note)
        return replace(
            plan, asked=word, unsure=f"{_NO_COMPUTER}, and nothing of a user of that name was blocked."
        )
    plan = _by_host(question, scope, organization_ids, word)
    return replace(plan, unsure=f"{_NO_COMPUTER}, and no blocked item names it.")


def _took_part_of_name(question: BlockQuestion) -> Line:
    said = [say("No computer is called just that; I took all with "), raw(question.value, 80)]
    said.append(say(" in the name."))
    is_bare = question.subject is Subject.NAME
    return [*said, say(" For a user, ask user:"), raw(question.value, 80)] if is_bare else said
