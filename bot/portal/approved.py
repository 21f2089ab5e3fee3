"""Is the software of a request approved already? Only then does an elevation need no application right.

The answer is `YES` only where the portal shows an enabled permit policy that surely covers this very
computer. What cannot be learnt, or holds under conditions that are not seen from here, is `UNKNOWN`, and
counts as not approved.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.models import Reach
from bot.portal.client import PortalClient
from bot.portal.errors import PortalError
from bot.portal.wire import PolicyRow
from bot.portal.wire_permit import PermitDetails

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
