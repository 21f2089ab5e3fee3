"""The portal's list as a look walks it, with all of each row."""

from __future__ import annotations

from collections.abc import Sequence

from bot.portal import OPEN_STATUSES, ApprovalRequestRow, PortalClient, Sighted
from bot.portal.listing import Rows
from bot.portal.looking import Look
from tests.desk import none_known


async def all_open(
    client: PortalClient, *, statuses: tuple[int, ...] = OPEN_STATUSES
) -> Rows[ApprovalRequestRow]:
    """Every open request once, its newest reading."""
    found: dict[str, ApprovalRequestRow] = {}

    async def take(rows: Sequence[Sighted[ApprovalRequestRow]]) -> None:
        found.update((one.request_id, one.row) for one in rows)

    walked = await Look(none_known, lambda row: row, take).through(
        client.lists, statuses, client.address.page_size
    )
    return Rows(found.values(), walked.odd)
