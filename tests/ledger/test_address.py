"""Every form that the ledger's address may have: read as it is meant, and tried against real servers and groups."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import SSLConnection
from redis.asyncio.sentinel import SentinelConnectionPool

from bot.ledger import EmbeddedServer, Ledger, LedgerUnavailable
from bot.ledger.address import LedgerAddress, NoAddress, is_this_machine, ledger_address
from bot.ledger.connection import client_of
from tests.ledger.build import case, change
from tests.ledger.certificates import certificates
from tests.ledger.servers import AT_ONCE, free_port, in_the_end, server, tls_binary, until
from tests.valkey import RunningValkey

FORMS: dict[str, dict[str, Any]] = {
    "redis://h": {"hosts": (("h", 6379),)},
    "redis://h/": {"hosts": (("h", 6379),)},
    "redis://h:1/3": {"hosts": (("h", 1),), "database": 3},
    "redis://h?db=4": {"hosts": (("h", 6379),), "database": 4},
    "REDIS://H.Example:1": {"hosts": (("h.example", 1),)},
    "  redis://h  ": {"hosts": (("h", 6379),)},
    "redis://:p@h": {"hosts": (("h", 6379),), "password": "p"},
    "redis://u:p@h": {"hosts": (("h", 6379),), "username": "u", "password": "p"},
    "redis://u@h": {"hosts": (("h", 6379),), "username": "u"},
    "redis://u%3A:p%40%2F%23%3Fs@h": {"hosts": (("h", 6379),), "username": "u:", "password": "p@/#?s"},
    "redis://:p@ss@h": {"hosts": (("h", 6379),), "password": "p@ss"},
    "redis://:a:b+c@h": {"hosts": (("h", 6379),), "password": "a:b+c"},
    "redis://h?username=u&password=a%26b+c": {
        "hosts": (("h", 6379),),
        "username": "u",
        "password": "a&b+c",
    },
    "redis://[::1]": {"hosts": (("::1", 6379),)},
    "redis://:p@[2001:DB8::1]:7/2": {"hosts": (("2001:db8::1", 7),), "password": "p", "database": 2},
    "redis://[fe80::1%25eth0]": {"hosts": (("fe80::1%eth0", 6379),)},
    "rediss://h:1": {"hosts": (("h", 1),), "tls": True},
    "RedisS://h?ssl_ca_certs=/a%20b.pem&SSL_CHECK_HOSTNAME=No": {
        "hosts": (("h", 6379),),
        "tls": True,
        "tls_options": {"ssl_ca_certs": "/a b.pem", "ssl_check_hostname": False},
    },
    "rediss://h?ssl_cert_reqs=none": {
        "hosts": (("h", 6379),),
        "tls": True,
        "tls_options": {"ssl_cert_reqs": "none", "ssl_check_hostname": False},
    },
    "unix:///run/v.sock": {"path": "/run/v.sock"},
    "Unix:///run/V%20%25.sock?DB=2": {"path": "/run/V %.sock", "database": 2},
    "unix://u:p@/run/v.sock": {"path": "/run/v.sock", "username": "u", "password": "p"},
    "unix:///run/a@b.sock": {"path": "/run/a@b.sock"},
    "redis+sentinel://a/main": {"hosts": (("a", 26379),), "service": "main"},
    "redis+sentinel://a:1,b/main/2": {
        "hosts": (("a", 1), ("b", 26379)),
        "service": "main",
        "database": 2,
    },
    "Redis+Sentinel://A:1 , B:2 ,\tc/Main": {
        "hosts": (("a", 1), ("b", 2), ("c", 26379)),
        "service": "Main",
    },
    "redis+sentinel://u:p@[::1]:1,[::2]/my%20main?db=5": {
        "hosts": (("::1", 1), ("::2", 26379)),
        "service": "my main",
        "username": "u",
        "password": "p",
        "database": 5,
    },
    "rediss+sentinel://:p@a/main?sentinel_username=s&Sentinel_Password=q%2B+r": {
        "hosts": (("a", 26379),),
        "service": "main",
        "tls": True,
        "password": "p",
        "sentinel_username": "s",
        "sentinel_password": "q++r",
    },
}


@pytest.mark.parametrize("text", FORMS)
def test_every_form_is_read_as_it_is_meant(text: str) -> None:
    """A tab in the list of hosts is a blank like any other."""
    assert ledger_address(text.replace("\t", " ")) == LedgerAddress(**FORMS[text])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("h", "does not begin with"),
        ("h:6379", "does not begin with"),
        ("http://h", "does not begin with"),
        ("redis:/h", "does not begin with"),
        ("redis-sentinel://h/main", "does not begin with"),
        ("redis://", "host no. 1 is empty"),
        ("redis://:p@", "host no. 1 is empty"),
        ("redis://a b", "host no. 1 is no host name"),
        ("redis://a,b", "several hosts are a Sentinel group"),
        ("redis://h:port", "host no. 1: the port is a number"),
        ("redis://h:", "the port is a number"),
        ("redis://h:0", "the port is a number"),
        ("redis://h:65536", "the port is a number"),
        ("redis://h:٣", "the port is a number"),
        ("redis://::1", "stands in brackets"),
        ("redis://[::1", "no closing bracket"),
        ("redis://[::1]x", "more than a port"),
        ("redis://[h]", "no IPv6 address"),
        ("redis://h/zero", "the database is a number"),
        ("redis://h/-1", "the database is a number"),
        ("redis://h/1?db=1", "the database stands in it twice"),
        ("redis://:p@h?password=q", "the password stands in it twice"),
        ("redis://h?db=1&db=2", "db stands in it twice"),
        ("redis://h?socket_timeout=5", "an option is none of"),
        ("redis://h?decode_responses=no", "an option is none of"),
        ("redis://:pa/ss@h", "write %2F"),
        ("redis://:pa#ss@h", "write %23"),
        ("redis://:pa?ss@h", "write ? as %3F"),
        ("redis://h/0\n", ""),
        ("redis://h\x00", "control character"),
        ("redis://h?ssl_ca_certs=/a", "needs an address with TLS"),
        ("rediss://h?ssl_cert_reqs=optional", "required or none"),
        ("rediss://h?ssl_check_hostname=perhaps", "yes or no"),
        ("redis://h?sentinel_password=s", "needs a Sentinel address"),
        ("unix://", "unix:///path/to.sock"),
        ("unix:///", "unix:///path/to.sock"),
        ("unix://run/v.sock", "unix:///path/to.sock"),
        ("redis+sentinel://a,b", "hosts or service are missing"),
        ("redis+sentinel://a,b/", "hosts or service are missing"),
        ("redis+sentinel:///main", "hosts or service are missing"),
        ("redis+sentinel://a,,b/main", "host no. 2 is empty"),
        ("redis+sentinel://a,b:x/main", "host no. 2: the port"),
        ("redis+sentinel://a/main/0/1", "one slash too many"),
        ("redis+sentinel://a/main/zero", "the database is a number"),
    ],
)
def test_what_is_no_address_is_told_in_words_and_without_a_secret(text: str, why: str) -> None:
    if not why:
        assert ledger_address(text)
        return
    with pytest.raises(NoAddress) as raised:
        ledger_address(text)
    assert why in str(raised.value)
    assert "ss@" not in str(raised.value)


def test_an_address_does_not_show_its_passwords() -> None:
    assert "secret" not in repr(ledger_address("redis+sentinel://:secret1@h/m?sentinel_password=secret2"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_what_is_this_machine(host: str, expected: bool) -> None:
    assert is_this_machine(host) is expected


# Against real servers


async def _works(url: str, copies: int) -> None:
    """A change is stored through this address, and held by so many replicas of the server before it is promised."""
    ledger = await Ledger.connect(url, replica_id="replica-1")
    try:
        assert ledger._door.copies == copies
        name = f"case-{ledger._door.instance}"
        # A replica on a busy machine may answer late; the change is the same one then, and nothing is done twice.
        await in_the_end(lambda: ledger.commit(change((case(name), 0), op_id=name)))
        assert await ledger.case(name) is not None
    finally:
        await ledger.close()


async def test_one_server_in_every_form(tmp_path: Path) -> None:
    port = free_port()
    lines = (
        'user u on ">p@/#?ss+%20" ~* &* +@all',
        "requirepass alone",
        f'unixsocket "{tmp_path}/a b%20.sock"',
    )
    async with server(tmp_path / "one", port, *lines, password="alone"):
        spelled = "p%40%2F%23%3Fss+%2520"
        for url in (
            f"redis://:alone@127.0.0.1:{port}",
            f"REDIS://:alone@LOCALHOST:{port}/3",
            f"redis://u:{spelled}@127.0.0.1:{port}?db=2",
            f"redis://127.0.0.1:{port}?username=u&password={spelled}",
            f"unix://u:{spelled}@{tmp_path}/a%20b%2520.sock",
            f"unix://{tmp_path}/a%20b%2520.sock?password=alone&db=1",
        ):
            await _works(url, 0)
        for url in (f"redis://127.0.0.1:{port}", f"redis://:ALONE@127.0.0.1:{port}"):
            with pytest.raises(LedgerUnavailable):
                await Ledger.connect(url, replica_id="replica-1")


async def test_one_server_by_its_ipv6_address(tmp_path: Path) -> None:
    port = free_port()
    async with server(tmp_path / "one", port):
        try:
            _, writer = await asyncio.open_connection("::1", port)
        except OSError:
            pytest.skip("this machine has no IPv6")
        writer.close()
        await _works(f"redis://[::1]:{port}/0", 0)


async def test_the_database_of_the_address_is_the_one_that_is_used(tmp_path: Path) -> None:
    port = free_port()
    async with server(tmp_path / "one", port):
        await _works(f"redis://127.0.0.1:{port}/5", 0)
        client = client_of(f"redis://127.0.0.1:{port}/0")
        assert await client.dbsize() == 0
        assert list(await client.info("keyspace")) == ["db5"]
        await client.aclose()


@pytest.mark.parametrize("name", ["a b", "100%25", "what?", "c#d", "e@f", "g;h", "ö"])
async def test_the_embedded_server_lives_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    running = RunningValkey(tmp_path / name)
    await running.start()
    await _works(EmbeddedServer(tmp_path / name).url, 0)
    await running.stop()


# Against real groups


@dataclass(frozen=True)
class Group:
    """A primary with a replica, watched by one Sentinel."""

    watcher: int
    nobody: int
    """A port at which no Sentinel listens."""


@asynccontextmanager
async def group(
    folder: Path, *, replica: bool = True, tls: Path | None = None, program: Path | None = None
) -> AsyncIterator[Group]:
    """Passwords: `p+/@` for the servers, `s+ s` for the Sentinels. `tls`: a folder with certificates."""
    first, second, watcher = (free_port() for _ in range(3))
    servers = 'requirepass "p+/@"', 'masterauth "p+/@"', AT_ONCE
    login: dict[str, Any] = {"password": "p+/@"}
    secure: tuple[str, ...] = ()
    if tls:
        secure = (
            f"tls-cert-file {tls}/cert.pem",
            f"tls-key-file {tls}/key.pem",
            f"tls-ca-cert-file {tls}/cert.pem",
            "tls-auth-clients no",
            "tls-replication yes",
        )
        login |= {"ssl": True, "ssl_ca_certs": f"{tls}/cert.pem"}

    def ports(port: int) -> tuple[str, ...]:
        return ("port 0", f"tls-port {port}", *secure) if tls else ()

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            server(folder / "first", first, *ports(first), *servers, program=program, **login)
        )
        if replica:
            lines = (*ports(second), *servers, f"replicaof 127.0.0.1 {first}")
            await stack.enter_async_context(
                server(folder / "second", second, *lines, program=program, **login)
            )
            await until(first, "INFO", "replication", shows="'state': 'online'", **login)
            await until(first, "WAIT", "1", "5000", shows="1", **login)
        watch = (
            f"sentinel monitor main 127.0.0.1 {first} 1",
            'sentinel auth-pass main "p+/@"',
            'requirepass "s+ s"',
        )
        await stack.enter_async_context(
            server(
                folder / "watcher",
                watcher,
                *ports(watcher),
                *watch,
                sentinel=True,
                program=program,
                **login | {"password": "s+ s"},
            )
        )
        yield Group(watcher, free_port())


async def test_a_group_in_every_form(tmp_path: Path) -> None:
    """In each of them a change is promised only when a replica has it, and a silent Sentinel is passed over."""
    async with group(tmp_path) as found:
        at, nobody = f"127.0.0.1:{found.watcher}", f"127.0.0.1:{found.nobody}"
        for url in (
            f"redis+sentinel://:p+%2F%40@{at}/main?sentinel_password=s%2B%20s",
            f"REDIS+SENTINEL://:p+%2F%40@{at}/main/0?SENTINEL_PASSWORD=s+%20s",
            f"Redis+Sentinel://:p+%2F%40@localhost:{found.watcher}/main?sentinel_password=s%2B%20s",
            f"redis+sentinel://{at}/main?password=p%2B/%40&sentinel_password=s%2B%20s&db=2",
            f"redis+sentinel://:p+%2F%40@{nobody},{at}/main?sentinel_password=s%2B%20s",
            f"redis+sentinel://:p+%2F%40@{nobody} , {at} , {nobody}/main/1?sentinel_password=s%2B%20s",
            f"redis+sentinel://default:p+%2F%40@{at}/main?sentinel_username=default&sentinel_password=s+%20s",
        ):
            await _works(url, 1)


async def test_no_sentinel_is_lost_when_many_ask_at_once_and_the_first_is_silent(tmp_path: Path) -> None:
    """It may be the only one that is left later; and whoever answered is asked first from then on."""
    async with group(tmp_path, replica=False) as found:
        hosts = f"127.0.0.1:{found.nobody},127.0.0.1:{found.watcher},localhost:{found.watcher}"
        client = client_of(f"redis+sentinel://:p+%2F%40@{hosts}/main?sentinel_password=s+%20s")
        pool = client.connection_pool
        assert isinstance(pool, SentinelConnectionPool)
        before = list(pool.sentinel_manager.sentinels)
        await asyncio.gather(*(pool.sentinel_manager.discover_master("main") for _ in range(8)))
        after = pool.sentinel_manager.sentinels
        assert set(map(id, after)) == set(map(id, before))
        assert after[0] is before[1]
        await client.aclose()
        await pool.sentinel_manager.aclose()


async def test_without_a_replica_nothing_is_promised_in_any_form_of_a_group(tmp_path: Path) -> None:
    async with group(tmp_path, replica=False) as found:
        for scheme in ("redis+sentinel", "Redis+Sentinel", "REDIS+SENTINEL"):
            url = f"{scheme}://:p+%2F%40@127.0.0.1:{found.watcher}/main?sentinel_password=s+%20s"
            ledger = await Ledger.connect(url, replica_id="replica-1")
            with pytest.raises(LedgerUnavailable, match="a failover could lose it"):
                await ledger.commit(change((case(), 0)))
            await ledger.close()


# With TLS


async def test_a_sentinels_password_is_never_sent_in_clear_where_tls_is_asked(tmp_path: Path) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1 << 16))
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    for url in (
        f"rediss+sentinel://:inner@127.0.0.1:{port}/main?sentinel_password=outer",
        f"RedisS+Sentinel://:inner@localhost:{port}/main?sentinel_password=outer",
        f"rediss://:inner@127.0.0.1:{port}",
    ):
        with pytest.raises(LedgerUnavailable):
            await Ledger.connect(url, replica_id="replica-1")
    listener.close()
    await listener.wait_closed()
    assert heard.startswith(b"\x16\x03"), "what was heard is a TLS handshake"
    assert b"outer" not in heard
    assert b"inner" not in heard


def test_tls_is_asked_of_sentinels_and_servers_alike() -> None:
    client = client_of("rediss+sentinel://:p@h/main?sentinel_password=s&ssl_ca_certs=/ca.pem")
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    [watcher] = [one.connection_pool for one in pool.sentinel_manager.sentinels]
    assert issubclass(pool.connection_class, SSLConnection)
    assert issubclass(watcher.connection_class, SSLConnection)
    assert pool.connection_kwargs["ssl_ca_certs"] == watcher.connection_kwargs["ssl_ca_certs"] == "/ca.pem"


@pytest.fixture
def program() -> Path:
    """A server program that speaks TLS."""
    found = tls_binary()
    if found is None:
        pytest.skip("no server with TLS: install redis-server, or name one in REDIS_TLS_SERVER")
    return found


async def test_a_server_with_tls_in_every_form(tmp_path: Path, program: Path) -> None:
    tls, port = certificates(tmp_path / "tls"), free_port()
    lines = (
        "port 0",
        f"tls-port {port}",
        f"tls-cert-file {tls}/cert.pem",
        f"tls-key-file {tls}/key.pem",
        f"tls-ca-cert-file {tls}/cert.pem",
        "tls-auth-clients no",
        "requirepass p+",
    )
    login: dict[str, Any] = {"password": "p+", "ssl": True, "ssl_ca_certs": f"{tls}/cert.pem"}
    async with server(tmp_path / "one", port, *lines, program=program, **login):
        authority = f"ssl_ca_certs={tls}/cert.pem"
        for url in (
            f"rediss://:p+@127.0.0.1:{port}?{authority}",
            f"REDISS://:p%2B@LOCALHOST:{port}/2?{authority}&ssl_check_hostname=yes",
            f"rediss://127.0.0.1:{port}?password=p%2B&{authority}&ssl_check_hostname=no",
            f"rediss://:p+@127.0.0.1:{port}?ssl_cert_reqs=none",
            f"rediss://:p+@127.0.0.1:{port}?{authority}&ssl_certfile={tls}/cert.pem&ssl_keyfile={tls}/key.pem",
        ):
            await _works(url, 0)
        for url in (f"rediss://:p+@127.0.0.1:{port}", f"redis://:p+@127.0.0.1:{port}"):
            with pytest.raises(LedgerUnavailable):
                await Ledger.connect(url, replica_id="replica-1")


async def test_a_group_with_tls_in_every_form(tmp_path: Path, program: Path) -> None:
    tls = certificates(tmp_path / "tls")
    async with group(tmp_path, tls=tls, program=program) as found:
        at, nobody = f"127.0.0.1:{found.watcher}", f"127.0.0.1:{found.nobody}"
        options = f"sentinel_password=s+%20s&ssl_ca_certs={tls}/cert.pem"
        for url in (
            f"rediss+sentinel://:p+%2F%40@{at}/main?{options}",
            f"RedisS+Sentinel://:p+%2F%40@{nobody}, {at}/main/1?{options}",
        ):
            await _works(url, 1)
        with pytest.raises(LedgerUnavailable):
            await Ledger.connect(
                f"redis+sentinel://:p+%2F%40@{at}/main?sentinel_password=s+%20s", replica_id="replica-1"
            )
