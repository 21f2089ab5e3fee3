"""Organizations, computer groups and computers: who and what there is."""

from typing import Any, Final

from rehearsal.portal.answers import Answer, ok, page_of
from rehearsal.portal.call import Call
from rehearsal.portal.records import Computer, ComputerGroup, Organization
from rehearsal.portal.rights import SEES_COMPUTERS, SEES_GROUPS, SEES_ORGANIZATIONS, VIEW_ADMINISTRATORS
from rehearsal.portal.wire_requests import wire_time, wire_time_or_none
from rehearsal.portal.world import World

_AGENT: Final = "10.4.2"
_MODES: Final = {
    0: "Secure",
    1: "MonitorOnly",
    2: "Installation",
    3: "Learning",
    4: "Elevation",
    5: "Learning",
    6: "TamperProtectionDisabled",
    17: "NetworkMonitorOnly",
    18: "StorageMonitorOnly",
}
_OS_WORDS: Final = {"windows": 1, "macos": 2, "mac": 2, "linux": 3}


def list_computers(call: Call) -> Answer:
    """One page of computers by name, user, group, address or organization."""
    call.require(SEES_COMPUTERS)
    body = call.body
    visible = call.world.in_view(call.organization_id, with_children=bool(body.get("childOrganizations")))
    found = [
        computer
        for computer in call.world.computers.values()
        if computer.organization_id in visible and _is_wanted(call, computer)
    ]
    rows = [_computer_row(call, computer) for computer in found]
    order = {
        "group": "group",
        "action": "action",
        "lastcheckin": "lastCheckin",
        "computerinstalldate": "dateAdded",
    }.get((body.get("orderBy") or "").casefold(), "computerName")
    rows.sort(
        key=lambda row: (str(row[order]), row["computerName"]), reverse=not body.get("isAscending", True)
    )
    return page_of(rows, body.get("pageNumber", 1), body.get("pageSize", 25), call.rules.empty_list)


def _is_wanted(call: Call, computer: Computer) -> bool:
    body, world = call.body, call.world
    for name, value in (("computerGroup", computer.computer_group_id), ("computerId", computer.computer_id)):
        wanted = body.get(name)
        if wanted and wanted.strip("0-") and wanted != value:
            return False
    if body.get("action") and body["action"].casefold() != _mode_of(call, computer).casefold():
        return False
    searched = {
        2: computer.user,
        3: world.computer_groups[computer.computer_group_id].name,
        4: computer.ip_address,
        5: world.organizations[computer.organization_id].display_name,
    }.get(body.get("searchBy") or 1, computer.name)
    return (body.get("searchText") or "").strip("*").casefold() in searched.casefold()


def _mode_of(call: Call, computer: Computer) -> str:
    is_over = computer.maintenance_end_at is not None and computer.maintenance_end_at <= call.now
    return _MODES.get(0 if is_over else computer.maintenance_type_id, "Secure")


def _computer_row(call: Call, computer: Computer) -> dict[str, Any]:
    mode = _mode_of(call, computer)
    type_id = 0 if mode == "Secure" else computer.maintenance_type_id
    return {
        "computerId": computer.computer_id,
        "computerName": computer.name,
        "hostname": computer.name,
        "group": call.world.computer_groups[computer.computer_group_id].name,
        "computerGroupId": computer.computer_group_id,
        "organizationId": computer.organization_id,
        "organization": call.world.organizations[computer.organization_id].display_name,
        "osType": computer.os_type,
        "action": mode,
        "mode": mode,
        "lastCheckin": wire_time(computer.last_check_in_at),
        "threatLockerVersion": _AGENT,
        "serviceVersion": _AGENT,
        "maintenanceTypeId": type_id,
        "maintenanceEndDate": wire_time_or_none(computer.maintenance_end_at) if type_id else None,
        "isIsolated": False,
        "isIsolationMode": False,
        "isLockDownMode": False,
        "isLockedOut": False,
        "isTamperProtectionDisabled": type_id == 6,
        "dateAdded": wire_time(computer.added_at),
    }


def list_roles(call: Call) -> Answer:
    """One page of an organization's custom roles. What the portal answers here nobody has published: a guess."""
    call.require([VIEW_ADMINISTRATORS])
    rows = [
        {
            "userRoleId": role.user_role_id,
            "organizationId": role.organization_id,
            "name": role.name,
            "permissions": [{"name": name} for name in role.permissions],
        }
        for role in call.world.user_roles
        if role.organization_id == call.organization_id
    ]
    return page_of(rows, call.body.get("pageNumber", 1), call.body.get("pageSize", 25), call.rules.empty_list)


def list_groups_for_permit(call: Call) -> Answer:
    """The groups that a permit may name, the global ones of the parents included."""
    call.require(SEES_GROUPS)
    groups = call.world.groups_for(call.organization_id, call.number("osType", 1))
    return ok([group_row(call.world, group) for group in groups])


def group_row(world: World, group: ComputerGroup) -> dict[str, Any]:
    """A group in the shape that a permit sends back."""
    return {
        "computerGroupId": group.computer_group_id,
        "name": group.name,
        "organizationId": group.organization_id,
        "organizationName": world.organizations[group.organization_id].display_name,
        "default": group.is_default,
        "osType": group.os_type,
        "isGlobal": group.is_global,
    }


def list_group_options(call: Call) -> Answer:
    """Groups as label and value; the operating system is a number, or a word."""
    call.require(SEES_GROUPS)
    word = call.query.get("computerostype", "windows").casefold()
    os_type = call.number("computerGroupOSTypeId", 0) or _OS_WORDS.get(word, 0)
    groups = call.world.groups_for(call.organization_id, os_type)
    if call.flag("hideGlobals", default=False):
        groups = [group for group in groups if not group.is_global]
    return ok([{"label": group.name, "value": group.computer_group_id} for group in groups])


def list_usable_organizations(call: Call) -> Answer:
    """Every organization that the token may act on, its own first."""
    call.require((*SEES_ORGANIZATIONS, *SEES_GROUPS))
    own = call.token.organization_id
    text = call.query.get("searchtext", "").casefold()
    organizations = [call.world.organizations[oid] for oid in (own, *call.world.below(own))]
    found = [o for o in organizations if text in o.display_name.casefold()]
    return ok([{"label": o.display_name, "value": o.organization_id} for o in found])


def list_child_organizations(call: Call) -> Answer:
    """One page of children. Without `childOrganizations` the live call finds none, and so does this."""
    call.require(SEES_ORGANIZATIONS)
    body = call.body
    below = call.world.below(call.organization_id)
    children = [call.world.organizations[oid] for oid in below] if body.get("childOrganizations") else []
    if not body.get("includeAllChildren"):
        children = [o for o in children if o.parent_id == call.organization_id]
    text = (body.get("searchText") or "").casefold()
    rows = [_organization_row(call.world, o) for o in children if text in o.display_name.casefold()]
    order = "dateAdded" if (body.get("orderBy") or "").casefold() == "dateadded" else "name"
    rows.sort(key=lambda row: str(row[order]), reverse=not body.get("isAscending", True))
    return page_of(rows, body.get("pageNumber", 1), body.get("pageSize", 25), call.rules.empty_list)


def _organization_row(world: World, organization: Organization) -> dict[str, Any]:
    return {
        "organizationId": organization.organization_id,
        "name": organization.name,
        "displayName": organization.display_name,
        "dateAdded": wire_time(organization.added_at),
        "computerCount": sum(
            computer.organization_id == organization.organization_id for computer in world.computers.values()
        ),
        "parentId": organization.parent_id,
    }
