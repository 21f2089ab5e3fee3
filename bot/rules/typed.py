"""What somebody typed: as they meant it, and whether it says anything. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u301d\u301e\u301f\uff02\u2033\u275d\u275e"
_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\uff07\u02bc\u00b4\u2032"
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
_BOLD_PREFIX = re.compile(r"^\*(\w+:)\*")


@dataclass(frozen=True, slots=True)
class Misread:
    """What was typed or chosen cannot be used, and why, for the asker."""

    why: str


def bare(name: str) -> str:
    """A whole name as it is compared: without case, and without what somebody put around it."""
    return name.strip("\"'“”‘’`*_ ").casefold()


_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-"))


def with_hyphens(name: str) -> str:
    """A name with the keyboard's hyphen in the place of the dashes that word processors make of it."""
    return name.translate(_DASHES)


def plainer(name: str) -> str:
    """The same, and the plain letter for each full-width or joined one."""
    return unicodedata.normalize("NFKC", with_hyphens(name))


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
    if whole and _SLANTED.search(whole[2]):
        inside = whole[2].strip(' "')
        return f'"{inside}"'  # Within code nothing is slanted: the signs belong to the name.
    read = whole[2].strip() if whole else _CODE.sub(lambda code: f'"{code[2].strip()}"', read)
    read = _outside_quotes(_SLANTED, _SINGLE_QUOTED.sub(r'"\1"', read))
    read = _BOLD_PREFIX.sub(r"\1", _BOLD_QUOTED.sub(r"\1", read))
    return read if stars_are_patterns else _BOLD.sub(r"\1", read)


def _outside_quotes(marks: re.Pattern[str], text: str) -> str:
    """The text without these marks around its parts; what stands in quotation marks is meant as it is."""
    if '"' not in text:
        return marks.sub(r"\2", text)
    parts = marks.sub(r"\2", text).split('"') if _is_marked_whole(marks, text) else text.split('"')
    return '"'.join(part if number % 2 else marks.sub(r"\2", part) for number, part in enumerate(parts))


def _is_marked_whole(marks: re.Pattern[str], text: str) -> bool:
    """Whether marks stand around the quotation marks, not within them."""
    found = marks.search(text)
    return found is not None and '"' in found[2] and text[: found.start()].count('"') % 2 == 0


REASON_LETTERS = 3
"""The least that a reason can be said in, such as “USB” (our choice)."""
SENTENCE_LETTERS = 2
"""What is said to somebody may be as short as “no”: a denial, a word to a colleague (our choice)."""
VALIDATED_LETTERS = 5
"""“Tests” is short; anything shorter names no way of validating (our choice)."""
CONFIRMED_LETTERS = 3
"""Names are as short as “Lee” (our choice)."""
_NOTHING = frozenset(
    {
        "asdf",
        "fdsa",
        "qwerty",
        "qwertz",
        "test",
        "todo",
        "tbd",
        "none",
        "nothing",
        "null",
        "nil",
        "idk",
        "yes",
        "yep",
    }
    | {"sure", "okay", "fine", "done", "same", "ditto", "see above", "as above", "n a", "no reason"}
    | {"approve", "approved", "whatever", "lorem ipsum", "placeholder", "unknown"}
)
"""Words that fill a field and answer no question. It reminds who is in a hurry; a lie is not kept out by it."""


def says(text: str, letters: int = REASON_LETTERS) -> bool:
    """Whether a text holds that many letters or digits, not all the same one, and is no mere filler."""
    words = _words(text)
    plain = words.replace(" ", "")
    return len(plain) >= letters and len(set(plain)) > 1 and words not in _NOTHING


def validation_faults(validated_how: str, confirmed_by: str) -> tuple[str, str]:
    """What how it was validated, and who in the business confirmed, each lack, as a sentence; empty where nothing."""
    how = who = ""
    if not says(validated_how, VALIDATED_LETTERS):
        how = _lacks("how was it validated?", validated_how, "what was done and seen")
    if not says(confirmed_by, CONFIRMED_LETTERS):
        who = _lacks("who in the business confirmed?", confirmed_by, "a name and what that person is")
    elif not how and _words(validated_how) == _words(confirmed_by):
        who = _lacks("who in the business confirmed?", "", "") + " The same text twice names nobody."
    return how, who


def _lacks(question: str, typed: str, wanted: str) -> str:
    head = f"Needed for anything wider than the computer: {question}"
    return (
        f"{head} Say it in words, {wanted}; “{typed.strip()[:40]}” tells nothing." if typed.strip() else head
    )


def _words(text: str) -> str:
    """The letters and digits, words apart by one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(each if each.isalnum() else " " for each in folded).split())
