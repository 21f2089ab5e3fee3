"""The organizations of two answers as one tree: everything the token may reach, and who is whose parent."""

from collections.abc import Iterable
from datetime import datetime

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


def joined(
    reachable: Iterable[OrganizationRow], children: Iterable[OrganizationRow]
) -> tuple[OrganizationRow, ...]:
    """Each organization once. A row of the children's list knows more, and marks a child."""
    rows = {row.organization_id: row for row in reachable}
    for child in children:
        known = rows.get(child.organization_id)
        title = child.display_name or (known.display_name if known else "")
        rows[child.organization_id] = child.model_copy(
            update={"listed_as_child": True, "display_name": title}
        )
    return tuple(rows.values())
