"""How far an open request is, and what became of a decided one, as a look-up says it. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit.words import as_text
from bot.lookup.open_cases import who_has_it
from bot.models import HandedOver
from tests.cards.gallery import ANA
from tests.cards.samples import NOW, case, claim, entry


@pytest.mark.parametrize(
    ("changed", "now", "said"),
    [
        ({}, NOW, "Nobody has claimed it yet"),
        ({"claim": claim()}, NOW, "has claimed the request"),
        (
            {"handed_over": HandedOver(by=ANA, at=NOW, because="It needs a policy")},
            NOW,
            "The escalation team has it",
        ),
        ({}, NOW + timedelta(days=1), "late, was due"),
    ],
)
def test_who_has_it(changed: dict[str, Any], now: Any, said: str) -> None:
    assert said in as_text([who_has_it(case(entry(1), **changed), now)])


def test_an_assignment_in_the_portal_is_somebody_who_has_it() -> None:
    told = as_text([who_has_it(case(entry(1, assignee="Pat Rowan")), NOW)])
    assert "Assigned in the portal to Pat Rowan" in told


def test_a_closed_case_is_due_no_more() -> None:
    told = as_text([who_has_it(case(entry(1, steps=())), NOW)])
    assert "due" not in told
