"""The organizations of two answers as one tree: everything the token may reach, and who is whose parent."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.portal.listing import Rows
from bot.portal.wire import OrganizationRow
from permissions import Organization, OrganizationTree

_UNKNOWN_PARENT = "unknown parent"
"""No organization's id: a child whose parent the portal does not tell has no place, and is refused there."""


def tree_of(rows: Iterable[OrganizationRow], fetched_at: datetime) -> OrganizationTree:
    """The portal's organizations as verdicts read them. `fetched_at` is aware UTC."""
    return OrganizationTree(organizations=tuple(map(_organization, rows)), fetched_at=fetched_at)


def _organization(row: OrganizationRow) -> Organization:
    parent = row.parent_id or (_UNKNOWN_PARENT if row.listed_as_child else None)
    return Organization(organization_id=row.organization_id, name=row.title, parent_id=parent)


def joined(reachable: Rows[OrganizationRow], children: Rows[OrganizationRow]) -> Rows[OrganizationRow]:
    """Each organization once. A row of the children's list knows more, and marks a child."""
    rows = {row.organization_id: row for row in reachable}
    for child in children:
        known = rows.get(child.organization_id)
        title = child.display_name or (known.display_name if known else "")
        rows[child.organization_id] = child.model_copy(
            update={"listed_as_child": True, "display_name": title}
        )
    if reachable.odd:
        rows |= _lost_root(rows)
    if children.odd:
        rows |= _perhaps_children(rows)
    return Rows(rows.values(), (*reachable.odd, *children.odd))


def _lost_root(rows: Mapping[str, OrganizationRow]) -> dict[str, OrganizationRow]:
    """The token's own organization, where its row was odd: the children name it as parent, and nothing else is above.

    Without it every parent would be unknown, and nobody could decide anything anywhere.
    """
    named = {row.parent_id for row in rows.values() if row.parent_id} - rows.keys()
    if len(named) != 1 or any(not row.listed_as_child for row in rows.values()):
        return {}
    return {one: OrganizationRow(organization_id=one) for one in named}


def _perhaps_children(rows: Mapping[str, OrganizationRow]) -> dict[str, OrganizationRow]:
    """Organizations that no child's row was read of, while one was odd: only a single one with children is the root.

    Any other may be the child whose row was odd, and is no root of its own: nothing is decided there.
    """
    parents = {row.parent_id for row in rows.values()}
    tops = {one: row for one, row in rows.items() if not row.listed_as_child}
    above = [one for one in tops if one in parents]
    return {
        one: row.model_copy(update={"listed_as_child": True}) for one, row in tops.items() if above != [one]
    }
