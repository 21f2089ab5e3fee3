"""The settings and the use cases name the same things."""

from bot.decision.writes import UNPROVEN_WRITES
from bot.models import UnprovenWrite


def test_every_kind_of_unproven_write_has_words_for_what_it_is() -> None:
    """A kind that the settings take and the decisions have no words for could not be explained to a presser."""
    assert set(UNPROVEN_WRITES) == set(UnprovenWrite)
