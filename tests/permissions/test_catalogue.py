"""The catalogue against the portal's documentation, written down here a second time by hand."""

import pytest

from permissions import BUILT_IN_ROLES, PERMISSIONS, Category, Kind, MaintenanceMode, Reach
from permissions.catalogue import (
    ALL,
    CURRENT,
    DEPRECATED,
    approving,
    folded,
    mask,
    names_in,
    nearest,
    once_opening,
    resolve,
)
from permissions.permission import NO_SURFACE
from permissions.roles import built_in, exact_names
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


def test_84_permissions_in_19_categories_and_8_deprecated() -> None:
    assert len(CURRENT) == len({row.name for row in CURRENT}) == 84
    assert len({row.category for row in CURRENT}) == 19
    assert len(DEPRECATED) == 8
    assert {row.category for row in DEPRECATED} == {Category.DEPRECATED}
    assert len(PERMISSIONS) == 92


def test_every_row_is_as_written_by_hand() -> None:
    found: dict[str, list[tuple[str, bool]]] = {}
    for row in ALL:
        found.setdefault(row.category.value, []).append((row.name, row.surfaces != NO_SURFACE))
    assert found == by_hand()


def test_two_names_stand_in_two_categories() -> None:
    doubled = {row.name: row.also_in for row in ALL if row.also_in}
    assert doubled == {"Manage Community": (Category.GENERAL,), "View Community": (Category.GENERAL,)}


def test_every_row_says_in_one_line_what_it_is() -> None:
    for row in ALL:
        assert row.meaning.endswith(".")
        assert "\n" not in row.meaning
        assert row.surfaces


def test_combinations_as_the_page_names_them() -> None:
    approve = (
        "Approve for Single Computer",
        "Approve for Single Computer (Application Only)",
        "Approve for Group",
        "Approve for Entire Organization",
        "Approve for Global",
    )
    manage_one = {
        (Purpose.MODE_FROM_COMPUTER, ("Edit Computers",)),
        (Purpose.MODE_FROM_REQUEST, approve),
    }
    computer_only = {(Purpose.MODE_FROM_COMPUTER, ("Edit Computers",))}
    other = Purpose.OTHER_PORTAL_PAGE
    expected = {
        "Elevation Administrator": {
            (
                Purpose.OPEN_APPROVAL_CENTER,
                ("View Approvals", *approve, *(row.name for row in DEPRECATED)),
            ),
            (Purpose.ELEVATION_MODE, ("View Computers", "Install Computers", "Edit Computers")),
        },
        "Change Permission": {(Purpose.OPEN_USERS_PAGE, ("View Administrators", "Edit Administrators"))},
        "Allow Application Merge": {(other, ("Edit Application Control Applications",))},
        "Allow View Check-in History": {
            (Purpose.OPEN_CHECK_IN_HISTORY, ("View Computers", "Edit Computers"))
        },
        "Allow Remediation": {
            (other, ("View Computers",)),
            (other, ("View All ThreatLocker Detect Threats",)),
        },
        "Manage Cyber Hero Response Settings": {(other, ("View All ThreatLocker Detect Policies",))},
        "Manage All ThreatLocker Detect Remediations": {(other, ("View Computers",))},
        "Manage All Maintenance Modes": {
            *manage_one,
            (Purpose.INSTALLATION_AND_LEARNING, ("Edit Application Control Applications",)),
        },
        "Manage Application Control Installation Mode": manage_one,
        "Manage Application Control Learning Mode": manage_one,
        "Manage Application Control Monitor Only": manage_one,
        "Manage Storage Control Monitor Only": manage_one,
        "Manage Network Control Monitor Only": computer_only,
        "Manage Tamper Protection": computer_only,
        **{row.name: {(Purpose.MODE_FROM_REQUEST, ("Edit Computers",))} for row in DEPRECATED},
    }
    found = {
        row.name: {(pair.purpose, pair.any_of) for pair in row.combined_with}
        for row in ALL
        if row.combined_with
    }
    assert found == expected


def test_every_name_in_a_row_is_a_permission() -> None:
    for row in ALL:
        named = [
            *row.includes,
            *row.replaced_by,
            *(each for pair in row.combined_with for each in pair.any_of),
        ]
        assert set(named) <= PERMISSIONS.keys(), row.name


