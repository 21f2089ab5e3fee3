"""Cases, what is remembered of decided ones, and maintenance modes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.ledger.committing import across_key, recent_key
from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.values import StoredCase, StoredMode, Tally, span_ms, to_ms
from bot.models import CardAddress, Case, EarlierDecision, RunningMode, Verb
from bot.turns import Turns

_READ_AT_ONCE = 200
"""Cases per round trip; keeps one answer to about a megabyte."""
_IDS_AT_ONCE = 1000

_FIELDS = ("v", "sv", "body", "card")


def stored_case(case_id: str, fields: Sequence[str | None]) -> StoredCase | None:
    """A case from its fields `_FIELDS`, or None where there is none."""
    version, schema, body, card = fields
    if not version or not body:
        return None
    if int(schema or 0) > SCHEMA:
        raise NewerRecord(
            f"case {case_id} was written by version {schema} of Gatehouse's records; upgrade this program"
        )
    case = Case.model_validate_json(body)
    if card:
        case = case.model_copy(update={"card": CardAddress.model_validate_json(card)})
    return StoredCase(case=case, version=int(version))


async def read(door: LedgerDoor, case_id: str) -> StoredCase | None:
    """One case."""
    return stored_case(case_id, await door.read("HMGET", key(f"case:{case_id}"), *_FIELDS))


async def read_many(door: LedgerDoor, case_ids: Collection[str]) -> dict[str, StoredCase]:
    """Several cases by id; those that do not exist are left out."""
    wanted, found, turns = list(dict.fromkeys(case_ids)), {}, Turns()
    for start in range(0, len(wanted), _READ_AT_ONCE):
        part = wanted[start : start + _READ_AT_ONCE]
        answers = await door.read_all([("HMGET", key(f"case:{case_id}"), *_FIELDS) for case_id in part])
        for case_id, fields in zip(part, answers, strict=True):
            await turns.rest()
            if stored := stored_case(case_id, fields):
                found[case_id] = stored
    return found


_LOOKS_KEPT = timedelta(days=30)
"""How long it is known that somebody has looked (our choice): who looks later is in no figure any more."""


async def first_looks(door: LedgerDoor, case_id: str, request_ids: Sequence[str]) -> list[str]:
    """Note that a person has these requests before them; those of which it was not known. For figures only."""
    place = key(f"looked:{case_id}")
    noted = [("HSETNX", place, one, "1") for one in request_ids]
    answers = await door.read_all([*noted, ("PEXPIRE", place, span_ms(_LOOKS_KEPT))])
    return [one for one, is_first in zip(request_ids, answers, strict=False) if int(is_first)]


async def open_ids(door: LedgerDoor, index: str = "open") -> list[str]:
    """Ids of open cases in one index, oldest first."""
    return [str(case_id) for case_id in await door.read("ZRANGE", key(index), 0, -1)]


async def open_versions(door: LedgerDoor) -> AsyncIterator[dict[str, int]]:
    """The versions of all open cases, oldest first, a thousand at a time: all of a large backlog at once are megabytes.

    A case that opens or ends meanwhile is among them or is not. One that was opened in the same millisecond as one that
    ends may be left out.
    """
    since, told = "-inf", 0
    while True:
        since, told, *found = await door.call("open_versions", since, told, _IDS_AT_ONCE)
        if not found:
            return
        yield {
            str(one): int(version) for one, version in zip(found[::2], found[1::2], strict=True) if version
        }


async def versions(door: LedgerDoor, case_ids: Sequence[str]) -> dict[str, int]:
    """The versions of several cases, without reading any; those that do not exist are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(case_ids), _IDS_AT_ONCE):
        part = case_ids[start : start + _IDS_AT_ONCE]
        answers = await door.call("versions", len(part), *part)
        found |= {case_id: int(told) for case_id, told in zip(part, answers, strict=True) if told}
    return found


async def ids_of_requests(door: LedgerDoor, request_ids: Collection[str]) -> dict[str, str]:
    """Which case each request belongs to, open or closed; unknown requests are left out."""
    return await _looked_up(door, "request", request_ids)


async def ids_of_subjects(door: LedgerDoor, subject_keys: Collection[str]) -> dict[str, str]:
    """The open case of each subject; those without one are left out."""
    return await _looked_up(door, "subject", subject_keys)


