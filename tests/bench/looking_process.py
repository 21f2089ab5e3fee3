"""A bot's memory, alone in a process: `python -m tests.bench.looking_process LEDGER PORTAL TOKEN LOOKS`.

Everything of the bot is loaded; it looks at the portal so many times and prints its resident megabytes after the first
look and after the last, and the most it ever took.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path
from typing import Any, cast

import aiohttp
from pydantic import SecretStr

import bot.app
from bot import logs
from bot.app.living import spare_what_stays
from bot.chat import People
from bot.desk import AccessDesk, Desk, TreeDesk
from bot.intake.poll import poll
from bot.intake.remembering import Agreement
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.models import Rules
from bot.portal import PortalAddress, PortalClient

_PAGE = resource.getpagesize()
_MB = 1_000_000


async def look(ledger_url: str, portal_url: str, token: str, looks: int) -> None:
    """As the bot does; nothing is said to anybody."""
    spare_what_stays()
    ledger = await Ledger.connect(ledger_url, replica_id="memory", limit_s=30.0)
    async with aiohttp.ClientSession() as session:
        portal = PortalClient(PortalAddress(portal_url, SecretStr(token), read_timeout_s=120.0), session)
        rules = Rules()
        tree = TreeDesk(portal, ledger, rules)
        unused: Any = None
        desk = Desk(
            rules=rules,
            ledger=ledger,
            portal=portal,
            people=cast("People", unused),
            access=AccessDesk(ledger, tree=tree),
            tree=tree,
            routes=unused,
            metrics=Metrics(),
            workspace_url="",
        )
        agreement, found = Agreement(), [_resident()]
        for _ in range(looks):
            await poll(desk, agreement)
            found.append(_resident())
    await ledger.close()
    print(found[0], found[1], found[-1], _most(), bool(bot.app.started), flush=True)


def _resident() -> float:
    """Of this process now, in megabytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / _MB


def _most() -> float:
    """The most it ever was. Not `ru_maxrss`: that begins with the parent's size, which a started process takes over."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / _MB


if __name__ == "__main__":
    logs.set_up(level="error", style="console")
    asyncio.run(look(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
