"""The control API for other processes, and who may use it."""

from datetime import timedelta
from typing import Any

import pytest

from rehearsal.portal import PortalSandbox
from tests.rehearsal.portal.wire import Wire


async def _control(wire: Wire, method: str, path: str, body: object = None) -> tuple[int, Any]:
    async with wire.session.request(method, wire.portal.control_url + path, json=body) as answer:
        return answer.status, await answer.json()


async def test_a_request_can_be_raised_decided_and_withdrawn(wire: Wire) -> None:
    """Another process raises a request, decides it as a person would, and takes another one away."""
    order = {"kind": "elevate", "computer": "CVL-WS-003", "requested_at": "2026-09-14T08:00:00Z"}
    status, raised = await _control(wire, "POST", "requests", order)
    assert status == 200
    request_id = raised["approvalRequestId"]
    decision = {"requestId": request_id, "approve": False, "by": "Robin Vale", "reason": "no"}
    assert await _control(wire, "POST", "decisions", decision) == (200, {"statusId": 10})
    assert wire.portal.request(request_id).approved_by == "Robin Vale"
    assert (await _control(wire, "DELETE", f"requests/{request_id}"))[0] == 200
    assert (await wire.list(statusId=10)).value == []
    assert (await _control(wire, "DELETE", f"requests/{request_id}"))[0] == 404


async def test_faults_rules_clock_and_tokens_can_be_set(wire: Wire) -> None:
    """Every switch of the process is a switch of the control API."""
    assert (await _control(wire, "POST", "faults", {"kind": "server_error", "times": 1}))[0] == 200
    assert (await wire.list()).status == 500
    assert (await _control(wire, "PUT", "rules", {"empty_lists": "null"}))[1]["empty_lists"] == "null"
    assert (await wire.list()).text == "null"
    await _control(wire, "POST", "faults", {"kind": "slow", "seconds": 60})
    assert await _control(wire, "DELETE", "faults?kind=slow") == (200, [])
    await _control(wire, "POST", "clock", {"advance_s": 90})
    assert wire.portal.clock.offset == timedelta(seconds=90)
    _, issued = await _control(
        wire, "POST", "tokens", {"permissions": ["View Approvals"], "organization": "marlow"}
    )
    assert (await wire.call("GET", "Policy/PolicyGetById", token=issued["token"])).status == 401


async def test_state_decisions_and_traffic_can_be_read(wire: Wire) -> None:
    """What was received and what there is can be read from outside, and no token is among it."""
    request_id = wire.portal.raise_request("execute")
    await wire.permit(request_id)
    _, decisions = await _control(wire, "GET", "decisions")
    assert [(d["request_ids"], d["status"], d["took_effect"]) for d in decisions] == [
        ([request_id], 200, True)
    ]
    _, traffic = await _control(wire, "GET", "traffic")
    assert [exchange["action"] for exchange in traffic][-1] == "ApprovalRequestPermitApplication"
    assert wire.portal.calls["ApprovalRequestPermitApplication"] == 1
    async with wire.session.get(wire.portal.control_url + "state") as answer:
        text = await answer.text()
    assert request_id in text
    assert wire.token not in text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "requests", {}),
        ("POST", "requests", {"kind": "execute", "colour": "blue"}),
        ("POST", "requests", {"kind": "execute", "computer": "NOPE"}),
        ("POST", "requests", {"kind": "execute", "requested_at": "2026-09-14T08:00:00"}),
        ("POST", "decisions", {"requestId": "x", "approve": "yes", "by": "me"}),
        ("POST", "decisions", {"requestId": "x", "approve": True, "by": "me"}),
        ("POST", "faults", {"kind": "nonsense"}),
        ("POST", "faults", {"kind": "slow", "minutes": 1}),
        ("PUT", "rules", {"nonsense": True}),
        ("POST", "clock", {"advance_s": "soon"}),
        ("POST", "tokens", {"permissions": ["Approve for Everything"]}),
        ("DELETE", "faults?kind=nonsense", None),
    ],
)
async def test_a_wrong_order_is_refused_with_its_reason(
    wire: Wire, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Bad input gets a 400 that says what is wrong, and nothing is changed."""
    status, answer = await _control(wire, method, path, body)
    assert status == 400
    assert answer["error"]
    assert wire.portal.faults.active == ()
    assert wire.portal.world.requests == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "portal.example", "Content-Type": "application/json"}, 403),
        ({"Host": "10.0.0.4:80", "Content-Type": "application/json"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_a_web_page_cannot_reach_it(wire: Wire, headers: dict[str, str], status: int) -> None:
    """A foreign Host header or a body that a form could send is refused."""
    url = wire.portal.control_url + "faults"
    async with wire.session.post(url, data=b'{"kind": "down"}', headers=headers) as answer:
        assert answer.status == status
    assert wire.portal.faults.active == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_it_listens_on_loopback_only(host: str) -> None:
    """An address that other machines could reach is refused before anything listens."""
    portal = PortalSandbox()
    with pytest.raises(ValueError, match="loopback only"):
        await portal.start(host=host)
    assert portal.base_url == ""


async def test_a_token_is_only_good_while_it_is_issued(wire: Wire) -> None:
    """A revoked token is as unknown as a made-up one; a permission that does not exist is not issued."""
    token = wire.portal.issue_token({"View Approvals"})
    path = "ApprovalRequest/ApprovalRequestGetCount"
    assert (await wire.call("GET", path, token=token)).value == 0
    wire.portal.revoke_token(token)
    assert (await wire.call("GET", path, token=token)).status == 440
    with pytest.raises(ValueError, match="Approve for Everything"):
        wire.portal.issue_token({"Approve for Everything"})
