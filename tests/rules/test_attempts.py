"""P2: what time makes of a write whose outcome is not known; the same for everything that Gatehouse writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.models import Rules
from bot.models.rules import DecisionsSection
from bot.rules.attempts import Turn, may_be_sent, turn_of

NOT_AFTER = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
RULES = Rules(decisions=DecisionsSection(reopen_after=timedelta(seconds=60)))
_TICK = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("seconds", "shown", "turn"),
    [
        (-1, None, Turn.WAIT),
        (-1, False, Turn.WAIT),
        (-1, True, Turn.SETTLE),
        (0, None, Turn.DOUBT),
        (0, False, Turn.DOUBT),
        (0, True, Turn.SETTLE),
        (59.9, False, Turn.DOUBT),
        (60, False, Turn.REOPEN),
        (60, True, Turn.SETTLE),
        (60, None, Turn.DOUBT),
        (86400, None, Turn.DOUBT),
        (86400, False, Turn.REOPEN),
    ],
)
def test_only_an_answer_opens_it_again_and_only_when_it_can_take_effect_no_more(
    seconds: float, shown: bool | None, turn: Turn
) -> None:
    """P9: a portal that cannot be asked opens nothing again, however long it is silent."""
    assert turn_of(NOT_AFTER, NOT_AFTER + timedelta(seconds=seconds), RULES, shown=shown) is turn


def test_at_its_last_moment_it_is_not_sent_any_more() -> None:
    assert may_be_sent(NOT_AFTER, NOT_AFTER - _TICK)
    assert not may_be_sent(NOT_AFTER, NOT_AFTER)
