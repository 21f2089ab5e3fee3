"""Every row of the catalogue, every field, written by hand from the portal's page and the permission semantics.

Independent of the package: only its vocabulary is used. `test_catalogue.py` compares.
"""

from functools import cache
from typing import Any, Final

from permissions import Category, Kind, MaintenanceMode, Reach
from permissions.permission import Combination
from permissions.terms import Page, Purpose

# Category, then its permissions; "*" marks those that do something in Gatehouse.
WRITTEN_BY_HAND = """
Approval: *Approve for Entire Organization; *Approve for Global; *Approve for Group; *Approve for Single Computer;
    *Approve for Single Computer (Application Only); *Elevation Administrator; *View Approvals
Administrator: *Assign Roles; *Change Permission; *Edit Administrators; Edit Logon Settings; *Role Administrator;
    *View Administrators
Application Control: Allow Application Merge; *Edit Application Control Applications;
    *Edit Application Control Policies; Manage Tags; *Promote to Entire Organization; *Promote to Group
Billing: Edit Billing; View Billing
Community: Manage Community; View Community
Computer: *Allow View Check-in History; Edit Computer Groups; *Edit Computers; *Install Computers; *View Computers;
    View Override Codes
General: Edit Integrations; Edit Mutual Action Plans; Manage Local Admin Settings; *Super Admin;
    *Super Admin - Child; *Super Admin – Logged-In Organization Only; View Health Center; View Mutual Action Plans;
    *View Reports; *View System Audit; *View Unified Audit
Network Control: Edit Network Control Authorization Hosts; Edit Network Control Policies
Organization: Edit Organizations; View Organizations
Storage Control: Edit Storage Control Policies; Edit Storage Control Storage Devices
Configuration Manager: Edit Configuration Manager Policies; View Configuration Manager;
    View ThreatLocker Administrator Password
ThreatLocker Detect: Allow Remediation; Edit All ThreatLocker Detect Policies; Manage Cyber Hero Response Settings;
    Manage All ThreatLocker Detect Remediations; Manage All ThreatLocker Detect Threats;
    View All ThreatLocker Detect Policies; View All ThreatLocker Detect Remediations;
    View All ThreatLocker Detect Threats
Endpoint Detect: View Endpoint Detect Policies; Edit Endpoint Detect Policies; View Endpoint Detect Remediation;
    Edit Endpoint Detect Remediation; View Endpoint Detect Threats; Edit Endpoint Detect Threats
Cloud Detect: View Cloud Detect Policies; Edit Cloud Detect Policies; View Cloud Detect Remediation;
    Edit Cloud Detect Remediation; View Cloud Detect Threats; Edit Cloud Detect Threats
Cloud Control: View Cloud Control; Edit Cloud Control
Mobile: View Mobile Devices; Edit Mobile Devices
Maintenance Mode: *Manage All Maintenance Modes; *Manage Application Control Installation Mode;
    *Manage Application Control Learning Mode; *Manage Application Control Monitor Only;
    *Manage Network Control Monitor Only; *Manage Storage Control Monitor Only; *Manage Tamper Protection
Patch Management: View Patch Management Policies; Edit Patch Management Policies
Web Control: View Web Control Policies; *Edit Web Control Policies
Deprecated: *Approve for Entire Organization (Learning Mode Only);
    *Approve for Entire Organization (Installation Mode Only); *Approve for Group (Learning Mode Only);
    *Approve for Group (Installation Mode Only); *Approve for Single Computer (Learning Mode Only);
    *Approve for Single Computer (Installation Mode Only);
    *Approve for Single Computer (Application and Learning Mode Only);
    *Approve for Single Computer (Application and Installation Mode Only)
"""


def by_hand() -> dict[str, list[tuple[str, bool]]]:
    """Category to (name, has a surface)."""
    table: dict[str, list[tuple[str, bool]]] = {}
    for line in WRITTEN_BY_HAND.strip().replace("\n    ", " ").splitlines():
        category, names = line.split(": ", 1)
        table[category] = [
            (each.strip().removeprefix("*"), each.strip().startswith("*")) for each in names.split(";")
        ]
    return table


