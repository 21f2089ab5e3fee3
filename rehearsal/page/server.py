"""The rehearsal's own server: one address for the workspace page, the portal, the director, the record, the tour.

    GET   /                     the rehearsal; /workspace: the workspace alone, for a second window
    GET   /rehearsal/watch      WebSocket: every part of the panes, and again whenever it changes
    POST  /rehearsal/{what}     one of ACTIONS below, with a JSON object
          /_sandbox/…           the stand-in Slack's own interface, at this origin

Loopback only, and only for pages that it served itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.ledger import LedgerUnavailable
from rehearsal.page.bot_child import BotDidNotStart
from rehearsal.page.director import Director
from rehearsal.slack.callers import check_caller
from rehearsal.slack.control import Control
from rehearsal.slack.pages import WORKSPACE_PAGE, add_page

PAGE: Final = Path(__file__).parent / "static"
LOOK_EVERY_S: Final = 0.4
"""How often the panes are compared with what they showed (our choice: fast enough for the eye)."""
BODY_BYTES_MOST: Final = 1024 * 1024

Parts = dict[str, Any]


class RehearsalServer:
    """Serves one rehearsal."""

    def __init__(self, director: Director) -> None:
        self._director = director
        self._runner: web.AppRunner | None = None
        self._watchers: set[web.WebSocketResponse] = set()
        self.address = ""

    async def start(self, port: int) -> str:
        """Listens on loopback; answers the one address. OSError when the port is taken."""
        app = web.Application(client_max_size=BODY_BYTES_MOST)
        Control(self._director.stage.slack).add_routes(app)
        add_page(app, WORKSPACE_PAGE, "/page", "/workspace")
        add_page(app, PAGE, "/rehearsal-page", "/")
        app.router.add_get("/rehearsal/watch", self._watch)
        app.router.add_post("/rehearsal/{what}", self._do)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{bound}/"
        return self.address

    async def close(self) -> None:
        """Stops listening; safe to call twice."""
        for socket in list(self._watchers):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _do(self, request: web.Request) -> web.Response:
        check_caller(request)
        what = request.match_info["what"]
        try:
            body = await _body(request)
            return web.json_response({"ok": True, "result": await self._director.do(what, body)})
        except (ValueError, LookupError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=422)
        except (BotDidNotStart, LedgerUnavailable) as away:
            return web.json_response({"error": str(away)}, status=503)

    async def _watch(self, request: web.Request) -> web.WebSocketResponse:
        check_caller(request)
        socket = web.WebSocketResponse(heartbeat=10.0)
        await socket.prepare(request)
        self._watchers.add(socket)
        wanted: set[str] = set()
        pump = asyncio.create_task(self._pump(socket, wanted))
        try:
            async for frame in socket:
                _want(wanted, frame.data)
        finally:
            self._watchers.discard(socket)
            pump.cancel()
            # A fault of ours ends up in the log; that the reader went away, or is being shown out, is no fault.
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pump
        return socket

    async def _pump(self, socket: web.WebSocketResponse, wanted: set[str]) -> None:
        """Sends what changed since the last look; parts that cost much only while somebody has them open."""
        sent: dict[str, str] = {}
        try:
            while not socket.closed:
                for name, part in (await self._director.parts(wanted)).items():
                    text = json.dumps({"part": name, "data": part}, ensure_ascii=False, default=str)
                    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
                    if sent.get(name) != digest:
                        sent[name] = digest
                        await socket.send_str(text)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            # However it ends, the page is told: it says that it is cut off, and asks again.
            await socket.close()


def _want(wanted: set[str], data: object) -> None:
    """A page says which heavy parts it shows: {"wants": ["traffic"]}. Anything else is ignored."""
    try:
        names = json.loads(str(data)).get("wants")
    except (ValueError, AttributeError):
        return
    if isinstance(names, list):
        wanted.clear()
        wanted.update(str(name) for name in names)


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise ValueError("send JSON with Content-Type: application/json.")
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object.")
    return body
