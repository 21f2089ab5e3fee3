"""“On the phone”: a person calls, and what they ask for is granted while they wait."""

from __future__ import annotations

from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Run, raw, say
from bot.models import Choice

CALLER_LENGTH = 80
"""Characters of the caller's name (our choice; it also goes into a note of the portal)."""


def phone_input(typed: str = "") -> Block:
    """Who asks on the phone: optional, for the record, the portal's note and the card."""
    hint = "The caller's name, if somebody asks by phone. It is recorded and stands in the portal's note."
    return blocks.text_input(
        ids.PHONE_BLOCK,
        "On the phone with",
        hint=hint,
        multiline=False,
        needed=False,
        max_length=CALLER_LENGTH,
        initial=typed,
    )


def phone_runs(choice: Choice) -> list[Run]:
    """Who asked on the phone, for the settled card; nothing where nobody did."""
    if not choice.on_phone_with:
        return []
    return [say(" Asked for on the phone by "), raw(choice.on_phone_with, CALLER_LENGTH), say(".")]