SINGLE, ONLY = "Approve for Single Computer", "Approve for Single Computer (Application Only)"
GROUP, WHOLE, GLOBAL = "Approve for Group", "Approve for Entire Organization", "Approve for Global"
APPROVE = (SINGLE, ONLY, GROUP, WHOLE, GLOBAL)
OLD = (
    "Approve for Entire Organization (Learning Mode Only)",
    "Approve for Entire Organization (Installation Mode Only)",
    "Approve for Group (Learning Mode Only)",
    "Approve for Group (Installation Mode Only)",
    "Approve for Single Computer (Learning Mode Only)",
    "Approve for Single Computer (Installation Mode Only)",
    "Approve for Single Computer (Application and Learning Mode Only)",
    "Approve for Single Computer (Application and Installation Mode Only)",
)
LEARNING, INSTALLATION = (
    "Manage Application Control Learning Mode",
    "Manage Application Control Installation Mode",
)
MONITOR = "Manage Application Control Monitor Only"
NETWORK, STORAGE, TAMPER = (
    "Manage Network Control Monitor Only",
    "Manage Storage Control Monitor Only",
    "Manage Tamper Protection",
)
ALL_MODES, ELEVATION = "Manage All Maintenance Modes", "Elevation Administrator"
FAMILY = ("Super Admin", "Super Admin - Child", "Super Admin – Logged-In Organization Only")

ALSO_IN: Final = {"Manage Community": (Category.GENERAL,), "View Community": (Category.GENERAL,)}

_HERE = Combination(Purpose.MODE_FROM_COMPUTER, ("Edit Computers",))
_REQUEST = Combination(Purpose.MODE_FROM_REQUEST, APPROVE)
_OTHER = Purpose.OTHER_PORTAL_PAGE
COMBINED_WITH: Final = {
    ELEVATION: (
        Combination(Purpose.OPEN_APPROVAL_CENTER, ("View Approvals", *APPROVE, *OLD)),
        Combination(Purpose.ELEVATION_MODE, ("View Computers", "Install Computers", "Edit Computers")),
    ),
    "Change Permission": (
        Combination(Purpose.OPEN_USERS_PAGE, ("View Administrators", "Edit Administrators")),
    ),
    "Allow Application Merge": (Combination(_OTHER, ("Edit Application Control Applications",)),),
    "Allow View Check-in History": (
        Combination(Purpose.OPEN_CHECK_IN_HISTORY, ("View Computers", "Edit Computers")),
    ),
    "Allow Remediation": (
        Combination(_OTHER, ("View Computers",)),
        Combination(_OTHER, ("View All ThreatLocker Detect Threats",)),
    ),
    "Manage Cyber Hero Response Settings": (Combination(_OTHER, ("View All ThreatLocker Detect Policies",)),),
    "Manage All ThreatLocker Detect Remediations": (Combination(_OTHER, ("View Computers",)),),
    ALL_MODES: (
        _HERE,
        _REQUEST,
        Combination(Purpose.INSTALLATION_AND_LEARNING, ("Edit Application Control Applications",)),
    ),
    INSTALLATION: (_HERE, _REQUEST),
    LEARNING: (_HERE, _REQUEST),
    MONITOR: (_HERE, _REQUEST),
    STORAGE: (_HERE, _REQUEST),
    NETWORK: (_HERE,),
    TAMPER: (_HERE,),
    **{name: (Combination(Purpose.MODE_FROM_REQUEST, ("Edit Computers",)),) for name in OLD},
}
INCLUDES: Final = {
    GLOBAL: (WHOLE, GROUP, SINGLE, ONLY, "View Approvals"),
    WHOLE: (GROUP, SINGLE, ONLY, "View Approvals"),
    GROUP: (SINGLE, ONLY, "View Approvals"),
    SINGLE: (ONLY, "View Approvals"),
    ONLY: ("View Approvals",),
    ALL_MODES: (INSTALLATION, LEARNING, MONITOR, NETWORK, STORAGE, TAMPER),
    "Promote to Entire Organization": ("Promote to Group",),
    "Edit Web Control Policies": ("View Web Control Policies",),
}
ALIASES: Final = {
    "Promote to Entire Organization": ("Promote To Entire Organization",),
    "Promote to Group": ("Promote To Group",),
    "Allow View Check-in History": ("Allow View Checkin History",),
    "Edit Computers": ("Edit Computer",),
    "Super Admin - Child": ("Super Admin – Child",),
    "Super Admin – Logged-In Organization Only": (
        "Super Admin - Logged-In Organization Only",
        "Super Admin – Parent Only",
    ),
    "Edit Storage Control Policies": ("Edit storage Control Policies",),
    "Edit All ThreatLocker Detect Policies": ("Edit ThreatLocker Detect Policies",),
    "Manage All ThreatLocker Detect Remediations": ("Manage ThreatLocker Detect Remediations",),
    "Manage All ThreatLocker Detect Threats": ("Manage ThreatLocker Detect Threats",),
    "View All ThreatLocker Detect Policies": ("View ThreatLocker Detect Policies",),
    "View All ThreatLocker Detect Remediations": ("View ThreatLocker Detect Remediations",),
    "View All ThreatLocker Detect Threats": ("View ThreatLocker Detect Threats", "View Threats"),
}
NOT_IN_SUPER_ADMIN: Final = frozenset({*FAMILY, "Allow Remediation", *OLD})
NOT_IN_CHILD: Final = NOT_IN_SUPER_ADMIN | {"View System Audit"}

