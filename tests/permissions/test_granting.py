"""Rules 10.4, 10.5 and 8.1 as functions: who may give and take rights from Slack, make roles, suspend and lift."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from permissions import (
    BUILT_IN_ROLES,
    Access,
    Allowed,
    Grant,
    OrganizationTree,
    Origin,
    Person,
    RefusalReason,
    Refused,
    Role,
    Source,
    Verdict,
    judge_grant,
    judge_lifting,
    judge_revoke,
    judge_role_change,
    judge_suspension,
    role_at,
)

from .world import ANA, BEN, LEAF, LEFT, NAMES, NOW, RIGHT, TOP, TREE, access, grant

CHANGE, VIEW_ADMINS, EDIT_ADMINS = "Change Permission", "View Administrators", "Edit Administrators"
ASSIGN, ROLES = "Assign Roles", "Role Administrator"
G, C, ORG, GLOBAL = (
    "Approve for Group",
    "Approve for Single Computer",
    "Approve for Entire Organization",
    "Approve for Global",
)
SUPER, CHILD, LOGGED = "Super Admin", "Super Admin - Child", "Super Admin – Logged-In Organization Only"
SHIFT = NOW + timedelta(hours=8)
OLD_TREE = OrganizationTree(TREE.organizations, fetched_at=NOW - timedelta(hours=1))


def given(*permissions: str, at: str = LEFT, to: str = "ben", **more: Any) -> Grant:
    """What Ana wants to give Ben for a shift."""
    return grant(*permissions, at=at, person_id=to, **{"until": SHIFT, "source": Source.SLACK, **more})


def gives(known: Access, wanted: Grant, *, tree: OrganizationTree = TREE, now: datetime = NOW) -> Verdict:
    """The verdict on Ana's giving."""
    return judge_grant("ana", wanted, known, tree, now)


def why(verdict: Verdict) -> RefusalReason | None:
    """The reason of a refusal; None for a yes."""
    return verdict.why if isinstance(verdict, Refused) else None


def ana(*permissions: str, at: str = LEFT, **more: Any) -> Access:
    """An access in which Ana has these."""
    return access(grant(*permissions, at=at, **more))


GIVER = (CHANGE, VIEW_ADMINS)


