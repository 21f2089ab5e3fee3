"""`gatehouse run` and `gatehouse check` say the same of a set-up that is broken, and a start can always be stopped."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import run, started
from bot.checkup.findings import Weight
from bot.ledger import EmbeddedServer
from bot.settings import load
from tests.test_broken_setups import refused
from tests.test_cli_check import Installation, bare_environment, installation
from tests.valkey import running_valkey

__all__ = ["bare_environment", "installation"]


@dataclass
class Mute:
    """A server that takes every connection and says nothing."""

    port: int
    called: asyncio.Event

    def address_as(self, variable: str) -> str:
        """Its address, in the form of a setting."""
        scheme = "redis" if variable == "REDIS_URL" else "http"
        path = {"PORTAL_URL": "/portalapi", "SLACK_API_URL": "/api/"}.get(variable, "")
        return f"{scheme}://127.0.0.1:{self.port}{path}"


@pytest.fixture
async def mute() -> AsyncIterator[Mute]:
    called, over = asyncio.Event(), asyncio.Event()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield Mute(server.sockets[0].getsockname()[1], called)
    over.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def test_a_server_that_may_lose_what_it_acknowledged_isrefused(installation: Installation) -> None:
    async with running_valkey(installation.folder / "weak") as weak:
        installation.set("REDIS_URL", weak.url)
        async with weak.client() as client:
            await client.config_set("appendonly", "no")
            await client.config_set("maxmemory-policy", "allkeys-lru")
        told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
        assert len(told) == 2
        assert await refused(installation) == (1, told)


async def test_a_port_that_is_taken_is_one_sentence(installation: Installation, taken: int) -> None:
    """And nothing has begun to work by then."""
    installation.write(health=str(taken))
    [told] = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert told.startswith(f"[health] 127.0.0.1:{taken} cannot be listened on (")
    assert await refused(installation) == (1, [told])


async def test_check_beside_a_running_gatehouse_finds_no_fault(installation: Installation) -> None:
    async with started(load(installation.config)) as running:
        port = running.health.bound_port
        installation.write(health=str(port))
        findings = await installation.found()
        assert [one for one in findings if one.weight is Weight.FAULT] == []
        assert f"Gatehouse runs already, at 127.0.0.1:{port}." in [one.sentence for one in findings]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("whom", ["SLACK_API_URL", "PORTAL_URL", "REDIS_URL"])
async def test_a_start_that_waits_for_somebody_can_be_stopped(
    installation: Installation, mute: Mute, whom: str, number: signal.Signals
) -> None:
    """Somebody takes the connection and never answers."""
    installation.set(whom, mute.address_as(whom))
    starting = asyncio.create_task(run(load(installation.config)))
    await mute.called.wait()
    os.kill(os.getpid(), number)
    assert await asyncio.wait_for(starting, 10) == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
async def test_a_check_that_waits_for_somebody_can_be_stopped_and_leaves_no_server(
    installation: Installation, mute: Mute, number: signal.Signals, status: int
) -> None:
    """A process of its own, which began the embedded server of this folder for the check."""
    installation.set("PORTAL_URL", mute.address_as("PORTAL_URL"))
    installation.monkeypatch.delenv("REDIS_URL")
    checking = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("gatehouse"), "check", "--config", installation.config
    )
    await asyncio.wait_for(mute.called.wait(), 60)
    checking.send_signal(number)
    assert await asyncio.wait_for(checking.wait(), 10) == status
    assert not EmbeddedServer(installation.folder / "data")._is_locked()


async def test_a_start_that_is_stopped_ends_the_server_it_began(tmp_path: Path) -> None:
    for rounds in range(4):
        server = EmbeddedServer(tmp_path / f"data{rounds}")
        starting = asyncio.create_task(server.start())
        # Before it does anything, while it makes its folder, while the program is started, while it loads.
        for _ in range(rounds * 200):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert not (server.folder / "embedded.lock").exists() or not server._is_locked()
