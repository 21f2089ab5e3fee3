"""Seals that were kept outside of the ledger, as an auditor brings them: typed, or from a file. Pure.

A line of such a file is `N=DIGEST`, as the audit channel says it, or a line of JSON as the second place received it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from bot.audit.chain import Seal

_TYPED = re.compile(r"\s*(\d{1,15})\s*[=:\s]\s*([0-9a-fA-F]{64})\s*")
_OWN = {each.name for each in fields(Seal)}

WANTED = (
    "write N=DIGEST: the number of the event and the 64 hexadecimal digits, as the audit channel says them"
)


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """What somebody outside remembers of one seal."""

    number: int
    """The last event that it covers, as the audit channel says it; the seal's own number is understood as well."""
    digest: str
    signed: Seal | None = None
    """The whole seal, where it was kept with its signature."""

    def __str__(self) -> str:
        return f"{self.number}={self.digest}"


def typed_seal(text: str) -> KnownSeal:
    """One seal as it is typed. ValueError in words."""
    found = _TYPED.fullmatch(text)
    if found is None:
        raise ValueError(f"{text.strip()!r} is no seal; {WANTED}")
    return KnownSeal(int(found[1]), found[2].lower())


def kept_seals(lines: Iterable[str]) -> list[KnownSeal]:
    """The seals of a file, at least one. Empty lines and lines that begin with # say nothing. ValueError in words."""
    found: list[KnownSeal] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            found += _delivered(text) if text.startswith("{") else [typed_seal(text)]
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    if not found:
        raise ValueError(f"it holds no seal; {WANTED}, one a line")
    return found


def _delivered(text: str) -> list[KnownSeal]:
    """A delivery to the second place (`{"seals": [...]}`), or one seal of it."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON") from None
    each = parsed.get("seals", [parsed])
    if not isinstance(each, list):
        each = [each]
    return [_whole(one) for one in each]


def _whole(parsed: object) -> KnownSeal:
    items = parsed.items() if isinstance(parsed, dict) else ()
    own: dict[str, Any] = {n: value for n, value in items if n in _OWN and isinstance(value, (int, str))}
    try:
        seal = Seal(**own)
        typed = typed_seal(f"{seal.last}={seal.digest}")
    except (TypeError, ValueError):
        raise ValueError("this JSON is not a whole seal") from None
    return KnownSeal(typed.number, typed.digest, seal)
