"""Which rows of the list agreed with their cases, so that a look need not read again what has changed on neither side.

It decides nothing. What a look finds in a case follows from two things alone: the case at one version, and the rows of
its open requests. Only where both are the very ones that were found in agreement is the case passed over; whoever
changes a case, in this process or another, moves its version, and whatever the portal changes, alters a row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from json import dumps
from types import MappingProxyType
from typing import Final
from weakref import finalize
from zlib import crc32

from bot.turns import Turns

FRESH_EVERY: Final = 40
"""Looks after which each case is read again all the same: ten minutes at four looks a minute (our choice).

Versions can be put back when a backup is put in the ledger's place under a running process; that must not last.
"""


NOBODY: Mapping[str, int] = MappingProxyType({})

_TABLE: Final = """
CREATE TABLE agreed (
    digest INTEGER PRIMARY KEY,
    request INTEGER NOT NULL, -- hash of its id
    case_id TEXT NOT NULL,
    version INTEGER NOT NULL, -- of the case
    open INTEGER NOT NULL, -- how many requests of the case are, at this version
    look INTEGER NOT NULL -- the last one that saw the row
);
CREATE INDEX by_case ON agreed (case_id, request)
"""
_ROWS: Final = "SELECT digest, case_id, version FROM agreed WHERE digest IN (SELECT value FROM json_each(?))"
_SEEN: Final = "UPDATE agreed SET look = ? WHERE digest IN (SELECT value FROM json_each(?))"
_COVERED: Final = """
SELECT case_id, version FROM agreed WHERE case_id IN (SELECT value FROM json_each(?)) AND look = ?
GROUP BY case_id, version HAVING count(*) = max(open)
"""
_SHOWN: Final = "SELECT 1 FROM agreed WHERE case_id = ? AND request = ? AND look = ?"
_AT_ONCE: Final = 200
"""Cases in one question: a turn's time."""
_SLICES: Final = 256
"""In which what no look sees any more is forgotten: of a hundred thousand rows some 400 each."""
_DIGESTS: Final = range(-(2**63), 2**63, 2**64 // _SLICES)

Versions = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


class Agreement:
    """One process's memory of its looks. Empty after a start: the first looks read everything.

    A table of SQLite in memory, a row of which is 0.1 kB: as values of Python it is three times that.
    """

    def __init__(self, fresh_every: int = FRESH_EVERY) -> None:
        """Nothing is known. `fresh_every`: looks within which each case is read again all the same."""
        self._fresh_every = fresh_every
        # One thread works with it; whichever collects it closes it.
        self._table = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        finalize(self, self._table.close)
        self._table.executescript(_TABLE)
        self._look = 0
        self.put_off: dict[str, bool] = {}
        """New requests that the last look left to the next one, and whether a summary has spoken for them: they are
        told of once."""
        self.served: Mapping[str, int] = NOBODY
        """As long as some are put off, how many of each organization were taken in: their turns go on."""

    def begin(self) -> None:
        """A look begins."""
        self._look += 1

    async def known(self, digests: Collection[int], versions: Versions) -> set[int]:
        """Which of these rows need not be read: those that agreed with a case that is still as it was.

        `versions` asks for the versions of cases. What is due to be read afresh is not known.
        """
        due = self._look % self._fresh_every
        rows = self._table.execute(_ROWS, (dumps([*digests]),)).fetchall()
        agreed = [row for row in rows if crc32(row[1].encode()) % self._fresh_every != due]
        now = await versions([*{case_id for _, case_id, _ in agreed}])
        same = [digest for digest, case_id, version in agreed if now.get(case_id) == version]
        self._table.execute(_SEEN, (self._look, dumps(same)))
        return set(same)

    def note(self, case_id: str, version: int, are_open: int, request_id: str, digest: int) -> None:
        """A request's row was read and agrees with its case at this version, of which so many requests are open."""
        request = hash(request_id)
        self._table.execute("DELETE FROM agreed WHERE case_id = ? AND request = ?", (case_id, request))
        row = (digest, request, case_id, version, are_open, self._look)
        self._table.execute("INSERT OR REPLACE INTO agreed VALUES (?, ?, ?, ?, ?, ?)", row)

    async def covered(self, versions: Mapping[str, int]) -> set[str]:
        """Of these cases, at these versions, those of which this look saw the rows of all open requests, and each
        agreed."""
        turns, found = Turns(), set[str]()
        case_ids = [*versions]
        for start in range(0, len(case_ids), _AT_ONCE):
            await turns.rest()
            rows = self._table.execute(_COVERED, (dumps(case_ids[start : start + _AT_ONCE]), self._look))
            found |= {case_id for case_id, version in rows if versions[case_id] == version}
        return found

    def shows(self, case_id: str, request_id: str) -> bool:
        """Whether this look saw a row of the request that agreed with the case, at whatever version."""
        return self._table.execute(_SHOWN, (case_id, hash(request_id), self._look)).fetchone() is not None

    async def end(self) -> None:
        """The look was through the whole list: what it did not see is forgotten."""
        turns = Turns()
        for first in _DIGESTS:
            await turns.rest()
            row = (first, first + _DIGESTS.step - 1, self._look)
            self._table.execute("DELETE FROM agreed WHERE digest BETWEEN ? AND ? AND look < ?", row)
