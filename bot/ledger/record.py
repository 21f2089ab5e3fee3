"""The record: events with number, time and link, seals over them, export and retention."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path

from bot.audit import Entry, Head, Seal, end_line, entry_line, header_line, seal_line, seal_of, written
from bot.ledger.door import LedgerDoor, key, new_token
from bot.ledger.values import Committed, Conflict, StoredEvent, from_ms, outcome, to_ms
from bot.models import Event

_PAGE = 1000
"""Events per round trip."""

_SEAL_AT_MOST = 10_000
"""Events under one seal; what is left waits for the next."""

_REDACT_PORTION = 500
"""Private parts removed in one step."""


def events_args(events: Sequence[Event]) -> list[str | int]:
    """Events as script arguments (`take_events` in prelude.lua): only a private part has a case to stand with."""
    args: list[str | int] = [len(events)]
    for event in events:
        if event.private:
            args += [*written(event, secrets.token_hex(16)), event.case_id]
        else:
            args += written(event, "")
    return args


async def append(door: LedgerDoor, events: Sequence[Event]) -> Committed:
    """Write events that tell of no other change."""
    if not events:
        raise ValueError("there is no event to record")
    written_at = outcome(await door.call("record", new_token(), *events_args(events)))
    if isinstance(written_at, Conflict):
        raise TypeError(f"recording cannot conflict, but did: {written_at.why}")
    return written_at


def event_of(entry: Entry) -> StoredEvent:
    """A stored event in our own words, with its private part where that is still kept."""
    public = json.loads(entry.body)
    public["private"] = json.loads(entry.private)["value"] if entry.private else {}
    event = Event.model_validate(public)
    return StoredEvent(number=entry.number, at=from_ms(entry.at_ms), link=entry.link, event=event)


class Chain:
    """The record of a ledger as it is chained, sealed, handed on and redacted. Written by `commit` and `record`."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def head(self) -> Head:
        """Where the record stands."""
        number, link, seals, sealed_to, seal = await self._door.read(
            "HMGET", key("head"), "n", "link", "seals", "sealed_to", "seal"
        )
        if not number:
            return Head()
        return Head(
            number=int(number),
            link=link,
            seals=int(seals or 0),
            sealed_to=int(sealed_to or 0),
            seal=seal or "",
        )

    async def entries(self, after: int, limit: int) -> list[Entry]:
        """Events as they are stored, from `after + 1` on."""
        rows = await self._door.read("XRANGE", key("audit"), f"({after}-1", "+", "COUNT", limit)
        if not rows:
            return []
        numbers = [int(row_id.partition("-")[0]) for row_id, _ in rows]
        private = await self._door.read("HMGET", key("private"), *numbers)
        return [
            _entry(number, row, kept) for number, (_, row), kept in zip(numbers, rows, private, strict=True)
        ]

    async def link_of_event(self, number: int) -> str:
        """The link of one event; empty if there is none of this number."""
        found = await self.entries(number - 1, 1)
        return found[0].link if found and found[0].number == number else ""

    async def seal(self, sign: Callable[[Seal], Seal] | None = None) -> Seal | None:
        """Seal what happened since the last seal. None: nothing did, or another replica was faster."""
        stands = await self.head()
        unsealed: list[Entry] = []
        while len(unsealed) < min(stands.number - stands.sealed_to, _SEAL_AT_MOST):
            page = await self.entries(stands.sealed_to + len(unsealed), _PAGE)
            if not page:
                break
            unsealed += page
        if not unsealed:
            return None
        made = seal_of(stands.seals + 1, stands.seal, unsealed)
        made = sign(made) if sign else made
        args = (
            made.number,
            made.first,
            made.last,
            made.link,
            made.previous,
            made.digest,
            made.key,
            made.signature,
        )
        [is_added] = await self._door.call("seal", *args)
        return made if is_added else None

    async def seals(self, first: int, last: int) -> list[Seal]:
        """Seals whose last event lies between these two numbers, both included."""
        rows = await self._door.read("XRANGE", key("seals"), f"{first}-1", f"{last}-1")
        return [_seal(int(row_id.partition("-")[0]), row) for row_id, row in rows]

    async def seal_before(self, number: int) -> Seal | None:
        """The last seal over nothing after this event."""
        rows = await self._door.read("XREVRANGE", key("seals"), f"{number}-1", "-", "COUNT", 1)
        return _first(rows)

    async def seal_over(self, number: int) -> Seal | None:
        """The seal that covers this event."""
        return _first(await self._door.read("XRANGE", key("seals"), f"{number}-1", "+", "COUNT", 1))

    async def undelivered(self, limit: int) -> list[Seal]:
        """The oldest seals that the second place has not acknowledged."""
        after = await self._door.read("HGET", key("head"), "delivered")
        rows = await self._door.read("XRANGE", key("seals"), f"({after or 0}-1", "+", "COUNT", limit)
        return [_seal(int(row_id.partition("-")[0]), row) for row_id, row in rows]

    async def delivered(self, last: int) -> None:
        """The second place has acknowledged every seal up to this event."""
        await self._door.call("delivered", "delivered", last)

    async def shipped(self) -> int:
        """The last event that the collector took."""
        return int(await self._door.read("HGET", key("head"), "shipped") or 0)

    async def note_shipped(self, last: int) -> None:
        """The collector took every event up to this one."""
        await self._door.call("delivered", "shipped", last)

    async def export(self) -> AsyncIterator[str]:
        """The whole record as lines of JSON, as `bot.audit.verify_export` reads them, up to where it stands now."""
        until = await self.head()
        yield header_line(Head())
        number = 0
        while number < until.number:
            page = await self.entries(number, min(_PAGE, until.number - number))
            if not page:
                break
            sealed = {
                one.last: one
                for one in await self.seals(number + 1, page[-1].number)
                if one.number <= until.seals
            }
            for entry in page:
                yield entry_line(entry)
                if entry.number in sealed:
                    yield seal_line(sealed[entry.number])
            number = page[-1].number
        yield end_line(until)

    async def export_to(self, path: Path) -> Head:
        """Write the whole record to a new file that only its owner can read; where the record stood."""
        file = await asyncio.to_thread(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        lines: list[str] = []
        line = ""
        with os.fdopen(file, "w", encoding="ascii") as out:
            async for line in self.export():
                lines.append(line + "\n")
                if len(lines) >= _PAGE:
                    await asyncio.to_thread(out.writelines, lines)
                    lines = []
            await asyncio.to_thread(out.writelines, lines)
        return Head(**json.loads(line)["head"])

    async def redact(self, case_id: str) -> int:
        """Remove the private parts of a case's events; how many. Recorded; the chain stays verifiable."""
        event = Event(name="record_redacted", case_id=case_id, facts={"count": "@count"})
        return await self._redact(case_id, "", event)

    async def redact_loose(self, before: datetime) -> int:
        """Remove the private parts of events that belong to no case (look-ups, strangers) and are older than a time."""
        event = Event(name="record_redacted", facts={"count": "@count", "before": before.isoformat()})
        return await self._redact("", str(to_ms(before)), event)

    async def _redact(self, case_id: str, before: str, event: Event) -> int:
        removed = 0
        while True:
            answer = await self._door.call(
                "redact", new_token(), case_id, before, _REDACT_PORTION, *events_args([event])
            )
            if answer[0] == "nothing":
                return removed
            removed += int(answer[2])


def _entry(number: int, row: dict[str, str], private: str | None) -> Entry:
    return Entry(
        number=number, at_ms=int(row["at"]), link=row["link"], body=row["body"], private=private or ""
    )


def _seal(last: int, row: dict[str, str]) -> Seal:
    return Seal(
        number=int(row["n"]),
        first=int(row["first"]),
        last=last,
        link=row["link"],
        previous=row["previous"],
        digest=row["digest"],
        # Written before seals were signed: neither.
        key=row.get("key", ""),
        signature=row.get("signature", ""),
    )


def _first(rows: Sequence[tuple[str, dict[str, str]]]) -> Seal | None:
    return next((_seal(int(row_id.partition("-")[0]), row) for row_id, row in rows), None)
