"""P10: nothing acts in a card that the template did not write, by an independent reading.

The same of every message, form and of the Home: `test_hostile_text`, where they are drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cards import render_case, render_cases
from tests.cards.acting import acts_in, acts_of
from tests.cards.gallery import NOW, SORTS, worst
from tests.cards.samples import RULES

CALM = "Calm words"
READINGS: tuple[tuple[str, Sequence[tuple[str, str]]], ...] = (
    ("nothing here 2*3*4 snake_case_name C:\\a\\b", ()),
    ("*bold* _italic_ ~gone~", (("bold", "bold"), ("italic", "italic"), ("strike", "gone"))),
    ("`*code* <!here>` and ```\n<@U1> *pre*\n```", (("code", "*code* <!here>"), ("pre", ""))),
    ("<@U0ANA> <!subteam^S1|x> <#C1|y>", (("person", "U0ANA"), ("command", "subteam^S1"), ("channel", "C1"))),
    ("<!channel> <!here|now>", (("command", "channel"), ("command", "here"))),
    ("<https://a.example|b> https://c.example", (("link", "https://a.example"), ("link", "https://c.example"))),
    ("<!date^1^{time}^https://a.example|then> <!date^1^{time}|then>", (("link", "https://a.example"),)),
    ("&lt;!channel&gt; &amp;lt;", ()),
    ("&gt; said\nnot said", (("quote", ""),)),
    (":lock: 10:15:00", (("emoji", ":lock:"), ("emoji", ":15:"))),
    ("mailto:a@b.example", (("link", "mailto:a@b.example"),)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "acting"), READINGS)
def test_the_reader_reads_what_slack_s_documentation_says(
    text: str, acting: Sequence[tuple[str, str]]
) -> None:
    assert acts_of(text) == Counter(acting)


MARKS = (
    "<",
    ">",
    "&",
    "&lt;",
    "!channel",
    "@U0EVIL",
    "#C0EVIL",
    "|",
    "*",
    "_",
    "~",
    "`",
    "```",
    ":lock:",
    "\n",
    " ",
    "x",
)
UNSEEN = (
    "https://",
    "evil.example",
    "mailto:",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u05d0",
    "\u0301" * 9,
    "\x1b[",
    "\r",
)
PIECES = st.sampled_from([*MARKS, *UNSEEN, "\u2028"])


@pytest.mark.unmeasured
@pytest.mark.parametrize("kind", SORTS)
@given(text=st.lists(PIECES, min_size=1, max_size=12).map("".join))
@example(text="> *x* <!channel> :lock: https://evil.example\n> y")
@settings(max_examples=25)
def test_p10_however_marks_come_together_no_card_is_marked_up_by_them(kind: str, text: str) -> None:
    calm, case = worst(SORTS[kind], CALM), worst(SORTS[kind], text)
    shown, quiet = render_case(case, RULES, NOW), render_case(calm, RULES, NOW)
    assert not acts_in(shown.blocks).keys() - acts_in(quiet.blocks).keys()
    assert not acts_of(shown.text).keys() - acts_of(quiet.text).keys(), shown.text
    beside: list[Any] = [
        one.model_copy(update={"case_id": "c9", "organization_id": "o9"}) for one in (case, calm)
    ]
    shown, quiet = render_cases([case, beside[0]], RULES, NOW), render_cases([calm, beside[1]], RULES, NOW)
    assert not acts_in(shown.blocks).keys() - acts_in(quiet.blocks).keys()
    assert not acts_of(shown.text).keys() - acts_of(quiet.text).keys(), shown.text