class TestSinglePermissions:
    @pytest.mark.parametrize("users_page", [VIEW_ADMINS, EDIT_ADMINS])
    def test_10_4_change_permission_and_the_users_page(self, users_page: str) -> None:
        assert why(gives(ana(CHANGE, users_page, G), given(G))) is None

    @pytest.mark.parametrize(
        "has",
        [(), (CHANGE,), (EDIT_ADMINS,), (VIEW_ADMINS,), (ASSIGN,), (ROLES,), (ASSIGN, ROLES, EDIT_ADMINS)],
    )
    def test_10_4_nothing_less_does(self, has: tuple[str, ...]) -> None:
        assert isinstance(gives(ana(*has, G), given(G)), Refused)

    @pytest.mark.parametrize("elsewhere", [TOP, RIGHT, LEAF])
    def test_10_4_in_the_target_organization(self, elsewhere: str) -> None:
        assert why(gives(ana(*GIVER, G, at=elsewhere), given(G))) is RefusalReason.NO_PERMISSION

    def test_10_4_the_verdict_rests_on_the_gate(self) -> None:
        answer = gives(ana(*GIVER, G), given(G))
        assert isinstance(answer, Allowed)
        assert [each.permission for each in answer.rests_on] == [CHANGE, VIEW_ADMINS]

    def test_10_5_never_more_than_one_has_there(self) -> None:
        answer = gives(ana(*GIVER, C), given(G, ORG, C))
        assert isinstance(answer, Refused)
        assert (answer.why, answer.missing) == (RefusalReason.MORE_THAN_OWN, (ORG, G))
        assert answer.sentence == (
            "Nobody gives more than they have themselves, and at Contoso you do not have Approve for Entire "
            "Organization and Approve for Group. Ask somebody who has it."
        )

    def test_10_5_a_wider_right_is_not_the_narrower_one_by_name(self) -> None:
        """Permissions are compared by name: what "includes" describes is no grant of the name."""
        assert why(gives(ana(*GIVER, ORG), given(G))) is RefusalReason.MORE_THAN_OWN

    def test_10_5_elsewhere_does_not_count(self) -> None:
        known = access(grant(*GIVER), grant(G, at=RIGHT))
        assert why(gives(known, given(G))) is RefusalReason.MORE_THAN_OWN

    def test_10_5_a_super_admin_gives_everything_but_allow_remediation(self) -> None:
        known = ana(SUPER, at=TOP)
        assert why(gives(known, given(G, GLOBAL, "View System Audit", "Edit Billing"))) is None
        answer = gives(known, given("Allow Remediation"))
        assert isinstance(answer, Refused)
        assert (answer.why, answer.missing) == (RefusalReason.MORE_THAN_OWN, ("Allow Remediation",))
        named = access(grant(SUPER, at=TOP), grant("Allow Remediation"))
        assert why(gives(named, given("Allow Remediation"))) is None

    def test_10_5_super_admin_child_gives_no_system_audit(self) -> None:
        known = ana(CHILD, at=TOP)
        assert why(gives(known, given(G))) is None
        assert why(gives(known, given("View System Audit"))) is RefusalReason.MORE_THAN_OWN

    @pytest.mark.parametrize(
        ("has", "gives_these", "expected"),
        [
            (SUPER, SUPER, None),
            (SUPER, CHILD, None),
            (SUPER, LOGGED, None),
            (CHILD, CHILD, RefusalReason.NO_PERMISSION),
            (LOGGED, LOGGED, None),
            (LOGGED, SUPER, RefusalReason.MORE_THAN_OWN),
            (LOGGED, CHILD, RefusalReason.MORE_THAN_OWN),
            (LOGGED, GLOBAL, RefusalReason.MORE_THAN_OWN),
        ],
    )
    def test_10_5_the_family_is_compared_by_what_it_gives(
        self, has: str, gives_these: str, expected: RefusalReason | None
    ) -> None:
        assert why(gives(ana(has), given(gives_these))) is expected

    def test_10_5_global_while_childless_is_not_global_for_good(self) -> None:
        known = ana(LOGGED, at=LEAF)
        assert why(gives(known, given(GLOBAL, at=LEAF))) is RefusalReason.MORE_THAN_OWN
        assert why(gives(ana(GLOBAL, *GIVER, at=LEAF), given(LOGGED, at=LEAF))) is RefusalReason.MORE_THAN_OWN

    @pytest.mark.parametrize("wanted", [CHILD, SUPER])
    def test_10_5_child_set_above_gives_the_family_below_but_for_the_record(self, wanted: str) -> None:
        """– Child has no System Audit, so it cannot give Super Admin, which has it."""
        expected = None if wanted == CHILD else RefusalReason.MORE_THAN_OWN
        assert why(gives(ana(CHILD, at=TOP), given(wanted))) is expected

    def test_10_5_nothing_below_from_somebody_with_nothing_below(self) -> None:
        below = given(G, and_below=True)
        assert why(gives(ana(*GIVER, G, and_below=True), below)) is None
        answer = gives(ana(*GIVER, G), below)
        assert isinstance(answer, Refused)
        assert (answer.why, answer.missing) == (RefusalReason.MORE_THAN_OWN, (G, CHANGE, VIEW_ADMINS))
        assert "at Contoso and everything below you do not have" in answer.sentence

    def test_10_5_one_grant_in_each_organization_is_not_all_that_come(self) -> None:
        each = access(grant(*GIVER, G), grant(*GIVER, G, at=LEAF))
        assert why(gives(each, given(G, and_below=True))) is RefusalReason.MORE_THAN_OWN

    def test_10_5_the_gate_below_is_needed_below(self) -> None:
        known = access(grant(*GIVER), grant(G, and_below=True))
        answer = gives(known, given(G, and_below=True))
        assert isinstance(answer, Refused)
        assert answer.missing == (CHANGE, VIEW_ADMINS)

    def test_10_5_never_for_longer_than_one_has(self) -> None:
        known = access(grant(*GIVER), grant(G, until=SHIFT))
        assert why(gives(known, given(G))) is None
        for end in (SHIFT + timedelta(seconds=1), None):
            answer = gives(known, given(G, until=end))
            assert isinstance(answer, Refused)
            assert (answer.why, answer.missing) == (RefusalReason.LONGER_THAN_OWN, (G,))
            assert answer.sentence == (
                "Nobody gives for longer than they have themselves, and your own Approve for Group at Contoso "
                "ends sooner than that. Choose an earlier end, or ask somebody whose right lasts."
            )

    def test_10_5_what_has_ended_is_not_ones_own(self) -> None:
        known = access(grant(*GIVER), grant(G, until=NOW))
        assert why(gives(known, given(G))) is RefusalReason.MORE_THAN_OWN

    def test_10_5_never_to_oneself_under_any_slack_id(self) -> None:
        """Persons are compared: both of Ana's accounts are "ana"."""
        two = Person(person_id="ana", name="Ana", slack_ids=("U0ANA", "U0ANA2"))
        known = access(grant(SUPER, at=TOP), persons=[two, BEN])
        for slack_id in two.slack_ids:
            receiver = known.person_of_slack(slack_id)
            assert receiver is not None
            assert why(gives(known, given(G, to=receiver.person_id))) is RefusalReason.ONESELF
        assert "whichever Slack account" in gives(known, given(G, to="ana")).sentence

    @pytest.mark.parametrize("old", ["Approve for Group (Learning Mode Only)"])
    def test_8_1_deprecated_ones_are_not_given_even_by_their_holder(self, old: str) -> None:
        answer = gives(ana(*GIVER, old), given(old))
        assert isinstance(answer, Refused)
        assert answer.why is RefusalReason.DEPRECATED
        assert answer.sentence == (
            f"{old} is deprecated and not given from Slack; give Approve for Group and Manage Application "
            "Control Learning Mode instead."
        )

    def test_only_to_people_of_the_file(self) -> None:
        assert why(gives(ana(*GIVER, G), given(G, to="stranger"))) is RefusalReason.UNKNOWN_PERSON

    def test_a_suspended_giver_and_a_stranger_give_nothing(self) -> None:
        known = ana(SUPER, at=TOP)
        assert why(gives(known.with_suspended(["ana"]), given(G))) is RefusalReason.SUSPENDED
        assert why(judge_grant("eve", given(G), known, TREE, NOW)) is RefusalReason.UNKNOWN_PERSON

    def test_1_8_a_right_from_above_needs_a_fresh_tree(self) -> None:
        known = ana(*GIVER, G, at=TOP, and_below=True)
        assert why(gives(known, given(G))) is None
        assert why(gives(known, given(G), tree=OLD_TREE)) is RefusalReason.OUTDATED_ORGANIZATIONS
        assert why(gives(known, given(G, at="id-unknown"))) is RefusalReason.UNPLACEABLE_ORGANIZATION


