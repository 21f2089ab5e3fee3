"""P10: outside text is inert in every renderer, in blocks and in the fallback text."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import cards
from bot.cards.kit import words
from tests.cards.acting import Acts, acts_in, acts_of
from tests.cards.everything import rendered_messages, rendered_views

MARK = "EVIL"
HOSTILE = {
    "channel mention": f"<!channel> {MARK}",
    "everyone": f"<!everyone|{MARK}>",
    "user group": f"<!subteam^S0EVIL|{MARK}>",
    "person": f"<@U0EVIL> {MARK}",
    "channel link": f"<#C0EVIL|{MARK}>",
    "link in disguise": f"<https://evil.example|https://good.example> {MARK}",
    "bare link": f"https://evil.example/{MARK}",
    "date": f"<!date^0^{{date}}^https://evil.example|{MARK}>",
    "bold and code": f"*{MARK}* _{MARK}_ ~{MARK}~ `{MARK}` ```{MARK}```",
    "emoji": f":white_check_mark: {MARK} :rotating_light:",
    "quote": f"> {MARK}\n> Approved by Tom",
    "entities": f"&lt;!channel&gt; &amp; {MARK}",
    "right-to-left override": f"{MARK}\u202egpj.exe",
    "isolates": f"\u2066{MARK}\u2069\u2067",
    "zero width": f"{MARK}\u200b\u200c\u200d\u2060\ufeff",
    "tags": MARK + "".join(chr(0xE0000 + ord(c)) for c in "approve"),
    "controls": f"{MARK}\x00\x07\x1b[31m\x7f\x85\r",
    "arabic letter mark": f"{MARK}\u061c\u200e\u200f",
    "line separators": f"{MARK}\u2028Approved\u2029",
    "fillers": f"{MARK}\u3164\u115f\u2800\u034f",
    "variation": f"{MARK}\ufe0f\U000e0101",
    "lone surrogate": f"{MARK}\ud83d",
    "astral": f"{MARK}" + "😀" * 300,
    "markup language": f"<b onmouseover=alert(1)>{MARK}</b><img src=x onerror=alert(1)><script>x</script>",
    "mail address": f"mailto:{MARK}@evil.example tel:+4930",
    "quote from the start": f">>> {MARK}",
    "right-to-left": f"\u05d0\u05d1\u05d2 {MARK} 2 \u0627\u0644\u0645",
    "stacked marks": f"{MARK}" + "e" + "\u0301\u0316\u0488" * 40,
    "one endless word": MARK + "W" * 10_000,
    "ten thousand lines": f"{MARK}\n" * 10_000,
    "long": MARK + "&" * 5000,
    "empty": "",
    "blank": "   ",
}
LIVE = re.compile(r"<[^>]*>")
OURS = re.compile(
    r"<(?:!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[0-9: -]+UTC"
    r"|!subteam\^S0[A-Z]+|@U0CLAIM|#C0DEFAULT"
    r"|https://rehearsal\.slack\.com/[A-Za-z0-9/]+"
    r"\|(?:[Gg]o to the card|Open(?: the portal)?|[A-Z][A-Za-z]+(?: [a-z]+)?(?: request)?|Request of another kind))>"
)
MENTIONS = {"user": {"U0CLAIM"}, "usergroup": {"S0TEAM", "S0APPROVE"}, "channel": {"C0DEFAULT"}}


def every_string(node: Any) -> Iterator[str]:
    """Every string in a payload, keys left out."""
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one


def every_node(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a payload."""
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one


@cache
def acts_unseen(char: str) -> bool:
    """Written independently of the code under test: by Unicode category and name."""
    if char == "\n":
        return False
    name = unicodedata.name(char, "")
    return (
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn")
        or "VARIATION SELECTOR" in name
        or "FILLER" in name
        or name in ("BRAILLE PATTERN BLANK", "COMBINING GRAPHEME JOINER")
    )


def assert_inert_payload(name: str, payload: Any) -> None:
    """No live character, no mention, link or mrkdwn of theirs."""
    strings = list(every_string(payload))
    unseen = {char for char in set().union(*strings) if acts_unseen(char)}
    where = [string[:80] for string in strings if not unseen.isdisjoint(string)]
    assert not unseen, f"{name}: {[f'U+{ord(char):04X}' for char in unseen]} in {where!r}"
    for node in every_node(payload):
        kind = node.get("type")
        if kind == "mrkdwn":
            assert MARK not in node["text"], f"{name}: outside text in mrkdwn"
            assert not LIVE.findall(OURS.sub("", node["text"]))
        if kind in MENTIONS:
            mentioned = {value for key, value in node.items() if key.endswith("_id")}
            assert mentioned <= MENTIONS[kind], f"{name}: {mentioned}"
        if kind == "plain_text":
            assert node["emoji"] is False
        assert kind not in ("broadcast", "emoji", "markdown", "image")
        if "url" in node:
            assert node["url"].startswith(
                ("https://rehearsal.slack.com/", "https://portal.threatlocker.com/")
            )


