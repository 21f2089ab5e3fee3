"""Policies of application control written from outside: made, copied, replaced whole, moved up, removed, deployed.

The order of the checks is ours: rights (401), form (500 for what is missing, 417 for what makes no sense), then whose
policy it is (400, 401), then the effect.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from rehearsal.portal.answers import UNKNOWN_SCOPE, Answer, broken, invalid, ok, refused, wrong_organization
from rehearsal.portal.call import Call
from rehearsal.portal.effects import note
from rehearsal.portal.records import DENY, DENY_WITH_REQUEST, PERMIT, PERMIT_RINGFENCED, Policy
from rehearsal.portal.rights import EDIT_POLICIES
from rehearsal.portal.schema import utc_time
from rehearsal.portal.software_reads import policy_row

_NEEDED: Final = ("name", "applicationIdList", "computerGroupId", "osType", "policyActionId")
_ACTIONS: Final = (PERMIT, DENY, DENY_WITH_REQUEST, PERMIT_RINGFENCED)
_EXPIRES: Final = 1
PUSHED_MARK: Final = "\\"
r"""A parent's copy is called `PARENT\Name` in the organizations below."""


def insert_policy(call: Call) -> Answer:
    """Makes a policy at a computer, a group or the organization; requests stay as they are."""
    call.require([EDIT_POLICIES])
    policy = _written(call, call.world.new_id("policy"))
    call.world.policies[policy.policy_id] = policy
    _noted(call, "Insert policy", policy)
    return ok(policy_row(call.world, policy))


def update_policy(call: Call) -> Answer:
    """Replaces a policy whole: what is left out falls back to its default; the system may not change."""
    call.require([EDIT_POLICIES])
    before = _own(call, call.body.get("policyId"))
    after = replace(_written(call, before.policy_id), created_at=before.created_at)
    if after.os_type != before.os_type:
        raise invalid("Invalid Operating System Type")
    call.world.policies[after.policy_id] = after
    _noted(call, "Update policy", after)
    return ok(policy_row(call.world, after))


def remove_policies(call: Call) -> Answer:
    """Removes policies by a bare list; one that may not be removed spares them all."""
    call.require([EDIT_POLICIES])
    rows = call.body["rows"]
    if not rows:
        raise invalid("Must select at least one policy")
    policies = [_removable(call, row) for row in rows]
    for policy in policies:
        del call.world.policies[policy.policy_id]
        _noted(call, "Delete policy", policy)
    return ok(value=True)


def copy_policies(call: Call) -> Answer:
    """Copies policies from one place to others of the same organization and system."""
    call.require([EDIT_POLICIES])
    body = call.body
    if not body.get("policies") or not body.get("targetAppliesToIds") or not body.get("sourceAppliesToId"):
        raise broken()
    if body.get("sourceOrganizationId") != call.organization_id:
        raise wrong_organization()
    copies = list(_copies(call, body["sourceAppliesToId"], body["targetAppliesToIds"], body.get("osType", 0)))
    for policy in copies:
        call.world.policies[policy.policy_id] = policy
        _noted(call, "Copy policy", policy)
    return Answer("{}")


def move_policy(call: Call) -> Answer:
    """Queues a policy's move to a group of the organization or of one above it; here it moves at once."""
    call.require([EDIT_POLICIES])
    policy = _own(call, call.body.get("policyId"))
    wanted = call.body.get("newPolicyComputerGroupId", "")
    offered = {g.computer_group_id: g for g in call.world.groups_for(call.organization_id, policy.os_type)}
    group = offered.get(wanted)
    if group is None:
        raise invalid(UNKNOWN_SCOPE)
    moved = replace(policy, applies_to_id=group.computer_group_id, organization_id=group.organization_id)
    call.world.policies[policy.policy_id] = moved
    _noted(call, "Move policy", moved)
    return Answer("{}")


