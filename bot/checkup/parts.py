"""Verifies what does not verify by itself: an export of one organization, a table, an export for a SIEM."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.audit import (
    COLUMNS,
    PART_FORMAT,
    About,
    Entry,
    PartFound,
    Row,
    Verification,
    against_the_whole,
    counted,
    fitting,
    ocsf_rows,
    part_rows,
    read_about,
    table_rows,
    whole_entries,
)
from bot.checkup.verifying import Brought, Unreadable, lines_of, verified_whole
from bot.terminal import complain, printable

Format = Literal["jsonl", "csv", "ocsf"]

_ROWS: dict[Format, Callable[[Iterable[str], About], Iterator[Row]]] = {
    "jsonl": part_rows,
    "csv": lambda lines, _: table_rows(lines),
    "ocsf": lambda lines, _: ocsf_rows(lines),
}
_CALLED: dict[Format, str] = {
    "jsonl": "an export of a part of the record",
    "csv": "an export as a table",
    "ocsf": "an export for a SIEM (OCSF)",
}


def about_of(file: Path) -> Path:
    """Where a table or an export for a SIEM says what it is."""
    return file.with_name(f"{file.name}.about.json")


def part_format(file: Path) -> Format | None:
    """What a file is, where it is no export that verifies by itself. Raises Unreadable."""
    first = next(iter(lines_of(file)), "")
    if first.replace('"', "").strip() == ",".join(COLUMNS):
        return "csv"
    if not first and about_of(file).exists():
        return "ocsf"  # Nothing was asked for that there is: the only format without a first line.
    try:
        told = json.loads(first)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if "class_uid" in told:
        return "ocsf"
    return "jsonl" if told.get("format") == PART_FORMAT else None


def verify_part(file: Path, kind: Format, brought: Brought) -> int:
    """Say what it can be held against, and what it shows then; the exit status. Raises Unreadable."""
    if brought.following:
        raise Unreadable("Parts of one organization, tables and exports for a SIEM are verified one by one.")
    found = PartFound()
    told = About() if kind == "jsonl" else _beside(file, found)
    said = told or About()
    entries = fitting(_ROWS[kind](lines_of(file), said), said, found)
    whole: Verification | None = None
    try:
        if brought.whole is not None:
            whole = _against(brought.whole, brought, entries, told, found)
        for _ in entries:
            pass
        found.problems += counted(told, found) if told is not None else ()
    except ValueError as error:
        found.fault(str(error))
    outcome = _Outcome(file, kind, found, told, whole)
    if whole is None and (brought.seals or brought.seal_files or brought.key_files):
        found.fault(
            f"no seal and no signature can be held against {_CALLED[kind]}: a seal is over every event. Name a whole "
            "export too, as in --whole record.jsonl"
        )
    for problem in found.problems:
        complain([f"{file}: {problem}."])
    sys.stdout.write("".join(f"{printable(line)}\n" for line in _verdict(outcome, brought.whole)))
    return 1 if found.problems else 0


def _against(
    whole: Path, brought: Brought, entries: Iterable[Entry], told: About | None, found: PartFound
) -> Verification:
    """Hold its events against a whole export, which is verified first."""
    proven = verified_whole(whole, brought)
    for problem in proven.problems:
        found.fault(f"{whole}: {problem}")
    if not proven.problems:
        for difference in against_the_whole(entries, whole_entries(lines_of(whole)), told):
            found.fault(difference)
    return proven


@dataclass(frozen=True, slots=True)
class _Outcome:
    file: Path
    kind: Format
    found: PartFound
    about: About | None
    """None: it is not known what the file was to hold."""
    whole: Verification | None
    """None: no whole export was brought."""


def _beside(file: Path, found: PartFound) -> About | None:
    """What the file beside it says, held against its digest."""
    place = about_of(file)
    if not place.exists():
        return None
    try:
        about = read_about("".join(lines_of(place)))
    except ValueError as error:
        raise Unreadable(f"{place}: {error}. Take the one that was exported with {file.name}.") from None
    with file.open("rb") as made:
        digest = hashlib.file_digest(made, "sha256").hexdigest()
    if digest != about.sha256:
        found.fault(f"the file is not the one that {place.name} is about (its SHA-256 is {digest})")
    return about


def _verdict(outcome: _Outcome, whole_file: Path | None) -> Iterator[str]:
    file, found, whole = outcome.file, outcome.found, outcome.whole
    if found.problems:
        yield f"{file}: NOT verified, {len(found.problems)} problems."
        return
    yield (
        f"{file}: {_CALLED[outcome.kind]}, {found.events} events ({found.first} to {found.last}), left out between "
        f"them at {found.gaps} places. Each fits its own link, and neighbours follow each other."
    )
    if outcome.about is None:
        yield (
            f"There is no {about_of(file).name} beside it: what it was to hold is not known, so nothing shows "
            "whether events were taken out or its end was cut off."
        )
    if whole is None:
        yield (
            "That is all that it shows. It does not prove that it is of the record that was kept, nor that what is "
            "left out is rightly left out: hold it against a whole export (--whole record.jsonl, with its --seal and "
            "--public-key)."
        )
        return
    complete = ", and nothing that belongs to it is missing" if outcome.about is not None else ""
    yield f"Every event of it stands in {whole_file}{complete}."
    yield (
        f"{whole_file} is proven up to event {whole.proven_to}."
        if whole.proven_to
        else f"{whole_file} fits together, and that is all: nothing from outside was compared."
    )
