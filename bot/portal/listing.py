"""Reading lists: three ways to say “no rows”, pages over a list that changes meanwhile, odd rows said once."""

import json
import re
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple, Self, TypeVar

import structlog
from msgspec import Raw
from msgspec.json import Decoder
from pydantic import ValidationError

from bot.portal.errors import Answer, AnswerNotUnderstood, parsed
from bot.portal.lenient import JsonObject, value_in
from bot.portal.transport import Call, Transport
from bot.turns import Turns

# A guard against a portal that never stops paging; 500 pages of 200 rows are more than any tenant's lists.
_MOST_PAGES: Final = 500
# How often a list that moved while it was read is walked again; the next poll walks it anyway.
_MOST_WALKS: Final = 3

# What a list holds that is none of rows.
_OTHER_THINGS: Final = (str, int, float, list)
_OBJECT_OR_NULL: Final = (b"{", b"n")
"""What a text of either begins with."""

_ANSWER: Final = Decoder(list[Raw] | dict[str, Raw] | None)
_LIST: Final = Decoder(list[Raw])

_NOT_UTF8 = re.compile("[\\udc80-\\udcff]")

Row = TypeVar("Row")


class Rows(tuple[Row, ...]):  # noqa: SLOT001 - a tuple has no room for slots of its heirs
    """The rows of a list that could be read, and of those that could not what was wrong, without any value.

    Whoever takes the absence of a row for a fact has to look at `odd` first.
    """

    odd: tuple[str, ...]

    def __new__(cls, rows: Iterable[Row] = (), odd: Iterable[str] = ()) -> Self:
        """Rows, and one entry for each that is odd."""
        made = super().__new__(cls, rows)
        made.odd = tuple(odd)
        return made


@dataclass(frozen=True)
class Totals:
    """What the `Pagination` header says; None where it does not."""

    pages: int | None = None
    items: int | None = None


@dataclass(frozen=True)
class Page:
    """The rows of one page as received, each still to be looked at (`row_in`)."""

    rows: tuple[Any, ...]
    totals: Totals


def page_of(answer: Answer) -> Page:
    """One page. `[]`, an empty body and `null` are a page without rows; `{"data": [...]}` is one too.

    A list of numbers or texts is another list than the one that was asked for; a null among objects is an odd row.
    """
    value = _in_pieces(answer)
    if value is None:
        value = []
    if not isinstance(value, list) or (value and all(map(_is_other, value))):
        raise AnswerNotUnderstood(
            "the answer is not a list of objects", operation=answer.operation, status=answer.status
        )
    rows = value if answer.is_whole else map(_without_garbled, value)
    return Page(tuple(rows), _totals(answer.pagination))


def _in_pieces(answer: Answer) -> Any:
    """The list, each row of it still as text: most are known and need not be read, and reading one holds the loop for
    that one alone. Where a text has more than this reader takes, such as half a character, all of it is read. What is
    no list comes as it is.
    """
    if answer.is_whole:
        with suppress(ValueError, TypeError, RecursionError):
            held = _ANSWER.decode(answer.body)
            return _LIST.decode(value_in(held, "data")) if isinstance(held, dict) else held
    value = answer.value()
    data = value_in(value, "data") if isinstance(value, dict) else None
    return data if isinstance(data, list) else value


def row_in(piece: Any) -> Any:
    """A row of a page, as received. ValueError or RecursionError for what no reader takes, such as endless nesting."""
    return parsed(bytes(piece)) if isinstance(piece, Raw) else piece


def _is_other(piece: Any) -> bool:
    return (
        bytes(piece)[:1] not in _OBJECT_OR_NULL
        if isinstance(piece, Raw)
        else isinstance(piece, _OTHER_THINGS)
    )


def _without_garbled(value: Any) -> Any:
    """The value with an empty object, which no member takes, in the place of each text that is not UTF-8."""
    if isinstance(value, str):
        return {} if _NOT_UTF8.search(value) else value
    if isinstance(value, list):
        return [_without_garbled(one) for one in value]
    return {key: _without_garbled(one) for key, one in value.items()} if isinstance(value, dict) else value


def object_of(answer: Answer) -> JsonObject | None:
    """One object; None for an empty body or `null`. It has to be UTF-8 as a whole: parts of it are sent back."""
    if not answer.is_whole:
        raise AnswerNotUnderstood(
            "the answer is not UTF-8 text", operation=answer.operation, status=answer.status
        )
    value = answer.value()
    if value is None or isinstance(value, dict):
        return value
    raise AnswerNotUnderstood("the answer is not an object", operation=answer.operation, status=answer.status)


def told(rows: Rows[Row], operation: str) -> Rows[Row]:
    """The rows; AnswerNotUnderstood where there are some and none of them can be read: that is no empty list."""
    if rows.odd and not rows:
        raise none_understood(rows.odd, operation)
    return rows


def none_understood(odd: Sequence[str], operation: str) -> AnswerNotUnderstood:
    """Of all rows of a list."""
    return AnswerNotUnderstood("; ".join(sorted(set(odd))), odd=tuple(odd), operation=operation)


async def read_rows(
    received: Iterable[Any], read: Callable[[JsonObject], Row], operation: str, turns: Turns
) -> Rows[Row]:
    """Each row for itself, in turns with whatever else waits; what does not fit is told, and the others go on."""
    rows: list[Row] = []
    odd: list[str] = []
    for piece in received:
        await turns.rest()
        try:
            one = row_in(piece)
        except (ValueError, RecursionError):
            odd.append("a row cannot be read")
            continue
        if not isinstance(one, dict):
            odd.append("a row is not an object")
            continue
        try:
            rows.append(understood(read, one, operation))
        except AnswerNotUnderstood as error:
            odd.append(error.message)
    return Rows(rows, odd)


