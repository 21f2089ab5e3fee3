"""Exceptions: one record each, written by `commit` alone, with an index of the open ones by their review date."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.values import StoredException, to_ms
from bot.models import ExceptionWrite, KeptException

_FIELDS = ("v", "sv", "body")
_LISTED = 200
"""Open exceptions of one organization that are read for a list, the earliest review first (our choice)."""


def exceptions_args(writes: Sequence[ExceptionWrite]) -> list[str | int]:
    """Exceptions as arguments of `commit.lua`."""
    args: list[str | int] = [len(writes)]
    for write in writes:
        kept = write.kept
        args += [kept.exception_id, write.expected_version, kept.model_dump_json()]
        args += [int(kept.is_open), kept.case_id, kept.organization_id.lower(), to_ms(kept.review_at)]
    return args


class Exceptions:
    """The exceptions of a ledger."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def read(self, exception_id: str) -> StoredException | None:
        """One exception, open or over."""
        return _stored(
            exception_id, await self._door.read("HMGET", key(f"exception:{exception_id}"), *_FIELDS)
        )

    async def open_in(self, organization_ids: Collection[str]) -> list[StoredException]:
        """The open ones of these organizations, of each at most so many, the earliest review first."""
        if not await self._door.read("ZCARD", key("exceptions:open")):
            return []
        wanted = sorted({one.lower() for one in organization_ids})
        listed = await self._door.read_all(
            [("ZRANGE", key(f"exceptions:organization:{one}"), 0, _LISTED - 1) for one in wanted]
        )
        ids = [str(one) for found in listed for one in found]
        answers = await self._door.read_all([("HMGET", key(f"exception:{one}"), *_FIELDS) for one in ids])
        found = [_stored(one, fields) for one, fields in zip(ids, answers, strict=True)]
        kept = [stored for stored in found if stored is not None and stored.kept.is_open]
        return sorted(kept, key=lambda stored: (stored.kept.review_at, stored.kept.exception_id))

    async def counted(self) -> tuple[int, int]:
        """How many are open, and how many of them wait for their review."""
        index, now = key("exceptions:open"), to_ms(self._door.clock.now())
        held, due = await self._door.read_all([("ZCARD", index), ("ZCOUNT", index, "-inf", now)])
        return int(held), int(due)


def _stored(exception_id: str, fields: Sequence[str | None]) -> StoredException | None:
    version, schema, body = fields
    if not version or not body:
        return None
    if int(schema or 0) > SCHEMA:
        raise NewerRecord(
            f"exception {exception_id} was written by version {schema} of Gatehouse's records; "
            "upgrade this program"
        )
    return StoredException(KeptException.model_validate_json(body), int(version))
