"""Bots that are forked, watched, killed, stopped and resumed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.models import UnprovenWrite
from tests.crashes.boundaries import Control
from tests.crashes.zygote import Birth
from tests.flows.processes import ROOT, environment, toml
from tests.flows.scene import Scene

SECOND_WAY_SECRET = {"FALLBACK_WEBHOOK_SECRET": "both know it"}
_START_LIMIT_S = 120.0
_LAST_LINES, _LONGEST_LINE = 12, 400


@dataclass(eq=False)
class ForkedBot:
    """One process."""

    pid: int
    log: Path
    trace: Path
    _descriptor: int = -1
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        # Its parent does not wait for it, so its end is read from a descriptor.
        self._descriptor = os.pidfd_open(self.pid)
        asyncio.get_running_loop().add_reader(self._descriptor, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._gone.set()

    def reached(self, begin: int = 0) -> list[str]:
        """The boundaries that it came to, in their order, from this size of its trace on."""
        with self.trace.open("rb") as file:
            file.seek(begin)
            return file.read().decode().splitlines()

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self._gone.is_set()

    async def gone(self) -> None:
        """Wait for its end."""
        await self._gone.wait()

    @property
    def is_stopped(self) -> bool:
        """Whether it stands still."""
        if self.is_gone:
            return False
        return Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "T"

    def last_words(self) -> str:
        """Whether it lives, and the end of its log: for whoever has waited for it in vain."""
        state = "has ended" if self.is_gone else "stands still" if self.is_stopped else "lives"
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(
            [f"{self.log.stem} {state}:", *(line[:_LONGEST_LINE] for line in lines[-_LAST_LINES:])]
        )

    def connection_id(self, scene: Scene) -> str:
        """Its socket to Slack, however often it had to make a new one; empty: it has none."""
        ports = self._ports()
        for one in scene.stage.slack.sockets.connections:
            peer = one.request.transport and one.request.transport.get_extra_info("peername")
            if peer and peer[1] in ports:
                return one.id
        return ""

    def _ports(self) -> set[int]:
        """The ports of this machine that it speaks from."""
        inodes = set()
        with suppress(FileNotFoundError):  # It ended, or has just closed one.
            for descriptor in Path(f"/proc/{self.pid}/fd").iterdir():
                inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
        rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
        return {int(row[1].partition(":")[2], 16) for row in rows if row[9] in inodes}

    def resume(self) -> None:
        """End the stop."""
        os.kill(self.pid, signal.SIGCONT)

    def wake(self, job: int) -> None:
        """One of the zygote's signals: what it would do in a moment it does now."""
        if not self.is_gone:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, job)

    async def kill(self) -> None:
        """As by `kill -9`, if it still lives."""
        if not self.is_gone:
            os.kill(self.pid, signal.SIGKILL)
            await self.gone()


@dataclass
class Zygote:
    """The process that forks bots, and the page that they all look at."""

    process: asyncio.subprocess.Process
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def bear(self, scene: Scene, control: Control | None, name: str, more: str = "") -> ForkedBot:
        """A bot of this scene, connected to Slack. Without a control nothing is wrapped. `more`: settings."""
        folder = scene.stage.folder
        config, log = folder / "bot.toml", folder / f"{name}.log"
        verified = [one.value for one in UnprovenWrite]
        # The least that there is: a look that comes sooner than its interval is none, also where they are woken for it.
        portal = scene.stage.settings.portal.model_copy(update={"poll_busy_s": 1, "poll_idle_s": 1})
        settings = scene.stage.settings.model_copy(update={"portal": portal})
        config.write_text(f"verified_writes = {verified}\n{toml(settings)}{more}", "utf-8")
        trace = folder / f"{name}.trace"
        birth = Birth(
            str(config),
            str(log),
            str(control.path) if control else "",
            str(trace),
            environment(scene.stage.settings) | (SECOND_WAY_SECRET if "[fallback]" in more else {}),
        )
        known = sockets(scene)
        bot = ForkedBot(await self._forked(birth), log, trace)
        try:
            await connected(scene, bot, known)
        except BaseException:
            await bot.kill()
            raise
        return bot

    async def _forked(self, birth: Birth) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._turn:
            self.process.stdin.write(birth.line().encode())
            return int(await self.process.stdout.readline())


def sockets(scene: Scene) -> set[str]:
    """Every socket to Slack that there is."""
    return {one.id for one in scene.stage.slack.sockets.connections}


async def connected(scene: Scene, bot: ForkedBot, known: set[str]) -> None:
    """Wait until it has a socket that is none of these. Whose a new one is costs some milliseconds to find out."""
    feed = scene.stage.slack.feed
    async with asyncio.timeout(_START_LIMIT_S):
        while True:
            if bot.is_gone:
                raise RuntimeError(f"the bot ended: {bot.log.read_text('utf-8')[-2000:]}")
            if (new := sockets(scene) - known) and bot.connection_id(scene) in new:
                return
            await feed.changed_after(feed.seq, 0.1)


@asynccontextmanager
async def zygote() -> AsyncIterator[Zygote]:
    """One for a worker."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crashes.zygote",
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield Zygote(process)
    finally:
        process.stdin.close()
        await process.wait()