HELP_DESK = Role(
    name="Help Desk", permissions=frozenset({C, "View Approvals"}), organization_ids=frozenset({LEFT})
)
WHOLE = (C, "View Approvals")


def with_roles(known: Access, *roles: Role) -> Access:
    """The same with these custom roles."""
    return Access(persons=known.persons, grants=known.grants, roles=roles)


class TestRoles:
    def test_10_4_assign_roles_alone(self) -> None:
        known = with_roles(ana(ASSIGN, *WHOLE), HELP_DESK)
        assert why(gives(known, given(*WHOLE, role="Help Desk"))) is None
        without = with_roles(ana(*GIVER, EDIT_ADMINS, ROLES, *WHOLE), HELP_DESK)
        assert why(gives(without, given(*WHOLE, role="Help Desk"))) is RefusalReason.NO_PERMISSION

    def test_10_5_a_role_with_more_than_one_has(self) -> None:
        known = with_roles(ana(ASSIGN, C), HELP_DESK)
        assert why(gives(known, given(*WHOLE, role="Help Desk"))) is RefusalReason.MORE_THAN_OWN

    def test_10_5_2_6_only_a_super_admin_gives_administrator(self) -> None:
        wanted = given(*BUILT_IN_ROLES["Administrator"], role="Administrator")
        assert why(gives(ana(SUPER), wanted)) is None
        everything_by_name = [each for each in BUILT_IN_ROLES["Administrator"] if not each.startswith(SUPER)]
        answer = gives(ana(*everything_by_name), wanted)
        assert isinstance(answer, Refused)
        assert answer.missing == (SUPER, CHILD, LOGGED)

    def test_10_2_a_custom_role_only_where_it_exists(self) -> None:
        known = with_roles(ana(SUPER, at=TOP), HELP_DESK)
        assert why(gives(known, given(*WHOLE, role="help desk"))) is None
        assert why(gives(known, given(*WHOLE, role="Help Desk", at=RIGHT))) is RefusalReason.UNKNOWN_ROLE
        assert (
            why(gives(known, given(*WHOLE, role="Help Desk", and_below=True))) is RefusalReason.UNKNOWN_ROLE
        )
        assert why(gives(known, given(C, role="Help Desk"))) is RefusalReason.UNKNOWN_ROLE, "another list"
        assert why(gives(known, given(C, role="Administrator"))) is RefusalReason.UNKNOWN_ROLE

    def test_10_2_a_role_that_exists_below_too(self) -> None:
        below = Role(
            name="Help Desk", permissions=frozenset(WHOLE), organization_ids=frozenset({TOP}), and_below=True
        )
        known = with_roles(ana(SUPER, at=TOP), below)
        assert why(gives(known, given(*WHOLE, role="Help Desk", at=LEAF, and_below=True))) is None
        assert role_at("HELP DESK", LEAF, known, TREE) == below
        assert role_at("Help Desk", "id-unknown", known, TREE) is None

    def test_role_at_finds_built_in_ones_and_own_ones_there(self) -> None:
        known = with_roles(ana(), HELP_DESK)
        assert role_at("Help Desk", LEFT, known, TREE) == HELP_DESK
        assert role_at("Help Desk", RIGHT, known, TREE) is None
        owner = role_at("owner", RIGHT, known, TREE)
        assert owner is not None
        assert owner.permissions == set(BUILT_IN_ROLES["Owner"])

    def test_10_5_the_gate_below(self) -> None:
        everywhere = Role(name="Help Desk", permissions=frozenset(WHOLE), everywhere=True)
        wanted = given(*WHOLE, role="Help Desk", and_below=True)
        one_level = with_roles(access(grant(ASSIGN), grant(*WHOLE, and_below=True)), everywhere)
        answer = gives(one_level, wanted)
        assert isinstance(answer, Refused)
        assert answer.missing == (ASSIGN,)
        assert why(gives(with_roles(ana(ASSIGN, *WHOLE, and_below=True), everywhere), wanted)) is None

    def test_8_1_a_role_with_a_deprecated_permission_is_not_given(self) -> None:
        old = "Approve for Group (Learning Mode Only)"
        role = Role(name="Old", permissions=frozenset({old}), organization_ids=frozenset({LEFT}))
        known = with_roles(ana(ASSIGN, old), role)
        assert why(gives(known, given(old, role="Old"))) is RefusalReason.DEPRECATED