def test_what_decides_and_how_far() -> None:
    both, application = frozenset({Kind.APPLICATION, Kind.STORAGE}), frozenset({Kind.APPLICATION})
    computer, group, organization = Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION
    expected = {
        "Approve for Entire Organization": (both, organization),
        "Approve for Global": (both, Reach.GLOBAL),
        "Approve for Group": (both, group),
        "Approve for Single Computer": (both, computer),
        "Approve for Single Computer (Application Only)": (application, computer),
        "Elevation Administrator": (frozenset({Kind.ELEVATION}), None),
        "Edit Web Control Policies": (frozenset({Kind.WEB_CONTROL}), None),
        "Approve for Entire Organization (Learning Mode Only)": (both, organization),
        "Approve for Entire Organization (Installation Mode Only)": (both, organization),
        "Approve for Group (Learning Mode Only)": (both, group),
        "Approve for Group (Installation Mode Only)": (both, group),
        "Approve for Single Computer (Learning Mode Only)": (both, computer),
        "Approve for Single Computer (Installation Mode Only)": (both, computer),
        "Approve for Single Computer (Application and Learning Mode Only)": (application, computer),
        "Approve for Single Computer (Application and Installation Mode Only)": (application, computer),
    }
    assert {row.name: (row.decides, row.width) for row in ALL if row.decides or row.width} == expected


def test_pages() -> None:
    opened = {page: {row.name for row in ALL if page in row.opens} for page in Page}
    approvals = {row.name for row in ALL if row.width} | {"View Approvals"}
    assert opened == {
        Page.APPROVAL_CENTER: approvals,
        Page.WEB_CONTROL_REQUESTS: {"Edit Web Control Policies"},
        Page.DEVICES: {"Edit Computers", "Install Computers", "View Computers"},
        Page.USERS: {"Edit Administrators", "View Administrators"},
    }


def test_modes() -> None:
    managed = {row.name: set(row.manages) for row in ALL if row.manages}
    one = MaintenanceMode
    assert managed == {
        "Elevation Administrator": {one.ELEVATION},
        "Manage All Maintenance Modes": set(MaintenanceMode),
        "Manage Application Control Installation Mode": {one.INSTALLATION},
        "Manage Application Control Learning Mode": {one.LEARNING},
        "Manage Application Control Monitor Only": {one.APPLICATION_MONITOR_ONLY},
        "Manage Network Control Monitor Only": {one.NETWORK_MONITOR_ONLY},
        "Manage Storage Control Monitor Only": {one.STORAGE_MONITOR_ONLY},
        "Manage Tamper Protection": {one.TAMPER_PROTECTION},
    }
    assert {row.name: row.old_mode for row in ALL if row.old_mode} == {
        row.name: one.LEARNING if "Learning" in row.name else one.INSTALLATION for row in DEPRECATED
    }
    wide = {row.name for row in once_opening(one.LEARNING, Reach.COMPUTER_GROUP)}
    assert wide == {
        "Approve for Entire Organization (Learning Mode Only)",
        "Approve for Group (Learning Mode Only)",
    }


def test_deprecated_rows_name_what_replaces_them() -> None:
    for row in DEPRECATED:
        approve, manage = row.replaced_by
        assert not PERMISSIONS[approve].deprecated
        assert (PERMISSIONS[approve].width, PERMISSIONS[approve].decides) == (row.width, row.decides)
        assert row.old_mode in PERMISSIONS[manage].manages
    assert not any(row.replaced_by for row in CURRENT)


def test_includes() -> None:
    for row in ALL:
        for included in row.includes:
            assert row.in_super_admin or row.deprecated
            assert included != row.name
    assert PERMISSIONS["Promote to Entire Organization"].includes == ("Promote to Group",)
    assert len(PERMISSIONS["Manage All Maintenance Modes"].includes) == 6


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("Promote To Group", "Promote to Group"),
        ("Promote To Entire Organization", "Promote to Entire Organization"),
        ("Super Admin – Child", "Super Admin - Child"),
        ("Super Admin –Parent Only", "Super Admin – Logged-In Organization Only"),
        ("Super Admin - Logged-In Organization Only", "Super Admin – Logged-In Organization Only"),
        ("View ThreatLocker Detect Policies", "View All ThreatLocker Detect Policies"),
        ("View ThreatLocker Detect Remediations", "View All ThreatLocker Detect Remediations"),
        ("View ThreatLocker Detect Threats", "View All ThreatLocker Detect Threats"),
        ("Edit ThreatLocker Detect Policies", "Edit All ThreatLocker Detect Policies"),
        ("Manage ThreatLocker Detect Remediations", "Manage All ThreatLocker Detect Remediations"),
        ("Manage ThreatLocker Detect Threats", "Manage All ThreatLocker Detect Threats"),
        ("Allow View Checkin History", "Allow View Check-in History"),
        ("Edit storage Control Policies", "Edit Storage Control Policies"),
        ("  approve   FOR group ", "Approve for Group"),
        ("Edit Computer", "Edit Computers"),
    ],
)
def test_spellings_that_the_page_varies_are_one_permission(spelled: str, name: str) -> None:
    assert resolve(spelled) == name


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_an_exact_name_resolves_to_itself(name: str) -> None:
    assert resolve(name) == name


