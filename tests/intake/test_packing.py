"""What waits to be taken in is as it was when its turn comes."""

from __future__ import annotations

import pytest

from bot.intake.packing import Packed
from bot.models import PortalState, Sighting, Standing
from tests.cards.samples import facts


@pytest.mark.parametrize("path", ["", "C:\\Tools\\ä ü €.exe", "\\u{DC80} \0 \x1f \U0001f600" * 300])
def test_a_packed_sighting_is_unpacked_as_it_was(path: str) -> None:
    state = PortalState(status_id=4, status_label="Approved", standing=Standing.APPROVED, comments=path)
    seen = Sighting(facts=facts(1, path=path), state=state)
    packed = Packed.of(seen)
    assert packed.unpacked() == seen
    assert (packed.request_id, packed.is_open) == ("req-1", False)
