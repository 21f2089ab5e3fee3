"""When a grant ends: `for 4h`, `until 18:00`, `until tomorrow 09:00`, `until 2026-11-20 18:00`; else one shift."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_SPAN = re.compile(
    r"(?P<count>[0-9]{1,5})\s*(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?:(?P<day>today|tomorrow)\s+)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})", re.IGNORECASE
)
_EXAMPLES = "write for 4h, until 18:00, until tomorrow 09:00 or until 2026-11-20 18:00"


def end_of(span: str, now: datetime) -> datetime | str:
    """The end of `for <span>`, in whole seconds; else what is wrong, for people."""
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        return f"I do not know the span {span!r}; {_EXAMPLES}."
    minutes = int(found["count"]) * _MINUTES[found["unit"][0].lower()]
    if minutes == 0:
        return "A grant of no length gives nothing; name at least a minute, such as 30m."
    return _whole(now + timedelta(minutes=minutes))


def moment_of(said: str, now: datetime, zone: str) -> datetime | str:
    """The time of `until <time>`; without a zone it is the team's, `zone` (an IANA name). Else what is wrong."""
    text = said.strip()
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return _by_the_clock(clock, now, ZoneInfo(zone))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return f"{text} is a whole day; say the time too, such as {text} 18:00."
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return f"I do not know the time {said!r}; {_EXAMPLES}."
    return _whole((found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(now.tzinfo))


def _by_the_clock(clock: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime | str:
    """A time of day: today's or tomorrow's if said, else the next one."""
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if hour > 23 or minute > 59:
        return f"There is no time of day {hour}:{minute:02}."
    today = now.astimezone(zone).date()
    day = today + timedelta(days=1) if (clock["day"] or "").lower() == "tomorrow" else today
    found = datetime.combine(day, time(hour, minute), zone)
    if not clock["day"] and found <= now:
        found = datetime.combine(day + timedelta(days=1), time(hour, minute), zone)
    return found.astimezone(now.tzinfo)


def fault_in(until: datetime, now: datetime, longest: timedelta) -> str:
    """Why a grant cannot end then; empty when it can."""
    if until <= now:
        return f"{until:%Y-%m-%d %H:%M} UTC is over already."
    if until > now + longest:
        most = f"{longest.total_seconds() / 86400:g} days"
        return f"From Slack a grant lasts at most {most}; what has to last longer belongs in the access file."
    return ""


def _whole(at: datetime) -> datetime:
    """Whole seconds: the second of the end is the first without the grant."""
    return at.replace(microsecond=0)
