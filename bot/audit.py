"""The record's arithmetic: how an event is written down, linked, sealed, exported and verified. Pure.

Three layers hold the record together:

- **link**: SHA-1 over the link before, the number, the time and the written event. Made in the same ledger step as
  the change it tells of, so numbers have no gap and order cannot be changed unseen. (SHA-1 is what Redis offers there.)
- **seal**: SHA-256 over the seal before and every line since. Made outside the step; its digests are posted to the
  audit channel, so that who owns the server cannot rewrite the past alone.
- **private parts** are kept beside the chain. The written event holds only their salted digest: they can be removed
  when their time is over, and everything still verifies.

An export is a file of JSON lines: a header, events and seals in order, an end line. `verify_export` needs nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.models import Event, canonical

FORMAT = 1
"""The version of the written form and of the export."""

GENESIS = "0" * 40
"""The link before the first event."""

MOST_PROBLEMS = 100
"""How many faults a verification lists before it stops listing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record as it is stored."""

    number: int
    at_ms: int
    """Logical time, milliseconds since 1970 UTC."""
    link: str
    body: str
    """The event in canonical JSON; the chain is computed over these very characters."""
    private: str = ""
    """Canonical JSON of salt and private part; empty where there is none, or it was removed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A SHA-256 statement about the events `first`..`last` and, through `previous`, about all before them."""

    number: int
    first: int
    last: int
    link: str
    """The link of event `last`."""
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the record stands."""

    number: int = 0
    link: str = GENESIS
    seals: int = 0
    sealed_to: int = 0
    seal: str = ""


@dataclass(slots=True)
class Verification:
    """What a verification found. `problems` is empty exactly if the export is whole and unaltered."""

    first: int = 0
    last: int = 0
    link: str = GENESIS
    events: int = 0
    seals: int = 0
    seal: str = ""
    sealed_to: int = 0
    private_kept: int = 0
    private_removed: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whole and unaltered, as far as the export reaches."""
        return not self.problems


def written(event: Event, salt: str) -> tuple[str, str]:
    """An event's chained form and its private part (empty if it has none). A salt is used once: guessing stays hard."""
    public = {
        name: value for name, value in event.model_dump(mode="json").items() if value and name != "private"
    }
    if not event.private:
        return canonical(public), ""
    private = canonical({"salt": salt, "value": event.model_dump(mode="json")["private"]})
    return canonical({**public, "private": private_digest(private)}), private


def private_digest(private: str) -> str:
    """What the chained form says of a private part: SHA-256 over salt and content together."""
    return hashlib.sha256(private.encode()).hexdigest()


def link_of(previous: str, number: int, at_ms: int, body: str) -> str:
    """The chain link of one event; the ledger's script computes the same."""
    return hashlib.sha1(f"{previous}\n{number}\n{at_ms}\n{body}".encode(), usedforsecurity=False).hexdigest()


def seal_of(number: int, previous: str, entries: Iterable[Entry]) -> Seal:
    """The seal over these events (at least one, in order)."""
    digest = hashlib.sha256(f"{number}\n{previous}\n".encode())
    first, last, link = 0, 0, ""
    for entry in entries:
        digest.update(f"{entry.number}\n{entry.at_ms}\n{entry.link}\n{entry.body}\n".encode())
        first, last, link = first or entry.number, entry.number, entry.link
    if not first:
        raise ValueError("a seal needs at least one event")
    return Seal(
        number=number, first=first, last=last, link=link, previous=previous, digest=digest.hexdigest()
    )


def header_line(head: Head) -> str:
    """The first line of an export: where it starts. `Head()` for an export from the beginning."""
    return canonical({"type": "header", "format": FORMAT, "after": asdict(head)})


def entry_line(entry: Entry) -> str:
    """One event as a line of an export."""
    return canonical({"type": "event", **asdict(entry)})


def seal_line(seal: Seal) -> str:
    """One seal as a line of an export; it stands after its last event."""
    return canonical({"type": "seal", **asdict(seal)})


def end_line(head: Head) -> str:
    """The last line of an export: without it the file was cut off."""
    return canonical({"type": "end", "head": asdict(head)})


def verify_export(lines: Iterable[str]) -> Verification:
    """Recompute everything that an export claims. Needs no server, no key and no network."""
    return _Verifier().run(lines)


