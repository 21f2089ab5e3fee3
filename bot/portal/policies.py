"""Policies of application control: the bodies of the writes, and what a policy must show to count as ours.

Two calls of the vendor's documentation (insert, copy to other places), one that live callers agree on (removing, by a
bare list), and the deployment that carries a change to the computers. The full replacement of a policy is not used:
what is left out of it becomes a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.portal.notes import names_attempt
from bot.portal.wire import PolicyRow

PERMIT: Final = 1
"""`policyActionId` of a policy that permits."""
_PERMITS: Final = frozenset({PERMIT, 6})
"""Permit, and permit with ringfencing."""
_EXPIRES: Final = 1
"""`policyScheduleStatus`: 0 none, 1 expires."""


@dataclass(frozen=True, kw_only=True)
class NewPolicy:
    """A permitting policy for applications that exist, at one place: a computer, a group or an organization."""

    name: str
    application_id: str
    applies_to_id: str
    os_type: int
    ends_at: datetime | None
    """None: without an end."""
    description: str
    """Carries our mark, by which the policy is found again."""


def insert_body(policy: NewPolicy) -> dict[str, Any]:
    """The body that makes a policy. Members whose type the sources disagree on are left out."""
    if not (policy.name.strip() and policy.application_id and policy.applies_to_id and policy.os_type):
        raise ValueError("a policy needs a name, an application, a place and an operating system")
    return {
        "name": policy.name,
        "applicationIdList": [policy.application_id],
        "computerGroupId": policy.applies_to_id,
        "osType": policy.os_type,
        "policyActionId": PERMIT,
        "isEnabled": True,
        "logAction": True,
        "elevationStatus": 0,
        "policyScheduleStatus": _EXPIRES if policy.ends_at else 0,
        "endDate": _utc(policy.ends_at),
        "allowRequest": False,
        "killRunningProcesses": False,
        "allDevices": True,
        "allUserGroups": True,
        "description": policy.description,
    }


def copy_body(policy: PolicyRow, organization_id: str, applies_to_id: str) -> dict[str, Any]:
    """The body that copies a policy to one further place of its own organization."""
    if policy.computer_group_id is None or not policy.os_type:
        raise ValueError("the portal does not say where the policy applies, or for which system")
    return {
        "osType": policy.os_type,
        "policies": [{"policyId": policy.policy_id}],
        "sourceAppliesToId": policy.computer_group_id,
        "sourceOrganizationId": organization_id,
        "targetAppliesToIds": [applies_to_id],
    }


def removal_body(policy_id: str, organization_id: str) -> list[dict[str, str]]:
    """A bare list: live callers were refused an object around it."""
    return [{"policyId": policy_id, "organizationId": organization_id}]


def applications_of(policy: PolicyRow) -> tuple[str, ...]:
    """Every application that a policy names, in lower case, each once."""
    named = (policy.application_id, *policy.application_id_list)
    return tuple(dict.fromkeys(one.lower() for one in named if one))


def why_not_ours(
    policy: PolicyRow, *, attempt_id: str, application_id: str, application_was_new: bool, applies_to_id: str
) -> str:
    """Why a policy may not be treated as the one that our attempt made; empty if it is.

    Ours is: it permits one application only, at the place that was chosen, and either its description carries our
    attempt's mark or its application is the very one that our approval made.
    """
    if policy.odd:
        return "the portal's answer about it cannot be read whole"
    if policy.policy_action_id not in _PERMITS:
        return "it does not (or no longer) permit anything"
    if "\\" in policy.name:
        return "it is a parent organization's copy"
    if policy.computer_group_id != applies_to_id:
        return "it applies somewhere else than was approved here"
    applications = applications_of(policy)
    if len(applications) != 1:
        return "it is shared: it permits other applications as well"
    marked = names_attempt(policy.description, attempt_id)
    made_here = application_was_new and application_id and applications == (application_id.lower(),)
    return "" if marked or made_here else "nothing shows that an approval of Gatehouse made it"


def newly_there(
    policies: Sequence[PolicyRow], before: Sequence[str], *, name: str, applies_to_id: str, mark: str = ""
) -> PolicyRow | None:
    """The policy that a write of ours brought: not there before, with this name at this place.

    Where the portal tells a description and we gave one with a mark, it has to carry the mark.
    """
    for policy in policies:
        is_new = policy.policy_id not in before and policy.name == name
        there = policy.computer_group_id == applies_to_id and policy.is_enabled is not False
        if (
            is_new
            and there
            and (not mark or not policy.description or names_attempt(policy.description, mark))
        ):
            return policy
    return None


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
