"""Earlier decisions: what was decided before about the same file or the same software."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.ledger.clock import to_ms
from bot.ledger.door import Door, key
from bot.models import DecisionNote, EarlierDecision

KEPT = 100
"""Decisions kept per key; `commit.lua` drops older ones."""


def notes_args(notes: Sequence[DecisionNote]) -> list[str | int]:
    """Notes as script arguments, one per key."""
    args: list[str | int] = [sum(len(note.keys) for note in notes)]
    for note in notes:
        for name in note.keys:
            args += [name, to_ms(note.decision.at), note.decision.model_dump_json()]
    return args


async def earlier(door: Door, name: str, since: datetime) -> list[EarlierDecision]:
    """Decisions noted under a key since then, newest first (at most `KEPT`)."""
    found = await door.read("ZRANGE", key(f"history:{name}"), "+inf", to_ms(since), "BYSCORE", "REV")
    return [EarlierDecision.model_validate_json(one) for one in found]
