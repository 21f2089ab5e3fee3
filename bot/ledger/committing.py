"""Changes: as arguments of `commit.lua`, and what it says of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from operator import attrgetter
from typing import Any

from redis.exceptions import ResponseError

from bot.ledger.access import given_args
from bot.ledger.door import LedgerDoor
from bot.ledger.errors import understood
from bot.ledger.exceptions import exceptions_args
from bot.ledger.queue import effects_args
from bot.ledger.record import events_args
from bot.ledger.values import Committed, Conflict, StoredGiven, outcome, span_ms, to_ms
from bot.models import CaseWrite, Change, DecisionNote, Due, Leaving, ModeWrite, Standpoint, canonical
from bot.rules.rows import row_text
from bot.rules.second import underway

Args = list[str | int]
"""Arguments of a script."""

_WRITTEN_AT_ONCE = 100
"""Changes of one script call (our choice): a few milliseconds, in which the server answers nobody else."""


def due_member(kind: str, case_id: str) -> str:
    """The name of one due time in the sorted set."""
    return f"{kind}|{case_id}"


async def commit_all(door: LedgerDoor, changes: Sequence[Change]) -> list[Committed | Conflict]:
    """Apply changes in their order, each atomic by itself, in a round trip for every hundred.

    Raises `LedgerUnavailable` if the outcome of any is unknown. Call again with the same changes: their `op_id`s make
    that safe.
    """
    if not changes:
        return []
    outcomes = [_outcome(answer) async for answer in _answers(door, changes)]
    for change, one in zip(changes, outcomes, strict=True):
        if change.given is not None and isinstance(one, Committed):
            door.newest_given = StoredGiven(change.given.given, change.given.expected_version + 1)
    return outcomes


async def _answers(door: LedgerDoor, changes: Sequence[Change]) -> AsyncIterator[Any]:
    """What the script says to each. The next hundred is put together while the server works on the one before."""
    starts = range(0, len(changes), _WRITTEN_AT_ONCE)
    *before, last = [changes[start : start + _WRITTEN_AT_ONCE] for start in starts]
    under_way: asyncio.Task[list[Any]] | None = None
    for part in before:
        args = _commit_args(door, part)
        for answer in await under_way if under_way else ():
            yield answer
        under_way = asyncio.create_task(door.call("commit", *args))
        await asyncio.sleep(0)
    args = _commit_args(door, last)
    for answer in await under_way if under_way else ():
        yield answer
    for answer in await door.call("commit", *args):
        yield answer


def _commit_args(door: LedgerDoor, changes: Sequence[Change]) -> Args:
    """One call for several changes: the due times that they have taken, all of their names, then each by itself."""
    members = [due_member(taken.kind, taken.case_id) for change in changes if (taken := change.taken)]
    args: Args = [len(members), *members, len(changes), *(change.op_id for change in changes)]
    for change in changes:
        args += _change_args(change, door)
    return args


def _outcome(answer: Sequence[Any] | Exception) -> Committed | Conflict:
    """Of one change among several. What the script refused altogether stands in its place as an error."""
    if isinstance(answer, Exception):
        raise understood(answer) if isinstance(answer, ResponseError) else answer
    return outcome(answer[1:])


def _change_args(change: Change, door: LedgerDoor) -> Args:
    """A change as the arguments of `commit.lua`: the letters of the parts that it has, then these. Most have two or
    three of a dozen."""
    _check(change)
    letters, args = "", list[str | int]()
    for (letter, _, args_of), part in zip(_PARTS, _parts_of(change), strict=True):
        if part:
            letters += letter
            args += args_of(part, door)
    return [letters, *args]


def _standpoint_args(judged_on: Standpoint, door: LedgerDoor) -> Args:
    args: Args = [judged_on.press_id, door.instance, judged_on.access_generation]
    args += [judged_on.given_version, len(judged_on.tallies)]
    return [*args, *(part for tally in judged_on.tallies for part in tally)]


def _check(change: Change) -> None:
    """Refuse what no ledger state could make right; only a fault of ours gets here."""
    if not change.events:
        raise ValueError(f"the change {change.op_id} has no event: no record, no change")
    if not change.cases:
        return
    cases = [write.case for write in change.cases]
    named = {
        "case": [case.case_id for case in cases],
        "subject": [case.subject_key for case in cases if case.is_open and case.subject_key],
        "request": [entry.facts.request_id for case in cases for entry in case.held],
    }
    for what, names in named.items():
        if len(set(names)) < len(names):
            raise ValueError(f"the change {change.op_id} names a {what} twice: {', '.join(sorted(names))}")


def _leaving_args(leaving: Sequence[Leaving]) -> Args:
    return [len(leaving), *(part for one in leaving for part in (one.request_id, one.case_id))]


def _dues_args(dues: Sequence[Due]) -> Args:
    args: Args = [len(dues)]
    for due in dues:
        args += [due_member(due.kind, due.case_id), "" if due.at is None else to_ms(due.at)]
    return args


def _cases_args(writes: Sequence[CaseWrite]) -> Args:
    args: Args = [len(writes)]
    for write in writes:
        args += _case_args(write)
    return args


def _case_args(write: CaseWrite) -> Args:
    case = write.case
    requests = [entry.facts.request_id for entry in case.held]
    computers = case.computers if case.is_open else ()
    sent = underway(case)
    return [
        case.case_id,
        write.expected_version,
        case.model_dump_json(exclude={"card"}),
        case.card.model_dump_json() if case.card else "",
        case.card.key if case.card else "",
        int(case.is_open),
        to_ms(case.opened_at),
        case.organization_id,
        case.subject_key,
        case.bundle_id,
        case.bundle_key if write.bundle_before is not None else "",
        write.bundle_before or "",
        len(requests),
        *requests,
        len(computers),
        *computers,
        len(sent),
        *sent,
        row_text(case),
    ]


def _modes_args(writes: Sequence[ModeWrite]) -> Args:
    args: Args = [len(writes)]
    for write in writes:
        mode = write.mode
        args += [mode.mode_id, write.expected_version, mode.model_dump_json()]
        args += [int(mode.is_open), mode.slot, to_ms(mode.starts_at)]
    return args


def _notes_args(notes: Sequence[DecisionNote]) -> Args:
    """One per key."""
    lines = [(key, at, span_ms(note.kept), text) for note in notes for key, at, text in _lines(note)]
    return [len(lines), *(part for line in lines for part in line)]


def _lines(note: DecisionNote) -> list[tuple[str, int, str]]:
    """A key, a time and what stands there for each place where a decision is remembered."""
    at = to_ms(note.decision.at)
    lines = [(name, at, note.decision.model_dump_json()) for name in note.keys]
    if note.organization_id:
        lines.append((recent_key(note.organization_id), at, note.decision.model_dump_json()))
    if note.across and note.organization_id:
        # The same text for each decision of an organization: the set holds an organization once, with its latest time.
        text = canonical({"organization_id": note.organization_id, "verb": note.decision.verb.value})
        lines.append((across_key(note.across), at, text))
    return lines


def recent_key(organization_id: str) -> str:
    """Whatever was decided in an organization, for who asks how something ended."""
    return f"{organization_id.lower()}|recent"


def across_key(name: str) -> str:
    return f"across|{name}"


_PARTS: tuple[tuple[str, str, Callable[[Any, LedgerDoor], Args]], ...] = (
    ("p", "finishes_press", lambda press_id, _: [press_id]),
    ("t", "taken", lambda taken, _: [taken.lease]),
    ("l", "leaving", lambda leaving, _: _leaving_args(leaving)),
    ("c", "cases", lambda writes, _: _cases_args(writes)),
    ("d", "due", lambda dues, _: _dues_args(dues)),
    ("s", "effects", lambda effects, _: effects_args(effects)),
    ("e", "events", lambda events, _: events_args(events)),
    ("n", "notes", lambda notes, _: _notes_args(notes)),
    ("g", "given", lambda write, door: given_args(write, door.marks)),
    ("m", "modes", lambda writes, _: _modes_args(writes)),
    ("x", "exceptions", lambda writes, _: exceptions_args(writes)),
    ("j", "judged_on", _standpoint_args),
)
"""Each part of a change by the letter under which `READ` in `commit.lua` knows it, and its name."""
_parts_of = attrgetter(*(name for _, name, _ in _PARTS))
"""All of them at once: a step that is due has two of a dozen."""
