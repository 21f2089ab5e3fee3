"""Maintenance modes on the wire: bodies the stand-in portal and the contract take, and a history read leniently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models import MaintenanceMode
from bot.portal import (
    ComputerRow,
    Invalid,
    ModeRow,
    PermissionMissing,
    PortalClient,
    end_body,
    insert_body,
    mode_named,
    mode_note,
    move_body,
    type_name,
)
from rehearsal.portal import PortalSandbox
from rehearsal.portal.rights import ALL_RIGHTS, EDIT_COMPUTERS, SUPER_ADMIN
from tests.portal.conftest import MakeClient
from tests.portal.wire_server import Says, WireServer

HOUR = timedelta(hours=1)
M = MaintenanceMode


@pytest.fixture
def client(sandbox: PortalSandbox, make_client: MakeClient) -> PortalClient:
    """A client with the stand-in's own token."""
    return make_client(sandbox.base_url, token=sandbox.token, write_timeout_s=5)


async def _computer(client: PortalClient, sandbox: PortalSandbox) -> ComputerRow:
    organization_id = sandbox.organization_id("brightwater")
    return (await client.computers(organization_id, search_text="BRW-WS-001"))[0]


def _body(computer: ComputerRow, start: datetime, mode: MaintenanceMode = M.LEARNING) -> dict[str, Any]:
    note = mode_note("Ana Moreau", "a1", "no policy fits")
    return insert_body(
        computer, mode, start=start, end=start + HOUR, note=note, user_may_end=False, ticket="T-1"
    )


@pytest.mark.parametrize("mode", list(M))
async def test_a_mode_is_started_found_moved_and_ended(
    sandbox: PortalSandbox, client: PortalClient, mode: MaintenanceMode
) -> None:
    """Every mode that Gatehouse knows, with the bodies that the published contract takes."""
    computer, now = await _computer(client, sandbox), sandbox.clock.now().replace(microsecond=0)
    place = computer.organization_id or ""
    await client.start_mode(_body(computer, now, mode), place)
    (row,) = await client.modes_of_computer(computer.computer_id, place)
    assert (row.mode, row.start_date_time, row.end_date_time) == (mode, now, now + HOUR)
    assert row.is_running(sandbox.clock.now())
    assert row.carries("a1")
    assert row.notes == "Started by Ana Moreau via Gatehouse [attempt a1]: no policy fits"
    assert row.added_by
    in_mode = await _computer(client, sandbox)
    assert mode_named(in_mode.maintenance_type_id) is mode
    await client.move_mode_end(move_body(computer, mode, now + 2 * HOUR), place)
    (moved,) = await client.modes_of_computer(computer.computer_id, place)
    assert moved.end_date_time == now + 2 * HOUR
    await client.end_mode(end_body(moved, computer.computer_id), place)
    (ended,) = await client.modes_of_computer(computer.computer_id, place)
    assert ended.ended_by
    assert not ended.is_running(sandbox.clock.now())
    assert (await _computer(client, sandbox)).maintenance_type_id == 0


