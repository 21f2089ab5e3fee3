"""What is usual here by what was asked before: many files at once, hours of work, who asks for elevation.

Each answers only where enough was observed to say so; before that it is silent, which is no all-clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOURS_OBSERVED = 60
"""Requests from which on an organization's hours are taken to be known (our choice)."""
HOURS_SPAN = timedelta(days=28)
"""Over how long they must be spread, at least: four weekends (our choice)."""
HOURS_DAYS = 15
"""On how many different days, at least: one night's batch tells nothing of a habit (our choice)."""
HOURS_NEAR = timedelta(hours=2)
"""How near a request must have been to make an hour usual, on the same kind of day (our choice)."""
ELEVATIONS_OBSERVED = 20
"""Elevations in an organization from which on a person without one is a first (our choice): while elevation is new
there, everybody's is."""
_DAY_MINUTES = 24 * 60


class Arrival(NamedTuple):
    """A file that a computer asked for, and when."""

    at: datetime
    file: str
    """Its digest, or whatever else tells it from others."""


def burst(arrivals: Iterable[Arrival], *, files: int, within: timedelta) -> tuple[str, ...]:
    """The different files of the fullest span of one computer's arrivals; empty where there are fewer than `files`.

    The same file asked for again and again is no burst.
    """
    asked = sorted(arrivals)
    fullest: tuple[str, ...] = ()
    first = 0
    for last, arrival in enumerate(asked):
        while arrival.at - asked[first].at > within:
            first += 1
        inside = tuple(dict.fromkeys(one.file for one in asked[first : last + 1]))
        if len(inside) > len(fullest):
            fullest = inside
    return fullest if len(fullest) >= files else ()


def never_asks_then(asked: Sequence[datetime], at: datetime, zone: str) -> bool:
    """Whether an organization that is known well enough has never asked around this time of day, on such a day.

    Weekdays and weekends are told apart. `zone` (an IANA name) says what a day is.
    """
    place = ZoneInfo(zone)
    local = [one.astimezone(place) for one in asked]
    if len(local) < HOURS_OBSERVED or len({one.date() for one in local}) < HOURS_DAYS:
        return False
    if max(local) - min(local) < HOURS_SPAN:
        return False
    then = at.astimezone(place)
    return not any(_is_weekend(one) is _is_weekend(then) and _near(one, then) for one in local)


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5


def _near(one: datetime, other: datetime) -> bool:
    """By the time of day, around midnight too."""
    apart = abs((one.hour - other.hour) * 60 + one.minute - other.minute)
    return min(apart, _DAY_MINUTES - apart) <= HOURS_NEAR.total_seconds() / 60


def is_first_elevation(own: int, in_organization: int) -> bool:
    """Whether nobody has decided an elevation of this person before, where others' are decided all the time."""
    return own == 0 and in_organization >= ELEVATIONS_OBSERVED
