"""The access file of this process, offered to all replicas when it changes; a bad file never replaces a good one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.cards.messages import administration
from bot.desk import Desk, audit_message, new_id
from bot.models import Event, digest_of
from permissions import Access, AccessFileError, describe_difference, load_access_file, parse_access_document
from permissions.toml_lines import looks_cut_off

log = structlog.get_logger()


_OLD = (
    "{name} of a process that starts was replaced by a newer file before; the newer one stays in force. "
    "Bring that process's file up to date; to go back on purpose, change the file while the process runs"
)


_CUT_OFF = (
    "{name} ends within a table that stands longer in the file in force, as if a save were cut off; the file in force "
    "stays. Save it again whole; to mean it so, write end_mark = true at its top and [end] as its last line"
)


@dataclass(slots=True)
class AccessWatch:
    """Reads the file when it changes and puts it in force as a new generation."""

    desk: Desk
    path: Path
    _read: tuple[float, int] | None = None
    """Modification time and size of what was read last."""
    _is_missing: bool = False
    """The file could not be read at the last look, and that is told already."""

    async def look(self) -> None:
        """Accept a changed file; tell what is wrong with a bad one, once, and keep the good one in force."""
        try:
            stamp = await asyncio.to_thread(_stamp, self.path)
        except OSError as error:
            await self._missing(error.strerror or str(error))
            return
        self._is_missing = False
        if stamp == self._read:
            return
        try:
            access = await asyncio.to_thread(load_access_file, self.path)
        except AccessFileError as error:
            log.error("access_file_refused", file=str(self.path), why=str(error))
            await self._alert([str(problem) for problem in error.problems])
            self._read = stamp
            return
        if stamp != await asyncio.to_thread(_stamp, self.path):
            return  # It is being written: the next look reads it whole.
        await self._accept(access)
        # Only now: a file that could not be offered is offered again at the next look.
        self._read = stamp

    async def start(self) -> None:
        """Accept the file at start. AccessFileError: it is bad, and the start is refused.

        A file that another one has replaced is yesterday's: it stays out of force until somebody changes it, so that
        a process that was away cannot give back what was taken meanwhile.
        """
        stamp = await asyncio.to_thread(_stamp, self.path)
        access = await asyncio.to_thread(load_access_file, self.path)
        if await self.desk.ledger.access_was_replaced(access.digest):
            log.error("access_file_is_old", file=str(self.path), digest=access.digest)
            await self._alert([_OLD.format(name=self.path.name)])
        else:
            await self._accept(access)
        self._read = stamp

    async def _accept(self, access: Access) -> None:
        accepted = await self.desk.ledger.access()
        if accepted is not None and accepted.digest == access.digest:
            return
        if accepted is not None and looks_cut_off(access.document, accepted.document):
            log.error("access_file_looks_cut_off", file=str(self.path), digest=access.digest)
            await self._alert([_CUT_OFF.format(name=self.path.name)])
            return
        before = parse_access_document(accepted.document) if accepted else None
        difference = describe_difference(before, access)
        event = Event(
            name="access_accepted",
            facts={"digest": access.digest, "generation": "@generation"},
            private={"difference": list(difference)},
        )
        said = administration.access_changed(difference, access.digest, is_first=before is None)
        effects = [audit_message(f"access:{new_id('n')}", said)]
        generation = await self.desk.ledger.accept_access(access.document, access.digest, [event], effects)
        log.info("access_accepted", generation=generation, digest=access.digest)

    async def _missing(self, why: str) -> None:
        if self._is_missing:
            return
        log.error("access_file_not_readable", file=str(self.path), why=why)
        await self._alert([f"{self.path.name} cannot be read: {why}"])
        self._is_missing = True

    async def _alert(self, problems: Sequence[str]) -> None:
        """One alert about the same fault, however many replicas meet it; again when a good file came between."""
        generation = await self.desk.ledger.access_generation()
        digest = digest_of([f"{self.desk.now():%Y-%m-%d}", generation, *problems])
        event = Event(name="access_file_refused", facts={"problems": len(problems), "digest": digest})
        alert = audit_message(f"access_refused:{digest[:32]}", administration.access_refused(problems))
        await self.desk.announce([event], [alert])


def _stamp(path: Path) -> tuple[float, int]:
    found = path.stat()
    return found.st_mtime, found.st_size
