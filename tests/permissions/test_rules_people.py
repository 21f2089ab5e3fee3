"""Other buttons, roles, persons, refusals: permission semantics, sections 9 to 12. Each test cites its rule."""

from datetime import timedelta
from typing import Any

import pytest

from permissions import (
    BUILT_IN_ROLES,
    PERMISSIONS,
    Access,
    Action,
    Allowed,
    Ask,
    Kind,
    MaintenanceMode,
    Person,
    Reach,
    RefusalReason,
    Refused,
    judge_second,
    organizations_in_view,
    who_could,
)
from permissions.check import able

from .world import (
    ANA,
    BEN,
    LEAF,
    LEFT,
    NOW,
    RIGHT,
    TOP,
    TREE,
    access,
    from_computer,
    from_request,
    grant,
    may,
    verdict,
    why,
)

VIEW, COMPUTER, GROUP = "View Approvals", "Approve for Single Computer", "Approve for Group"
AUDIT = "View Unified Audit"
KINDS = [Kind.APPLICATION, Kind.STORAGE, Kind.ELEVATION, Kind.WEB_CONTROL]
DECIDES = {
    Kind.APPLICATION: ["Approve for Single Computer (Application Only)"],
    Kind.STORAGE: [COMPUTER],
    Kind.ELEVATION: ["Elevation Administrator", VIEW],
    Kind.WEB_CONTROL: ["Edit Web Control Policies"],
}


class TestOtherButtons:
    @pytest.mark.parametrize("action", [Action.CLAIM, Action.TAKE_OVER, Action.RELEASE])
    @pytest.mark.parametrize("kind", KINDS)
    def test_9_0_claiming_is_acting(self, kind: Kind, action: Action) -> None:
        assert may(DECIDES[kind], action, kind)
        assert why([VIEW], action, kind) is RefusalReason.KIND
        assert why([], action, kind) is RefusalReason.CANNOT_SEE

    def test_9_0_the_owner_releases_whatever_their_rights(self) -> None:
        assert may([], Action.RELEASE, is_claimer=True)
        stranger = Access()
        assert why(stranger, Action.RELEASE, is_claimer=True) is RefusalReason.UNKNOWN_PERSON

    def test_9_0_only_the_owner_hands_over_and_only_to_somebody_who_can_decide(self) -> None:
        given = access(grant(GROUP), grant(COMPUTER, person_id="ben"))
        to_ben: dict[str, Any] = {"receiver_id": "ben", "is_claimer": True}
        assert may(given, Action.HAND_OVER, **to_ben)
        assert why(given, Action.HAND_OVER, receiver_id="ben") is RefusalReason.NOT_CLAIMER
        viewer = access(grant(GROUP), grant(VIEW, person_id="ben"))
        assert why(viewer, Action.HAND_OVER, **to_ben) is RefusalReason.RECEIVER
        only = access(grant(GROUP), grant(DECIDES[Kind.APPLICATION][0], person_id="ben"))
        assert may(only, Action.HAND_OVER, **to_ben)
        assert why(only, Action.HAND_OVER, Kind.STORAGE, **to_ben) is RefusalReason.RECEIVER
        assert why(given, Action.HAND_OVER, receiver_own_request=True, **to_ben) is RefusalReason.RECEIVER
        for nobody in (None, "nobody", "ana"):
            found = why(given, Action.HAND_OVER, is_claimer=True, receiver_id=nobody)
            assert found is RefusalReason.RECEIVER

    @pytest.mark.parametrize("action", [Action.ESCALATE, Action.PROPOSE_POLICY])
    def test_9_0_everybody_who_sees_may_call_for_help(self, action: Action) -> None:
        assert may([VIEW], action)
        assert why([AUDIT], action) is RefusalReason.CANNOT_SEE
        assert may([AUDIT], action, from_look_up=True)
        assert why([], action, from_look_up=True) is RefusalReason.CANNOT_SEE

    @pytest.mark.parametrize("name", sorted(PERMISSIONS))
    def test_9_0_why_blocked_needs_view_unified_audit(self, name: str) -> None:
        family = ("Super Admin", "Super Admin – Logged-In Organization Only")
        assert may([name], Action.LOOK_UP, None) is (name in (AUDIT, *family))

    @pytest.mark.parametrize("computers", ["View Computers", "Edit Computers"])
    def test_9_0_check_in_history(self, computers: str) -> None:
        history = "Allow View Check-in History"
        assert may([history, computers], Action.CHECK_IN_HISTORY)
        for half in ([history], [computers], [history, "Install Computers"], [history, AUDIT]):
            assert not may(half, Action.CHECK_IN_HISTORY), half

    @pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY, Action.CLAIM, Action.VIEW, Action.QUEUE])
    def test_9_1_view_unified_audit_opens_no_case_and_no_deciding(self, action: Action) -> None:
        for kind in Kind:
            assert why([AUDIT], action, kind, from_look_up=True) is RefusalReason.CANNOT_SEE

    def test_9_2_a_look_up_without_organization_searches_where_the_asker_has_the_right(self) -> None:
        given = access(grant(AUDIT, at=LEFT, and_below=True), grant(VIEW, at=RIGHT))
        assert organizations_in_view("ana", given, TREE, NOW, Action.LOOK_UP) == {LEFT, LEAF}
        assert organizations_in_view("ben", given, TREE, NOW, Action.LOOK_UP) == set()

    def test_9_3_the_remaining_commands(self) -> None:
        needs = {
            Action.QUEUE: {VIEW},
            Action.REPORT: {"View Reports"},
            Action.READ_RECORD: {"View System Audit"},
            Action.ASK_ABOUT_OTHERS: {"View Administrators", "Edit Administrators"},
        }
        others = set().union(*needs.values())
        for action, names in needs.items():
            assert {name for name in others if may([name], action)} == names

    def test_9_3_whoami_is_everybodys_who_is_known(self) -> None:
        assert may([], Action.WHOAMI)
        assert why(Access(), Action.WHOAMI) is RefusalReason.UNKNOWN_PERSON


