"""What one look at the portal's list says about the cases that we know: arrived, changed, missing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.models import Case, RequestEntry, RequestFacts, Sighting

Requested = TypeVar("Requested")

_LAST = datetime.max.replace(tzinfo=UTC)
"""Requests without a time of their own come after all others."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one look at the portal's list says about the cases that we know."""

    arrived: tuple[Sighting, ...]
    """Requests without an open case, oldest first."""
    changed: tuple[tuple[str, Sighting], ...]
    """Case id and request whose facts or assignee are no longer what the record holds."""
    missing: tuple[tuple[str, RequestEntry], ...]
    """Case id and open request that the list does not show; the request itself must be asked."""


def compare(
    sightings: Iterable[Sighting], open_cases: Mapping[str, Case], same: Collection[str] = ()
) -> Comparison:
    """Hold the portal's pending requests against the open cases. Absence decides nothing by itself.

    `same`: requests that the list shows as it did before. They are there, and nothing else is said of them.
    """
    seen = {sighting.facts.request_id: sighting for sighting in sightings}
    held = {
        entry.facts.request_id: (case_id, entry)
        for case_id, case in open_cases.items()
        for entry in case.open_requests
    }
    arrived = oldest_first(
        (sighting for request_id, sighting in seen.items() if request_id not in held),
        lambda sighting: sighting.facts.requested_at,
    )
    changed = tuple(
        (held[request_id][0], sighting)
        for request_id, sighting in seen.items()
        if request_id in held and _differs(held[request_id][1], sighting)
    )
    missing = tuple(
        (case_id, entry)
        for request_id, (case_id, entry) in held.items()
        if request_id not in seen and request_id not in same
    )
    return Comparison(tuple(arrived), changed, missing)


def oldest_first(
    requests: Iterable[Requested], requested_at: Callable[[Requested], datetime | None]
) -> list[Requested]:
    """Requests by their own times."""
    return sorted(requests, key=lambda one: requested_at(one) or _LAST)


def _differs(entry: RequestEntry, sighting: Sighting) -> bool:
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
