"""A listening address that nobody can sit on: one request for each connection, in limited time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

WHOLE_S = 10.0
"""Seconds from the connection to the whole head of the request, and again to its whole body. Slack itself gives up
after three (our choice)."""
MAX_BYTES = 1024 * 1024
"""The longest body. A modal of Slack's with everything filled in is a fifth of it."""

_LINGER_S = 1.0
"""How long the rest of a body that is refused is still read, so that the answer arrives."""


@dataclass(slots=True)
class Listening:
    """An address that is listened on."""

    port: int
    _runner: web.AppRunner
    _server: asyncio.Server

    async def close(self) -> None:
        """Stop accepting, finish what is in flight."""
        self._server.close()
        await self._runner.cleanup()


async def listen(host: str, port: int, routes: list[web.RouteDef], *, whole_s: float = WHOLE_S) -> Listening:
    """Listen. OSError if the address cannot be had."""
    unheard: set[asyncio.BaseProtocol] = set()
    app = web.Application(client_max_size=MAX_BYTES, middlewares=[_whole_in(whole_s, unheard)])
    app.router.add_routes(routes)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_logger(),
        # What is signed are the bytes as they came, and a small body must not become a large one.
        auto_decompress=False,
        lingering_time=min(whole_s, _LINGER_S),
    )
    await runner.setup()
    loop = asyncio.get_running_loop()
    accept = cast("web.Server", runner.server)

    def accepted() -> asyncio.BaseProtocol:
        protocol = accept()
        unheard.add(protocol)
        loop.call_later(whole_s, _end_unheard, protocol, unheard)
        return protocol

    try:
        server = await loop.create_server(accepted, host, port)
    except BaseException:
        await runner.cleanup()
        raise
    return Listening(server.sockets[0].getsockname()[1], runner, server)


def _end_unheard(protocol: web.RequestHandler, unheard: set[asyncio.BaseProtocol]) -> None:
    """aiohttp waits for the rest of a head for ever."""
    if protocol in unheard:
        unheard.discard(protocol)
        protocol.force_close()


def _whole_in(whole_s: float, unheard: set[asyncio.BaseProtocol]) -> Middleware:
    """Take the whole body, in time, before anything is done with it; then end the connection."""

    @web.middleware
    async def whole(request: web.Request, handler: Handler) -> web.StreamResponse:
        unheard.discard(request.protocol)
        # A second request on the same connection would have no limit for its head.
        try:
            response = await _refusal(request, whole_s) or await handler(request)
        except web.HTTPException as refused:
            refused.force_close()
            raise
        response.force_close()
        return response

    return whole


async def _refusal(request: web.Request, whole_s: float) -> web.StreamResponse | None:
    """None: the body is here."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return web.Response(status=400, text="The body is to be sent as it is, without a content encoding.")
    try:
        async with asyncio.timeout(whole_s):
            await request.read()
    except TimeoutError:
        return web.Response(status=408, text="The body did not come in time.")
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413, text=f"The body is longer than {MAX_BYTES} bytes.")
    except web.RequestPayloadError:
        return web.Response(status=400, text="The body cannot be read.")
    return None


def _logger() -> logging.Logger:
    """aiohttp's words. Of bytes that are no request it logs a traceback, which anybody could fill the log with."""
    logger = logging.getLogger("gatehouse.listening")
    logger.addFilter(_in_one_line)
    return logger


def _in_one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = f"{record.msg}: %s", (*tuple(record.args or ()), str(error.message)[:200])
    return True
