"""The value of a paging button: what was asked, between which times, and where the page begins.

It gives nobody anything: whoever presses is judged anew, and the question is asked anew within the same times.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime

from pydantic import Field, ValidationError

from bot.models import Instant, Record

MOST_CHARACTERS = 2000
"""Slack's limit for a button's value."""


class More(Record):
    """One page of one look-up. Either `question` (the text after the command) or `case_id` says what it is about."""

    question: str = ""
    case_id: str = ""
    start: Instant
    end: Instant
    first: int = Field(ge=1, le=100_000)
    """The number of the page's first group."""


def token_of(more: More) -> str:
    """The token, made of characters that nothing interprets."""
    packed = [more.question, more.case_id, _seconds(more.start), _seconds(more.end), more.first]
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def more_of(token: str) -> More | None:
    """What a token says; None for one that is not ours, cut, or from another version."""
    if not 0 < len(token) <= MOST_CHARACTERS:
        return None
    try:
        packed = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        question, case_id, start, end, first = packed
        found = More(
            question=question, case_id=case_id, start=_instant(start), end=_instant(end), first=first
        )
    except (NotBase64, ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        return None
    return found if found.start < found.end and bool(found.question) != bool(found.case_id) else None


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
