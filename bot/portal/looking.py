"""One look at the requests that wait, in which a row that is known word for word is not read again; and at those that
were decided last."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from pydantic_core import to_json

from bot.portal.facts import RequestStatus
from bot.portal.lenient import JsonObject, members_read
from bot.portal.listing import Lists, Rows, told
from bot.portal.questions import list_call
from bot.portal.wire import ApprovalRequestRow, read_row
from bot.turns import Turns

_DIGEST_BYTES = 16


Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Look(Generic[Kept]):
    """What a list showed: what was kept of the rows that were read, and the requests whose rows are as they were."""

    rows: Rows[Kept]
    same: frozenset[str] = frozenset()
    """Ids of requests whose rows are known word for word."""
    digests: Mapping[str, bytes] = field(default_factory=dict)
    """Of each row that was read, by request id: what a later look may name as known. Empty: never."""


@dataclass(frozen=True, slots=True)
class _Seen(Generic[Kept]):
    request_id: str
    digest: bytes
    row: Kept


async def look(  # noqa: PLR0917 - every part is told apart by its type
    lists: Lists,
    known: Mapping[bytes, str],
    statuses: tuple[int, ...],
    organization_id: str | None,
    page_size: int,
    keep: Callable[[ApprovalRequestRow], Kept],
) -> Look[Kept]:
    """All requests with one of the statuses, each once; `known`: ids of requests by the digests of their rows.

    `keep`: what is held of a row. A row carries its object as received, so that ten thousand of them take 160 MB.
    """
    seen: dict[str, _Seen[Kept] | str] = {}
    odd: list[str] = []
    read = _reader(known, keep)
    for status_id in statuses:
        call = partial(list_call, organization_id, status_id, page_size=page_size)
        found: Rows[_Seen[Kept] | str] = await lists.walked(call, read, _request_id)
        seen |= {_request_id(one): one for one in found}
        odd += found.odd
    told(Rows(seen.values(), odd), "ApprovalRequestGetByParameters")
    turns, rows, same = Turns(), list[Kept](), set[str]()
    digests: dict[str, bytes] = {}
    for one in seen.values():
        await turns.rest()
        if isinstance(one, str):
            same.add(one)
        else:
            rows.append(one.row)
            digests[one.request_id] = one.digest
    return Look(Rows(rows, odd), frozenset(same), digests)


def _request_id(seen: _Seen[Any] | str) -> str:
    return seen if isinstance(seen, str) else seen.request_id


def _reader(
    known: Mapping[bytes, str], keep: Callable[[ApprovalRequestRow], Kept]
) -> Callable[[JsonObject], _Seen[Kept] | str]:
    """Of a known row its request's id is all that is held."""

    def read(received: JsonObject) -> _Seen[Kept] | str:
        digest = digest_of_row(received)
        if request_id := known.get(digest):
            return request_id
        row = read_row(received)
        return _Seen(row.approval_request_id, digest, keep(row))

    return read


def digest_of_row(received: JsonObject) -> bytes:
    """What of a row is read at all, as received, in a few bytes; empty for one that is nested too deep to be written.

    The members that nothing reads are left out: some count seconds. Other spellings or another order of the same
    members give another digest, which costs one reading.
    """
    members = members_read(ApprovalRequestRow, received)
    try:
        text = to_json(members)
    except ValueError:
        # Halves of characters, and what is nested deep.
        try:
            text = json.dumps(members, separators=(",", ":")).encode("ascii")
        except RecursionError:
            return b""
    return blake2b(text, digest_size=_DIGEST_BYTES).digest()


_DECIDED = (int(RequestStatus.APPROVED), int(RequestStatus.REJECTED_OR_IGNORED))
_LATELY = 100
"""How many of each are looked at (our choice): one page, whatever there is."""


async def decided_lately(lists: Lists, since: datetime) -> list[ApprovalRequestRow]:
    """Requests in view that were approved or rejected since then, the last hundred of each, by one call each.

    Raises PortalError. A portal that puts them in another order shows others: nothing rests on their absence.
    """
    found: list[ApprovalRequestRow] = []
    for status_id in _DECIDED:
        rows = await lists.first(list_call(None, status_id, 1, _LATELY, decided_last=True), read_row)
        found += [row for row in rows if row.action_date is not None and row.action_date >= since]
    return found
