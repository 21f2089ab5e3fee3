"""The record as a table (CSV), for a spreadsheet. Pure.

Every cell is quoted, and none is a formula: one that begins like a formula gets an apostrophe before it, which a
spreadsheet does not show. The written event stands in its last column as it is chained, so a table can be verified.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from bot.audit.chain import Entry
from bot.audit.parts import Row

COLUMNS = (
    *("number", "at", "event", "organization_id", "case_id", "request_id", "press_id", "person_id"),
    *("slack_user_id", "why", "private", "at_ms", "before", "link", "body"),
)
"""`before` is the link of the event before, which a part may leave out."""
_FROM_THE_EVENT = COLUMNS[3:9]
_ACTS = frozenset("=+-@'")
"""What a cell that acts begins with (OWASP, "CSV Injection"), in whatever width; and our own apostrophe."""
_BREAKS = frozenset("\t\r\n")
"""The same, before anything that is seen."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def inert(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not calculate it.

    What is not seen before a formula is looked through: blanks, control and format characters of every sort.
    """
    unseen = "".join(takewhile(lambda each: unicodedata.category(each)[0] in "ZC", cell))
    begins = unicodedata.normalize("NFKC", cell[len(unseen) :][:1])
    return f"'{cell}" if begins[:1] in _ACTS or not _BREAKS.isdisjoint(unseen) else cell


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([inert(each) for each in cells])
    return out.getvalue()[:-1]


def table_head() -> str:
    """The first line: the columns' names."""
    return _line(COLUMNS)


def table_line(entry: Entry, before: str) -> str:
    """One event as a row."""
    return _line(_cells(entry, before))


def _cells(entry: Entry, before: str) -> list[str]:
    event = json.loads(entry.body)
    at = _EPOCH + timedelta(milliseconds=entry.at_ms)
    told = [str(event.get(name, "")) for name in _FROM_THE_EVENT]
    why = event.get("facts", {}).get("why", "")
    cells = [str(entry.number), f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z", str(event["name"])]
    return [*cells, *told, str(why), entry.private, str(entry.at_ms), before, entry.link, entry.body]


def table_rows(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a table. ValueError in words at what is none. A spreadsheet's own saving may alter a table: then
    the rows do not fit, which is what is to be told."""
    # One event may be longer than the standard library takes for a cell.
    csv.field_size_limit(sys.maxsize)
    table = csv.reader(lines, strict=True)
    try:
        if next(table, None) != list(COLUMNS):
            raise ValueError("line 1: these are not the columns of an export")
        for cells in filter(None, table):
            yield _row(f"line {table.line_num}", cells)
    except csv.Error as error:
        raise ValueError(f"line {table.line_num}: is no row of a table ({error})") from None


def _row(where: str, cells: list[str]) -> Row:
    try:
        private, at_ms, before, link, body = cells[-5:]
        entry = Entry(number=int(cells[0]), at_ms=int(at_ms), link=link, body=body, private=private)
        told = _cells(entry, before)
        same = len(told) == len(cells) and all(map(_shows, cells, told))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        raise ValueError(f"{where}: is not a row of an export") from None
    return Row(where, entry, before, "" if same else "shows cells that are not what the event says")


def _shows(shown: str, told: str) -> bool:
    """Whether a cell shows this text. Former releases did not look behind everything that is unseen."""
    return shown == inert(told) or (shown == told and told.lstrip(" ")[:1] not in _ACTS | _BREAKS)
