"""How much a card of every kind and state says: at most 8 lines and 60 words while it is open, 3 lines when it is over.

A line is a line as a desktop draws it (`fitting.LINE` characters, of the title `fitting.HEADER`), a word is what stands
between blanks in what is read: labels of buttons are not counted, a time counts as “today at 9:13 AM”. What browsers
make of it in pixels is measured in `tests/browser/test_card_height.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cards import render_case
from bot.cards.kit.fitting import DECIDED_LINES, HEADER, LINE, OPEN_LINES, WORDS, read_as
from tests.cards.gallery import SORTS, Shown, gallery, worst
from tests.cards.second_opinion import check_message_twice
from tests.cards.test_hostile_text import assert_inert_payload

GALLERY = gallery()
_KINDS = "Application|Browser extension|Elevation|Storage|Web control|Network|Request of another kind"


def lines(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """What is read, line by line, each with the characters that one row of a desktop holds of it."""
    for block in blocks:
        if block["type"] == "header":
            yield block["text"]["text"], HEADER
        elif block["type"] == "rich_text":
            for part in block["elements"]:
                for line in read_as(part["elements"]).split("\n"):
                    yield line, LINE
        elif block["type"] == "context":
            yield from ((element["text"], LINE) for element in block["elements"])
        else:
            assert block["type"] == "actions", "a block of a sort that is not measured"


def drawn(shown: Shown) -> list[dict[str, Any]]:
    """The blocks of a card."""
    return render_case(shown.case, shown.rules, shown.now).blocks


def size(blocks: list[dict[str, Any]]) -> tuple[int, int]:
    """Rows on a desktop, and words."""
    told = list(lines(blocks))
    rows = sum(max(math.ceil(len(line) / row), 1) for line, row in told)
    return rows, sum(len(line.split()) for line, _ in told)


def of(kind: str) -> Iterator[tuple[str, Shown]]:
    """Every state of a kind."""
    return ((name, shown) for name, shown in GALLERY.items() if name.startswith(f"{kind}, "))


@pytest.mark.parametrize("kind", SORTS)
def test_a_card_keeps_to_its_lines_and_words(kind: str) -> None:
    for name, shown in of(kind):
        rows, words = size(drawn(shown))
        told = "\n".join([name, *(line for line, _ in lines(drawn(shown)))])
        assert rows <= (OPEN_LINES if shown.case.is_open else DECIDED_LINES), told
        assert words <= WORDS, told


@pytest.mark.unmeasured
@pytest.mark.parametrize("kind", SORTS)
@given(text=st.text(min_size=1, max_size=40))
@example(text="00000000\x1b\x1b\U00010d3a\U00018d09\U0001dab0\r")
@settings(max_examples=25)
def test_whatever_stands_in_a_request_the_card_stays_small(kind: str, text: str) -> None:
    blocks = drawn(Shown(worst(SORTS[kind], text)))
    rows, words = size(blocks)
    assert rows <= OPEN_LINES, list(lines(blocks))
    assert words <= WORDS, list(lines(blocks))


@pytest.mark.parametrize("kind", SORTS)
def test_a_card_is_valid_and_inert(kind: str) -> None:
    for name, shown in of(kind):
        rendered = render_case(shown.case, shown.rules, shown.now)
        check_message_twice(rendered.blocks, rendered.text)
        assert_inert_payload(name, rendered.blocks)


@pytest.mark.parametrize("kind", SORTS)
def test_no_finding_is_called_unknown_and_every_kind_has_a_title(kind: str) -> None:
    for _, shown in of(kind):
        title, *below = [line for line, _ in lines(drawn(shown))]
        told = title.split(" · ")[1 if "Known bad" in title else 0]
        assert re.fullmatch(rf"(. )?({_KINDS})(: .+| request)?", told), title
        # The one thing that is called so is an outcome (P3), and it is a state.
        assert not any("nknown" in line for line in below if "Outcome unknown, checking" not in line), below
