"""Maintenance modes and deprecated permissions: permission semantics, sections 7 and 8. Each test cites its rule."""

from typing import Any

import pytest

from permissions import PERMISSIONS, Action, Kind, MaintenanceMode, Reach, RefusalReason, warnings

from .world import LEFT, TREE, access, from_computer, from_request, grant, may, missing, verdict, why

INSTALLATION, LEARNING = MaintenanceMode.INSTALLATION, MaintenanceMode.LEARNING
MONITOR, NETWORK = MaintenanceMode.APPLICATION_MONITOR_ONLY, MaintenanceMode.NETWORK_MONITOR_ONLY
STORAGE, TAMPER = MaintenanceMode.STORAGE_MONITOR_ONLY, MaintenanceMode.TAMPER_PROTECTION
ELEVATION_MODE = MaintenanceMode.ELEVATION

MANAGE = {
    INSTALLATION: "Manage Application Control Installation Mode",
    LEARNING: "Manage Application Control Learning Mode",
    MONITOR: "Manage Application Control Monitor Only",
    NETWORK: "Manage Network Control Monitor Only",
    STORAGE: "Manage Storage Control Monitor Only",
    TAMPER: "Manage Tamper Protection",
}
ALL_MODES = "Manage All Maintenance Modes"
APPLICATIONS = "Edit Application Control Applications"
EDIT = "Edit Computers"
VIEW = "View Approvals"
COMPUTER, GROUP = "Approve for Single Computer", "Approve for Group"
ORGANIZATION = "Approve for Entire Organization"
ONLY = "Approve for Single Computer (Application Only)"

OLD = {
    "Approve for Entire Organization (Learning Mode Only)": (LEARNING, 3),
    "Approve for Entire Organization (Installation Mode Only)": (INSTALLATION, 3),
    "Approve for Group (Learning Mode Only)": (LEARNING, 2),
    "Approve for Group (Installation Mode Only)": (INSTALLATION, 2),
    "Approve for Single Computer (Learning Mode Only)": (LEARNING, 1),
    "Approve for Single Computer (Installation Mode Only)": (INSTALLATION, 1),
    "Approve for Single Computer (Application and Learning Mode Only)": (LEARNING, 1),
    "Approve for Single Computer (Application and Installation Mode Only)": (INSTALLATION, 1),
}


def request_modes(given: list[str], **more: Any) -> list[MaintenanceMode]:
    """The modes open from an application request."""
    return [
        mode
        for mode in MaintenanceMode
        if may(given, Action.MAINTAIN, maintenance=from_request(mode), **more)
    ]


def computer_modes(given: list[str]) -> list[MaintenanceMode]:
    """The modes open from a computer."""
    return [
        mode for mode in MaintenanceMode if may(given, Action.MAINTAIN, None, maintenance=from_computer(mode))
    ]


