"""The catalogue against the portal's documentation, written down here a second time by hand."""

from collections.abc import Iterable
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import pytest

from permissions import BUILT_IN_ROLES, PERMISSIONS, Category, Kind, MaintenanceMode, Reach
from permissions.catalogue import (
    ALL,
    CURRENT,
    DEPRECATED,
    approving,
    folded,
    in_catalogue_order,
    mask,
    nearest,
    once_opening,
    resolve,
)
from permissions.permission import NO_SURFACE, Combination, Permission
from permissions.roles import built_in, exact_names
from permissions.terms import Purpose

from .catalogue_by_hand import by_hand, expected, texts


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


def test_every_row_says_in_one_line_what_it_is() -> None:
    for row in ALL:
        assert row.meaning.endswith(".")
        assert "\n" not in row.meaning
        assert row.surfaces


def digits(row: Permission) -> str:
    """The digits by which the texts of a row are told from others."""
    return sha256("\n".join([row.meaning, *row.surfaces]).encode()).hexdigest()[:10]


def faults(rows: Iterable[Permission]) -> list[str]:
    """Every field in which these rows differ from what is written by hand."""
    told, read = expected(), texts()
    found = [f"missing: {name}" for name in told.keys() - {row.name for row in rows}]
    for row in rows:
        wanted = told.get(row.name)
        if wanted is None:
            found.append(f"unknown: {row.name}")
            continue
        found += [f"{row.name}.{field}" for field, value in wanted.items() if getattr(row, field) != value]
        found += [f"{row.name}: its texts"] if read.get(row.name) != digits(row) else []
    return found


def test_every_field_of_every_row_is_as_written_by_hand() -> None:
    assert faults(ALL) == []
    checked = {*next(iter(expected().values())), "meaning", "surfaces"}
    assert checked == {field.name for field in fields(Permission)}


# Another value for each field, different from any that stands there.
OTHER_VALUES: dict[str, Any] = {
    "name": "Approve for Everybody",
    "category": "no category",
    "meaning": "Does something else.",
    "also_in": (Category.BILLING,),
    "combined_with": (Combination(Purpose.OPEN_USERS_PAGE, ("View Billing",)),),
    "includes": ("View Billing",),
    "replaced_by": ("View Billing",),
    "aliases": ("Another name",),
    "surfaces": ("decides everything",),
    "decides": frozenset({Kind.OTHER}),
    "width": "everywhere",
    "opens": frozenset({"every page"}),
    "manages": frozenset({"every mode"}),
    "old_mode": MaintenanceMode.ELEVATION,
}


@pytest.mark.parametrize("field", [each.name for each in fields(Permission)])
def test_changing_any_field_of_any_row_is_noticed(field: str) -> None:
    for place, row in enumerate(ALL):
        now = getattr(row, field)
        change: dict[str, Any] = {field: not now if isinstance(now, bool) else OTHER_VALUES[field]}
        rows = [*ALL[:place], replace(row, **change), *ALL[place + 1 :]]
        assert faults(rows), f"{row.name}.{field}"


def test_a_row_too_many_or_too_few_is_noticed() -> None:
    assert faults(ALL[1:]) == ["missing: Approve for Entire Organization"]
    assert faults([*ALL, replace(ALL[0], name="Approve for Everybody")]) == ["unknown: Approve for Everybody"]


def test_every_name_in_a_row_is_a_permission() -> None:
    for row in ALL:
        named = [
            *row.includes,
            *row.replaced_by,
            *(each for pair in row.combined_with for each in pair.any_of),
        ]
        assert set(named) <= PERMISSIONS.keys(), row.name


def test_once_opening_finds_the_wide_enough_ones() -> None:
    wide = {row.name for row in once_opening(MaintenanceMode.LEARNING, Reach.COMPUTER_GROUP)}
    assert wide == {
        "Approve for Entire Organization (Learning Mode Only)",
        "Approve for Group (Learning Mode Only)",
    }


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


def test_each_permission_has_a_bit_of_its_own_and_a_place_in_the_order() -> None:
    everything = tuple(PERMISSIONS)
    assert mask(everything) == (1 << len(everything)) - 1
    assert in_catalogue_order(reversed(everything)) == everything
    assert mask([]) == 0
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
