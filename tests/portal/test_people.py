"""What the portal tells of people: who logs on, and which roles there are; leniently, since little is published."""

from datetime import timedelta

import pytest

from bot.portal import PermissionMissing, PortalClient, logged_on, roles_of
from bot.portal.people import _role
from rehearsal.portal import PortalSandbox
from rehearsal.portal.records import SystemAuditRow, UserRole
from rehearsal.portal.rights import VIEW_APPROVALS
from tests.portal.conftest import MakeClient


@pytest.fixture
def client(sandbox: PortalSandbox, make_client: MakeClient) -> PortalClient:
    """A client with the stand-in's own token."""
    return make_client(sandbox.base_url, token=sandbox.token)


def logon(
    sandbox: PortalSandbox, number: int, email: str, days: int = 1, action: str = "Logon"
) -> SystemAuditRow:
    at = sandbox.clock.now() - timedelta(days=days)
    return SystemAuditRow(f"row-{number}", sandbox.world.parent_id, email, action, "", "", "", at)


async def test_who_logged_on_is_named_once_and_in_lower_case(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    """Over pages; older ones, other actions and accounts without an address do not count."""
    rows = [logon(sandbox, number, "Ana@Example.com") for number in range(450)]
    rows += [
        logon(sandbox, 900, "old@example.com", days=40),
        logon(sandbox, 901, "reader@example.com", action="Read"),
        logon(sandbox, 902, "slack-approvals"),
    ]
    sandbox.world.system_audit += rows
    now = sandbox.clock.now()
    assert await logged_on(client, None, now - timedelta(days=30), now) == frozenset({"ana@example.com"})


async def test_roles_of_one_organization(sandbox: PortalSandbox, client: PortalClient) -> None:
    top, below = sandbox.world.parent_id, sandbox.organization_id("brightwater")
    sandbox.world.user_roles += [
        UserRole("r1", top, "Help Desk", ("View Approvals",)),
        UserRole("r2", below, "Other"),
    ]
    [role] = await roles_of(client, top)
    assert (role.organization_id, role.name, role.permissions) == (top, "Help Desk", ("View Approvals",))


async def test_without_the_right_the_portal_names_it(sandbox: PortalSandbox, make_client: MakeClient) -> None:
    narrow = make_client(sandbox.base_url, token=sandbox.issue_token([VIEW_APPROVALS]))
    now = sandbox.clock.now()
    with pytest.raises(PermissionMissing, match="View System Audit"):
        await logged_on(narrow, None, now - timedelta(days=30), now)
    with pytest.raises(PermissionMissing):
        await roles_of(narrow, sandbox.world.parent_id)


@pytest.mark.parametrize(
    ("row", "name", "permissions"),
    [
        ({"name": "A", "permissions": ["View Approvals"]}, "A", ("View Approvals",)),
        (
            {"RoleName": " A ", "permissionNames": [{"permissionName": "View Approvals"}]},
            "A",
            ("View Approvals",),
        ),
        ({"userRoleName": "A", "userRolePermissions": [{"id": 1}, 7, None]}, "A", ()),
        ({"name": "A", "permissions": "all"}, "A", ()),
        ({"name": 7}, "", ()),
        ({}, "", ()),
    ],
)
def test_a_role_is_read_as_far_as_it_can_be(
    row: dict[str, object], name: str, permissions: tuple[str, ...]
) -> None:
    """Nobody has published what the portal answers here."""
    read = _role(row, "o")
    assert (read.name, read.permissions) == (name, permissions)
