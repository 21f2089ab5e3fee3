"""What the server lets us do: asked of the server itself, because a right that is missing inside of a script would show
only when somebody presses.
"""

from __future__ import annotations

from bot.ledger.door import PREFIX, LedgerDoor

IN_SCRIPTS = (
    "DECR", "DEL", "EXISTS", "GET", "HDEL", "HEXISTS", "HGET", "HGETALL", "HINCRBY", "HLEN", "HMGET", "HSET",
    "HSETNX", "INCR", "LINDEX", "LRANGE", "LREM", "LTRIM", "PEXPIRE", "RPUSH", "SADD", "SET", "SISMEMBER", "SREM",
    "TIME", "UNLINK", "XADD", "ZADD", "ZCARD", "ZCOUNT", "ZRANGE", "ZREM", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
    "ZSCORE",
)  # fmt: skip
"""What the scripts call: their caller needs the right to each of these as well."""

ASKED = ("INFO", "PTTL", "SCAN", "SMEMBERS", "XRANGE", "XREVRANGE", "ZSCAN")
"""What is asked beside the scripts, and not in them."""

_NAMED = 5
OF_A_GROUP = ("WAIT",)
"""With a Sentinel group a change counts when a replica has it."""


async def lacking(door: LedgerDoor) -> list[str]:
    """What is missing, a sentence each. Raises `LedgerUnavailable` where not even a script may be run."""
    wanted = (*IN_SCRIPTS, *ASKED, *(OF_A_GROUP if door.copies else ()))
    refused, unknown = await door.call_timeless("rights", len(wanted), *wanted)
    found = []
    if refused:
        found.append(
            f"The server's user may not run {_listed(refused)} on keys that begin with {PREFIX}. "
            "Give it the rights that docs/ledger.md lists (ACL SETUSER)."
        )
    if unknown:
        found.append(
            f"The server does not know {_listed(unknown)}: it renames commands, or a proxy answers in its place. "
            "Give the address of a server that takes every command."
        )
    return found


def _listed(names: list[str]) -> str:
    """Some of them by name: who lacks all would read half a page."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
