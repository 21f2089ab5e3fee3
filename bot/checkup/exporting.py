"""Writes the record, or a part of it, to a file (`gatehouse audit export`), and goes on where that was interrupted.

Beside the file that is being written stands a cursor, `FILE.cursor`: after each page what was written is on the disk
before the cursor says so. Whoever goes on cuts off what stands after it (perhaps half a line), so no event is doubled
and none is lost. The place in memory is one page, whatever the record's length.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

from pydantic import TypeAdapter, ValidationError

from bot.audit import (
    About,
    Asked,
    Entry,
    Head,
    Seal,
    about_line,
    end_line,
    entry_line,
    header_line,
    ocsf_line,
    part_end,
    part_header,
    part_line,
    seal_line,
    table_head,
    table_line,
)
from bot.checkup.parts import Format, about_of
from bot.checkup.server import place_of
from bot.ledger import Ledger, LedgerError
from bot.settings import Settings
from bot.terminal import complain, printable

PAGE = 1000
"""Events that are held in memory (our choice)."""


class ExportFault(Exception):
    """The export cannot be made as it was asked for; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    format: Format = "jsonl"
    asked: Asked = field(default_factory=Asked)
    after_link: str = ""
    """The link of the event that the export before ended with."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an export is."""

    order: Order
    begins: Head
    """Where the record stood before the first event of this file."""
    until: Head
    """Where it is to end: what happens meanwhile is not in it."""
    number: int
    """The last event that was read."""
    link: str
    bytes: int = 0
    events: int = 0
    """How many were written."""
    first: int = 0
    last: int = 0

    @property
    def has_gaps(self) -> bool:
        """Whether events in between may be left out of it; then nothing can be sealed."""
        return self.order.format != "jsonl" or bool(self.order.asked.organization_id)

    def about(self) -> About:
        """What the file says of itself."""
        return About(self.order.asked, self.events, self.first, self.last, self.until)


_CURSORS = TypeAdapter(Cursor)
_LINES: dict[Format, Callable[[Entry, str], str]] = {
    "jsonl": part_line,
    "csv": table_line,
    "ocsf": ocsf_line,
}


def cursor_of(file: Path) -> Path:
    """Where the cursor of an export stands while it is being written."""
    return file.with_name(f"{file.name}.cursor")


async def write_export(ledger: Ledger, file: Path, order: Order | None) -> Cursor:
    """Write it all; `order` None: go on with what was begun. Raises ExportFault, OSError, LedgerError."""
    cursor = await _resumed(ledger, file) if order is None else await _begun(ledger, file, order)
    with file.open("r+b") as out:
        if os.fstat(out.fileno()).st_size < cursor.bytes:
            raise ExportFault(
                f"{file} is shorter than {cursor_of(file)} says. Delete both, and export again."
            )
        out.truncate(cursor.bytes)
        out.seek(cursor.bytes)
        async for lines, reached in _pages(ledger, cursor):
            cursor = await asyncio.to_thread(_put, out, file, lines, reached)
        if cursor.number < cursor.until.number:
            raise ExportFault(
                f"The ledger's record is damaged: it has no event {cursor.number + 1}, and its head says "
                f"{cursor.until.number}. {file} holds what there is before it."
            )
        cursor = await asyncio.to_thread(_put, out, file, _last(cursor), cursor, keep=False)
    await asyncio.to_thread(_finish, file, cursor)
    return cursor


async def _begun(ledger: Ledger, file: Path, order: Order) -> Cursor:
    _check_new(file)
    cursor = await _planned(ledger, order)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with file.open("r+b") as out:
        return _put(out, file, _head(cursor), cursor)


def _check_new(file: Path) -> None:
    if cursor_of(file).exists():
        raise ExportFault(
            f"{file} is an export that was interrupted. Go on with it: gatehouse audit export {file} --resume. Or "
            f"delete it and {cursor_of(file).name}."
        )
    if file.exists():
        raise FileExistsError(file)


