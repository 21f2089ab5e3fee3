"""Seeing, deciding, reach and elevation: permission semantics, sections 3 to 6. Each test cites its rule."""

from typing import Any

import pytest

from permissions import (
    PERMISSIONS,
    Action,
    Allowed,
    Ask,
    Extension,
    Kind,
    Reach,
    RefusalReason,
    Refused,
    must_be_confirmed,
    organizations_in_view,
)

from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant, may, missing, verdict, why

ORGANIZATION = "Approve for Entire Organization"
GLOBAL = "Approve for Global"
GROUP = "Approve for Group"
COMPUTER = "Approve for Single Computer"
ONLY = "Approve for Single Computer (Application Only)"
VIEW = "View Approvals"
ELEVATION = "Elevation Administrator"
WEB = "Edit Web Control Policies"
DEPRECATED = [
    "Approve for Entire Organization (Learning Mode Only)",
    "Approve for Entire Organization (Installation Mode Only)",
    "Approve for Group (Learning Mode Only)",
    "Approve for Group (Installation Mode Only)",
    "Approve for Single Computer (Learning Mode Only)",
    "Approve for Single Computer (Installation Mode Only)",
    "Approve for Single Computer (Application and Learning Mode Only)",
    "Approve for Single Computer (Application and Installation Mode Only)",
]
VIEWING = [ORGANIZATION, GLOBAL, GROUP, COMPUTER, ONLY, VIEW, *DEPRECATED]
CASE_KINDS = [Kind.APPLICATION, Kind.ELEVATION, Kind.STORAGE, Kind.OTHER]


class TestSeeing:
    @pytest.mark.parametrize("name", sorted(set(PERMISSIONS)))
    def test_3_1_viewing_permissions_and_no_others(self, name: str) -> None:
        seen = [kind for kind in Kind if may([name], Action.VIEW, kind)]
        if name in VIEWING or name in ("Super Admin", "Super Admin – Logged-In Organization Only"):
            assert seen == list(Kind)
        elif name == WEB:
            assert seen == [Kind.WEB_CONTROL]
        else:
            assert seen == []

    @pytest.mark.parametrize("kind", Kind)
    def test_3_2_application_only_shows_every_kind(self, kind: Kind) -> None:
        assert may([ONLY], Action.VIEW, kind)

    def test_3_2_a_kind_that_is_not_known_is_not_web_control(self) -> None:
        assert may([VIEW], Action.VIEW, None)
        assert not may([WEB], Action.VIEW, None)

    def test_3_3_a_refusal_names_no_organization_to_those_who_may_not_see_it(self) -> None:
        for kind in Kind:
            answer = verdict([], Action.APPROVE, kind)
            assert "Contoso" not in answer.sentence

    def test_3_3_nor_the_owner_of_a_global_group_that_one_may_not_see(self) -> None:
        answer = verdict([GLOBAL], Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=TOP)
        assert "Contoso" in answer.sentence
        assert "Northwind" not in answer.sentence
        seen = access(grant(GLOBAL), grant(VIEW, at=TOP))
        named = verdict(seen, Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=TOP)
        assert "Approve for Global at Northwind" in named.sentence

    def test_3_4_what_is_drawn_is_cut_to_the_organizations_with_a_viewing_permission(self) -> None:
        given = access(
            grant(GROUP, at=LEFT),
            grant(WEB, at=RIGHT),
            grant(ELEVATION, at=TOP),
            grant(VIEW, at=LEAF, until=NOW),
        )
        assert organizations_in_view("ana", given, TREE, NOW) == {LEFT}
        assert organizations_in_view("ana", given, TREE, NOW, kind=Kind.WEB_CONTROL) == {LEFT, RIGHT}
        assert organizations_in_view("ben", given, TREE, NOW) == set()
        assert organizations_in_view("nobody", given, TREE, NOW) == set()

    def test_3_4_a_super_admin_sees_all_below(self) -> None:
        given = access(grant("Super Admin - Child", at=TOP))
        assert organizations_in_view("ana", given, TREE, NOW) == {LEFT, RIGHT, LEAF}
        assert organizations_in_view("ana", given, TREE, NOW, Action.READ_RECORD) == set()


