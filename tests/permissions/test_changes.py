"""What is said of a changed access, and of one that is worth a second look."""

from dataclasses import replace
from datetime import timedelta

from permissions import BUILT_IN_ROLES, Access, Person, Role, Source, describe_difference, warnings

from .world import ANA, BEN, LEFT, NOW, RIGHT, TOP, TREE, access, grant

ALIASES = {"contoso": LEFT, "northwind": TOP}


def named(*grants: object, **more: object) -> Access:
    return replace(access(*grants), organization_ids=ALIASES, **more)  # type: ignore[arg-type]  # keyword table


class TestDifference:
    def test_nothing_changed(self) -> None:
        before = named(grant("View Approvals"))
        assert describe_difference(before, before.with_generation(5)) == ()

    def test_the_origin_and_comment_of_a_grant_are_no_change(self) -> None:
        before = named(grant("View Approvals"))
        after = named(grant("View Approvals", source=Source.SLACK))
        assert describe_difference(before, after) == ()

    def test_a_permission_more_and_one_less(self) -> None:
        before = named(grant("View Approvals", "View Reports"))
        after = named(grant("Approve for Group", "View Reports"))
        assert describe_difference(before, after) == (
            "Ana: − View Approvals at contoso",
            "Ana: + Approve for Group at contoso",
        )

    def test_the_same_permission_elsewhere_and_below(self) -> None:
        before = named(grant("View Approvals", at=TOP))
        after = named(grant("View Approvals", at=TOP, and_below=True), grant("View Approvals", at=RIGHT))
        assert describe_difference(before, after) == (
            "Ana: − View Approvals at northwind",
            "Ana: + View Approvals at id-right",
            "Ana: + View Approvals at northwind and everything below",
        )

    def test_a_new_end(self) -> None:
        ending = named(grant("View Approvals", until=NOW))
        endless = named(grant("View Approvals"))
        assert describe_difference(endless, ending) == (
            "Ana: View Approvals at contoso now until 2027-03-01T12:00:00+00:00",
        )
        assert describe_difference(ending, endless) == ("Ana: View Approvals at contoso now without end",)

    def test_two_grants_of_the_same_count_with_the_later_end(self) -> None:
        later = NOW + timedelta(days=1)
        both = named(grant("View Approvals", until=NOW), grant("View Approvals", until=later))
        assert describe_difference(named(grant("View Approvals", until=later)), both) == ()

    def test_2_6_a_built_in_role_with_super_admin_says_so(self) -> None:
        after = named(grant(*BUILT_IN_ROLES["Owner"], role="Owner"), grant("View Billing", role="Billing"))
        assert describe_difference(named(), after) == (
            "Ana: + role Billing at contoso",
            (
                "Ana: + role Owner at contoso (it contains Super Admin of contoso and everything below, "
                "billing and global included)"
            ),
        )

    def test_people(self) -> None:
        anne = replace(ANA, name="Anne", slack_ids=("U0ANNE",), emails=("a@x",), portal_names=("anne",))
        before = replace(named(), persons=(ANA, BEN))
        after = replace(named(), persons=(anne, Person(person_id="cy", name="Cy")))
        assert describe_difference(before, after) == (
            "Anne: − name Ana",
            "Anne: + name Anne",
            "Anne: − Slack id U0ANA",
            "Anne: + Slack id U0ANNE",
            "Anne: + portal name anne",
            "Anne: + e-mail a@x",
            "Ben: − person ben (U0BEN)",
            "Cy: + person cy (no Slack id)",
        )

    def test_roles_and_where_they_exist(self) -> None:
        role = Role(name="R", permissions=frozenset({"View Reports"}), organization_ids=frozenset({LEFT}))
        wider = replace(role, permissions=frozenset({"View Approvals"}), and_below=True)
        everywhere = replace(wider, organization_ids=frozenset(), everywhere=True)
        assert describe_difference(named(roles=(role,)), named(roles=(wider,))) == (
            "Role R: − View Reports",
            "Role R: + View Approvals",
            "Role R: − at contoso",
            "Role R: + at contoso and everything below",
        )
        assert describe_difference(named(roles=(wider,)), named(roles=(everywhere,)))[-1] == (
            "Role R: + in every organization"
        )
        assert describe_difference(named(roles=(role,)), named()) == (
            "Role R: − View Reports",
            "Role R: − at contoso",
        )

    def test_from_nothing(self) -> None:
        assert describe_difference(None, named(grant("View Approvals"))) == (
            "Ana: + person ana (U0ANA)",
            "Ben: + person ben (U0BEN)",
            "Ana: + View Approvals at contoso",
        )

    def test_matching_by_e_mail(self) -> None:
        on = named(match_people_by_email=True)
        assert describe_difference(named(), on) == ("People are matched by e-mail: on",)
        assert describe_difference(on, named()) == ("People are matched by e-mail: off",)


