"""A command at the terminal: its work, and what is said without a character of a stranger's that acts there."""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Iterable
from typing import Any


def printable(text: str, keep: str = "") -> str:
    """The text with every control, bidirectional and invisible character spelled out as `\\u{...}`.

    `keep` names characters that stay as they are, such as the line breaks of a traceback.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else f"\\u{{{ord(c):x}}}" for c in text)


def complain(sentences: Iterable[str], *, keep: str = "") -> int:
    """Print faults to standard error, one line each (`keep` as for `printable`); the exit status for them."""
    sys.stderr.writelines(f"{printable(sentence, keep)}\n" for sentence in sentences)
    return 1


def played(work: Coroutine[Any, Any, int | None]) -> int:
    """Run it to its end; its own status, or 0 for one that simply ended."""
    import asyncio

    return asyncio.run(work) or 0
