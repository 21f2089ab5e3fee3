"""Approval requests on the wire: the list row, the permit details and the storage details."""

import base64
from datetime import datetime
from typing import Any, Final

from rehearsal.portal.records import (
    ESCALATED,
    LISTABLE_STATUSES,
    STORAGE_TYPES,
    ZERO_GUID,
    ApprovalRequest,
    Computer,
    FileFacts,
)
from rehearsal.portal.world import World

UNSET_DATE: Final = "0001-01-01T00:00:00"
"""How the portal writes a date that was never set but may not be null."""
_ESCALATED_BY_CUSTOMER: Final = 17
_DATA_CENTER: Final = "7c0d5a61-2f6e-4b0c-8d11-3b9f5e7a9c02"
INSTANCE: Final = "S"


def wire_time(at: datetime) -> str:
    """A moment as the portal writes it: whole seconds, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def wire_time_or_none(at: datetime | None) -> str | None:
    """A moment that may be unset."""
    return None if at is None else wire_time(at)


def wire_certificates(file: FileFacts) -> list[dict[str, Any]]:
    """The signatures of a file."""
    return [{"sha": c.sha, "subject": c.subject, "validCert": c.is_valid} for c in file.certificates]


def request_row(world: World, request: ApprovalRequest, base_url: str) -> dict[str, Any]:
    """One approval request, as the list and the single read answer it."""
    computer = world.computers[request.computer_id]
    return {
        **_identity(world, request, computer),
        **_wording(request),
        **_assignment(request),
        **_outcome(request),
        "threatLockerActionDto": _action(world, request, computer),
        "portalApiUrl": base_url,
        "approvalRequestTimerDto": _timer(request),
        **_tiers(),
    }


def _identity(world: World, request: ApprovalRequest, computer: Computer) -> dict[str, Any]:
    return {
        "approvalRequestId": request.approval_request_id,
        "statusId": request.status_id,
        "statusIdEscalatedToMSP": ESCALATED,
        "statusIdEscalatedByCustomer": _ESCALATED_BY_CUSTOMER,
        "organizationId": request.organization_id,
        "organizationName": world.organizations[request.organization_id].display_name,
        "masterOrganizationId": world.master_id,
        "instanceName": INSTANCE,
        "threatLockerDataCenterId": _DATA_CENTER,
        "computerId": request.computer_id,
        "hostname": computer.name,
        "username": request.username,
        "path": request.file.full_path,
        "hash": request.file.hash,
        "ipAddress": computer.ip_address,
        "serialNumber": request.file.serial_number,
        "dateTime": wire_time(request.requested_at),
        "actionDate": wire_time_or_none(request.decided_at),
        "json": request.json,
    }


def _wording(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "requestor": request.requestor,
        "requestorReason": base64.b64encode(request.reason.encode(errors="replace")).decode("ascii"),
        "requestorEmailAddress": request.email,
        "comments": request.comments,
        "ticketId": request.ticket_id,
        "ticketApprovalManager": request.ticket_manager,
        "notes": request.notes,
        "signature": "",
        "tlInstructions": request.instructions,
    }


def _assignment(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "isAssigned": request.assignee != "",
        "assigneeUserId": request.assignee_user_id,
        "assigneeUsername": request.assignee,
        "assigneeFirstName": request.assignee.partition(" ")[0],
        "assigneeLastname": request.assignee.partition(" ")[2],
        "isAssigneeLoggedIntoMaster": False,
        "retrievedAssigneeUsername": request.assignee != "",
    }


def _outcome(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "approvedBy": request.approved_by,
        "policyId": request.new_policy_id,
        "tempPolicyId": None,
        "applicationId": request.new_application_id,
        "tempApplicationId": None,
        "authorizeForPermit": request.is_authorized,
        "isEscalatedByCyberHero": request.status_id == ESCALATED,
        "isEscalatedByCustomer": False,
    }


def _tiers() -> dict[str, Any]:
    zeros = (
        "multiLevelApprovalStatusId initialApprovalTierLevel pendingTierLevel approvedByTierLevel approvalNumber"
        " approvalCount count"
    )
    no = (
        "hasPendingApprovalRequest suggestCustomRule cyberHeroManagementConfigured canRequestNewBuiltIn"
        " showMfaChallenge showMfaRegistration"
    )
    return {
        "multiLevelApprovalRequestId": None,
        "linkedMfaUser": None,
        "maxTriggeredStartDate": None,
        **dict.fromkeys(zeros.split(), 0),
        **dict.fromkeys(no.split(), False),
    }


def _timer(request: ApprovalRequest) -> dict[str, Any]:
    taken = request.decided_at - request.requested_at if request.decided_at else None
    return {
        "approvalRequestId": request.approval_request_id,
        "requestDate": wire_time(request.requested_at),
        "assignedDate": wire_time_or_none(request.assigned_at) or UNSET_DATE,
        "escalatedDate": UNSET_DATE,
        "returnedDate": UNSET_DATE,
        "reassignedDate": UNSET_DATE,
        "actionedDate": wire_time_or_none(request.decided_at) or UNSET_DATE,
        "totalTimeInSeconds": int(taken.total_seconds()) if taken else 0,
    }


def _action(world: World, request: ApprovalRequest, computer: Computer) -> dict[str, Any]:
    file, organization = request.file, world.organizations[request.organization_id]
    return {
        "fullPath": file.full_path,
        "policyId": request.policy_id,
        "username": request.username,
        "actionId": 3,
        "hash": file.hash,
        "processName": file.process_path,
        "certs": wire_certificates(file),
        "applicationId": ZERO_GUID,
        "datetime": wire_time(request.requested_at),
        "logAction": True,
        "serialNumber": file.serial_number,
        "deviceType": file.device_type,
        "actionType": request.action_type,
        "size": file.size_bytes,
        "processId": 4242,
        "ringFence": False,
        "policyName": request.policy_name,
        "applicationName": "",
        "encryptionStatus": 0,
        "installedBy": list(file.created_by),
        "monitorOnly": False,
        "notes": "",
        "sha256": file.sha256,
        "ringfencePolicyId": "",
        "remotePresence": False,
        "organizationId": request.organization_id,
        "hostname": computer.name,
        "computerId": request.computer_id,
        "manufacturer": file.manufacturer,
        "osType": computer.os_type,
        "destinationIP": "",
        "domainName": organization.domain,
        "organizationName": organization.display_name,
    }


def permit_details(world: World, request: ApprovalRequest, base_url: str) -> dict[str, Any]:
    """The prefilled permit of an application or elevation request, ready to be changed and sent back."""
    computer = world.computers[request.computer_id]
    organization = world.organizations[request.organization_id]
    return {
        "computerId": computer.computer_id,
        "computerGroupId": computer.computer_group_id,
        "organizationId": request.organization_id,
        "organizationIds": [request.organization_id, *world.above(request.organization_id)],
        "osType": computer.os_type,
        "userinstance": INSTANCE.lower(),
        "approvalRequest": request_row(world, request, base_url),
        "isFromApproval": True,
        "actionLog": None,
        "isFromActionLog": False,
        **_kind_flags(request),
        "fileDetails": _file_details(world, request, computer),
        "matchingApplications": _no_application(),
        "policyConditions": _conditions(request),
        "policyExpirationDate": None,
        "ringfencingOptions": _no_ringfencing(),
        "networkExclusions": [],
        "ringfenceActionId": 0,
        "isRingfenced": False,
        "hasRingfencingAsProduct": True,
        "hasElevation": organization.has_elevation,
        "organizationHasElevation": organization.has_elevation,
        "elevationStatus": 0,
        "elevationExpiration": 0,
        "elevationExpirationDate": None,
        "policyLevel": {
            "canUseEntireOrganization": True,
            "toEntireOrganization": False,
            "toComputerGroup": False,
            "selectedComputerGroup": None,
            "toComputer": False,
        },
        "adminNotes": {"ticket": "", "requestorEmail": request.email, "comments": ""},
        "applicationList": [],
        "systemAudits": [],
        "allowTMM": False,
        "fileExclusions": [],
        "hasOriginApprovalCenter": True,
        "responseSubject": None,
        "responseReason": None,
        "notifyOnResponse": False,
    }


def _kind_flags(request: ApprovalRequest) -> dict[str, Any]:
    is_elevation = request.action_type == "elevate"
    return {
        "actionType": request.action_type,
        "isElevationRequest": is_elevation,
        "isExecutionRequest": not is_elevation,
        "isExtensionRequest": request.is_extension,
        "edgeStoreUrl": "",
        "chromeStoreUrl": request.file.store_url,
        "canViewOnSystemLookup": False,
        "systemLookupUrl": "",
        "canViewVirusTotal": request.file.hash != "",
        "virusTotalUrl": f"https://reputation.example/file/{request.file.sha256}",
        "fileHistoryChecked": False,
        "suggestCustomRule": False,
    }


def _file_details(world: World, request: ApprovalRequest, computer: Computer) -> dict[str, Any]:
    file = request.file
    return {
        "fullPath": file.full_path,
        "processPath": file.process_path,
        "hash": file.hash,
        "certificates": wire_certificates(file),
        "createdByProcesses": list(file.created_by),
        "filename": file.file_name,
        "sha256": file.sha256,
        "date": wire_time(request.requested_at),
        "originalHostname": computer.name,
        "hostname": computer.name,
        "username": request.username,
        "organizationName": world.organizations[request.organization_id].display_name,
        "policyName": request.policy_name,
        "applicationName": "",
        "requestorReason": request.reason,
        "approvalStatus": LISTABLE_STATUSES.get(request.status_id, ""),
        "approvalBy": request.approved_by,
        "size": file.size_bytes,
    }


def _no_application() -> dict[str, Any]:
    """The application choice as it is prefilled: never a match; the matching list must be asked for that."""
    return {
        "hasMatchingApplication": False,
        "useMatchingApplication": False,
        "matchingApplication": None,
        "useExistingApplication": False,
        "existingApplication": None,
        "useNewApplication": False,
        "newApplicationName": None,
    }


def _conditions(request: ApprovalRequest) -> dict[str, Any]:
    file = request.file
    by_hash = {
        "fullPath": None,
        "processPath": None,
        "cert": None,
        "hash": file.hash,
        "createdBy": None,
        "isDefaultOption": True,
        "disabled": False,
    }
    return {
        "useExistingPolicy": False,
        "createManualPolicy": False,
        "manualOptions": [by_hash] if file.hash else [],
        "ruleId": 0,
        "certSubjects": [certificate.subject for certificate in file.certificates],
        "createdByProcesses": list(file.created_by),
        "disableProtection": False,
        "includedAdditionalFiles": None,
    }


def _no_ringfencing() -> dict[str, Any]:
    off = "hideCustomRules restrictApplicationSpawning restrictRegistryAccess restrictFileAccess"
    off += " restrictNetworkAccess restrictApplication"
    lists = "rfFilePolicy rfNetworkPolicy rfRegistryPolicy rfAssociatedApplicationPolicy"
    return {**dict.fromkeys(off.split(), False), **{name: [] for name in lists.split()}}


def storage_details(world: World, request: ApprovalRequest, base_url: str) -> dict[str, Any]:
    """The prefilled storage permit of a read or write request."""
    if request.action_type not in STORAGE_TYPES:
        raise ValueError(f"{request.approval_request_id} is {request.action_type}, not a storage request.")
    file, computer = request.file, world.computers[request.computer_id]
    return {
        "approvalRequest": request_row(world, request, base_url),
        "addDeviceToExisting": False,
        "existingStoragePolicy": None,
        "addDeviceName": f"{file.device_type} {file.serial_number}",
        "policyName": f"{file.device_type} {request.action_type} - {computer.name}",
        "entityType": 0,
        "appliesToId": computer.computer_id,
        "policyType": "",
        "allStorageDevices": file.is_all_devices,
        "newStorageDevice": {
            "storageDeviceId": request.approval_request_id,
            "organizationId": request.organization_id,
            "name": f"{file.device_type} {file.serial_number}",
            "serialNumber": file.serial_number,
            "owner": request.requestor,
            "manufacturer": file.manufacturer,
            "storagePolicyId": ZERO_GUID,
            "storagePolicyIds": [],
        },
        "deviceExists": False,
        "allFilePaths": False,
        "selectedPath": file.full_path,
        "deviceType": file.device_type,
        "encryptionStatus": 0,
        "json": request.json,
        "allUserGroups": False,
        "users": "",
        "usersList": [request.username],
        "userGroups": [],
        "expirationDate": None,
        "responseSubject": None,
        "responseReason": None,
        "notifyOnResponse": False,
        "processesList": [],
    }
