"""What came of an effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.models import CardAddress


@dataclass(frozen=True, slots=True)
class Sent:
    """Slack took it."""

    channel_id: str = ""
    ts: str = ""
    card: CardAddress | None = None
    """The card's new address, to be stored; None where the card stayed where it was."""
    view_id: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the same effect again after this time."""

    after: timedelta
    why: str
    for_all: bool = False
    """Slack asked for it: everybody who shares the pace waits, on every replica."""
    has_no_channel: bool = False
    """Its channel is lost; nobody hears it until that is mended."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It will never be said."""

    why: str
    refused: bool = False
    """Slack refused it; that may end, and what must be said is tried again."""
