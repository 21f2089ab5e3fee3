"""What acts in a payload, by the rules of Slack's documentation alone: who is called, where it leads, what stands out.

It shares no code with the bot and none with the rehearsal's page. Where the documentation leaves it open it takes more
for markup than Slack does (a bare address, a mark of style beside any blank), so that what it calls quiet is quiet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

PRE = re.compile(r"```(.+?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
TOKEN = re.compile(r"<([^<>]*)>")
ADDRESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|mailto:|tel:)[^\s<>|]+")
EMOJI = re.compile(r":[a-z0-9_+'-]+:", re.IGNORECASE)
STYLES = {"*": "bold", "_": "italic", "~": "strike"}
_CALLS = {"@": "person", "#": "channel", "!": "command"}
_MENTIONS = {
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "broadcast": "range",
    "team": "team_id",
}
_DRAWN = frozenset({"image", "video", "markdown", "emoji", "color"})
"""Sorts of blocks and elements that no template of ours has."""

Acts = Counter[tuple[str, str]]
"""How often what acts: a sort (“person”, “link”, “bold”) and whom or what it concerns."""


def acts_of(text: str) -> Acts:
    """Everything that acts in a message's text, or in a text object of the sort `mrkdwn`."""
    return Counter(_acts(text))


def acts_in(payload: Any) -> Acts:
    """Everything that acts in blocks or in a view. Styles of rich text are the template's, whatever the text is."""
    return Counter(act for node in _nodes(payload) for act in _of_node(node))


def _nodes(payload: Any) -> Iterator[dict[str, Any]]:
    left = [payload]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            yield node
            left += node.values()
        elif isinstance(node, list | tuple):
            left += node


def _of_node(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    sort = str(node.get("type", ""))
    if sort == "mrkdwn":
        yield from _acts(str(node["text"]))
    elif sort == "plain_text":
        codes = EMOJI.findall(str(node["text"])) if node.get("emoji", True) else []
        yield from (("emoji", code) for code in codes)
    elif sort in _MENTIONS:
        yield sort, str(node[_MENTIONS[sort]])
    elif sort in _DRAWN:
        yield sort, ""
    if "url" in node:
        yield "link", str(node["url"])


def _acts(text: str) -> Iterator[tuple[str, str]]:
    """Blocks of code first, in which nothing acts; then line by line."""
    at = 0
    for block in PRE.finditer(text):
        yield from _in_lines(text[at : block.start()])
        yield "pre", ""
        at = block.end()
    yield from _in_lines(text[at:])


def _in_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\n\r\u2028\u2029\x0b\x0c\x85]", text):
        if re.match(r"\s*(?:&gt;|>)", line):
            yield "quote", ""
        yield from _in_line(line)


def _in_line(line: str) -> Iterator[tuple[str, str]]:
    """Code, then what stands in angle brackets, then addresses, emoji and marks of style in what is left."""
    for code in CODE.finditer(line):
        yield "code", code[1]
    line = CODE.sub(" ", line)
    for token in TOKEN.finditer(line):
        yield from _of_token(token[1])
    # What a token says is styled as a whole: a mark inside of it starts nothing outside.
    left = TOKEN.sub("x", line)
    yield from (("link", one) for one in ADDRESS.findall(left))
    yield from (("emoji", one) for one in EMOJI.findall(left))
    for mark, style in STYLES.items():
        yield from ((style, one[1]) for one in _styled(left, mark))


def _of_token(inside: str) -> Iterator[tuple[str, str]]:
    head, _, label = inside.partition("|")
    sort = _CALLS.get(head[:1], "link")
    if head.startswith("!date^"):
        # Only its address acts; its format is drawn as a time, and its label where that cannot be done.
        yield from (("link", one) for one in head.split("^")[3:])
        return
    yield sort, head if sort == "link" else head[1:]
    yield from (("emoji", one) for one in EMOJI.findall(label) if sort == "link")


def _styled(line: str, mark: str) -> Iterator[re.Match[str]]:
    """`*so*`: a mark after no letter or digit, and one before none, with neither a blank inside of it."""
    each = re.escape(mark)
    return re.finditer(rf"(?<!\w){each}(?!\s)([^{each}\n]*[^\s{each}]){each}(?!\w)", line)
