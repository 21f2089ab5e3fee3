"""A request that nobody made, in a line of words: `elevation, Saturday 23:00, Contoso`. What its plan would be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.models import CalendarSection, Kind, Rules
from bot.models.calendars import WEEKDAYS
from bot.rules.calendars import calendar_for
from bot.rules.plans import Arriving, armed
from bot.rules.timeline import moments, reasons
from permissions.organizations import same_id

_TIME = re.compile(r"(?:(\d{4}-\d\d-\d\d|[a-z]+) +)?(\d{1,2}):(\d\d)")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RISKS = ("usual", "unusual")
EXAMPLE = "elevation, Saturday 23:00, Contoso"


class NotARequest(ValueError):
    """What was typed names no request; in words, with what would."""


def explained(text: str, rules: Rules, organizations: Mapping[str, str], now: datetime) -> list[str]:
    """The time line of a request in words, and its reasons, in lines. `organizations`: ids by the names that one may
    type. Raises NotARequest."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    kind = next((found for part in parts if (found := _kind(part))), Kind.APPLICATION)
    risk = next((part.casefold() for part in parts if part.casefold() in _RISKS), "usual")
    when = next((said for part in parts if (said := _TIME.fullmatch(part.casefold()))), None)
    by = [part for part in parts if part.casefold().startswith("by ")]
    rest = [part for part in parts if not (_kind(part) or part.casefold() in _RISKS or part in by)]
    rest = [part for part in rest if not _TIME.fullmatch(part.casefold())]
    organization_id = _organization(rest, organizations)
    calendar = calendar_for(rules, organization_id)
    asked_at = _instant(when, calendar, now)
    arriving = Arriving(
        organization_id=organization_id,
        kind=kind,
        is_unusual=risk == "unusual",
        requestors=tuple(part[3:].strip() for part in by),
        clock_from=asked_at,
    )
    made = armed(rules, arriving, asked_at)
    zone = ZoneInfo(calendar.zone)
    lines = [f"{kind.value}, {risk}, {rest[0] if rest else 'any organization'} (times in {calendar.zone})"]
    lines += [
        f"  {one.at.astimezone(zone):%a %Y-%m-%d %H:%M}  {one.says}"
        for one in moments(asked_at, made.plan, made.steps, rules, kind)
    ]
    return [*lines, *(f"- {one}" for one in reasons(made.plan, rules, kind))]


def _kind(part: str) -> Kind | None:
    return next(
        (kind for kind in Kind if kind.value.replace("_", " ") == part.casefold().replace("_", " ")), None
    )


def _organization(named: list[str], organizations: Mapping[str, str]) -> str:
    if not named:
        return ""
    if len(named) > 1:
        raise NotARequest(
            f"“{named[0]}” and “{named[1]}” are both taken for an organization. Write a kind ({_kinds()}), a time, one "
            f"organization, usual or unusual, and “by” an account, with commas between: {EXAMPLE}"
        )
    known = {name.casefold(): each for name, each in organizations.items()}
    if _GUID.fullmatch(named[0].casefold()):
        return same_id(named[0])
    found = known.get(named[0].casefold())
    if found is None:
        told = f"It knows {', '.join(sorted(organizations))}" if organizations else "It knows none by name"
        raise NotARequest(
            f"No organization is called “{named[0]}” in the access file. {told}; an id will do as well. For example: "
            f"{EXAMPLE}"
        )
    return same_id(found)


def _kinds() -> str:
    return ", ".join(kind.value for kind in Kind)


def _instant(said: re.Match[str] | None, calendar: CalendarSection, now: datetime) -> datetime:
    """The next time that the words fit, on the calendar's wall; now where there are none."""
    if said is None:
        return now
    day, hour, minute = said.groups()
    zone = ZoneInfo(calendar.zone)
    today = now.astimezone(zone).date()
    try:
        at = time(int(hour), int(minute))
        if day and day[0].isdigit():
            return datetime.combine(datetime.fromisoformat(day).date(), at, zone)
        if not day:
            return datetime.combine(today, at, zone)
        wanted = WEEKDAYS.index(next(each for each in WEEKDAYS if day.startswith(each)))
    except (ValueError, StopIteration):
        raise NotARequest(
            f"“{said[0]}” is no time; write it like “Saturday 23:00”, “2026-12-24 09:30” or “23:00”"
        ) from None
    return datetime.combine(today + timedelta(days=(wanted - today.weekday()) % 7), at, zone)
