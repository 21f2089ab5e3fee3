"""How often each rule of the unusual was right: what became of the requests that it spoke about. Over the record.

Denied and made an exception: it was worth a look. Approved for one computer: somebody looked and let it be. Approved
further: it was ordinary software.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from bot.models import Attempt, Event, Reach, Standing


class UnusualOutcome(StrEnum):
    """What became of a request, as the record and the metrics name it."""

    DENIED = "denied"
    """Rejected or ignored; in the portal too."""
    EXCEPTION = "exception"
    APPROVED_NARROW = "approved_narrow"
    """For one computer."""
    APPROVED_WIDE = "approved_wide"
    APPROVED_IN_PORTAL = "approved_in_portal"
    """How far, the portal does not tell."""
    CLOSED = "closed"
    """Withdrawn, or any other end that decides nothing."""


RIGHT = frozenset({UnusualOutcome.DENIED, UnusualOutcome.EXCEPTION})
"""Outcomes that say that the rule was right to speak."""


def outcome_of(standing: Standing, attempt: Attempt | None) -> UnusualOutcome:
    """What a final state comes to; `attempt` is ours where it was our doing."""
    if standing is Standing.REJECTED:
        return UnusualOutcome.DENIED
    if standing is not Standing.APPROVED:
        return UnusualOutcome.CLOSED
    if attempt is None:
        return UnusualOutcome.APPROVED_IN_PORTAL
    reaches = attempt.reaches or attempt.choice.reach
    return UnusualOutcome.APPROVED_NARROW if reaches is Reach.COMPUTER else UnusualOutcome.APPROVED_WIDE


def outcomes_in(events: Iterable[Event]) -> Counter[tuple[str, str]]:
    """How often each rule (by its name) came to which outcome, over the settlements among some events of the record.

    Events of before it was kept count for nothing.
    """
    return Counter(
        (str(rule), str(event.facts["came_to"]))
        for event in events
        if "came_to" in event.facts
        for rule in event.facts.get("spoke", ())
    )
