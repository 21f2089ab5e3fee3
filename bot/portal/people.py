"""What the portal tells of people: who logs on to it, and which roles there are.

No call lists the portal's users or what one of them may: that is documented nowhere. The System Audit (seen live by
others) names who logs on. The roles' call stands in the portal's knowledge base alone, and what it answers nowhere;
whoever asks it has switched it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.portal.client import PortalClient
from bot.portal.lenient import JsonObject, value_in
from bot.portal.transport import post

_NAMES = ("name", "roleName", "userRoleName")
_PERMISSIONS = ("permissions", "permissionNames", "userRolePermissions")
_PERMISSION_NAMES = ("name", "permissionName")


@dataclass(frozen=True, slots=True)
class PortalRole:
    """A role of an organization, with the permissions that could be read."""

    organization_id: str
    name: str
    permissions: tuple[str, ...]


async def logged_on(
    client: PortalClient, organization_id: str | None, since: datetime, until: datetime
) -> frozenset[str]:
    """Mail addresses of whoever logged on to the portal, there and below; lower case. PortalError.

    Logons alone: the portal hands out some ten pages to one question, and what everybody read fills them in an hour.
    """
    action = "SystemAuditGetByParameters"
    body = {
        "startDate": since.isoformat(),
        "endDate": until.isoformat(),
        "action": "Logon",
        "viewChildOrganizations": True,
        "pageSize": client.address.page_size,
    }
    rows = await client.lists.whole(
        lambda page: post("SystemAudit", action, organization_id, body | client.lists.page(page)),
        lambda row: (str(value_in(row, "systemAuditId") or ""), str(value_in(row, "emailAddress") or "")),
        # A row without an id is a row of its own.
        lambda row: row[0] or id(row),
    )
    return frozenset(email.strip().lower() for _, email in rows if "@" in email)


async def roles_of(client: PortalClient, organization_id: str) -> tuple[PortalRole, ...]:
    """The roles of an organization. What has no readable name is left out; PortalError."""
    action = "UserRolesGetByParameters"
    rows = await client.lists.whole(
        lambda page: post("UserRoles", action, organization_id, client.lists.page(page)),
        lambda row: _role(row, organization_id),
        lambda row: row.name or id(row),
    )
    return tuple(row for row in rows if row.name)


def _role(row: JsonObject, organization_id: str) -> PortalRole:
    return PortalRole(organization_id, _text(row, _NAMES), tuple(_permissions(row)))


def _permissions(row: JsonObject) -> list[str]:
    held: Any = next((found for name in _PERMISSIONS if isinstance(found := value_in(row, name), list)), [])
    names = [
        each if isinstance(each, str) else _text(each, _PERMISSION_NAMES) if isinstance(each, dict) else ""
        for each in held
    ]
    return [name for name in names if name]


def _text(row: JsonObject, names: tuple[str, ...]) -> str:
    return next((found.strip() for name in names if isinstance(found := value_in(row, name), str)), "")
