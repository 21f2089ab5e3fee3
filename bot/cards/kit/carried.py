"""What a form carries unseen, in its `private_metadata`: what it is about, where its press is answered, hidden text.

Slack hands it back as it is, and never shows it. Nothing in it gives a right: what it names is looked up at the press.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.cards.kit.limits import PRIVATE_METADATA, Block
from bot.cards.kit.words import units

_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{1,30}")
_PLACE, _HIDDEN = "@", "|"
"""Before the channel, and before the hidden text; in no reference of ours."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The reference that the form was drawn with, and what was laid beside it."""

    ref: str = ""
    channel_id: str = ""
    """Where the press that opened the form was made; empty: in no channel, or by an older version."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """By block: what was typed into fields that are not in view."""

    def __str__(self) -> str:
        place = f"{_PLACE}{self.channel_id}" if self.channel_id else ""
        hidden = json.dumps(self.hidden, ensure_ascii=False, separators=(",", ":")) if self.hidden else ""
        return f"{self.ref}{place}{_HIDDEN if hidden else ''}{hidden}"


def carried(metadata: str) -> Carried:
    """What a form's `private_metadata` holds; one of an older version holds its reference alone."""
    head, _, hidden = metadata.partition(_HIDDEN)
    ref, _, channel_id = head.partition(_PLACE)
    return Carried(ref, channel_id if _CHANNEL_ID.fullmatch(channel_id) else "", _texts(hidden))


def opened_in(view: Block, channel_id: str) -> Block:
    """The same form, which knows the channel that it was opened in."""
    held = replace(carried(view.get("private_metadata", "")), channel_id=channel_id)
    return _with(view, _that_fits(held))


def about(view: Block, ref: str) -> Block:
    """The same form, about what this reference names instead."""
    return _with(view, replace(carried(view.get("private_metadata", "")), ref=ref))


def hiding(view: Block, hidden: Mapping[str, str]) -> Block:
    """The same form, which keeps these texts until their fields are in view again."""
    return _with(view, _that_fits(replace(carried(view.get("private_metadata", "")), hidden=hidden)))


def _that_fits(held: Carried) -> Carried:
    """Slack takes 3,000 characters: the longest hidden text goes first, and whole, since half of one says nothing."""
    while units(str(held)) > PRIVATE_METADATA and held.hidden:
        longest = max(held.hidden, key=lambda name: units(held.hidden[name]))
        held = replace(held, hidden={name: text for name, text in held.hidden.items() if name != longest})
    return held


def _with(view: Block, held: Carried) -> Block:
    return view | {"private_metadata": str(held)}


def _texts(hidden: str) -> dict[str, str]:
    try:
        found = json.loads(hidden or "{}")
    except (ValueError, RecursionError):
        return {}
    return (
        {name: text for name, text in found.items() if isinstance(text, str)}
        if isinstance(found, dict)
        else {}
    )