class TestWarnings:
    def test_nothing_to_say(self) -> None:
        assert warnings(access(grant("Approve for Group")), TREE, NOW) == ()

    def test_super_admin_in_each_form(self) -> None:
        forms = {
            "Super Admin": "Ana is Super Admin of Contoso and everything below, billing and global included.",
            "Super Admin - Child": "Ana is Super Admin of everything below Contoso, and of nothing in Contoso itself.",
            "Super Admin – Logged-In Organization Only": "Ana is Super Admin of Contoso and of nothing below.",
        }
        for name, words in forms.items():
            assert warnings(access(grant(name)), TREE, NOW) == (
                f"Ana: the grant at Contoso contains Super Admin: {words}",
            )

    def test_2_6_a_role_with_super_admin_is_named(self) -> None:
        said = warnings(access(grant(*BUILT_IN_ROLES["Owner"], role="Owner")), TREE, NOW)
        assert said[0].startswith("Ana: the role Owner at Contoso contains Super Admin")

    def test_an_organization_that_the_portal_does_not_place(self) -> None:
        said = warnings(access(grant("View Approvals", at="id-gone")), TREE, NOW)
        assert said == (
            (
                "Ana: the grant at id-gone counts for nothing: the portal names no such organization, "
                "or not where it stands. Check its id."
            ),
        )

    def test_without_a_tree_the_files_names_are_used(self) -> None:
        said = warnings(named(grant("Super Admin")), None)
        assert "the grant at contoso contains" in said[0]

    def test_an_ended_grant(self) -> None:
        said = warnings(access(grant("View Approvals", until=NOW)), TREE, NOW)
        assert said == ("Ana: the grant at Contoso ended at 2027-03-01T12:00:00+00:00; delete it.",)
        assert warnings(access(grant("View Approvals", until=NOW)), TREE) == ()

    def test_a_person_without_slack_id(self) -> None:
        mute = Person(person_id="eve", name="Eve", emails=("e@x",))
        said = ("Eve has no Slack id, so nothing can be done in their name.",)
        assert warnings(access(persons=[mute]), TREE) == said
        matched = replace(access(persons=[mute]), match_people_by_email=True)
        assert warnings(matched, TREE) == ()

    def test_a_permission_without_its_other_half(self) -> None:
        said = warnings(access(grant("Elevation Administrator")), TREE)
        assert said == (
            (
                "Ana: Elevation Administrator at Contoso cannot open the Approval Center alone; "
                "it needs View Approvals or its like in the same place."
            ),
        )
        assert warnings(access(grant("Elevation Administrator"), grant("View Approvals")), TREE) == ()
        whole = access(grant("Elevation Administrator"), grant("Super Admin", at=TOP))
        assert not any("alone" in each for each in warnings(whole, TREE))

    def test_2_3_child_beside_a_super_admin_is_no_matter(self) -> None:
        said = warnings(access(grant("Super Admin - Child", "Super Admin", at=RIGHT)), TREE)
        assert not any("nothing today" in each for each in said)

    def test_10_6_what_a_user_group_hands_out_is_named(self) -> None:
        held = (
            grant("Super Admin", person_id="S0NIGHT"),
            grant("Approve for Group (Learning Mode Only)", person_id="S0DAY"),
        )
        known = Access(user_group_grants=held, user_groups={"night": "S0NIGHT"})
        sentences = " ".join(warnings(known, None))
        assert "Slack user group night: the grant at id-left contains Super Admin" in sentences
        assert (
            "Slack user group S0DAY: Approve for Group (Learning Mode Only) at id-left is deprecated"
            in sentences
        )
