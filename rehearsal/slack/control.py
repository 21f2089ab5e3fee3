"""The stand-in's own HTTP interface below `/_sandbox/`, for other processes and for a page.

Everything is JSON. A caller must be a program or a page of this very origin: requests that a foreign web
page could make a browser send (another Host or Origin) are refused, so that no site reaches the stand-in.

    GET    state                       ids, tokens, people, channels, user groups, faults, clock
    GET    feed?after=SEQ&wait=S       long poll: entries above SEQ
    GET    feed/ws?after=SEQ           the same as a WebSocket; &kinds=A,B leaves other kinds out
    GET    everybody                   who has a Slack client, for a page that lets one be any of them
    GET    calls, deliveries, deliveries/ID?wait=S
    POST   people, channels, groups    {arguments of add_person, add_channel, add_user_group}
    GET    people/ID/sees?channel=C    also dms, views, home; client, history?channel=C&before=TS&limit=N,
                                       thread?channel=C&ts=TS for a page; signed_in=true as for actions
    POST   people/ID/ACTION            click, choose, click_in, choose_in, suggest, fill, submit, close_view,
                                       command, say, open_home; waits for the outcome unless {"wait": false}
    POST   changes/CHANGE              archive, unarchive, delete_channel, rename, share, unshare, make_private,
                                       join, leave, remove_bot, invite_bot, set_person, set_user_group,
                                       delete_message
    POST   faults, DELETE faults       {kind, method, times, seconds, name}; see `Fault`
    POST   sockets/drop, sockets/disconnect   {connection_id, reason}
    POST   clock                       {advance_s}
    POST   rate_limits, token, pings   {enforced}, {revoked}, {answered}
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from rehearsal.slack.callers import check_caller
from rehearsal.slack.deliveries import Delivery
from rehearsal.slack.errors import InputError, Json, PersonError, SlackError
from rehearsal.slack.steering import Steering

if TYPE_CHECKING:
    from rehearsal.slack.sandbox import SlackSandbox

# A long poll ends by itself after this; the caller asks again.
WAIT_MOST_S = 60.0

Answer = Callable[[web.Request], Awaitable[Any]]


class Control:
    """The routes; all JSON, for loopback callers only."""

    def __init__(self, sandbox: "SlackSandbox") -> None:
        self._sandbox = sandbox
        self._steering = Steering(sandbox)

    def add_routes(self, app: web.Application) -> None:
        """Hangs the routes into the stand-in's web application."""
        routes: tuple[tuple[str, str, Answer], ...] = (
            ("GET", "state", self._state),
            ("GET", "everybody", self._everybody),
            ("GET", "feed", self._feed),
            ("GET", "calls", self._calls),
            ("GET", "deliveries", self._deliveries),
            ("GET", "deliveries/{id}", self._delivery),
            ("GET", "people/{id}/{view}", self._look),
            ("POST", "people/{id}/{action}", self._act),
            ("POST", "changes/{change}", self._change),
            ("POST", "{thing}", self._steer),
            ("POST", "sockets/{what}", self._sockets),
            ("DELETE", "faults", self._clear_faults),
        )
        for verb, path, answer in routes:
            app.router.add_route(verb, f"/_sandbox/{path}", _guarded(answer))
        app.router.add_get("/_sandbox/feed/ws", self._feed_socket)

    async def _state(self, _request: web.Request) -> Json:
        return self._steering.state()

    async def _everybody(self, _request: web.Request) -> Json:
        return self._steering.everybody()

    async def _feed(self, request: web.Request) -> Json:
        after, wait_s = int(_number(request, "after", 0)), _number(request, "wait", 0)
        entries = await self._sandbox.feed.changed_after(after, min(wait_s, WAIT_MOST_S))
        last = entries[-1].seq if entries else max(after, 0)
        return {"entries": [entry.wire() for entry in entries], "seq": last}

    async def _feed_socket(self, request: web.Request) -> web.StreamResponse:
        check_caller(request)
        ws = web.WebSocketResponse(heartbeat=10.0)
        await ws.prepare(request)
        pump = asyncio.create_task(self._pump(ws, int(_number(request, "after", 0)), _kinds(request)))
        try:
            async for _frame in ws:
                continue  # Whatever the reader says is ignored; the loop ends when it goes.
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        return ws

    async def _pump(self, ws: web.WebSocketResponse, after: int, kinds: frozenset[str]) -> None:
        async for entry in self._sandbox.feed.follow(after):
            if not kinds or entry.kind in kinds:
                await ws.send_json(entry.wire())

    async def _calls(self, _request: web.Request) -> list[Json]:
        return [call.wire() for call in self._sandbox.api_calls]

    async def _deliveries(self, _request: web.Request) -> list[Json]:
        return [delivery.wire() for delivery in self._sandbox.deliveries]

    async def _delivery(self, request: web.Request) -> Json:
        wanted = request.match_info["id"]
        found = next((each for each in self._sandbox.deliveries if each.id == wanted), None)
        if found is None:
            raise PersonError(f"No delivery {wanted!r}.")
        if _number(request, "wait", 0) > 0:
            await found.settled()
        return found.wire()

    async def _look(self, request: web.Request) -> Any:
        return self._steering.look(request.match_info["id"], request.match_info["view"], dict(request.query))

    async def _act(self, request: web.Request) -> Any:
        body = await _body(request)
        wait = body.pop("wait", True)
        result = await self._steering.act(request.match_info["id"], request.match_info["action"], body)
        if isinstance(result, Delivery):
            # An event that goes unanswered is retried for minutes; its first attempt is news enough.
            await (result.tried() if result.kind == "events_api" else result.settled()) if wait else None
            return result.wire()
        return {"result": result}

    async def _change(self, request: web.Request) -> Json:
        self._steering.change(request.match_info["change"], await _body(request))
        return {"ok": True}

    async def _steer(self, request: web.Request) -> Json:
        return self._steering.steer(request.match_info["thing"], await _body(request))

    async def _sockets(self, request: web.Request) -> Json:
        body = await _body(request)
        connection_id = str(body.get("connection_id", ""))
        if request.match_info["what"] == "drop":
            self._sandbox.sockets.drop(connection_id)
        else:
            await self._sandbox.sockets.disconnect(
                str(body.get("reason", "refresh_requested")), connection_id
            )
        return {"ok": True}

    async def _clear_faults(self, _request: web.Request) -> Json:
        self._sandbox.faults.clear()
        return {"ok": True}


def _guarded(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def respond(request: web.Request) -> web.Response:
        check_caller(request)
        try:
            return web.json_response(await answer(request))
        except InputError as refused:
            return web.json_response({"error": str(refused), "by_block": refused.by_block}, status=422)
        except (PersonError, SlackError) as refused:
            return web.json_response({"error": str(refused)}, status=422)
        except TypeError as wrong:
            return web.json_response({"error": f"Wrong arguments: {wrong}"}, status=400)

    return respond


def _kinds(request: web.Request) -> frozenset[str]:
    return frozenset(filter(None, request.query.get("kinds", "").split(",")))


def _number(request: web.Request, name: str, default: float) -> float:
    text = request.query.get(name, "")
    try:
        return float(text) if text else default
    except ValueError as wrong:
        raise web.HTTPBadRequest(text=f"{name} must be a number, not {text!r}.") from wrong


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json" and request.can_read_body:
        raise web.HTTPUnsupportedMediaType(text="Send JSON with Content-Type: application/json.")
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError as broken:
        raise web.HTTPBadRequest(text=f"The body is no JSON: {broken}") from broken
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object.")
    return body
