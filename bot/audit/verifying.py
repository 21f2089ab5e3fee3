"""Verifies an export: what it claims is recomputed, and compared with what is known outside of it. Pure.

By itself an export proves only that it fits together: who owns the server can write a whole new one. Seals that were
kept outside, and the public key of the signatures, prove that it is the record that was kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic_core import SchemaValidator, core_schema, from_json

from bot.audit.chain import FORMAT, GENESIS, Head, Seal, link_of, private_digest, seal_begun, sealed_text
from bot.audit.seals import KnownSeal, signature_fault

MOST_PROBLEMS = 100
"""How many faults a verification lists before it stops listing."""


@dataclass(slots=True)
class Verification:
    """What a verification found. `problems` is empty exactly if the export is whole, unaltered, and the one that the
    given seals and keys tell of."""

    first: int = 0
    last: int = 0
    link: str = GENESIS
    events: int = 0
    seals: int = 0
    seal: str = ""
    sealed_to: int = 0
    private_kept: int = 0
    private_removed: int = 0
    stood: list[KnownSeal] = field(default_factory=list)
    """The given seals that stand in the export."""
    stood_to: int = 0
    """The last event that one of them covers."""
    signed_to: int = 0
    """The last event under a signature of one of the given keys; everything before it is covered too."""
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whole and unaltered, as far as the export reaches."""
        return not self.problems

    @property
    def proven_to(self) -> int:
        """The last event that something from outside vouches for; 0 if nothing does."""
        return max(self.signed_to, self.stood_to)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the auditor brings: nothing of it comes from the export or its server."""

    seals: Sequence[KnownSeal] = ()
    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    """Public keys by id. With at least one, an export without any signature of theirs is a fault."""
    begins_at: int | None = None
    """The event that the export has to begin with; None takes any beginning."""


def verify_export(lines: Iterable[str], outside: Outside | None = None) -> Verification:
    """Recompute everything that an export claims. Needs no server and no network."""
    return verify_parts([lines], outside)


def verify_parts(parts: Iterable[Iterable[str]], outside: Outside | None = None) -> Verification:
    """The same of an export that was made in several, each going on where the one before it ends."""
    return _Verifier(outside or Outside()).run(parts)


def _object(text: str) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        parsed = _parsed(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _parsed(text: str) -> Any:
    """Pydantic's own reader takes a fraction of the time; what it refuses, the standard one judges."""
    try:
        return from_json(text)
    except (ValueError, TypeError):
        return json.loads(text)


_WRITTEN = SchemaValidator(
    core_schema.typed_dict_schema(
        {"private": core_schema.typed_dict_field(core_schema.any_schema(), required=False)},
        extra_behavior="ignore",
    )
)
"""Reads all of a written event and makes of it what is asked for here alone: that takes half the time."""


def _written(body: str) -> dict[str, Any] | None:
    """Of a written event, the digest of its private part; None for what is no JSON object."""
    try:
        found: dict[str, Any] = _WRITTEN.validate_json(body)
    except (ValueError, TypeError):
        return _object(body)
    return found


