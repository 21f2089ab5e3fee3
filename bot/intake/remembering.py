"""Which cases agreed with the portal's list, so that a look need not read again what has changed on neither side.

It decides nothing. What a look finds in a case follows from two things alone: the case at one version, and the rows of
its open requests. Only where both are the very ones that were found in agreement is the case passed over; whoever
changes a case, in this process or another, moves its version, and whatever the portal changes, alters a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final
from zlib import crc32

from bot.ledger import StoredCase
from bot.turns import Turns

FRESH_EVERY: Final = 40
"""Looks after which each case is read again all the same: ten minutes at four looks a minute (our choice).

Versions can be put back when a backup is put in the ledger's place under a running process; that must not last.
"""


NOBODY: Mapping[str, int] = MappingProxyType({})

_Agreed = tuple[int, tuple[str, ...], tuple[bytes, ...]]
"""A case's version, the ids of its open requests, and the digests of their rows.

Bare tuples of bare values: of those, a hundred thousand are nothing that the garbage collector goes through.
"""


class Agreement:
    """One process's memory of its looks. Empty after a start: the first looks read everything."""

    def __init__(self, fresh_every: int = FRESH_EVERY) -> None:
        """Nothing is known. `fresh_every`: looks within which each case is read again all the same."""
        self._fresh_every = fresh_every
        self._cases: dict[str, _Agreed] = {}
        self._looks = 0
        self.put_off: dict[str, bool] = {}
        """New requests that the last look left to the next one, and whether a summary has spoken for them: they are
        told of once."""
        self.served: Mapping[str, int] = NOBODY
        """As long as some are put off, how many of each organization were taken in: their turns go on."""

    async def begin(self, versions: Mapping[str, int]) -> dict[bytes, str]:
        """A look begins, with the open cases at these versions: the rows that it need not read, by their digests.

        What has changed since, and what is due to be read afresh, is forgotten. In turns with whatever else waits.
        """
        self._looks += 1
        due = self._looks % self._fresh_every
        turns, kept = Turns(), dict[str, _Agreed]()
        known: dict[bytes, str] = {}
        for case_id, one in self._cases.items():
            await turns.rest()
            version, request_ids, digests = one
            if versions.get(case_id) == version and crc32(case_id.encode()) % self._fresh_every != due:
                kept[case_id] = one
                known.update(zip(digests, request_ids, strict=True))
        self._cases = kept
        return known

    async def quiet(self, versions: Mapping[str, int], same: Collection[str]) -> set[str]:
        """The cases that need not be read: still at their version, and the rows of all their open requests the same."""
        turns, found = Turns(), set[str]()
        for case_id, (version, request_ids, _) in self._cases.items():
            await turns.rest()
            if versions.get(case_id) == version and all(request_id in same for request_id in request_ids):
                found.add(case_id)
        return found

    def note(
        self, stored: StoredCase, digests: Mapping[str, bytes], same: Collection[str], *, agrees: bool
    ) -> None:
        """A case was read, and did or did not agree with what this look read of its rows, which have these digests.

        A row that was not read agreed with the version at which it was read last, and with no other one.
        """
        before = self._cases.pop(stored.case.case_id, None)
        if not agrees:
            return
        passed = dict(zip(*before[1:], strict=True)) if before and before[0] == stored.version else {}
        rows: dict[str, bytes] = {}
        for entry in stored.case.open_requests:
            request_id = entry.facts.request_id
            digest = digests.get(request_id) or (passed.get(request_id) if request_id in same else None)
            if digest is None:
                return
            rows[request_id] = digest
        self._cases[stored.case.case_id] = (stored.version, tuple(rows), tuple(rows.values()))
