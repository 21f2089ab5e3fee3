"""A Sentinel group: what was promised survives the loss of the primary, and work goes on by itself."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.ledger import Ledger, LedgerUnavailable
from bot.ledger.connection import execute
from bot.ledger.embedded import find_binary
from tests.ledger.build import case, change, committed

_LOOK_AGAIN_S = 0.02
_AT_ONCE = "repl-diskless-sync-delay 0"
_Answer = TypeVar("_Answer")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _command(folder: Path, port: int, lines: Sequence[str], sentinel: bool) -> list[str]:
    folder.mkdir()
    config = folder / "server.conf"
    common = [f"port {port}", "bind 127.0.0.1", f"dir {folder}", "protected-mode no"]
    config.write_text("\n".join([*common, *lines]) + "\n")
    return [str(find_binary({})), str(config), *(["--sentinel"] if sentinel else [])]


@asynccontextmanager
async def _server(
    folder: Path, port: int, *lines: str, sentinel: bool = False
) -> AsyncIterator[subprocess.Popen[bytes]]:
    command = await asyncio.to_thread(_command, folder, port, lines, sentinel)
    process = await asyncio.to_thread(
        subprocess.Popen,
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await _until(port, "INFO", "server", shows="process_id")
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


async def _until(port: int, *command: str, shows: str) -> None:
    """Until the server answers this command with a text that contains `shows`."""
    client = Redis(host="127.0.0.1", port=port, decode_responses=True)
    async with asyncio.timeout(20):
        while shows not in await _asked(client, *command):  # noqa: ASYNC110 - a server sets no event of ours
            await asyncio.sleep(_LOOK_AGAIN_S)
    await client.aclose()


async def _asked(client: Redis, *command: str) -> str:
    try:
        return str(await execute(client, *command))
    except (RedisError, OSError):
        return ""


async def _in_the_end(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """The answer of a call that is repeated while the ledger is unavailable, as every worker does."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await call()
            except LedgerUnavailable:
                await asyncio.sleep(_LOOK_AGAIN_S)


@pytest.mark.timeout(90)
async def test_a_failover_loses_nothing_that_was_promised(tmp_path: Path) -> None:
    first, second, third, watcher = (_free_port() for _ in range(4))
    watch = (
        f"sentinel monitor main 127.0.0.1 {first} 1",
        "sentinel down-after-milliseconds main 400",
        "sentinel failover-timeout main 3000",
    )
    async with AsyncExitStack() as stack:
        primary = await stack.enter_async_context(_server(tmp_path / "first", first, _AT_ONCE))
        await stack.enter_async_context(
            _server(tmp_path / "second", second, _AT_ONCE, f"replicaof 127.0.0.1 {first}")
        )
        await _until(first, "INFO", "replication", shows="'state': 'online'")
        await stack.enter_async_context(_server(tmp_path / "watcher", watcher, *watch, sentinel=True))
        await _until(watcher, "SENTINEL", "REPLICAS", "main", shows=str(second))
        ledger = await Ledger.connect(
            f"redis+sentinel://127.0.0.1:{watcher}/main", replica_id="replica-1", copies=1
        )
        stack.push_async_callback(ledger.close)
        await _in_the_end(lambda: ledger.commit(change((case("case-0"), 0))))
        for number in range(1, 50):
            await committed(ledger, change((case(f"case-{number}"), 0)))
        told = [one.sentence for one in await ledger.durability()]
        assert any("Set min-replicas-to-write 1" in sentence for sentence in told)
        primary.kill()
        last = change((case("after"), 0))
        with pytest.raises(LedgerUnavailable):
            await ledger.commit(last)
        # The new primary has no replica to copy to: the change is stored there, but not promised before there is one.
        single = await Ledger.connect(f"redis://127.0.0.1:{second}", replica_id="replica-2")
        stack.push_async_callback(single.close)
        await _until(second, "INFO", "replication", shows="'role': 'master'")
        stored = await committed(single, last)
        assert len(await _in_the_end(ledger.open_case_ids)) == 51
        with pytest.raises(LedgerUnavailable, match="a failover could lose it"):
            await ledger.commit(last)
        await stack.enter_async_context(_server(tmp_path / "third", third, f"replicaof 127.0.0.1 {second}"))
        assert await _in_the_end(lambda: ledger.commit(last)) == stored
