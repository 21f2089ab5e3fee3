"""Lists of outside names, each in its own element, cut with the number that was left out."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards.kit.safe_text import cut, one_line
from bot.cards.kit.words import Run, raw, say


def listed(values: Iterable[str], *, limit: int, each: int = 80) -> list[Run]:
    """“A, B and 37 more”. Empty values are dropped; nothing at all reads “(not given)”."""
    known = [value for value in values if value]
    if not known:
        return [raw("")]
    runs: list[Run] = []
    for index, value in enumerate(known[:limit]):
        runs += [say(", ")] if index else []
        runs.append(raw(value, each))
    left = len(known) - limit
    return [*runs, say(f" and {left} more")] if left > 0 else runs


def short(value: str, limit: int = 60) -> str:
    """An outside value for a plain-text place: a header, a label, an option."""
    return cut(one_line(value), limit) or "(not given)"
