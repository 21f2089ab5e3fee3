"""The access file of this process, offered to all replicas when it changes; a bad file never replaces a good one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.desk import Desk
from bot.models import Event
from permissions import Access, AccessFileError, describe_difference, load_access_file, parse_access_document

log = structlog.get_logger()


@dataclass(slots=True)
class AccessWatch:
    """Reads the file when it changes and puts it in force as a new generation."""

    desk: Desk
    path: Path
    _read: tuple[float, int] | None = None
    """Modification time and size of what was read last."""

    async def look(self) -> None:
        """Accept a changed file; tell what is wrong with a bad one, once, and keep the good one in force."""
        try:
            stamp = await asyncio.to_thread(_stamp, self.path)
        except OSError as error:
            log.error("access_file_not_readable", path=str(self.path), why=error.strerror or str(error))
            return
        if stamp == self._read:
            return
        self._read = stamp
        try:
            access = await asyncio.to_thread(load_access_file, self.path)
        except AccessFileError as error:
            log.error("access_file_refused", path=str(self.path), why=str(error))
            return
        await self._accept(access)

    async def start(self) -> None:
        """Accept the file at start. AccessFileError: it is bad, and the start is refused."""
        self._read = await asyncio.to_thread(_stamp, self.path)
        await self._accept(await asyncio.to_thread(load_access_file, self.path))

    async def _accept(self, access: Access) -> None:
        accepted = await self.desk.ledger.access()
        if accepted is not None and accepted.digest == access.digest:
            return
        before = parse_access_document(accepted.document) if accepted else None
        event = Event(
            name="access_accepted",
            facts={"digest": access.digest, "generation": "@generation"},
            private={"difference": list(describe_difference(before, access))},
        )
        generation = await self.desk.ledger.accept_access(access.document, access.digest, [event])
        log.info("access_accepted", generation=generation, digest=access.digest)


def _stamp(path: Path) -> tuple[float, int]:
    found = path.stat()
    return found.st_mtime, found.st_size
