"""Exports of a part of the record: what was asked for, and what such a file can be held against. Pure.

A seal is over every event since the one before, so it cannot be computed where some are left out. A file with gaps
shows that each of its events fits its own link, and no more. Held against a whole export of the same record, it shows
that it is a part of it, and that nothing which belongs to it is missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.audit.chain import Entry, Head, link_of, private_digest
from bot.audit.verifying import MOST_PROBLEMS
from bot.models import canonical

PART_FORMAT = 3
"""The format that the header of a part with gaps names, so that a program which cannot read one refuses it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the record an export is to hold. The defaults ask for all of it."""

    since_ms: int = 0
    until_ms: int = 0
    """The first moment that is left out; 0: none is."""
    organization_id: str = ""
    after: int = 0
    """The last event that was exported before: those that follow it are asked for."""

    def holds(self, entry: Entry) -> bool:
        """Whether this event was asked for."""
        if (
            entry.number <= self.after
            or entry.at_ms < self.since_ms
            or (self.until_ms and entry.at_ms >= self.until_ms)
        ):
            return False
        return not self.organization_id or _organization(entry) == self.organization_id.lower()

    @property
    def is_all(self) -> bool:
        """Nothing is left out."""
        return self == Asked()


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a part, with the link of the event before it, which may not be in the part."""

    where: str
    entry: Entry
    before: str
    fault: str = ""
    """Why what the row shows is not what its event says."""


@dataclass(slots=True)
class About:
    """What a part says of itself: in its own lines, or in the file beside it."""

    asked: Asked = field(default_factory=Asked)
    events: int = 0
    first: int = 0
    last: int = 0
    head: Head = field(default_factory=Head)
    """Where the record stood."""
    sha256: str = ""
    """Over the whole file, where this is told beside it."""

    @property
    def upto(self) -> int:
        """The last event that it could hold. A part in JSON Lines says it at its end, so no end is taken for none."""
        return self.head.number or sys.maxsize


