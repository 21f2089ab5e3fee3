"""Rows of the Unified Audit on the wire, single and grouped."""

from typing import Any, Final

from rehearsal.portal.records import (
    ACTION_TYPE_IDS,
    DENY,
    DENY_WITH_REQUEST,
    PERMIT,
    PERMIT_RINGFENCED,
    WINDOWS,
    ZERO_GUID,
    AuditRow,
)
from rehearsal.portal.wire_requests import UNSET_DATE, wire_certificates, wire_time
from rehearsal.portal.world import World

ACTION_NAMES: Final = {
    PERMIT: "Permit",
    DENY: "Deny",
    DENY_WITH_REQUEST: "Deny (Option to Request)",
    PERMIT_RINGFENCED: "Ringfenced",
}
_FALSE_FIELDS: Final = (
    "storagePolicyExists",
    "nacPolicyExists",
    "secureNetworkPolicyExists",
    "twPolicyExists",
    "webControlPolicyExists",
    "allowPermitVendorButton",
    "reportMissing",
    "isExtension",
    "remotePresence",
    "remotePresenceThreatLockerDetected",
    "isProtectedProcess",
    "allowFileUpload",
    "canViewOnSystemLookup",
    "isCloudLog",
    "isCloudActionType",
    "isVirusTotalUnavailable",
    "deleteFileRequestSent",
    "isAccessDevice",
)
_NULL_FIELDS: Final = (
    "data",
    "notes",
    "batchId",
    "parentProcessName",
    "applicationName",
    "applicationOrganizationId",
    "applicationIsBuiltIn",
    "destinationIPAddress",
    "destinationPort",
    "sourceIPAddress",
    "virusTotalCheckName",
    "virusTotalCheckArgument",
    "systemLookupUrl",
    "edgeStoreUrl",
    "firefoxStoreUrl",
    "integrationTypeId",
    "threatLockerItem",
    "encryptionStatus",
    "remotePresenceText",
    "policyLocation",
)
_ZERO_FIELDS: Final = (
    "parentProcessId",
    "memoryBytes",
    "networkDirection",
    "encryption",
    "lastSortValue",
    "groupByCount",
)
_EVERY_TEXT: Final = (
    "eActionLogId",
    "organizationName",
    "hostname",
    "username",
    "fullPath",
    "policyName",
    "actionType",
    "action",
    "effectiveAction",
    "processPath",
    "processName",
    "createdByProcess",
    "hash",
    "sha256Hash",
    "cert",
    "certText",
    "monitorMode",
    "deviceType",
    "serialNumber",
    "threatSeverityLevel",
    "chromeStoreUrl",
)


def audit_row(world: World, row: AuditRow, total: int) -> dict[str, Any]:
    """One event as the search and the single read answer it; `total` is how many the whole search found."""
    return {
        **dict.fromkeys(_FALSE_FIELDS, False),
        **dict.fromkeys(_NULL_FIELDS),
        **dict.fromkeys(_ZERO_FIELDS, 0),
        **_identity(world, row),
        **_what(row),
        **_policy(world, row),
        **_application(world, row),
        **_threat(row),
        "totalCount": total,
        "hasViewComputerPermission": True,
    }


def _identity(world: World, row: AuditRow) -> dict[str, Any]:
    computer = world.computers[row.computer_id]
    parents = [world.organizations[parent_id] for parent_id in world.above(row.organization_id)]
    return {
        "actionLogId": row.number,
        "eActionLogId": row.audit_row_id,
        "organizationId": row.organization_id,
        "computerId": row.computer_id,
        "dateTime": wire_time(row.at),
        "dateTimeImported": wire_time(row.at),
        "organizationName": world.organizations[row.organization_id].display_name,
        "hostname": computer.name,
        "username": row.username,
        "osType": computer.os_type,
        "organizationParents": [
            {"organizationId": parent.organization_id, "displayName": parent.display_name}
            for parent in parents
        ],
    }


def _what(row: AuditRow) -> dict[str, Any]:
    file = row.file
    created_by = [{"createdByProcess": process, "count": 1} for process in file.created_by]
    return {
        "fullPath": file.full_path,
        "actionType": row.action_type,
        "actionTypeId": ACTION_TYPE_IDS.get(row.action_type, 0),
        "actionId": row.action_id,
        "action": ACTION_NAMES[row.action_id],
        "effectiveAction": _effective_action(row),
        "isMonitorMode": row.is_monitor_mode,
        "monitorMode": "Monitor Only" if row.is_monitor_mode else "Secured",
        "learningModeEndDate": UNSET_DATE,
        "processPath": file.process_path,
        "processName": file.process_path.replace("\\", "/").rsplit("/", 1)[-1],
        "processId": row.process_id,
        "createdByProcess": file.created_by[0] if file.created_by else "",
        "actionLogCreatedByProcesses": created_by,
        "hash": file.hash,
        "sha256Hash": file.sha256,
        "size": file.size_bytes,
        "cert": file.certificates[0].subject if file.certificates else "",
        "certs": [certificate.subject for certificate in file.certificates],
        "certExists": bool(file.certificates),
        "certText": "",
        "certificates": [{**certificate, "value": ""} for certificate in wire_certificates(file)],
        "deviceType": file.device_type,
        "serialNumber": file.serial_number,
        "chromeStoreUrl": file.store_url or None,
    }


def _effective_action(row: AuditRow) -> str:
    """What really happened: a simulated deny let the file run."""
    return "Deny" if row.is_deny and not row.is_monitor_mode else "Permit"


def _policy(world: World, row: AuditRow) -> dict[str, Any]:
    policy = world.policies.get(row.policy_id)
    return {
        "policyId": row.policy_id,
        "policyName": row.policy_name,
        "policyOrganizationId": policy.organization_id if policy else ZERO_GUID,
        "policyExists": policy is not None,
        "policyEnabled": policy is not None and policy.is_enabled,
        "hasPolicyData": policy is not None,
        "optionToRequest": row.action_id == DENY_WITH_REQUEST,
    }


def _application(world: World, row: AuditRow) -> dict[str, Any]:
    application = world.applications.get(row.application_id)
    if application is None:
        return {"applicationId": ZERO_GUID}
    return {
        "applicationId": application.application_id,
        "applicationName": application.name,
        "applicationOrganizationId": application.organization_id,
        "applicationIsBuiltIn": application.organization_id == world.master_id,
    }


def _threat(row: AuditRow) -> dict[str, Any]:
    is_bad = row.file.is_known_bad
    ratings = [{"name": "Reputation", "rating": "malicious"}] if is_bad else []
    return {"threatSeverityLevel": "High" if is_bad else "", "engineRatings": ratings}


def grouped_row(values: dict[str, Any], count: int, total: int) -> dict[str, Any]:
    """A row of a grouped search: only what was grouped by, and how many events stand behind it."""
    return {
        **dict.fromkeys(_FALSE_FIELDS, False),
        **dict.fromkeys(_NULL_FIELDS),
        **dict.fromkeys(_EVERY_TEXT),
        **dict.fromkeys(_ZERO_FIELDS, 0),
        "actionLogId": 0,
        "actionId": 0,
        "actionTypeId": 0,
        "processId": 0,
        "size": 0,
        "osType": WINDOWS,
        "organizationId": ZERO_GUID,
        "computerId": ZERO_GUID,
        "policyId": ZERO_GUID,
        "applicationId": ZERO_GUID,
        "dateTime": UNSET_DATE,
        "dateTimeImported": UNSET_DATE,
        "isMonitorMode": False,
        "totalCount": total,
        **values,
        "groupByCount": count,
    }
