"""Objects as the portal sends them, for tests to change one member at a time. All values are invented."""

import copy
from typing import Any

ROOT = "0c9a52be-71f3-4d06-9e18-3f5b7a2c4d61"
ORGANIZATION = "51d7e3a4-2b68-4f9c-8a05-c6e1f0937b2d"
OTHER_ORGANIZATION = "f4a86b15-90c3-4e7d-b2d8-15a7c3e94f06"
COMPUTER = "83be19d2-4c75-4a60-9f3e-d20b6a8c51f7"
GROUP = "2e60f7c9-d814-4b35-a7f2-98c5e3d1046b"
REQUEST = "b7a3d0e5-6f92-4c18-85be-4a1d9c70f2e3"
APPLICATION = "d91c4e07-3ab8-4562-90fd-7be2a5c81f34"
POLICY = "6a5f28d3-e170-4d9b-b84c-0f3c7e9a2d15"
ZERO = "00000000-0000-0000-0000-000000000000"
HASH = "7D20C94AF1B36E8855E0D9A4C7F21B36"
SHA256 = "c1f0a97b35d2e8640b9f7c13ad58e2460f7b91c3d5a8e2740691bfc3d7a5e820"
TOKEN = "0f" * 32

# Escapes that a careless client would rewrite: a slash, upper-case hex, a lone surrogate, blanks between members.
ODD_JSON = (
    '{ "fullPath":"C:\\\\Tools\\\\gr\\u00FCn\\/setup.exe",  "hash":"' + HASH + '",'
    '"actionType":"execute","note":"\\ud83d \\u2028 <&>" }'
)

_ACTION = {
    "fullPath": "C:\\Tools\\setup.exe",
    "username": "FJORD\\kari",
    "hostname": "FJ-LT-007",
    "hash": HASH,
    "sha256": SHA256,
    "processName": "C:\\Windows\\explorer.exe",
    "certs": [{"sha": "AB12", "subject": "CN=Fjord Tools AS", "validCert": True}],
    "actionType": "execute",
    "policyName": "Default",
    "installedBy": ["C:\\Browser\\browser.exe"],
    "size": 1048576,
    "osType": 1,
    "datetime": "2026-03-02T07:59:58Z",
}
_ROW = {
    "approvalRequestId": REQUEST,
    "statusId": 1,
    "statusIdEscalatedToMSP": 13,
    "statusIdEscalatedByCustomer": 17,
    "organizationId": ORGANIZATION,
    "organizationName": "Fjord Logistics",
    "instanceName": "K",
    "computerId": COMPUTER,
    "hostname": "FJ-LT-007",
    "username": "FJORD\\kari",
    "path": "C:\\Tools\\setup.exe",
    "hash": HASH,
    "dateTime": "2026-03-02T08:00:00Z",
    "actionDate": None,
    "json": ODD_JSON,
    "threatLockerActionDto": _ACTION,
    "requestor": "kari",
    "requestorReason": "U2V0dXAgZm9yIHRoZSBsYWJlbCBwcmludGVy",
    "requestorEmailAddress": "kari@fjord.example",
    "comments": "",
    "ticketId": "",
    "approvedBy": "",
    "isAssigned": False,
    "portalApiUrl": "https://portalapi.k.threatlocker.example/",
}
_FORM = {
    "computerId": COMPUTER,
    "computerGroupId": GROUP,
    "organizationId": ORGANIZATION,
    "organizationIds": [ORGANIZATION, ROOT],
    "osType": 1,
    "userinstance": "k",
    "isFromApproval": True,
    "actionLog": None,
    "isFromActionLog": False,
    "actionType": "execute",
    "isElevationRequest": False,
    "isExecutionRequest": True,
    "isExtensionRequest": False,
    "canViewVirusTotal": True,
    "fileDetails": {
        "fullPath": "C:\\Tools\\setup.exe",
        "processPath": "C:\\Windows\\explorer.exe",
        "hash": HASH,
        "certificates": [{"sha": "AB12", "subject": "CN=Fjord Tools AS", "validCert": True}],
        "createdByProcesses": ["C:\\Browser\\browser.exe"],
        "filename": "setup.exe",
        "sha256": SHA256,
        "date": "2026-03-02T08:00:00Z",
        "hostname": "FJ-LT-007",
        "username": "FJORD\\kari",
        "organizationName": "Fjord Logistics",
        "policyName": "Default",
        "requestorReason": "Setup for the label printer",
        "size": 1048576,
    },
    "matchingApplications": {
        "hasMatchingApplication": False,
        "useMatchingApplication": False,
        "matchingApplication": None,
        "useExistingApplication": False,
        "existingApplication": None,
        "useNewApplication": False,
        "newApplicationName": None,
    },
    "policyConditions": {
        "useExistingPolicy": False,
        "createManualPolicy": False,
        "manualOptions": [],
        "ruleId": 0,
        "certSubjects": ["CN=Fjord Tools AS"],
        "createdByProcesses": [],
        "disableProtection": False,
        "includedAdditionalFiles": None,
    },
    "policyExpirationDate": None,
    "ringfencingOptions": {"restrictApplication": False, "rfFilePolicy": []},
    "networkExclusions": [],
    "ringfenceActionId": 1,
    "hasRingfencingAsProduct": True,
    "hasElevation": True,
    "organizationHasElevation": True,
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
    "adminNotes": {"ticket": "", "requestorEmail": "kari@fjord.example", "comments": ""},
    "applicationList": [],
    "allowTMM": False,
    "hasOriginApprovalCenter": True,
    "responseSubject": None,
    "responseReason": None,
    "notifyOnResponse": False,
}


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A deep copy with members replaced; a member whose new value is `...` is left out."""
    merged = copy.deepcopy(base) | changes
    return {key: value for key, value in merged.items() if value is not ...}


def row(**changes: Any) -> dict[str, Any]:
    """An approval request as list and get return it."""
    return changed(_ROW, changes)


def action(**changes: Any) -> dict[str, Any]:
    """The action object of a request."""
    return changed(_ACTION, changes)


def form(**changes: Any) -> dict[str, Any]:
    """A prefilled permit form."""
    return changed({"approvalRequest": row(), **_FORM}, changes)


def form_of(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The permit form of that request."""
    return form(approvalRequest=request, **changes)


