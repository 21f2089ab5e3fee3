"""What a server may say in a failover, a restart, an overload or a read-only phase leaves all to be tried again.

Every state here is one of a real server; the table behind them holds what servers are documented to say beside that.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import DefaultParser
from redis.exceptions import DataError, RedisError, ResponseError

from bot.ledger import Ledger, LedgerUnavailable
from bot.ledger.connection import Connection, client_of, execute
from bot.ledger.errors import is_ours, understood
from tests.ledger.build import LEASE, case, change, committed, press
from tests.ledger.proxy import losing_proxy
from tests.valkey import RunningValkey, running_valkey

_LONG_SCRIPT = "while true do redis.pcall('GET', 'nothing') end"


@asynccontextmanager
async def _set(client: Redis, **settings: str | int) -> AsyncIterator[None]:
    """A server with other settings for a while."""
    before = {name: str((await client.config_get(name))[name]) for name in _spelled(settings)}
    for name, value in _spelled(settings).items():
        await client.config_set(name, value)
    try:
        yield
    finally:
        for name, former in before.items():
            await client.config_set(name, former)


def _spelled(settings: Mapping[str, str | int]) -> dict[str, str | int]:
    return {name.replace("_", "-"): value for name, value in settings.items()}


@asynccontextmanager
async def _is_replica(valkey: RunningValkey, stale: str) -> AsyncIterator[None]:
    """A replica of nobody."""
    async with valkey.client() as client, _set(client, replica_serve_stale_data=stale):
        await execute(client, "REPLICAOF", "127.0.0.1", "1")
        try:
            yield
        finally:
            await execute(client, "REPLICAOF", "NO", "ONE")


@asynccontextmanager
async def _has(valkey: RunningValkey, **settings: str | int) -> AsyncIterator[None]:
    async with valkey.client() as client, _set(client, **settings):
        yield


@asynccontextmanager
async def _is_busy(valkey: RunningValkey) -> AsyncIterator[None]:
    """A server that runs somebody's script without an end."""
    async with _has(valkey, busy_reply_threshold=1), valkey.client() as client, valkey.client() as other:
        script = asyncio.create_task(execute(other, "EVAL", _LONG_SCRIPT, 0))
        await _until_busy(client)
        try:
            yield
        finally:
            await execute(client, "SCRIPT", "KILL")
            with contextlib.suppress(RedisError):
                await script


async def _until_busy(client: Redis) -> None:
    async with asyncio.timeout(10):
        while "BUSY" not in await _said(client, "PING"):
            pass


