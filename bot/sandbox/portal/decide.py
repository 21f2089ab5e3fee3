"""Reject, ignore, take ownership, authorize and the storage permit."""

from dataclasses import replace
from typing import Any

from bot.sandbox.portal.answers import UNKNOWN_SCOPE, Answer, already_actioned, broken, invalid
from bot.sandbox.portal.call import Call
from bot.sandbox.portal.effects import Wording, apply_storage, note, settle_approved, settle_closed
from bot.sandbox.portal.permit import wording_of
from bot.sandbox.portal.records import (
    APPLICATION_TYPES,
    ESCALATED,
    STORAGE_TYPES,
    ApprovalRequest,
    StoragePolicy,
)
from bot.sandbox.portal.rights import APPROVE_APPLICATION, ELEVATION_ADMINISTRATOR, SCOPE_RIGHTS
from bot.sandbox.portal.schema import utc_time

_ENTITY_REACHES = {0: "storage computer", 1: "group", 2: "organization"}


def reject(call: Call) -> Answer:
    """Closes a batch of requests as rejected; one that is closed already refuses the whole batch."""
    return _close_batch(call, "Reject")


def ignore(call: Call) -> Answer:
    """Closes a batch of requests without an answer to the requestor."""
    return _close_batch(call, "Ignore")


def _close_batch(call: Call, function: str) -> Answer:
    rows = call.body.get("approvalRequestDtos")
    if not rows:
        raise invalid("Must select at least one approval request")
    requests = [_row_request(call, row) for row in rows]
    for request in requests:
        call.require(_acting_rights(request))
        _refuse_if_closed(call, request)
    for request, row in zip(requests, rows, strict=True):
        settle_closed(call.world, request, _closing_words(call, row), by=call.actor, at=call.now)
        note(
            call.world,
            request.organization_id,
            function,
            request.approval_request_id,
            call.body.get("responseReason") or call.body.get("rejectReason") or "",
            by=call.actor,
            at=call.now,
        )
    return Answer(call.rules.permit_body)


def _row_request(call: Call, row: dict[str, Any] | None) -> ApprovalRequest:
    if not row or "approvalRequestId" not in row:
        raise broken()
    return call.own_request(row["approvalRequestId"])


def _acting_rights(request: ApprovalRequest) -> tuple[str, ...]:
    """Acting at all needs the right to approve that kind at the narrowest reach."""
    if request.action_type in STORAGE_TYPES:
        return SCOPE_RIGHTS["storage computer"]
    if request.action_type == "elevate":
        return (ELEVATION_ADMINISTRATOR, *APPROVE_APPLICATION)
    return APPROVE_APPLICATION


def _refuse_if_closed(call: Call, request: ApprovalRequest) -> None:
    if call.rules.refuse_double_decisions and not request.is_open:
        raise already_actioned(request.approved_by)


def _closing_words(call: Call, row: dict[str, Any]) -> Wording:
    reason = call.body.get("responseReason") or call.body.get("rejectReason") or call.body.get("ignoreReason")
    wording = wording_of(row if call.rules.reject_stores_comments else {}, call.body)
    return replace(wording, response_reason=reason)


def take_ownership(call: Call) -> Answer:
    """Makes the API user the assignee of an open request."""
    request = _row_request(call, call.body)
    call.require(_acting_rights(request))
    if not request.is_open:
        raise already_actioned(request.approved_by)
    call.world.requests[request.approval_request_id] = replace(
        request, assignee=call.token.name, assignee_user_id=call.token.user_id, assigned_at=call.now
    )
    return Answer(call.rules.permit_body)


def authorize(call: Call) -> Answer:
    """Tells the vendor's response team that it may permit an escalated request; rule 17 for any other."""
    request = _row_request(call, call.body)
    call.require(APPROVE_APPLICATION)
    if request.status_id != ESCALATED or request.action_type not in APPLICATION_TYPES:
        raise already_actioned("")
    call.world.requests[request.approval_request_id] = replace(request, is_authorized=True)
    return Answer(call.rules.permit_body)


def permit_storage(call: Call) -> Answer:
    """Approves a storage request by a new policy, or by adding the device to an existing one."""
    body = call.body
    request = _row_request(call, body.get("approvalRequest"))
    if body["approvalRequest"].get("json") != request.json:
        raise broken()
    _refuse_if_closed(call, request)
    if request.action_type not in STORAGE_TYPES:
        raise invalid("Approval Request is not a storage request")
    policy = _amended_policy(call, request) if body.get("addDeviceToExisting") else _new_policy(call, request)
    policy_id = apply_storage(call.world, request, policy, by=call.actor, at=call.now)
    settle_approved(
        call.world,
        request,
        wording_of(body["approvalRequest"], body),
        by=call.actor,
        at=call.now,
        policy_id=policy_id,
    )
    return Answer(call.rules.permit_body)


def _amended_policy(call: Call, request: ApprovalRequest) -> StoragePolicy:
    wanted = (call.body.get("existingStoragePolicy") or {}).get("storagePolicyId", "")
    policy = call.world.storage_policies.get(wanted)
    if policy is None or policy.organization_id != request.organization_id:
        raise invalid("Must select a valid storage policy")
    call.require(SCOPE_RIGHTS[_reach_kind(call, policy.applies_to_id)])
    serials = tuple(dict.fromkeys([*policy.serial_numbers, request.file.serial_number]))
    return replace(policy, serial_numbers=serials)


def _reach_kind(call: Call, applies_to_id: str) -> str:
    if applies_to_id in call.world.computers:
        return "storage computer"
    group = call.world.computer_groups.get(applies_to_id)
    if group is None:
        return "organization"
    return "global" if group.is_global else "group"


def _new_policy(call: Call, request: ApprovalRequest) -> StoragePolicy:
    body = call.body
    name = (body.get("policyName") or "").strip()
    if not name:
        raise invalid("Must enter a name for a new policy")
    applies_to_id = _storage_place(call, request)
    all_devices = bool(body.get("allStorageDevices"))
    expires = body.get("expirationDate")
    return StoragePolicy(
        call.world.new_id("storage policy"),
        name,
        request.organization_id,
        applies_to_id,
        ("*",) if all_devices else (request.file.serial_number,),
        "*" if body.get("allFilePaths") else body.get("selectedPath") or request.file.full_path,
        utc_time(expires),
    )


def _storage_place(call: Call, request: ApprovalRequest) -> str:
    """The id that the policy applies to; it must be of the kind that `entityType` says, and of the organization."""
    entity_type = call.body.get("entityType", 0)
    applies_to_id: str = call.body.get("appliesToId", "")
    computer = call.world.computers.get(applies_to_id)
    group = call.world.computer_groups.get(applies_to_id)
    owner = computer or group or call.world.organizations.get(applies_to_id)
    kinds = {0: computer, 1: group, 2: call.world.organizations.get(applies_to_id)}
    if owner is None or kinds.get(entity_type) is None or owner.organization_id != request.organization_id:
        raise invalid(UNKNOWN_SCOPE)
    call.require(SCOPE_RIGHTS[_ENTITY_REACHES[entity_type]])
    return applies_to_id
