"""A way to the server that can lose one answer, as a broken network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class LosingProxy:
    """Passes everything on; when told, it cuts the connection instead of handing over the next answer."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self._loses: bytes | None = None
        self.lost = 0
        self.port = 0

    @property
    def url(self) -> str:
        """The address for a ledger."""
        return f"redis://127.0.0.1:{self.port}/0"

    def lose_answer_to(self, question: bytes) -> None:
        """Swallow the answer to the next request that contains these bytes. The server has done it by then."""
        self._loses = question

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(str(self.socket_path))
        try:
            while request := await reader.read(1 << 20):
                upstream_writer.write(request)
                answer = await upstream_reader.read(1 << 20)
                if self._loses is not None and self._loses in request:
                    self._loses = None
                    self.lost += 1
                    return
                writer.write(answer)
        except ConnectionError:
            return
        finally:
            writer.close()
            upstream_writer.close()


@asynccontextmanager
async def losing_proxy(socket_path: Path) -> AsyncIterator[LosingProxy]:
    """A proxy in front of a server's socket. Its requests are small: one read takes one request."""
    proxy = LosingProxy(socket_path)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
