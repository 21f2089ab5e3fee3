"""The reputation fields of a Unified Audit row: nobody has published their form, so any form must be readable."""

from __future__ import annotations

from typing import Any

import pytest

from bot.portal.wire import BlockedRow


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([{"name": "Engine", "rating": "malicious"}], ["malicious"]),
        ([{"Name": "Engine", "Rating": "clean"}, None, {"name": "Other"}], ["clean", ""]),
        ([{"name": "Engine", "rating": 5}], ["5"]),
        ([{"name": "Engine", "rating": None}], [""]),
        ({"name": "Engine", "rating": "malicious"}, ["malicious"]),
        (["malicious"], []),
        ("malicious", []),
        (7, []),
        ([], []),
        (None, []),
    ],
)
def test_engine_ratings_are_read_as_they_come_and_never_make_a_row_unreadable(
    sent: Any, read: list[str]
) -> None:
    row = BlockedRow.read({"hash": "AB", "engineRatings": sent})
    assert [one.rating for one in row.engine_ratings] == read
    assert row.hash == "AB"


def test_a_row_without_reputation_fields_says_nothing() -> None:
    row = BlockedRow.read({})
    assert (row.threat_severity_level, row.engine_ratings, row.is_virus_total_unavailable) == ("", (), None)
