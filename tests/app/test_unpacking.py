"""The body of a press, decoded faster than Bolt does: to the same, whatever comes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_bolt.request.internals import parse_body

from bot.app.slackside import unpacked

FORM = "application/x-www-form-urlencoded"
PIECES = [
    "%",
    "%7B",
    "%7d",
    "%22",
    "%0A",
    "%3D",
    "%C3%A9",
    "%c3",
    "%ff",
    "%zz",
    "=",
    "&",
    "+",
    "{",
    "}",
    "a",
    "2",
    "é",
    "\n",
]


def read(body: str) -> Any:
    """What Bolt makes of it, a refusal included."""
    try:
        return parse_body(body, FORM)
    except (ValueError, AttributeError) as error:
        return type(error)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
@example({"text": "100 % = a + b & c_d\r\n\t "})
def test_the_json_of_a_press_is_unpacked_here(payload: dict[str, Any]) -> None:
    said = json.dumps(payload)
    assert unpacked(urlencode({"payload": said})) == said
    assert unpacked(
        urlencode({"payload": json.dumps(payload, ensure_ascii=False)}, errors="replace")
    ).startswith("{")


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("%7B%22a%22:+1%7D")
@example("%7B%%7D")
@example("%7B%22a%22:1%7D&payload=%7B%7D")
def test_whatever_else_comes_is_read_as_bolt_reads_it(value: str) -> None:
    for body in (f"payload={value}", value, f"command={value}&payload={value}"):
        assert read(unpacked(body)) == read(body)


@pytest.mark.parametrize(
    "body", ["", "payload=", "payload=null", "payload=%7B%2", "payload=%7B=%7D", "command=%2Fgatehouse"]
)
def test_what_is_no_packed_json_is_left_as_it_is(body: str) -> None:
    assert unpacked(body) == body
