"""The second implementation: minute by minute, with a finger on the wall. It knows what the file says, and nothing of
the code that it judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from bot.models import Kind
from tests.rules.test_plans import Slow

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def days_of(key: str) -> list[str]:
    """The days that a key names, one after the other."""
    first, _, last = key.partition("-")
    found, at = [first], first
    while at != (last or first):
        at = DAYS[(DAYS.index(at) + 1) % 7]
        found.append(at)
    return found


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class SlowCalendar:
    """A table of hours as it stands in the file."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(said["zone"])
        self.week = {day: _listed(hours) for key, hours in said["weekdays"].items() for day in days_of(key)}
        self.closed = {date.fromisoformat(each) for each in said.get("closed", ())}
        self.opened = {date.fromisoformat(day): _listed(hours) for day, hours in said.get("open", {}).items()}
        self.countries = [each.partition("-") for each in said.get("holidays", ())]

    def _is_holiday(self, day: date) -> bool:
        return any(day in _holidays(country, part, day.year) for country, _, part in self.countries)

    def _spans(self, day: date) -> list[str]:
        if day in self.opened:
            return self.opened[day]
        if day in self.closed or self._is_holiday(day):
            return []
        return self.week.get(DAYS[day.weekday()], [])

    def is_open(self, at: datetime) -> bool:
        """Whether a span of this day, or one of the night before, covers what the wall shows."""
        wall = at.astimezone(self.zone)
        now = wall.hour * 60 + wall.minute
        for span in self._spans(wall.date()):
            first, last = map(_minutes, span.split("-"))
            if first <= now < (last if last > first else last + 24 * 60):
                return True
        for span in self._spans(wall.date() - DAY):
            first, last = map(_minutes, span.split("-"))
            if last <= first and now < last:
                return True
        return False


def _listed(hours: Any) -> list[str]:
    return [hours] if isinstance(hours, str) else list(hours)


@cache
def _holidays(country: str, part: str, year: int) -> Any:
    return holidays.country_holidays(country, subdiv=part or None, years=year)


class SlowRequest(Slow):
    """One request under its plan, with a calendar that may say more."""

    def __init__(
        self, plan: dict[str, Any], calendar: SlowCalendar, kind: Kind, asked_at: datetime, seen_at: datetime
    ) -> None:
        self.hours = calendar
        super().__init__(plan, {}, kind, asked_at)
        # A reminder that was late when the request was seen is passed over; a call never is.
        self.coming = [one for one in self.coming if one[0].value.startswith("escalate") or one[1] > seen_at]

    def is_open(self, at: datetime) -> bool:
        """By its calendar."""
        return self.hours.is_open(at)


@dataclass
class SlowRota:
    """A rota as it stands in the file, with the times at which people are away."""

    said: Mapping[str, Any]
    away: Mapping[str, Iterable[tuple[datetime, datetime]]]
    """Walls: from, until."""

    def holder(self, at: datetime) -> str:
        """Who has the turn: the hand-overs from its first day on are counted one by one."""
        zone = ZoneInfo(self.said["zone"])
        first, made = date.fromisoformat(str(self.said["starts"])), 0
        day = first
        while day <= at.astimezone(zone).date() + DAY:
            for each in self.said["hand_over"]:
                days, clock = each.split()
                if DAYS[day.weekday()] in days_of(days) and self._has_shown(day, clock, zone, at):
                    made += 1
            day += DAY
        people = self.said["people"]
        start = (made - 1) // self.said["hand_overs_a_turn"] % len(people) if made else 0
        order = [*people[start:], *people[:start]] if made else []
        for begins, ends, person in self.said["swaps"]:
            if self._covers(begins, ends, zone, at):
                order = [person, *order]
        return next((each for each in order if not self._is_away(each, zone, at)), "")

    def _is_away(self, person: str, zone: ZoneInfo, at: datetime) -> bool:
        return any(self._covers(begins, ends, zone, at) for begins, ends in self.away.get(person, ()))

    def _covers(self, begins: datetime, ends: datetime, zone: ZoneInfo, at: datetime) -> bool:
        return _shown(begins, zone, at) and not _shown(ends, zone, at)

    def _has_shown(self, day: date, clock: str, zone: ZoneInfo, at: datetime) -> bool:
        return _shown(datetime.combine(day, time.fromisoformat(clock)), zone, at)


def _shown(wall: datetime, zone: ZoneInfo, at: datetime) -> bool:
    """Whether the wall has shown this time by an instant, or one after it: far away by its days, else by quarters of an
    hour, two days back."""
    now = at.astimezone(zone).replace(tzinfo=None)
    if now - wall > 2 * DAY:
        return True
    if wall - now > 2 * DAY:
        return False
    back = 0
    while back <= 48 * 60:
        if (at - back * MINUTE).astimezone(zone).replace(tzinfo=None) >= wall:
            return True
        back += 15  # No zone has an offset that is no multiple of a quarter of an hour.
    return False