class TestRolesAndAdministration:
    def test_10_1_administrator_lacks_global_and_billing_by_name_and_has_both_by_super_admin(self) -> None:
        listed = BUILT_IN_ROLES["Administrator"]
        assert not {"Approve for Global", "View Billing", "Edit Billing"} & set(listed)
        given = access(grant(*listed, at=LEFT, role="Administrator"))
        assert may(given, Action.APPROVE, reach=Reach.GLOBAL, global_owner_id=LEFT)

    def test_10_2_a_role_is_not_carried_below(self) -> None:
        given = access(grant(*BUILT_IN_ROLES["Read Only"], at=LEFT, role="Read Only"))
        assert may(given, Action.VIEW, at=LEFT)
        assert not may(given, Action.VIEW, at=LEAF)

    def test_10_3_the_union_of_roles_and_permissions(self) -> None:
        given = access(
            grant(VIEW, role="One"), grant("Elevation Administrator", role="Two"), grant("View Computers")
        )
        assert may(given, Action.APPROVE, Kind.ELEVATION, already_approved=True)
        assert may(given, Action.MAINTAIN, maintenance=from_computer(MaintenanceMode.ELEVATION))

    @pytest.mark.parametrize("view", ["View Administrators", "Edit Administrators"])
    def test_10_4_single_permissions(self, view: str) -> None:
        assert may(["Change Permission", view], Action.CHANGE_PERMISSIONS)
        assert not may(["Change Permission"], Action.CHANGE_PERMISSIONS)
        assert not may([view, "Assign Roles", "Role Administrator"], Action.CHANGE_PERMISSIONS)

    def test_10_4_roles(self) -> None:
        rest = ["Change Permission", "Edit Administrators", "View Administrators"]
        assert may(["Assign Roles"], Action.ASSIGN_ROLES)
        assert not may([*rest, "Role Administrator"], Action.ASSIGN_ROLES)
        assert may(["Role Administrator"], Action.ADMINISTER_ROLES)
        assert not may([*rest, "Assign Roles"], Action.ADMINISTER_ROLES)

    def test_10_4_edit_administrators_alone_changes_nobodys_permissions(self) -> None:
        for action in (Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES, Action.ADMINISTER_ROLES):
            assert not may(["Edit Administrators"], action)

    def test_10_4_in_the_target_organization(self) -> None:
        given = access(grant("Assign Roles", at=TOP))
        assert not may(given, Action.ASSIGN_ROLES, at=LEFT)

    def test_suspending_needs_edit_administrators(self) -> None:
        assert may(["Edit Administrators"], Action.SUSPEND)
        assert not may(["View Administrators", "Change Permission"], Action.SUSPEND)


