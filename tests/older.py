"""An older copy of a ledger, as a back-up of its data folder holds one."""

from __future__ import annotations

from redis.asyncio import Redis

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