@dataclass(slots=True)
class PartFound:
    """What the rows of a part came to. `problems` is empty exactly if they fit."""

    events: int = 0
    first: int = 0
    last: int = 0
    link: str = ""
    gaps: int = 0
    """Places at which events are left out."""
    private_removed: int = 0
    problems: list[str] = field(default_factory=list)

    def fault(self, sentence: str) -> None:
        """Note one, unless there are very many."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)


def part_header(asked: Asked, begins: Head) -> str:
    """The first line of a part with gaps, in JSON Lines."""
    told = {"type": "header", "format": PART_FORMAT, "part": asdict(asked), "after": asdict(begins)}
    return canonical({**told, "says": WHAT_A_PART_SHOWS})


def part_line(entry: Entry, before: str) -> str:
    """One event of it."""
    return canonical({"type": "event", **asdict(entry), "before": before})


def part_end(about: About) -> str:
    """Its last line: without it, it was cut off."""
    told = {"events": about.events, "first": about.first, "last": about.last, "head": asdict(about.head)}
    return canonical({"type": "end", **told})


def about_line(about: About, **told: object) -> str:
    """The file beside a table or an export for a SIEM: these formats have no place for it in themselves."""
    says = WHAT_ALL_OF_IT_SHOWS if about.asked.is_all else WHAT_A_PART_SHOWS
    return canonical({"type": "about", **told, **asdict(about), "says": says})


def read_about(text: str) -> About:
    """What stands beside a file. ValueError in words."""
    try:
        parsed = json.loads(text)
        told = {name: parsed[name] for name in ("events", "first", "last", "sha256")}
        return About(Asked(**parsed["asked"]), head=Head(**parsed["head"]), **told)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("it does not tell what an export tells of itself") from None


def part_rows(lines: Iterable[str], about: About) -> Iterator[Row]:
    """The events of a part in JSON Lines; `about` is filled in on the way. ValueError at what is no line of it."""
    has_begun = has_ended = False
    for number, line in enumerate(lines, start=1):
        where = f"line {number}"
        parsed = _object(line) if line.strip() else None
        if parsed is None or has_ended:
            if line.strip():
                raise ValueError(
                    f"{where}: {'stands after the end line' if parsed else 'is not a JSON object'}"
                )
            continue
        kind = parsed.pop("type", None)
        try:
            if not has_begun:
                about.asked, has_begun = Asked(**parsed["part"]), True
            elif kind == "end":
                _end(about, parsed)
                has_ended = True
            else:
                before = parsed.pop("before")
                yield Row(where, _entry(parsed), before)
        except (TypeError, KeyError):
            raise ValueError(f"{where}: is not a complete line of a part") from None
    if not has_ended:
        raise ValueError("the part stops without an end line; it was cut off")


def _end(about: About, parsed: Mapping[str, Any]) -> None:
    about.events, about.first, about.last = parsed["events"], parsed["first"], parsed["last"]
    about.head = Head(**parsed["head"])


def _entry(parsed: Mapping[str, Any]) -> Entry:
    entry = Entry(**parsed)
    numbers, texts = (entry.number, entry.at_ms), (entry.link, entry.body, entry.private)
    if not all(type(one) is int for one in numbers) or not all(isinstance(one, str) for one in texts):
        raise TypeError("no event is written so")
    return entry


def fitting(rows: Iterable[Row], about: About, found: PartFound) -> Iterator[Entry]:
    """The events of a part, each held against its own link and its neighbours; what is wrong is noted in `found`."""
    for row in rows:
        entry, where = row.entry, f"{row.where}, event {row.entry.number}"
        try:
            "".join((row.before, entry.link, entry.body, entry.private)).encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"{where}: holds half of a character, and no event is written with one"
            ) from None
        for fault in _faults(row, about.asked, found):
            found.fault(f"{where}: {fault}")
        found.gaps += bool(found.events) and entry.number != found.last + 1
        found.events += 1
        found.first = found.first or entry.number
        found.last, found.link = entry.number, entry.link
        promised = bool((_object(entry.body) or {}).get("private"))
        found.private_removed += promised and not entry.private
        yield entry


def _faults(row: Row, asked: Asked, found: PartFound) -> Iterator[str]:
    entry = row.entry
    public = _object(entry.body)
    if found.events and entry.number <= found.last:
        yield f"stands after event {found.last}; events are doubled or out of order"
    if found.events and entry.number == found.last + 1 and row.before != found.link:
        yield "does not follow the event before it: they are not of one record, or one was altered"
    if entry.link != link_of(row.before, entry.number, entry.at_ms, entry.body):
        yield "does not fit its link; it was altered"
    if public is None:
        yield "holds no written event"
    elif entry.private and private_digest(entry.private) != public.get("private", ""):
        yield "has a private part that is not the one it was written with"
    if row.fault:
        yield row.fault
    if not asked.holds(entry):
        yield "is not of the part that the export says it is of"


def counted(about: About, found: PartFound) -> Iterator[str]:
    """Where the rows are not as many as the export says, or not those."""
    if (about.events, about.first, about.last) != (found.events, found.first, found.last):
        yield (
            f"the export says that it holds {about.events} events, {about.first} to {about.last}; there are "
            f"{found.events}, {found.first} to {found.last}: some were taken out, added, or its end was cut off"
        )


def against_the_whole(part: Iterable[Entry], whole: Iterable[Entry], about: About | None) -> Iterator[str]:
    """Everything in which a part differs from a whole export of the record, both in order.

    `about`: None where it is not known what the part is to hold; then nothing can be missing. What happened after the
    part was made is not missing in it.
    """
    shown = iter(part)
    entry = next(shown, None)
    for event in whole:
        while entry is not None and entry.number < event.number:
            yield f"event {entry.number} is not in the whole export"
            entry = next(shown, None)
        if entry is not None and entry.number == event.number:
            if _chained(entry) != _chained(event):
                yield f"event {entry.number} is another one than in the whole export"
            entry = next(shown, None)
        elif about and event.number <= about.upto and about.asked.holds(event):
            yield f"event {event.number} belongs to it and is missing"
    while entry is not None:
        yield f"event {entry.number} is not in the whole export"
        entry = next(shown, None)


def _chained(entry: Entry) -> tuple[object, ...]:
    return entry.number, entry.at_ms, entry.link, entry.body


def whole_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The events of a whole export that was verified."""
    for line in lines:
        parsed = _object(line) if line.strip() else None
        if parsed is not None and parsed.pop("type", None) == "event":
            yield Entry(**parsed)


def _organization(entry: Entry) -> str:
    return str((_object(entry.body) or {}).get("organization_id", "")).lower()


def _object(text: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


WHAT_ALL_OF_IT_SHOWS = (
    "Every event of the record up to its head. The chain over them can be computed anew; seals and signatures are not "
    "in this format, so it does not prove by itself that it is the record that was kept: export JSON Lines for that, "
    "and hold this file against it (gatehouse audit verify FILE --whole RECORD.jsonl)."
)
WHAT_A_PART_SHOWS = (
    "A part of the record. Each event fits its own link, and neighbours follow each other; by itself it cannot show "
    "that the events between them are rightly left out, or that it is of the record that was kept. Hold it against a "
    "whole export in JSON Lines (gatehouse audit verify FILE --whole RECORD.jsonl)."
)
