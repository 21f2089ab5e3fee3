"""What can go wrong with the ledger, split by what the caller can do.

    LedgerError
    ├── LedgerUnavailable   tell the person "not recorded", or with `maybe_done` "not known"; try again later
    ├── NewerRecord         written by a newer Gatehouse: upgrade this one; nothing was changed
    └── NoServer            the embedded server cannot be started: the message says what to set

Losing a race is not an error: `Conflict` (bot/ledger/values.py) is an answer.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Anything that is wrong with the ledger itself."""


class LedgerUnavailable(LedgerError):
    """The server is away, hung, loading or refuses writes. A change may or may not be in; its `op_id` tells later."""

    def __init__(self, why: str, *, maybe_done: bool = False) -> None:
        """`maybe_done`: the server may have done what was asked all the same. False: surely not."""
        super().__init__(why)
        self.maybe_done = maybe_done


class NewerRecord(LedgerError):
    """The data was written by a newer version of Gatehouse; this one must not touch it."""


class NoServer(LedgerError):
    """The embedded server cannot run here."""
