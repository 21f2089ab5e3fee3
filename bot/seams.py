"""Named places between two steps, where a test may stop or kill a process to see that everything heals.

In operation nothing is ever armed, and reaching a place costs one comparison. Nothing arms it from outside: neither
a setting nor the environment; a test starts the program through its own entry and hands in what shall happen.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Seam(StrEnum):
    """A place at which one step is durable and the next has not begun. A simulation may enumerate them."""

    REQUEST_TAKEN_IN = "request_taken_in"
    """A new request is in its case; its card is queued."""
    PRESS_STORED = "press_stored"
    """The press is stored and not yet acknowledged."""
    PRESS_TAKEN = "press_taken"
    """A worker holds the lease of a press and has done nothing."""
    SECOND_AWAITED = "second_awaited"
    """The first of two people's yes is recorded; its presser has no answer yet."""
    ATTEMPT_RECORDED = "attempt_recorded"
    """The intent is recorded; the write has not been sent."""
    WRITE_ANSWERED = "write_answered"
    """The portal has answered the write; nothing of it is recorded."""
    YES_NOTED = "yes_noted"
    """That the portal has accepted the write is in the record; it has not been read back."""
    DECISION_RECORDED = "decision_recorded"
    """The decision is in the record; its presser has no answer yet."""
    STEPS_TAKEN = "steps_taken"
    """Due steps are taken and their messages queued."""
    CARD_POSTED = "card_posted"
    """Slack has the card; its address is not noted."""
    EFFECT_SAID = "effect_said"
    """Slack has the message or answer; the queue does not know."""


Hook = Callable[[Seam], None]
_armed: list[Hook] = []


def arm(hook: Hook) -> None:
    """Call this at every seam from now on. For tests only."""
    _armed.append(hook)


def reach(seam: Seam) -> None:
    """This place is reached."""
    for hook in _armed:
        hook(seam)