async def _looked_up(door: LedgerDoor, index: str, names: Collection[str]) -> dict[str, str]:
    wanted, found = list(dict.fromkeys(names)), {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        part = wanted[start : start + _IDS_AT_ONCE]
        answers = await door.read("HMGET", key(index), *part)
        found.update({name: str(case_id) for name, case_id in zip(part, answers, strict=True) if case_id})
    return found


async def one_id(door: LedgerDoor, index: str, name: str) -> str | None:
    """The case id under one name of a hash index."""
    found = await door.read("HGET", key(index), name)
    return str(found) if found else None


async def bundle_of_key(door: LedgerDoor, bundle_key: str) -> str:
    """The bundle that stands under a key now; empty where there is none."""
    return str(await door.read("GET", key(f"bundle:key:{bundle_key}")) or "")


async def ids_of_bundle(door: LedgerDoor, bundle_id: str) -> list[str]:
    """The cases of a bundle, open or closed, oldest first."""
    return [str(case_id) for case_id in await door.read("ZRANGE", key(f"bundle:{bundle_id}"), 0, -1)]


async def read_bundles(door: LedgerDoor, bundle_ids: Collection[str]) -> dict[str, list[Case]]:
    """The cases of several bundles in two round trips; without those of a single case, which has nobody beside it."""
    wanted = [bundle_id for bundle_id in bundle_ids if bundle_id]
    members = await door.read_all([("ZRANGE", key(f"bundle:{one}"), 0, -1) for one in wanted])
    shared = {one: ids for one, ids in zip(wanted, members, strict=True) if len(ids) > 1}
    found = await read_many(door, [case_id for ids in shared.values() for case_id in ids])
    return {one: [found[case_id].case for case_id in ids if case_id in found] for one, ids in shared.items()}


async def read_bundle(door: LedgerDoor, bundle_id: str) -> list[StoredCase]:
    """The cases of a bundle as they are now, oldest first."""
    found = await read_many(door, await ids_of_bundle(door, bundle_id))
    return [stored for stored in found.values() if stored.case.bundle_id == bundle_id]


def _noted_since(name: str, since: datetime) -> tuple[Any, ...]:
    return "ZRANGE", key(f"history:{name}"), "+inf", to_ms(since), "BYSCORE", "REV"


class History:
    """What a ledger remembers of decisions and counts over cases, under the names that `commit` notes."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def earlier(self, name: str, since: datetime) -> list[EarlierDecision]:
        """Decisions noted under a key since then, newest first (at most 100: `commit.lua` drops older ones)."""
        [found] = await self.earlier_of([name], since)
        return found

    async def earlier_of(self, names: Iterable[str], since: datetime) -> list[list[EarlierDecision]]:
        """The same under each of several keys, in one round trip."""
        found = await self._door.read_all([_noted_since(name, since) for name in names])
        return [[EarlierDecision.model_validate_json(one) for one in each] for each in found]

    async def recent(self, organization_ids: Iterable[str], since: datetime) -> list[EarlierDecision]:
        """The latest decisions since then, newest first in each organization (at most 100 of each, as below)."""
        found = await self.earlier_of(map(recent_key, organization_ids), since)
        return [one for each in found for one in each]

    async def deciders(self, name: str, since: datetime) -> dict[str, frozenset[Verb]]:
        """Which organizations decided under a key across them since then, and how (at most 100 notes, as above).

        For counting only: who they are is never shown to anybody of another organization.
        """
        stored = await self._door.read(*_noted_since(across_key(name), since))
        found: dict[str, frozenset[Verb]] = {}
        for one in map(json.loads, stored):
            organization_id = str(one["organization_id"])
            found[organization_id] = found.get(organization_id, frozenset()) | {Verb(one["verb"])}
        return found

    async def tallies(self, names: Sequence[str]) -> list[Tally]:
        """What is counted over cases under each name, in one round trip: the last change before the cases."""
        asked = [
            command
            for name in names
            for command in (("GET", key(f"tally:{name}")), ("SMEMBERS", key(f"underway:{name}")))
        ]
        answers = await self._door.read_all(asked)
        return [
            Tally(name, str(last or ""), tuple(sorted(map(str, case_ids))))
            for name, last, case_ids in zip(names, answers[::2], answers[1::2], strict=True)
        ]

    async def end_notes(self, kept: timedelta) -> int:
        """Former releases remembered without an end: what they left gets one. How many names that were."""
        cursor, endless = "0", 0
        while True:
            cursor, names = await self._door.read("SCAN", cursor, "MATCH", key("history:*"), "COUNT", 1000)
            ends = await self._door.read_all([("PTTL", name) for name in names])
            found = [name for name, left in zip(names, ends, strict=True) if int(left) == -1]
            await self._door.read_all([("PEXPIRE", name, span_ms(kept)) for name in found])
            endless += len(found)
            if str(cursor) == "0":
                return endless


_MODE_FIELDS = ("v", "sv", "body")


class Modes:
    """The maintenance modes of a ledger."""

    def __init__(self, door: LedgerDoor) -> None:
        """By the ledger's own door."""
        self._door = door

    async def read(self, mode_id: str) -> StoredMode | None:
        """One maintenance mode."""
        return _stored_mode(mode_id, await self._door.read("HMGET", key(f"mode:{mode_id}"), *_MODE_FIELDS))

    async def open(self) -> list[StoredMode]:
        """Those that run or may be running, oldest first."""
        mode_ids = await self._door.read("ZRANGE", key("modes:open"), 0, -1)
        answers = await self._door.read_all(
            [("HMGET", key(f"mode:{one}"), *_MODE_FIELDS) for one in mode_ids]
        )
        found = (_stored_mode(str(one), fields) for one, fields in zip(mode_ids, answers, strict=True))
        return [stored for stored in found if stored is not None]


def _stored_mode(mode_id: str, fields: Sequence[str | None]) -> StoredMode | None:
    version, schema, body = fields
    if not version or not body:
        return None
    if int(schema or 0) > SCHEMA:
        raise NewerRecord(
            f"maintenance mode {mode_id} was written by version {schema} of Gatehouse's records; "
            "upgrade this program"
        )
    return StoredMode(RunningMode.model_validate_json(body), int(version))
