"""What is told about rotas before anybody has to ask: that a turn begins, and that nobody will be on call. Pure.

It is worked out of the roster at each look. A look that comes late finds what is still so, and nothing that is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.models.rotas import Roster
from bot.rules.calendars import is_open, next_change
from bot.rules.rotas import Spell, spells, turns

_BACK = timedelta(days=8)
"""How far back is looked for who had the turn before (our choice): a weekend that nobody had is no hand-over."""
STILL_NEWS = timedelta(hours=24)
"""How late a hand-over is still told, while the turn lasts (our choice)."""
_AHEAD = timedelta(days=28)
"""How far the end of a hole is looked for; one that lasts longer has no end that anybody plans by (our choice)."""


_BEGUN = timedelta(days=2)
"""How late a hole is still told, while it lasts (our choice)."""


@dataclass(frozen=True, slots=True)
class Relief:
    """A turn goes from one person to another; one of them may be nobody."""

    rota: str
    starts: datetime
    """When it goes over, within the rota's hours."""
    ends: datetime | None
    """When the turn of who comes ends; None: not within the time that is looked at."""
    comes: str
    """Person id; empty: nobody comes for now."""
    goes: str
    told_at: datetime

    @property
    def name(self) -> str:
        """The same for every replica, and another one once somebody else comes or goes."""
        return f"handover:{self.rota}:{self.starts.isoformat()}:{self.comes}:{self.goes}"


@dataclass(frozen=True, slots=True)
class Hole:
    """Nobody is on call for a tier, from within the hours of one of its rotas on."""

    tier: str
    starts: datetime
    ends: datetime | None
    """None: not within four weeks."""

    @property
    def name(self) -> str:
        """The same for every replica, and another one once it changes."""
        return f"hole:{self.tier}:{self.starts.isoformat()}:{self.ends.isoformat() if self.ends else ''}"


def reliefs(roster: Roster, rota: str, now: datetime) -> tuple[Relief, ...]:
    """The hand-overs of a rota that are to be told by now: their turn has begun, or begins within the notice of the
    rota, and is not over yet."""
    notice = roster.rotas[rota].notice_before
    since, until = now - _BACK, now + notice + _AHEAD
    found = (
        each
        for each in _reliefs(roster, rota, since, until)
        if each.told_at <= now and now - each.told_at < STILL_NEWS
    )
    return tuple(each for each in found if each.ends is None or each.ends > now)


def _reliefs(roster: Roster, rota: str, since: datetime, until: datetime) -> Iterator[Relief]:
    section = roster.rotas[rota]
    told = [(each, "".join(each.found.people)) for each in turns(roster, rota, since, until)]
    had = last = told[0][1]
    for number, (spell, person) in enumerate(told[1:], start=1):
        starts = spell.starts
        if person and not is_open(section.calendar, starts):
            starts = next_change(section.calendar, starts) or spell.ends
        # Whose own turn comes next, with nobody in between, hands nothing over.
        following = person or next((each for _, each in told[number:] if each), "")
        if starts < spell.ends and following != last:
            ends = spell.ends if spell.ends < until else None
            yield Relief(rota, starts, ends, person, had, starts - section.notice_before)
        had, last = person, person or last


def coming_holes(roster: Roster, tier: str, now: datetime) -> tuple[Hole, ...]:
    """The holes of a tier that begin within the days that it is told ahead, or began a moment ago and last."""
    named = roster.tiers[tier]
    if not named.rota or not named.holes_ahead:
        return ()
    until = now + named.holes_ahead + _AHEAD
    found = (
        Hole(tier, starts, each.ends if each.ends < until else None)
        for each in spells(roster, tier, now - _AHEAD, until)
        if each.found.is_nobody and each.ends > now and (starts := _missed(roster, tier, each)) is not None
    )
    # Looked at from far back its beginning stays the same; one that began before that moves, and was told.
    return tuple(each for each in found if now - _BEGUN < each.starts <= now + named.holes_ahead)


def _missed(roster: Roster, tier: str, hole: Spell) -> datetime | None:
    """When somebody is missed first: outside of the hours of all its rotas nobody is to have the turn. None: never."""
    calendars = (roster.rotas[each].calendar for each in roster.tiers[tier].rota)
    opens = (
        hole.starts if is_open(each, hole.starts) else next_change(each, hole.starts) for each in calendars
    )
    return min((each for each in opens if each is not None and each < hole.ends), default=None)
