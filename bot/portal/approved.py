"""Is the software of a request approved already? Only then does an elevation need no application right.

The answer is `YES` only where the portal shows an enabled permit policy that surely covers this very
computer. What cannot be learnt, or holds under conditions that are not seen from here, is `UNKNOWN`, and
counts as not approved.

And how far does a change to an application reach? As far as the widest policy that permits it already: a rule that is
added to it counts at once wherever it may run, whatever reach was chosen for the approval. What cannot be learnt is
None, and then the application is not to be extended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

import structlog

from bot.models import Reach
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
from bot.portal.wire_permit import PermitDetails

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


# The portal's policy actions that let software run: permit, and permit with ringfencing.
_PERMITS: Final = frozenset({1, 6})
# Deny, and deny with the option to request.
_DENIALS: Final = frozenset({2, 3})
_BY_SCHEDULE: Final = 2


class Coverage(StrEnum):
    """Whether an enabled permit policy that reaches the computer covers the file."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class AlreadyApproved:
    """The answer, with the application, policy and reach that it rests on, or why it is not known."""

    coverage: Coverage
    application_name: str = ""
    policy_name: str = ""
    policy_id: str = ""
    reach: Reach | None = None
    why: str = ""
    is_answered: bool = True
    """False: the portal could not be asked, so the coverage is unknown."""

    @property
    def is_approved(self) -> bool:
        """Surely approved; unknown counts as not."""
        return self.coverage is Coverage.YES


async def already_approved(
    client: PortalClient, details: PermitDetails, *, now: datetime | None = None
) -> AlreadyApproved:
    """Ask the portal now. Never raises a `PortalError`: a failure is an `UNKNOWN` that says why."""
    moment = now or datetime.now(UTC)
    if details.organization_id is None or details.computer_id is None:
        return AlreadyApproved(Coverage.UNKNOWN, why="the permit details name no organization or computer")
    try:
        return await _ask(client, details, details.organization_id, details.computer_id, moment)
    except PortalError as error:
        return AlreadyApproved(Coverage.UNKNOWN, why=str(error), is_answered=False)


async def _ask(
    client: PortalClient, details: PermitDetails, organization_id: str, computer_id: str, now: datetime
) -> AlreadyApproved:
    matches = await client.matching_applications(details)
    places = _Places(
        client,
        details,
        organization_id,
        await _places(client, details, organization_id, computer_id) if matches else {},
    )
    doubts: list[str] = []
    sure: list[AlreadyApproved] = []
    for match in matches:
        found = await client.policies_of_application(match.application_id, organization_id, with_denies=True)
        if found.odd or any(policy.odd for policy in found):
            # It may be the one that denies.
            why = f"a policy of {match.application_name or match.name} cannot be read"
            return AlreadyApproved(Coverage.UNKNOWN, why=why)
        for policy in found:
            reach = await places.reach_of(policy, now)
            if _denies(policy, match.application_id) and not _is_over(policy, now):
                why = f"policy {policy.name or policy.policy_id} denies the application"
                return AlreadyApproved(Coverage.UNKNOWN, why=why)
            if not may_permit(policy, now):
                continue
            if reach is None or not _is_plain(policy):
                doubts.append(f"policy {policy.name or policy.policy_id} may not reach this computer or user")
            else:
                title = match.application_name or match.name
                sure.append(AlreadyApproved(Coverage.YES, title, policy.name, policy.policy_id, reach))
    if sure:
        return max(sure, key=lambda one: one.reach.width if one.reach else 0)
    if matches.odd:
        doubts.append("a matching application cannot be read")
    return AlreadyApproved(Coverage.UNKNOWN, why=doubts[0]) if doubts else AlreadyApproved(Coverage.NO)


@dataclass
class _Places:
    """Where a policy has to apply to take in this computer; global groups are asked about where one may be meant."""

    client: PortalClient
    details: PermitDetails
    organization_id: str
    known: dict[str, Reach]
    has_global: bool = False

    async def reach_of(self, policy: PolicyRow, now: datetime) -> Reach | None:
        """How far a policy reaches that takes in this computer; None where it may be another's."""
        group_id = policy.computer_group_id or ""
        if group_id and group_id not in self.known and not self.has_global and may_permit(policy, now):
            self.known |= await self._global_groups()
            self.has_global = True
        return self.known.get(group_id)

    async def _global_groups(self) -> dict[str, Reach]:
        """Those that the portal offers for this organization and system: they take in every computer of it.

        None where the portal does not list them: then a policy of one stays a doubt.
        """
        try:
            groups = await self.client.computer_groups_for_permit(self.organization_id, self.details.os_type)
        except PortalError:
            return {}
        return {each.computer_group_id: Reach.GLOBAL for each in groups if each.is_global is True}


async def _places(
    client: PortalClient, details: PermitDetails, organization_id: str, computer_id: str
) -> dict[str, Reach]:
    """The ids a policy can apply to that surely take in this computer, with the reach that each is."""
    rows = await client.computers(organization_id, computer_id=computer_id)
    row = next((one for one in rows if one.computer_id == computer_id), None)
    group_id = row.computer_group_id if row else details.computer_group_id
    places = {organization_id: Reach.ORGANIZATION, computer_id: Reach.COMPUTER}
    if group_id is not None:
        places[group_id] = Reach.COMPUTER_GROUP
    return places


def _is_over(policy: PolicyRow, now: datetime) -> bool:
    """Whether the policy does nothing any more: switched off, or ended."""
    return policy.is_enabled is False or (policy.end_date is not None and policy.end_date <= now)


def _denies(policy: PolicyRow, application_id: str) -> bool:
    """Whether the policy denies this very application: which of two policies wins is not decided from here."""
    named = {policy.application_id, *(one.lower() for one in policy.application_id_list)}
    return policy.policy_action_id in _DENIALS and application_id in named


def may_permit(policy: PolicyRow, now: datetime) -> bool:
    """Whether the policy could let software run at `now`; what it leaves unsaid is left to `_is_plain`."""
    return not _is_over(policy, now) and (
        policy.policy_action_id is None or policy.policy_action_id in _PERMITS
    )


def _is_plain(policy: PolicyRow) -> bool:
    """Whether the policy surely permits, now and for all: nothing unsaid, no schedule, no user filter."""
    return (
        policy.is_enabled is True
        and policy.policy_action_id is not None
        and policy.all_user_groups is not False
        and policy.policy_schedule_status != _BY_SCHEDULE
    )
