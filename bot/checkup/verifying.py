"""`gatehouse audit verify` over a whole export, and what the auditor brings to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.audit import (
    KeyFault,
    KnownSeal,
    Outside,
    Verification,
    kept_seals,
    read_public_keys,
    verify_export,
    verify_parts,
)
from bot.terminal import complain, printable
from permissions.plain_text import NotUtf8, check_encoding, text_of


@dataclass(frozen=True, slots=True)
class Brought:
    """What the auditor brings to a verification, as it stands on the command line."""

    seals: Sequence[KnownSeal] = ()
    seal_files: Sequence[Path] = ()
    key_files: Sequence[Path] = ()
    begins_at: int = 1
    following: Sequence[Path] = ()
    """The parts that go on where the first file ends, in order."""
    whole: Path | None = None
    """A whole export, where a part of one is verified."""


class Unreadable(Exception):
    """A file that was brought cannot be used; the sentence says why."""


def verify(file: Path, brought: Brought | None = None) -> int:
    """Recompute the whole chain and compare it with what the auditor brings; prints what was verified, or every
    place where the export is not what it claims."""
    brought = brought or Brought()
    files = (file, *brought.following)
    try:
        outside = _outside(brought)
        found = verify_parts(map(lines_of, files), outside)
    except Unreadable as error:
        return complain([str(error)])
    shown = ", ".join(map(str, files))
    for problem in found.problems:
        complain([f"{shown}: {problem}."])
    sys.stdout.write(f"{printable(_verdict(shown, found, outside), keep=chr(10))}\n")
    return 0 if found.is_good else 1


def verified(file: Path, outside: Outside) -> Verification:
    """The export read line by line: it may be larger than memory. Raises Unreadable."""
    return verify_export(lines_of(file), outside)


def verified_whole(file: Path, brought: Brought) -> Verification:
    """A whole export, compared with what the auditor brings; what a part is held against. Raises Unreadable."""
    return verified(file, _outside(brought))


def lines_of(file: Path) -> Iterator[str]:
    """A file of an export line by line. Raises Unreadable."""
    try:
        with file.open("rb") as begun:
            check_encoding(begun.read(4096))
        # A cell of a table may hold a line end of its own.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except OSError as error:
        raise Unreadable(f"{file} cannot be read ({error.strerror}). Name an export.") from error
    except UnicodeDecodeError as error:
        raise _altered(file, NotUtf8(f"is not UTF-8 text ({error.reason})")) from error
    except NotUtf8 as error:
        raise _altered(file, error) from error


def _altered(file: Path, error: NotUtf8) -> Unreadable:
    return Unreadable(f"{file}: the file {error}. Its lines are to stay as they were exported.")


def _outside(brought: Brought) -> Outside:
    kept = [*brought.seals]
    for file in brought.seal_files:
        try:
            kept += kept_seals(_text(file).splitlines())
        except ValueError as error:
            raise Unreadable(f"{file}: {error}.") from None
    keys: dict[str, Ed25519PublicKey] = {}
    for file in brought.key_files:
        try:
            keys |= read_public_keys([_text(file)])
        except KeyFault as error:
            raise Unreadable(f"{file}: {error}.") from None
    return Outside(kept, keys, brought.begins_at)


def _text(file: Path) -> str:
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        raise Unreadable(f"{file} cannot be read ({error.strerror}).") from None
    except NotUtf8 as error:
        raise Unreadable(f"{file}: the file {error}.") from None


def _verdict(file: str, found: Verification, outside: Outside) -> str:
    if not found.is_good:
        return f"{file}: NOT verified, {len(found.problems)} problems."
    loose = found.last - found.sealed_to
    seals = f"{found.seals} seals ({loose} events after the last)"
    private = f"{found.private_kept} private parts kept, {found.private_removed} removed by retention"
    return (
        f"{file}: verified, events {found.first} to {found.last}, {seals}, {private}.\n"
        f"Chain head {found.link}, last seal {found.seal or 'none'}.\n"
        f"{_proof(found, outside)}"
    )


def _proof(found: Verification, outside: Outside) -> str:
    """How far the export is proven by something that its owner does not hold, and what is not."""
    if not outside.seals and not outside.keys:
        return (
            "It fits together, and that is all: nothing from outside was compared, and who owns the server can write "
            "a whole record that fits together. Compare seals of the audit channel (--seal N=DIGEST), or signatures "
            "(--public-key FILE)."
        )
    proofs = []
    if outside.seals:
        proofs.append(f"{len(found.stood)} of {len(outside.seals)} given seals stand")
    if outside.keys:
        proofs.append(f"signed to event {found.signed_to}")
    rest = found.last - found.proven_to
    unproven = f" Nothing from outside vouches for the {rest} events after it." if rest else ""
    return f"Proven up to event {found.proven_to}: {', '.join(proofs)}.{unproven}"
