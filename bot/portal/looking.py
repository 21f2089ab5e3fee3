"""One look at the requests that wait, in which a row that is known word for word is not read again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from bot.portal.lenient import JsonObject, members_read
from bot.portal.listing import Lists, Rows, told
from bot.portal.questions import list_call
from bot.portal.wire import ApprovalRequestRow, read_row

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Look:
    """What a list showed: the rows that were read, and the requests whose rows are as they were."""

    rows: Rows[ApprovalRequestRow]
    same: frozenset[str] = frozenset()
    """Ids of requests whose rows are known word for word."""
    digests: Mapping[str, bytes] = field(default_factory=dict)
    """Of each row that was read, by request id: what a later look may name as known. Empty: never."""


@dataclass(frozen=True, slots=True)
class _Seen:
    request_id: str
    digest: bytes
    row: ApprovalRequestRow | None
    """None: known."""


async def look(
    lists: Lists,
    known: Mapping[bytes, str],
    statuses: tuple[int, ...],
    organization_id: str | None,
    page_size: int,
) -> Look:
    """All requests with one of the statuses, each once; `known`: ids of requests by the digests of their rows."""
    seen: dict[str, _Seen] = {}
    odd: list[str] = []
    read = _reader(known)
    for status_id in statuses:
        call = partial(list_call, organization_id, status_id, page_size=page_size)
        found = await lists.walked(call, read, lambda one: one.request_id)
        seen |= {one.request_id: one for one in found}
        odd += found.odd
    told(Rows(seen.values(), odd), "ApprovalRequestGetByParameters")
    return Look(
        rows=Rows((one.row for one in seen.values() if one.row is not None), odd),
        same=frozenset(request_id for request_id, one in seen.items() if one.row is None),
        digests={request_id: one.digest for request_id, one in seen.items() if one.row is not None},
    )


def _reader(known: Mapping[bytes, str]) -> Callable[[JsonObject], _Seen]:
    def read(received: JsonObject) -> _Seen:
        digest = digest_of_row(received)
        if request_id := known.get(digest):
            return _Seen(request_id, digest, None)
        row = read_row(received)
        return _Seen(row.approval_request_id, digest, row)

    return read


def digest_of_row(received: JsonObject) -> bytes:
    """What of a row is read at all, as received, in a few bytes; empty for one that is nested too deep to be written.

    The members that nothing reads are left out: some count seconds. Other spellings or another order of the same
    members give another digest, which costs one reading.
    """
    try:
        text = json.dumps(members_read(ApprovalRequestRow, received), separators=(",", ":"))
    except RecursionError:
        return b""
    return blake2b(text.encode("ascii"), digest_size=_DIGEST_BYTES).digest()
