"""The access file of this process, offered to all replicas when it changes; a bad file never replaces a good one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.cards.messages import administration, record
from bot.desk import Desk, audit_message, new_id
from bot.ledger import AcceptedAccess
from bot.models import Event, digest_of
from permissions import Access, AccessFileError, describe_difference, load_access_file, parse_access_document
from permissions.access_document import looks_cut_off

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
    _guarded: int = 0
    """The generation that was looked at last."""
    _is_old: bool = False
    """Ours was replaced by a newer one: it is not offered."""
    _is_missing: bool = False
    """The file could not be read at the last look, and that is told already."""

    async def look(self) -> None:
        """Accept a changed file; tell what is wrong with a bad one, once, and keep the good one in force."""
        await self._guard()
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
        self._is_old = False
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
            self._is_old = True
        else:
            await self._accept(access)
        self._read = stamp

    async def _accept(self, access: Access) -> None:
        accepted = await self.desk.ledger.access()
        is_same = accepted is not None and accepted.digest == access.digest
        if accepted is not None and accepted.is_genuine and is_same:
            return
        # Held against ours alone: what somebody else put there must not keep the right file out.
        if accepted is not None and accepted.is_genuine and looks_cut_off(access.document, accepted.document):
            log.error("access_file_looks_cut_off", file=str(self.path), digest=access.digest)
            await self._alert([_CUT_OFF.format(name=self.path.name)])
            return
        if accepted is not None and not accepted.is_genuine and not is_same:
            await self._tell_of_foreign(accepted)
        before = _document(accepted)
        difference = describe_difference(before, access)
        event = Event(
            name="access_accepted",
            facts={"digest": access.digest, "generation": "@generation"},
            private={"difference": list(difference)},
        )
        said = administration.access_changed(difference, access.digest, is_first=before is None)
        effects = [audit_message(f"access:{new_id('n')}", said)]
        generation = await self.desk.ledger.accept_access(access.document, access.digest, [event], effects)
        self._guarded = generation
        log.info("access_accepted", generation=generation, digest=access.digest)

    async def _guard(self) -> None:
        """What somebody else put in force lets nobody do anything (`AccessDesk`): ours is offered again."""
        generation = await self.desk.ledger.access_generation()
        if generation == self._guarded or self._is_old:
            return
        accepted = await self.desk.ledger.access()
        if accepted is None or not accepted.is_genuine:
            try:
                await self._accept(await asyncio.to_thread(load_access_file, self.path))
            except (AccessFileError, OSError) as error:
                log.error("access_file_refused", file=str(self.path), why=str(error))
                return
        self._guarded = generation

    async def _tell_of_foreign(self, accepted: AcceptedAccess) -> None:
        log.error("access_not_ours", generation=accepted.generation, digest=accepted.digest)
        facts = {"generation": accepted.generation, "digest": accepted.digest}
        alert = audit_message(
            f"access_not_ours:{accepted.generation}:{accepted.digest[:16]}", record.access_not_ours()
        )
        await self.desk.announce([Event(name="access_not_ours", facts=facts)], [alert])

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


def _document(accepted: AcceptedAccess | None) -> Access | None:
    """What stood there, to tell the difference; what cannot be read (somebody else wrote it) counts as nothing."""
    try:
        return parse_access_document(accepted.document) if accepted else None
    except AccessFileError:
        if accepted is not None and accepted.is_genuine:
            raise
        return None


def _stamp(path: Path) -> tuple[float, int]:
    found = path.stat()
    return found.st_mtime, found.st_size
