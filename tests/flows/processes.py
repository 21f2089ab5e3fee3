"""Bots as processes of their own: their configuration, their start, and what may be done to them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.seams import Seam
from bot.settings import Settings
from tests.flows.bot_process import FORMER
from tests.flows.scene import Scene

ROOT = Path(__file__).parents[2]
_START_LIMIT_S = 40.0
"""A start takes about a second; two busy cores may need some."""


@dataclass
class BotProcess:
    """One process and its log."""

    process: asyncio.subprocess.Process
    log: Path
    connection_id: str = ""
    """Its first socket to Slack."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def is_stopped(self) -> bool:
        """Whether it hangs as after SIGSTOP."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return fields[0] == "T"

    def resume(self) -> None:
        """End a SIGSTOP."""
        self.process.send_signal(signal.SIGCONT)

    async def ended(self) -> int:
        """Wait until it has ended; its status, negative for a signal."""
        async with asyncio.timeout(_START_LIMIT_S):
            return await self.process.wait()

    async def drain(self) -> int:
        """SIGTERM; its status."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """As by `kill -9`, if it still lives."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def bot_process(
    scene: Scene,
    name: str,
    seam: Seam | None = None,
    how: str = "kill",
    *,
    more: str = "",
    former: bool = False,
) -> AsyncIterator[BotProcess]:
    """A bot of this scene, connected to Slack; killed at the end if it is still there.

    `more`: further lines of its settings. `former`: it is of the version of the records before.
    """
    strike = [seam.value, how, str(scene.stage.folder / "struck")] if seam else []
    bot = await _spawn(scene, name, [FORMER] if former else strike, more)
    known = {connection.id for connection in scene.stage.slack.sockets.connections}
    try:
        bot.connection_id = await _connected(scene, bot, known)
        yield bot
    finally:
        await bot.kill()


async def _spawn(scene: Scene, name: str, arguments: list[str], more: str) -> BotProcess:
    folder = scene.stage.folder
    config, log = folder / f"{name}.toml", folder / f"{name}.log"
    config.write_text(toml(scene.stage.settings) + more, "utf-8")
    command = [sys.executable, "-m", "tests.flows.bot_process", str(config)]
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *command, *arguments, cwd=ROOT, env=environment(scene.stage.settings),
            stdin=asyncio.subprocess.DEVNULL, stdout=written, stderr=written,
        )  # fmt: skip
    return BotProcess(process, log)


async def _connected(scene: Scene, bot: BotProcess, known: set[str]) -> str:
    """Wait for a socket that was not there; its id."""
    sockets, feed = scene.stage.slack.sockets, scene.stage.slack.feed
    async with asyncio.timeout(_START_LIMIT_S):
        while not (new := {connection.id for connection in sockets.connections} - known):
            if bot.process.returncode is not None:
                raise RuntimeError(
                    f"the bot ended with {bot.process.returncode}: {bot.log.read_text('utf-8')}"
                )
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
