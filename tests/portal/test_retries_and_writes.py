"""Reads are asked again within bounds; a write is sent once, whatever happens to it."""

import asyncio
from typing import Any

import pytest

from bot.portal import (
    AlreadyActioned,
    ApprovalRequestRow,
    Invalid,
    NotSent,
    OutcomeUnknown,
    PermitDetails,
    PortalBroken,
    PortalBusy,
    PortalClient,
    PortalUnreachable,
    Terms,
    TokenRefused,
)
from bot.portal.errors import PortalError
from bot.portal.transport import Call
from tests.portal.all_open import all_open
from tests.portal.conftest import Bench, MakeClient
from tests.portal.permits import permit_on_computer
from tests.portal.samples import ORGANIZATION, REQUEST, form, row
from tests.portal.wire_server import Behaviour, Says, WireServer

GET = "ApprovalRequestGetById"
PERMIT = "ApprovalRequestPermitApplication"
REJECT = "ApprovalRequestUpdateForReject"
OWN = "ApprovalRequestUpdateForTakeOwnership"


async def _permit(client: PortalClient) -> None:
    details = PermitDetails.read(form())
    await client.permit(permit_on_computer(details, Terms(note="Approved"), application_name="Setup"))


async def test_a_read_is_asked_again_until_it_is_answered(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on("ApprovalRequestGetByParameters", portal.reset, Says("", 503), [row()])
    assert len(await all_open(client, statuses=(1,))) == 1
    assert bench.waits == [0.4, 0.8]
    assert [(one.attempt, one.status, one.error) for one in bench.traffic] == [
        (1, None, "PortalUnreachable"),
        (2, 503, ""),
        (3, 200, ""),
    ]


@pytest.mark.parametrize(("retries", "calls"), [(0, 1), (2, 3)])
async def test_retries_end(portal: WireServer, make_client: MakeClient, retries: int, calls: int) -> None:
    portal.on(GET, Says("", 503))
    with pytest.raises(PortalBroken):
        await make_client(portal.base_url, max_retries=retries).get_request(REQUEST)
    assert len(portal.received) == calls


async def test_a_500_may_be_our_own_mistake_and_is_asked_once_more_only(
    portal: WireServer, make_client: MakeClient
) -> None:
    portal.on(GET, Says("", 500))
    with pytest.raises(PortalBroken):
        await make_client(portal.base_url, max_retries=5).get_request(REQUEST)
    assert len(portal.received) == 2


async def test_retry_after_is_waited_for(portal: WireServer, client: PortalClient, bench: Bench) -> None:
    portal.on(GET, Says("", 429, {"Retry-After": "3"}), row())
    await client.get_request(REQUEST)
    assert bench.waits == [3.0]


async def test_a_retry_after_by_date_is_waited_for(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on(GET, Says("", 429, {"Retry-After": "Mon, 02 Mar 2026 08:30:05 GMT"}), row())
    await client.get_request(REQUEST)
    assert bench.waits == [5.0]


async def test_a_429_without_a_time_is_backed_off(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on(GET, Says("", 429), row())
    await client.get_request(REQUEST)
    assert bench.waits == [0.4]


async def test_a_long_wait_is_left_to_the_caller(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on(GET, Says("", 429, {"Retry-After": "120"}))
    with pytest.raises(PortalBusy) as raised:
        await client.get_request(REQUEST)
    assert raised.value.retry_after_s == 120.0
    assert (bench.waits, len(portal.received)) == ([], 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 417, 440, 302])
async def test_an_answer_that_asking_again_cannot_change_is_not_asked_again(
    portal: WireServer, client: PortalClient, status: int
) -> None:
    portal.on(GET, Says("", status))
    with pytest.raises(PortalError):
        await client.get_request(REQUEST)
    assert len(portal.received) == 1


async def test_a_read_does_not_follow_a_redirect_with_the_token(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, Says("", 307, {"Location": f"{portal.base_url}/elsewhere"}))
    with pytest.raises(PortalBroken, match="elsewhere"):
        await client.get_request(REQUEST)
    assert [one.path for one in portal.received] == [f"/portalapi/ApprovalRequest/{GET}"]


async def test_reads_beyond_the_limit_wait_for_their_turn(
    portal: WireServer, make_client: MakeClient
) -> None:
    released, most, now = asyncio.Event(), 0, 0

    async def slow(_: Any) -> Any:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if most == 2:
            released.set()
        await released.wait()
        now -= 1
        return Says(row()).response()

    portal.on(GET, slow)
    client = make_client(portal.base_url, max_concurrent_reads=2)
    await asyncio.gather(*(client.get_request(REQUEST) for _ in range(6)))
    assert most == 2


@pytest.mark.parametrize("body", [{}, "", "null", True, "<html>", b"\xff"[:0]])
async def test_any_yes_of_the_portal_is_a_yes(portal: WireServer, client: PortalClient, body: object) -> None:
    portal.on(PERMIT, Says(body, 203))
    await _permit(client)
    assert len(portal.received) == 1


@pytest.mark.parametrize("behaviour", ["reset", "hang", "cut_short"])
async def test_a_write_without_an_answer_is_sent_once_and_its_outcome_is_unknown(
    portal: WireServer, make_client: MakeClient, behaviour: str
) -> None:
    silent: Behaviour = getattr(portal, behaviour)
    portal.on(PERMIT, silent)
    with pytest.raises(OutcomeUnknown):
        await _permit(make_client(portal.base_url, write_timeout_s=0.2))
    assert len(portal.received) == 1


@pytest.mark.parametrize("status", [302, 307, 308, 408, 500, 502, 503, 504])
async def test_an_answer_that_does_not_settle_a_write_leaves_it_unknown(
    portal: WireServer, client: PortalClient, status: int
) -> None:
    portal.on(PERMIT, Says("", status, {"Location": f"{portal.base_url}/x", "Retry-After": "0"}))
    with pytest.raises(OutcomeUnknown) as raised:
        await _permit(client)
    assert raised.value.status == status
    assert len(portal.received) == 1


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Approval Request already actioned by Ola", AlreadyActioned),
        (417, "Must enter a name for a new application", Invalid),
        (401, "Missing the '' permission", Invalid),
        (440, "Unauthorized", TokenRefused),
        (429, "slow down", PortalBusy),
    ],
)
async def test_a_refused_write_is_refused_and_not_repeated(
    portal: WireServer,
    client: PortalClient,
    *,
    bench: Bench,
    status: int,
    message: str,
    error: type[PortalError],
) -> None:
    portal.on(PERMIT, Says({"Message": message}, status, {"Retry-After": "1"}))
    with pytest.raises(error):
        await _permit(client)
    assert (len(portal.received), bench.waits) == (1, [])


async def test_a_write_that_never_connected_was_not_sent(make_client: MakeClient) -> None:
    with pytest.raises(NotSent):
        await _permit(make_client("http://127.0.0.1:9"))


async def test_a_read_that_never_connected_is_unreachable(make_client: MakeClient) -> None:
    with pytest.raises(PortalUnreachable):
        await make_client("http://127.0.0.1:9").get_request(REQUEST)


async def test_a_cancelled_write_has_been_sent_once(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on(PERMIT, portal.hang)
    task = asyncio.create_task(_permit(client))
    await portal.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(portal.received) == 1
    assert [one.error for one in bench.traffic] == ["cancelled"]


async def test_every_write_names_the_requests_organization(portal: WireServer, client: PortalClient) -> None:
    for action in (PERMIT, REJECT, OWN):
        portal.on(action, {})
    request = ApprovalRequestRow.read(row())
    await _permit(client)
    await client.reject(request, reason="No", subject="Declined", notify=True, note="Denied by A")
    await client.take_ownership(request)
    assert {one.headers["managedorganizationid"] for one in portal.received} == {ORGANIZATION}
    assert portal.calls(OWN)[0].body == row()


async def test_a_client_works_without_anyone_watching_its_traffic(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, row())
    quiet = PortalClient(client.address, client._transport._session)
    assert (await quiet.get_request(REQUEST)).status_id == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_write_by_a_method_that_the_library_repeats_is_refused(
    portal: WireServer, client: PortalClient, method: str
) -> None:
    with pytest.raises(ValueError, match="could be sent twice"):
        await client._transport.write(Call(method, "Policy", "PolicyUpdateById", body={}))
    assert portal.received == []


async def test_a_write_over_a_kept_connection_that_breaks_is_still_sent_once(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(GET, row())
    portal.on(PERMIT, portal.reset)
    await client.get_request(REQUEST)
    with pytest.raises(OutcomeUnknown):
        await _permit(client)
    assert len(portal.calls(PERMIT)) == 1