def test_no_alias_belongs_to_two_permissions() -> None:
    owners: dict[str, set[str]] = {}
    for row in ALL:
        for spelling in (row.name, *row.aliases):
            owners.setdefault(folded(spelling), set()).add(row.name)
    assert [names for names in owners.values() if len(names) > 1] == []


@pytest.mark.parametrize(
    "name", ["", "Approve", "Admin", "Super", "Approve for Group At", "Super Admin Parent"]
)
def test_an_unknown_name_is_none(name: str) -> None:
    assert resolve(name) is None


def test_the_nearest_name_is_suggested() -> None:
    assert nearest("Aprove for Grop") == "Approve for Group"
    assert nearest("View Unifed Audit") == "View Unified Audit"
    assert nearest("xyzzy") is None
    assert nearest("contosa", ["contoso", "fabrikam"]) == "contoso"


def test_bits_and_names_are_each_others_inverse() -> None:
    everything = tuple(PERMISSIONS)
    assert names_in(mask(everything)) == everything
    assert names_in(0) == ()
    with pytest.raises(KeyError):
        mask(["approve for group"])


def test_approving_is_narrowest_first_and_deprecated_last() -> None:
    assert approving(Kind.APPLICATION, Reach.COMPUTER)[:5] == (
        "Approve for Single Computer",
        "Approve for Single Computer (Application Only)",
        "Approve for Group",
        "Approve for Entire Organization",
        "Approve for Global",
    )
    assert approving(Kind.STORAGE, Reach.ORGANIZATION, deprecated=False) == (
        "Approve for Entire Organization",
        "Approve for Global",
    )
    assert approving(Kind.ELEVATION, Reach.COMPUTER) == ()


class TestBuiltInRoles:
    def test_10_1_sizes_of_the_lists(self) -> None:
        sizes = {name: len(set(permissions)) for name, permissions in BUILT_IN_ROLES.items()}
        assert sizes == {"Administrator": 47, "Billing": 2, "Owner": 49, "Read Only": 11}
        assert all(len(set(each)) == len(each) for each in BUILT_IN_ROLES.values())

    def test_10_1_contents(self) -> None:
        administrator, owner = set(BUILT_IN_ROLES["Administrator"]), set(BUILT_IN_ROLES["Owner"])
        billing, read_only = set(BUILT_IN_ROLES["Billing"]), set(BUILT_IN_ROLES["Read Only"])
        assert billing == {"View Billing", "Edit Billing"}
        assert owner == administrator | billing
        views = {"Approvals", "Administrators", "Computers", "Unified Audit", "Health Center", "Reports"}
        detect = {f"All ThreatLocker Detect {each}" for each in ("Policies", "Remediations", "Threats")}
        assert read_only == {
            f"View {each}" for each in {*views, *detect, "System Audit", "Configuration Manager"}
        }
        table = by_hand()
        whole = {"Administrator", "Application Control", "Computer", "Network Control", "Organization"}
        whole |= {"Storage Control", "Configuration Manager"}
        approvals = {name for name, _ in table["Approval"]} - {"Approve for Global"}
        general = {name for name, _ in table["General"]} - {
            "Edit Mutual Action Plans",
            "View Mutual Action Plans",
            "Manage Local Admin Settings",
        }
        detected = {name for name, _ in table["ThreatLocker Detect"]} - {
            "Allow Remediation",
            "Manage Cyber Hero Response Settings",
        }
        others = {name for category in whole for name, _ in table[category]}
        assert administrator == approvals | general | detected | others

    def test_10_1_names_are_exact(self) -> None:
        for permissions in BUILT_IN_ROLES.values():
            assert exact_names(permissions) == set(permissions)
        with pytest.raises(KeyError):
            exact_names(("Approve for Nobody",))

    def test_10_1_found_in_any_spelling(self) -> None:
        assert built_in("read only") == "Read Only"
        assert built_in("Reader") is None
