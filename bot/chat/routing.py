"""Which channel hears of what, as the sender asks for it. The settings hold the table."""

from __future__ import annotations

from typing import Protocol

from bot.models import Place


class RoutingTable(Protocol):
    """The routing table: the settings' own, and smaller ones that a rehearsal or a test makes."""

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:
        """The channel id for a message of this place about a request of this organization and kind."""
        ...

    def default_for(self, place: Place) -> str:
        """The channel id of what no rule names; calls without facts are heard there when their own place is lost."""
        ...

    def channels(self) -> tuple[str, ...]:
        """Every channel id that is named anywhere, each once."""
        ...
