"""What a renderer gives back: the blocks, the fallback text, and for a card its metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.cards.kit import blocks, limits
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, as_text


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as Slack takes it. `text` is escaped and complete on its own: notifications read it aloud."""

    text: str
    blocks: list[Block]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def message(lines: Sequence[Line], extra: Sequence[Block] = ()) -> Rendered:
    """A message made of sentences; the fallback text says the same. `extra` blocks follow (buttons)."""
    body = [blocks.rich(lines), *extra]
    limits.check_payload("message", body)
    return Rendered(text=as_text(lines), blocks=body)
