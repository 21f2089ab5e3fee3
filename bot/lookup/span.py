"""How far back a look-up goes: `30m`, `2h`, `3d`, `today`, `yesterday`; 24 hours when nothing is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_SPAN = timedelta(hours=24)
"""Our choice: a block that somebody calls about is seldom older than a day."""
LONGEST_SPAN = timedelta(days=30)
"""Our choice: a longer look reads more rows than anybody reads, and the portal is asked page by page."""

_UNIT_WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_UNIT_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_SPAN = re.compile(
    r"(?P<count>[0-9]+)\s*(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE
)
_DAYS = ("today", "yesterday")
_AT_END = re.compile(rf"(?:^|\s)(?P<span>{'|'.join(_DAYS)}|{_SPAN.pattern})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Between two aware times; `words` is how it is said, after a comma."""

    start: datetime
    end: datetime
    words: str


@dataclass(frozen=True, slots=True)
class SpanRefused:
    """A span that is understood and not searched."""

    why: str


def next_second(at: datetime) -> datetime:
    """The first whole second after a time: portal and paging count whole seconds, and the newest row must be in."""
    return at.replace(microsecond=0) + timedelta(seconds=1)


def default_span(now: datetime) -> Span:
    """What is searched when the question names no span."""
    return Span(now - DEFAULT_SPAN, now, "the last 24 hours")


def split_span(text: str, now: datetime, zone: str) -> tuple[str, Span | SpanRefused | None]:
    """The text without a span at its end, and that span; None where it does not end in one.

    `today` and `yesterday` are days in `zone`, an IANA name: the team's, not the reader's, and it is said.
    """
    found = _AT_END.search(text)
    if found is None:
        return text, None
    rest, said = text[: found.start()].rstrip(), found["span"].lower()
    if said in _DAYS:
        return rest, _day(said, now, zone)
    return rest, _length(int(found["count"]), found["unit"].lower()[0], now)


def _length(count: int, unit: str, now: datetime) -> Span | SpanRefused:
    minutes = count * _UNIT_MINUTES[unit]
    if minutes == 0:
        return SpanRefused("A span of nothing holds nothing. Name at least a minute, such as 30m.")
    if minutes > LONGEST_SPAN // timedelta(minutes=1):
        return SpanRefused("A look-up goes back 30 days at most. For more, use the portal's Unified Audit.")
    plural = "" if count == 1 else f"{count} "
    word = _UNIT_WORDS[unit] if count == 1 else f"{_UNIT_WORDS[unit]}s"
    return Span(now - timedelta(minutes=minutes), now, f"the last {plural}{word}")


def _day(word: str, now: datetime, zone: str) -> Span:
    local = now.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    if word == "today":
        return Span(midnight.astimezone(now.tzinfo), now, f"today ({zone})")
    before = datetime.combine(local.date() - timedelta(days=1), time(), local.tzinfo)
    return Span(before.astimezone(now.tzinfo), midnight.astimezone(now.tzinfo), f"yesterday ({zone})")
