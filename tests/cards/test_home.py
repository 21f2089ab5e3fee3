"""Lists of cases, as one person sees them."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.home import CaseLine, case_list_lines
from bot.cards.kit.words import as_text
from tests.cards.samples import case


def test_a_list_says_what_is_late() -> None:
    """“Due 10:17” reads the same an hour later."""
    one = case()
    assert one.due_at is not None
    for minutes, words in ((-1, ", due "), (61, "late, was due")):
        line = CaseLine(one, now=one.due_at + timedelta(minutes=minutes))
        text = as_text(case_list_lines([line], "nothing"))
        assert words in text
