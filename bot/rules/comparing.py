"""Whether a row of the portal's list says something else than the record, and in which order requests come. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from bot.models import RequestEntry, RequestFacts, Sighting

Requested = TypeVar("Requested")

_LAST = datetime.max.replace(tzinfo=UTC)
"""Requests without a time of their own come after all others."""


def oldest_first(
    requests: Iterable[Requested], requested_at: Callable[[Requested], datetime | None]
) -> list[Requested]:
    """Requests by their own times."""
    return sorted(requests, key=lambda one: requested_at(one) or _LAST)


def differs(entry: RequestEntry, sighting: Sighting) -> bool:
    """Whether facts or assignee are no longer what the record holds."""
    return contradicts(sighting.facts, entry.facts) or entry.assignee != sighting.state.assignee


def contradicts(seen: RequestFacts, known: RequestFacts) -> bool:
    """Whether a list row says something else than the record. What a thin row leaves out is no change."""
    return any(getattr(known, name) != value for name, value in _told(seen).items())


def _told(seen: RequestFacts) -> dict[str, object]:
    """What a look really says; without an action the kind is not known, which is not another kind."""
    told = {name: value for name, value in seen if value}
    if not seen.action_type:
        told.pop("kind")
    return told
