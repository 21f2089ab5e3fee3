"""The way to the server: one pool, one time limit for every call, a few explicit retries.

Why not the client's own means: its blocking pool starves waiters, its socket time-outs swallow cancellations on Python
3.11, and its default retries take a minute to report a hung server. So: a plain pool behind a fair semaphore, no socket
time-out, and our own limit around each call, waiting for a connection included.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Any, cast

import structlog
from hiredis import pack_command
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import Connection as PlainConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
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

from bot.ledger.address import LedgerAddress, NoAddress, ledger_address
from bot.ledger.errors import ELSEWHERE, LedgerUnavailable, understood

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
    # Made once: left to itself, each new connection reads the client library's version from its package files anew.
    "driver_info": DriverInfo(),
}


def _pack(_: object, *command: Any) -> list[bytes]:
    name, *args = command
    words = (name if isinstance(name, bytes) else str(name).encode()).split()
    try:
        return [pack_command((*words, *args))]
    except TypeError as error:
        raise DataError(str(error)) from error


def _packing(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """The same connection, whose commands hiredis writes out, as it reads the answers.

    The client uses it so on its blocking connections alone; on these it takes a microsecond for each argument, which
    was half of what committing a change cost us.
    """
    return type(f"Packing{kind.__name__}", (kind,), {"pack_command": _pack})


def client_of(url: str) -> Redis:
    """A client for an address in any of the forms of `bot.ledger.address`."""
    try:
        address = ledger_address(url)
    except NoAddress as error:
        raise ValueError(f"the ledger's address cannot be read: {error}") from error
    return _group_client(address) if address.is_group else _server_client(address)


def _server_client(address: LedgerAddress) -> Redis:
    kind: type[AbstractConnection] = SSLConnection if address.tls else PlainConnection
    place: dict[str, Any] = (
        dict(zip(("host", "port"), address.hosts[0], strict=True)) if address.hosts else {}
    )
    if not address.hosts:
        kind, place = UnixDomainSocketConnection, {"path": address.path}
    return Redis.from_pool(
        ConnectionPool(
            _packing(kind), max_connections=CONNECTIONS + 2, **place, **_login(address), **_OPTIONS
        )
    )


class _Sentinels(Sentinel):
    """The client's own, but that no Sentinel is lost: it moves the one that answered to the front by its former place,
    and with two calls at once another one may stand there by then. That one would never be asked again, nor closed.
    """

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Where the primary is. Whoever answered is asked first the next time."""
        asked = copy(self)
        asked.sentinels = list(self.sentinels)
        found: tuple[str, int] = await Sentinel.discover_master(asked, service_name)
        self.sentinels.sort(key=lambda each: each is not asked.sentinels[0])
        return found


def _group_client(address: LedgerAddress) -> Redis:
    """The primary of a Sentinel group. TLS holds for the Sentinels too: they are told a password of their own."""
    tls: dict[str, Any] = {"ssl": True} if address.tls else {}
    # The client's own annotations stop here.
    make: Callable[..., Any] = _Sentinels
    kind = SentinelManagedSSLConnection if address.tls else SentinelManagedConnection
    sentinel = make(
        address.hosts,
        sentinel_kwargs={
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.3,
            # One that does not answer is passed over: the next one is asked within the time limit of the call.
            "retry": _OPTIONS["retry"],
            "maint_notifications_config": _OPTIONS["maint_notifications_config"],
            "username": address.sentinel_username or None,
            "password": address.sentinel_password or None,
            **tls,
            **address.tls_options,
        },
    )
    return cast(
        "Redis",
        sentinel.master_for(
            address.service,
            connection_class=_packing(kind),
            max_connections=CONNECTIONS + 2,
            **tls,
            **_login(address),
            **_OPTIONS,
        ),
    )


def _login(address: LedgerAddress) -> dict[str, Any]:
    return {
        "db": address.database,
        "username": address.username or None,
        "password": address.password or None,
        **address.tls_options,
    }


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
        lost: list[BaseException] = []
        try:
            async with asyncio.timeout(self._limit_s), self._gate:
                return await self._try(commands, retries, lost)
        except TimeoutError as error:
            why = f"the ledger did not answer within {self._limit_s} s"
            raise LedgerUnavailable(why, maybe_done=True) from error
        except DataError:
            raise
        except (*_BROKEN, RedisError) as error:
            maybe_done = not all(map(_was_not_sent, (*lost, error)))
            raise LedgerUnavailable(
                f"the ledger cannot be reached: {_words(error)}", maybe_done=maybe_done
            ) from error

    async def _try(
        self, commands: Sequence[Command], retries: Sequence[float], lost: list[BaseException]
    ) -> list[Any]:
        """`lost` takes up what broke on the way: one try may have been carried out though its answer never came."""
        for wait_s in retries:
            try:
                return await self._once(commands)
            except _NOT_BROKEN:
                raise
            except _BROKEN as error:
                lost.append(error)
                await asyncio.sleep(wait_s)
        return await self._once(commands)

    async def _once(self, commands: Sequence[Command]) -> list[Any]:
        cancelled_before = _times_cancelled()
        try:
            return await self._sent(commands)
        except ELSEWHERE:
            # It answers, so the client would keep the connection; behind the name may stand another server by now.
            await self.client.connection_pool.disconnect(inuse_connections=False)
            raise
        except _BROKEN as error:
            # Cancelled in the middle, the client closes the connection, and where that fails it tells of that instead.
            if _times_cancelled() > cancelled_before:
                raise asyncio.CancelledError from error
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


def _times_cancelled() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def _words(error: BaseException) -> str:
    """What the client says, without its own insides: behind the master's name it prints its whole pool."""
    if isinstance(error, MasterNotFoundError):
        return f"{str(error).partition(' : ')[0]} by any Sentinel"
    return str(error).removesuffix(".")


def _was_not_sent(error: BaseException) -> bool:
    """Whether nothing can have reached the server: no connection was made, or the server itself said no."""
    if isinstance(error, (*ELSEWHERE, *_NOT_BROKEN)):
        return True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError | FileNotFoundError | socket.gaierror):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _value(answer: Any) -> Any:
    """An answer, an error in our own words. "I do not know this script" stays: the door loads it and asks again."""
    if isinstance(answer, ResponseError) and not isinstance(answer, NoScriptError):
        return understood(answer)
    return answer
