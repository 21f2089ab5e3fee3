"""Servers as operators run them: what works with them, and what is refused of them, in words, at the start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.checkup.findings import Weight
from bot.checkup.server import examine
from bot.ledger.durability import OLDEST_SERVER, _version
from bot.settings import LedgerSection
from tests.ledger.certificates import certificates
from tests.ledger.servers import free_port, kinds_of_server, server, tls_binary, until

KEPT = ("appendonly yes", "appendfsync always")


async def told(url: str) -> list[str]:
    """What `check` calls a fault; `run` refuses with the same."""
    found = await examine(LedgerSection(redis_url=SecretStr(url)))
    return [one.sentence for one in found if one.weight is Weight.FAULT]


@pytest.fixture(params=kinds_of_server())
def program(request: pytest.FixtureRequest) -> Path | None:
    """Each kind of server that the machine has."""
    found: Path | None = request.param
    return found


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (KEPT, None),
        ((*KEPT, "maxmemory 1gb"), None),
        (("appendonly no",), "Set appendonly yes"),
        *(
            ((*KEPT, f"maxmemory-policy {policy}"), f"({policy}). Set noeviction")
            for policy in (
                "allkeys-lru", "allkeys-lfu", "allkeys-random",
                "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
            )
        ),
        ((*KEPT, "cluster-enabled yes"), "part of a Redis Cluster"),
        ((*KEPT, "replicaof 127.0.0.1 1"), "Give the primary's address"),
        ((*KEPT, "replicaof 127.0.0.1 1", "replica-serve-stale-data no"), "Give the primary's address"),
        ((*KEPT, "min-replicas-to-write 1"), "NOREPLICAS"),
        ((*KEPT, "databases 1"), None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
async def test_a_server_as_it_is_set_up(
    tmp_path: Path, program: Path | None, lines: tuple[str, ...], words: str | None
) -> None:
    port = free_port()
    async with server(tmp_path / "one", port, *lines, program=program):
        found = await told(f"redis://127.0.0.1:{port}")
    assert len(found) == (words is not None), found
    assert (words or "") in "".join(found)


async def test_a_cluster_that_has_all_its_slots_is_refused_too(tmp_path: Path, program: Path | None) -> None:
    """It would work, until it moves the ledger."""
    port = free_port()
    async with server(tmp_path / "one", port, *KEPT, "cluster-enabled yes", program=program):
        await until(port, "CLUSTER", "ADDSLOTSRANGE", "0", "16383", shows="OK")
        await until(port, "CLUSTER", "INFO", shows="cluster_state")
        [found] = await told(f"redis://127.0.0.1:{port}")
    assert "part of a Redis Cluster" in found


async def test_a_sentinel_in_the_place_of_a_server_is_told(tmp_path: Path, program: Path | None) -> None:
    port = free_port()
    async with server(tmp_path / "one", port, sentinel=True, program=program):
        [found] = await told(f"redis://127.0.0.1:{port}")
    assert "is a Sentinel" in found
    assert "redis+sentinel://" in found


async def test_a_group_that_the_sentinels_do_not_know_is_told(tmp_path: Path, program: Path | None) -> None:
    port = free_port()
    async with server(tmp_path / "one", port, sentinel=True, program=program):
        [found] = await told(f"redis+sentinel://127.0.0.1:{port}/nobody")
    assert "'nobody'" in found


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"redis_version": "6.2.14"}, "The server is Redis 6.2.14; at least version 7.0 is needed"),
        ({"redis_version": "5.0.3"}, "5.0.3"),
        ({"redis_version": "7.0.15"}, None),
        ({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "9.1.2"}, None),
    ],
)
def test_the_oldest_server(info: dict[str, Any], words: str | None) -> None:
    found = _version(info)
    assert (found.weight.value == "fault") is (words is not None)
    assert (words or "") in found.sentence
    assert OLDEST_SERVER == (7, 0)


# With TLS


@asynccontextmanager
async def with_tls(folder: Path, tls: Path, *lines: str) -> AsyncIterator[int]:
    """A server with this certificate; its port. It takes no client's certificate into account unless a line says so."""
    program = tls_binary()
    if program is None:
        pytest.skip("no server with TLS: install redis-server, or name one in REDIS_TLS_SERVER")
    port = free_port()
    common = (
        "port 0",
        f"tls-port {port}",
        f"tls-cert-file {tls}/cert.pem",
        f"tls-key-file {tls}/key.pem",
        *(lines or ("tls-auth-clients no",)),
    )
    known: dict[str, Any] = {"ssl": True, "ssl_cert_reqs": "none", "ssl_check_hostname": False}
    if lines:
        known |= {"ssl_certfile": f"{folder}/ours/cert.pem", "ssl_keyfile": f"{folder}/ours/key.pem"}
    async with server(
        folder / "one", port, *KEPT, *common, "requirepass p", program=program, password="p", **known
    ):
        yield port


