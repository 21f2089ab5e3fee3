"""Socket Mode: connections of the app, and envelopes that each go to exactly one of them.

Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from rehearsal.slack.deliveries import ACK_LIMIT_S, Attempt, Delivery, Retry
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.identifiers import random_word
from rehearsal.slack.workspace import Workspace

CONNECTIONS_MOST = 10
# Slack's own interval is not published; the SDKs expect to hear something within 30 s.
PING_INTERVAL_S = 10.0
# What Slack's `hello` announces; the real sockets live a few hours.
CONNECTION_LIFE_S = 18_060
DISCONNECT_REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")


@dataclass(eq=False)
class Connection:
    """One open socket of the app."""

    id: str
    socket: web.WebSocketResponse
    request: web.Request
    retiring: bool = False


class SocketMode:
    """Issues single-use links, keeps the connections and spreads the envelopes over them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = 0
        self.connections: list[Connection] = []
        self.answers_pings = True

    def link(self, base: str) -> str:
        """The single-use address for `apps.connections.open`; `base` is `ws://host:port`."""
        ticket = random_word(32)
        self._tickets.add(ticket)
        return f"{base}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket route."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="This link was used before or never issued.")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, heartbeat=PING_INTERVAL_S)
        await ws.prepare(request)
        connection = Connection(self._workspace.ids.next("W"), ws, request)
        if len(self.connections) >= CONNECTIONS_MOST:
            await self._say_goodbye(connection, "too_many_websockets")
            await ws.close()
            return ws
        await self._serve(connection)
        return ws

    async def _serve(self, connection: Connection) -> None:
        self.connections.append(connection)
        self._workspace.note("socket_opened", connection=connection.id, open=len(self.connections))
        try:
            await connection.socket.send_json(self._hello())
            async for frame in connection.socket:
                await self._read(connection, frame.type, frame.data)
        finally:
            self.connections.remove(connection)
            self._workspace.note("socket_closed", connection=connection.id, open=len(self.connections))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "stand-in", "approximate_connection_time": CONNECTION_LIFE_S},
            "connection_info": {"app_id": self._workspace.app_id},
        }

    async def _read(self, connection: Connection, kind: WSMsgType, data: Any) -> None:
        if kind is WSMsgType.PING and self.answers_pings:
            await connection.socket.pong(data)
        elif kind is WSMsgType.TEXT:
            self._acknowledge(connection, data)

    def _acknowledge(self, connection: Connection, text: str) -> None:
        """An acknowledgement counts on whatever connection it comes: a client may have switched meanwhile."""
        try:
            frame = json.loads(text)
            envelope_id = frame["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self._workspace.note("frame_not_understood", connection=connection.id, text=text[:500])
            return
        waiter = self._waiting.get(envelope_id)
        if waiter is None or waiter.done():
            self._workspace.note("late_ack", connection=connection.id, envelope=envelope_id)
            return
        waiter.set_result(frame.get("payload"))

    def _next_connection(self) -> Connection | None:
        usable = [each for each in self.connections if not each.retiring] or self.connections
        if not usable:
            return None
        self._turn += 1
        return usable[self._turn % len(usable)]

    async def attempt(self, delivery: Delivery, retry: Retry | None) -> Attempt:
        """Sends one envelope to one connection and waits for its acknowledgement."""
        connection = self._next_connection()
        if connection is None:
            return Attempt("socket", "", acked=False, after_s=0.0, reason="connection_failed")
        envelope_id = f"{random_word(8)}-{random_word(12)}"
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = waiter
        started = time.monotonic()
        try:
            async with asyncio.timeout(ACK_LIMIT_S):
                await connection.socket.send_json(_envelope(envelope_id, delivery, retry))
                response = await waiter
        except TimeoutError:
            return Attempt("socket", connection.id, acked=False, after_s=ACK_LIMIT_S, reason="http_timeout")
        except ConnectionError:
            after_s = time.monotonic() - started
            return Attempt("socket", connection.id, acked=False, after_s=after_s, reason="connection_failed")
        finally:
            del self._waiting[envelope_id]
        after_s = time.monotonic() - started
        return Attempt("socket", connection.id, acked=True, after_s=after_s, response=response)

    async def disconnect(self, reason: str = "refresh_requested", connection_id: str = "") -> None:
        """Announces a disconnect, to one connection or to all; `warning` leaves the socket open."""
        if reason not in DISCONNECT_REASONS:
            raise PersonError(
                f"Slack gives no reason {reason!r}; use one of {', '.join(DISCONNECT_REASONS)}."
            )
        for connection in self._named(connection_id):
            connection.retiring = True
            await self._say_goodbye(connection, reason)
            if reason != "warning":
                await connection.socket.close()

    async def _say_goodbye(self, connection: Connection, reason: str) -> None:
        await connection.socket.send_json(
            {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
        )
        self._workspace.note("socket_disconnect", connection=connection.id, reason=reason)

    def drop(self, connection_id: str = "") -> None:
        """Cuts one connection or all with a TCP reset, as a failing network does."""
        for connection in self._named(connection_id):
            transport = connection.request.transport
            if transport is not None:
                raw = transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()

    def _named(self, connection_id: str) -> list[Connection]:
        return [each for each in self.connections if connection_id in {"", each.id}]

    async def close(self) -> None:
        """Closes every connection."""
        for connection in list(self.connections):
            await connection.socket.close()


def _envelope(envelope_id: str, delivery: Delivery, retry: Retry | None) -> Json:
    is_event = delivery.kind == "events_api"
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": delivery.kind,
        "accepts_response_payload": not is_event,
        "payload": delivery.payload,
    }
    if is_event:
        envelope |= {
            "retry_attempt": retry.number if retry else 0,
            "retry_reason": retry.reason if retry else "",
        }
    return envelope
