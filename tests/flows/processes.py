"""Bots as processes of their own: their configuration, their start, and what may be done to them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.seams import Seam
from bot.settings import Settings
from tests.flows.bot_process import FORMER, forked
from tests.flows.scene import Scene

ROOT = Path(__file__).parents[2]
_START_LIMIT_S = 40.0
"""A start takes about a second; two busy cores may need some."""
_LOADED = multiprocessing.get_context("forkserver")
_LOADED.set_forkserver_preload(["bot.app", "handlers.door", "tests.flows.bot_process"])


@dataclass
class BotProcess:
    """One process and its log."""

    pid: int
    log: Path
    _end: asyncio.Future[int]
    """Its status, as soon as it has ended."""
    connection_id: str = ""
    """Its first socket to Slack."""

    @property
    def is_stopped(self) -> bool:
        """Whether it hangs as after SIGSTOP."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return fields[0] == "T"

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self._end.done()

    def resume(self) -> None:
        """End a SIGSTOP."""
        os.kill(self.pid, signal.SIGCONT)

    async def ended(self) -> int:
        """Wait until it has ended; its status, negative for a signal."""
        async with asyncio.timeout(_START_LIMIT_S):
            return await asyncio.shield(self._end)

    async def drain(self) -> int:
        """SIGTERM; its status."""
        os.kill(self.pid, signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """As by `kill -9`, if it still lives."""
        if not self.is_gone:
            os.kill(self.pid, signal.SIGKILL)
            await self._end


@asynccontextmanager
async def bot_process(
    scene: Scene, name: str, *, more: str = "", former: bool = False
) -> AsyncIterator[BotProcess]:
    """A bot of this scene as its command begins it, connected to Slack; killed at the end if it is still there.

    `more`: further lines of its settings. `former`: it is of the version of the records before.
    """
    known, log = _sockets(scene), _log(scene, name)
    command = [sys.executable, "-m", "tests.flows.bot_process", _config(scene, name, more)]
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *command, *([FORMER] if former else []), cwd=ROOT, env=environment(scene.stage.settings),
            stdin=asyncio.subprocess.DEVNULL, stdout=written, stderr=written,
        )  # fmt: skip
    end = asyncio.ensure_future(process.wait())
    async with _living(scene, BotProcess(process.pid, log, end), known) as bot:
        yield bot


@asynccontextmanager
async def forked_bot(
    scene: Scene, name: str, seam: Seam | None = None, how: str = "kill"
) -> AsyncIterator[BotProcess]:
    """The same, forked from a process that has everything loaded: what Python imports is most of the time of a start.

    `seam`: where it kills or stops itself.
    """
    known, log = _sockets(scene), _log(scene, name)
    strike = (seam.value, how, str(scene.stage.folder / "struck")) if seam else ()
    arguments = (_config(scene, name), *strike)
    process = _LOADED.Process(target=forked, args=(arguments, environment(scene.stage.settings), log))
    # The first one waits until everything is loaded.
    await asyncio.to_thread(process.start)
    async with _living(scene, BotProcess(process.pid or 0, log, _end_of(process)), known) as bot:
        yield bot


def _end_of(process: BaseProcess) -> asyncio.Future[int]:
    loop = asyncio.get_running_loop()
    end: asyncio.Future[int] = loop.create_future()

    def told() -> None:
        loop.remove_reader(process.sentinel)
        process.join()
        end.set_result(process.exitcode or 0)

    loop.add_reader(process.sentinel, told)
    return end


@asynccontextmanager
async def _living(scene: Scene, bot: BotProcess, known: set[str]) -> AsyncIterator[BotProcess]:
    try:
        bot.connection_id = await _connected(scene, bot, known)
        yield bot
    finally:
        await bot.kill()


def _config(scene: Scene, name: str, more: str = "") -> str:
    file = scene.stage.folder / f"{name}.toml"
    file.write_text(toml(scene.stage.settings) + more, "utf-8")
    return str(file)


def _log(scene: Scene, name: str) -> Path:
    return scene.stage.folder / f"{name}.log"


def _sockets(scene: Scene) -> set[str]:
    return {connection.id for connection in scene.stage.slack.sockets.connections}


async def _connected(scene: Scene, bot: BotProcess, known: set[str]) -> str:
    """Wait for a socket that was not there; its id."""
    feed = scene.stage.slack.feed
    async with asyncio.timeout(_START_LIMIT_S):
        while not (new := _sockets(scene) - known):
            if bot.is_gone:
                raise RuntimeError(f"the bot ended with {await bot.ended()}: {bot.log.read_text('utf-8')}")
            await feed.changed_after(feed.seq, 0.1)
    return new.pop()


def environment(settings: Settings) -> dict[str, str]:
    """The machine's environment with the stand-ins' addresses and secrets."""
    return os.environ | {
        "SLACK_BOT_TOKEN": settings.slack.bot_token.get_secret_value(),
        "SLACK_APP_TOKEN": settings.slack.app_token.get_secret_value(),
        "SLACK_SIGNING_SECRET": settings.slack.signing_secret.get_secret_value(),
        "SLACK_API_URL": settings.slack.api_url,
        "PORTAL_URL": settings.portal.url,
        "PORTAL_TOKEN": settings.portal.token.get_secret_value(),
        "REDIS_URL": settings.ledger.redis_url.get_secret_value(),
    }


def toml(settings: Settings) -> str:
    """What is no secret, as an administrator writes it."""
    route, duty, decisions = settings.routing.default, settings.escalation, settings.decisions
    return f"""
writes = "{settings.writes}"
[slack]
team_id = "{settings.slack.team_id}"
[portal]
poll_busy_s = {settings.portal.poll_busy_s}
poll_idle_s = {settings.portal.poll_idle_s}
[routing.default]
card = "{route.card}"
escalation = "{route.escalation}"
audit = "{route.audit}"
[escalation]
approvers_user_group = "{duty.approvers_user_group}"
team_user_group = "{duty.team_user_group}"
[access]
file = "{settings.access.file}"
[decisions]
send_within_s = {decisions.send_within.total_seconds()}
reopen_after_s = {decisions.reopen_after.total_seconds()}
[ledger]
data = "{settings.ledger.data}"
[health]
port = 0
[log]
level = "info"
"""
