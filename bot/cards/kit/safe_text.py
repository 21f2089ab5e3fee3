"""Untrusted text made inert: file names, paths, signers, reasons and names come from outside.

Three dangers, three answers. Characters that act invisibly (bidirectional overrides, zero-width and
control characters, tags) are shown as `\\u{202E}`. The three characters that Slack's message text
obeys (`&`, `<`, `>`) are escaped. What cannot be escaped in message text (`*`, `_`, `~`, backtick, a
colon, a leading `>`) never gets there: on cards untrusted text stands in rich-text or plain-text
elements, where it stays literal, and in the fallback text look-alikes stand in for it.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"

_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", ":": "꞉"})
# Fallback text is read aloud and shown in notifications; the exact characters stand on the card.
_BROKEN_TAIL = re.compile(r"(&[a-z]{0,3}|<[^<>]*)$")


def _acts_invisibly(char: str) -> bool:
    """Control, format (bidi, zero-width, tags), surrogate, unassigned, filler, variation selector."""
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return True
    code = ord(char)
    return code in _INVISIBLE_LETTERS or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


_INVISIBLE_LETTERS = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0)
)
"""Not format characters by category, yet drawn as nothing: joiner, fillers, blank Braille."""


def visible(text: str) -> str:
    """The text with every character that acts without being seen written out; line breaks are kept."""
    plain = text.replace("\r\n", "\n").replace("\t", " ")
    if plain.isascii() and plain.isprintable():
        return plain
    composed = unicodedata.normalize("NFC", plain)
    # Each sort of character once, however long the text: a card redraws often, and little in it acts unseen.
    acting = [char for char in set(composed) if char != "\n" and _acts_invisibly(char)]
    return composed.translate({ord(char): f"\\u{{{ord(char):X}}}" for char in acting}) if acting else composed


def one_line(text: str) -> str:
    """As `visible`, with line breaks written out too: for names, paths and labels."""
    return visible(text).replace("\n", "\\u{A}")


def units(text: str) -> int:
    """Length in UTF-16 units, the larger of the two ways in which Slack may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units; what was left out is said (“… (+120)”). A character is never halved."""
    if units(text) <= limit:
        return text
    room = max(limit - units(f"{ELLIPSIS} (+{len(text)})"), 0)
    kept = _head(text, room)
    note = f"{ELLIPSIS} (+{len(text) - len(kept)})"
    return kept + note if units(kept + note) <= limit else ELLIPSIS


def _head(text: str, room: int) -> str:
    """The longest beginning of at most `room` units, not ending inside a written-out character."""
    head = text[:room]
    while units(head) > room:
        head = head[: len(head) - max((units(head) - room) // 2, 1)]
    return re.sub(r"\\(u(\{[0-9A-F]{0,6})?)?$", "", head) if len(head) < len(text) else text


def escape(text: str) -> str:
    """Slack's three control characters as entities; nothing else can be escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut_escaped(text: str, limit: int) -> str:
    """Cuts text that is already escaped: never inside an entity or a `<…>` token."""
    if units(text) <= limit:
        return text
    return _BROKEN_TAIL.sub("", _head(text, limit - units(ELLIPSIS))) + ELLIPSIS


def for_fallback(text: str) -> str:
    """Untrusted text inside a message's fallback text: visible, on one line, escaped, its markup replaced."""
    return escape(one_line(text).translate(_LOOK_ALIKES))
