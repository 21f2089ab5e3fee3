"""What time makes of a write whose outcome is not known: one answer for decisions, policies and maintenance modes (P2).

    recorded ───────────── not_after ───────────────────── not_after + attempt_reopens_after ──>
       may still be sent       can not be sent any more        can not take effect any more
       WAIT                    DOUBT                           REOPEN, if the portal was asked and shows nothing

Whatever the time, what the portal shows settles it. No clock, no socket.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.models import Rules


class Turn(StrEnum):
    """What follows for an outstanding attempt from one more look at the portal."""

    SETTLE = "settle"
    """The portal shows how it ended."""
    REOPEN = "reopen"
    """It had no effect, as far as anybody can know; only a new press makes a new attempt."""
    DOUBT = "doubt"
    """Its outcome is not known, and nobody sends it any more: that is said, and asked about."""
    WAIT = "wait"
    """Somebody may still be about to send it."""


def turn_of(not_after: datetime, now: datetime, rules: Rules, *, shown: bool | None) -> Turn:
    """The turn of an attempt. `shown`: whether the portal shows an end; None where it could not be asked."""
    if shown:
        return Turn.SETTLE
    # A portal that could not be asked opens nothing again, however long it stays silent (P9): the write may be there.
    if shown is not None and is_over(not_after, now, rules):
        return Turn.REOPEN
    return Turn.WAIT if may_be_sent(not_after, now) else Turn.DOUBT


def may_be_sent(not_after: datetime, now: datetime) -> bool:
    """Whether there is time left to send it. Asked before it is recorded, and once more just before it is sent."""
    return now < not_after


def is_over(not_after: datetime, now: datetime, rules: Rules) -> bool:
    """Whether it can take effect no more: sent at its last moment, the portal would have shown it by now."""
    return now >= not_after + rules.decisions.reopen_after
