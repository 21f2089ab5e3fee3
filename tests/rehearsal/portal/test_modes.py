"""The stand-in portal's own rules about maintenance modes: both halves of a right, sound bodies, running modes only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rehearsal.portal.mode_rules import REQUIRED
from rehearsal.portal.records import Computer
from rehearsal.portal.schema import utc_time
from tests.rehearsal.portal.wire import Reply, Wire

INSERT = "MaintenanceMode/MaintenanceModeInsert"
HISTORY = "MaintenanceMode/MaintenanceModeGetByComputerIdV2"
END = "MaintenanceMode/MaintenanceModeEndById"
MOVE = "MaintenanceMode/MaintenanceModeUpdateEndDateTimeForSpecificDate"


def computer_named(wire: Wire, name: str = "MRL-WS-001") -> Computer:
    """A computer of the stand-in's world."""
    return next(one for one in wire.portal.world.computers.values() if one.name == name)


def insertion(wire: Wire, type_id: int = 3, **changed: Any) -> dict[str, Any]:
    """A whole insert for an hour from now."""
    now = wire.portal.clock.now().replace(microsecond=0)
    learns = type_id in (2, 3, 5)
    body: dict[str, Any] = {
        "computerId": computer_named(wire).computer_id,
        "maintenanceTypeId": type_id,
        "startDateTime": now.isoformat(),
        "endDateTime": (now + timedelta(hours=1)).isoformat(),
        "computerDateTime": now.isoformat(),
        "allUsers": True,
        "permitEnd": False,
        "automaticApplication": learns,
        "automaticApplicationType": int(learns),
        "useExistingApplication": False,
        "createNewApplication": False,
        "notes": "for a test",
    }
    return body | changed


async def insert(wire: Wire, body: dict[str, Any], token: str | None = None, place: str = "") -> Reply:
    """Send an insert, in the computer's own organization unless another one is named."""
    own = place or computer_named(wire).organization_id
    return await wire.call("POST", INSERT, body, organization_id=own, token=token)


@pytest.mark.parametrize(
    ("type_id", "rights", "missing"),
    [
        (3, {"Manage Application Control Learning Mode"}, "Edit Computers"),
        (3, {"Manage Application Control Learning Mode", "View Computers"}, "Edit Computers"),
        (3, {"Edit Computers"}, "Manage Application Control Learning Mode"),
        (
            3,
            {"Edit Computers", "Manage Application Control Installation Mode"},
            "Manage Application Control Learning Mode",
        ),
        (3, {"Edit Computers", "Manage All Maintenance Modes"}, "Edit Application Control Applications"),
        (2, {"Edit Computers", "Manage All Maintenance Modes"}, "Edit Application Control Applications"),
        (1, {"Manage All Maintenance Modes"}, "Edit Computers"),
        (6, {"Edit Computers", "Manage Network Control Monitor Only"}, "Manage Tamper Protection"),
        (4, {"View Computers"}, "Elevation Administrator"),
        (4, {"Elevation Administrator"}, "View Computers"),
        (4, {"Elevation Administrator", "View Approvals"}, "View Computers"),
        (4, {"Manage All Maintenance Modes", "View Computers"}, "Elevation Administrator"),
    ],
)
async def test_a_mode_needs_both_halves(wire: Wire, type_id: int, rights: set[str], missing: str) -> None:
    token = wire.portal.issue_token(rights)
    reply = await insert(wire, insertion(wire, type_id), token)
    assert (reply.status, reply.message) == (401, f"Missing the '{missing}' permission")
    assert wire.portal.world.modes == {}


@pytest.mark.parametrize(
    ("type_id", "rights"),
    [
        (3, {"Manage Application Control Learning Mode", "Edit Computers"}),
        (2, {"Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications"}),
        (1, {"Manage All Maintenance Modes", "Edit Computers"}),
        (17, {"Manage Network Control Monitor Only", "Edit Computers"}),
        (4, {"Elevation Administrator", "View Computers"}),
        (4, {"Elevation Administrator", "Install Computers"}),
        (4, {"Manage All Maintenance Modes", "Edit Computers"}),
    ],
)
async def test_both_halves_are_enough(wire: Wire, type_id: int, rights: set[str]) -> None:
    token = wire.portal.issue_token(rights)
    assert (await insert(wire, insertion(wire, type_id), token)).status == 200
    assert computer_named(wire).maintenance_type_id == type_id


@pytest.mark.parametrize("member", sorted(REQUIRED))
async def test_an_insert_without_a_required_member_is_a_server_error(wire: Wire, member: str) -> None:
    body = insertion(wire, 1)
    del body[member]
    assert (await insert(wire, body)).status in (417, 500)
    assert wire.portal.world.modes == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"maintenanceTypeId": 8},
        {"maintenanceTypeId": 14},
        {"endDateTime": "2001-01-01T00:00:00Z"},
        {"automaticApplication": False},
        {"createNewApplication": True},
        {"automaticApplicationType": 0},
    ],
)
async def test_an_insert_that_makes_no_sense_is_refused(wire: Wire, wrong: dict[str, Any]) -> None:
    assert (await insert(wire, insertion(wire, 3, **wrong))).status == 417
    assert wire.portal.world.modes == {}


