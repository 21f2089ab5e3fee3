"""A role made in Slack never passes for one of the access file: what looks the same is one name."""

from __future__ import annotations

import unicodedata

import pytest

from tests.administration.office import Office
from tests.administration.role_desk import MAKE, given, types

WRITTEN = unicodedata.normalize("NFD", "Équipe de nuit")
"""As an editor on macOS may write it into the file: the accent behind its letter."""


@pytest.mark.parametrize("typed", [WRITTEN, unicodedata.normalize("NFC", WRITTEN)])
async def test_a_name_with_its_accent_written_otherwise_is_taken(
    office: Office, rae: str, typed: str
) -> None:
    """10.2: whoever gives “Équipe de nuit” must be able to mean only one role."""
    office.more.append(
        f'[roles."{WRITTEN}"]\norganizations = ["brightwater"]\npermissions = ["View Approvals"]'
    )
    await office.accept()
    said = await types(office, rae, MAKE.replace("Night desk", typed))
    assert "There is a role" in said
    assert (await given(office)).roles == ()
