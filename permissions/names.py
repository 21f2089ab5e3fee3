"""The permissions' exact names, for the rules that speak of them one by one."""

from typing import Final

APPROVE_ORGANIZATION: Final = "Approve for Entire Organization"
APPROVE_GLOBAL: Final = "Approve for Global"
APPROVE_GROUP: Final = "Approve for Group"
APPROVE_COMPUTER: Final = "Approve for Single Computer"
APPROVE_APPLICATION_ONLY: Final = "Approve for Single Computer (Application Only)"
ELEVATION_ADMINISTRATOR: Final = "Elevation Administrator"
VIEW_APPROVALS: Final = "View Approvals"

ASSIGN_ROLES: Final = "Assign Roles"
CHANGE_PERMISSION: Final = "Change Permission"
EDIT_ADMINISTRATORS: Final = "Edit Administrators"
ROLE_ADMINISTRATOR: Final = "Role Administrator"
VIEW_ADMINISTRATORS: Final = "View Administrators"

EDIT_APPLICATIONS: Final = "Edit Application Control Applications"
EDIT_APPLICATION_POLICIES: Final = "Edit Application Control Policies"
PROMOTE_ORGANIZATION: Final = "Promote to Entire Organization"
PROMOTE_GROUP: Final = "Promote to Group"

CHECK_IN_HISTORY: Final = "Allow View Check-in History"
EDIT_COMPUTERS: Final = "Edit Computers"
INSTALL_COMPUTERS: Final = "Install Computers"
VIEW_COMPUTERS: Final = "View Computers"

SUPER_ADMIN: Final = "Super Admin"
SUPER_ADMIN_CHILD: Final = "Super Admin - Child"
SUPER_ADMIN_LOGGED_IN: Final = "Super Admin – Logged-In Organization Only"
FAMILY: Final = (SUPER_ADMIN, SUPER_ADMIN_CHILD, SUPER_ADMIN_LOGGED_IN)

VIEW_REPORTS: Final = "View Reports"
VIEW_SYSTEM_AUDIT: Final = "View System Audit"
VIEW_UNIFIED_AUDIT: Final = "View Unified Audit"
ALLOW_REMEDIATION: Final = "Allow Remediation"

MANAGE_ALL_MODES: Final = "Manage All Maintenance Modes"
MANAGE_INSTALLATION: Final = "Manage Application Control Installation Mode"
MANAGE_LEARNING: Final = "Manage Application Control Learning Mode"
MANAGE_APPLICATION_MONITOR: Final = "Manage Application Control Monitor Only"
MANAGE_NETWORK_MONITOR: Final = "Manage Network Control Monitor Only"
MANAGE_STORAGE_MONITOR: Final = "Manage Storage Control Monitor Only"
MANAGE_TAMPER_PROTECTION: Final = "Manage Tamper Protection"

EDIT_WEB_CONTROL: Final = "Edit Web Control Policies"

# Nearest first: the narrowest right that would do is the one that a refusal names.
CURRENT_APPROVALS: Final = (
    APPROVE_COMPUTER,
    APPROVE_APPLICATION_ONLY,
    APPROVE_GROUP,
    APPROVE_ORGANIZATION,
    APPROVE_GLOBAL,
)
OLD_ORGANIZATION_LEARNING: Final = "Approve for Entire Organization (Learning Mode Only)"
OLD_ORGANIZATION_INSTALLATION: Final = "Approve for Entire Organization (Installation Mode Only)"
OLD_GROUP_LEARNING: Final = "Approve for Group (Learning Mode Only)"
OLD_GROUP_INSTALLATION: Final = "Approve for Group (Installation Mode Only)"
OLD_COMPUTER_LEARNING: Final = "Approve for Single Computer (Learning Mode Only)"
OLD_COMPUTER_INSTALLATION: Final = "Approve for Single Computer (Installation Mode Only)"
OLD_APPLICATION_LEARNING: Final = "Approve for Single Computer (Application and Learning Mode Only)"
OLD_APPLICATION_INSTALLATION: Final = "Approve for Single Computer (Application and Installation Mode Only)"
DEPRECATED_APPROVALS: Final = (
    OLD_ORGANIZATION_LEARNING,
    OLD_ORGANIZATION_INSTALLATION,
    OLD_GROUP_LEARNING,
    OLD_GROUP_INSTALLATION,
    OLD_COMPUTER_LEARNING,
    OLD_COMPUTER_INSTALLATION,
    OLD_APPLICATION_LEARNING,
    OLD_APPLICATION_INSTALLATION,
)
