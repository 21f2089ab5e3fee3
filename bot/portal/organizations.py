"""The organizations of two answers as one tree: everything the token may reach, and who is whose parent."""

from collections.abc import Iterable

from bot.portal.wire import OrganizationRow


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
