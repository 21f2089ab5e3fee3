"""Reading lists: three ways to say "no rows", pages over a list that changes meanwhile, no row twice."""

import json
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from bot.portal.answers import Answer
from bot.portal.errors import AnswerNotUnderstood
from bot.portal.lenient import JsonObject, Wire, value_in

# A guard against a portal that never stops paging; 500 pages of 200 rows are more than any tenant's lists.
_MOST_PAGES: Final = 500
# How often a list that moved while it was read is walked again; the next poll walks it anyway.
_MOST_WALKS: Final = 3

Row = TypeVar("Row")
Model = TypeVar("Model", bound=Wire)


@dataclass(frozen=True)
class Totals:
    """What the `Pagination` header says; None where it does not."""

    pages: int | None = None
    items: int | None = None


@dataclass(frozen=True)
class Page:
    """The rows of one page as received."""

    rows: tuple[JsonObject, ...]
    totals: Totals


def page_of(answer: Answer) -> Page:
    """One page. `[]`, an empty body and `null` are a page without rows; `{"data": [...]}` is one too."""
    value = answer.value()
    if isinstance(value, dict) and isinstance(value_in(value, "data"), list):
        value = value_in(value, "data")
    if value is None:
        value = []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise AnswerNotUnderstood(
            "the answer is not a list of objects", operation=answer.operation, status=answer.status
        )
    return Page(tuple(value), _totals(answer.pagination))


def object_of(answer: Answer) -> JsonObject | None:
    """One object; None for an empty body or `null`."""
    value = answer.value()
    if value is None or isinstance(value, dict):
        return value
    raise AnswerNotUnderstood("the answer is not an object", operation=answer.operation, status=answer.status)


def reader(model: type[Model], operation: str) -> Callable[[JsonObject], Model]:
    """Reads rows of one kind; a row that does not fit is an `AnswerNotUnderstood` that names its members."""

    def read(received: JsonObject) -> Model:
        return understood(model.read, received, operation)

    return read


def understood(read: Callable[[JsonObject], Row], received: JsonObject, operation: str) -> Row:
    """`read(received)`, with a misfit told as the portal's error and without quoting any value."""
    try:
        return read(received)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, fault["loc"])) or "(row)" for fault in error.errors()}))
        raise AnswerNotUnderstood(f"cannot read {where} of a row", operation=operation) from error


async def walk(
    ask: Callable[[int], Awaitable[Answer]],
    *,
    page_size: int,
    read: Callable[[JsonObject], Row],
    key: Callable[[Row], Hashable],
) -> tuple[Row, ...]:
    """All rows of a list, each once, the newest reading of each.

    `ask(n)` reads page n, from 1. Offset pages slip when rows come or go between two of them; if the walk
    saw fewer rows than the portal counted, or the count moved, the list is walked again and the findings
    are joined. A row may still be missing: absence from a list proves nothing.
    """
    rows: dict[Hashable, Row] = {}
    for _ in range(_MOST_WALKS):
        seen, counts = await _walk_once(ask, page_size, read, key)
        rows |= seen
        if len(counts) <= 1 and len(seen) >= max(counts, default=0):
            break
    return tuple(rows.values())


async def _walk_once(
    ask: Callable[[int], Awaitable[Answer]],
    page_size: int,
    read: Callable[[JsonObject], Row],
    key: Callable[[Row], Hashable],
) -> tuple[dict[Hashable, Row], set[int]]:
    """One walk over all pages: the rows by key, and every total that was told on the way."""
    seen: dict[Hashable, Row] = {}
    counts: set[int] = set()
    for number in range(1, _MOST_PAGES + 1):
        answer = await ask(number)
        page = page_of(answer)
        seen |= {key(row): row for row in map(read, page.rows)}
        if page.totals.items is not None:
            counts.add(page.totals.items)
        if _is_last(page, number, page_size):
            return seen, counts
    raise AnswerNotUnderstood(f"the list has no end after {_MOST_PAGES} pages", operation=answer.operation)


def _is_last(page: Page, number: int, page_size: int) -> bool:
    """By the portal's page count; without one, a page that is not full is the last."""
    if not page.rows:
        return True
    if page.totals.pages is not None:
        return number >= page.totals.pages
    return len(page.rows) < page_size


def _totals(header: str) -> Totals:
    """The totals of a `Pagination` header; none of them where it is missing or garbled."""
    try:
        held: Any = json.loads(header) if header else {}
    except ValueError:
        return Totals()
    if not isinstance(held, dict):
        return Totals()
    return Totals(pages=_count(value_in(held, "totalPages")), items=_count(value_in(held, "totalItems")))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
