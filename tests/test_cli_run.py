"""`gatehouse run` and `gatehouse check` say the same of a set-up that is broken, and a start can always be stopped."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import run, started
from bot.checkup import Weight
from bot.ledger import EmbeddedServer
from bot.settings import SettingsError, load
from tests.test_cli_check import ACCESS, Installation, bare_environment, installation
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


async def _refused(installed: Installation) -> tuple[int, list[str]]:
    """The exit status of `run`, and why it does not start."""
    try:
        settings = load(installed.config)
    except SettingsError as error:
        return 1, list(error.problems)
    with capture_logs() as lines:
        status = await asyncio.wait_for(run(settings, installed.config), 60)
    return status, [str(line["why"]) for line in lines if line["event"] == "start_refused"]


def _app_token(installed: Installation) -> None:
    installed.set("SLACK_APP_TOKEN", "xapp-1-A-unknown")


def _bot_token(installed: Installation) -> None:
    installed.set("SLACK_BOT_TOKEN", "xoxb-1-2-unknown")


def _portal_token(installed: Installation) -> None:
    installed.set("PORTAL_TOKEN", "0" * 64)


def _no_ledger(installed: Installation) -> None:
    installed.set("REDIS_URL", f"unix://{installed.folder}/nobody.sock")


def _data_is_a_file(installed: Installation) -> None:
    installed.monkeypatch.delenv("REDIS_URL")
    (installed.folder / "data").write_text("")


def _no_program(installed: Installation) -> None:
    installed.monkeypatch.delenv("REDIS_URL")
    installed.set("VALKEY_SERVER", "/nowhere/valkey-server")


def _no_access_file(installed: Installation) -> None:
    (installed.folder / "access.toml").unlink()


def _bad_access_file(installed: Installation) -> None:
    (installed.folder / "access.toml").write_text(ACCESS.replace("Single Computer", "Single Computre"))


def _nameless(installed: Installation) -> None:
    (installed.folder / "access.toml").write_text(ACCESS.replace('portal = ["ada"]\n', ""))


def _gone_user_group(installed: Installation) -> None:
    installed.write(team="S0GONE")


def _gone_channel(installed: Installation) -> None:
    installed.write(card="C0NOBODY")


def _placeholder_token(installed: Installation) -> None:
    installed.set("SLACK_APP_TOKEN", "xapp-...")


def _placeholder_id(installed: Installation) -> None:
    installed.write(audit="C0123AUDIT")


def _no_guid(installed: Installation) -> None:
    text = ACCESS.replace("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", "acme")
    (installed.folder / "access.toml").write_text(text)


def _open_access_file(installed: Installation) -> None:
    (installed.folder / "access.toml").chmod(0o666)


def _open_settings(installed: Installation) -> None:
    installed.config.chmod(0o666)


@pytest.mark.parametrize(
    "broken",
    [
        _placeholder_token,
        _placeholder_id,
        _no_guid,
        _open_access_file,
        _open_settings,
        _app_token,
        _bot_token,
        _portal_token,
        _no_ledger,
        _data_is_a_file,
        _no_program,
        _no_access_file,
        _bad_access_file,
        _nameless,
        _gone_user_group,
        _gone_channel,
    ],
)
async def test_run_refuses_what_check_calls_a_fault_in_the_same_words(
    installation: Installation, broken: Callable[[Installation], None]
) -> None:
    broken(installation)
    told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    status, why = await _refused(installation)
    assert told
    assert (status, why) == (1, told)
    assert all(installation.slack.messages(channel) == [] for channel in installation.channels.values())


async def test_a_server_that_may_lose_what_it_acknowledged_is_refused(installation: Installation) -> None:
    async with running_valkey(installation.folder / "weak") as weak:
        installation.set("REDIS_URL", weak.url)
        async with weak.client() as client:
            await client.config_set("appendonly", "no")
            await client.config_set("maxmemory-policy", "allkeys-lru")
        told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
        assert len(told) == 2
        assert await _refused(installation) == (1, told)


async def test_a_port_that_is_taken_is_one_sentence(installation: Installation, taken: int) -> None:
    """And nothing has begun to work by then."""
    installation.write(health=str(taken))
    [told] = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert told.startswith(f"[health] 127.0.0.1:{taken} cannot be listened on (")
    assert await _refused(installation) == (1, [told])


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
