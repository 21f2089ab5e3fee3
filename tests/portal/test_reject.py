"""A rejection says one safe text in both fields and sends the request back whole."""

import copy

import pytest

from bot.portal import ApprovalRequestRow, PortalClient
from bot.portal.notes import reject_body
from tests.portal.samples import ODD_JSON, row
from tests.portal.wire_server import WireServer

REJECT = "ApprovalRequestUpdateForReject"


async def test_a_rejection_sends_the_whole_request_with_the_note_appended(
    portal: WireServer, client: PortalClient
) -> None:
    received = row(comments="Seen by Ola")
    before = copy.deepcopy(received)
    portal.on(REJECT, {})
    await client.reject(
        ApprovalRequestRow.read(received),
        reason="Not needed",
        subject="Declined",
        notify=True,
        note="Denied by A",
    )
    sent = portal.calls(REJECT)[0].body
    assert sent["approvalRequestDtos"] == [before | {"comments": "Seen by Ola\nDenied by A"}]
    assert sent["approvalRequestDtos"][0]["json"] == ODD_JSON
    assert (sent["rejectReason"], sent["responseReason"], sent["responseSubject"]) == (
        "Not needed",
        "Not needed",
        "Declined",
    )
    assert (sent["type"], sent["notifyOnResponse"], sent["notifyOnIgnore"]) == ("reject", True, False)
    assert received == before


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_rejection_without_a_reason_is_not_made(reason: str) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        reject_body(ApprovalRequestRow.read(row()), reason=reason, subject="", notify=False, note="n")
