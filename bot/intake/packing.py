"""A request that waits to be taken in, as small as it gets: ten thousand of them may wait for minutes."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Final, NamedTuple, Self

from bot.models import Kind, PortalState, RequestFacts, Sighting, Standing

_USUAL: Final = (
    Sighting(
        facts=RequestFacts(
            request_id="",
            organization_id="",
            organization_name="",
            kind=Kind.APPLICATION,
            action_type="execute",
            computer_id="",
            computer_name="",
            os_type=1,
        ),
        state=PortalState(status_id=1, status_label="Pending", standing=Standing.PENDING),
    )
    .model_dump_json()
    .encode()
)
"""What is nearly the same in each, so that it is not kept of each."""


class Packed(NamedTuple):
    """A sighting in two fifths of its text; beside it stands what they are put in order by."""

    request_id: str
    organization_id: str
    requested_at: datetime | None
    is_open: bool
    deflated: bytes

    @classmethod
    def of(cls, sighting: Sighting) -> Self:
        """Packed."""
        facts = sighting.facts
        squeezed = zlib.compressobj(zdict=_USUAL)
        return cls(
            facts.request_id,
            facts.organization_id,
            facts.requested_at,
            sighting.state.standing.is_open,
            squeezed.compress(sighting.model_dump_json().encode()) + squeezed.flush(),
        )

    def unpacked(self) -> Sighting:
        """As it was."""
        return Sighting.model_validate_json(zlib.decompressobj(zdict=_USUAL).decompress(self.deflated))
