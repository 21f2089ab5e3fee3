"""What the approval section answers when it is only asked: list, count, one request, details, download."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from rehearsal.portal.answers import Answer, broken, invalid, ok, page_of
from rehearsal.portal.call import Call
from rehearsal.portal.records import LISTABLE_STATUSES, PENDING, STORAGE_TYPES, ApprovalRequest
from rehearsal.portal.rights import SEES_APPROVALS
from rehearsal.portal.wire_requests import permit_details, request_row, storage_details
from rehearsal.portal.world import World

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def list_requests(call: Call) -> Answer:
    """One page of the requests in one status; without a status the live portal breaks, and so does this."""
    call.require(SEES_APPROVALS)
    body = call.body
    if body.get("statusId") not in LISTABLE_STATUSES:
        raise broken()
    visible = call.world.in_view(call.organization_id, with_children=bool(body.get("showChildOrganizations")))
    found = [
        request
        for request in call.world.requests.values()
        if request.status_id == body["statusId"]
        and request.organization_id in visible
        and _is_wanted(call.world, request, body)
    ]
    ordered = sorted(
        found,
        key=lambda request: _order_key(request, body.get("orderBy") or "datetime"),
        reverse=not body.get("isAscending", False),
    )
    number, size = body.get("pageNumber", 1), body.get("pageSize", 25)
    return page_of(ordered, number, size, call.rules.empty_list, partial(_row, call))


def _row(call: Call, request: ApprovalRequest) -> dict[str, Any]:
    row = request_row(call.world, request, call.base_url)
    if not call.rules.rows_with_action:
        row |= {"json": None, "threatLockerActionDto": None}
    return row


def _is_wanted(world: World, request: ApprovalRequest, body: dict[str, Any]) -> bool:
    types = [text.casefold() for text in body.get("actionType") or [] if text]
    if types and request.action_type not in types:
        return False
    text = (body.get("searchText") or "").casefold()
    if not text:
        return True
    computer = world.computers[request.computer_id]
    searched = (request.file.full_path, computer.name, request.username, request.requestor)
    return any(text in member.casefold() for member in searched)


def _order_key(request: ApprovalRequest, order_by: str) -> tuple[str, datetime, str]:
    """Sorts by the six columns that the portal documents; an unknown one sorts by time."""
    return _column(request, order_by.casefold()), request.requested_at, request.approval_request_id


def _column(request: ApprovalRequest, name: str) -> str:
    match name:
        case "username":
            return request.username.casefold()
        case "devicetype":
            return request.file.device_type.casefold()
        case "actiontype":
            return request.action_type
        case "path":
            return request.file.full_path.casefold()
        case "actiondate":
            return (request.decided_at or _NEVER).isoformat()
        case _:
            return ""


def count_requests(call: Call) -> Answer:
    """How many are pending, as a bare number; child organizations included unless told otherwise."""
    call.require(SEES_APPROVALS)
    with_children = call.flag("includeChildOrganizations", default=True)
    visible = call.world.in_view(call.organization_id, with_children=with_children)
    requests = call.world.requests.values()
    return ok(sum(r.status_id == PENDING and r.organization_id in visible for r in requests))


def get_request(call: Call) -> Answer:
    """One request, whatever its status."""
    call.require(SEES_APPROVALS)
    request = call.readable_request(call.guid("approvalRequestId"))
    return ok(request_row(call.world, request, call.base_url))


def get_permit_details(call: Call) -> Answer:
    """The prefilled permit; a storage request has a form of its own."""
    call.require(SEES_APPROVALS)
    request = call.readable_request(call.guid("approvalRequestId"))
    if request.action_type in STORAGE_TYPES:
        raise invalid("Approval Request is a storage request")
    return ok(permit_details(call.world, request, call.base_url))


def get_storage_details(call: Call) -> Answer:
    """The prefilled storage permit."""
    call.require(SEES_APPROVALS)
    request = call.readable_request(call.guid("approvalRequestId"))
    if request.action_type not in STORAGE_TYPES:
        raise invalid("Approval Request is not a storage request")
    return ok(storage_details(call.world, request, call.base_url))


def get_file_download(call: Call) -> Answer:
    """Where the file could be fetched, and the audit row that the request came from."""
    call.require(SEES_APPROVALS)
    request = call.readable_request(call.guid("approvalRequestId"))
    return ok(
        {
            "approvalRequestId": request.approval_request_id,
            "filename": request.file.file_name,
            "fileUrl": f"https://files.example/dl/{request.approval_request_id[:8]}?sig=sandbox",
            "eActionLogId": request.audit_row_id,
            "sourceTableId": 2,
        }
    )
