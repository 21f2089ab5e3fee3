"""Rules 10.2, 10.4, 10.5 and 8.1 for custom roles that are made in Slack: who may, where, and what a role may gain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from permissions import (
    PERMISSIONS,
    Access,
    Allowed,
    Origin,
    Person,
    RefusalReason,
    Refused,
    Role,
    Source,
    Verdict,
    judge_grant,
    judge_role_change,
    role_at,
)

from .test_granting import OLD_TREE, with_roles
from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant

ROLES, C, G = "Role Administrator", "Approve for Single Computer", "Approve for Group"
SUPER, CHILD, LOGGED = "Super Admin", "Super Admin - Child", "Super Admin – Logged-In Organization Only"
OWN = (C, G)
"""What the changer has without an end, so that only the gate is in question."""
OLD = frozenset(each.name for each in PERMISSIONS.values() if each.deprecated)


def role(*permissions: str, name: str = "Night desk", at: str = LEFT) -> Role:
    """A role that was made in Slack."""
    origin = Origin(Source.SLACK, "r1 by Rae")
    return Role(
        name=name, permissions=frozenset(permissions), organization_ids=frozenset({at}), origin=origin
    )


def file_role(*permissions: str, name: str = "House Rules", everywhere: bool = False) -> Role:
    """A role of the access file."""
    origin = Origin(Source.FILE, 'roles."House Rules", line 7')
    return Role(
        name=name,
        permissions=frozenset(permissions),
        organization_ids=frozenset({LEFT}),
        origin=origin,
        everywhere=everywhere,
    )


def change(known: Access, before: Role | None, after: Role | None, *, at: str = LEFT) -> Verdict:
    """The verdict on Ana's making, changing or deleting."""
    return judge_role_change("ana", at, known, TREE, NOW, before=before, after=after)


def why(verdict: Verdict) -> RefusalReason | None:
    """The reason of a refusal; None for a yes."""
    return verdict.why if isinstance(verdict, Refused) else None


CHANGES = [(None, role(C)), (role(C), role(C, G)), (role(C, G), role(C)), (role(C), None)]


@pytest.mark.parametrize("alone", [name for name in PERMISSIONS if name not in {ROLES, SUPER, LOGGED}])
def test_10_4_no_other_permission_alone_opens_any_of_it(alone: str) -> None:
    """Every single one of the portal's list, beside what the changer must have anyway."""
    known = access(grant(alone, *OWN))
    for before, after in CHANGES:
        assert why(change(known, before, after)) is RefusalReason.NO_PERMISSION, alone


@pytest.mark.parametrize(
    ("held", "at", "below", "may_at"),
    [
        (ROLES, LEFT, False, {LEFT}),
        (ROLES, TOP, False, {TOP}),
        (ROLES, TOP, True, {TOP, LEFT, RIGHT, LEAF}),
        (ROLES, LEFT, True, {LEFT, LEAF}),
        (ROLES, RIGHT, True, {RIGHT}),
        (SUPER, TOP, False, {TOP, LEFT, RIGHT, LEAF}),
        (SUPER, LEFT, False, {LEFT, LEAF}),
        (SUPER, LEAF, False, {LEAF}),
        (SUPER, RIGHT, False, {RIGHT}),
        (CHILD, TOP, False, {LEFT, RIGHT, LEAF}),
        (CHILD, LEFT, False, {LEAF}),
        (CHILD, LEAF, False, set()),
        (LOGGED, TOP, False, {TOP}),
        (LOGGED, LEFT, False, {LEFT}),
        (LOGGED, RIGHT, False, {RIGHT}),
    ],
)
def test_10_4_in_the_target_organization_from_above_below_and_beside(
    held: str, at: str, below: bool, may_at: set[str]
) -> None:
    own = [grant(*OWN, at=each) for each in (TOP, LEFT, RIGHT, LEAF)]
    known = access(grant(held, at=at, and_below=below), *own)
    for place in (TOP, LEFT, RIGHT, LEAF):
        changes = [
            (None, role(C, at=place)),
            (role(C, at=place), role(G, at=place)),
            (role(C, at=place), None),
        ]
        for before, after in changes:
            verdict = change(known, before, after, at=place)
            expected = None if place in may_at else RefusalReason.NO_PERMISSION
            assert why(verdict) is expected, (place, before, after)


def test_10_4_it_rests_on_role_administrator() -> None:
    verdict = change(access(grant(ROLES, *OWN)), None, role(C))
    assert isinstance(verdict, Allowed)
    assert [each.permission for each in verdict.rests_on] == [ROLES]


@pytest.mark.parametrize("place", ["unknown", "outdated", "suspended", "stranger"])
def test_what_cannot_be_placed_or_counted_refuses(place: str) -> None:
    known = access(grant(ROLES, *OWN, at=TOP, and_below=True))
    tree, who, at, expected = TREE, "ana", LEFT, RefusalReason.OUTDATED_ORGANIZATIONS
    if place == "unknown":
        at, expected = "id-lost", RefusalReason.UNPLACEABLE_ORGANIZATION
    elif place == "outdated":
        tree = OLD_TREE
    elif place == "suspended":
        known, expected = known.with_suspended(["ana"]), RefusalReason.SUSPENDED
    else:
        who, expected = "nobody", RefusalReason.UNKNOWN_PERSON
    verdict = judge_role_change(who, at, known, tree, NOW, before=None, after=role(C, at=at))
    assert why(verdict) is expected


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_10_5_and_8_1_each_permission_gets_in_only_if_current_and_ones_own(name: str) -> None:
    """A Super Admin without it by name: everything current but what the page excepts from Super Admin."""
    by_name = change(access(grant(ROLES, name)), None, role(name))
    assert why(by_name) is (RefusalReason.DEPRECATED if name in OLD else None)
    without = change(access(grant(ROLES)), None, role(name))
    lacking = None if name == ROLES else RefusalReason.MORE_THAN_OWN
    assert why(without) is (RefusalReason.DEPRECATED if name in OLD else lacking)
    removed = change(access(grant(ROLES)), role(name, ROLES), role(ROLES))
    if name != ROLES:
        assert why(removed) is None, "taking out is not giving"