class TestTakingBack:
    def test_10_5_what_was_given_in_slack_through_the_same_gate(self) -> None:
        assert why(judge_revoke("ana", given(G), ana(*GIVER), TREE, NOW)) is None
        assert why(judge_revoke("ana", given(G), ana(EDIT_ADMINS), TREE, NOW)) is RefusalReason.NO_PERMISSION
        role = given(*WHOLE, role="Help Desk")
        assert why(judge_revoke("ana", role, ana(*GIVER), TREE, NOW)) is RefusalReason.NO_PERMISSION
        assert why(judge_revoke("ana", role, ana(ASSIGN), TREE, NOW)) is None

    @pytest.mark.parametrize("source", [Source.FILE, Source.USER_GROUP])
    def test_10_5_anything_else_is_named_with_its_place(self, source: Source) -> None:
        answer = judge_revoke("ana", given(G, source=source), ana(*GIVER), TREE, NOW)
        assert isinstance(answer, Refused)
        assert answer.why is RefusalReason.GIVEN_ELSEWHERE
        assert (
            answer.sentence
            == f"That was not given in Slack: it stands in {source}, test. Take it back there."
        )

    def test_taking_is_not_giving(self) -> None:
        assert why(judge_revoke("ana", given(G, to="ana"), ana(*GIVER), TREE, NOW)) is None