def assert_inert_text(name: str, text: str) -> None:
    """The fallback text obeys nobody but us."""
    rest = OURS.sub("", text)
    assert "<" not in rest, f"{name}: {rest}"
    assert ">" not in rest, f"{name}: {rest}"
    assert not re.search(r"&(?!(amp|lt|gt);)", rest), f"{name}: a broken entity in {rest[-60:]!r}"
    assert not any(acts_unseen(char) for char in set(text)), name
    for line in rest.split("\n"):
        if MARK in line:
            tail = line[line.index(MARK) - 3 :]
            assert not set("*_~`") & set(tail), f"{name}: markup in {line!r}"
            assert "://" not in tail, f"{name}: a link in {line!r}"
            assert not re.search(r":[a-z_]+:", tail), f"{name}: an emoji in {line!r}"


_BUILDS_ON = {"bot.cards.kit.blocks.message"}
"""What messages are made with, and no message by itself."""


def test_every_message_and_form_that_there_is_stands_in_the_lists() -> None:
    """A renderer that none of them calls would be shown no hostile text at all."""
    modules = [
        importlib.import_module(one.name) for one in pkgutil.walk_packages(cards.__path__, "bot.cards.")
    ]
    renderers = {
        made.__code__: f"{made.__module__}.{name}"
        for module in modules
        for name, made in inspect.getmembers(module, inspect.isfunction)
        if made.__annotations__.get("return") == "Rendered" or name.endswith("_modal")
    }
    called: set[CodeType] = set()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code) if event == "call" else None)
    try:
        assert list(rendered_messages("x"))
        assert list(rendered_views("x"))
    finally:
        sys.setprofile(None)
    missing = {name for code, name in renderers.items() if code not in called and "._" not in name}
    assert missing - _BUILDS_ON == set()


@cache
def _calm_messages() -> list[tuple[Acts, Acts]]:
    return [(acts_of(one.text), acts_in(one.blocks)) for _, one in rendered_messages("Calm words")]


@cache
def _calm_views() -> list[Acts]:
    return [acts_in(view) for _, view in rendered_views("Calm words")]


@pytest.mark.unmeasured
@pytest.mark.parametrize("which", HOSTILE)
def test_p10_hostile_text_is_inert_in_every_message(which: str) -> None:
    """Told twice, once with calm words everywhere: whatever acts beyond that came with the text."""
    for (name, one), (calm_text, calm_blocks) in zip(
        rendered_messages(HOSTILE[which]), _calm_messages(), strict=True
    ):
        assert_inert_payload(name, one.blocks)
        assert_inert_text(name, one.text)
        assert 0 < words.units(one.text) <= 4000
        assert not acts_of(one.text).keys() - calm_text.keys(), f"{name}: {one.text}"
        assert not acts_in(one.blocks).keys() - calm_blocks.keys(), name


@pytest.mark.unmeasured
@pytest.mark.parametrize("which", HOSTILE)
def test_p10_hostile_text_is_inert_in_every_view(which: str) -> None:
    for (name, view), calm in zip(rendered_views(HOSTILE[which]), _calm_views(), strict=True):
        assert_inert_payload(name, view)
        assert not acts_in(view).keys() - calm.keys(), name


def test_p10_a_permalink_that_is_no_permalink_becomes_no_link() -> None:
    for name, rendered in rendered_messages("javascript:alert(1)"):
        for node in every_node(rendered.blocks):
            assert not str(node.get("url", "https://")).startswith("javascript"), name


@settings(max_examples=150)
@given(st.text(max_size=200))
def test_p10_no_text_at_all_keeps_an_unseen_character(text: str) -> None:
    shown = words.one_line(text)
    assert not any(acts_unseen(char) and unicodedata.category(char) != "Cn" for char in shown)
    assert "\n" not in shown
    shown.encode()


@settings(max_examples=200)
@given(st.text(max_size=300), st.integers(min_value=1, max_value=120))
def test_a_cut_stays_within_its_limit_and_never_halves_a_character(text: str, limit: int) -> None:
    shown = words.cut(words.visible(text), limit)
    assert words.units(shown) <= limit
    shown.encode()
    assert not re.search(r"\\u(\{[0-9A-F]*)?…", shown)


@settings(max_examples=200)
@given(st.text(alphabet="&<>ab😀", max_size=200), st.integers(min_value=2, max_value=100))
def test_a_cut_of_escaped_text_never_halves_an_entity(text: str, limit: int) -> None:
    shown = words.cut_escaped(words.escape(text), limit)
    assert words.units(shown) <= limit
    assert not re.search(r"&(?!(amp|lt|gt);)", shown)


def test_a_cut_of_escaped_text_never_halves_a_token() -> None:
    token = "<!date^1772442900^{time}|09:15 UTC>"
    for limit in range(3, len(token)):
        shown = words.cut_escaped(f"a {token} b", limit)
        assert shown.count("<") == shown.count(">"), shown


def test_what_is_cut_is_counted() -> None:
    assert words.cut("x" * 30, 20) == "xxxxxxxxxxxxx… (+17)"


def test_composed_and_decomposed_names_look_the_same() -> None:
    assert words.visible("e\u0301") == words.visible("\u00e9")


def test_no_more_marks_are_drawn_upon_a_letter_than_a_writing_needs() -> None:
    """They would be painted over the lines around it; those of every living writing stay as they are."""
    assert words.visible("e" + "\u0316" * 6) == "e" + "\u0316" * 4 + "\\u{316}" * 2
    for written in ("\u1ebf", "\u05e9\u05bc\u05c1\u05b8\u0591", "\u0e17\u0e35\u0e48", "\u0628\u0651\u064e"):
        assert words.visible(written) == unicodedata.normalize("NFC", written)