def understood(read: Callable[[JsonObject], Row], received: JsonObject, operation: str) -> Row:
    """`read(received)`, with a misfit told as the portal's error and without quoting any value."""
    try:
        return read(received)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, fault["loc"])) or "(row)" for fault in error.errors()}))
        raise AnswerNotUnderstood(f"cannot read {where} of a row", operation=operation) from error


class Walked(NamedTuple):
    """What a walk came by, beside what was done with its rows."""

    rows: int
    """The most that one time through the list showed, each counted once."""
    odd: tuple[str, ...]
    """What was wrong with those that could not be read, the last time through."""


Take = Callable[[Sequence[Any], str, Turns], Awaitable[Rows[Hashable]]]
"""Works on the rows of a page, of this operation, and answers what tells each from the others, and what was odd."""


async def walk(ask: Callable[[int], Awaitable[Answer]], take: Take, *, page_size: int) -> Walked:
    """All rows of a list, page by page. A row may be taken twice: its newest reading is the last one.

    `ask(n)` reads page n, from 1. Offset pages slip when rows come or go between two of them; if the walk
    saw fewer rows than the portal counted, or the count moved, the list is walked again. A row may still be
    missing: absence from a list proves nothing.
    """
    most = 0
    odd: tuple[str, ...] = ()
    for _ in range(_MOST_WALKS):
        seen, counts, odd = await _walk_once(ask, take, page_size)
        most = max(most, seen)
        if len(counts) <= 1 and seen + len(odd) >= max(counts, default=0):
            break
    return Walked(most, odd)


async def _walk_once(
    ask: Callable[[int], Awaitable[Answer]], take: Take, page_size: int
) -> tuple[int, set[int], tuple[str, ...]]:
    """One walk over all pages: how many rows it saw, every total that was told on the way, and what was odd."""
    seen: set[Hashable] = set()
    counts: set[int] = set()
    odd: tuple[str, ...] = ()
    turns = Turns()
    for number in count(1):
        taken, totals, is_last = await _page_taken(ask, take, number, page_size, turns)
        seen.update(taken)
        odd += taken.odd
        if totals.items is not None:
            counts.add(totals.items)
        if is_last:
            break
    return len(seen), counts, odd


async def _page_taken(
    ask: Callable[[int], Awaitable[Answer]], take: Take, number: int, page_size: int, turns: Turns
) -> tuple[Rows[Hashable], Totals, bool]:
    """One page, of which nothing is left in memory when the next one comes; and whether it is the last."""
    answer = await ask(number)
    # It came at its own time, maybe in the midst of a press.
    await turns.rest()
    page = page_of(answer)
    is_last = _is_last(page, number, page_size)
    if number == _MOST_PAGES and not is_last:
        text = f"the list has no end after {_MOST_PAGES} pages"
        raise AnswerNotUnderstood(text, operation=answer.operation)
    return await take(page.rows, answer.operation, turns), page.totals, is_last


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
    except (ValueError, RecursionError):
        return Totals()
    if not isinstance(held, dict):
        return Totals()
    return Totals(pages=_count(value_in(held, "totalPages")), items=_count(value_in(held, "totalItems")))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


log = structlog.get_logger()


class Lists:
    """Walks lists over one transport."""

    def __init__(self, transport: Transport, page_size: int) -> None:
        self._transport = transport
        self._page_size = page_size
        self._odd: dict[str, tuple[str, ...]] = {}

    def page(self, number: int) -> dict[str, int]:
        """The members of a body that ask for a page, from 1."""
        return {"pageNumber": number, "pageSize": self._page_size}

    async def whole(
        self, call: Callable[[int], Call], read: Callable[[JsonObject], Row], key: Callable[[Row], Hashable]
    ) -> Rows[Row]:
        """Every page, each row once, the newest reading of each; AnswerNotUnderstood where there are rows and none of
        them can be read."""
        rows: dict[Hashable, Row] = {}

        async def take(received: Sequence[Any], operation: str, turns: Turns) -> Rows[Hashable]:
            page = await read_rows(received, read, operation, turns)
            rows.update((key(row), row) for row in page)
            return Rows(map(key, page), page.odd)

        walked = await self.taken(call, take)
        return told(Rows(rows.values(), walked.odd), call(1).action)

    async def taken(self, call: Callable[[int], Call], take: Take) -> Walked:
        """Every page, and none of them held."""

        async def ask(number: int) -> Answer:
            return await self._transport.read(call(number))

        walked = await walk(ask, take, page_size=self._page_size)
        self._noted(call(1).action, walked.odd)
        return walked

    async def first(self, call: Call, read: Callable[[JsonObject], Row]) -> tuple[Rows[Row], Totals]:
        """What one call alone answers, whether or not any of its rows can be read; and how much there is."""
        page = page_of(await self._transport.read(call))
        return await read_rows(page.rows, read, call.action, Turns()), page.totals

    async def rows(
        self, received: Iterable[Any], read: Callable[[JsonObject], Row], operation: str
    ) -> Rows[Row]:
        """The rows of an answer that is no list of pages; like `whole` where none can be read."""
        rows = await read_rows(received, read, operation, Turns())
        self._noted(operation, rows.odd)
        return told(rows, operation)

    def _noted(self, operation: str, odd: tuple[str, ...]) -> None:
        """Say what is odd once, and again when it is something else: a list is read every few seconds."""
        if odd and self._odd.get(operation) != odd:
            log.warning(
                "portal_rows_not_understood", operation=operation, rows=len(odd), why=sorted(set(odd))
            )
        self._odd[operation] = odd
