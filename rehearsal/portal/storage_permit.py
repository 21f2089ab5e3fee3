"""The permit of a storage request. Nobody has shown a real one, so the rules are those of its sibling.

As with application permits: the stored action verbatim (here in both its places) and unused members sent as
null, else a server error; a form that contradicts itself or names what is not the organization's is refused
in words; then the state, then the rights by reach, then the effect. All of that is our choice.
"""

from dataclasses import replace
from typing import Any, Final

from rehearsal.portal.answers import UNKNOWN_SCOPE, Answer, already_actioned, broken, invalid
from rehearsal.portal.call import Call
from rehearsal.portal.effects import apply_storage, settle_approved
from rehearsal.portal.permit import wording_of
from rehearsal.portal.records import STORAGE_TYPES, ApprovalRequest, StoragePolicy
from rehearsal.portal.rights import SCOPE_RIGHTS
from rehearsal.portal.schema import utc_time

_ENTITY_REACHES: Final = {0: "storage computer", 1: "group", 2: "organization"}
_NULL_NOT_ABSENT: Final = ("existingStoragePolicy", "newStorageDevice", "expirationDate")
"""Unused members that are sent as null and not left out, as in an application permit."""


def permit_storage(call: Call) -> Answer:
    """Approves a storage request by a new policy, or by adding the device to an existing one."""
    request = _request_of(call)
    _check_form(call, request)
    if call.rules.refuse_double_decisions and not request.is_open:
        raise already_actioned(request.approved_by)
    if request.action_type not in STORAGE_TYPES:
        raise invalid("Approval Request is not a storage request")
    amends = bool(call.body.get("addDeviceToExisting"))
    policy = _amended_policy(call, request) if amends else _new_policy(call, request)
    policy_id = apply_storage(call.world, request, policy, by=call.actor, at=call.now)
    wording = wording_of(call.body["approvalRequest"], call.body)
    settle_approved(call.world, request, wording, by=call.actor, at=call.now, policy_id=policy_id)
    return Answer(call.rules.permit_body)


def _request_of(call: Call) -> ApprovalRequest:
    sent = call.body.get("approvalRequest")
    if not sent or "approvalRequestId" not in sent:
        raise broken()
    return call.own_request(sent["approvalRequestId"])


def _check_form(call: Call, request: ApprovalRequest) -> None:
    """The stored action byte for byte in both places, and unused members as null."""
    body = call.body
    sent = {body["approvalRequest"].get("json"), body.get("json")}
    if sent != {request.json}:
        raise broken()
    if call.rules.all_keys_required and any(name not in body for name in _NULL_NOT_ABSENT):
        raise broken()


def _amended_policy(call: Call, request: ApprovalRequest) -> StoragePolicy:
    wanted = (call.body.get("existingStoragePolicy") or {}).get("storagePolicyId", "")
    policy = call.world.storage_policies.get(wanted)
    if policy is None or policy.organization_id != request.organization_id:
        raise invalid("Must select a valid storage policy")
    if call.body.get("allStorageDevices"):
        raise invalid("Must choose one device to add to a storage policy")
    serial = _serial_of_device(call, request)
    call.require(SCOPE_RIGHTS[_reach_kind(call, policy.applies_to_id)])
    return replace(policy, serial_numbers=tuple(dict.fromkeys([*policy.serial_numbers, serial])))


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
    end_at = utc_time(body.get("expirationDate"))
    if end_at is not None and end_at <= call.now:
        raise invalid("Invalid expiration date")
    return StoragePolicy(
        storage_policy_id=call.world.new_id("storage policy"),
        name=name,
        organization_id=request.organization_id,
        serial_numbers=("*",) if body.get("allStorageDevices") else (_serial_of_device(call, request),),
        path=_path(body),
        end_at=end_at,
        users=_users(body),
        action_type=request.action_type,
        applies_to_id=_storage_place(call, request),
    )


def _serial_of_device(call: Call, request: ApprovalRequest) -> str:
    """The device that the request is about; another one, or none, is not opened by it."""
    sent = (call.body.get("newStorageDevice") or {}).get("serialNumber") or ""
    if not call.body.get("deviceExists") and sent != request.file.serial_number:
        raise invalid("Must select a valid storage device")
    if not request.file.serial_number:
        raise invalid("Must select a valid storage device")
    return request.file.serial_number


def _path(body: dict[str, Any]) -> str:
    if body.get("allFilePaths"):
        return "*"
    path: str = (body.get("selectedPath") or "").strip()
    if not path:
        raise invalid("Must enter a path or choose all file paths")
    return path


def _users(body: dict[str, Any]) -> tuple[str, ...]:
    """Who may; everybody only where that is said, and then nobody is named beside it."""
    named = [body.get("users") or "", *(body.get("usersList") or [])]
    named += [(one or {}).get("value") or "" for one in body.get("userGroups") or []]
    told = tuple(dict.fromkeys(one.strip() for one in named if one and one.strip()))
    if bool(body.get("allUserGroups")) == bool(told):
        raise invalid("Must choose users, or all users")
    return told or ("*",)


def _storage_place(call: Call, request: ApprovalRequest) -> str:
    """The id that the policy applies to: of the kind that `entityType` says, of the organization and its system."""
    entity_type = call.body.get("entityType", 0)
    applies_to_id: str = call.body.get("appliesToId", "")
    world = call.world
    os_type = world.computers[request.computer_id].os_type
    place = {
        0: world.computers.get(applies_to_id),
        1: world.computer_groups.get(applies_to_id),
        2: world.organizations.get(applies_to_id),
    }.get(entity_type)
    if place is None or place.organization_id != request.organization_id:
        raise invalid(UNKNOWN_SCOPE)
    if getattr(place, "is_global", False) or getattr(place, "os_type", os_type) != os_type:
        raise invalid(UNKNOWN_SCOPE)
    call.require(SCOPE_RIGHTS[_ENTITY_REACHES[entity_type]])
    return applies_to_id
