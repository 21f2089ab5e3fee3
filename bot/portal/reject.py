"""Reject bodies. Which of two text fields the requestor sees is not settled, so both hold the same."""

import copy
from typing import Any

from bot.portal.lenient import put, value_in
from bot.portal.notes import appended
from bot.portal.wire import ApprovalRequestRow


def reject_body(
    row: ApprovalRequestRow, *, reason: str, subject: str, notify: bool, note: str
) -> dict[str, Any]:
    """The body that rejects one request: the whole request as received, the note appended."""
    if not reason.strip():
        raise ValueError("a rejection needs a reason: the requestor will read it")
    request = copy.deepcopy(dict(row.raw))
    put(request, "comments", appended(value_in(request, "comments"), note))
    return {
        "approvalRequestDtos": [request],
        "type": "reject",
        "rejectReason": reason,
        "responseSubject": subject,
        "responseReason": reason,
        "notifyOnResponse": notify,
        "ignoreSubject": "",
        "ignoreReason": "",
        "notifyOnIgnore": False,
        "isVDI": False,
        "usingCustomApprovals": False,
        "allowedApprovalRequestDtos": None,
        "deniedApprovalRequestDtos": None,
    }