class TestTwoDoors:
    @pytest.mark.parametrize("mode", [INSTALLATION, LEARNING, MONITOR])
    def test_7_0_from_a_request_approve_and_the_matching_manage(self, mode: MaintenanceMode) -> None:
        assert request_modes([COMPUTER, MANAGE[mode]]) == [mode]
        assert request_modes([COMPUTER]) == []
        assert request_modes([MANAGE[mode], EDIT]) == []
        assert request_modes([MANAGE[mode], VIEW, EDIT]) == []

    def test_7_0_from_a_request_edit_computers_is_not_needed_nor_enough(self) -> None:
        assert request_modes([COMPUTER, EDIT]) == []

    def test_7_0_from_a_request_the_approve_must_be_valid_for_the_reach(self) -> None:
        given = [COMPUTER, MANAGE[LEARNING]]
        assert request_modes(given, reach=Reach.COMPUTER_GROUP) == []
        assert request_modes([GROUP, MANAGE[LEARNING]], reach=Reach.COMPUTER_GROUP) == [LEARNING]
        assert request_modes(given, computers=2) == []

    def test_7_0_an_approval_that_uses_a_mode_needs_the_same(self) -> None:
        mode = from_request(LEARNING)
        assert may([COMPUTER, MANAGE[LEARNING]], Action.APPROVE, maintenance=mode)
        assert missing([COMPUTER], Action.APPROVE, maintenance=mode) == (MANAGE[LEARNING],)

    @pytest.mark.parametrize("mode", list(MANAGE))
    def test_7_0_from_a_computer_the_matching_manage_and_edit_computers(self, mode: MaintenanceMode) -> None:
        assert computer_modes([MANAGE[mode], EDIT]) == [mode]
        for half in ([MANAGE[mode]], [EDIT], [MANAGE[mode], "View Computers"], [MANAGE[mode], ORGANIZATION]):
            assert computer_modes(half) == [], half

    @pytest.mark.parametrize("opens", ["View Computers", "Install Computers", "Edit Computers"])
    def test_7_0_elevation_mode_from_a_computer(self, opens: str) -> None:
        assert computer_modes(["Elevation Administrator", opens]) == [ELEVATION_MODE]

    @pytest.mark.parametrize(
        "half", [["Elevation Administrator", VIEW], ["View Computers"], [ALL_MODES, "View Computers"]]
    )
    def test_7_0_elevation_mode_refused(self, half: list[str]) -> None:
        assert computer_modes(half) == []

    def test_7_1_manage_all_stands_for_each_but_two_need_applications(self) -> None:
        without = [MONITOR, NETWORK, STORAGE, TAMPER, ELEVATION_MODE]
        assert computer_modes([ALL_MODES, EDIT]) == without
        assert computer_modes([ALL_MODES, EDIT, APPLICATIONS]) == list(MaintenanceMode)
        assert request_modes([ALL_MODES, COMPUTER]) == [MONITOR]
        assert request_modes([ALL_MODES, COMPUTER, APPLICATIONS]) == [INSTALLATION, LEARNING, MONITOR]
        assert computer_modes([ALL_MODES, APPLICATIONS]) == []

    def test_7_1_what_is_missing_is_the_shorter_way_and_of_two_the_one_begun(self) -> None:
        mode = from_computer(LEARNING)
        assert missing([ALL_MODES, EDIT], Action.MAINTAIN, maintenance=mode) == (APPLICATIONS,)
        assert set(missing([ALL_MODES], Action.MAINTAIN, maintenance=mode)) == {EDIT, APPLICATIONS}
        assert missing([EDIT], Action.MAINTAIN, maintenance=mode) == (MANAGE[LEARNING],)
        assert missing([MANAGE[LEARNING]], Action.MAINTAIN, maintenance=mode) == (EDIT,)
        assert missing([ALL_MODES], Action.MAINTAIN, maintenance=from_computer(TAMPER)) == (EDIT,)

    def test_7_2_application_only_works_at_the_first_door_for_this_computer(self) -> None:
        given = [ONLY, MANAGE[INSTALLATION]]
        assert request_modes(given) == [INSTALLATION]
        assert request_modes(given, reach=Reach.COMPUTER_GROUP) == []

    @pytest.mark.parametrize("mode", [NETWORK, STORAGE, TAMPER, ELEVATION_MODE])
    def test_7_2_other_modes_never_answer_a_request(self, mode: MaintenanceMode) -> None:
        everything = list(PERMISSIONS)
        found = why(everything, Action.MAINTAIN, maintenance=from_request(mode))
        assert found is RefusalReason.NO_MODE_HERE

    @pytest.mark.parametrize("action", [Action.MAINTAIN, Action.APPROVE])
    @pytest.mark.parametrize("kind", [Kind.STORAGE, Kind.ELEVATION, Kind.WEB_CONTROL])
    def test_7_3_no_mode_from_other_kinds(self, kind: Kind, action: Action) -> None:
        for mode in MaintenanceMode:
            found = why(
                list(PERMISSIONS), action, kind, already_approved=True, maintenance=from_request(mode)
            )
            assert found is RefusalReason.NO_MODE_HERE

    def test_7_3_starting_extending_and_ending_are_one_right(self) -> None:
        """One action; without a mode there is nothing to allow."""
        assert why(list(PERMISSIONS), Action.MAINTAIN) is RefusalReason.NO_MODE_HERE

    def test_7_4_the_refusal_points_the_technician_on_site_to_tray_menu_and_qr_code(self) -> None:
        answer = verdict([COMPUTER], Action.MAINTAIN, maintenance=from_request(LEARNING))
        assert "tray menu" in answer.sentence
        assert "QR code" in answer.sentence
        assert "Edit Computers" in answer.sentence


