"""What can go wrong with the ledger, split by what the caller can do.

    LedgerError
    ├── LedgerUnavailable   tell the person "not recorded", or with `maybe_done` "not known"; try again later
    │   └── NewerRecord     written by a newer Gatehouse: nothing was changed; leave it to that one, upgrade this one
    ├── NoServer            the embedded server cannot be started: the message says what to set
    └── NotWhole            a file of Gatehouse itself is missing: install it again

Losing a race is not an error: `Conflict` (bot/ledger/values.py) is an answer.
"""

from __future__ import annotations

import re

from redis.exceptions import BusyLoadingError, DataError, MasterDownError, ReadOnlyError, ResponseError


class LedgerError(Exception):
    """Anything that is wrong with the ledger itself."""


class LedgerUnavailable(LedgerError):
    """The server is away, hung, loading or refuses writes. A change may or may not be in; its `op_id` tells later."""

    def __init__(self, why: str, *, maybe_done: bool = False) -> None:
        """`maybe_done`: the server may have done what was asked all the same. False: surely not."""
        super().__init__(why)
        self.maybe_done = maybe_done


class NewerRecord(LedgerUnavailable):
    """The data was written by a newer version of Gatehouse; this one must not touch it.

    While replicas step to a new version one after the other, that is no fault: whatever the older ones cannot carry out
    any more stays queued, and the newer ones take it up.
    """


class NoServer(LedgerError):
    """The embedded server cannot run here."""


class NotWhole(LedgerError):
    """This installation lacks a file of its own."""


ELSEWHERE = (ReadOnlyError, MasterDownError, BusyLoadingError)
"""Who says this is not the primary, or not yet: the same address may lead to another server by now."""

_OURS = ("WRONGTYPE", "CROSSSLOT")
"""First words of answers that only a fault of ours explains, however often it is tried."""

_OURS_OF_ERR = re.compile(
    r"user_script:\d+: (?!not enough memory)"  # a fault in the script itself, or data that it cannot read
    r"|Error (?:compiling|running) script (?!.*Script killed)"
    r"|[Ww]rong number of arg"
    r"|syntax error"
    r"|(?:hash )?value is not|min or max is not|increment or decrement would overflow"
    r"|index out of range|no such key|invalid (?:stream|cursor|expire)"
    r"|(?:Number of keys|The ID specified)"
)
"""The same for `ERR`, which servers say to anything (`ERR max number of clients reached`): how its text begins.
Not "unknown command": that is a renamed command, a proxy or another kind of server, and its operator mends it."""


def understood(error: ResponseError) -> Exception:
    """A server's error answer in our own words; what is surely ours stays what it is."""
    text = str(error)
    if "GATEHOUSE_NEWER" in text:
        what = text.split("GATEHOUSE_NEWER", 1)[1].split(" script:", 1)[0].strip()
        return NewerRecord(f"{what} of Gatehouse's records; this program reads older ones only. Upgrade it.")
    if is_ours(error):
        return error
    return LedgerUnavailable(f"the ledger refuses to write or to read: {_whole(error)}")


def is_ours(error: Exception) -> bool:
    """Whether trying again is in vain, because what we sent is wrong."""
    if isinstance(error, DataError):
        return True
    if not isinstance(error, ResponseError):
        return False
    word, _, rest = _whole(error).partition(" ")
    return word in _OURS or (word == "ERR" and _OURS_OF_ERR.match(rest) is not None)


def _whole(error: ResponseError) -> str:
    """The answer as the server gave it: the client cuts the first word off those that it has a class for."""
    word = error.status_code
    text = str(error)
    return text if not word or text.split(" ", 1)[0] == word else f"{word} {text}"