async def _resumed(ledger: Ledger, file: Path) -> Cursor:
    place = cursor_of(file)
    try:
        cursor = _CURSORS.validate_json(place.read_bytes())
    except FileNotFoundError:
        raise ExportFault(
            f"There is no {place}: nothing was interrupted there. Export without --resume."
        ) from None
    except ValidationError:
        raise ExportFault(f"{place} is damaged. Delete it and {file}, and export again.") from None
    for number, link in ((cursor.number, cursor.link), (cursor.until.number, cursor.until.link)):
        if number and await ledger.chain.link_of_event(number) != link:
            raise ExportFault(
                f"{file} was begun on another record: its event {number} is not in this ledger. Export again into "
                "another file."
            )
    return cursor


async def _planned(ledger: Ledger, order: Order) -> Cursor:
    """Where it begins and ends."""
    until, after = await ledger.chain.head(), order.asked.after
    if after and await ledger.chain.link_of_event(after) != order.after_link:
        raise ExportFault(
            f"--after {after}={order.after_link} is not in this record: it has no event {after} with that link. Take "
            "what the export before said, of the same installation."
        )
    begins = await _head_at(ledger, after, order.after_link)
    cursor = Cursor(order, begins, until, begins.number, begins.link)
    return cursor if cursor.has_gaps or not _has_span(order.asked) else await _of_whole_seals(ledger, cursor)


def _has_span(asked: Asked) -> bool:
    return bool(asked.since_ms or asked.until_ms)


async def _head_at(ledger: Ledger, number: int, link: str) -> Head:
    """Where the record stood at this event."""
    if not number:
        return Head()
    seal = await ledger.chain.seal_before(number)
    return Head(number, link, seal.number, seal.last, seal.digest) if seal else Head(number, link)


async def _of_whole_seals(ledger: Ledger, cursor: Cursor) -> Cursor:
    """A span in JSON Lines, widened to whole seals: it has no gap, and verifies. Nothing in the span: nothing."""
    asked, first, last = cursor.order.asked, 0, 0
    async for page in _read(ledger, cursor.begins.number, cursor.until.number):
        for entry in page:
            if asked.holds(entry):
                first, last = first or entry.number, entry.number
    if not first:
        return replace(cursor, until=cursor.begins)
    begins, until = cursor.begins, cursor.until
    if (before := await ledger.chain.seal_before(first - 1)) and before.last > begins.number:
        begins = _at(before)
    if (ends := await ledger.chain.seal_over(last)) and ends.number <= until.seals:
        until = _at(ends)
    return replace(cursor, begins=begins, until=until, number=begins.number, link=begins.link)


def _at(seal: Seal) -> Head:
    return Head(seal.last, seal.link, seal.number, seal.last, seal.digest)


async def _read(ledger: Ledger, after: int, until: int) -> AsyncIterator[list[Entry]]:
    while after < until:
        page = await ledger.chain.entries(after, min(PAGE, until - after))
        if not page:
            return
        yield page
        after = page[-1].number


async def _pages(ledger: Ledger, cursor: Cursor) -> AsyncIterator[tuple[list[str], Cursor]]:
    """The lines of one page after the other, and where the export is then."""
    async for page in _read(ledger, cursor.number, cursor.until.number):
        if cursor.has_gaps:
            lines, shown = _chosen(page, cursor)
        else:
            sealed = await ledger.chain.seals(page[0].number, page[-1].number)
            lines, shown = list(_sealed(page, sealed, cursor.until)), page
        cursor = replace(
            cursor,
            number=page[-1].number,
            link=page[-1].link,
            events=cursor.events + len(shown),
            first=cursor.first or (shown[0].number if shown else 0),
            last=shown[-1].number if shown else cursor.last,
        )
        yield lines, cursor


