"""A tiny portal over a real socket that answers what a test scripts, and keeps what it received."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes

    @property
    def body(self) -> Any:
        """The JSON of the request."""
        return json.loads(self.raw_body)


@dataclass(frozen=True)
class Says:
    """One scripted answer. `body` is sent as it stands where it is text or bytes, else as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """The HTTP answer."""
        if isinstance(self.body, bytes):
            payload = self.body
        else:
            payload = (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()
        return web.Response(body=payload, status=self.status, headers=self.headers)


Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WireServer:
    """Scripts answers by the action's name, case ignored. The last scripted answer of an action is repeated."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.arrived = asyncio.Event()
        self._script: dict[str, list[Says | Behaviour]] = defaultdict(list)
        self._closing = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        self.base_url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def on(self, action: str, *answers: Says | Behaviour | list[Any] | dict[str, Any]) -> None:
        """Script the answers of an action; plain lists and objects are answered as JSON with 200."""
        scripted = [Says(one) if isinstance(one, list | dict) else one for one in answers]
        self._script[action.lower()] = list(scripted)

    def calls(self, action: str) -> list[Received]:
        """What was received for one action."""
        return [one for one in self.received if one.path.lower().endswith(f"/{action.lower()}")]

    async def hang(self, _: web.Request) -> web.StreamResponse:
        """Never answer while the test lasts."""
        await self._closing.wait()
        return web.Response()

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Break the connection after the request was read."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def cut_short(self, request: web.Request) -> web.StreamResponse:
        """Promise a body and break off in the middle of it."""
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'[{"approval')
        assert request.transport is not None
        request.transport.close()
        return response

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        headers = {key.lower(): value for key, value in request.headers.items()}
        body = await request.read()
        self.received.append(Received(request.method, request.path, dict(request.query), headers, body))
        self.arrived.set()
        script = self._script[request.path.rsplit("/", 1)[-1].lower()]
        if not script:
            return web.Response(status=404, text="nothing scripted")
        answer = script.pop(0) if len(script) > 1 else script[0]
        return answer.response() if isinstance(answer, Says) else await answer(request)
