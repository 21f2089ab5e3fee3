"""Maintenance modes and the System Audit."""

from typing import Any, Final

from rehearsal.portal.answers import Answer, invalid, page_of
from rehearsal.portal.call import Call
from rehearsal.portal.effects import note, start_mode
from rehearsal.portal.mode_rules import finish_mode, is_running, move_mode, require_insert, require_mode
from rehearsal.portal.records import ZERO_GUID, Computer, MaintenanceMode, SystemAuditRow
from rehearsal.portal.rights import SEES_COMPUTERS, VIEW_SYSTEM_AUDIT
from rehearsal.portal.schema import utc_time
from rehearsal.portal.wire_requests import wire_time
from rehearsal.portal.world import fits

MODE_NAMES: Final = {
    1: "Application Control Monitor Only",
    2: "Application Control Installation Mode",
    3: "Application Control Learning Mode",
    4: "Elevation Mode",
    5: "Application Control Learning Mode (Hash Only)",
    6: "Tamper Protection Disabled",
    17: "Network Control Monitor Only",
    18: "Storage Control Monitor Only",
}


def _own_computer(call: Call, computer_id: str) -> Computer:
    computer = call.world.computers.get(computer_id)
    if computer is None or computer.organization_id != call.organization_id:
        raise call.unknown("Computer")
    return computer


def insert_mode(call: Call) -> Answer:
    """Starts or schedules a maintenance mode on one computer."""
    body = call.body
    type_id = body.get("maintenanceTypeId", 0)
    require_mode(call, type_id)
    require_insert(body)
    computer = _own_computer(call, body.get("computerId", ""))
    start_at, end_at = utc_time(body.get("startDateTime")), utc_time(body.get("endDateTime"))
    if start_at is None or end_at is None or end_at <= start_at:
        raise invalid("Invalid Date Range")
    start_mode(
        call.world,
        computer.computer_id,
        type_id,
        start_at=start_at,
        end_at=end_at,
        by=call.actor,
        notes=body.get("notes") or "",
        now=call.now,
    )
    name = f"{MODE_NAMES[type_id]} on {computer.name}"
    computer_id = computer.computer_id
    note(call.world, call.organization_id, "Maintenance", computer_id, name, by=call.actor, at=call.now)
    return Answer("{}")


def list_modes(call: Call) -> Answer:
    """The history of one computer, the newest first."""
    call.require(SEES_COMPUTERS)
    computer = _own_computer(call, call.guid("computerId"))
    modes = [m for m in call.world.modes.values() if m.computer_id == computer.computer_id]
    modes.sort(key=lambda mode: mode.start_at, reverse=True)
    rows = [_mode_row(mode) for mode in modes]
    return page_of(rows, call.number("pageNumber", 1), call.number("pageSize", 25), call.rules.empty_list)


def _mode_row(mode: MaintenanceMode) -> dict[str, Any]:
    return {
        "maintenanceModeId": mode.maintenance_mode_id,
        "maintenanceTypeId": mode.maintenance_type_id,
        "displayName": MODE_NAMES[mode.maintenance_type_id],
        "startDateTime": wire_time(mode.start_at),
        "endDateTime": wire_time(mode.end_at),
        "addedBy": mode.added_by,
        "endedBy": mode.ended_by,
        "notes": mode.notes,
    }


def end_mode(call: Call) -> Answer:
    """Ends a running mode now; the computer is secured again."""
    mode = call.world.modes.get(call.body.get("maintenanceModeId", ""))
    if mode is None:
        raise call.unknown("Maintenance Mode")
    computer = _own_computer(call, mode.computer_id)
    require_mode(call, mode.maintenance_type_id)
    if call.body.get("computerId", mode.computer_id) != computer.computer_id:
        raise call.unknown("Maintenance Mode")
    if not is_running(mode, call.now):
        raise invalid("Maintenance Mode has already ended")
    finish_mode(call.world, mode.maintenance_mode_id, by=call.actor, at=call.now)
    return Answer("{}")


def move_mode_end(call: Call) -> Answer:
    """Moves the end of the computer's running mode of a type."""
    type_id = call.body.get("maintenanceTypeId", 0)
    require_mode(call, type_id)
    computer = _own_computer(call, call.body.get("computerId", ""))
    end_at = utc_time(call.body.get("maintenanceEndDate"))
    if end_at is None or end_at <= call.now:
        raise invalid("Invalid Date Range")
    for mode in call.world.modes.values():
        fits_body = (mode.computer_id, mode.maintenance_type_id) == (computer.computer_id, type_id)
        if fits_body and is_running(mode, call.now):
            move_mode(call.world, mode.maintenance_mode_id, end_at)
            return Answer("{}")
    raise invalid("The computer is not in this Maintenance Mode")


def search_system_audit(call: Call) -> Answer:
    """One page of what portal users did. A `username` in the body is not a field and is ignored."""
    call.require([VIEW_SYSTEM_AUDIT])
    body = call.body
    start_at, end_at = utc_time(body.get("startDate")), utc_time(body.get("endDate"))
    if start_at is None or end_at is None or end_at < start_at:
        raise invalid("Invalid Date Range")
    with_children = bool(body.get("viewChildOrganizations"))
    visible = call.world.in_view(call.organization_id, with_children=with_children)
    rows = [
        _system_row(row)
        for row in reversed(call.world.system_audit)
        if row.organization_id in visible and start_at <= row.at <= end_at and _is_wanted(row, body)
    ]
    return page_of(rows, body.get("pageNumber", 1), body.get("pageSize", 25), call.rules.empty_list)


def _is_wanted(row: SystemAuditRow, body: dict[str, Any]) -> bool:
    object_id = body.get("objectId", ZERO_GUID)
    emails = [text for text in [body.get("emailAddress"), *(body.get("emailAddresses") or [])] if text]
    actions = [text.casefold() for text in [body.get("action"), *(body.get("actions") or [])] if text]
    return (
        object_id in (ZERO_GUID, row.object_id)
        and (not emails or any(_contains(email, row.email) for email in emails))
        and (not actions or row.action.casefold() in actions)
        and _contains(body.get("details") or "", row.details)
        and _contains(body.get("function") or "", row.function)
    )


def _contains(wanted: str, text: str) -> bool:
    """A `*` makes it a pattern; without one the match is "contains"."""
    return fits(wanted if "*" in wanted else f"*{wanted}*", text)


def _system_row(row: SystemAuditRow) -> dict[str, Any]:
    return {
        "systemAuditId": row.system_audit_id,
        "emailAddress": row.email,
        "action": row.action,
        "effectiveAction": "Permitted" if row.is_permitted else "Denied",
        "details": {
            "page": "Approval Center",
            "function": row.function,
            "objectId": row.object_id,
            "details": row.details,
        },
        "ipAddress": "198.51.100.7",
        "dateTime": wire_time(row.at),
        "organizationId": row.organization_id,
    }