class TestPersons:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("action", [Action.APPROVE, Action.CLAIM, Action.TAKE_OVER])
    def test_11_1_nobody_acts_on_their_own_request(self, action: Action, kind: Kind) -> None:
        found = why(["Super Admin"], action, kind, own_request=True, global_owner_id=LEFT)
        assert found is RefusalReason.OWN_REQUEST

    @pytest.mark.parametrize("own", [True, None])
    @pytest.mark.parametrize("action", [Action.ESCALATE, Action.VIEW, Action.PROPOSE_POLICY])
    def test_11_1_escalating_it_is_fine(self, action: Action, own: bool | None) -> None:
        assert may([VIEW], action, own_request=own)

    @pytest.mark.parametrize("own", [True, None])
    @pytest.mark.parametrize("kind", KINDS)
    def test_11_1_denying_it_harms_nobody(self, kind: Kind, own: bool | None) -> None:
        assert may(["Super Admin"], Action.DENY, kind, own_request=own)

    @pytest.mark.parametrize("kind", KINDS)
    def test_11_1_what_is_not_told_apart_is_not_approved(self, kind: Kind) -> None:
        found = why(["Super Admin"], Action.APPROVE, kind, own_request=None, global_owner_id=LEFT)
        assert found is RefusalReason.NOT_TOLD_APART
        assert may(["Super Admin"], Action.CLAIM, kind, own_request=None)

    def test_11_1_a_mode_from_ones_own_request_is_no_way_around(self) -> None:
        mode = MaintenanceMode.LEARNING
        given = ["Super Admin"]
        found = why(given, Action.MAINTAIN, maintenance=from_request(mode), own_request=True)
        assert found is RefusalReason.OWN_REQUEST
        assert may(given, Action.MAINTAIN, maintenance=from_computer(mode), own_request=True)

    def test_11_1_the_own_request_is_told_last(self) -> None:
        assert (
            why([COMPUTER], Action.APPROVE, reach=Reach.ORGANIZATION, own_request=True) is RefusalReason.REACH
        )

    def test_11_1_two_slack_ids_are_one_person(self) -> None:
        two = Person(person_id="ana", name="Ana", slack_ids=("U0A", "U0B"))
        known = access(persons=[two])
        assert known.person_of_slack("U0A") is known.person_of_slack("U0B")
        assert known.person_of_slack("U0C") is None

    def test_11_2_the_second_pair_of_eyes(self) -> None:
        ask = Ask(
            person_id="ana",
            action=Action.APPROVE,
            organization_id=LEFT,
            kind=Kind.APPLICATION,
            reach=Reach.COMPUTER_GROUP,
        )

        def second(person_id: str, *bens: str, own: bool = False, anas: str = GROUP) -> Allowed | Refused:
            given = access(grant(anas), grant(*bens, person_id="ben"))
            return judge_second(ask, person_id, given, TREE, NOW, second_own_request=own)

        assert isinstance(second("ben", GROUP), Allowed)
        reasons = {
            RefusalReason.SAME_PERSON: second("ana", GROUP),
            RefusalReason.REACH: second("ben", COMPUTER),
            RefusalReason.KIND: second("ben", VIEW),
            RefusalReason.OWN_REQUEST: second("ben", GROUP, own=True),
            RefusalReason.UNKNOWN_PERSON: second("nobody", GROUP),
        }
        for expected, answer in reasons.items():
            assert isinstance(answer, Refused)
            assert answer.why is expected
        lost = second("ben", GROUP, anas=VIEW)
        assert isinstance(lost, Refused), "the first person's right is checked again"

    def test_11_3_a_grant_that_ends_at_t_is_absent_at_t(self) -> None:
        given = access(grant(GROUP, until=NOW))
        assert may(given, Action.APPROVE, now=NOW - timedelta(microseconds=1))
        assert not may(given, Action.APPROVE, now=NOW)

    def test_11_3_so_is_a_super_admin_from_above(self) -> None:
        given = access(grant("Super Admin", at=TOP, until=NOW))
        assert may(given, Action.APPROVE, now=NOW - timedelta(microseconds=1))
        assert not may(given, Action.APPROVE, now=NOW)


