"""Earlier decisions: what was decided before about the same file or the same software."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from bot.ledger.clock import to_ms
from bot.ledger.door import LedgerDoor, key
from bot.models import DecisionNote, EarlierDecision, Verb, canonical


def notes_args(notes: Sequence[DecisionNote]) -> list[str | int]:
    """Notes as script arguments, one per key."""
    lines = [line for note in notes for line in _lines(note)]
    return [len(lines), *(part for line in lines for part in line)]


def _lines(note: DecisionNote) -> list[tuple[str, int, str]]:
    """A key, a time and what stands there for each place where a decision is remembered."""
    at = to_ms(note.decision.at)
    lines = [(name, at, note.decision.model_dump_json()) for name in note.keys]
    if note.organization_id:
        lines.append((_recent(note.organization_id), at, note.decision.model_dump_json()))
    if note.across and note.organization_id:
        # The same text for each decision of an organization: the set holds an organization once, with its latest time.
        text = canonical({"organization_id": note.organization_id, "verb": note.decision.verb.value})
        lines.append((_across(note.across), at, text))
    return lines


def _recent(organization_id: str) -> str:
    """Whatever was decided in an organization, for who asks how something ended."""
    return f"{organization_id.lower()}|recent"


async def recent(door: LedgerDoor, organization_id: str, since: datetime) -> list[EarlierDecision]:
    """An organization's latest decisions since then, newest first (at most 100, as below)."""
    return await earlier(door, _recent(organization_id), since)


def _across(name: str) -> str:
    return f"across|{name}"


async def earlier(door: LedgerDoor, name: str, since: datetime) -> list[EarlierDecision]:
    """Decisions noted under a key since then, newest first (at most 100: `commit.lua` drops older ones)."""
    found = await door.read("ZRANGE", key(f"history:{name}"), "+inf", to_ms(since), "BYSCORE", "REV")
    return [EarlierDecision.model_validate_json(one) for one in found]


async def deciders(door: LedgerDoor, name: str, since: datetime) -> dict[str, frozenset[Verb]]:
    """Which organizations decided under a key across organizations since then, and how (at most 100 notes, as above).

    For counting only: who they are is never shown to anybody of another organization.
    """
    stored = await door.read(
        "ZRANGE", key(f"history:{_across(name)}"), "+inf", to_ms(since), "BYSCORE", "REV"
    )
    found: dict[str, frozenset[Verb]] = {}
    for one in map(json.loads, stored):
        organization_id = str(one["organization_id"])
        found[organization_id] = found.get(organization_id, frozenset()) | {Verb(one["verb"])}
    return found
