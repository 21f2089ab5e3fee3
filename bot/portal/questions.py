"""The bodies of our searches, besides their page: what is asked of requests, applications and computers."""

from typing import Any, Final, Literal

from bot.models.base import digest_told
from bot.portal.errors import Unusable
from bot.portal.lenient import ZERO_ID
from bot.portal.transport import Call, post
from bot.portal.wire_permit import PermitDetails

REQUESTS: Final = "ApprovalRequest"
"""The controller of approval requests."""

Moment = Literal["asked", "decided"]
"""Of a request."""


def list_call(status_id: int, page: int, page_size: int, *, last: Moment | None = None) -> Call:
    """One page of requests, oldest first: new ones then join at the end and move no page.

    `last`: those first that were asked or decided last.
    """
    body = {
        "statusId": status_id,
        "searchText": "",
        "orderBy": "actiondate" if last == "decided" else "datetime",
        "isAscending": last is None,
        "showChildOrganizations": True,
        "showCurrentTierOnly": False,
        "userApprovalTierLevel": 0,
        "requestTypeId": 0,
        "pageNumber": page,
        "pageSize": page_size,
    }
    return post(REQUESTS, "ApprovalRequestGetByParameters", None, body)


def _digest(text: str) -> str:
    """As it came, if it is a digest: by zeros the portal would find whatever else came without one."""
    return text if digest_told(text) else ""


def match_body(details: PermitDetails) -> dict[str, Any]:
    """What finds applications that cover the file: from the action object, else from the form's file."""
    action, file = details.approval_request.action, details.file_details
    request_id = details.approval_request.approval_request_id
    if request_id is None:
        raise Unusable("the permit details name no request")
    certificates = action.certs or file.certificates
    path = action.full_path or file.full_path
    return {
        "hash": _digest(action.hash) or _digest(file.hash),
        "sha256": _digest(action.sha256) or _digest(file.sha256),
        "path": path,
        "processPath": action.process_name or file.process_path,
        "certs": [
            {"sha": one.sha, "subject": one.subject, "validCert": one.valid_cert is True}
            for one in certificates
        ],
        "createdBys": list(action.installed_by or file.created_by_processes),
        "organizationIds": None,
        "osType": details.os_type or action.os_type,
        "filename": file.filename or path.replace("/", "\\").rsplit("\\", 1)[-1],
        "approvalRequestId": request_id,
    }


def computer_body(
    search_text: str, search_by: int, computer_id: str | None, with_children: bool
) -> dict[str, Any]:
    """The members of a computer search besides its page."""
    return {
        "searchText": search_text,
        "searchBy": search_by,
        "computerGroup": ZERO_ID,
        "computerId": computer_id or ZERO_ID,
        "action": "",
        "kindOfAction": "",
        "childOrganizations": with_children,
        "showLastCheckIn": True,
        "showDeleted": False,
        "orderBy": "computername",
        "isAscending": True,
    }


def options_body(
    organization_id: str,
    os_type: int,
    *,
    search_text: str,
    host_name: str,
    applies_to_id: str | None,
    include_built_in: bool,
) -> dict[str, Any]:
    """What finds applications to choose from."""
    return {
        "organizationId": organization_id,
        "osType": os_type,
        "includeBuiltIn": include_built_in,
        "searchText": search_text,
        "hostName": host_name,
        "appliesToId": applies_to_id or ZERO_ID,
        "onlyPermitted": False,
    }