def change(
    known: Access, before: Role | None, after: Role | None, *, at: str = LEFT, by: str = "ana"
) -> Verdict:
    """The verdict on changing a role."""
    return judge_role_change(by, at, known, TREE, NOW, before=before, after=after)


def role(*permissions: str, name: str = "Help Desk", at: str = LEFT) -> Role:
    """A role that was made in Slack."""
    return Role(
        name=name,
        permissions=frozenset(permissions),
        organization_ids=frozenset({at}),
        origin=Origin(Source.SLACK, "r1 by Rae"),
    )


class TestCustomRoles:
    def test_10_4_role_administrator_alone_makes_changes_and_deletes(self) -> None:
        known = ana(ROLES, C, G)
        assert why(change(known, None, role(C))) is None
        assert why(change(known, role(C), role(C, G))) is None
        assert why(change(known, role(C), None)) is None
        for before, after in ((None, role(C)), (role(C), role(G)), (role(C), None)):
            assert (
                why(change(ana(ASSIGN, *GIVER, EDIT_ADMINS, C, G), before, after))
                is RefusalReason.NO_PERMISSION
            )

    def test_10_5_only_what_is_added_must_be_ones_own(self) -> None:
        known = ana(ROLES, C)
        assert why(change(known, role(ORG), role(ORG, C))) is None
        assert why(change(known, role(ORG), role(C))) is None
        assert why(change(known, role(C), role(C, ORG))) is RefusalReason.MORE_THAN_OWN
        assert why(change(known, None, role(SUPER))) is RefusalReason.MORE_THAN_OWN

    def test_8_1_deprecated_ones_are_not_added(self) -> None:
        old = "Approve for Single Computer (Learning Mode Only)"
        known = ana(ROLES, C, old)
        assert why(change(known, role(C), role(C, old))) is RefusalReason.DEPRECATED
        assert why(change(known, role(old), role(old, C))) is None, "they stay where they are"

    @pytest.mark.parametrize(
        ("at", "below", "expected"),
        [
            (LEFT, False, RefusalReason.OWN_ROLE),
            (TOP, True, RefusalReason.OWN_ROLE),
            (TOP, False, None),
            (RIGHT, True, None),
        ],
    )
    def test_10_5_nor_by_changing_a_role_that_one_holds(
        self, at: str, below: bool, expected: RefusalReason | None
    ) -> None:
        known = access(grant(ROLES, C, G), grant(C, at=at, role="help desk", and_below=below))
        assert why(change(known, role(C), role(C, G))) is expected
        ended = access(grant(ROLES, C, G), grant(C, at=at, role="Help Desk", until=NOW))
        assert why(change(ended, role(C), role(C, G))) is None

    def test_10_1_a_built_ins_name_only_with_its_list(self) -> None:
        known = ana(SUPER)
        assert why(change(known, None, role(C, name="Read only"))) is RefusalReason.BUILT_IN_ROLE
        assert why(change(known, None, role(*BUILT_IN_ROLES["Billing"], name="Billing"))) is None

    def test_a_role_of_no_or_many_organizations_is_the_callers_fault(self) -> None:
        for wrong in (role(C, at=RIGHT), Role(name="R", permissions=frozenset({C}), everywhere=True)):
            with pytest.raises(ValueError, match="exactly one organization"):
                change(ana(ROLES, C), None, wrong)
        with pytest.raises(ValueError, match="before or after"):
            change(ana(ROLES), None, None)

    def test_an_unplaceable_organization(self) -> None:
        lost = role(C, at="id-lost")
        assert why(change(ana(SUPER, at=TOP), None, lost, at="id-lost")) is (
            RefusalReason.UNPLACEABLE_ORGANIZATION
        )


