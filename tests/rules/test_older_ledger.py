"""What may be kept of an older ledger: nothing that gives anybody a right, in force or at rest."""

from __future__ import annotations

from bot.models import Given, SeenHead
from bot.rules.older_ledger import without_revived
from tests.ledger.build import NOON
from tests.ledger.test_authentic import FULL


def test_what_rested_without_our_mark_is_dropped_with_the_rest() -> None:
    """Confirmed later it would come back, though it may have been taken away since."""
    seen = SeenHead(number=5, link="x", at=NOON)
    kept = without_revived(FULL.resting().model_copy(update={"grants": FULL.grants}), seen)
    assert kept == Given(user_groups=FULL.user_groups)
