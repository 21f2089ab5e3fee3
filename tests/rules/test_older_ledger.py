"""What may be kept of an older ledger: nothing that gives anybody a right, in force or at rest."""

from __future__ import annotations

from datetime import timedelta

from bot.models import Actor, Given, SeenHead, SwapOffer
from bot.models.unusual import Silence, SilenceOf
from bot.rules.older_ledger import without_revived
from tests.ledger.build import NOON
from tests.ledger.test_authentic import FULL


def test_what_rested_without_our_mark_is_dropped_with_the_rest() -> None:
    """Confirmed later it would come back, though it may have been taken away since."""
    seen = SeenHead(number=5, link="x", at=NOON)
    kept = without_revived(FULL.resting().model_copy(update={"grants": FULL.grants}), seen)
    assert kept == Given(user_groups=FULL.user_groups)


def test_a_silence_that_may_have_ended_is_dropped() -> None:
    silence = Silence(
        silence_id="q1",
        rule="burst",
        of=SilenceOf.COMPUTER,
        subject="c1",
        subject_name="WS-001",
        organization_id="org",
        organization_name="Contoso",
        until=NOON + timedelta(days=1),
        by=Actor(person_id="mia", name="Mia Brandt", slack_user_id="U1"),
        at=NOON,
        reason="A build computer",
    )
    assert without_revived(Given(silences=(silence,)), SeenHead(number=5, link="x", at=NOON)) == Given()


def test_a_change_of_duty_that_may_have_been_taken_back_is_dropped_with_offers() -> None:
    by = Actor(person_id="mia", name="Mia Brandt", slack_user_id="U1")
    offer = SwapOffer(
        swap_id="y1", rota="week", by=by, starts=NOON, ends=NOON, with_id="bo", with_name="Bo", at=NOON,
        their_starts=NOON, their_ends=NOON, until=NOON,
    )  # fmt: skip
    held = Given(duty=offer.halves(NOON), swaps=(offer,))
    assert without_revived(held, SeenHead(number=5, link="x", at=NOON)) == Given()
