"""Every answer of the portal becomes the error that says what the caller can do."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.portal import (
    AlreadyActioned,
    AnswerNotUnderstood,
    Invalid,
    NotFound,
    PermissionMissing,
    PortalBroken,
    PortalBusy,
    PortalClient,
    PortalError,
    PortalTimeout,
    PortalUnreachable,
    TokenRefused,
)
from bot.portal.errors import Answer, message_of, retry_after_s
from tests.portal.conftest import NOW, Bench, MakeClient
from tests.portal.samples import ORGANIZATION, OTHER_ORGANIZATION, REQUEST, TOKEN, row
from tests.portal.wire_server import Says, WireServer

GET = "ApprovalRequestGetById"
REVOKED = {"message": "Unauthorized", "error": "TOKEN_REVOKED"}


def _problem(message: str) -> dict[str, object]:
    return {"LoggerId": "1", "StatusCode": 0, "Message": message}


@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (440, REVOKED, TokenRefused, "Unauthorized"),
        (403, REVOKED, TokenRefused, "Unauthorized"),
        (401, REVOKED, TokenRefused, "Unauthorized"),
        (400, REVOKED, TokenRefused, "Unauthorized"),
        (440, "", TokenRefused, "no message"),
        (403, "", TokenRefused, "no message"),
        (401, "", TokenRefused, "no message"),
        (401, {"message": "Unauthorized"}, TokenRefused, "Unauthorized"),
        (401, _problem("Missing the 'Approve for Group' permission"), PermissionMissing, "Approve for Group"),
        (403, _problem("Missing the 'View Approvals' permission"), PermissionMissing, "View Approvals"),
        (401, _problem("No permission to view auth key"), PermissionMissing, "auth key"),
        (401, _problem("You are not authorized to delete policy."), PermissionMissing, "delete policy"),
        (401, _problem("Missing the '' permission"), Invalid, "refuses this combination"),
        (400, _problem("Approval Request already actioned by Ola N"), AlreadyActioned, "already actioned"),
        (417, _problem("Approval Request already actioned by "), AlreadyActioned, "already actioned"),
        (400, {"message": "Unable to retrieve application policy"}, Invalid, "Unable to retrieve"),
        (417, _problem("Invalid Date Range"), Invalid, "Invalid Date Range"),
        (
            400,
            {
                "title": "One or more errors.",
                "errors": {"$.x": ["not an Int32", "nor a Boolean"], "$.y": "z"},
            },
            Invalid,
            "One or more errors. not an Int32 nor a Boolean z",
        ),
        (422, "plain text", Invalid, "plain text"),
        (404, "", NotFound, "no message"),
        (429, "", PortalBusy, "no message"),
        (408, "", PortalTimeout, "no message"),
        (500, _problem("A problem occurred (42)"), PortalBroken, r"A problem occurred \(42\)"),
        (502, "<html>bad gateway</html>", PortalBroken, "bad gateway"),
        (302, "", PortalBroken, "redirect"),
    ],
)
async def test_each_answer_is_an_error_that_says_what_to_do(
    portal: WireServer,
    client: PortalClient,
    *,
    status: int,
    body: object,
    error: type[PortalError],
    told: str,
) -> None:
    portal.on(GET, Says(body, status))
    with pytest.raises(error, match=told) as raised:
        await client.get_request(REQUEST)
    assert type(raised.value) is error
    assert raised.value.status == status
    assert raised.value.operation == GET
    assert f"(HTTP {status})" in str(raised.value)


async def test_a_missing_right_is_named(portal: WireServer, client: PortalClient) -> None:
    portal.on(GET, Says(_problem("Missing the 'Approve for Group' permission"), 401))
    with pytest.raises(PermissionMissing) as raised:
        await client.get_request(REQUEST)
    assert raised.value.permission == "Approve for Group"


async def test_a_right_without_a_name_is_told_as_such(portal: WireServer, client: PortalClient) -> None:
    portal.on(GET, Says(_problem("No permission to view auth key"), 401))
    with pytest.raises(PermissionMissing) as raised:
        await client.get_request(REQUEST)
    assert raised.value.permission is None


@pytest.mark.parametrize(("name", "by"), [("Ola N", "Ola N"), ("", None)])
async def test_the_faster_decider_is_named(
    portal: WireServer, client: PortalClient, name: str, by: str | None
) -> None:
    portal.on(GET, Says(_problem(f"Approval Request already actioned by {name}"), 400))
    with pytest.raises(AlreadyActioned) as raised:
        await client.get_request(REQUEST)
    assert raised.value.by == by


@pytest.mark.parametrize("body", [[], None, "", [1]])
async def test_a_request_that_is_not_there_is_not_found_or_not_understood(
    portal: WireServer, client: PortalClient, body: object
) -> None:
    portal.on(GET, Says(body))
    with pytest.raises(AnswerNotUnderstood if isinstance(body, list) else NotFound):
        await client.get_request(REQUEST)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><title>Portal</title>",
        "{",
        "[" * 100_000,
        b'{"hash": "\xff"}',
        {"approvalRequestId": 7},
    ],
)
async def test_an_answer_that_is_not_the_portals_is_never_used(
    portal: WireServer, client: PortalClient, body: object
) -> None:
    portal.on(GET, Says(body))
    with pytest.raises(AnswerNotUnderstood):
        await client.get_request(REQUEST)


async def test_an_answer_about_another_request_is_never_used(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, row(approvalRequestId=OTHER_ORGANIZATION))
    with pytest.raises(AnswerNotUnderstood, match="asked for request"):
        await client.get_request(REQUEST)


async def test_bytes_that_are_not_utf8_are_shown_in_an_error(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, Says(b"broken \xff text", 417))
    with pytest.raises(Invalid, match="broken � text"):
        await client.get_request(REQUEST)


async def test_a_portal_that_is_not_there_is_unreachable(make_client: MakeClient, bench: Bench) -> None:
    client = make_client("http://127.0.0.1:9", max_retries=1)
    with pytest.raises(PortalUnreachable, match="no connection"):
        await client.get_request(REQUEST)
    assert [one.attempt for one in bench.traffic] == [1, 2]
    assert {one.status for one in bench.traffic} == {None}


async def test_a_connection_that_breaks_is_unreachable(portal: WireServer, make_client: MakeClient) -> None:
    portal.on(GET, portal.cut_short)
    with pytest.raises(PortalUnreachable, match="connection broke"):
        await make_client(portal.base_url, max_retries=0).get_request(REQUEST)


async def test_a_silent_portal_times_out(portal: WireServer, make_client: MakeClient) -> None:
    portal.on(GET, portal.hang)
    client = make_client(portal.base_url, max_retries=0, read_timeout_s=0.05)
    with pytest.raises(PortalTimeout, match=r"no answer within 0\.05 s"):
        await client.get_request(REQUEST)


async def test_an_answer_without_end_is_cut_off(portal: WireServer, make_client: MakeClient) -> None:
    portal.on(GET, Says("x" * 5000))
    with pytest.raises(AnswerNotUnderstood, match="longer than 4096 bytes"):
        await make_client(portal.base_url, max_answer_bytes=4096).get_request(REQUEST)
    assert len(portal.received) == 1


def test_hostile_text_in_an_error_is_one_short_line() -> None:
    message = message_of('{"Message": "a\\r\\nadmin\\u202eevil\\u0007' + "x" * 1000 + '"}')
    assert message.startswith("a admin evil x")
    assert len(message) == 400
    assert message.endswith("…")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[1]", "[1]"),
        ('{"other": 1}', '{"other": 1}'),
        ('{"message": null, "TITLE": "Bad"}', "Bad"),
        ("", ""),
    ],
)
def test_the_message_is_found_in_every_shape_of_error(body: str, message: str) -> None:
    assert message_of(body) == message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Mon, 02 Mar 2026 08:30:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("²", None),
        ("Mon, 02 Mar 2026 08:30:30 -0000", None),
        (f"Mon, 02 Mar 2026 08:30:30 +{'9' * 30}", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds
    assert NOW - timedelta(minutes=30) == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_status_just_outside_2xx_is_no_success() -> None:
    told = [Answer("x", status, "").is_success for status in (199, 200, 203, 299, 300)]
    assert told == [False, True, True, True, False]


async def test_the_token_travels_verbatim_and_the_organization_in_its_header(
    portal: WireServer, make_client: MakeClient
) -> None:
    portal.on(GET, row())
    await make_client(portal.base_url).get_request(REQUEST)
    await make_client(portal.base_url, organization_id=ORGANIZATION).get_request(REQUEST)
    await make_client(portal.base_url, organization_id=ORGANIZATION).get_request(REQUEST, OTHER_ORGANIZATION)
    assert [one.headers["authorization"] for one in portal.received] == [TOKEN] * 3
    assert [one.headers.get("managedorganizationid") for one in portal.received] == [
        None,
        ORGANIZATION,
        OTHER_ORGANIZATION,
    ]
    assert "overridemanagedorganizationid" not in portal.received[0].headers


async def test_neither_token_nor_address_details_are_in_an_error(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, Says("nothing", 400))
    with pytest.raises(Invalid) as raised:
        await client.get_request(REQUEST)
    assert TOKEN not in repr(raised.value)
    assert TOKEN not in repr(client.address)
