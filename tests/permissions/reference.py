"""Writes docs/permissions.md out of the catalogue and the readings: `python -m tests.permissions.reference`."""

import sys
from collections.abc import Iterator

from permissions.catalogue import ALL, CURRENT, DEPRECATED
from permissions.permission import Category, Permission
from permissions.roles import BUILT_IN_ROLES
from tests.permissions.readings import READINGS

_INTRODUCTION = """\
# Permissions

Gatehouse knows every permission of the portal by the portal's own name. This page is made from its catalogue by
`make docs`; `gatehouse permissions list --json` gives the same to programs. Who has which of them is said in the
[access file](access-file.md); `gatehouse permissions who` and `explain` answer questions about it.

Everything that is not granted is refused, and grants only add. A grant counts in exactly the organization that it
names. Where a permission *needs* another one, both must be granted to one person in the same organization; from
which grant or role each comes does not matter.

"""
_SUPER_ADMIN = """\
## Super Admin

| set on an organization | gives there | gives in everything below |
|---|---|---|
| Super Admin | everything | everything |
| Super Admin - Child | nothing | everything but View System Audit |
| Super Admin – Logged-In Organization Only | everything; global groups only while nothing is below | nothing |

*Everything* is every permission of this page but the family itself, the deprecated ones and these: {exceptions}.
The built-in roles *Administrator* and *Owner* contain the whole family: whoever gets one of them is Super Admin of
the organization and of everything below.
"""
_READINGS = """\
## Where the portal's page can be read in two ways

A *reading* is the most faithful one of words that allow another; a *choice* is the safe side where the page is
silent. The tests stand in `tests/permissions`.

| about | the page | here | how sure | held by |
|---|---|---|---|---|
"""
_PROGRAMS = """\
## For programs

`gatehouse permissions list --json` prints a list with one object per permission, in the order of this page. Keys are
only ever added:

| key | value |
|---|---|
| `name`, `category`, `meaning` | text |
| `also_in` | further categories in which the portal lists it |
| `deprecated` | `true` for the older ones, which `replaced_by` names the successors of |
| `aliases` | other spellings that are understood |
| `combined_with` | what it needs, for which `purpose`: any one of `any_of` |
| `includes` | rights that its text contains and that are permissions of their own |
| `in_super_admin`, `in_super_admin_child` | whether the family contains it |
| `surfaces` | what it opens in Gatehouse |

`gatehouse permissions explain … --json` prints one object: `allowed`, `why` (the reason of a refusal), `missing`,
`sentence`, the question (`person_id`, `action`, `kind`, `reach`, `organization_id`, `organization`, `above`),
`tree` (`portal`, `file` or `offline`) and `tree_is_fresh`, `rests_on` (each `permission` with the grant that gave it:
`through`, `role`, `organization_id`, `and_below`, `until`, `origin`), `ways` (lists of conditions: `any_of`, `where`,
`organization_id`, `met`, `met_by`, `reason_if_not`) and `who_could`. `gatehouse permissions who … --json` prints
`people`, each with `person_id`, `name` and `rests_on`, and `tree`. The exit status is 0 for yes and for no alike, 1
when the question could not be answered.
"""


def render() -> str:
    """The whole page."""
    return "\n".join(
        [_INTRODUCTION + _counts(), *_categories(), _super_admin(), _roles(), _readings(), _PROGRAMS]
    )


def _counts() -> str:
    categories = len({row.category for row in CURRENT})
    return f"There are {len(CURRENT)} permissions in {categories} categories, and {len(DEPRECATED)} deprecated ones.\n"


def _categories() -> Iterator[str]:
    for category in Category:
        yield f"## {category.value}\n"
        if category is Category.DEPRECATED:
            yield "Honoured where they are granted, with a warning; never given from Slack.\n"
        yield "| permission | meaning | needs | opens in Gatehouse |\n|---|---|---|---|"
        yield from (_row(row) for row in ALL if row.category is category)
        also = [row.name for row in ALL if category in row.also_in]
        if also:
            yield f"\nThe portal lists {' and '.join(also)} here, too."
        yield ""


def _row(row: Permission) -> str:
    meaning = row.meaning
    if row.includes:
        meaning += f" Includes {', '.join(row.includes)}."
    if row.replaced_by:
        meaning += f" Replaced by {' and '.join(row.replaced_by)}."
    if row.aliases:
        meaning += f" Also spelt {', '.join(f'“{each}”' for each in row.aliases)}."
    needs = "<br>".join(f"to {pair.purpose}: {_any_of(pair.any_of)}" for pair in row.combined_with)
    return f"| **{row.name}** | {meaning} | {needs} | {'; '.join(row.surfaces)} |"


def _any_of(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"any of {', '.join(names)}"


def _super_admin() -> str:
    exceptions = [
        row.name for row in CURRENT if not row.in_super_admin and not row.name.startswith("Super Admin")
    ]
    return _SUPER_ADMIN.format(exceptions=", ".join(exceptions))


def _roles() -> str:
    lines = [f"- **{name}** ({len(listed)}): {', '.join(listed)}." for name, listed in BUILT_IN_ROLES.items()]
    return "\n".join(
        ["## Built-in roles\n", "They exist in every organization, with exactly these lists.\n", *lines, ""]
    )


def _readings() -> str:
    rows = [
        f"| {each.subject} | {each.page_says} | {each.read_as} | {each.sure.value} "
        f"| {'<br>'.join(f'`{test}`' for test in each.tests)} |"
        for each in READINGS
    ]
    return _READINGS + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
