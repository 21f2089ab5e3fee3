"""Blocked items of the same thing become one line, and nothing is counted twice or mixed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.lookup.reading import group_rows, is_simulated
from bot.portal import BlockedRow

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
START = NOW - timedelta(hours=24)
PATH = r"C:\Users\dana\Downloads\setup.exe"


def row(number: int, **changed: Any) -> BlockedRow:
    """One row; a higher number is a newer one."""
    values: dict[str, Any] = {
        "action_log_id": number,
        "e_action_log_id": f"00000000-0000-4000-8000-{number:012}",
        "organization_id": "3f6b8c1e-52d7-4a90-8e14-6b2d97c0a511",
        "date_time": NOW - timedelta(minutes=60 - number),
        "hostname": "WS-001",
        "username": r"CONTOSO\dana",
        "full_path": PATH,
        "hash": "8F14E45FCEEA167A5A36DEDD4BEA2543",
        "action_type": "execute",
        "policy_name": "Default - Workstations",
        "effective_action": "Deny",
        "is_monitor_mode": False,
    }
    return BlockedRow.model_construct(**(BlockedRow().model_dump() | values | changed))


def test_rows_of_one_file_are_one_group_with_the_newest_facts() -> None:
    rows = [
        row(1, policy_name="Old", hostname="WS-001"),
        row(3, full_path=PATH.upper(), hostname="WS-002", username=r"CONTOSO\eli"),
        row(2, hash="8f14e45fceea167a5a36dedd4bea2543", sha256="ab" * 32),
    ]
    (group,) = group_rows(rows, START)
    assert (group.count, group.path, group.policy) == (3, PATH.upper(), "Default - Workstations")
    assert group.last_at == NOW - timedelta(minutes=57)
    assert group.computers == ("WS-002", "WS-001")
    assert group.users == (r"CONTOSO\eli", r"CONTOSO\dana")
    assert group.sha256 == "ab" * 32


@pytest.mark.parametrize(
    "other",
    [
        {"hash": "00000000000000000000000000000000"},
        {"full_path": r"C:\other\setup.exe"},
        {"action_type": "read"},
        {"is_monitor_mode": True},
        {"effective_action": "Permit"},
        {"organization_id": "a97d2e40-1c3b-4f68-9b05-c2e8d1f07a34"},
    ],
)
def test_what_differs_is_not_put_together(other: dict[str, Any]) -> None:
    groups = group_rows([row(1), row(2, **other)], START)
    assert [group.count for group in groups] == [1, 1]
    assert groups[0].last_at > groups[1].last_at


def test_a_row_that_came_on_two_pages_counts_once() -> None:
    (group,) = group_rows([row(1), row(2), row(1)], START)
    assert group.count == 2


def test_rows_without_any_id_all_count() -> None:
    nameless = [row(number, action_log_id=0, e_action_log_id=None) for number in (1, 2)]
    (group,) = group_rows(nameless, START)
    assert group.count == 2


def test_a_row_without_a_time_is_as_old_as_the_span() -> None:
    (group,) = group_rows([row(1, date_time=None)], START)
    assert group.last_at == START


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"process_path": r"C:\app.exe"}, r"C:\app.exe"),
        ({"application_name": "Web browser"}, "Web browser"),
        ({}, ""),
    ],
)
def test_without_a_path_the_next_best_name_stands_in(changed: dict[str, Any], path: str) -> None:
    (group,) = group_rows([row(1, full_path="", **changed)], START)
    assert group.path == path


@pytest.mark.parametrize(
    ("monitor", "effective", "simulated"),
    [
        (False, "Deny", False),
        (None, "", False),
        (None, "Deny", False),
        (True, "Deny", True),
        (False, "Permit", True),
        (None, "permitted", True),
    ],
)
def test_simulated_is_told_from_real(monitor: bool | None, effective: str, simulated: bool) -> None:
    assert is_simulated(row(1, is_monitor_mode=monitor, effective_action=effective)) is simulated


def test_nothing_makes_no_group() -> None:
    assert group_rows([], START) == ()
