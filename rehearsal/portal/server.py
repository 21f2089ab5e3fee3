"""The wire side of the stand-in portal: routing, tokens, bodies, faults, and the journal of what came in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from rehearsal.clock import SandboxClock
from rehearsal.portal.answers import Answer, PortalRefusal, malformed, refused, token_refused
from rehearsal.portal.call import Call, Rules
from rehearsal.portal.faults import Fault, FaultKind, Faults
from rehearsal.portal.journal import DecisionWrite, Exchange, Journal, parsed
from rehearsal.portal.mode_rules import run_modes
from rehearsal.portal.records import ZERO_GUID, Token
from rehearsal.portal.routes import BY_PATH, Route
from rehearsal.portal.schema import is_guid, read_body, read_rows
from rehearsal.portal.world import World

PREFIX: Final = "portalapi"
_JSON: Final = "application/json"
_WHOLE_SECOND: Final = re.compile(r'(?<!\\)"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z"')
_DATE_STYLES: Final = {"bare": r'"\1"', "fractions": r'"\1.0000000Z"'}


@dataclass
class PortalState:
    """Everything that outlives a call."""

    world: World
    clock: SandboxClock
    rules: Rules = field(default_factory=Rules)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    tokens: dict[str, Token] = field(default_factory=dict)
    base_url: str = ""


@dataclass(frozen=True)
class Received:
    """One call as it came off the wire, not yet believed."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    raw: bytes
    content_type: str

    @property
    def action(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


class Dropped(Exception):
    """The connection is to be closed without an answer."""


async def handle(state: PortalState, request: web.Request) -> web.Response:
    """Answers one call to the portal, faults included, and notes it in the journal."""
    received = Received(
        request.method,
        portal_path(request.path),
        {name.casefold(): value for name, value in request.query.items()},
        request.headers,
        await request.read(),
        request.content_type,
    )
    delay_s, fault = state.faults.take(received.action)
    await state.faults.hold(delay_s)
    try:
        answer = _dated(await _answer_under_fault(state, received, fault), state.rules)
    except Dropped:
        _note(state, received, None, fault)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        answer = replace(answer, payload=state.faults.as_sent(received.action, answer.payload))
    _note(state, received, answer, fault)
    return _response(answer)


def answered(state: PortalState, received: Received) -> Answer:
    """What `handle` does of a call that nothing happens to, for a wire without sockets: done, noted, answered."""
    write = _receive_decision(state, received)
    answer = _dated(answer_call(state, received), state.rules)
    if write is not None:
        write.took_effect, write.status = answer.status < HTTPStatus.MULTIPLE_CHOICES, answer.status
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        answer = replace(answer, payload=state.faults.as_sent(received.action, answer.payload))
    _note(state, received, answer, None)
    return answer


def portal_path(path: str) -> str:
    """The part below the API's root, "" for a path elsewhere."""
    first, _, rest = path.strip("/").partition("/")
    return rest if first.casefold() == PREFIX else ""


async def _answer_under_fault(state: PortalState, received: Received, fault: Fault | None) -> Answer:
    match fault.kind if fault else None:
        case FaultKind.DOWN:
            raise Dropped
        case FaultKind.TOKEN_REVOKED:
            return token_refused(state.rules.revoked_status).answer()
    write = _receive_decision(state, received)
    match fault.kind if fault else None:
        case FaultKind.TOO_MANY_REQUESTS if fault:
            answer = _too_many(fault)
        case FaultKind.SERVER_ERROR:
            answer = refused(HTTPStatus.INTERNAL_SERVER_ERROR, "A problem occurred with the request").answer()
        case FaultKind.TIMEOUT_BEFORE if fault:
            await state.faults.hold(fault.seconds)
            raise Dropped
        case _:
            answer = answer_call(state, received)
            if write is not None:
                write.took_effect = answer.status < HTTPStatus.MULTIPLE_CHOICES
    if fault is not None and fault.kind is FaultKind.TIMEOUT_AFTER:
        await state.faults.hold(fault.seconds)
        raise Dropped
    if write is not None:
        write.status = answer.status
    return answer


def _too_many(fault: Fault) -> Answer:
    headers = {"Retry-After": str(fault.retry_after_s)}
    return Answer(json.dumps({"message": "Too many requests"}), HTTPStatus.TOO_MANY_REQUESTS, headers)


def _receive_decision(state: PortalState, received: Received) -> DecisionWrite | None:
    """Notes a decision write; one with an unreadable body or a foreign token is none."""
    route = BY_PATH.get(received.path.casefold())
    token = state.tokens.get(received.headers.get("Authorization", ""))
    if route is None or not route.is_decision or token is None or route.method != received.method:
        return None
    body = parsed(received.raw)
    if not isinstance(body, dict):
        return None
    organization_id = received.headers.get("ManagedOrganizationId", "").casefold()
    return state.journal.receive_decision(
        state.clock.now(), route.action, token.name, organization_id or token.organization_id, body
    )


def answer_call(state: PortalState, received: Received) -> Answer:
    """The rules' answer to one call; never raises for anything that a caller could send."""
    try:
        token = state.tokens.get(received.headers.get("Authorization", ""))
        if token is None:
            raise token_refused(state.rules.revoked_status)
        route = _route_of(received)
        run_modes(state.world, state.clock.now())
        return route.answer(_call_of(state, received, route, token))
    except PortalRefusal as refusal:
        return refusal.answer()


def _route_of(received: Received) -> Route:
    route = BY_PATH.get(received.path.casefold())
    if route is None:
        raise PortalRefusal(HTTPStatus.NOT_FOUND, {"title": "Not Found", "status": 404})
    if route.method != received.method:
        raise PortalRefusal(HTTPStatus.METHOD_NOT_ALLOWED, {"title": "Method Not Allowed", "status": 405})
    return route


def _call_of(state: PortalState, received: Received, route: Route, token: Token) -> Call:
    return Call(
        world=state.world,
        rules=state.rules,
        now=state.clock.now(),
        token=token,
        organization_id=_organization_of(state.world, received, token),
        base_url=state.base_url,
        query=received.query,
        body=_body_of(received, route),
        headers=received.headers,
    )


def _organization_of(world: World, received: Received, token: Token) -> str:
    """The organization that the call acts on: the header's, or the token's own when there is none."""
    named = received.headers.get("ManagedOrganizationId", "").strip().casefold()
    if not named or named == ZERO_GUID:
        return token.organization_id
    if not is_guid(named):
        raise refused(HTTPStatus.BAD_REQUEST, f"The value '{named}' is not valid for ManagedOrganizationId.")
    if named not in world.in_view(token.organization_id, with_children=True):
        raise refused(HTTPStatus.FORBIDDEN, "No access to the organization")
    return named


def _body_of(received: Received, route: Route) -> dict[str, Any]:
    if route.body_name is None:
        return {}
    if not received.raw and route.may_lack_body:
        return {}
    if not received.raw:
        raise malformed({"": ["A non-empty request body is required."]})
    if not received.content_type.endswith("json"):
        raise PortalRefusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"title": "Unsupported Media Type", "status": 415}
        )
    try:
        sent = json.loads(received.raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise malformed({"$": [f"The body is not valid JSON: {error}"]}) from error
    if route.body_name.endswith("[]"):
        return {"rows": read_rows(route.body_name.removesuffix("[]"), sent)}
    return read_body(route.body_name, sent)


def _no_number(word: str) -> float:
    """`NaN` and `Infinity` are Python's; JSON and the framework behind the portal know no such numbers."""
    raise ValueError(f"'{word}' is an invalid start of a value")


def _note(state: PortalState, received: Received, answer: Answer | None, fault: Fault | None) -> None:
    route = BY_PATH.get(received.path.casefold())
    exchange = Exchange(
        at=state.clock.now(),
        method=received.method,
        path=route.path if route else received.path,
        organization_id=received.headers.get("ManagedOrganizationId"),
        query=received.query,
        sent=received.raw.decode(errors="replace"),
        status=None if answer is None else answer.status,
        payload="" if answer is None else answer.payload,
        fault=fault.kind if fault else None,
    )
    state.journal.note(exchange)


def _dated(answer: Answer, rules: Rules) -> Answer:
    """The answer with its times written as the switch says; the text inside `json` stays as it is."""
    style = _DATE_STYLES.get(rules.dates)
    return answer if style is None else replace(answer, payload=_WHOLE_SECOND.sub(style, answer.payload))


def _response(answer: Answer) -> web.Response:
    headers = {"Content-Type": f"{_JSON}; charset=utf-8"} if answer.payload else {}
    return web.Response(
        body=answer.payload.encode(), status=answer.status, headers={**headers, **answer.headers}
    )