class TestDecidingByKind:
    @pytest.mark.parametrize("name", [ORGANIZATION, GLOBAL, GROUP, COMPUTER, *DEPRECATED[:6]])
    @pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY])
    def test_4_0_full_approvals(self, name: str, action: Action) -> None:
        assert [kind for kind in Kind if may([name], action, kind)] == [Kind.APPLICATION, Kind.STORAGE]

    @pytest.mark.parametrize("name", [ONLY, *DEPRECATED[6:]])
    @pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY])
    def test_4_0_application_only_neither_approves_nor_denies_storage(
        self, name: str, action: Action
    ) -> None:
        assert [kind for kind in Kind if may([name], action, kind)] == [Kind.APPLICATION]
        assert why([name], action, Kind.STORAGE) is RefusalReason.KIND

    @pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY])
    def test_4_0_web_control_needs_edit_web_control_policies_alone(self, action: Action) -> None:
        assert [kind for kind in Kind if may([WEB], action, kind)] == [Kind.WEB_CONTROL]
        assert missing([ORGANIZATION, GLOBAL], action, Kind.WEB_CONTROL) == (WEB,)
        for reach in (Reach.COMPUTER_GROUP, Reach.ORGANIZATION):
            assert may([WEB], action, Kind.WEB_CONTROL, reach=reach, computers=3)
        found = why([WEB], Action.APPROVE, Kind.WEB_CONTROL, reach=Reach.GLOBAL, global_owner_id=LEFT)
        assert found is RefusalReason.DECIDE_IN_PORTAL

    @pytest.mark.parametrize("kind", [Kind.OTHER, None])
    @pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY, Action.CLAIM])
    def test_4_0_anything_else_is_decided_by_nobody_here(self, kind: Kind | None, action: Action) -> None:
        everything = list(PERMISSIONS)
        assert why(everything, action, kind) is RefusalReason.DECIDE_IN_PORTAL
        assert may([VIEW], Action.VIEW, kind)

    def test_4_0_elevation_is_denied_with_elevation_administrator_and_a_view(self) -> None:
        for view in VIEWING:
            assert may([ELEVATION, view], Action.DENY, Kind.ELEVATION), view
            assert not may([view], Action.DENY, Kind.ELEVATION), view
        assert not may([ELEVATION], Action.DENY, Kind.ELEVATION)
        assert not may([ELEVATION, WEB], Action.DENY, Kind.ELEVATION)

    @pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.STORAGE, Kind.ELEVATION, Kind.WEB_CONTROL])
    def test_4_1_denying_is_acting(self, kind: Kind) -> None:
        assert why([VIEW], Action.DENY, kind) is RefusalReason.KIND

    def test_4_1_denying_never_needs_a_wider_right(self) -> None:
        for reach in Reach:
            assert may([COMPUTER], Action.DENY, reach=reach, computers=40, built_in_match=True)

    def test_4_2_no_question_knows_the_difference_between_pending_and_escalated(self) -> None:
        """Both are decided under the same rights: the portal's status is no part of the question."""
        assert not {"status", "status_id", "escalated"} & set(Ask.__dataclass_fields__)

    @pytest.mark.parametrize("name", [ORGANIZATION, GLOBAL, GROUP, COMPUTER, ONLY])
    def test_4_3_hash_and_custom_rule_are_open_to_every_approve(self, name: str) -> None:
        """Rule, new application, end date and ringfencing are no part of the question either."""
        assert may([name], Action.APPROVE)
        assert may([name], Action.APPROVE, extension=Extension(LEFT, Reach.COMPUTER))


