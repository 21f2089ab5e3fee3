"""A request as the portal has it now: the row alone, or with the details where the row is too thin to be understood."""

from __future__ import annotations

from bot.desk.desk import Desk
from bot.models import Kind, RequestFacts, Sighting
from bot.portal import ApprovalRequestRow, sighting_of


async def look(desk: Desk, facts: RequestFacts) -> tuple[ApprovalRequestRow, Sighting]:
    """Ask the request itself. Raises PortalError."""
    row = await desk.portal.get_request(facts.request_id, facts.organization_id)
    return row, await understood(desk, row)


async def understood(desk: Desk, row: ApprovalRequestRow) -> Sighting:
    """What a row says; one without an action says too little, and its details are read. Raises PortalError."""
    sighting = sighting_of(row)
    facts = sighting.facts
    if (
        row.unreadable
        or facts.kind is not Kind.OTHER
        or facts.action_type
        or not sighting.state.standing.is_open
    ):
        return sighting
    return sighting_of(row, await desk.portal.permit_details(facts.request_id, facts.organization_id))
