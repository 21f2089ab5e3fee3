"""The organization tree: who is above whom, what has no place, how old it is (semantics 1.4, 1.8)."""

from datetime import UTC, datetime, timedelta

import pytest

from permissions import (
    TREE_MAX_AGE,
    Access,
    Organization,
    OrganizationTree,
    organizations_called,
    told_apart,
)
from permissions.grants import looks_like_id

from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE


def node(own: str, parent: str | None = None, name: str = "N") -> Organization:
    return Organization(organization_id=own, name=name, parent_id=parent)


def test_descendants_at_any_depth_and_children_directly_below() -> None:
    assert TREE.descendants(TOP) == {LEFT, RIGHT, LEAF}
    assert TREE.children(TOP) == {LEFT, RIGHT}
    assert TREE.descendants(LEAF) == TREE.children(LEAF) == frozenset()
    assert TREE.descendants("nobody") == TREE.children("nobody") == frozenset()


def test_a_place_names_everything_above_nearest_first() -> None:
    place = TREE.place(LEAF)
    assert place is not None
    assert place.above == (LEFT, TOP)
    assert not place.has_children
    assert TREE.name(LEAF) == "Contoso Labs"
    assert TREE.name("nobody") is None


def test_ids_are_compared_without_case_or_blanks() -> None:
    tree = OrganizationTree((node("AA-1"), node("bb-2", " aa-1 ")), NOW)
    assert tree.descendants("Aa-1") == {"bb-2"}
    assert tree.place("BB-2") == tree.place("bb-2")


def test_organizations_of_one_name_are_told_apart_by_the_files_name_or_the_id() -> None:
    tree = OrganizationTree((node("a", name="Twin"), node("b", name="twin"), node("c", name="Other")), NOW)
    access = Access(organization_ids={"north": "a"})
    assert told_apart(["A", "c"], access, tree) == ("Other", "Twin")
    assert told_apart(["a", "b", "c"], access, tree) == ("Other", "Twin (north)", "twin (b)")
    assert told_apart(["gone"], access, tree) == ("gone",)
    assert organizations_called("twin", ["a", "b"], access, tree) == ("a", "b")
    assert organizations_called("north", ["a", "b"], access, tree) == ("a",)


@pytest.mark.parametrize(
    "nodes",
    [
        [node("x", "unknown")],
        [node("x", "x")],
        [node("x", "y"), node("y", "x")],
        [node("x", "y"), node("y", "z"), node("z", "y")],
        [node("x", "y"), node("y", "unknown")],
        [node("x", "top"), node("x", None)],
        [node("x", ""), node("", None)],
    ],
)
def test_unknown_parents_loops_and_contradictions_have_no_place(nodes: list[Organization]) -> None:
    tree = OrganizationTree((node("top"), *nodes), NOW)
    assert tree.place("x") is None
    assert tree.placed == {"top"}


def test_the_same_entry_twice_is_no_contradiction() -> None:
    tree = OrganizationTree((node("top"), node("x", "top"), node("X", "TOP", name="again")), NOW)
    assert tree.placed == {"top", "x"}


def test_a_broken_branch_leaves_the_others_alone() -> None:
    tree = OrganizationTree((*TREE.organizations, node("orphan", "unknown")), NOW)
    assert tree.placed == TREE.placed
    assert tree.place("orphan") is None


def test_fresh_for_five_minutes_inclusive() -> None:
    tree = OrganizationTree((), NOW)
    assert timedelta(minutes=5) == TREE_MAX_AGE
    assert tree.is_fresh(NOW + TREE_MAX_AGE)
    assert not tree.is_fresh(NOW + TREE_MAX_AGE + timedelta(microseconds=1))
    assert not tree.is_fresh(NOW - TREE_MAX_AGE - timedelta(microseconds=1))


def test_a_time_without_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        OrganizationTree((), datetime(2027, 1, 1))  # noqa: DTZ001 - the fault under test
    assert OrganizationTree((), datetime(2027, 1, 1, tzinfo=UTC)).placed == frozenset()


def test_a_deep_chain_is_placed() -> None:
    chain = [node("n0"), *(node(f"n{n}", f"n{n - 1}") for n in range(1, 200))]
    tree = OrganizationTree(tuple(reversed(chain)), NOW)
    assert len(tree.descendants("n0")) == 199


@pytest.mark.parametrize(
    ("word", "is_id"),
    [
        ("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", True),
        (" 7D9D1B6A0C3E4B7E9D553C1F1C0A9E10 ", True),
        ("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e1", False),
        ("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e100", False),
        ("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e1g", False),
        ("", False),
    ],
)
def test_a_word_is_an_id_or_a_name(word: str, is_id: bool) -> None:
    assert looks_like_id(word) is is_id
