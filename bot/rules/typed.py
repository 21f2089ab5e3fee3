"""What somebody typed, as they meant it: what Slack and its input field did to the text is undone. Pure.

An input field makes other quotation marks and blanks of ours, links of names with a dot, and bold, italics and code of
what was pasted or marked. Searched with those signs in it a name is not found, and “nothing was blocked” would be said
of a question that nobody asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u301d\u301e\u301f\uff02\u2033"
_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\uff07"
_BLANKS = "\u00a0\u2007\u202f\u3000\t"
_SIGNS = str.maketrans(
    {**dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_SINGLE, "'"), **dict.fromkeys(_BLANKS, " ")}
)

_LINK = re.compile(r"<[a-z]+:[^|>]*\|([^>]*)>|<(?:https?://|mailto:)([^|>]*)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""The order matters: what was typed as `&lt;` arrives as `&amp;lt;`."""

_ALL_CODE = re.compile(r"(`{1,3})([^`]+)\1")
_CODE = re.compile(r"(`{1,3})([^`\"]+)\1")
"""Blanks within are taken off afterwards: an expression that does it tries every split of a long row of them."""
_SINGLE_QUOTED = re.compile(r"(?:(?<=\s)|(?<=:)|^)'([^'\"]+)'(?=\s|$)")
_SLANTED = re.compile(r"(?<!\w)([_~])(?=\S)([^_~]+|.+?)(?<=\S)\1(?!\w)")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*]+)(?<=\S)\*(?![\w*])")
_BOLD_QUOTED = re.compile(r'\*("[^"]*")\*')


@dataclass(frozen=True, slots=True)
class Misread:
    """What was typed or chosen cannot be used, and why, for the asker."""

    why: str


def plain(text: str, *, stars_are_patterns: bool = False) -> str:
    """The text as it was meant, Slack's three escaped characters included. Otherwise as `unmarked`."""
    read = unmarked(text, stars_are_patterns=stars_are_patterns)
    for entity, character in _ENTITIES:
        read = read.replace(entity, character)
    return read.strip()


def unmarked(text: str, *, stars_are_patterns: bool = False) -> str:
    """The text without what an input field and Slack's marks made of it; code and single quotes become quotation marks.

    `stars_are_patterns`: a star may stand for “anything” there, so `*name*` is left as it is for the reader to judge.
    Line breaks and invisible characters stay: whether they may be there is the caller's to say. Mentions stay, too.
    """
    read = _LINK.sub(lambda link: link[1] or link[2] or "", text.translate(_SIGNS)).strip()
    whole = _ALL_CODE.fullmatch(read)
    read = whole[2].strip() if whole else _CODE.sub(lambda code: f'"{code[2].strip()}"', read)
    read = _SLANTED.sub(r"\2", _SINGLE_QUOTED.sub(r'"\1"', read))
    read = _BOLD_QUOTED.sub(r"\1", read)
    return read if stars_are_patterns else _BOLD.sub(r"\1", read)