class _Verifier:
    """The state of one verification: what must come next."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.readers = {
            "header": self._header,
            "event": self._event,
            "seal": self._seal,
            "end": self._end,
        }
        self.found = Verification()
        self.asked = {each.number for each in outside.seals}
        self.standing: dict[int, dict[str, int]] = {}
        """For each number that was asked for, the seals that bear it: the digest, and the last event."""
        self.unsigned = ""
        """Where the first seal stands that no signature covers yet."""
        self.sealing: hashlib._Hash | None = None
        """The digest of the next seal, as far as its events are read; None while no event follows the seal before."""
        self.first_unsealed = 0
        self.seals_before = 0
        self.part = 1
        self.has_begun = False
        self.has_ended = False

    def run(self, parts: Iterable[Iterable[str]]) -> Verification:
        for self.part, lines in enumerate(parts, start=1):
            self._part(lines)
        self.part = 1  # What follows is about all of them.
        self._compare_seals()
        self._compare_signatures()
        return self.found

    def _part(self, lines: Iterable[str]) -> None:
        before = self.head if self.has_ended else None
        self.has_begun = self.has_ended = False
        for number, parsed in self._parsed(lines):
            if self.part > 1 and not self.has_begun:
                self._follows(number, parsed, before)
            self._line(number, parsed)
        if not self.has_begun:
            self._fault("the export", "has no header line; it is empty or its beginning was cut off")
        elif not self.has_ended:
            self._fault(
                "the export", f"stops after event {self.found.last} without an end line; it was cut off"
            )

    @property
    def head(self) -> Head:
        """Where the record stands after what was read."""
        found = self.found
        return Head(found.last, found.link, self.seals_before + found.seals, found.sealed_to, found.seal)

    def _follows(self, line: int, parsed: dict[str, Any], before: Head | None) -> None:
        if parsed.get("after") != (asdict(before) if before else None):
            self._fault(line, "does not go on where the part before it ends: events between them are missing")

    def _fault(self, where: int | str, what: str) -> None:
        """`where`: the number of a line, or words for it. A record has millions of lines, and hardly one at fault."""
        where = f"line {where}" if isinstance(where, int) else where
        where = where if self.part == 1 else f"part {self.part}, {where}"
        if len(self.found.problems) < MOST_PROBLEMS:
            self.found.problems.append(f"{where}: {what}")

    def _parsed(self, lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(lines, start=1):
            if not line or line.isspace():
                continue
            parsed = _object(line)
            if parsed is None:
                self._fault(number, "is not a JSON object")
            else:
                yield number, parsed

    def _line(self, line: int, parsed: dict[str, Any]) -> None:
        if self.has_ended:
            self._fault(line, "stands after the end line")
            return
        kind = parsed.pop("type", None)
        reader = self.readers.get(kind) if isinstance(kind, str) else None
        if reader is None:
            self._fault(line, f"has the unknown type {kind!r}")
        elif (kind == "header") is self.has_begun:
            self._fault(line, "the header must be the first line, and the only one")
        else:
            try:
                reader(line, parsed)
            except (TypeError, KeyError, AttributeError):
                self._fault(line, f"is not a complete {kind} line")
            except UnicodeEncodeError:
                self._fault(line, "holds half of a character, and nothing in a record is written with one")

    def _header(self, line: int, parsed: dict[str, Any]) -> None:
        self.has_begun = True
        if parsed["format"] not in range(1, FORMAT + 1):
            self._fault(line, f"is of format {parsed['format']!r}; this program reads format 1 to {FORMAT}")
        after = Head(**parsed["after"])
        if after.number == 0 and after != Head():
            self._fault(line, "claims a past before the first event")
        if self.part > 1 and after == self.head:
            return
        if after.sealed_to < after.number:
            self._fault(
                line,
                f"begins in the middle of what a seal is over (events {after.sealed_to + 1} on): name the parts before "
                "it first, as in: gatehouse audit verify FIRST SECOND",
            )
        self.found.last, self.found.link = after.number, after.link
        self.found.seal, self.found.sealed_to = after.seal, after.sealed_to
        self.seals_before, self.sealing = after.seals - self.found.seals, None
        self._note_seal(after.sealed_to, after.seals, after.seal)
        if self.part == 1:
            self._beginning(line, after.number + 1)

    def _beginning(self, line: int, first: int) -> None:
        wanted = self.outside.begins_at
        if wanted is not None and first != wanted:
            self._fault(
                line,
                f"the export begins at event {first}, not at event {wanted}: its beginning was cut off, or it is an "
                f"export of a part. If you asked for a part, say --from {first}; what came before is not shown then",
            )

    def _note_seal(self, last: int, number: int, digest: str) -> None:
        for name in {last, number} & self.asked:
            self.standing.setdefault(name, {})[digest] = last

    def _event(self, line: int, parsed: dict[str, Any]) -> None:
        # By hand: to make an object of each of millions of events would cost a tenth of all this.
        number, at_ms, link, body = parsed["number"], parsed["at_ms"], parsed["link"], parsed["body"]
        private, found = parsed.get("private", ""), self.found
        if len(parsed) != 4 + ("private" in parsed):
            raise TypeError("more than an event has")
        if number != found.last + 1:
            self._fault(
                f"line {line}, event {number}",
                f"event {found.last + 1} was expected; events are missing, doubled or out of order",
            )
        if link != link_of(found.link, number, at_ms, body):
            self._fault(
                f"line {line}, event {number}", "does not fit its link; it or an earlier one was altered"
            )
        public = _written(body)
        if public is None:
            self._fault(f"line {line}, event {number}", "holds no written event")
        else:
            self._private(line, number, private, public.get("private", ""))
        if self.sealing is None:
            self.sealing = seal_begun(self.seals_before + found.seals + 1, found.seal)
            self.first_unsealed = number
        self.sealing.update(sealed_text(number, at_ms, link, body))
        found.first = found.first or number
        found.last, found.link = number, link
        found.events += 1

    def _private(self, line: int, number: int, private: str, promised: object) -> None:
        if private:
            if private_digest(private) != promised:
                self._fault(
                    f"line {line}, event {number}",
                    "has a private part that is not the one it was written with",
                )
            self.found.private_kept += 1
        elif promised:
            self.found.private_removed += 1

    def _seal(self, line: int, parsed: dict[str, Any]) -> None:
        seal = Seal(**parsed)
        where = f"line {line}, seal {seal.number}"
        if self.sealing is None:
            self._fault(where, "seals no event")
        elif replace(seal, key="", signature="") != self._expected_seal(self.sealing.hexdigest()):
            self._fault(
                where,
                "does not fit the events since the seal before; some were altered, or a seal is missing",
            )
        self.found.seals += 1
        self.found.seal, self.found.sealed_to = seal.digest, seal.last
        self.sealing = None
        self._note_seal(seal.last, seal.number, seal.digest)
        self._signature(where, seal)

    def _expected_seal(self, digest: str) -> Seal:
        """Raises UnicodeEncodeError where the seal before holds half of a character: no seal is over that."""
        found = self.found
        str(found.seal).encode()
        number = self.seals_before + found.seals + 1
        return Seal(number, self.first_unsealed, found.last, found.link, found.seal, digest)

    def _signature(self, where: str, seal: Seal) -> None:
        """A seal without a signature (from before there was a key, or of a process that had none) is covered by the
        next signed one, which is over it too."""
        if not self.outside.keys:
            return
        why = signature_fault(seal, self.outside.keys)
        if not why:
            self.found.signed_to, self.unsigned = seal.last, ""
        elif seal.signature:
            self._fault(where, why)
        else:
            self.unsigned = self.unsigned or where

    def _end(self, line: int, parsed: dict[str, Any]) -> None:
        self.has_ended = True
        if Head(**parsed["head"]) != self.head:
            self._fault(line, f"the record's head is another one than event {self.found.last} of this export")

    def _compare_seals(self) -> None:
        for known in self.outside.seals:
            where = f"the seal {known}"
            if known.signed is not None and self.outside.keys:
                why = signature_fault(known.signed, self.outside.keys)
                if why and known.signed.signature:
                    self._fault(where, f"as it was given {why}")
            last = self.standing.get(known.number, {}).get(known.digest)
            if last is not None:
                self.found.stood.append(known)
                self.found.stood_to = max(self.found.stood_to, last)
            else:
                self._fault(where, self._why_it_does_not_stand(known))

    def _why_it_does_not_stand(self, known: KnownSeal) -> str:
        found, number = self.found, known.number
        if others := self.standing.get(number):
            return (
                f"does not stand in the export, which has the seal {min(others)} there: its past was written anew "
                "(events were altered, removed or invented)"
            )
        if number > found.last:
            return (
                f"reaches further than the export, which ends at event {found.last}: its end was cut off, or it is an "
                "older copy of the record"
            )
        if number < found.first:
            return (
                f"lies before event {found.first}, with which the export begins: what it proves is not in it. "
                "Verify an export that reaches back to it"
            )
        return (
            f"does not stand in the export, in which no seal ends at event {number}: its past was written anew, its "
            "seals were removed, or the number was mistyped"
        )

    def _compare_signatures(self) -> None:
        if self.outside.keys and not self.found.signed_to:
            self._fault("the export", "has no seal that is signed by a given key")
        elif self.unsigned:
            self._fault(
                self.unsigned, "is not signed, and no signed one follows: somebody without the key made it"
            )
