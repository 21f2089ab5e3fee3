"""Where a grant counts: permission semantics, sections 1 and 2. Each test cites its rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from permissions import (
    BUILT_IN_ROLES,
    PERMISSIONS,
    Action,
    Allowed,
    Kind,
    MaintenanceMode,
    Organization,
    OrganizationTree,
    Reach,
    RefusalReason,
    Source,
    warnings,
)
from permissions.catalogue import resolve
from permissions.roles import super_admin_words

from .world import (
    LEAF,
    LEFT,
    NAMES,
    NOW,
    RIGHT,
    TOP,
    TREE,
    access,
    from_computer,
    from_request,
    grant,
    may,
    missing,
    verdict,
    why,
)

FAMILY = ("Super Admin", "Super Admin - Child", "Super Admin – Logged-In Organization Only")


class TestEverywhere:
    def test_1_1_silence_refuses(self) -> None:
        for action in set(Action) - {Action.WHOAMI}:
            assert not may(access(), action), action

    def test_1_1_only_in_one_grant_limits_not_another_grant(self) -> None:
        only = "Approve for Single Computer (Application Only)"
        assert not may([only], Action.APPROVE, Kind.STORAGE)
        assert may([only, "Approve for Single Computer"], Action.APPROVE, Kind.STORAGE)
        assert may([only, "Approve for Group"], Action.APPROVE, reach=Reach.COMPUTER_GROUP)

    @pytest.mark.parametrize("elsewhere", [TOP, RIGHT, LEAF])
    def test_1_2_a_grant_counts_in_its_own_organization_alone(self, elsewhere: str) -> None:
        given = access(grant("Approve for Entire Organization", at=LEFT))
        assert may(given, Action.APPROVE, at=LEFT)
        assert why(given, Action.APPROVE, at=elsewhere) is RefusalReason.CANNOT_SEE

    def test_1_3_and_below_takes_in_every_organization_below_and_no_other(self) -> None:
        given = access(grant("Approve for Group", at=LEFT, and_below=True))
        assert [may(given, Action.APPROVE, at=each) for each in (TOP, LEFT, RIGHT, LEAF)] == [
            False,
            True,
            False,
            True,
        ]

    def test_1_3_a_new_child_is_in_at_once(self) -> None:
        given = access(grant("Approve for Group", at=RIGHT, and_below=True))
        child = Organization(organization_id="id-new", name="New", parent_id=RIGHT)
        grown = OrganizationTree((*TREE.organizations, child), TREE.fetched_at)
        assert why(given, Action.APPROVE, at="id-new") is RefusalReason.UNPLACEABLE_ORGANIZATION
        assert may(given, Action.APPROVE, at="id-new", tree=grown)

    def test_1_4_child_organizations_are_at_any_depth(self) -> None:
        for each in ("Super Admin", "Super Admin - Child"):
            assert may(access(grant(each, at=TOP)), Action.APPROVE, at=LEAF)

    def test_1_5_both_halves_in_the_targets_organization(self) -> None:
        here, there = grant("View Approvals"), grant("Elevation Administrator", at=TOP)
        more = {"already_approved": True}
        assert not may(access(here, there), Action.APPROVE, Kind.ELEVATION, **more)
        assert may(access(here, replace(there, organization_id=LEFT)), Action.APPROVE, Kind.ELEVATION, **more)

    def test_1_5_both_halves_belong_to_one_person(self) -> None:
        given = access(grant("View Approvals"), grant("Elevation Administrator", person_id="ben"))
        assert not may(given, Action.APPROVE, Kind.ELEVATION, already_approved=True)

    def test_1_5_both_halves_alive(self) -> None:
        given = access(grant("View Approvals"), grant("Elevation Administrator", until=NOW))
        assert not may(given, Action.APPROVE, Kind.ELEVATION, already_approved=True)

    @pytest.mark.parametrize("source", list(Source))
    def test_1_5_where_the_halves_come_from_does_not_matter(self, source: Source) -> None:
        given = access(grant("View Approvals", role="R"), grant("Elevation Administrator", source=source))
        assert may(given, Action.APPROVE, Kind.ELEVATION, already_approved=True)

    @pytest.mark.parametrize(
        ("name", "action"),
        [
            ("View Unified Audit", Action.LOOK_UP),
            ("Assign Roles", Action.ASSIGN_ROLES),
            ("Role Administrator", Action.ADMINISTER_ROLES),
            ("Edit Administrators", Action.SUSPEND),
            ("Edit Application Control Policies", Action.CREATE_POLICY),
            ("View Reports", Action.REPORT),
            ("View System Audit", Action.READ_RECORD),
        ],
    )
    def test_1_6_no_combination_named_none_needed(self, name: str, action: Action) -> None:
        assert may([name], action)

    @pytest.mark.parametrize(
        "near", ["Edit Computer Groups", "Edit Mobile Devices", "View Mobile Devices", "View Organizations"]
    )
    def test_1_7_a_half_by_what_it_opens_is_not_its_neighbour(self, near: str) -> None:
        mode = from_computer(MaintenanceMode.ELEVATION)
        assert not may(["Elevation Administrator", near], Action.MAINTAIN, maintenance=mode)
        for opens in ("Edit Computers", "Install Computers", "View Computers"):
            assert may(["Elevation Administrator", opens], Action.MAINTAIN, maintenance=mode)

    @pytest.mark.parametrize("near", ["View Computers", "Install Computers", "Edit Computer Groups"])
    def test_1_7_a_half_by_name_is_that_permission_alone(self, near: str) -> None:
        mode = from_computer(MaintenanceMode.LEARNING)
        manage = "Manage Application Control Learning Mode"
        assert not may([manage, near], Action.MAINTAIN, maintenance=mode)
        assert may([manage, "Edit Computers"], Action.MAINTAIN, maintenance=mode)

    def test_1_8_request_and_computer_in_different_organizations(self) -> None:
        given = access(grant("Super Admin", at=TOP))
        assert may(given, Action.APPROVE, computer_organization_id=LEFT.upper())
        found = why(given, Action.APPROVE, computer_organization_id=RIGHT)
        assert found is RefusalReason.OTHER_ORGANIZATION

    def test_1_8_parent_unknown_or_loop_refuses_even_a_direct_grant(self) -> None:
        orphan = Organization(organization_id="id-orphan", name="Orphan", parent_id="id-nobody")
        loops = (
            Organization(organization_id="id-a", name="A", parent_id="id-b"),
            Organization(organization_id="id-b", name="B", parent_id="id-a"),
            Organization(organization_id="id-self", name="S", parent_id="id-self"),
            Organization(organization_id="id-under", name="U", parent_id="id-a"),
        )
        tree = OrganizationTree((*TREE.organizations, orphan, *loops), NOW)
        for each in ("id-orphan", "id-a", "id-b", "id-self", "id-under", "id-unheard-of", "", "   "):
            given = access(grant("Approve for Global", at=each))
            found = why(given, Action.APPROVE, at=each, tree=tree)
            assert found is RefusalReason.UNPLACEABLE_ORGANIZATION, each

    def test_1_8_computer_group_unknown_closes_the_group_reach_alone(self) -> None:
        given = ["Approve for Entire Organization"]
        open_ones = [
            reach for reach in Reach if may(given, Action.APPROVE, reach=reach, computer_group_known=False)
        ]
        assert open_ones == [Reach.COMPUTER, Reach.ORGANIZATION]
        found = why(given, Action.APPROVE, reach=Reach.COMPUTER_GROUP, computer_group_known=False)
        assert found is RefusalReason.UNKNOWN_COMPUTER_GROUP

    @pytest.mark.parametrize(
        ("resting", "at"),
        [
            (grant("Approve for Group", at=TOP, and_below=True), LEFT),
            (grant("Super Admin", at=TOP), LEFT),
            (grant("Super Admin - Child", at=TOP), LEFT),
        ],
    )
    def test_1_8_what_rests_on_the_tree_needs_one_at_most_5_minutes_old(
        self, resting: object, at: str
    ) -> None:
        given = access(resting)  # type: ignore[arg-type]  # parametrize hands objects on untyped
        last = TREE.fetched_at + timedelta(minutes=5)
        assert may(given, Action.APPROVE, at=at, now=last)
        late = last + timedelta(microseconds=1)
        assert why(given, Action.APPROVE, at=at, now=late) is RefusalReason.OUTDATED_ORGANIZATIONS

    def test_1_8_a_direct_grant_does_not_rest_on_the_trees_age(self) -> None:
        late = NOW + timedelta(hours=1)
        assert may(["Approve for Group"], Action.APPROVE, now=late)
        assert may(["Super Admin"], Action.APPROVE, now=late)
        assert why(["View Approvals"], Action.APPROVE, now=late) is RefusalReason.KIND

    def test_1_8_a_tree_from_the_future_is_not_believed(self) -> None:
        given = access(grant("Super Admin", at=TOP))
        early = TREE.fetched_at - timedelta(minutes=6)
        assert why(given, Action.APPROVE, now=early) is RefusalReason.OUTDATED_ORGANIZATIONS

    def test_1_9_local_administrators_have_no_right_of_that(self) -> None:
        """The question has no field for it, and the sentence says that it counts for nothing."""
        answer = verdict([], Action.APPROVE)
        assert "local administrator on the computer does not replace the review" in answer.sentence
        local = "Manage Local Admin Settings"
        assert not any(may([local], action) for action in set(Action) - {Action.WHOAMI})


class TestSuperAdminFamily:
    @pytest.mark.parametrize(
        ("name", "at_top", "at_left", "at_leaf", "at_right"),
        [
            ("Super Admin", False, True, True, False),
            ("Super Admin - Child", False, False, True, False),
            ("Super Admin – Logged-In Organization Only", False, True, False, False),
        ],
    )
    def test_2_0_and_2_2_reach_from_the_organization_it_is_set_on(
        self, name: str, at_top: bool, at_left: bool, at_leaf: bool, at_right: bool
    ) -> None:
        given = access(grant(name, at=LEFT))
        expected = {TOP: at_top, LEFT: at_left, LEAF: at_leaf, RIGHT: at_right}
        for action in (Action.APPROVE, Action.VIEW, Action.LOOK_UP, Action.SUSPEND, Action.REPORT):
            assert {each: may(given, action, at=each) for each in expected} == expected, action

    @pytest.mark.parametrize(
        ("name", "at_left", "at_leaf"),
        [
            ("Super Admin", True, True),
            ("Super Admin - Child", False, False),
            ("Super Admin – Logged-In Organization Only", True, False),
        ],
    )
    def test_2_0_system_audit(self, name: str, at_left: bool, at_leaf: bool) -> None:
        given = access(grant(name, at=LEFT))
        assert may(given, Action.READ_RECORD, at=LEFT) is at_left
        assert may(given, Action.READ_RECORD, at=LEAF) is at_leaf

    def test_2_1_all_is_the_list_less_family_remediation_and_deprecated(self) -> None:
        outside = {name for name, row in PERMISSIONS.items() if not row.in_super_admin}
        deprecated = {name for name, row in PERMISSIONS.items() if row.deprecated}
        assert outside == {*FAMILY, "Allow Remediation", *deprecated}
        child = {name for name, row in PERMISSIONS.items() if not row.in_super_admin_child}
        assert child == {*outside, "View System Audit"}
        assert PERMISSIONS["View Override Codes"].in_super_admin

    def test_2_2_set_on_a_middle_organization_it_never_works_upward(self) -> None:
        for name in FAMILY:
            for action in set(Action) - {Action.WHOAMI}:
                assert not may(access(grant(name, at=LEFT)), action, at=TOP)
                assert not may(access(grant(name, at=LEAF)), action, at=LEFT)

    def test_2_3_child_on_a_childless_organization_gives_nothing_and_is_named(self) -> None:
        given = access(grant("Super Admin - Child", at=RIGHT))
        for each in NAMES:
            assert not may(given, Action.VIEW, at=each)
        assert any(
            "gives nothing today: Fabrikam has no organizations below" in w for w in warnings(given, TREE)
        )
        fine = access(grant("Super Admin - Child", at=LEFT))
        assert not any("gives nothing today" in each for each in warnings(fine, TREE))

    @pytest.mark.parametrize("name", FAMILY)
    def test_2_4_satisfies_every_combination_inside_and_none_outside(self, name: str) -> None:
        inside = LEAF if "Child" in name else LEFT
        given = access(grant(name, at=LEFT), grant("Elevation Administrator", at=RIGHT))
        assert may(given, Action.APPROVE, Kind.ELEVATION, at=inside)
        assert may(given, Action.CHANGE_PERMISSIONS, at=inside)
        assert may(given, Action.CHECK_IN_HISTORY, at=inside)
        for mode in MaintenanceMode:
            assert may(given, Action.MAINTAIN, at=inside, maintenance=from_computer(mode))
        learning = from_request(MaintenanceMode.LEARNING)
        assert may(given, Action.MAINTAIN, at=inside, maintenance=learning)
        assert not may(given, Action.APPROVE, Kind.ELEVATION, at=RIGHT, already_approved=True)

    def test_2_5_parent_only_is_the_older_name_of_logged_in(self) -> None:
        for spelled in ("Super Admin – Parent Only", "Super Admin –Parent Only", "super admin - parent only"):
            assert resolve(spelled) == "Super Admin – Logged-In Organization Only"

    @pytest.mark.parametrize("role", ["Administrator", "Owner"])
    def test_2_6_administrator_and_owner_are_super_admin_where_applied(self, role: str) -> None:
        permissions = BUILT_IN_ROLES[role]
        assert set(FAMILY) <= set(permissions)
        given = access(grant(*permissions, at=LEFT, role=role))
        assert [may(given, Action.APPROVE, at=each) for each in (TOP, LEFT, LEAF, RIGHT)] == [
            False,
            True,
            True,
            False,
        ]
        assert may(given, Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=LEFT)
        said = "Super Admin of Contoso and everything below, billing and global included"
        assert any(said in each for each in warnings(given, TREE))
        assert super_admin_words(frozenset(permissions), "Contoso") == said

    def test_2_6_the_other_built_in_roles_contain_no_super_admin(self) -> None:
        for role in ("Billing", "Read Only"):
            assert super_admin_words(frozenset(BUILT_IN_ROLES[role]), "Contoso") is None

    def test_a_verdict_through_super_admin_says_so(self) -> None:
        answer = verdict(access(grant("Super Admin", at=TOP)), Action.APPROVE)
        assert isinstance(answer, Allowed)
        assert [str(each) for each in answer.rests_on] == [
            "Approve for Single Computer through Super Admin at id-top (access file, test)",
        ]

    def test_a_named_permission_is_told_before_one_that_is_only_contained(self) -> None:
        given = access(grant("Super Admin", at=LEFT), grant("View Unified Audit", at=TOP, and_below=True))
        answer = verdict(given, Action.LOOK_UP)
        assert isinstance(answer, Allowed)
        assert answer.rests_on[0].grant.organization_id == TOP

    def test_missing_is_empty_where_no_permission_would_help(self) -> None:
        assert missing(["Super Admin"], Action.APPROVE, Kind.OTHER) == ()