class TestSuspending:
    def test_needs_edit_administrators_wherever_the_person_has_grants(self) -> None:
        bens = (grant(C, person_id="ben"), grant(C, at=RIGHT, person_id="ben"))
        both = access(grant(EDIT_ADMINS), grant(EDIT_ADMINS, at=RIGHT), *bens)
        assert why(judge_suspension("ana", "ben", both, TREE, NOW)) is None
        one = access(grant(EDIT_ADMINS), *bens)
        answer = judge_suspension("ana", "ben", one, TREE, NOW)
        assert isinstance(answer, Refused)
        assert (answer.why, answer.where, answer.missing) == (
            RefusalReason.NO_PERMISSION,
            RIGHT,
            (EDIT_ADMINS,),
        )

    def test_grants_that_count_for_nothing_are_not_asked_about(self) -> None:
        bens = (
            grant(C, person_id="ben"),
            grant(C, at=RIGHT, person_id="ben", until=NOW),
            grant(C, at="id-lost", person_id="ben"),
        )
        assert why(judge_suspension("ana", "ben", access(grant(EDIT_ADMINS), *bens), TREE, NOW)) is None

    def test_somebody_without_grants_by_whoever_has_the_right_anywhere(self) -> None:
        assert why(judge_suspension("ana", "ben", ana(EDIT_ADMINS, at=LEAF), TREE, NOW)) is None
        assert why(judge_suspension("ana", "ben", ana(VIEW_ADMINS), TREE, NOW)) is RefusalReason.NO_PERMISSION

    def test_while_the_portal_names_no_organization_nobody_is_suspended_or_lifted(self) -> None:
        nothing = OrganizationTree((), NOW)
        known = access(grant(EDIT_ADMINS), grant(C, person_id="ben"))
        assert why(judge_suspension("ana", "ben", known, nothing, NOW)) is (
            RefusalReason.UNPLACEABLE_ORGANIZATION
        )
        stopped = known.with_suspended(["ben"])
        assert why(judge_lifting("ana", "ben", stopped, nothing, NOW)) is (
            RefusalReason.UNPLACEABLE_ORGANIZATION
        )

    def test_oneself_may_be_suspended_and_only_somebody_else_lifts_it(self) -> None:
        known = access(grant(EDIT_ADMINS), grant(EDIT_ADMINS, person_id="ben"))
        assert why(judge_suspension("ana", "ana", known, TREE, NOW)) is None
        stopped = known.with_suspended(["ana"])
        assert why(judge_lifting("ana", "ana", stopped, TREE, NOW)) is RefusalReason.ONESELF
        assert "somebody else to lift" in judge_lifting("ana", "ana", stopped, TREE, NOW).sentence
        assert why(judge_lifting("ben", "ana", stopped, TREE, NOW)) is None

    def test_lifting_needs_the_same_right(self) -> None:
        known = access(grant(SUPER, at=TOP), grant(VIEW_ADMINS, person_id="ben")).with_suspended(["ana"])
        answer = judge_lifting("ben", "ana", known, TREE, NOW)
        assert isinstance(answer, Refused)
        assert answer.why is RefusalReason.NO_PERMISSION
        assert NAMES[TOP] not in answer.sentence, "who may not see the organization does not learn its name"

    def test_a_suspended_person_suspends_nobody(self) -> None:
        known = access(grant(SUPER, at=TOP), grant(C, person_id="ben")).with_suspended(["ana"])
        assert why(judge_suspension("ana", "ben", known, TREE, NOW)) is RefusalReason.SUSPENDED

    def test_the_grants_of_a_suspended_person_stay_listed(self) -> None:
        known = ana(C).with_suspended(["ana"])
        assert known.grants_of("ana") == ana(C).grants_of("ana")
        assert known.person_of_slack("U0ANA") == ANA
