"""What is the digest of a file, and what only stands in its place."""

from __future__ import annotations

import hashlib
import re

_DIGEST = re.compile(r"(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64}|[0-9A-F]{96}|[0-9A-F]{128})")
"""MD5 (the portal's own hash has its length), SHA-1, SHA-256, SHA-384 and SHA-512, in hexadecimal digits."""
_OF_NOTHING = frozenset(
    hashlib.new(name, b"", usedforsecurity=False).hexdigest().upper()
    for name in ("md5", "sha1", "sha256", "sha384", "sha512")
)
"""What a tool gives that could not read the file: it is the same for every file that it could not read."""


_PLACEHOLDERS = ({"0"}, {"F"})
"""An empty field of any length."""


def digest_told(text: str) -> str:
    """The digest of a file in capital letters; empty for whatever is none: a word, zeros, the hash of no bytes at all.

    Two files without a digest are not the same file: nothing may be joined, remembered or permitted by it.
    """
    told = text.strip().upper()
    if not _DIGEST.fullmatch(told) or told in _OF_NOTHING or set(told) in _PLACEHOLDERS:
        return ""
    return told
