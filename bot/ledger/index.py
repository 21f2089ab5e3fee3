"""The index of open cases: which there are, by what they are listed and found by, without reading any.

It is written in the same step as each case. Whoever reads it makes sure first that it is whole: a former release, or a
replica of one that still runs beside us, writes cases without it. They are counted on both sides, and what is missing
is added before anything is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.ledger import cases
from bot.ledger.door import LedgerDoor, key, whole
from bot.models import Case, Kind
from bot.rules.rows import (
    NAMES_BUCKETS,
    Pile,
    Reminded,
    pieces_of,
    place_in_line,
    reminded_of,
    reminders_key,
    row_text,
    score_of,
)
from bot.turns import Turns

_AT_ONCE = 200
"""Cases per round trip, as in `bot.ledger.cases`."""
_PILES_AT_ONCE = 400
"""Piles that one script counts; the server answers nobody else meanwhile, and each takes it about 2 µs."""
_BUCKETS_AT_ONCE = 256
"""Texts of names that one script looks through: with 100,000 open cases in some 2 ms, in 10 ms if each case holds the
name."""
_NEAR = 1000
"""So many cases before a page may lie those that are counted one by one to reach it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A pile and what lies in it."""

    pile: Pile
    count: int
    past: int
    """How many of them had their place in line before the time that was asked for: with a deadline, those are late."""


class OpenIndex:
    """The index of a ledger."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def count(self) -> int:
        """How many cases are open."""
        return int(await self._door.read("ZCARD", key("open")))

    async def older_than(
        self, ages: Sequence[timedelta], now: datetime, escalate_after: timedelta
    ) -> list[int]:
        """Of the open cases, how many had their request longer ago than each of these spans.

        They stand in line by their deadline, which is so much after their request.
        """
        counted = await self._counted([now + escalate_after - age for age in ages])
        return [sum(pile.past for pile in piles) for piles in counted]

    async def make_whole(self) -> int:
        """Add the open cases that have no row; how many there were. Nothing is read where the counts agree."""
        if await self._is_whole():
            return 0
        added, missing = 0, await self._unlisted(await cases.open_ids(self._door))
        for start in range(0, len(missing), _AT_ONCE):
            added += await self._fill(missing[start : start + _AT_ONCE])
        return added

    async def _is_whole(self) -> bool:
        opened, listed = await self._door.read_all([("ZCARD", key("open")), ("GET", key("index:listed"))])
        return bool(int(opened) == int(listed or 0))

    async def _unlisted(self, case_ids: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(case_ids), _AT_ONCE):
            part = case_ids[start : start + _AT_ONCE]
            found += await self._door.call("unlisted", len(part), *part)
        return found

    async def _fill(self, case_ids: Sequence[str]) -> int:
        stored = await cases.read_many(self._door, case_ids)
        args: list[str | int] = [len(stored)]
        for case_id, one in stored.items():
            args += [case_id, one.version, row_text(one.case)]
        await self._door.call("fill_index", *args)
        return len(stored)

    async def piles(self, now: datetime) -> list[Counted]:
        """Every pile that holds something, in a fixed order."""
        [counted] = await self._counted([now])
        return counted

    async def _counted(self, times: Sequence[datetime]) -> list[list[Counted]]:
        """The piles, their past counted by each of these times."""
        await self.make_whole()
        names = sorted(str(name) for name in await self._door.read("SMEMBERS", key("index:piles")))
        return [_told(names, await self._over(names, "piles", score_of(at))) for at in times]

    async def page(
        self, piles: Sequence[Pile], skip: int, limit: int, without: Iterable[Case] = ()
    ) -> list[str]:
        """Ids of cases of these piles as one list, the earliest place in line first, without some of them."""
        if not piles or limit <= 0:
            return []
        places = {pile: number for number, pile in enumerate(piles, start=1)}
        args: list[str | int] = []
        left_out = [case for case in without if Pile.of(case) in places]
        for case in left_out:
            args += [case.case_id, places[Pile.of(case)], place_in_line(case)]
        names = [pile.name for pile in piles]
        start = await self._place_near(names, skip, [place_in_line(case) for case in left_out])
        args = [skip, limit, start, len(left_out), *args, len(names), *names]
        return [str(one) for one in await self._door.call("page", *args)]

    async def first_of_each(self, piles: Iterable[Pile]) -> list[str]:
        """The id of the case of each pile that is first in line, where it still holds one."""
        calls = [("page", (0, 1, "", 0, 1, pile.name)) for pile in piles]
        return [str(one) for answer in whole(await self._door.call_all(calls)) for one in answer]

    async def _place_near(self, names: Sequence[str], skip: int, left_out: Sequence[int]) -> int | str:
        """A place in line that at most `skip` cases stand before, and few less; empty near the beginning.

        Each pile tells its own place at that share of it; the middle one of these is nearly it, however the cases are
        spread. Then what lies before it is counted, and what lies beyond is asked again, until it is near enough.
        """
        if skip <= _NEAR:
            return ""
        low: int | None = None
        high: int | None = None
        below = 0
        above = sum(count for part in await self._over(names, "piles", 0) for count in part[::2]) - len(
            left_out
        )
        while above > skip > below + _NEAR and (low is None or high is None or high - low > 1):
            share = max(0.0, skip - _NEAR / 2 - below) / (above - below)
            between = ("-inf" if low is None else low, "inf" if high is None else high, share)
            middle = _middle([one for part in await self._over(names, "middles", *between) for one in part])
            if middle is None:
                break
            # Many may share the place that is known: then what comes after them.
            middle = middle if low is None else max(middle, low + 1)
            before = [count for part in await self._over(names, "piles", middle - 1) for count in part[1::2]]
            count = sum(before) - sum(place < middle for place in left_out)
            if count <= skip:
                low, below = middle, count
            else:
                high, above = middle, count
        return "" if low is None else low

    async def _over(self, names: Sequence[str], script: str, *args: str | int) -> list[list[Any]]:
        """What a script says of these piles, a part of them at a time."""
        parts = [names[start : start + _PILES_AT_ONCE] for start in range(0, len(names), _PILES_AT_ONCE)]
        return whole(await self._door.call_all([(script, (*args, len(part), *part)) for part in parts]))

    async def named(self, piles: Collection[Pile], wanted: str, most: int) -> tuple[list[str], int]:
        """Ids of cases of these piles that hold a wanted name, and how many there are: `most` of them at most, the
        earliest place in line first. A part of a name is enough, in small letters as `names_in` tells it; * stands for
        anything."""
        await self.make_whole()
        if not piles:
            return [], 0
        parts = pieces_of(wanted)
        meant, found, total = "\n".join(pile.name for pile in piles), list[str](), 0
        for start in range(0, len(NAMES_BUCKETS), _BUCKETS_AT_ONCE):
            buckets = NAMES_BUCKETS[start : start + _BUCKETS_AT_ONCE]
            # One after the other: what comes in one round trip is worked off before anybody else is answered.
            count, *first = await self._door.call(
                "named", most, len(buckets), *buckets, len(parts), *parts, meant
            )
            found, total = sorted([*found, *map(str, first)])[:most], total + count
        return [one.partition("\t")[2] for one in found], total

    async def under(self, terms: Iterable[str], most: int = -1) -> dict[str, list[str]]:
        """Ids of the open cases under each of these terms, and no more of each than `most` (-1: all)."""
        await self.make_whole()
        wanted = sorted(set(terms))
        answers = await self._door.read_all(
            [
                ("ZRANGE", key("index:terms"), f"[{term}|", f"[{term}}}", "BYLEX", "LIMIT", 0, most)
                for term in wanted
            ]
        )
        return {
            term: [str(member).rpartition("|")[2] for member in answer]
            for term, answer in zip(wanted, answers, strict=True)
        }

    async def count_in(self, organization_id: str, case_ids: Collection[str]) -> int:
        """How many of these are open cases of the organization."""
        if not case_ids:
            return 0
        places = await self._door.read("ZMSCORE", key(f"organization:{organization_id}"), *case_ids)
        return sum(place is not None for place in places)

    async def reminded(self, of: Collection[tuple[str, Kind]], now: datetime) -> list[Reminded]:
        """Cases of these organizations and kinds that are past their channel's reminder, who waits longest first."""
        await self.make_whole()
        names = sorted({reminders_key(organization_id, kind) for organization_id, kind in of})
        answers = await self._door.read_all(
            [("ZRANGE", key(f"index:{name}"), "-inf", score_of(now), "BYSCORE") for name in names]
        )
        turns, found = Turns(), []
        for answer in answers:
            for member in answer:
                await turns.rest()
                found.append(reminded_of(str(member)))
        return sorted(found, key=lambda one: (one.due, one.case_id))


def _middle(told: Sequence[str | int]) -> int | None:
    """Of places, each followed by how many cases stand for it, the one that half of these stand before."""
    places = sorted((int(place), int(held)) for place, held in zip(told[::2], told[1::2], strict=True))
    half = sum(held for _, held in places) / 2
    for place, held in places:
        half -= held
        if half <= 0:
            return place
    return None


def _told(names: Sequence[str], answers: Iterable[list[int]]) -> list[Counted]:
    counts = [count for answer in answers for count in answer]
    told = zip(names, counts[::2], counts[1::2], strict=True)
    return [Counted(Pile.named(name), count, past) for name, count, past in told if count]
