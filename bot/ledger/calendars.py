"""The last good copies of the calendars that rotas are read from, and what became of the last look at each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.queue import effects_args
from bot.ledger.record import events_args
from bot.ledger.values import StoredCalendar, from_ms, to_ms
from bot.models import Effect, Event
from bot.models.calendars import CalendarCopy

_FIELDS = ("sv", "read_at", "tried_at", "since", "why")


class Calendars:
    """The calendars of a ledger."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door
        self._known: dict[str, tuple[str, CalendarCopy]] = {}

    async def read(self, names: Collection[str]) -> dict[str, StoredCalendar]:
        """What is kept for each of these rotas. A copy that was read before is not fetched again."""
        wanted = list(names)
        told = await self._door.read_all([("HMGET", _key(name), *_FIELDS) for name in wanted])
        newer = next(
            (name for name, fields in zip(wanted, told, strict=True) if int(fields[0] or 0) > SCHEMA), ""
        )
        if newer:
            raise NewerRecord(
                f"the calendar of the rota {newer} was kept by a later version; upgrade this program"
            )
        stamps = {name: str(fields[1]) for name, fields in zip(wanted, told, strict=True) if fields[1]}
        old = [name for name, stamp in stamps.items() if self._known.get(name, ("",))[0] != stamp]
        both = await self._door.read_all([("HMGET", _key(name), "read_at", "body") for name in old])
        for name, (stamp, body) in zip(old, both, strict=True):
            self._known[name] = (str(stamp), CalendarCopy.model_validate_json(body))
        return {
            name: StoredCalendar(
                copy=self._known[name][1] if name in stamps else None,
                tried_at=from_ms(float(tried)) if tried else None,
                failing_since=from_ms(float(since)) if since else None,
                why=why or "",
            )
            for name, (_, _, tried, since, why) in zip(wanted, told, strict=True)
        }

    async def keep(
        self, name: str, copy: CalendarCopy, events: Sequence[Event], effects: Sequence[Effect] = ()
    ) -> bool:
        """Keep a copy, unless a later one is kept already; then nothing is recorded and nothing said."""
        [kept] = await self._door.call(
            "keep_calendar",
            name,
            copy.model_dump_json(),
            to_ms(copy.read_at),
            *events_args(events),
            *effects_args(effects),
        )
        return bool(kept)

    async def failed(self, name: str, why: str) -> None:
        """The address could not be read just now. Health and economy only: no call rests on it."""
        now = to_ms(self._door.clock.now())
        await self._door.read_all(
            [("HSETNX", _key(name), "since", now), ("HSET", _key(name), "tried_at", now, "why", why)]
        )


def _key(name: str) -> str:
    return key(f"rota_calendar:{name}")