async def test_a_computer_of_another_organization_is_unknown(wire: Wire) -> None:
    other = computer_named(wire, "CVL-WS-001").organization_id
    assert (await insert(wire, insertion(wire), place=other)).status == 404
    query = {"computerId": computer_named(wire).computer_id, "pageNumber": "1", "pageSize": "25"}
    assert (await wire.call("GET", HISTORY, query=query, organization_id=other)).status == 404


async def test_the_history_is_for_those_who_see_computers(wire: Wire) -> None:
    own = computer_named(wire)
    query = {"computerId": own.computer_id, "pageNumber": "1", "pageSize": "25"}
    token = wire.portal.issue_token({"View Approvals"})
    reply = await wire.call("GET", HISTORY, query=query, organization_id=own.organization_id, token=token)
    assert (reply.status, reply.message) == (401, "Missing the 'View Computers' permission")


async def _running(wire: Wire, type_id: int = 3) -> dict[str, Any]:
    own = computer_named(wire)
    assert (await insert(wire, insertion(wire, type_id))).status == 200
    query = {"computerId": own.computer_id, "pageNumber": "1", "pageSize": "25"}
    found: dict[str, Any] = (
        await wire.call("GET", HISTORY, query=query, organization_id=own.organization_id)
    ).value[0]
    return found


def _end(wire: Wire, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "maintenanceModeId": row["maintenanceModeId"],
        "maintenanceTypeId": row["maintenanceTypeId"],
        "computerId": computer_named(wire).computer_id,
    }


async def test_only_a_running_mode_is_ended_and_by_those_who_may_start_it(wire: Wire) -> None:
    row, own = await _running(wire), computer_named(wire).organization_id
    weak = wire.portal.issue_token({"Edit Computers", "Manage Tamper Protection"})
    assert (await wire.call("PATCH", END, _end(wire, row), organization_id=own, token=weak)).status == 401
    other = _end(wire, row) | {"computerId": computer_named(wire, "MRL-WS-002").computer_id}
    assert (await wire.call("PATCH", END, other, organization_id=own)).status == 404
    assert (await wire.call("PATCH", END, _end(wire, row), organization_id=own)).status == 200
    assert computer_named(wire).maintenance_type_id == 0
    assert (await wire.call("PATCH", END, _end(wire, row), organization_id=own)).status == 417


async def test_a_mode_that_ran_out_cannot_be_ended_and_the_computer_is_secured(wire: Wire) -> None:
    row, own = await _running(wire), computer_named(wire).organization_id
    wire.portal.clock.advance(timedelta(minutes=61))
    assert (await wire.call("PATCH", END, _end(wire, row), organization_id=own)).status == 417
    assert computer_named(wire).maintenance_type_id == 0


async def test_a_later_start_puts_the_computer_into_its_mode_then(wire: Wire) -> None:
    start = wire.portal.clock.now() + timedelta(minutes=10)
    body = insertion(
        wire, 1, startDateTime=start.isoformat(), endDateTime=(start + timedelta(minutes=10)).isoformat()
    )
    assert (await insert(wire, body)).status == 200
    seen = []
    for _ in range(3):
        own = computer_named(wire)
        search = {"computerId": own.computer_id}
        path = "Computer/ComputerGetByAllParameters"
        (row,) = (await wire.call("POST", path, search, organization_id=own.organization_id)).value
        seen.append(row["maintenanceTypeId"])
        wire.portal.clock.advance(timedelta(minutes=11))
    assert seen == [0, 1, 0]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"maintenanceTypeId": 1}, 417),
        ({"maintenanceEndDate": "2001-01-01T00:00:00Z"}, 417),
        ({"maintenanceEndDate": None}, 417),
        ({"computerId": "00000000-0000-0000-0000-000000000001"}, 404),
    ],
)
async def test_the_end_of_a_running_mode_is_moved(wire: Wire, changed: dict[str, Any], status: int) -> None:
    row, own = await _running(wire), computer_named(wire)
    later = wire.portal.clock.now().replace(microsecond=0) + timedelta(hours=2)
    body = {"computerId": own.computer_id, "maintenanceTypeId": 3, "maintenanceEndDate": later.isoformat()}
    reply = await wire.call("POST", MOVE, body | changed, organization_id=own.organization_id)
    assert reply.status == status
    end_at = wire.portal.world.modes[row["maintenanceModeId"]].end_at
    assert (end_at == later) is (status == 200)
    assert (computer_named(wire).maintenance_end_at == end_at) is True
    assert utc_time(row["endDateTime"]) is not None
