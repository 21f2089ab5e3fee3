"""The portal's list as a look walks it, with all of each row."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.portal import OPEN_STATUSES, ApprovalRequestRow, PortalClient, Sighted
from bot.portal.listing import Rows
from bot.portal.looking import Look


async def all_open(
    client: PortalClient, *, statuses: tuple[int, ...] = OPEN_STATUSES
) -> Rows[ApprovalRequestRow]:
    """Every open request once, its newest reading."""
    found: dict[str, ApprovalRequestRow] = {}

    async def known(_: Sequence[int]) -> Collection[int]:
        return ()

    async def take(rows: Sequence[Sighted[ApprovalRequestRow]]) -> None:
        found.update((one.request_id, one.row) for one in rows)

    walked = await Look(known, lambda row: row, take).through(
        client.lists, statuses, client.address.page_size
    )
    return Rows(found.values(), walked.odd)
