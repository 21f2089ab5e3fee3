"""A real Valkey server for tests: own folder, own socket; can be killed, restarted, hung and moved in time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from bot.ledger import EmbeddedServer

_TRAVEL = """
local clock, by = KEYS[1] .. ':clock', ARGV[1]
redis.call('HINCRBY', clock, 'off', by)
if ARGV[2] == 'together' then
  local fields = redis.call('HGETALL', clock)
  for i = 1, #fields, 2 do
    local boot, logical = string.match(fields[i + 1], '^(%-?%d+)|(%-?%d+)$')
    if boot then redis.call('HSET', clock, fields[i], boot .. '|' .. string.format('%.0f', logical + by)) end
  end
end
return 1
"""


class RunningValkey:
    """One server process and everything a test may do to it."""

    def __init__(self, folder: Path, *, writes_out: bool = True) -> None:
        """`writes_out` False: nothing is on the disk, and no answer waits for it; a restart forgets everything."""
        self.folder = folder
        self._writes_out = writes_out
        self._server = EmbeddedServer(folder, writes_out=writes_out)
        self._held: Any = None  # Redis leaves the commands of its blocking client untyped.

    @property
    def url(self) -> str:
        """The address; the same after a restart."""
        return self._server.url

    @property
    def socket_path(self) -> Path:
        """The server's Unix socket."""
        return self._server.socket_path

    @property
    def pid(self) -> int:
        """The server's process id."""
        process = self._server._process
        assert process is not None, "the server does not run"
        return process.pid

    async def start(self) -> None:
        """Start it on its folder; its data is loaded when this returns."""
        await self._server.start()
        assert self._server.was_started_here, "another process holds this folder"

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it politely, whoever is connected."""
        await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """Kill it and start it again."""
        await self.kill()
        await self.start()

    def hang(self) -> None:
        """Let it accept connections and answer nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """End the hang."""
        os.kill(self.pid, signal.SIGCONT)

    async def _end(self, how: signal.Signals) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        process = self._server._process
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        await asyncio.to_thread(process.wait)
        self._server = EmbeddedServer(self.folder, writes_out=self._writes_out)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """A plain client, past the ledger."""
        client = Redis(unix_socket_path=str(self.socket_path), decode_responses=True, driver_info=None)
        try:
            yield client
        finally:
            await client.aclose()

    async def flush(self) -> None:
        """Forget everything (and no script)."""
        await self._do("FLUSHALL")

    async def _do(self, *command: str | int) -> None:
        """One connection for what each bench does several times: an own one each time takes longer than the command."""
        if self._held is None:
            self._held = BlockingRedis(unix_socket_path=str(self.socket_path), driver_info=None)
        self._held.execute_command(*command)

    async def travel(self, span: timedelta) -> None:
        """Let this much logical time pass, for everybody. Ledgers see it at their next call."""
        await self._shift(span, "together")

    async def next_minute(self, now: datetime) -> None:
        """Travel to the beginning of the next minute, where something counts by the minute. `now`: logical time."""
        await self.travel(timedelta(seconds=60 - now.second))

    async def step_clock(self, span: timedelta) -> None:
        """Step the server's clock, as somebody who sets the time would."""
        await self._shift(span, "alone")

    async def _shift(self, span: timedelta, how: str) -> None:
        milliseconds = span // timedelta(milliseconds=1)
        await self._do("EVAL", _TRAVEL, 1, "{gatehouse}", milliseconds, how)


@asynccontextmanager
async def running_valkey(folder: Path) -> AsyncIterator[RunningValkey]:
    """A server for one test, or for a few. Ended whatever happens."""
    server = RunningValkey(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
