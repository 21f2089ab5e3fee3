"""The forms of whoever stands on a rota: take over, swap, out of office. What is typed is read like a command."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case import modals
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.limits import Block
from bot.cards.kit.words import short
from bot.cards.messages.administration import REASON_LENGTH

_WHEN = "tuesday, 2026-12-24, 2026-12-24 - 2026-12-26, fri 18:00 - mon 08:00"
_TIME = 60
"""Characters of a time (our choice)."""


def take_form(rotas: Sequence[str]) -> Block:
    """Which rota, and until when."""
    body = [
        _rotas(rotas),
        blocks.text_input(
            ids.UNTIL_BLOCK,
            "Until",
            hint="18:00, fri 08:00 or for 4h, by the clock of the rota. Empty: until the turn would end anyway.",
            multiline=False,
            needed=False,
            max_length=_TIME,
        ),
        _reason(),
    ]
    return blocks.modal("Take over", body, callback_id=ids.TAKE_VIEW, submit="Take over")


def swap_form(rotas: Sequence[str], people: Sequence[tuple[str, str]]) -> Block:
    """Which time of one's own, with whom, and for which of theirs. `people`: names and keys."""
    options = [blocks.option(short(name, limits.OPTION_TEXT), key) for name, key in people]
    body = [
        _rotas(rotas),
        blocks.text_input(
            ids.WHEN_BLOCK,
            "Your time",
            hint=f"{_WHEN}, or turn for all of your turn",
            multiline=False,
            max_length=_TIME,
        ),
        blocks.select(
            ids.PERSON_BLOCK, "With whom", options, hint="They have to agree; before nothing changes."
        ),
        blocks.text_input(
            ids.THEIRS_BLOCK,
            "Their time",
            hint="Empty: the same hours of their next day, or their next turn for yours.",
            multiline=False,
            needed=False,
            max_length=_TIME,
        ),
        _reason(),
    ]
    return blocks.modal("Swap", body, callback_id=ids.SWAP_VIEW, submit="Offer")


def away_form() -> Block:
    """When; the next one of the rota stands in."""
    when = blocks.text_input(ids.WHEN_BLOCK, "When", hint=_WHEN, multiline=False, max_length=_TIME)
    return blocks.modal("Out of office", [when, _reason()], callback_id=ids.AWAY_VIEW, submit="I am away")


def no_duty_form(sentence: str) -> Block:
    """Instead of a form."""
    return modals.said_modal("On call", [sentence])


def _rotas(rotas: Sequence[str]) -> Block:
    options = [blocks.option(short(each, limits.OPTION_TEXT), each) for each in rotas]
    return blocks.select(ids.ROTA_BLOCK, "Rota", options, initial=options[:1])


def _reason() -> Block:
    hint = "Everybody concerned reads it, and it stands in the record."
    return blocks.text_input(ids.REASON_BLOCK, "Why", hint=hint, needed=False, max_length=REASON_LENGTH)
