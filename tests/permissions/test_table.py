"""The full table: every permission alone and every documented combination x every action x kind x reach x place.

What `table_by_hand` does not name must be refused. Places are those of a three-level tree; everything is set on
Contoso, which has an organization above, one beside and one below.
"""

from functools import cache

import pytest

from permissions import (
    PERMISSIONS,
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Kind,
    Maintenance,
    MaintenanceMode,
    Reach,
    judge,
)

from .table_by_hand import FAMILY, Cell, alone, cells, combined
from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant

ALONE, COMBINED = alone(), combined()
NOTHING: frozenset[Cell] = frozenset()


def every_cell() -> list[Cell]:
    """Every action at every kind and reach, and the special forms of approving and of maintenance modes."""
    forms: list[tuple[Action, str]] = [(action, "") for action in Action if action is not Action.WHOAMI]
    forms += [(Action.APPROVE, "not approved"), (Action.APPROVE, "elevates")]
    forms += [(Action.APPROVE, f"request:{mode.value}") for mode in MaintenanceMode]
    forms += [(Action.MAINTAIN, f"{door.value}:{mode.value}") for door in Door for mode in MaintenanceMode]
    return [(action, kind, reach, form) for action, form in forms for kind in Kind for reach in Reach]


def ask(cell: Cell, place: str) -> Ask:
    """The question of a cell. Software is approved already unless the cell says otherwise."""
    action, kind, reach, form = cell
    door, _, mode = form.partition(":")
    return Ask(
        person_id="ana",
        action=action,
        organization_id=place,
        kind=kind,
        reach=reach,
        already_approved=form != "not approved",
        elevates=form == "elevates",
        maintenance=Maintenance(MaintenanceMode(mode), Door(door)) if mode else None,
        global_owner_id=LEFT,
    )


@cache
def asks(place: str) -> list[tuple[Cell, Ask]]:
    """Every question at one place."""
    return [(cell, ask(cell, place)) for cell in every_cell()]


def found(given: Access, place: str) -> frozenset[Cell]:
    """The cells that these grants allow at a place."""
    return frozenset(
        cell for cell, question in asks(place) if isinstance(judge(question, given, TREE, NOW), Allowed)
    )


def same_as_plain(expected: frozenset[Cell]) -> frozenset[Cell]:
    """A form that changes nothing for a kind is allowed where the plain one is: elevation is one already, and only
    elevation asks whether the software is approved."""
    more = {
        (action, kind, reach, form)
        for action, kind, reach, special in expected
        if action is Action.APPROVE and special == ""
        for form in ("not approved", "elevates")
        if (form == "elevates") == (kind is Kind.ELEVATION)
    }
    return expected | more


def expected_of(names: tuple[str, ...]) -> frozenset[Cell]:
    """What these permissions allow together: each alone, and every documented combination among them."""
    held = set(names)
    total = NOTHING.union(*(ALONE.get(name, NOTHING) for name in names))
    for combination, added in COMBINED.items():
        if held >= set(combination):
            total |= added
    return same_as_plain(total)


SETS = [*((name,) for name in sorted(PERMISSIONS)), *sorted(COMBINED)]
PLAIN = [names for names in SETS if not names[0].startswith("Super Admin")]


@pytest.mark.unmeasured
@pytest.mark.parametrize("names", PLAIN, ids=" + ".join)
def test_granted_at_one_organization(names: tuple[str, ...]) -> None:
    """It counts there, and not above, not beside, not below; with "and below" it counts below just the same."""
    given, expected = access(grant(*names, at=LEFT)), expected_of(names)
    assert found(given, LEFT) == expected
    for elsewhere in (TOP, RIGHT, LEAF):
        assert found(given, elsewhere) == NOTHING
    assert found(access(grant(*names, at=LEFT, and_below=True)), LEAF) == expected


@pytest.mark.parametrize("names", sorted(COMBINED), ids=" + ".join)
def test_halves_in_different_organizations_are_no_combination(names: tuple[str, ...]) -> None:
    first, *rest = names
    given = access(grant(first, at=LEFT), grant(*rest, at=TOP))
    assert found(given, LEFT) == expected_of((first,))


@pytest.mark.parametrize(("place", "where"), [(TOP, ""), (LEFT, "on it"), (RIGHT, ""), (LEAF, "below")])
@pytest.mark.parametrize("name", [name for name in sorted(PERMISSIONS) if name.startswith("Super Admin")])
def test_the_super_admin_family(name: str, place: str, where: str) -> None:
    row = FAMILY.get((name, where))
    expected = same_as_plain(cells(row)) if row else NOTHING
    assert found(access(grant(name, at=LEFT)), place) == expected


def test_the_table_names_only_permissions_and_mostly_refuses() -> None:
    assert ALONE.keys() <= PERMISSIONS.keys()
    assert {name for names in COMBINED for name in names} <= PERMISSIONS.keys()
    assert {name for name, _ in FAMILY} <= PERMISSIONS.keys()
    everything = frozenset(every_cell())
    for allowed in (*ALONE.values(), *COMBINED.values(), *(cells(row) for row in FAMILY.values())):
        assert allowed <= everything
    assert sum(len(everything) - len(expected_of(names)) for names in SETS) > sum(
        len(expected_of(names)) for names in SETS
    ), "refusals outnumber permissions"


def test_every_combination_of_the_catalogue_has_its_row() -> None:
    """A pair that the catalogue documents and this table does not name would be untested."""
    for row in PERMISSIONS.values():
        for pair in row.combined_with:
            for other in pair.any_of:
                held = {row.name, other}
                assert any(held <= set(names) for names in COMBINED), held
