"""A paging button's value says exactly what was asked, and whatever is not ours is no page."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.lookup.saying import MOST_CHARACTERS, More, more_of, token_of

END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
START = END - timedelta(hours=24)


@pytest.mark.parametrize(
    "more",
    [
        More(question=r"CONTOSO\alice 2h in Contoso", start=START, end=END, first=11),
        More(question="\U0001f600" * 300, start=START, end=END, first=100_000),
        More(question="\\" * 300, start=START, end=END, first=1),
        More(case_id="c1f00d", start=START, end=END, first=21),
    ],
)
def test_a_token_comes_back_as_it_went_and_fits_a_button(more: More) -> None:
    token = token_of(more)
    assert more_of(token) == more
    assert len(token) <= MOST_CHARACTERS
    assert token.replace("-", "").replace("_", "").isalnum()


def packed(*values: object) -> str:
    """A token made by somebody else."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


SECONDS = int(START.timestamp()), int(END.timestamp())


@pytest.mark.parametrize(
    "token",
    [
        "",
        "older",
        "x" * 2001,
        "é",
        "AAAA",
        packed(),
        packed("q"),
        packed("", "", *SECONDS, 1),
        packed("q", "c", *SECONDS, 1),
        packed("q", "", SECONDS[1], SECONDS[0], 1),
        packed("q", "", SECONDS[0], SECONDS[0], 1),
        packed("q", "", *SECONDS, 0),
        packed("q", "", *SECONDS, 100_001),
        packed("q", "", *SECONDS, "many"),
        packed("q", "", 10**30, SECONDS[1], 1),
        packed("q", "", "then", SECONDS[1], 1),
        packed(1, "", *SECONDS, 1),
        packed("q", "", *SECONDS, 1, "more"),
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b"5").decode(),
        base64.urlsafe_b64encode(b"[" * 1000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_not_ours_is_no_page(token: str) -> None:
    assert more_of(token) is None