@asynccontextmanager
async def _wants_a_password(valkey: RunningValkey) -> AsyncIterator[None]:
    """A server that was restarted with a password; whoever was connected has to say it."""
    async with valkey.client() as client:
        await execute(client, "ACL", "SETUSER", "keeper", "on", ">k", "~*", "&*", "+@all")
    keeper = Redis(unix_socket_path=str(valkey.socket_path), username="keeper", password="k")
    await execute(keeper, "CONFIG", "SET", "requirepass", "later")
    await execute(keeper, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    try:
        yield
    finally:
        await execute(keeper, "CONFIG", "SET", "requirepass", "")
        await keeper.aclose()


@asynccontextmanager
async def _has_no_room(valkey: RunningValkey) -> AsyncIterator[None]:
    """A server with as many clients as it takes."""
    async with valkey.client() as client:
        await execute(client, "CONFIG", "SET", "maxclients", 1)
        await execute(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        try:
            yield
        finally:
            await execute(client, "CONFIG", "SET", "maxclients", 1000)


State = Callable[[RunningValkey], AbstractAsyncContextManager[None]]
_STATES: dict[str, State] = {
    "READONLY": lambda valkey: _is_replica(valkey, "yes"),
    "MASTERDOWN": lambda valkey: _is_replica(valkey, "no"),
    "NOREPLICAS": lambda valkey: _has(valkey, min_replicas_to_write=1),
    "OOM": lambda valkey: _has(valkey, maxmemory=1),
    "BUSY": _is_busy,
    "NOAUTH": _wants_a_password,
    "max number of clients": _has_no_room,
}


@pytest.mark.parametrize("state", _STATES)
async def test_a_server_that_cannot_store_now_is_unavailable_and_a_press_comes_again(
    tmp_path: Path, state: str
) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await ledger.store_press(press())
        [taken] = await ledger.take_presses(10, LEASE)
        ended = change((case(), 0), press=taken.press_id)
        async with _STATES[state](valkey):
            with pytest.raises(LedgerUnavailable):
                await ledger.commit(ended)
            with pytest.raises(LedgerUnavailable):
                await ledger.store_press(press("press-2"))
        assert await ledger.waiting_presses() == 1
        await committed(ledger, ended)
        assert await ledger.waiting_presses() == 0
        await ledger.close()


async def test_a_server_that_cannot_save_is_unavailable(tmp_path: Path) -> None:
    """MISCONF: its snapshots fail, so that it takes no writes."""
    async with running_valkey(tmp_path) as valkey, valkey.client() as client:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        # A folder in the place of the file: also the superuser, as whom tests may run, cannot write it.
        (tmp_path / "dump.rdb" / "in-the-way").mkdir(parents=True)
        async with _set(client, save="3600 1"):
            await execute(client, "BGSAVE")
            async with asyncio.timeout(20):
                while (await client.info("persistence"))["rdb_last_bgsave_status"] == "ok":
                    pass
            with pytest.raises(LedgerUnavailable, match="MISCONF"):
                await ledger.commit(change((case(), 0)))
        await committed(ledger, change((case(), 0)))
        await ledger.close()


async def test_a_script_of_ours_that_an_operator_kills_is_tried_again(valkey: RunningValkey) -> None:
    connection = Connection(client_of(valkey.url), limit_s=10)
    async with valkey.client() as client, _set(client, busy_reply_threshold=1):
        running = asyncio.create_task(connection.run("EVAL", _LONG_SCRIPT, 0))
        await _until_busy(client)
        await execute(client, "SCRIPT", "KILL")
        with pytest.raises(LedgerUnavailable, match="killed"):
            await running
    await connection.close()


async def test_a_script_without_a_right_is_unavailable_not_a_fault_of_ours(valkey: RunningValkey) -> None:
    async with valkey.client() as client:
        await execute(client, "ACL", "SETUSER", "low", "on", ">p", "~*", "+eval", "+evalsha", "+hello")
        connection = Connection(client_of(f"unix://low:p@{valkey.socket_path}"))
        for command in (("GET", "a"), ("EVAL", "return redis.call('SET', KEYS[1], 1)", 1, "a")):
            with pytest.raises(LedgerUnavailable, match=r"no permissions|can't run"):
                await connection.run(*command)
        await connection.close()
        await execute(client, "ACL", "DELUSER", "low")


async def test_a_server_that_forgets_scripts_at_once_is_unavailable(
    ledger: Ledger, valkey: RunningValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name behind which two servers take turns: loaded at the one, unknown at the other."""

    async def elsewhere(*_: object) -> None:
        async with valkey.client() as client:
            await client.script_flush()

    monkeypatch.setattr(ledger._door, "_load", elsewhere)
    await elsewhere()
    with pytest.raises(LedgerUnavailable, match="scripts"):
        await ledger.commit(change((case(), 0)))


async def test_a_primary_that_became_a_replica_is_left_for_the_new_one(tmp_path: Path) -> None:
    """A managed service moves the name to the new primary; the old one keeps our connections and only reads."""
    async with (
        running_valkey(tmp_path / "old") as old,
        running_valkey(tmp_path / "new") as new,
        losing_proxy(old.socket_path) as proxy,
        old.client() as client,
    ):
        ledger = await Ledger.connect(proxy.url, replica_id="replica-1")
        await committed(ledger, change((case("case-0"), 0)))
        await execute(client, "REPLICAOF", "127.0.0.1", "1")
        proxy.socket_path = new.socket_path
        await committed(ledger, change((case(), 0)))
        await ledger.close()


_OUTAGES = """
LOADING Redis is loading the dataset in memory
BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.
BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.
BUSY Redis is busy running a module command.
UNKILLABLE Sorry the script already executed write commands against the dataset.
MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.
MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.
MISCONF Errors writing to the AOF file: No space left on device script: on @user_script:1.
READONLY You can't write against a read only replica.
READONLY You can't write against a read only replica. script: on @user_script:1.
NOREPLICAS Not enough good replicas to write.
NOREPLICAS Not enough good replicas to write. script: on @user_script:1.
OOM command not allowed when used memory > 'maxmemory'.
OOM allowing the operation would exceed memory limits
CLUSTERDOWN The cluster is down
CLUSTERDOWN Hash slot not served
CLUSTERDOWN The cluster is down and only accepts read commands
TRYAGAIN Multiple keys request during rehashing of slot
MOVED 3999 127.0.0.1:6381
ASK 3999 127.0.0.1:6381
NOAUTH Authentication required.
WRONGPASS invalid username-password pair or user is disabled.
NOPERM this user has no permissions to run the 'evalsha' command
NOPERM No permissions to access a key
NOSCRIPT No matching script. Please use EVAL.
NOPROTO unsupported protocol version
NOGOODSLAVE No suitable replica to promote
NOGOODREPLICA No suitable replica to promote
NOMASTERLINK Can't SYNC while not connected with my master
INPROG Failover already in progress
DENIED Redis is running in protected mode because protected mode is enabled
EXECABORT Transaction discarded because of previous errors.
IOERR error or timeout reading or writing to the target instance
REDIRECT 127.0.0.1:6380
UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)
VERSIONMISMATCH a word that no server says today
ERR max number of clients reached
ERR max number of clients + cluster connections reached
ERR operation not permitted
ERR Script killed by user with SCRIPT KILL. script: on @user_script:1.
ERR Error running script (call to f_1): @user_script:1: @user_script: 1: Script killed by user with SCRIPT KILL...
ERR user_script:3: not enough memory script: on @user_script:3.
ERR ACL failure in script: User x has no permissions to run the 'set' command script: on @user_script:1.
ERR WAIT cannot be used with replica instances. Please also note that writes to replicas are local.
ERR unknown command 'EVALSHA', with args beginning with: 'sha' '1'
ERR Can't execute 'evalsha': only (P)SUBSCRIBE / PING / QUIT / RESET are allowed in this context
ERR DB index is out of range
ERR SELECT is not allowed in cluster mode
ERR Failover in progress
ERR server is shutting down
ERR illegal request: backend temporarily away
ERR Server closed the connection
ERR AUTH <password> called without any password configured for the default user.
ERR internal error
ERR Error during something that no version has said before
"""

_OURS = """
WRONGTYPE Operation against a key holding the wrong kind of value
WRONGTYPE Operation against a key holding the wrong kind of value script: on @user_script:1.
CROSSSLOT Keys in request don't hash to the same slot
ERR wrong number of arguments for 'get' command
ERR Wrong number of args calling command from script script: on @user_script:1.
ERR syntax error
ERR value is not an integer or out of range
ERR value is not a valid float script: on @user_script:1.
ERR hash value is not an integer script: on @user_script:1.
ERR min or max is not a float
ERR increment or decrement would overflow
ERR index out of range
ERR user_script:1: attempt to index local 'a' (a nil value) script: on @user_script:1.
ERR user_script:1: Script attempted to access nonexistent global variable 'a' script: on @user_script:1.
ERR Error compiling script (new function): user_script:1: '=' expected near '1'
ERR Error running script (call to f_1): @user_script:1: user_script:1: attempt to compare nil with number
ERR Number of keys can't be greater than number of args
ERR The ID specified in XADD is equal or smaller than the target stream top item script: on @user_script:1.
"""


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def _as_the_client_says(answer: str) -> RedisError:
    """The exception of the client library for a server's answer: it cuts words off, and has classes for some."""
    parse: Callable[[str], RedisError] = DefaultParser.parse_error
    return parse(answer)


@pytest.mark.parametrize("answer", _lines(_OUTAGES))
def test_what_a_server_may_say_is_no_fault_of_ours(answer: str) -> None:
    error = _as_the_client_says(answer)
    assert not is_ours(error)
    if isinstance(error, ResponseError):
        assert isinstance(understood(error), LedgerUnavailable)
        assert answer.split(" ", 1)[0] in str(understood(error)), "the word that an operator looks up is told"


@pytest.mark.parametrize("answer", _lines(_OURS))
def test_what_is_surely_ours_is_not_tried_for_ever(answer: str) -> None:
    error = _as_the_client_says(answer)
    assert is_ours(error)
    assert isinstance(error, ResponseError)
    assert understood(error) is error


async def test_what_the_client_cannot_send_is_ours(ledger: Ledger) -> None:
    with pytest.raises(DataError):
        await ledger._door.read("GET", object())


async def _said(client: Redis, *command: str) -> str:
    """A server's answer, be it an error, as text."""
    try:
        return str(await execute(client, *command))
    except RedisError as error:
        return str(error)