def elevation_form(**changes: Any) -> dict[str, Any]:
    """The permit form of an elevation request."""
    inner = ODD_JSON.replace("execute", "elevate")
    request = row(threatLockerActionDto=action(actionType="elevate"), json=inner)
    flags = {"actionType": "elevate", "isElevationRequest": True, "isExecutionRequest": False}
    return form(**({"approvalRequest": request} | flags | changes))


def policy(**changes: Any) -> dict[str, Any]:
    """An enabled permit policy for the one computer."""
    base = {
        "policyId": POLICY,
        "name": "Permit Label Printer",
        "policyActionId": 1,
        "applicationId": APPLICATION,
        "computerGroupId": COMPUTER,
        "organizationId": ORGANIZATION,
        "isEnabled": True,
        "allUserGroups": True,
        "policyScheduleStatus": 0,
        "endDate": None,
        "osType": 1,
    }
    return changed(base, changes)


def application(**changes: Any) -> dict[str, Any]:
    """A matching application of the request's own organization."""
    base = {
        "name": "Label Printer",
        "applicationName": "Label Printer",
        "applicationId": APPLICATION,
        "organizationId": ORGANIZATION,
        "organizationName": "Fjord Logistics",
        "osType": 1,
        "suggestedPolicyId": None,
        "status": 1,
        "isMaintained": False,
        "researchApplicationId": None,
    }
    return changed(base, changes)


def computer_group(**changes: Any) -> dict[str, Any]:
    """A computer group that a permit may name."""
    base = {
        "computerGroupId": GROUP,
        "name": "Laptops",
        "organizationId": ORGANIZATION,
        "organizationName": "Fjord Logistics",
        "default": True,
        "osType": 1,
        "isGlobal": False,
    }
    return changed(base, changes)


def computer(**changes: Any) -> dict[str, Any]:
    """A computer of the directory."""
    base = {
        "computerId": COMPUTER,
        "computerName": "FJ-LT-007",
        "hostname": "FJ-LT-007",
        "group": "Laptops",
        "computerGroupId": GROUP,
        "organizationId": ORGANIZATION,
        "organization": "Fjord Logistics",
        "osType": 1,
        "action": "Secure",
        "mode": "Secure",
        "lastCheckin": "2026-03-02T08:10:00Z",
        "maintenanceEndDate": None,
    }
    return changed(base, changes)


def blocked(**changes: Any) -> dict[str, Any]:
    """A row of the Unified Audit with a deny action."""
    base = {
        "actionLogId": 4711,
        "eActionLogId": "9c0e2b74-5d1a-4f83-a6c9-e82b7d3f0516",
        "organizationId": ORGANIZATION,
        "computerId": COMPUTER,
        "dateTime": "2026-03-02T07:59:58.1234567",
        "hostname": "FJ-LT-007",
        "username": "FJORD\\kari",
        "fullPath": "C:\\Tools\\setup.exe",
        "policyName": "Default",
        "actionType": "execute",
        "actionId": 3,
        "action": "Deny (Option to Request)",
        "effectiveAction": "Deny",
        "isMonitorMode": False,
        "hash": HASH,
        "sha256Hash": SHA256,
        "certs": ["CN=Fjord Tools AS", None],
    }
    return changed(base, changes)