def deploy_policies(call: Call) -> Answer:
    """Sends the organization's policies to its computers; the organization comes from the header."""
    call.require([EDIT_POLICIES])
    organization_id = call.organization_id
    note(call.world, organization_id, "Deploy", organization_id, "Policies", by=call.actor, at=call.now)
    return Answer("{}")


def _written(call: Call, policy_id: str) -> Policy:
    """The policy that a body describes."""
    body = call.body
    if any(body.get(name) is None for name in _NEEDED):
        raise broken()
    if not body["name"].strip():
        raise invalid("Must enter a name for the policy")
    if body["policyActionId"] not in _ACTIONS:
        raise invalid("Invalid policy action")
    expires = body.get("policyScheduleStatus", 0) == _EXPIRES
    end_at = utc_time(body.get("endDate")) if expires else None
    if expires and (end_at is None or end_at <= call.now):
        raise invalid("Invalid Date Range")
    _check_place(call, body["computerGroupId"], body["osType"])
    return Policy(
        policy_id=policy_id,
        name=body["name"],
        policy_action_id=body["policyActionId"],
        application_ids=_applications(call, body["applicationIdList"], body["osType"]),
        applies_to_id=body["computerGroupId"],
        organization_id=call.organization_id,
        os_type=body["osType"],
        created_at=call.now,
        is_enabled=body.get("isEnabled", False),
        allow_request=body.get("allowRequest", False),
        elevation_status=body.get("elevationStatus", 0),
        elevation_end_at=utc_time(body.get("elevationEndDate")),
        end_at=end_at,
        description=body.get("description") or "",
    )


def _applications(call: Call, wanted: list[str], os_type: int) -> tuple[str, ...]:
    """The applications, each of the organization, of one above it or the vendor's, and for the system."""
    owners = {call.organization_id, call.world.master_id, *call.world.above(call.organization_id)}
    for application_id in wanted:
        application = call.world.applications.get(application_id)
        if application is None or application.organization_id not in owners or application.os_type != os_type:
            raise invalid("Must select a valid application")
    if not wanted:
        raise invalid("Must select at least one application")
    return tuple(dict.fromkeys(wanted))


def _check_place(call: Call, place_id: str, os_type: int) -> None:
    """A computer or a group of the organization and the system, or the organization itself."""
    world = call.world
    computer, group = world.computers.get(place_id), world.computer_groups.get(place_id)
    held = computer or group
    if held is not None:
        fits = held.organization_id == call.organization_id and held.os_type == os_type
    else:
        fits = place_id == call.organization_id
    if not fits:
        raise invalid(UNKNOWN_SCOPE)


def _own(call: Call, policy_id: str | None) -> Policy:
    policy = call.world.policies.get(policy_id or "")
    if policy is None or policy.organization_id != call.organization_id:
        raise wrong_organization()
    return policy


def _removable(call: Call, row: dict[str, Any] | None) -> Policy:
    if not row or not row.get("policyId") or not row.get("organizationId"):
        raise broken()
    policy = _own(call, row["policyId"])
    if row["organizationId"] != policy.organization_id:
        raise wrong_organization()
    if PUSHED_MARK in policy.name:
        raise refused(401, "You are not authorized to delete policy.")
    return policy


def _copies(call: Call, source_id: str, targets: list[str], os_type: int) -> Iterator[Policy]:
    for row in call.body["policies"]:
        policy = _own(call, (row or {}).get("policyId"))
        if policy.applies_to_id != source_id or policy.os_type != os_type:
            raise invalid(UNKNOWN_SCOPE)
        for target in targets:
            _check_place(call, target, os_type)
            yield replace(
                policy, policy_id=call.world.new_id("policy"), applies_to_id=target, created_at=call.now
            )


def _noted(call: Call, function: str, policy: Policy) -> None:
    note(
        call.world,
        call.organization_id,
        function,
        policy.policy_id,
        policy.name,
        by=call.actor,
        at=call.now,
    )
