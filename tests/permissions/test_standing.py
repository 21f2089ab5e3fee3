"""Permission semantics 11.4: a gift counts while its giver could give it, and a circle of gifts holds nothing up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Gift,
    Grant,
    Kind,
    OrganizationTree,
    Origin,
    Person,
    Source,
    judge,
    standing,
)
from permissions.standing import first_end
from tests.permissions.world import LEFT, NOW, RIGHT, TOP, TREE, grant

GIVING = ("Change Permission", "View Administrators", "Approve for Group")
PEOPLE = tuple(Person(person_id=key, name=key.title()) for key in ("rae", "kim", "bo", "lee"))


def gift(
    number: int, giver: str, to: str, *permissions: str, at: str = LEFT, role: str | None = None
) -> Gift:
    given = Grant(
        person_id=to,
        permissions=frozenset(permissions),
        organization_id=at,
        role=role,
        origin=Origin(Source.SLACK, f"g{number}"),
    )
    return Gift(f"g{number}", given, giver)


def file(*grants: Grant) -> Access:
    return Access(persons=PEOPLE, grants=grants)


def counting(access: Access, *gifts: Gift) -> set[str]:
    return {str(each.origin.detail) for each in standing(access, gifts, TREE, NOW).grants}


def may(access: Access, person_id: str, *gifts: Gift) -> bool:
    together = access.with_grants(standing(access, gifts, TREE, NOW).grants)
    ask = Ask(person_id=person_id, action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION)
    return isinstance(judge(ask, together, TREE, NOW), Allowed)


def each_of(number: int, giver: str, to: str) -> list[Gift]:
    """Everything that is needed to give on, one permission a gift."""
    return [gift(number * 10 + place, giver, to, name) for place, name in enumerate(GIVING)]


def test_it_counts_while_the_giver_could_give_it() -> None:
    rae = grant(*GIVING, person_id="rae")
    assert may(file(rae), "kim", gift(1, "rae", "kim", "Approve for Group"))
    assert not may(file(), "kim", gift(1, "rae", "kim", "Approve for Group"))
    only_gate = grant("Change Permission", "View Administrators", person_id="rae")
    assert not may(file(only_gate), "kim", gift(1, "rae", "kim", "Approve for Group"))
    no_gate = grant("Approve for Group", person_id="rae")
    assert not may(file(no_gate), "kim", gift(1, "rae", "kim", "Approve for Group"))


def test_a_chain_falls_as_a_whole_and_stands_as_a_whole() -> None:
    gifts = [*each_of(1, "rae", "kim"), *each_of(2, "kim", "bo"), gift(90, "bo", "lee", "Approve for Group")]
    assert may(file(grant(*GIVING, person_id="rae")), "lee", *gifts)
    assert counting(file(), *gifts) == set()


def test_a_circle_does_not_hold_itself_up() -> None:
    gifts = [*each_of(1, "kim", "bo"), *each_of(2, "bo", "kim")]
    started = file(grant(*GIVING, person_id="kim"))
    assert len(counting(started, *gifts)) == 6
    assert counting(file(), *gifts) == set()
    three = [*each_of(1, "kim", "bo"), *each_of(2, "bo", "lee"), *each_of(3, "lee", "kim")]
    assert counting(file(), *three) == set()


def test_it_rests_with_the_givers_suspension() -> None:
    gifts = [*each_of(1, "rae", "kim"), gift(90, "kim", "bo", "Approve for Group")]
    access = file(grant(*GIVING, person_id="rae"))
    assert counting(access.with_suspended(["rae"]), *gifts) == set()
    assert counting(access.with_suspended(["kim"]), *gifts) == {"g10", "g11", "g12"}
    found = standing(access.with_suspended(["kim"]), gifts, TREE, NOW)
    assert found.fallen == {"g90": ("Approve for Group",)}


def test_it_falls_at_the_moment_of_the_givers_end() -> None:
    ends = replace(grant(*GIVING, person_id="rae"), until=NOW + timedelta(hours=1))
    one = gift(1, "rae", "kim", "Approve for Group")
    for at, stands in ((NOW, True), (NOW + timedelta(hours=1), False)):
        assert bool(standing(file(ends), [one], replace_tree(at), at).grants) is stands


def replace_tree(at: datetime) -> OrganizationTree:
    return TREE if at == NOW else replace(TREE, fetched_at=at)


def test_what_its_giver_has_nothing_of_does_not_count_as_an_empty_grant() -> None:
    only_gate = grant("Change Permission", "View Administrators", person_id="rae")
    found = standing(file(only_gate), [gift(1, "rae", "kim", "Approve for Group")], TREE, NOW)
    assert (found.grants, dict(found.fallen)) == ((), {"g1": ("Approve for Group",)})
    oneself = gift(2, "rae", "rae", "Approve for Group")
    assert standing(file(grant(*GIVING, person_id="rae")), [oneself], TREE, NOW).grants == ()


def test_the_first_end_is_the_next_one_that_is_still_to_come() -> None:
    hour = timedelta(hours=1)
    ends = [None, NOW - hour, NOW, NOW + 2 * hour, NOW + hour]
    grants = [replace(grant("View Approvals"), until=each) for each in ends]
    assert first_end(grants, NOW) == NOW + hour
    assert first_end(grants[:3], NOW) is None
    assert first_end([], NOW) is None


def test_an_outdated_tree_holds_up_nothing_from_above() -> None:
    above = replace(grant(*GIVING, person_id="rae", at=TOP), and_below=True)
    one = gift(1, "rae", "kim", "Approve for Group")
    assert standing(file(above), [one], TREE, NOW).grants
    late = NOW + timedelta(hours=1)
    assert not standing(file(above), [one], TREE, late).grants
    assert standing(file(grant(*GIVING, person_id="rae")), [one], TREE, late).grants


def test_another_organizations_right_and_a_stranger_give_nothing() -> None:
    one = gift(1, "rae", "kim", "Approve for Group")
    assert not counting(file(grant(*GIVING, person_id="rae", at=RIGHT)), one)
    assert not counting(file(), gift(1, "nobody", "kim", "Approve for Group"))
    assert not counting(file(grant(*GIVING, person_id="kim")), gift(1, "kim", "kim", "Approve for Global"))


def test_a_role_counts_for_what_its_giver_has_of_it() -> None:
    """It may have gained permissions since it was given; those come with a giver who has them."""
    rae = grant("Assign Roles", "Approve for Group", "View Approvals", person_id="rae")
    wide = gift(1, "rae", "kim", "Approve for Group", "Approve for Entire Organization", role="Night")
    found = standing(file(rae), [wide], TREE, NOW)
    assert found.grants[0].permissions == {"Approve for Group"}
    assert found.fallen == {"g1": ("Approve for Entire Organization",)}
    assert not counting(file(grant(*GIVING, person_id="rae")), wide), "a role needs Assign Roles"


def test_a_gift_that_has_ended_is_left_alone() -> None:
    over = gift(1, "nobody", "kim", "Approve for Group")
    over = over._replace(grant=replace(over.grant, until=NOW))
    found = standing(file(), [over], TREE, NOW)
    assert found.grants == (over.grant,)
    assert found.fallen == {}
