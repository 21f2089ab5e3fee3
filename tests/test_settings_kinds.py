"""The settings and the use cases name the same things."""

from typing import get_args

from bot.decision.writes import UNPROVEN_WRITES
from bot.settings import Settings


def test_the_kinds_of_unproven_writes_are_those_that_the_decisions_know() -> None:
    """A kind that the decisions hold back and the settings do not know could never be opened."""
    [names] = get_args(Settings.model_fields["verified_writes"].annotation)
    assert set(get_args(names)) == set(UNPROVEN_WRITES)
