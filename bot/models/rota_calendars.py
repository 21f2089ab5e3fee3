"""What was read of the iCalendar address of a rota: times, and what each event says of who has them."""

from __future__ import annotations

from bot.models.base import Instant, Record


class CalendarShift(Record):
    """One occurrence of an event. Who it names is found out when it is asked, since the access file changes."""

    starts: Instant
    ends: Instant
    attendees: tuple[str, ...] = ()
    """Addresses, in the order of the calendar."""
    organizer: str = ""
    """An address."""
    summary: str = ""


class CalendarCopy(Record):
    """What one look at the address found. The last good one is used for as long as the address is away."""

    read_at: Instant
    until: Instant
    """How far ahead it was worked out; what comes later is not known."""
    shifts: tuple[CalendarShift, ...] = ()
    """By their beginning."""
    odd: tuple[str, ...] = ()
    """What was left out of it, and why: a sentence each, with words of the calendar in it."""
