"""Each fault switch does what it says, to the calls it is meant for, and leaves the truth behind."""

import asyncio
import time

import aiohttp
import pytest

from rehearsal.portal import Fault, FaultKind, PortalSandbox
from tests.rehearsal.portal.wire import Wire

_PERMIT = "ApprovalRequestPermitApplication"


async def test_slow_answers_late_and_correctly(wire: Wire) -> None:
    """A slow call waits its seconds and then answers as ever; the next one is quick again."""
    wire.portal.faults.set("slow", seconds=0.2, times=1)
    started = time.monotonic()
    assert (await wire.list()).status == 200
    assert time.monotonic() - started >= 0.2
    assert wire.portal.faults.active == ()


async def test_slow_takes_effect_although_the_caller_gave_up(wire: Wire) -> None:
    """The late write: the caller has long hung up when its permit takes effect."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set("slow", seconds=30, action=_PERMIT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await wire.permit(request_id, body)
    assert wire.portal.request(request_id).status_id == 1
    wire.portal.faults.clear()
    async with asyncio.timeout(5):
        while wire.portal.request(request_id).status_id == 1:
            await wire.list()
    assert wire.portal.request(request_id).status_id == 4


async def test_429_names_when_to_come_back_and_does_nothing(wire: Wire) -> None:
    """Too many requests: Retry-After, the write noted as received, without effect."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set(FaultKind.TOO_MANY_REQUESTS, retry_after_s=7, times=1)
    reply = await wire.permit(request_id, body)
    assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
    assert wire.portal.request(request_id).status_id == 1
    assert [(w.status, w.took_effect) for w in wire.portal.decisions] == [(429, False)]
    assert (await wire.permit(request_id, body)).status == 200


async def test_500_does_nothing(wire: Wire) -> None:
    """A server error carries a logger id, and nothing has happened."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set("server_error", times=1, action=_PERMIT)
    assert (await wire.list()).status == 200
    reply = await wire.permit(request_id, body)
    assert (reply.status, reply.value["StatusCode"]) == (500, 500)
    assert wire.portal.request(request_id).status_id == 1


@pytest.mark.parametrize(
    ("kind", "status_id", "took_effect"), [("timeout_before", 1, False), ("timeout_after", 4, True)]
)
async def test_a_time_out_tells_the_caller_nothing(
    wire: Wire, kind: str, status_id: int, *, took_effect: bool
) -> None:
    """Before or after the effect: the connection drops without an answer, and the record knows which it was."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set(kind, times=1, action=_PERMIT)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.permit(request_id, body)
    assert wire.portal.request(request_id).status_id == status_id
    write = wire.portal.decisions[0]
    assert (write.request_ids, write.status, write.took_effect) == ((request_id,), None, took_effect)
    assert wire.portal.traffic[-1].status is None


async def test_a_time_out_can_hang_first(wire: Wire) -> None:
    """With seconds, the connection is silent before it drops; clearing the faults drops it at once."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set("timeout_before", seconds=60, times=1, action=_PERMIT)
    pending = asyncio.create_task(wire.permit(request_id, body))
    async with asyncio.timeout(5):
        while not wire.portal.decisions:
            await wire.list()
    assert not pending.done()
    wire.portal.faults.clear()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await pending


@pytest.mark.parametrize("status", [440, 403])
async def test_a_revoked_token_is_refused_until_cleared(wire: Wire, status: int) -> None:
    """While the switch is on every call is refused as revoked; afterwards the same token works again."""
    wire.portal.rules.set("revoked_status", status)
    wire.portal.faults.set("token_revoked")
    assert [(await wire.list()).status for _ in range(2)] == [status, status]
    wire.portal.faults.clear(FaultKind.TOKEN_REVOKED)
    assert (await wire.list()).status == 200


async def test_down_closes_connections_but_not_the_control_api(wire: Wire) -> None:
    """Calls find a dead connection; the control API stays, or the switch could not be turned back."""
    wire.portal.faults.set("down")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.list()
    async with wire.session.get(wire.portal.control_url + "state") as answer:
        assert answer.status == 200
    wire.portal.faults.clear()
    assert (await wire.list()).status == 200


async def test_a_closed_port_refuses_connections_and_opens_again(wire: Wire) -> None:
    """go_down refuses connections altogether; come_up serves the same address again."""
    await wire.portal.go_down()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(wire.portal.base_url)
    await wire.portal.come_up()
    assert (await wire.list()).status == 200


async def test_a_fault_strikes_so_many_calls_of_one_action(wire: Wire) -> None:
    """A limit counts down only on the action it names, whatever the case it is named in."""
    wire.portal.faults.set("server_error", times=2, action="approvalrequestgetbyparameters")
    statuses = [(await wire.audit()).status, *[(await wire.list()).status for _ in range(3)]]
    assert statuses == [200, 500, 500, 200]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "nonsense"}, {"kind": "slow", "seconds": -1}, {"kind": "slow", "times": 0}],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    """A misspelt kind, a negative wait and a limit of zero are errors, not silence."""
    named = dict(wrong)
    with pytest.raises(ValueError, match=r"fault|FaultKind"):
        Fault(FaultKind(named.pop("kind")), **named)  # type: ignore[arg-type] # wrong values are the point


async def test_times_can_be_written_in_three_styles(portal: PortalSandbox, wire: Wire) -> None:
    """The date switch changes how times are written, and leaves the stored action alone."""
    request_id = portal.raise_request("execute")
    stored = portal.request(request_id).json
    shapes = {"utc": r"Z", "bare": r"", "fractions": r".0000000Z"}
    for style, ending in shapes.items():
        portal.rules.set("dates", style)
        row = (await wire.list()).value[0]
        assert row["dateTime"][19:] == ending
        assert row["json"] == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [("revoked_status", 401), ("empty_lists", "none"), ("all_keys_required", 1), ("x", True)],
)
def test_a_switch_takes_only_its_own_positions(name: str, value: object) -> None:
    """A position that a switch does not have is refused by name."""
    with pytest.raises(ValueError, match=name):
        PortalSandbox().rules.set(name, value)
