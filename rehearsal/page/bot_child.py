"""The bot as a process of its own, so that it can be killed and started again like a real one."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Literal

import bot
from rehearsal.stage import Stage

START_LIMIT_S = 40.0
"""A start takes about a second; a busy machine may need some (our choice)."""
_LOG_TAIL = 4000
_PROGRAM = "import sys; from bot.cli import main; sys.exit(main(['run', '--config', sys.argv[1]]))"

State = Literal["stopped", "starting", "running", "ended"]


class BotDidNotStart(Exception):
    """The bot process ended before it was connected; the sentence holds the end of its log."""


class BotChild:
    """One bot process at a time. Whatever the machine's environment says of a real Slack or portal, it never sees."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._config = stage.folder / "bot.toml"
        self._log = stage.folder / "bot.log"
        self._config.write_text(_configuration(stage), "utf-8")
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._starting = False
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """The process id while there is a process."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def state(self) -> State:
        """What a page shows of it."""
        if self._process is None:
            return "stopped"
        if self._process.returncode is not None:
            return "ended"
        return "starting" if self._starting else "running"

    async def start(self) -> None:
        """Starts it and waits until it is connected to the stand-in Slack. Raises BotDidNotStart."""
        async with self._turn:
            if self.pid is not None:
                return
            known = {connection.id for connection in self._stage.slack.sockets.connections}
            self._starting = True
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-c",
                    _PROGRAM,
                    str(self._config),
                    cwd=self._stage.folder,
                    env=_environment(self._stage),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            try:
                await self._connected(self._process, known)
            finally:
                self._starting = False
            self.starts += 1

    async def _connected(self, process: asyncio.subprocess.Process, known: set[str]) -> None:
        ended = asyncio.create_task(process.wait())
        feed = self._stage.slack.feed
        try:
            async with asyncio.timeout(START_LIMIT_S):
                while not {one.id for one in self._stage.slack.sockets.connections} - known:
                    heard = asyncio.create_task(feed.changed_after(feed.seq, START_LIMIT_S))
                    await asyncio.wait({ended, heard}, return_when=asyncio.FIRST_COMPLETED)
                    heard.cancel()
                    if ended.done():
                        raise BotDidNotStart(f"The bot ended with status {ended.result()}: {self.log_tail()}")
        except TimeoutError:
            raise BotDidNotStart(
                f"The bot did not connect within {START_LIMIT_S:.0f} s: {self.log_tail()}"
            ) from None
        finally:
            ended.cancel()

    async def kill(self) -> None:
        """As by `kill -9`: nothing is drained, nothing is said."""
        async with self._turn:
            await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM: it finishes what it has in hand; killed if it takes too long."""
        async with self._turn:
            try:
                async with asyncio.timeout(START_LIMIT_S):
                    await self._end(signal.SIGTERM)
            except TimeoutError:
                await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()

    def log_tail(self) -> str:
        """The end of its log."""
        if not self._log.exists():
            return "(no log)"
        return self._log.read_text("utf-8", errors="replace")[-_LOG_TAIL:]


def _environment(stage: Stage) -> dict[str, str]:
    """Everything the process gets: this very source, the stand-ins' addresses and secrets, and nothing else."""
    settings = stage.settings
    return {
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),
        "PYTHONUTF8": "1",
        "SLACK_BOT_TOKEN": settings.slack.bot_token.get_secret_value(),
        "SLACK_APP_TOKEN": settings.slack.app_token.get_secret_value(),
        "SLACK_SIGNING_SECRET": settings.slack.signing_secret.get_secret_value(),
        "SLACK_API_URL": settings.slack.api_url,
        "PORTAL_URL": settings.portal.url,
        "PORTAL_TOKEN": settings.portal.token.get_secret_value(),
        "REDIS_URL": settings.ledger.redis_url.get_secret_value(),
    }


def _configuration(stage: Stage) -> str:
    """What is no secret, as an administrator writes it. JSON strings are TOML strings."""
    settings = stage.settings
    route, duty, decisions = settings.routing.default, settings.escalation, settings.decisions
    return f"""
writes = {json.dumps(settings.writes)}
[slack]
team_id = {json.dumps(settings.slack.team_id)}
[portal]
poll_busy_s = {settings.portal.poll_busy_s}
poll_idle_s = {settings.portal.poll_idle_s}
read_timeout_s = {settings.portal.read_timeout_s}
write_timeout_s = {settings.portal.write_timeout_s}
[routing.default]
card = {json.dumps(route.card)}
escalation = {json.dumps(route.escalation)}
audit = {json.dumps(route.audit)}
[escalation]
approvers_user_group = {json.dumps(duty.approvers_user_group)}
team_user_group = {json.dumps(duty.team_user_group)}
[access]
file = {json.dumps(str(settings.access.file))}
[decisions]
send_within_s = {decisions.send_within.total_seconds()}
reopen_after_s = {decisions.reopen_after.total_seconds()}
[ledger]
data = {json.dumps(str(settings.ledger.data))}
[health]
port = 0
"""
