"""The control API below `/_sandbox/`: what another process may do to the stand-in portal, as JSON.

    GET    state                 what there is: organizations, open requests, clock, faults, rules
    POST   requests              raise one: {"kind": "execute", ...fields of Choices}
    POST   decisions             a person decides in the portal: {"requestId", "approve", "by", "reason"}
    GET    decisions             every decision write received
    DELETE requests/{id}         withdraw one
    POST   faults                {"kind", "seconds", "times", "action", "retry_after_s"}
    DELETE faults[?kind=]        clear them
    PUT    rules                 {"switch": value, ...}
    POST   clock                 {"advance_s": seconds}
    POST   tokens                {"permissions": [...], "organization": name}
    GET    traffic               the calls received

Only callers on this machine are answered: the peer and the Host header must be loopback, and a body must be
declared as JSON, so that no web page can reach it by way of somebody's browser.
"""

import dataclasses
import ipaddress
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from rehearsal.portal.arrivals import Choices
from rehearsal.portal.faults import Fault, FaultKind
from rehearsal.portal.journal import Exchange
from rehearsal.portal.records import LISTABLE_STATUSES

if TYPE_CHECKING:
    from rehearsal.portal.sandbox import PortalSandbox

_ROOT: Final = "/_sandbox"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_control_routes(app: web.Application, sandbox: "PortalSandbox") -> None:
    """Adds the control API of one sandbox to its server."""
    actions: tuple[tuple[str, str, Callable[[PortalSandbox, Any], object]], ...] = (
        ("GET", "state", lambda portal, _: state_of(portal)),
        ("POST", "requests", _raise),
        ("POST", "decisions", _decide),
        ("GET", "decisions", lambda portal, _: [dataclasses.asdict(write) for write in portal.decisions]),
        ("POST", "faults", _set_fault),
        ("PUT", "rules", _set_rules),
        ("POST", "clock", _advance),
        ("POST", "tokens", _issue),
        ("GET", "traffic", lambda portal, _: [_exchange(exchange) for exchange in portal.traffic]),
    )
    for method, path, action in actions:
        app.router.add_route(method, f"{_ROOT}/{path}", _guarded(sandbox, action))
    app.router.add_delete(f"{_ROOT}/faults", _clear_faults(sandbox))
    app.router.add_delete(f"{_ROOT}/requests/{{id}}", _withdraw(sandbox))


def _guarded(sandbox: "PortalSandbox", action: Callable[["PortalSandbox", Any], object]) -> _Handler:
    async def answer(request: web.Request) -> web.Response:
        refuse_strangers(request)
        body = await _body_of(request) if request.method != "GET" else {}
        try:
            return _json(action(sandbox, body))
        except (LookupError, ValueError, TypeError) as error:
            return _json({"error": f"{error}"}, HTTPStatus.BAD_REQUEST)

    return answer


def refuse_strangers(request: web.Request) -> None:
    """Raises 403 unless the call comes from this machine and was meant for it."""
    peer = request.remote or ""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    if not (_is_loopback(peer) and (host == "localhost" or _is_loopback(host))):
        raise web.HTTPForbidden(text="The control API answers this machine only.")


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


async def _body_of(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send the body as application/json.")
    try:
        body = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"The body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object.")
    return body


def _json(value: object, status: int = HTTPStatus.OK) -> web.Response:
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def state_of(portal: "PortalSandbox") -> dict[str, Any]:
    """What there is just now; no token is shown."""
    world = portal.world
    return {
        "baseUrl": portal.base_url,
        "now": portal.clock.now(),
        "offsetSeconds": portal.clock.offset.total_seconds(),
        "organizations": [dataclasses.asdict(o) for o in world.organizations.values()],
        "computers": len(world.computers),
        "policies": len(world.policies),
        "auditRows": len(world.audit),
        "requests": [
            {
                "approvalRequestId": request.approval_request_id,
                "status": LISTABLE_STATUSES.get(request.status_id, str(request.status_id)),
                "actionType": request.action_type,
                "path": request.file.full_path,
                "computer": world.computers[request.computer_id].name,
                "requestedAt": request.requested_at,
                "approvedBy": request.approved_by,
            }
            for request in world.requests.values()
        ],
        "faults": [dataclasses.asdict(fault) for fault in portal.faults.active],
        "rules": dataclasses.asdict(portal.rules),
        "decisionWrites": len(portal.decisions),
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    shown = dataclasses.asdict(exchange)
    del shown["sent"], shown["payload"]
    return shown | {"action": exchange.action, "body": exchange.body, "answer": exchange.answer}


def _raise(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    named = dict(body)
    kind = named.pop("kind", None)
    if not isinstance(kind, str) or not kind:
        raise ValueError('kind is missing; say for example {"kind": "execute"}.')
    known = {field.name for field in dataclasses.fields(Choices)}
    if unknown := named.keys() - known:
        raise ValueError(
            f"no such field: {', '.join(sorted(unknown))}; the fields are {', '.join(sorted(known))}."
        )
    if "requested_at" in named:
        named["requested_at"] = _moment(named["requested_at"])
    return {"approvalRequestId": portal.raise_request(kind, **named)}


def _moment(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"requested_at {text!r} has no time zone; end it with Z.")
    return at


def _decide(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    if not isinstance(body.get("approve"), bool) or not body.get("by") or not body.get("requestId"):
        raise ValueError("a decision needs requestId, approve (true or false) and by (a name).")
    portal.decide_in_portal(
        str(body["requestId"]),
        approve=body["approve"],
        by=str(body["by"]),
        reason=str(body.get("reason", "")),
    )
    return {"statusId": portal.request(str(body["requestId"])).status_id}


def _set_fault(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    named = dict(body)
    portal.faults.add(Fault(FaultKind(named.pop("kind", "")), **named))
    return [dataclasses.asdict(fault) for fault in portal.faults.active]


def _set_rules(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    for name, value in body.items():
        portal.rules.set(name, value)
    return dataclasses.asdict(portal.rules)


def _advance(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    seconds = body.get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError('say how far: {"advance_s": 300}.')
    portal.clock.advance(timedelta(seconds=seconds))
    return {"now": portal.clock.now()}


def _issue(portal: "PortalSandbox", body: dict[str, Any]) -> object:
    organization = body.get("organization")
    organization_id = portal.organization_id(str(organization)) if organization else None
    return {
        "token": portal.issue_token(body.get("permissions") or [], organization_id, name=body.get("name"))
    }


def _clear_faults(sandbox: "PortalSandbox") -> _Handler:
    async def answer(request: web.Request) -> web.Response:
        refuse_strangers(request)
        try:
            sandbox.faults.clear(request.query.get("kind"))
        except ValueError as error:
            return _json({"error": f"{error}"}, HTTPStatus.BAD_REQUEST)
        return _json([])

    return answer


def _withdraw(sandbox: "PortalSandbox") -> _Handler:
    async def answer(request: web.Request) -> web.Response:
        refuse_strangers(request)
        try:
            sandbox.withdraw(request.match_info["id"])
        except LookupError as error:
            return _json({"error": f"{error}"}, HTTPStatus.NOT_FOUND)
        return _json({})

    return answer
