"""Starts the embedded server again when it has ended: somebody killed it, or its disk was full."""

from __future__ import annotations

import asyncio
import time

import structlog

from bot.ledger.embedded import EmbeddedServer
from bot.ledger.errors import LedgerError

log = structlog.get_logger()

LOOK_S = 0.5
"""How often it is looked at: a press is tried again for longer than that (our choice)."""
_LONGEST_PAUSE_S = 30.0
"""Between two starts of a server that does not stay: by then a disk may have been cleared (our choice)."""
_STAYS_S = 60.0
"""One that lived this long is started again at once (our choice)."""


async def keep(server: EmbeddedServer) -> None:
    """Look after it until this is cancelled. What was acknowledged is on its disk, so every start brings it back."""
    pause_s, began_at = 0.0, time.monotonic()
    while True:
        await asyncio.sleep(LOOK_S)
        if not await server.has_ended():
            continue
        pause_s = 0.0 if time.monotonic() - began_at > _STAYS_S else min(2 * pause_s + 1, _LONGEST_PAUSE_S)
        log.error(
            "embedded_server_ended", folder=str(server.folder), why=server.last_words(), again_in_s=pause_s
        )
        await asyncio.sleep(pause_s)
        began_at = time.monotonic()
        await _start(server)


async def _start(server: EmbeddedServer) -> None:
    try:
        await server.start_again()
    except LedgerError as error:
        log.error("embedded_server_not_started", folder=str(server.folder), why=str(error))
    else:
        log.warning("embedded_server_started_again", folder=str(server.folder))
