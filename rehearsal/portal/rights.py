"""The permissions that a token of the stand-in portal can carry, by their documented names.

The vendor names the approval permissions after how far they reach; `SCOPE_RIGHTS` is that table, the
narrowest first, because the narrowest is the one that a refusal names.
"""

from typing import Final

SUPER_ADMIN: Final = "Super Admin"
APPROVE_GLOBAL: Final = "Approve for Global"
APPROVE_ORGANIZATION: Final = "Approve for Entire Organization"
APPROVE_GROUP: Final = "Approve for Group"
APPROVE_COMPUTER: Final = "Approve for Single Computer"
APPROVE_COMPUTER_APPLICATION: Final = "Approve for Single Computer (Application Only)"
ELEVATION_ADMINISTRATOR: Final = "Elevation Administrator"
VIEW_APPROVALS: Final = "View Approvals"
VIEW_UNIFIED_AUDIT: Final = "View Unified Audit"
VIEW_SYSTEM_AUDIT: Final = "View System Audit"
VIEW_ADMINISTRATORS: Final = "View Administrators"
VIEW_COMPUTERS: Final = "View Computers"
EDIT_COMPUTERS: Final = "Edit Computers"
INSTALL_COMPUTERS: Final = "Install Computers"
VIEW_ORGANIZATIONS: Final = "View Organizations"
SUPER_ADMIN_CHILD: Final = "Super Admin - Child"
VIEW_POLICIES: Final = "View Application Control Policies"
EDIT_POLICIES: Final = "Edit Application Control Policies"
VIEW_APPLICATIONS: Final = "View Application Control Applications"
EDIT_APPLICATIONS: Final = "Edit Application Control Applications"
MANAGE_ALL_MODES: Final = "Manage All Maintenance Modes"
MANAGE_INSTALLATION: Final = "Manage Application Control Installation Mode"
MANAGE_LEARNING: Final = "Manage Application Control Learning Mode"
MANAGE_MONITOR_ONLY: Final = "Manage Application Control Monitor Only"
MANAGE_NETWORK_MONITOR: Final = "Manage Network Control Monitor Only"
MANAGE_STORAGE_MONITOR: Final = "Manage Storage Control Monitor Only"
MANAGE_TAMPER: Final = "Manage Tamper Protection"

ALL_RIGHTS: Final = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
"""Every name that `issue_token` takes; another word is a spelling mistake and is refused."""

APPROVE_APPLICATION: Final = (
    APPROVE_COMPUTER,
    APPROVE_COMPUTER_APPLICATION,
    APPROVE_GROUP,
    APPROVE_ORGANIZATION,
    APPROVE_GLOBAL,
)
"""Any of these lets its holder act on application requests at the narrowest reach."""

SEES_APPROVALS: Final = (VIEW_APPROVALS, *APPROVE_APPLICATION)
SEES_COMPUTERS: Final = (VIEW_COMPUTERS, EDIT_COMPUTERS)
OPENS_DEVICES: Final = (*SEES_COMPUTERS, INSTALL_COMPUTERS)
SEES_ORGANIZATIONS: Final = (VIEW_ORGANIZATIONS, SUPER_ADMIN_CHILD)
SEES_POLICIES: Final = (VIEW_POLICIES, EDIT_POLICIES)
SEES_APPLICATIONS: Final = (VIEW_APPLICATIONS, EDIT_APPLICATIONS, *SEES_APPROVALS)
SEES_GROUPS: Final = (*SEES_COMPUTERS, *SEES_APPROVALS)

SCOPE_RIGHTS: Final[dict[str, tuple[str, ...]]] = {
    "computer": APPROVE_APPLICATION,
    "storage computer": (APPROVE_COMPUTER, APPROVE_GROUP, APPROVE_ORGANIZATION, APPROVE_GLOBAL),
    "group": (APPROVE_GROUP, APPROVE_ORGANIZATION, APPROVE_GLOBAL),
    "organization": (APPROVE_ORGANIZATION, APPROVE_GLOBAL),
    "global": (APPROVE_GLOBAL,),
}
"""Which permissions open a reach. The organization right covers group and computer; none opens a global group
but its own."""

MODE_RIGHTS: Final = {1: MANAGE_INSTALLATION, 2: MANAGE_LEARNING, 3: MANAGE_MONITOR_ONLY}
"""The permission behind `policyConditions.ruleId`, by that number."""

MAINTENANCE_RIGHTS: Final = {
    1: MANAGE_MONITOR_ONLY,
    2: MANAGE_INSTALLATION,
    3: MANAGE_LEARNING,
    4: ELEVATION_ADMINISTRATOR,
    5: MANAGE_LEARNING,
    6: MANAGE_TAMPER,
    17: MANAGE_NETWORK_MONITOR,
    18: MANAGE_STORAGE_MONITOR,
}
"""The permission behind a maintenance type, by the portal's type number."""