def _object(text: str) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


class _Verifier:
    """The state of one verification: what must come next."""

    def __init__(self) -> None:
        self.found = Verification()
        self.unsealed: list[Entry] = []
        self.seals_before = 0
        self.has_begun = False
        self.has_ended = False

    def run(self, lines: Iterable[str]) -> Verification:
        for where, parsed in self._parsed(lines):
            self._line(where, parsed)
        if not self.has_begun:
            self._fault("the export", "has no header line; it is empty or its beginning was cut off")
        elif not self.has_ended:
            self._fault(
                "the export", f"stops after event {self.found.last} without an end line; it was cut off"
            )
        return self.found

    def _fault(self, where: str, what: str) -> None:
        if len(self.found.problems) < MOST_PROBLEMS:
            self.found.problems.append(f"{where}: {what}")

    def _parsed(self, lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            parsed = _object(line)
            if parsed is None:
                self._fault(f"line {number}", "is not a JSON object")
            else:
                yield f"line {number}", parsed

    def _line(self, where: str, parsed: dict[str, Any]) -> None:
        if self.has_ended:
            self._fault(where, "stands after the end line")
            return
        kind = parsed.pop("type", None)
        readers = {"header": self._header, "event": self._event, "seal": self._seal, "end": self._end}
        reader = readers.get(kind) if isinstance(kind, str) else None
        if reader is None:
            self._fault(where, f"has the unknown type {kind!r}")
        elif (kind == "header") is self.has_begun:
            self._fault(where, "the header must be the first line, and the only one")
        else:
            try:
                reader(where, parsed)
            except (TypeError, KeyError, AttributeError):
                self._fault(where, f"is not a complete {kind} line")

    def _header(self, where: str, parsed: dict[str, Any]) -> None:
        self.has_begun = True
        if parsed["format"] != FORMAT:
            self._fault(where, f"is of format {parsed['format']!r}; this program reads format {FORMAT}")
        after = Head(**parsed["after"])
        if after.number == 0 and after != Head():
            self._fault(where, "claims a past before the first event")
        self.found.last, self.found.link = after.number, after.link
        self.found.seal, self.found.sealed_to, self.seals_before = after.seal, after.sealed_to, after.seals

    def _event(self, where: str, parsed: dict[str, Any]) -> None:
        entry = Entry(**parsed)
        where = f"{where}, event {entry.number}"
        if entry.number != self.found.last + 1:
            self._fault(
                where,
                f"event {self.found.last + 1} was expected; events are missing, doubled or out of order",
            )
        if entry.link != link_of(self.found.link, entry.number, entry.at_ms, entry.body):
            self._fault(where, "does not fit its link; it or an earlier one was altered")
        self._private(where, entry)
        self.found.first = self.found.first or entry.number
        self.found.last, self.found.link = entry.number, entry.link
        self.found.events += 1
        self.unsealed.append(entry)

    def _private(self, where: str, entry: Entry) -> None:
        public = _object(entry.body)
        if public is None:
            self._fault(where, "holds no written event")
            return
        promised = public.get("private", "")
        if entry.private and private_digest(entry.private) != promised:
            self._fault(where, "has a private part that is not the one it was written with")
        self.found.private_kept += bool(entry.private)
        self.found.private_removed += bool(promised and not entry.private)

    def _seal(self, where: str, parsed: dict[str, Any]) -> None:
        seal = Seal(**parsed)
        where = f"{where}, seal {seal.number}"
        number = self.seals_before + self.found.seals + 1
        if not self.unsealed:
            self._fault(where, "seals no event")
        elif seal != seal_of(number, self.found.seal, self.unsealed):
            self._fault(
                where,
                "does not fit the events since the seal before; some were altered, or a seal is missing",
            )
        self.found.seals += 1
        self.found.seal, self.found.sealed_to = seal.digest, seal.last
        self.unsealed = []

    def _end(self, where: str, parsed: dict[str, Any]) -> None:
        self.has_ended = True
        found = self.found
        computed = Head(found.last, found.link, self.seals_before + found.seals, found.sealed_to, found.seal)
        if Head(**parsed["head"]) != computed:
            self._fault(where, f"the record's head is another one than event {found.last} of this export")
