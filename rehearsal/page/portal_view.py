"""The portal pane: what somebody would see in the portal's own pages, and what they could do there."""

from __future__ import annotations

from typing import Any, Final

from rehearsal.portal import PortalSandbox
from rehearsal.portal.mode_calls import MODE_NAMES
from rehearsal.portal.records import LISTABLE_STATUSES, ApprovalRequest, AuditRow, Computer, Policy

Row = dict[str, Any]

DECIDED_SHOWN: Final = 60
PENDING_SHOWN: Final = 250
AUDIT_SHOWN: Final = 80
BURST: Final = 200
"""Computers that ask for one file at once."""

ORDERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "new software": ("execute", {"product": "tideplan", "organization": "brightwater"}),
    "installation": ("install", {"product": "clearcall", "organization": "juniper-hill"}),
    "macOS": ("execute", {"product": "sketchport", "organization": "marlow"}),
    "browser extension": ("extension", {"organization": "marlow"}),
    "elevation": ("elevate", {"product": "ledgerleaf", "organization": "brightwater"}),
    "USB stick, reading": ("read", {"organization": "calder-voss"}),
    "USB stick, writing": ("write", {"organization": "calder-voss"}),
    "web page": ("web", {"organization": "marlow"}),
    "unusual: remote-control tool": ("execute", {"product": "anydesk", "organization": "calder-voss"}),
    "unusual: known bad": ("execute", {"product": "mimikatz", "organization": "brightwater"}),
    "unusual: unsigned from a download": ("execute", {"product": "quickfix", "organization": "marlow"}),
    "unusual: script host": ("execute", {"product": "mshta", "organization": "juniper-hill"}),
    "hostile file name": (
        "execute",
        {
            "organization": "brightwater",
            "path": "C:\\Users\\Public\\<!channel> *free* \u202egnp.exe & <https://evil.example|Approve>.exe",
            "reason": "<script>alert(1)</script> <!here> please `approve` @everyone",
            "signer": "CN=<@U000> & Sons",
        },
    ),
    "a kind nobody knows": ("network", {"organization": "marlow"}),
}
"""What can be asked for, by the words on the button."""


def raise_one(portal: PortalSandbox, order: str) -> str:
    """One request of this sort; its id. Raises ValueError for an order that is not offered."""
    if order not in ORDERS:
        raise ValueError(f"nothing is called {order!r}; there is {', '.join(ORDERS)}.")
    kind, choices = ORDERS[order]
    if order == "new software":
        choices = choices | {"computer": _next_computer(portal, "brightwater")}
    return portal.raise_request(kind, **choices)


def _next_computer(portal: PortalSandbox, organization: str) -> str:
    """Another workstation each time, so that the same file comes from more than one place."""
    organization_id = portal.organization_id(organization)
    fitting = [
        one.name
        for one in portal.world.computers.values()
        if one.organization_id == organization_id and one.os_type == 1 and "-SRV-" not in one.name
    ]
    return fitting[len(portal.world.requests) % len(fitting)]


def raise_burst(portal: PortalSandbox) -> int:
    """The same new file on 200 Windows computers of all organizations; how many asked."""
    computers = [one.name for one in portal.world.computers.values() if one.os_type == 1][:BURST]
    version = f"5.0-{len(portal.world.requests)}"
    return len(
        portal.raise_everywhere(
            "execute", computers, path=f"C:\\ProgramData\\Tideplan\\tideplan-{version}.exe"
        )
    )


def pane(portal: PortalSandbox) -> dict[str, Row | list[Row]]:
    """Everything that the pane shows, part by part."""
    requests = list(portal.world.requests.values())
    waiting = [one for one in requests if one.is_open]
    decided = sorted(
        (one for one in requests if not one.is_open),
        key=lambda one: one.decided_at or one.requested_at,
        reverse=True,
    )
    return {
        "pending": [_request(portal, one) for one in waiting[-PENDING_SHOWN:]][::-1],
        "decided": [_request(portal, one) for one in decided[:DECIDED_SHOWN]],
        "policies": _policies(portal, decided),
        "computers": [_computer(portal, one) for one in portal.world.computers.values()],
        "audit": [_audit_row(portal, one) for one in portal.world.audit[-AUDIT_SHOWN:]][::-1],
        "counts": {
            "pending": len(waiting),
            "decided": len(decided),
            "audit": len(portal.world.audit),
            "writes": len(portal.decisions),
        },
    }


def _request(portal: PortalSandbox, one: ApprovalRequest) -> Row:
    world = portal.world
    return {
        "id": one.approval_request_id,
        "kind": "browser extension" if one.is_extension else one.action_type,
        "file": one.file.file_name or one.file.serial_number,
        "path": one.file.full_path,
        "computer": world.computers[one.computer_id].name,
        "organization": world.organizations[one.organization_id].display_name,
        "requestor": one.username,
        "reason": one.reason,
        "at": one.requested_at.timestamp(),
        "status": LISTABLE_STATUSES.get(one.status_id, str(one.status_id)),
        "by": one.approved_by,
        "note": one.comments or one.response_reason,
        "decided_at": one.decided_at.timestamp() if one.decided_at else None,
        "assignee": one.assignee,
    }


def _policies(portal: PortalSandbox, decided: list[ApprovalRequest]) -> list[Row]:
    """The policies that came out of approvals, the newest first."""
    found = dict.fromkeys(one.new_policy_id for one in decided if one.new_policy_id)
    known = portal.world.policies
    return [_policy(portal, known[policy_id]) for policy_id in found if policy_id in known]


def _policy(portal: PortalSandbox, one: Policy) -> Row:
    return {
        "id": one.policy_id,
        "name": one.name,
        "where": _place(portal, one.applies_to_id),
        "organization": portal.world.organizations[one.organization_id].display_name,
        "elevates": one.elevation_status != 0,
        "until": one.elevation_end_at.timestamp() if one.elevation_end_at else None,
        "at": one.created_at.timestamp(),
    }


def _place(portal: PortalSandbox, applies_to_id: str) -> str:
    world = portal.world
    if applies_to_id in world.computers:
        return f"computer {world.computers[applies_to_id].name}"
    if applies_to_id in world.computer_groups:
        return f"computer group {world.computer_groups[applies_to_id].name}"
    if applies_to_id in world.organizations:
        return f"organization {world.organizations[applies_to_id].display_name}"
    return applies_to_id


def _computer(portal: PortalSandbox, one: Computer) -> Row:
    is_over = one.maintenance_end_at is not None and one.maintenance_end_at <= portal.clock.now()
    return {
        "name": one.name,
        "organization": portal.world.organizations[one.organization_id].display_name,
        "user": one.user,
        "os": "macOS" if one.os_type == 2 else "Windows",
        "mode": "Secured" if is_over else MODE_NAMES.get(one.maintenance_type_id, "Secured"),
    }


def _audit_row(portal: PortalSandbox, one: AuditRow) -> Row:
    verdict = "denied" if one.is_deny else "permitted"
    return {
        "id": one.audit_row_id,
        "at": one.at.timestamp(),
        "computer": portal.world.computers[one.computer_id].name,
        "user": one.username,
        "path": one.file.full_path,
        "action": one.action_type,
        "result": f"would be {verdict}" if one.is_monitor_mode else verdict,
        "policy": one.policy_name,
    }
