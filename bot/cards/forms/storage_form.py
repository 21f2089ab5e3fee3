"""Everything that the storage modal shows, as data: what may be chosen, what is closed and why, what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.cards.forms.approve_form import GroupOffer, ReachOffer
from bot.models import Case, Choice, RequestFacts

STORAGE_DAYS = (1, 7, 30, 90)
"""Spans that are offered for an open device (our choice)."""
STORAGE_USUAL_DAYS = 7
"""How long it stays open where nothing else is chosen (our choice: a week, well over one errand)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageForm:
    """The storage modal."""

    case: Case
    reaches: Sequence[ReachOffer]
    choice: Choice
    """What the inputs come to as they stand now."""
    trouble: str = ""
    """Why they come to nothing yet; then `choice` is the narrow answer and not shown."""
    groups: Sequence[GroupOffer] = ()
    groups_left: int = 0
    """Computer groups that the modal has no room for."""
    device_name: str = ""
    """What the portal would call the device."""
    existing_policy: str = ""
    """A storage policy that the portal would add the device to; empty: it offers none."""
    unverified: str = ""
    """Why this kind of write is off here; then the modal has no submit button and only prepares the text."""
    two_people: str = ""
    """Why a second person has to agree, as a clause; empty where one is enough."""
    writes_on: bool
    portal_link: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was chosen and typed so far, by block."""

    @property
    def facts(self) -> RequestFacts:
        """What is asked; a storage request is always a case of its own."""
        return self.case.pending[0].facts

    @property
    def serial_number(self) -> str:
        """What tells the device from others; empty: the request names no single device."""
        return self.facts.device.serial_number if self.facts.device else ""

    def value(self, block_id: str, default: str = "") -> str:
        """What stands in a block now."""
        return self.values.get(block_id) or default
