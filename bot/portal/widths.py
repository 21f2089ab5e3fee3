"""How far does a change to an application reach? As far as the widest policy that permits it already.

A rule that is added to an application counts at once wherever that application may run, whatever reach was
chosen for the approval. What cannot be learnt is None, and then the application is not to be extended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import structlog

from bot.models import Reach
from bot.portal.approved import may_permit
from bot.portal.client import PortalClient
from bot.portal.errors import (
    AnswerNotUnderstood,
    Invalid,
    NotFound,
    PermissionMissing,
    PortalError,
    TokenRefused,
)
from bot.portal.lenient import Wire
from bot.portal.listing import Rows
from bot.portal.wire import ComputerGroupItem, PolicyRow

log = structlog.get_logger()

_Telling = TypeVar("_Telling", bound=Wire)

_SYSTEMS: Final = (1, 2, 3, 5)
"""The portal's operating systems that a policy can be for: Windows, macOS, Linux, Windows XP."""
_NO_RIGHTS: Final = (0, 3)
"""The portal's elevation statuses that give none: no elevation, and the standard user forced."""
_MOST_COMPUTERS: Final = 20
"""Policies for single computers that are looked up one by one; more than these are not (our choice)."""


@dataclass(frozen=True)
class StandingPermits:
    """What the enabled permit policies of an application come to."""

    widest: Reach | None
    elevates: bool = False
    """One of them gives administrator rights: whatever joins the application gets them, too."""


async def standing_permits(
    client: PortalClient,
    application_id: str,
    organization_id: str,
    *,
    now: datetime,
    computer_id: str | None = None,
) -> StandingPermits:
    """How far the enabled permit policies that name the application reach, as the organization sees it, and whether one
    of them gives administrator rights.

    COMPUTER where no policy permits it yet. Policies for several computers, or for one that is not
    `computer_id` where that is given, count as a computer group: whoever may decide for a single computer
    must not touch a second one. None where anything about the width is not known, the portal being away
    included.
    """
    try:
        permits = await _permits(client, application_id, organization_id, now)
        if not permits:
            return StandingPermits(Reach.COMPUTER)
        groups = await _groups(client, organization_id, permits)
        permits += await _permits_above(client, application_id, organization_id, groups, now)
        widest = await _widest(client, organization_id, computer_id, permits, groups)
    except PortalError as error:
        log.warning("width_not_learnt", application_id=application_id, why=str(error))
        return StandingPermits(None)
    return StandingPermits(widest, any(_gives_rights(policy, now) for policy in permits))


def _gives_rights(policy: PolicyRow, now: datetime) -> bool:
    """Whether it gives administrator rights; rights whose end is not told count as standing."""
    is_over = policy.elevation_end_date is not None and policy.elevation_end_date <= now
    return policy.elevation_status not in _NO_RIGHTS and not is_over


async def _permits(
    client: PortalClient, application_id: str, organization_id: str, now: datetime
) -> list[PolicyRow]:
    """What may let the application run now; a policy that leaves it open whether it does counts."""
    found = _whole(await client.policies_of_application(application_id, organization_id))
    return [policy for policy in found if may_permit(policy, now)]


def _whole(rows: Rows[_Telling]) -> Rows[_Telling]:
    """The rows, if every one could be read: a width rests on what is not there as well as on what is."""
    if rows.odd or any(row.odd for row in rows):
        raise AnswerNotUnderstood("a policy or a computer group cannot be read, so the width is not known")
    return rows


async def _groups(
    client: PortalClient, organization_id: str, permits: Iterable[PolicyRow]
) -> dict[str, ComputerGroupItem]:
    """The computer groups that the policies can apply to, by id; global ones among them."""
    told = {policy.os_type for policy in permits}
    systems = _SYSTEMS if 0 in told else sorted(told)
    listed = [_whole(await client.computer_groups_for_permit(organization_id, system)) for system in systems]
    return {group.computer_group_id: group for groups in listed for group in groups}


async def _permits_above(
    client: PortalClient,
    application_id: str,
    organization_id: str,
    groups: dict[str, ComputerGroupItem],
    now: datetime,
) -> list[PolicyRow]:
    """Policies of the organizations that own a global group here, where our token may see them."""
    owners = {group.organization_id for group in groups.values() if group.is_global}
    found: list[PolicyRow] = []
    for owner in sorted(one for one in owners if one and one != organization_id):
        try:
            found += await _permits(client, application_id, owner, now)
        except (PermissionMissing, NotFound, Invalid, TokenRefused) as error:
            log.info("policies_above_not_seen", organization_id=owner, why=str(error))
    return found


async def _widest(
    client: PortalClient,
    organization_id: str,
    computer_id: str | None,
    permits: Iterable[PolicyRow],
    groups: dict[str, ComputerGroupItem],
) -> Reach | None:
    """The widest place of the policies; None as soon as one place is not recognized, unless one is global."""
    places = {policy.computer_group_id for policy in permits}
    reaches = {
        _place(one, organization_id, groups) for one in places if one in groups or one == organization_id
    }
    if Reach.GLOBAL in reaches:
        return Reach.GLOBAL
    computers = {one for one in places if one not in groups and one != organization_id}
    if None in reaches or not await _are_computers(client, organization_id, computers):
        return None
    if computers:
        alone = len(computers) == 1 and (computer_id is None or computer_id in computers)
        reaches.add(Reach.COMPUTER if alone else Reach.COMPUTER_GROUP)
    return max((reach for reach in reaches if reach), key=lambda reach: reach.width)


def _place(
    applies_to_id: str | None, organization_id: str, groups: dict[str, ComputerGroupItem]
) -> Reach | None:
    """The organization, one of its groups, or a global group; None for a group that says neither."""
    if applies_to_id == organization_id:
        return Reach.ORGANIZATION
    group = groups[applies_to_id or ""]
    if group.is_global:
        return Reach.GLOBAL
    own = group.is_global is False and group.organization_id == organization_id
    return Reach.COMPUTER_GROUP if own else None


async def _are_computers(client: PortalClient, organization_id: str, ids: set[str | None]) -> bool:
    """Whether each id is a computer of the organization."""
    if None in ids or len(ids) > _MOST_COMPUTERS:
        return False
    for computer_id in sorted(filter(None, ids)):
        rows = await client.computers(organization_id, computer_id=computer_id)
        if not any(row.computer_id == computer_id and row.organization_id == organization_id for row in rows):
            return False
    return True