def _sealed(page: Iterable[Entry], seals: Iterable[Seal], until: Head) -> Iterator[str]:
    ends = {one.last: one for one in seals if one.number <= until.seals}
    for entry in page:
        yield entry_line(entry)
        if entry.number in ends:
            yield seal_line(ends[entry.number])


def _chosen(page: Iterable[Entry], cursor: Cursor) -> tuple[list[str], list[Entry]]:
    before, line, asked = cursor.link, _LINES[cursor.order.format], cursor.order.asked
    lines, shown = [], []
    for entry in page:
        if asked.holds(entry):
            lines.append(line(entry, before))
            shown.append(entry)
        before = entry.link
    return lines, shown


def _head(cursor: Cursor) -> list[str]:
    if cursor.order.format != "jsonl":
        return [table_head()] if cursor.order.format == "csv" else []
    asked = cursor.order.asked
    if cursor.has_gaps:
        return [part_header(asked, cursor.begins)]
    return [header_line(cursor.begins, **({} if asked.is_all else {"part": asdict(asked)}))]


def _last(cursor: Cursor) -> list[str]:
    if cursor.order.format != "jsonl":
        return []
    return [part_end(cursor.about()) if cursor.has_gaps else end_line(cursor.until)]


def _put(out: IO[bytes], file: Path, lines: list[str], cursor: Cursor, *, keep: bool = True) -> Cursor:
    """Write these lines; when they are on the disk, say so. Without `keep` they come again after an interruption."""
    out.write("".join(f"{line}\n" for line in lines).encode())
    out.flush()
    os.fsync(out.fileno())
    reached = replace(cursor, bytes=out.tell())
    if keep:
        _replace(cursor_of(file), _CURSORS.dump_json(reached))
    return reached


def _finish(file: Path, cursor: Cursor) -> None:
    """The file is whole: what it is stands beside it, and nothing is to be gone on with."""
    if cursor.order.format != "jsonl":
        with file.open("rb") as made:
            digest = hashlib.file_digest(cast("Any", made), "sha256").hexdigest()
        about = replace(cursor.about(), sha256=digest)
        _replace(
            about_of(file), about_line(about, format=cursor.order.format, file=file.name).encode() + b"\n"
        )
    cursor_of(file).unlink()


def _replace(place: Path, text: bytes) -> None:
    """As a whole or not at all."""
    fresh = place.with_name(f".{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(place)


async def export(settings: Settings, file: Path, order: Order | None) -> int:
    """Write an export, or go on with one; the exit status, with sentences."""
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="audit-export")
    except (LedgerError, OSError) as error:
        return complain([f"The ledger cannot be read: {error}. `gatehouse check` tells more."])
    try:
        cursor = await write_export(ledger, file, order)
    except ExportFault as error:
        return complain([str(error)])
    except FileExistsError:
        return complain([f"{file} exists already and is left as it is. Name a file that does not exist."])
    except OSError as error:
        return complain(
            [f"{file} cannot be written ({error.strerror}). Name a place that can be.", *_rest(file)]
        )
    except LedgerError as error:
        return complain([f"The export stopped: {error}.", *_rest(file)])
    finally:
        await ledger.close()
    sys.stdout.write(printable(_said(file, cursor), keep="\n") + "\n")
    return 0


def _rest(file: Path) -> list[str]:
    if not cursor_of(file).exists():
        return []
    return [f"What is written stays. Go on with: gatehouse audit export {file} --resume"]


def _said(file: Path, cursor: Cursor) -> str:
    asked, begins = cursor.order.asked, cursor.begins.number
    partly = f" --from {begins + 1}" if begins and not cursor.has_gaps else ""
    said = f"{file}: {cursor.events} events. `gatehouse audit verify {file}{partly}` checks them anywhere."
    if not cursor.has_gaps and _has_span(asked) and cursor.events:
        said += f"\nWhole seals, so that they verify: events {cursor.first} to {cursor.last}."
    if cursor.until.number:
        said += f"\nGo on from here the next time with --after {cursor.until.number}={cursor.until.link}"
    return said
