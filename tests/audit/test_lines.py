"""A line of an export is the canonical one, whatever stands in the event."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bot.audit.chain import Entry, entry_line
from bot.models import canonical


@pytest.mark.parametrize("text", ["", "plain", 'quo"te\\', "ünï \u202e", "\ud800", "\x00\x1f\x7f", "😀"])
def test_an_event_s_line_is_the_canonical_one(text: str) -> None:
    entry = Entry(number=10**15, at_ms=-1, link=text, body=text * 2, private=text)
    assert entry_line(entry) == canonical({"type": "event", **asdict(entry)})