async def test_a_private_authority_is_named_in_the_address(tmp_path: Path) -> None:
    tls = certificates(tmp_path / "tls")
    async with with_tls(tmp_path, tls) as port:
        assert await told(f"rediss://:p@localhost:{port}?ssl_ca_certs={tls}/cert.pem") == []
        [found] = await told(f"rediss://:p@localhost:{port}")
        assert "in ssl_ca_certs" in found, found


async def test_another_authority_another_name_and_an_end_are_told_apart(tmp_path: Path) -> None:
    other = certificates(tmp_path / "other")
    tls = certificates(tmp_path / "tls", ["ledger.example"])
    async with with_tls(tmp_path, tls) as port:
        [found] = await told(f"rediss://:p@localhost:{port}?ssl_ca_certs={other}/cert.pem")
        assert "in ssl_ca_certs" in found, found
        [found] = await told(f"rediss://:p@localhost:{port}?ssl_ca_certs={tls}/cert.pem")
        assert "not valid for 'localhost'" in found, found
        assert "ssl_check_hostname" in found, found


async def test_a_certificate_that_has_ended_is_told(tmp_path: Path) -> None:
    tls = certificates(tmp_path / "tls", days=-1)
    async with with_tls(tmp_path, tls) as port:
        [found] = await told(f"rediss://:p@localhost:{port}?ssl_ca_certs={tls}/cert.pem")
        assert "expired" in found, found


async def test_a_server_that_asks_for_our_certificate(tmp_path: Path) -> None:
    tls, ours, other = (certificates(tmp_path / name) for name in ("tls", "ours", "other"))
    async with with_tls(tmp_path, tls, f"tls-ca-cert-file {ours}/cert.pem", "tls-auth-clients yes") as port:
        address = f"rediss://:p@localhost:{port}?ssl_ca_certs={tls}/cert.pem"
        assert await told(f"{address}&ssl_certfile={ours}/cert.pem&ssl_keyfile={ours}/key.pem") == []
        [found] = await told(address)
        assert "ssl_certfile" in found, found
        [found] = await told(f"{address}&ssl_certfile={other}/cert.pem&ssl_keyfile={other}/key.pem")
        assert "ssl_certfile" in found, found
        [found] = await told(f"{address}&ssl_certfile={ours}/cert.pem&ssl_keyfile={other}/key.pem")
        assert "ssl_keyfile" in found, found


async def test_tls_where_there_is_none_and_none_where_there_is(tmp_path: Path) -> None:
    tls, plain = certificates(tmp_path / "tls"), free_port()
    async with server(tmp_path / "plain", plain, *KEPT):
        [found] = await told(f"rediss://localhost:{plain}?ssl_ca_certs={tls}/cert.pem")
        assert "begins with redis://" in found, found
    async with with_tls(tmp_path, tls) as port:
        [found] = await told(f"redis://:p@localhost:{port}")
        assert "rediss://" in found, found
