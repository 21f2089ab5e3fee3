"""What Gatehouse says in Slack, as pure functions from records to blocks. Untrusted text is inert in it."""

from bot.cards.case.card import card_metadata, card_text, card_title, render_case
from bot.cards.case.offers import one_press_closed, one_press_label
from bot.cards.case.shared import cards_metadata, render_cases
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.ids import CaseRef, more_value, parse_more, parse_ref
from bot.cards.kit.limits import PayloadError, check_payload, check_view

__all__ = [
    "CaseRef",
    "PayloadError",
    "Rendered",
    "card_metadata",
    "card_text",
    "card_title",
    "cards_metadata",
    "check_payload",
    "check_view",
    "more_value",
    "one_press_closed",
    "one_press_label",
    "parse_more",
    "parse_ref",
    "render_case",
    "render_cases",
]
