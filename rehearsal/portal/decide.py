"""Reject, ignore, take ownership and authorize."""

from dataclasses import replace
from typing import Any

from rehearsal.portal.answers import Answer, already_actioned, broken, invalid
from rehearsal.portal.call import Call
from rehearsal.portal.effects import Wording, note, settle_closed
from rehearsal.portal.permit import wording_of
from rehearsal.portal.records import APPLICATION_TYPES, ESCALATED, STORAGE_TYPES, ApprovalRequest
from rehearsal.portal.rights import APPROVE_APPLICATION, ELEVATION_ADMINISTRATOR, SCOPE_RIGHTS


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
