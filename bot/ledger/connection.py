"""The way to the server: one pool, one time limit for every call, a few explicit retries.

Why not the client's own means: its blocking pool starves waiters, its socket time-outs swallow cancellations on Python
3.11, and its default retries take a minute to report a hung server. So: a plain pool behind a fair semaphore, no socket
time-out, and our own limit around each call, waiting for a connection included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    DataError,
    NoScriptError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

from bot.ledger.errors import LedgerUnavailable
from bot.ledger.refusals import ELSEWHERE, understood

log = structlog.get_logger()

CALL_LIMIT_S = 1.5
"""Every call answers within this; Slack wants its own answer after 3 s at the latest."""

CONNECTIONS = 16
"""Calls under way at once; more do not make one server faster (our measurement)."""

RETRIES_S = (0.02, 0.08)
"""Waits before the second and third try of a call whose connection broke."""

_BROKEN = (RedisConnectionError, RedisTimeoutError, OSError, *ELSEWHERE)
"""A new connection may help."""

_NOT_BROKEN = (AuthenticationError, AuthorizationError)
"""Connection errors by inheritance only: another try gets the same answer."""


Command = tuple[Any, ...]
_OPTIONS: dict[str, Any] = {
    "decode_responses": True,
    "socket_timeout": None,
    "socket_connect_timeout": 0.5,
    "health_check_interval": 0,
    "retry": Retry(NoBackoff(), 0),
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}


def client_of(url: str) -> Redis:
    """A client for `redis://`, `rediss://`, `unix://` or `redis+sentinel://host:port,host:port/service/db`."""
    if urlsplit(url).scheme in ("redis+sentinel", "rediss+sentinel"):
        return _sentinel_client(url)
    try:
        return Redis.from_pool(ConnectionPool.from_url(url, max_connections=CONNECTIONS + 2, **_OPTIONS))
    except ValueError as error:
        raise ValueError(f"the ledger's address cannot be read: {error}") from error


def _sentinel_client(url: str) -> Redis:
    """The master of a Sentinel group; `?sentinel_password=` where the sentinels ask for one."""
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    username, _, password = credentials.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    nodes = [_node(one) for one in hosts.split(",") if one]
    if not nodes or not service:
        raise ValueError(
            "a Sentinel address reads redis+sentinel://host:26379,host:26379/service/0; hosts or service are missing"
        )
    query = parse_qs(parts.query)
    # The client's own annotations stop here.
    make: Callable[..., Any] = Sentinel
    sentinel = make(
        nodes,
        sentinel_kwargs={
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.3,
            "password": query.get("sentinel_password", [None])[0],
        },
    )
    return cast(
        "Redis",
        sentinel.master_for(
            service,
            max_connections=CONNECTIONS + 2,
            db=int(database or 0),
            username=unquote(username) or None,
            password=unquote(password) or None,
            ssl=parts.scheme.startswith("rediss"),
            **_OPTIONS,
        ),
    )


def _node(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host else (text, 26379)


async def execute(client: Redis, *command: Any) -> Any:
    """One raw command, for which the client has no types."""
    run: Callable[..., Awaitable[Any]] = client.execute_command
    return await run(*command)


class Connection:
    """Runs commands: fair, limited in time, retried where a retry can do no harm."""

    def __init__(self, client: Redis, *, limit_s: float = CALL_LIMIT_S, at_once: int = CONNECTIONS) -> None:
        self.client = client
        self._limit_s = limit_s
        self._gate = asyncio.Semaphore(at_once)

    async def run(self, *command: Any, retries: Sequence[float] = RETRIES_S) -> Any:
        """One command. `retries=()` for a command that must not be sent twice."""
        [answer] = await self.run_all([command], retries=retries)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run_all(
        self, commands: Sequence[Command], *, retries: Sequence[float] = RETRIES_S
    ) -> list[Any]:
        """Several commands in one round trip; answers in order, a server's refusal of one as an exception value."""
        try:
            async with asyncio.timeout(self._limit_s), self._gate:
                return await self._try(commands, retries)
        except TimeoutError as error:
            raise LedgerUnavailable(f"the ledger did not answer within {self._limit_s} s") from error
        except DataError:
            raise
        except (*_BROKEN, RedisError) as error:
            raise LedgerUnavailable(f"the ledger cannot be reached: {error}") from error

    async def _try(self, commands: Sequence[Command], retries: Sequence[float]) -> list[Any]:
        for wait_s in retries:
            try:
                return await self._once(commands)
            except _NOT_BROKEN:
                raise
            except _BROKEN:
                await asyncio.sleep(wait_s)
        return await self._once(commands)

    async def _once(self, commands: Sequence[Command]) -> list[Any]:
        try:
            return await self._sent(commands)
        except ELSEWHERE:
            # It answers, so the client would keep the connection; behind the name may stand another server by now.
            await self.client.connection_pool.disconnect(inuse_connections=False)
            raise

    async def _sent(self, commands: Sequence[Command]) -> list[Any]:
        if len(commands) == 1:
            try:
                return [await execute(self.client, *commands[0])]
            except _BROKEN:
                raise
            except ResponseError as error:
                return [_value(error)]
        async with self.client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, _BROKEN):
                raise answer
        return [_value(answer) for answer in answers]

    async def close(self) -> None:
        """Close every connection."""
        pool = self.client.connection_pool
        for ended in (self.client.aclose, pool.disconnect):
            try:
                await ended()
            except RedisError as error:
                # The server did not take part in time; the sockets are dropped, and what was promised is stored.
                log.warning("ledger_not_closed_in_time", why=str(error))
        if isinstance(pool, SentinelConnectionPool):
            await pool.sentinel_manager.aclose()


def _value(answer: Any) -> Any:
    """An answer, an error in our own words. "I do not know this script" stays: the door loads it and asks again."""
    if isinstance(answer, ResponseError) and not isinstance(answer, NoScriptError):
        return understood(answer)
    return answer