_BOTH, _APPLICATION = frozenset({Kind.APPLICATION, Kind.STORAGE}), frozenset({Kind.APPLICATION})
DECIDES: Final = {
    **dict.fromkeys((GLOBAL, WHOLE, GROUP, SINGLE, *OLD[:6]), _BOTH),
    **dict.fromkeys((ONLY, *OLD[6:]), _APPLICATION),
    ELEVATION: frozenset({Kind.ELEVATION}),
    "Edit Web Control Policies": frozenset({Kind.WEB_CONTROL}),
}
WIDTH: Final = {
    GLOBAL: Reach.GLOBAL,
    **dict.fromkeys((WHOLE, *OLD[:2]), Reach.ORGANIZATION),
    **dict.fromkeys((GROUP, *OLD[2:4]), Reach.COMPUTER_GROUP),
    **dict.fromkeys((SINGLE, ONLY, *OLD[4:]), Reach.COMPUTER),
}
OPENS: Final = {
    **dict.fromkeys((*APPROVE, "View Approvals", *OLD), frozenset({Page.APPROVAL_CENTER})),
    "Edit Web Control Policies": frozenset({Page.WEB_CONTROL_REQUESTS}),
    **dict.fromkeys(("Edit Computers", "Install Computers", "View Computers"), frozenset({Page.DEVICES})),
    **dict.fromkeys(("Edit Administrators", "View Administrators"), frozenset({Page.USERS})),
}
_MODE = MaintenanceMode
MANAGES: Final = {
    ELEVATION: frozenset({_MODE.ELEVATION}),
    ALL_MODES: frozenset(MaintenanceMode),
    INSTALLATION: frozenset({_MODE.INSTALLATION}),
    LEARNING: frozenset({_MODE.LEARNING}),
    MONITOR: frozenset({_MODE.APPLICATION_MONITOR_ONLY}),
    NETWORK: frozenset({_MODE.NETWORK_MONITOR_ONLY}),
    STORAGE: frozenset({_MODE.STORAGE_MONITOR_ONLY}),
    TAMPER: frozenset({_MODE.TAMPER_PROTECTION}),
}
OLD_MODE: Final = {
    **dict.fromkeys((OLD[0], OLD[2], OLD[4], OLD[6]), _MODE.LEARNING),
    **dict.fromkeys((OLD[1], OLD[3], OLD[5], OLD[7]), _MODE.INSTALLATION),
}
REPLACED_BY: Final = {
    OLD[0]: (WHOLE, LEARNING),
    OLD[1]: (WHOLE, INSTALLATION),
    OLD[2]: (GROUP, LEARNING),
    OLD[3]: (GROUP, INSTALLATION),
    OLD[4]: (SINGLE, LEARNING),
    OLD[5]: (SINGLE, INSTALLATION),
    OLD[6]: (ONLY, LEARNING),
    OLD[7]: (ONLY, INSTALLATION),
}
# The texts for people, read through once: the first ten digits of the SHA-256 of the meaning and of the surfaces,
# each on a line of its own. Whoever changes a text reads it again and writes the new digits here.
TEXTS: Final = """
0023222ce8 Approve for Entire Organization
5d31980833 Approve for Global
99a89ec3e8 Approve for Group
6bb61dc3a0 Approve for Single Computer
c4027003ee Approve for Single Computer (Application Only)
cb3c103955 Elevation Administrator
6e07ff9e77 View Approvals
39ffb8cf20 Assign Roles
08322da220 Change Permission
988bef5053 Edit Administrators
65cdbd3e8d Edit Logon Settings
8b06706860 Role Administrator
2cf0de67f8 View Administrators
cd9a226895 Allow Application Merge
75d86e31dd Edit Application Control Applications
9559b94e77 Edit Application Control Policies
d0a4782e4e Manage Tags
15a550e7d2 Promote to Entire Organization
d2c7c1dce2 Promote to Group
749eeacbc1 Edit Billing
754ebe58a1 View Billing
253ac4753e Manage Community
901b5da3ab View Community
1463ae6109 Allow View Check-in History
c6c40080af Edit Computer Groups
912a4282b9 Edit Computers
e2459145ad Install Computers
d555eed1bd View Computers
0a1bb35c4b View Override Codes
8a9bea79db Edit Integrations
cad8b1d3bf Edit Mutual Action Plans
e84121b7e5 Manage Local Admin Settings
bb9f33d94f Super Admin
d434bd5308 Super Admin - Child
44ddd0b675 Super Admin – Logged-In Organization Only
b748724105 View Health Center
092b7b73d2 View Mutual Action Plans
44ce1d141d View Reports
b6db676fcb View System Audit
1f9c2d7f66 View Unified Audit
6f798a7fa0 Edit Network Control Authorization Hosts
174e3dc133 Edit Network Control Policies
61be816cec Edit Organizations
b49f14355d View Organizations
0c58221a6d Edit Storage Control Policies
146a545c04 Edit Storage Control Storage Devices
80107ff40c Edit Configuration Manager Policies
811a0ab1fe View Configuration Manager
0c87e51885 View ThreatLocker Administrator Password
fec8750331 Allow Remediation
3a02a4a03b Edit All ThreatLocker Detect Policies
7fe449dd03 Manage Cyber Hero Response Settings
2984938d72 Manage All ThreatLocker Detect Remediations
9728ae8a91 Manage All ThreatLocker Detect Threats
ccc81a8bfd View All ThreatLocker Detect Policies
c0b7011f54 View All ThreatLocker Detect Remediations
6265cf33c6 View All ThreatLocker Detect Threats
4e7a758223 View Endpoint Detect Policies
7c23216341 Edit Endpoint Detect Policies
83b71b23df View Endpoint Detect Remediation
edba5998da Edit Endpoint Detect Remediation
1d13e4f2ba View Endpoint Detect Threats
ae0d5c78aa Edit Endpoint Detect Threats
32c345fd93 View Cloud Detect Policies
1731a39ac6 Edit Cloud Detect Policies
5c3a1448d7 View Cloud Detect Remediation
915e5c6031 Edit Cloud Detect Remediation
5e1ea9b0c9 View Cloud Detect Threats
9ea6364941 Edit Cloud Detect Threats
5688062131 View Cloud Control
bd5f8a7365 Edit Cloud Control
5322f75a1a View Mobile Devices
aa54df18bc Edit Mobile Devices
54bd1b93ee Manage All Maintenance Modes
495fff6aba Manage Application Control Installation Mode
0cf7a2a8c0 Manage Application Control Learning Mode
c0dbfd6610 Manage Application Control Monitor Only
6678194233 Manage Network Control Monitor Only
75efd93cda Manage Storage Control Monitor Only
9fb7e969c0 Manage Tamper Protection
d476884a2f View Patch Management Policies
19dc238549 Edit Patch Management Policies
4157a1b037 View Web Control Policies
0b64e385e7 Edit Web Control Policies
6be3cfe170 Approve for Entire Organization (Learning Mode Only)
c23ba72b56 Approve for Entire Organization (Installation Mode Only)
dcf628580e Approve for Group (Learning Mode Only)
d501e1314f Approve for Group (Installation Mode Only)
14f20aebd9 Approve for Single Computer (Learning Mode Only)
5f801a1df7 Approve for Single Computer (Installation Mode Only)
a4940bfa87 Approve for Single Computer (Application and Learning Mode Only)
4bd529cc7a Approve for Single Computer (Application and Installation Mode Only)
"""
_NONE: frozenset[Any] = frozenset()


@cache
def expected() -> dict[str, dict[str, Any]]:
    """Each permission's fields, but for the texts."""
    return {
        name: {
            "name": name,
            "category": Category(category),
            "also_in": ALSO_IN.get(name, ()),
            "combined_with": COMBINED_WITH.get(name, ()),
            "includes": INCLUDES.get(name, ()),
            "in_super_admin": name not in NOT_IN_SUPER_ADMIN,
            "in_super_admin_child": name not in NOT_IN_CHILD,
            "deprecated": name in OLD,
            "replaced_by": REPLACED_BY.get(name, ()),
            "aliases": ALIASES.get(name, ()),
            "decides": DECIDES.get(name, _NONE),
            "width": WIDTH.get(name),
            "opens": OPENS.get(name, _NONE),
            "manages": MANAGES.get(name, _NONE),
            "old_mode": OLD_MODE.get(name),
        }
        for category, rows in by_hand().items()
        for name, _ in rows
    }


@cache
def texts() -> dict[str, str]:
    """Each permission's digits."""
    return {line[11:]: line[:10] for line in TEXTS.strip().splitlines()}
