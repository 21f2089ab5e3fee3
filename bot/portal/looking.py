"""One look at the requests that wait, in which a row that is known word for word is not read again; and at those that
were decided last."""

import json
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Final, Generic, NamedTuple, TypeVar

from msgspec import Raw
from msgspec.json import Decoder

from bot.portal.facts import OPEN_STATUSES, RequestStatus
from bot.portal.lenient import JsonObject, names_read
from bot.portal.listing import Lists, Rows, Walked, none_understood, read_rows, told
from bot.portal.questions import list_call
from bot.portal.wire import ApprovalRequestRow, read_row
from bot.turns import Turns

_DIGEST_BYTES = 8
_OUR_OWN: Final = token_bytes(16)
"""Eight bytes are few for whoever could try out which rows have the same digest: so they depend on this."""

_MEMBERS: Final = Decoder(dict[str, Raw])

_AT_ONCE: Final = 50
"""Rows in memory as what is kept of them, and with them their cases (our choice)."""

Kept = TypeVar("Kept")


class Sighted(NamedTuple, Generic[Kept]):
    """A row that was read, as it is kept."""

    request_id: str
    digest: int | None
    """What a later look may name as known; None: never."""
    row: Kept


Known = Callable[[Sequence[int]], Awaitable[Collection[int]]]
"""Which of these rows, by their digests, need not be read."""


@dataclass(frozen=True, slots=True)
class Look(Generic[Kept]):
    """One look at all requests with one of the statuses, page by page."""

    known: Known
    keep: Callable[[ApprovalRequestRow], Kept]
    """What is held of a row. It carries its object as received, so that ten thousand of them take 160 MB."""
    take: Callable[[Sequence[Sighted[Kept]]], Awaitable[None]]
    """Gets the rows that were read, some at a time. A request may come twice, its newest reading last."""

    async def through(self, lists: Lists, statuses: tuple[int, ...], page_size: int) -> Walked:
        """Once through the whole list. AnswerNotUnderstood where there are rows and none of them can be read."""
        rows, odd = 0, list[str]()
        for status_id in statuses:
            call = partial(list_call, status_id, page_size=page_size)
            found = await lists.taken(call, self._page)
            rows += found.rows
            odd += found.odd
        if odd and not rows:
            raise none_understood(odd, "ApprovalRequestGetByParameters")
        return Walked(rows, tuple(odd))

    async def _page(self, received: Sequence[Any], operation: str, turns: Turns) -> Rows[Hashable]:
        digests: list[int | None] = []
        for one in received:
            await turns.rest()
            digests.append(digest_of_row(one))
        known = await self.known([one for one in digests if one is not None])
        unread = [(one, digest) for one, digest in zip(received, digests, strict=True) if digest not in known]
        keys, odd = [*known], list[str]()
        for start in range(0, len(unread), _AT_ONCE):
            rows = await self._part(unread[start : start + _AT_ONCE], operation, turns)
            await self.take(rows)
            # By its digest, as where it is known: it may come again on the next page, and is known by then.
            keys += [hash(row.request_id) if row.digest is None else row.digest for row in rows]
            odd += rows.odd
        return Rows(keys, odd)

    async def _part(
        self, unread: Sequence[tuple[Any, int | None]], operation: str, turns: Turns
    ) -> Rows[Sighted[Kept]]:
        digest: int | None = None

        def pieces() -> Iterator[Any]:
            nonlocal digest
            for piece, digest in unread:  # noqa: B007 - of the row that is read next
                yield piece

        def read(received: JsonObject) -> Sighted[Kept]:
            row = read_row(received)
            return Sighted(row.approval_request_id, digest, self.keep(row))

        return await read_rows(pieces(), read, operation, turns)


def digest_of_row(piece: Any) -> int | None:
    """What of a row is read at all, as received, in a number; None for what is no object or is nested too deep.

    The members that nothing reads are left out: some count seconds. Other spellings or another order of the same
    members give another digest, which costs one reading.
    """
    try:
        members = _MEMBERS.decode(piece) if isinstance(piece, Raw) else _written(piece)
    except (ValueError, RecursionError):
        return None
    names = _names_read(tuple(members))
    text = b"\n".join(["\n".join(names).encode(), *(members[name] for name in names)])
    digest = blake2b(text, digest_size=_DIGEST_BYTES, key=_OUR_OWN).digest()
    return int.from_bytes(digest, "big", signed=True)


def _written(row: object) -> Mapping[str, bytes]:
    """The members that are read of a row that came out of its page. ValueError for what is no object."""
    if not isinstance(row, dict):
        raise ValueError("a row is not an object")  # noqa: TRY004 - as of a text that is none
    return {name: json.dumps(row[name]).encode() for name in _names_read(tuple(row))}


@lru_cache(maxsize=64)
def _names_read(names: tuple[str, ...]) -> list[str]:
    return names_read(ApprovalRequestRow, names)


async def open_lately(lists: Lists, most: int) -> tuple[Rows[ApprovalRequestRow], bool]:
    """Open requests in view, the `most` of each status that were asked last, by one call each; and whether these are
    all that there are. Raises PortalError, also where there are some and none of them can be read.

    A portal that puts them in another order shows others: nothing rests on their absence.
    """
    found: list[ApprovalRequestRow] = []
    odd: list[str] = []
    are_all = True
    for status_id in OPEN_STATUSES:
        rows, totals = await lists.first(list_call(status_id, 1, most, last="asked"), read_row)
        found += rows
        odd += rows.odd
        shown = len(rows) + len(rows.odd)
        are_all &= shown < most if totals.items is None else shown >= totals.items
    return told(Rows(found, odd), "ApprovalRequestGetByParameters"), are_all


_DECIDED = (int(RequestStatus.APPROVED), int(RequestStatus.REJECTED_OR_IGNORED))
_LATELY = 100
"""How many of each are looked at (our choice): one page, whatever there is."""


async def decided_lately(lists: Lists, since: datetime) -> list[ApprovalRequestRow]:
    """Requests in view that were approved or rejected since then, the last hundred of each, by one call each.

    Raises PortalError. A portal that puts them in another order shows others: nothing rests on their absence.
    """
    found: list[ApprovalRequestRow] = []
    for status_id in _DECIDED:
        rows, _ = await lists.first(list_call(status_id, 1, _LATELY, last="decided"), read_row)
        found += [row for row in rows if row.action_date is not None and row.action_date >= since]
    return found
