"""Text from outside, read in one way everywhere: UTF-8, with or without a byte order mark.

Editors on Windows put the mark before UTF-8, and some save UTF-16: the first is meant well and means nothing, the
second is named, because a parser that meets it speaks of characters that nobody sees.
"""

from __future__ import annotations

import codecs

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark, as it stands before decoded text."""
_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_PROBE = 4096
"""Bytes that are looked at for NULs: UTF-16 without its mark shows them in its first line."""


class NotUtf8(ValueError):
    """The text is in another encoding; the message goes on after the file's name: “is UTF-16 text; …”."""


def text_of(raw: bytes) -> str:
    """The text of these bytes without its byte order mark. `NotUtf8` says which encoding they seem to be in."""
    check_encoding(raw[:_PROBE])
    try:
        return raw.decode("utf-8").removeprefix(MARK)
    except UnicodeDecodeError as error:
        raise NotUtf8(_foreign(raw, error.start)) from error


def check_encoding(beginning: bytes) -> None:
    """Raise `NotUtf8` where the beginning of a text shows UTF-16 or UTF-32; for what is then read line by line."""
    marked = next((name for mark, name in _MARKS if beginning.startswith(mark)), "")
    # Nothing that Gatehouse reads may hold NULs, and ASCII in UTF-16 or UTF-32 is every second byte or more of them.
    if marked or b"\0" in beginning:
        name = marked or ("UTF-16" if beginning.count(0) * 3 > len(beginning) else "")
        raise NotUtf8(f"is {name} text; save it as UTF-8" if name else "holds NUL bytes: it is no text")


def _foreign(raw: bytes, at: int) -> str:
    """What bytes that are no UTF-8 may be. Windows-1252 has no character for five bytes, so it can be told apart."""
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return f"is not UTF-8 text (byte {at}); save it as UTF-8"
    return f"is not UTF-8 text (byte {at}), perhaps Windows-1252; save it as UTF-8"