class TestReach:
    @pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.STORAGE])
    @pytest.mark.parametrize(
        ("names", "widest"),
        [
            ([COMPUTER, DEPRECATED[4], DEPRECATED[5]], 1),
            ([GROUP, DEPRECATED[2], DEPRECATED[3]], 2),
            ([ORGANIZATION, GLOBAL, DEPRECATED[0], DEPRECATED[1]], 3),
        ],
    )
    def test_5_0_widths(self, names: list[str], widest: int, kind: Kind) -> None:
        for name in names:
            open_ones = [reach for reach in Reach if may([name], Action.APPROVE, kind, reach=reach)]
            assert open_ones == list(Reach)[:widest], name

    @pytest.mark.parametrize("name", [ONLY, *DEPRECATED[6:]])
    def test_5_0_application_only_is_one_computer(self, name: str) -> None:
        assert [reach for reach in Reach if may([name], Action.APPROVE, reach=reach)] == [Reach.COMPUTER]

    def test_5_1_a_group_at_a_parent_says_nothing_about_a_childs_groups(self) -> None:
        given = access(grant(GROUP, at=TOP), grant(COMPUTER, at=LEFT))
        assert why(given, Action.APPROVE, reach=Reach.COMPUTER_GROUP) is RefusalReason.REACH

    def test_5_1_the_group_is_one_of_the_requests_organization(self) -> None:
        given = access(grant("Super Admin", at=TOP))
        own: dict[str, Any] = {"reach": Reach.COMPUTER_GROUP, "computer_group_organization_id": "ID-LEFT"}
        assert may(given, Action.APPROVE, **own)
        foreign: dict[str, Any] = {"reach": Reach.COMPUTER_GROUP, "computer_group_organization_id": TOP}
        assert why(given, Action.APPROVE, **foreign) is RefusalReason.FOREIGN_COMPUTER_GROUP

    def test_5_2_entire_organization_is_the_requests_and_nothing_below(self) -> None:
        given = access(grant(ORGANIZATION, at=LEFT))
        assert may(given, Action.APPROVE, reach=Reach.ORGANIZATION)
        assert not may(given, Action.APPROVE, reach=Reach.ORGANIZATION, at=LEAF)

    def test_5_3_approve_for_group_never_opens_a_group_marked_global(self) -> None:
        marked: dict[str, Any] = {
            "reach": Reach.COMPUTER_GROUP,
            "computer_group_is_global": True,
            "computer_group_organization_id": TOP,
            "global_owner_id": TOP,
        }
        given = access(grant(GROUP, at=LEFT), grant(GROUP, at=TOP))
        assert why(given, Action.APPROVE, **marked) is RefusalReason.GLOBAL_GROUP
        assert may(access(grant(COMPUTER, at=LEFT), grant(GLOBAL, at=TOP)), Action.APPROVE, **marked)

    def test_5_3_both_halves_are_needed(self) -> None:
        wide: dict[str, Any] = {"reach": Reach.GLOBAL, "global_owner_id": TOP}
        assert may(access(grant(COMPUTER), grant(GLOBAL, at=TOP)), Action.APPROVE, **wide)
        assert why(access(grant(GLOBAL, at=TOP)), Action.APPROVE, **wide) is RefusalReason.CANNOT_SEE
        assert why(access(grant(GLOBAL)), Action.APPROVE, **wide) is RefusalReason.GLOBAL_GROUP
        viewer = access(grant(VIEW), grant(GLOBAL, at=TOP))
        assert why(viewer, Action.APPROVE, **wide) is RefusalReason.KIND
        assert why(access(grant(COMPUTER), grant(GLOBAL, at=RIGHT)), Action.APPROVE, **wide) is (
            RefusalReason.GLOBAL_GROUP
        )

    def test_5_3_the_refusal_is_placed_at_the_owner(self) -> None:
        answer = verdict([GLOBAL], Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=TOP)
        assert answer.where == TOP

    def test_5_3_what_is_missing_in_the_requests_organization_is_placed_there(self) -> None:
        answer = verdict(
            access(grant(VIEW), grant(GLOBAL, at=TOP)),
            Action.APPROVE,
            reach=Reach.GLOBAL,
            global_owner_id=TOP,
        )
        assert isinstance(answer, Refused)
        assert (answer.why, answer.where) == (RefusalReason.KIND, LEFT)

    def test_5_3_child_never_opens_a_group_owned_by_the_organization_it_is_set_on(self) -> None:
        given = access(grant("Super Admin - Child", at=TOP))
        assert not may(given, Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=TOP)
        assert may(given, Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=LEFT)
        assert may(given, Action.APPROVE, at=LEAF, reach=Reach.GLOBAL, global_owner_id=LEFT)

    def test_5_3_logged_in_only_opens_it_while_nothing_is_below_the_owner(self) -> None:
        logged_in = "Super Admin – Logged-In Organization Only"
        wide: dict[str, Any] = {"reach": Reach.GLOBAL}
        parent = access(grant(logged_in, at=LEFT))
        assert not may(parent, Action.APPROVE, global_owner_id=LEFT, **wide)
        leaf = access(grant(logged_in, at=RIGHT))
        answer = verdict(leaf, Action.APPROVE, at=RIGHT, global_owner_id=RIGHT, **wide)
        assert isinstance(answer, Allowed)
        assert [each.through for each in answer.rests_on if each.permission == GLOBAL] == [logged_in]
        named = access(grant(logged_in, GLOBAL, at=LEFT))
        assert may(named, Action.APPROVE, global_owner_id=LEFT, **wide)

    def test_5_4_no_global_group_offered(self) -> None:
        everything = ["Super Admin", GLOBAL]
        wide: dict[str, Any] = {"reach": Reach.GLOBAL}
        assert why(everything, Action.APPROVE, **wide) is RefusalReason.NO_GLOBAL_GROUP
        for owner in ("id-unheard-of", RIGHT, LEAF):
            found = why(everything, Action.APPROVE, global_owner_id=owner, **wide)
            assert found is RefusalReason.NO_GLOBAL_GROUP, owner
        assert may(everything, Action.APPROVE, reach=Reach.ORGANIZATION)

    def test_5_4_global_for_storage_is_decided_in_the_portal(self) -> None:
        found = why([GLOBAL], Action.APPROVE, Kind.STORAGE, reach=Reach.GLOBAL, global_owner_id=LEFT)
        assert found is RefusalReason.DECIDE_IN_PORTAL

    @pytest.mark.parametrize("widest", Reach)
    def test_5_5_extending_needs_the_width_of_the_widest_policy(self, widest: Reach) -> None:
        more: dict[str, Any] = {"extension": Extension(LEFT, widest), "global_owner_id": LEFT}
        allowed = [
            name for name in (COMPUTER, GROUP, ORGANIZATION, GLOBAL) if may([name], Action.APPROVE, **more)
        ]
        assert allowed == [COMPUTER, GROUP, ORGANIZATION, GLOBAL][widest.width :]

    @pytest.mark.parametrize("owner", [TOP, RIGHT, None])
    def test_5_5_only_applications_of_the_requests_own_organization(self, owner: str | None) -> None:
        given = access(grant("Super Admin", at=TOP))
        found = why(given, Action.APPROVE, extension=Extension(owner, Reach.COMPUTER))
        assert found is RefusalReason.FOREIGN_APPLICATION

    def test_5_5_a_width_that_cannot_be_learnt_is_closed(self) -> None:
        found = why([GLOBAL], Action.APPROVE, extension=Extension(LEFT, None), global_owner_id=LEFT)
        assert found is RefusalReason.UNKNOWN_REACH

    def test_5_5_a_built_in_match_takes_the_entire_organization(self) -> None:
        allowed = [
            name
            for name in (ONLY, COMPUTER, GROUP, ORGANIZATION, GLOBAL)
            if may([name], Action.APPROVE, built_in_match=True)
        ]
        assert allowed == [ORGANIZATION, GLOBAL]

    @pytest.mark.parametrize("name", [COMPUTER, ONLY, DEPRECATED[4], DEPRECATED[6]])
    def test_5_6_a_single_computer_right_covers_one_computer_a_press(self, name: str) -> None:
        assert may([name], Action.APPROVE, computers=1)
        assert why([name], Action.APPROVE, computers=2) is RefusalReason.SEVERAL_COMPUTERS
        assert may([name], Action.DENY, computers=2)

    @pytest.mark.parametrize("name", [GROUP, ORGANIZATION, GLOBAL, DEPRECATED[2]])
    def test_5_6_group_or_wider_covers_several(self, name: str) -> None:
        assert may([name], Action.APPROVE, computers=3)

    def test_5_6_application_only_with_group_is_group(self) -> None:
        assert may([ONLY, GROUP], Action.APPROVE, computers=3)

    def test_5_6_elevation_of_several_needs_group_too(self) -> None:
        more: dict[str, Any] = {"already_approved": True, "computers": 2}
        assert not may([ELEVATION, VIEW], Action.APPROVE, Kind.ELEVATION, **more)
        assert not may([ELEVATION, COMPUTER], Action.APPROVE, Kind.ELEVATION, **more)
        assert may([ELEVATION, GROUP], Action.APPROVE, Kind.ELEVATION, **more)

    @pytest.mark.parametrize("computers", [0, -1])
    def test_5_6_a_press_for_no_computer_is_closed(self, computers: int) -> None:
        assert why([GLOBAL], Action.APPROVE, computers=computers) is RefusalReason.UNKNOWN_REACH

    def test_5_7_anything_wider_than_the_computer_must_be_confirmed(self) -> None:
        def asks(**more: Any) -> bool:
            ask = Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT, **more)
            return must_be_confirmed(ask)

        assert not asks()
        assert all(asks(reach=reach) for reach in list(Reach)[1:])
        assert asks(built_in_match=True)
        assert asks(extension=Extension(LEFT, Reach.COMPUTER_GROUP))
        assert asks(extension=Extension(LEFT, None))
        assert not asks(extension=Extension(LEFT, Reach.COMPUTER))

    @pytest.mark.parametrize("name", sorted(PERMISSIONS))
    def test_5_8_promotion_is_a_right_of_its_own(self, name: str) -> None:
        family = ("Super Admin", "Super Admin – Logged-In Organization Only")
        open_ones = [
            reach for reach in Reach if may([name], Action.PROMOTE, reach=reach, global_owner_id=LEFT)
        ]
        expected = {
            "Promote to Group": [Reach.COMPUTER_GROUP],
            "Promote to Entire Organization": [Reach.COMPUTER_GROUP, Reach.ORGANIZATION],
            **{each: [Reach.COMPUTER_GROUP, Reach.ORGANIZATION] for each in family},
        }
        assert open_ones == expected.get(name, [])
        assert may([name], Action.CREATE_POLICY) is (name in (*family, "Edit Application Control Policies"))

    def test_5_8_nothing_promotes_to_global(self) -> None:
        found = why(["Super Admin"], Action.PROMOTE, reach=Reach.GLOBAL, global_owner_id=LEFT)
        assert found is RefusalReason.DECIDE_IN_PORTAL
        answer = verdict(["Super Admin"], Action.PROMOTE, reach=Reach.GLOBAL, global_owner_id=LEFT)
        assert "do that in the portal" in answer.sentence


