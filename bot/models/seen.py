"""What was last seen of the ledger, kept where an older copy of the ledger cannot take it back."""

from __future__ import annotations

from bot.models.base import Instant, Record
from bot.models.given import Suspension


class SeenHead(Record):
    """Where the record stood, and who was suspended then."""

    number: int
    """The last event."""
    link: str
    at: Instant
    suspensions: tuple[Suspension, ...] = ()
    key_id: str = ""
    """The key that signed seals then."""