class TestRefusals:
    def test_12_1_order_of_reasons(self) -> None:
        """Each step mends the reason told and uncovers the next one."""
        wide: dict[str, Any] = {"reach": Reach.COMPUTER_GROUP, "own_request": True, "elevates": True}
        nowhere: dict[str, Any] = {"at": "id-unheard-of", **wide}
        ladder = [
            (why(Access(), Action.APPROVE, **nowhere), RefusalReason.UNKNOWN_PERSON),
            (why([], Action.APPROVE, **nowhere), RefusalReason.UNPLACEABLE_ORGANIZATION),
            (why([], Action.APPROVE, computer_organization_id=TOP, **wide), RefusalReason.OTHER_ORGANIZATION),
            (why([], Action.APPROVE, **wide), RefusalReason.CANNOT_SEE),
            (why([VIEW], Action.APPROVE, **wide), RefusalReason.KIND),
            (why([COMPUTER], Action.APPROVE, **wide), RefusalReason.COMBINATION),
            (why([COMPUTER, "Elevation Administrator"], Action.APPROVE, **wide), RefusalReason.REACH),
            (why([GROUP, "Elevation Administrator"], Action.APPROVE, **wide), RefusalReason.OWN_REQUEST),
        ]
        assert [found for found, _ in ladder] == [expected for _, expected in ladder]

    def test_12_1_the_example_of_the_semantics(self) -> None:
        answer = verdict([COMPUTER], Action.APPROVE, reach=Reach.COMPUTER_GROUP)
        assert answer.sentence == (
            "You may approve for one computer at Contoso; the computer group needs Approve for Group at Contoso."
        )

    def test_12_2_at_most_three_each_able_to_decide_this_very_request(self) -> None:
        people = [Person(person_id=f"p{n}", name=f"Person {n}") for n in range(9)]
        able = [grant(GROUP, person_id=f"p{n}") for n in range(2, 8)]
        narrow = grant(COMPUTER, person_id="p0")
        ended = grant(GROUP, person_id="p1", until=NOW)
        given = access(grant(VIEW), *able, narrow, ended, persons=[ANA, *people])
        ask = Ask(
            person_id="ana",
            action=Action.APPROVE,
            organization_id=LEFT,
            kind=Kind.APPLICATION,
            reach=Reach.COMPUTER_GROUP,
        )
        found = who_could(ask, given, TREE, NOW, without=frozenset({"p3"}))
        assert [each.person_id for each in found] == ["p2", "p4", "p5"]
        assert len(who_could(ask, given, TREE, NOW, at_most=99)) == 6

    def test_12_2_never_the_presser(self) -> None:
        given = access(grant(GROUP), grant(GROUP, person_id="ben"))
        ask = Ask(
            person_id="ana", action=Action.DENY, organization_id=LEFT, kind=Kind.STORAGE, own_request=True
        )
        assert who_could(ask, given, TREE, NOW) == (BEN,)

    def test_12_2_nobody_where_the_organization_has_no_place(self) -> None:
        given = access(grant(GROUP), grant(GROUP, person_id="ben"))
        ask = Ask(
            person_id="ana", action=Action.APPROVE, organization_id="id-unheard-of", kind=Kind.APPLICATION
        )
        assert who_could(ask, given, TREE, NOW) == ()
        assert list(able(ask, given.persons, given, TREE, NOW)) == []

    def test_12_2_names_only_for_those_who_may_see_the_request(self) -> None:
        ask = Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION)
        hidden = access(grant(GROUP, at=RIGHT), grant(GROUP, person_id="ben"))
        assert who_could(ask, hidden, TREE, NOW) == ()
        assert "Ask the cybersecurity team" in verdict(hidden, Action.APPROVE).sentence

    def test_12_2_holders_by_name_before_super_admins(self) -> None:
        zoe = Person(person_id="zoe", name="Zoe")
        given = access(
            grant(VIEW),
            grant("Super Admin", at=TOP, person_id="ben"),
            grant(COMPUTER, person_id="zoe"),
            persons=[ANA, BEN, zoe],
        )
        ask = Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION)
        assert who_could(ask, given, TREE, NOW) == (zoe, BEN)

    def test_12_2_who_is_quiet_comes_last_and_may_all_the_same(self) -> None:
        quiet = Person(person_id="ada", name="Ada", quiet=True)
        zoe = Person(person_id="zoe", name="Zoe")
        given = access(
            grant(VIEW),
            grant(COMPUTER, person_id="ada"),
            grant(COMPUTER, person_id="zoe"),
            persons=[ANA, quiet, zoe],
        )
        ask = Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION)
        assert who_could(ask, given, TREE, NOW) == (zoe, quiet)
        assert who_could(ask, given, TREE, NOW, at_most=1) == (zoe,)

    @pytest.mark.parametrize("given", [[], [VIEW], ["Elevation Administrator"]])
    def test_12_3_technicians_refused_on_new_software_read_both_halves(self, given: list[str]) -> None:
        for kind in (Kind.APPLICATION, Kind.ELEVATION):
            sentence = verdict(given, Action.APPROVE, kind).sentence
            assert "local administrator on the computer does not replace the review" in sentence
            assert "cybersecurity team reviews new software around the clock" in sentence