async def test_a_mode_runs_out_by_itself_on_the_portals_clock(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    computer, now = await _computer(client, sandbox), sandbox.clock.now()
    await client.start_mode(_body(computer, now), computer.organization_id or "")
    sandbox.clock.advance(timedelta(minutes=61))
    (row,) = await client.modes_of_computer(computer.computer_id, computer.organization_id)
    assert (row.ended_by, row.is_running(sandbox.clock.now())) == ("", False)
    assert (await _computer(client, sandbox)).maintenance_type_id == 0


async def test_a_mode_that_is_over_is_neither_ended_nor_moved(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    computer, now = await _computer(client, sandbox), sandbox.clock.now()
    place = computer.organization_id or ""
    await client.start_mode(_body(computer, now), place)
    (row,) = await client.modes_of_computer(computer.computer_id, place)
    await client.end_mode(end_body(row, computer.computer_id), place)
    with pytest.raises(Invalid):
        await client.end_mode(end_body(row, computer.computer_id), place)
    with pytest.raises(Invalid):
        await client.move_mode_end(move_body(computer, M.LEARNING, now + 3 * HOUR), place)


async def test_a_missing_right_of_the_token_is_named(
    sandbox: PortalSandbox, client: PortalClient, make_client: MakeClient
) -> None:
    weak = sandbox.issue_token(ALL_RIGHTS - {EDIT_COMPUTERS, SUPER_ADMIN})
    computer = await _computer(client, sandbox)
    with pytest.raises(PermissionMissing) as caught:
        await make_client(sandbox.base_url, token=weak).start_mode(
            _body(computer, sandbox.clock.now()), computer.organization_id or ""
        )
    assert caught.value.permission == EDIT_COMPUTERS


async def test_a_history_of_several_pages_is_read_whole(
    sandbox: PortalSandbox, make_client: MakeClient
) -> None:
    client = make_client(sandbox.base_url, token=sandbox.token, page_size=3)
    computer, now = await _computer(client, sandbox), sandbox.clock.now()
    for _ in range(7):
        await client.start_mode(_body(computer, now), computer.organization_id or "")
    assert len(await client.modes_of_computer(computer.computer_id, computer.organization_id)) == 7


@pytest.mark.parametrize("empty", ["[]", "", "null"])
async def test_a_computer_without_any_history_has_none(
    portal: WireServer, make_client: MakeClient, empty: str
) -> None:
    portal.on("MaintenanceModeGetByComputerIdV2", Says(empty))
    client = make_client(portal.base_url)
    assert await client.modes_of_computer("d2508b7a-9e36-4c1f-8a47-5e0c61b3f942") == ()


@pytest.mark.parametrize(
    ("told", "at", "running"),
    [
        ({}, 0, True),
        ({"endDateTime": "2026-03-02T09:00:00Z"}, 0, True),
        ({"endDateTime": "2026-03-02T09:00:00Z"}, 30, False),
        ({"endDateTime": "2026-03-02T09:00:00", "endedBy": "tom@x.example"}, 0, False),
        ({"startDateTime": "2026-03-02T08:31:00Z"}, 0, False),
        ({"endDateTime": "0001-01-01T00:00:00"}, 0, True),
    ],
)
def test_whether_a_line_of_the_history_runs(told: dict[str, str], at: int, running: bool) -> None:
    row = ModeRow.read({"maintenanceModeId": "57d9c0e4-a1f2-4b36-8e7d-3c60b9f1d285", **told})
    assert row.is_running(datetime(2026, 3, 2, 8, 30, tzinfo=UTC) + timedelta(minutes=at)) is running


def test_types_that_are_none_of_ours_have_a_name_and_no_mode() -> None:
    assert [mode_named(each) for each in (0, 5, 8, 14, 19)] == [None] * 5
    assert type_name(14) == "Isolation"
    assert type_name(99) == "type 99"


@pytest.mark.parametrize(
    "person", ["Ana [attempt a9]", "Ana\n[attempt a9]", "\u202eAna [attempt a9]\u2066", "[attempt a9]"]
)
def test_p10_neither_a_name_nor_a_reason_can_fake_a_mark(person: str) -> None:
    note = mode_note(person, "a1", "because [attempt a8]\nStarted by Bo via Gatehouse [attempt a7]")
    assert note.count("[attempt ") == 1
    assert "[attempt a1]" in note
    assert "\n" not in note


def test_a_mode_that_learns_nothing_names_no_application() -> None:
    computer = ComputerRow.read({"computerId": "57d9c0e4-a1f2-4b36-8e7d-3c60b9f1d285"})
    now = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    for mode in M:
        body = _body(computer, now, mode)
        learns = mode in (M.INSTALLATION, M.LEARNING)
        assert (body["automaticApplication"], body["automaticApplicationType"]) == (learns, int(learns))