def test_10_5_what_ends_does_not_get_into_what_does_not() -> None:
    known = access(grant(ROLES), grant(G, until=NOW + timedelta(days=900)))
    verdict = change(known, None, role(G))
    assert isinstance(verdict, Refused)
    assert (verdict.why, verdict.missing) == (RefusalReason.LONGER_THAN_OWN, (G,))
    assert verdict.sentence == (
        "What a role contains has no end, and your own Approve for Group at Contoso has one. Ask somebody whose "
        "right lasts."
    )
    assert (
        why(change(access(grant(ROLES), grant(G, until=NOW)), None, role(G))) is RefusalReason.MORE_THAN_OWN
    )


@pytest.mark.parametrize("after", [role(C, G), role(G), None])
def test_10_5_a_role_that_one_holds_oneself_from_whichever_source(after: Role | None) -> None:
    for held in (
        grant(C, role="NIGHT DESK", source=Source.SLACK),
        grant(C, role="Night desk", source=Source.USER_GROUP),
        grant(C, role="Night desk", at=TOP, and_below=True),
    ):
        known = access(grant(ROLES, C, G), held)
        assert why(change(known, role(C), after)) is RefusalReason.OWN_ROLE


def test_10_5_a_role_that_somebody_else_holds_may_be_changed() -> None:
    known = access(grant(ROLES, C, G), grant(C, role="Night desk", person_id="ben"))
    assert why(change(known, role(C), role(C, G))) is None


@pytest.mark.parametrize("after", ["changed", "deleted"])
def test_10_5_a_role_of_the_file_is_named_with_its_line(after: str) -> None:
    before = file_role(C)
    verdict = change(access(grant(ROLES, C, G)), before, None if after == "deleted" else role(C, G))
    assert isinstance(verdict, Refused)
    assert verdict.why is RefusalReason.GIVEN_ELSEWHERE
    assert verdict.sentence == (
        'The role House Rules was not made in Slack: it stands in access file, roles."House Rules", line 7. '
        "Change it there."
    )


@pytest.mark.parametrize("name", ["Administrator", "billing", "OWNER", "Read  only"])
def test_10_1_a_built_in_role_is_nobodys_to_change(name: str) -> None:
    known = access(grant(SUPER, at=TOP))
    before = role_at(name, LEFT, known, TREE)
    assert before is not None
    verdict = change(known, before, None)
    assert isinstance(verdict, Refused)
    assert verdict.why is RefusalReason.BUILT_IN_ROLE
    assert "nobody changes or deletes it" in verdict.sentence
    assert why(change(access(grant(C)), before, None)) is RefusalReason.NO_PERMISSION, "the gate comes first"


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (role(C, name="night DESK"), RefusalReason.ROLE_EXISTS),
        (file_role(C, name="Night desk"), RefusalReason.ROLE_EXISTS),
        (file_role(C, name="Night desk", everywhere=True), RefusalReason.ROLE_EXISTS),
        (role(C, at=RIGHT), None),
        (role(C, name="Day desk"), None),
        (
            Role(name="Night desk", permissions=frozenset({C}), organization_ids=frozenset({RIGHT})),
            None,
        ),
        (
            Role(
                name="Night desk",
                permissions=frozenset({C}),
                organization_ids=frozenset({RIGHT}),
                and_below=True,
            ),
            RefusalReason.ROLE_EXISTS,
        ),
    ],
)
def test_10_2_one_name_is_one_role_in_an_organization(standing: Role, expected: RefusalReason | None) -> None:
    """A role "and below" takes its name everywhere: what is below changes without anybody looking."""
    known = with_roles(access(grant(ROLES, C)), standing)
    assert why(change(known, None, role(C))) is expected


def test_10_2_a_role_made_in_slack_can_be_given_in_its_own_organization_alone() -> None:
    known = with_roles(access(grant(SUPER, at=TOP)), role(C))
    end = NOW + timedelta(hours=8)
    wanted = grant(C, person_id="ben", role="Night desk", until=end)
    for place, expected in ((LEFT, None), (TOP, "x"), (RIGHT, "x"), (LEAF, "x")):
        verdict = judge_grant("ana", replace(wanted, organization_id=place), known, TREE, NOW)
        assert why(verdict) is (RefusalReason.UNKNOWN_ROLE if expected else None), place
    below = replace(wanted, and_below=True)
    assert why(judge_grant("ana", below, known, TREE, NOW)) is RefusalReason.UNKNOWN_ROLE


def test_a_second_slack_account_is_the_same_person() -> None:
    """The rule compares persons; whoever calls it has turned the account into one."""
    two = Person(person_id="ana", name="Ana", slack_ids=("U0ANA", "U0ANA2"))
    known = Access(persons=(two,), grants=(grant(ROLES, C, G), grant(C, role="Night desk")))
    second = known.person_of_slack("U0ANA2")
    assert second is not None
    verdict = judge_role_change(second.person_id, LEFT, known, TREE, NOW, before=role(C), after=role(C, G))
    assert why(verdict) is RefusalReason.OWN_ROLE