class TestElevation:
    @pytest.mark.parametrize("view", VIEWING)
    def test_6_1_a_viewing_permission_completes_it(self, view: str) -> None:
        assert may([ELEVATION, view], Action.APPROVE, Kind.ELEVATION, already_approved=True)

    def test_6_1_alone_or_with_web_control_it_does_not(self) -> None:
        for more in ([], [WEB], ["View Unified Audit"], ["View Computers"], ["Promote to Group"]):
            found = why([ELEVATION, *more], Action.APPROVE, Kind.ELEVATION, already_approved=True)
            assert found is RefusalReason.CANNOT_SEE

    @pytest.mark.parametrize("name", [name for name in VIEWING if name != VIEW])
    def test_6_1_no_approve_decides_elevation_without_it(self, name: str) -> None:
        for already in (True, False, None):
            assert missing([name], Action.APPROVE, Kind.ELEVATION, already_approved=already) == (ELEVATION,)

    @pytest.mark.parametrize(
        ("name", "widest"), [(VIEW, 1), (ONLY, 1), (COMPUTER, 1), (GROUP, 2), (ORGANIZATION, 3), (GLOBAL, 4)]
    )
    def test_6_2_reach_is_that_of_the_widest_approve_there(self, name: str, widest: int) -> None:
        open_ones = [
            reach
            for reach in Reach
            if may(
                [ELEVATION, name],
                Action.APPROVE,
                Kind.ELEVATION,
                reach=reach,
                already_approved=True,
                global_owner_id=LEFT,
            )
        ]
        assert open_ones == list(Reach)[:widest]

    @pytest.mark.parametrize("already", [False, None])
    def test_6_3_no_side_door_for_software_that_may_not_yet_run(self, already: bool | None) -> None:
        more: dict[str, Any] = {"already_approved": already}
        assert why([ELEVATION, VIEW], Action.APPROVE, Kind.ELEVATION, **more) is RefusalReason.COMBINATION
        assert missing([ELEVATION, VIEW], Action.APPROVE, Kind.ELEVATION, **more) == (COMPUTER,)
        for name in (ONLY, COMPUTER, GROUP, DEPRECATED[6]):
            assert may([ELEVATION, name], Action.APPROVE, Kind.ELEVATION, **more), name
        wide: dict[str, Any] = {"reach": Reach.COMPUTER_GROUP, **more}
        assert not may([ELEVATION, COMPUTER], Action.APPROVE, Kind.ELEVATION, **wide)
        assert may([ELEVATION, GROUP], Action.APPROVE, Kind.ELEVATION, **wide)

    @pytest.mark.parametrize(
        ("reach", "wanted"),
        [
            (Reach.COMPUTER, (COMPUTER,)),
            (Reach.COMPUTER_GROUP, (GROUP,)),
            (Reach.ORGANIZATION, (ORGANIZATION,)),
            (Reach.GLOBAL, (COMPUTER,)),
        ],
    )
    def test_6_3_the_side_door_is_as_wide_as_the_reach(self, reach: Reach, wanted: tuple[str, ...]) -> None:
        """Global needs any Approve there; how wide is asked at the owner of the global group (5.3)."""
        given = access(grant(ELEVATION, VIEW), grant(GLOBAL, at=TOP))
        more: dict[str, Any] = {"reach": reach, "already_approved": False, "global_owner_id": TOP}
        assert why(given, Action.APPROVE, Kind.ELEVATION, **more) is RefusalReason.COMBINATION
        assert missing(given, Action.APPROVE, Kind.ELEVATION, **more) == wanted

    @pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.STORAGE])
    def test_6_4_switching_elevation_on_needs_elevation_administrator(self, kind: Kind) -> None:
        found = why([ORGANIZATION], Action.APPROVE, kind, elevates=True)
        assert found is RefusalReason.COMBINATION
        assert missing([ORGANIZATION], Action.APPROVE, kind, elevates=True) == (ELEVATION,)
        assert may([ORGANIZATION, ELEVATION], Action.APPROVE, kind, elevates=True)
        assert not may([ELEVATION, VIEW], Action.APPROVE, kind, elevates=True)

    def test_6_5_the_refusal_names_the_faster_paths_if_it_is_already_approved(self) -> None:
        answer = verdict([COMPUTER], Action.APPROVE, Kind.ELEVATION, already_approved=True)
        assert "approved credentials at the Windows prompt" in answer.sentence
        assert "managed elevation policy" in answer.sentence
        unknown = verdict([COMPUTER], Action.APPROVE, Kind.ELEVATION)
        assert "approved credentials" not in unknown.sentence
