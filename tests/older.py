"""What is older than this program: a copy of a ledger, as a back-up holds one, and a replica of the version before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis

from bot.ledger import Ledger
from bot.ledger.door import SCHEMA

Copy = dict[bytes, bytes]


def _client(url: str) -> Redis:
    return Redis(unix_socket_path=url.removeprefix("unix://"))


async def copied(url: str) -> Copy:
    """Everything that a server holds now."""
    async with _client(url) as client:
        held: list[bytes] = await client.keys("*")  # type: ignore[assignment] # as bytes, without decoding
        return {name: bytes(await client.dump(name) or b"") for name in held}


async def put_back(url: str, copy: Copy) -> None:
    """The server holds this copy again, and nothing of what came after it."""
    async with _client(url) as client:
        await client.flushdb()
        for name, value in copy.items():
            await client.restore(name, 0, value)


@asynccontextmanager
async def former_ledger(url: str, replica_id: str, secret: bytes = b"") -> AsyncIterator[Ledger]:
    """The ledger of a replica of the version before: what it sends carries the older number."""
    ledger = await Ledger.connect(url, replica_id=replica_id, secret=secret)
    ours = ledger._door._command

    def of_before(call: Any, asked_at: int) -> tuple[str | int, ...]:
        word, sha, keys, prefix, _, *rest = ours(call, asked_at)
        return (word, sha, keys, prefix, SCHEMA - 1, *rest)

    ledger._door._command = of_before  # type: ignore[method-assign]
    try:
        yield ledger
    finally:
        await ledger.close()