class TestDeprecated:
    def test_8_1_each_is_told_with_its_replacement(self) -> None:
        for name in OLD:
            told = [each for each in warnings(access(grant(name)), TREE) if "deprecated" in each]
            assert len(told) == 1
            for replacement in PERMISSIONS[name].replaced_by:
                assert replacement in told[0]

    def test_8_1_no_super_admin_has_one(self) -> None:
        assert not any(PERMISSIONS[name].in_super_admin for name in OLD)

    @pytest.mark.parametrize(("name", "mode_and_width"), list(OLD.items()))
    def test_8_2_decides_like_its_namesake_with_no_other_permission(
        self, name: str, mode_and_width: tuple[MaintenanceMode, int]
    ) -> None:
        width = mode_and_width[1]
        assert [reach for reach in Reach if may([name], Action.APPROVE, reach=reach)] == list(Reach)[:width]
        assert may([name], Action.APPROVE, Kind.STORAGE) is ("Application and" not in name)

    @pytest.mark.parametrize(("name", "mode_and_width"), list(OLD.items()))
    def test_8_2_with_edit_computers_it_opens_its_one_mode_from_a_request(
        self, name: str, mode_and_width: tuple[MaintenanceMode, int]
    ) -> None:
        mode, width = mode_and_width
        assert request_modes([name]) == []
        for place, reach in enumerate(Reach):
            expected = [mode] if place < width else []
            assert request_modes([name, EDIT], reach=reach, global_owner_id=LEFT) == expected
        assert computer_modes([name, EDIT]) == []

    def test_8_2_the_halves_do_not_add_up_across_two_deprecated_ones(self) -> None:
        narrow_learning = "Approve for Single Computer (Learning Mode Only)"
        wide_installation = "Approve for Group (Installation Mode Only)"
        given = [narrow_learning, wide_installation, EDIT]
        assert request_modes(given) == [INSTALLATION, LEARNING]
        assert request_modes(given, reach=Reach.COMPUTER_GROUP) == [INSTALLATION]

    @pytest.mark.parametrize("name", list(OLD))
    def test_8_3_it_is_not_the_approval_that_manage_is_combined_with(self, name: str) -> None:
        assert request_modes([name, *MANAGE.values(), ALL_MODES, APPLICATIONS]) == []
        assert missing([name, MANAGE[MONITOR]], Action.MAINTAIN, maintenance=from_request(MONITOR)) == (
            COMPUTER,
        )

    @pytest.mark.parametrize("name", list(OLD))
    def test_8_3_it_opens_the_page_for_elevation_administrator(self, name: str) -> None:
        assert may([name, "Elevation Administrator"], Action.APPROVE, Kind.ELEVATION, already_approved=True)

    def test_8_2_the_nearest_way_for_a_holder_is_edit_computers_and_never_a_deprecated_permission(
        self,
    ) -> None:
        learning = from_request(LEARNING)
        held = ["Approve for Group (Learning Mode Only)"]
        assert missing(held, Action.MAINTAIN, maintenance=learning) == (EDIT,)
        assert missing([EDIT], Action.MAINTAIN, maintenance=learning) == (MANAGE[LEARNING], COMPUTER)
