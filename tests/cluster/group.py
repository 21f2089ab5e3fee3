"""A Sentinel group of this machine: a primary, a replica, one watcher; each server may be killed and comes back."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.ledger.connection import execute
from bot.ledger.embedded import find_binary
from tests.ledger.servers import LOOK_AGAIN_S, free_port, until

_SAFE = (
    *("appendonly yes", "appendfsync always", 'save ""', "maxmemory-policy noeviction"),
    *("min-replicas-to-write 1", "min-replicas-max-lag 10", "repl-diskless-sync-delay 0"),
)
"""What `gatehouse check` wants of a group: nothing that was acknowledged is lost."""
_WHOLE_AGAIN_S = 180.0
DOWN_AFTER_S = 2.0
"""The watcher's patience: who is back sooner was only restarted."""


@dataclass
class Node:
    """One server and its folder, which outlives it."""

    folder: Path
    port: int
    lines: tuple[str, ...]
    is_watcher: bool = False
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it on what its folder holds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "server.conf"
        if not config.exists():
            common = (f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}", "protected-mode no")
            await asyncio.to_thread(config.write_text, "\n".join((*common, *self.lines)) + "\n")
        command = [str(find_binary({})), str(config), *(["--sentinel"] if self.is_watcher else [])]
        self.process = await asyncio.to_thread(
            subprocess.Popen,
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        await until(self.port, "INFO", "server", shows="process_id")

    async def kill(self) -> None:
        """As by `kill -9`."""
        if self.process is not None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
            self.process = None


@dataclass
class Group:
    """Two servers, one of which is the primary, and who watches them."""

    nodes: tuple[Node, Node]
    watcher: Node

    @property
    def url(self) -> str:
        """What a bot is given."""
        return f"redis+sentinel://127.0.0.1:{self.watcher.port}/main"

    async def primary(self) -> Node:
        """Who is in charge by the watcher's word."""
        async with Redis(host="127.0.0.1", port=self.watcher.port, decode_responses=True) as client:
            _, port = await execute(client, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")
        return next(node for node in self.nodes if node.port == int(port))

    async def address(self) -> str:
        """The primary's own address, for a reader that asks no watcher."""
        return f"redis://127.0.0.1:{(await self.primary()).port}"

    async def restart(self) -> None:
        """Kill the primary and start it again before anybody replaces it."""
        node = await self.primary()
        await node.kill()
        await node.start()

    async def fail_over(self, *, at_once: bool = False) -> None:
        """Kill the primary; it comes back as a replica once the other one has taken over. `at_once`: the watcher is
        told to see to it, whatever its patience.

        Only with a replica that has everything: one that is still being filled holds nothing yet, and whoever promotes
        it has lost the ledger. On a busy machine the restart before may not be over.
        """
        await self.whole()
        before = await self.primary()
        await before.kill()
        if at_once:
            async with Redis(host="127.0.0.1", port=self.watcher.port, decode_responses=True) as client:
                await execute(client, "SENTINEL", "FAILOVER", "main")
        async with asyncio.timeout(60):
            while (await self.primary()) is before:  # noqa: ASYNC110 - a server sets no event of ours
                await asyncio.sleep(LOOK_AGAIN_S)
        await before.start()
        # The watcher would do so too, ten seconds later.
        async with Redis(host="127.0.0.1", port=before.port, decode_responses=True) as client:
            await execute(client, "REPLICAOF", "127.0.0.1", (await self.primary()).port)
        await self.whole()

    async def whole(self) -> None:
        """Wait until the primary has its replica again."""
        async with asyncio.timeout(_WHOLE_AGAIN_S):
            while not await self._is_whole():  # noqa: ASYNC110 - likewise
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _is_whole(self) -> bool:
        try:
            async with Redis(
                host="127.0.0.1", port=(await self.primary()).port, decode_responses=True
            ) as client:
                told = await client.info("replication")
        except (RedisError, OSError):
            return False
        return str(told.get("role")) == "master" and "online" in str(told.get("slave0", ""))


@asynccontextmanager
async def sentinel_group(folder: Path, down_after_s: float = DOWN_AFTER_S) -> AsyncIterator[Group]:
    """A whole group; ended whatever happens."""
    first, second, watch = (free_port() for _ in range(3))
    monitor = (
        f"sentinel monitor main 127.0.0.1 {first} 1",
        f"sentinel down-after-milliseconds main {round(down_after_s * 1000)}",
        "sentinel failover-timeout main 4000",
    )
    group = Group(
        (
            Node(folder / "first", first, _SAFE),
            Node(folder / "second", second, (*_SAFE, f"replicaof 127.0.0.1 {first}")),
        ),
        Node(folder / "watcher", watch, monitor, is_watcher=True),
    )
    try:
        for node in group.nodes:
            await node.start()
        await until(first, "INFO", "replication", shows="'state': 'online'")
        await group.watcher.start()
        await until(watch, "SENTINEL", "REPLICAS", "main", shows=str(second))
        yield group
    finally:
        for node in (group.watcher, *group.nodes):
            await node.kill()
