"""Whether a server can be trusted with what must not be lost, and lets us do what we need: in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.ledger.address import ledger_address
from bot.ledger.connection import Connection, client_of
from bot.ledger.door import PREFIX, LedgerDoor

OLDEST_SERVER = (7, 0)
"""Redis 7.0 and every Valkey: what the scripts were written against."""

_SECTIONS = ("server", "cluster", "memory", "replication", "persistence")
_SETTINGS = ("appendfsync", "min-replicas-to-write")

_ENOUGH_FREE = 0.1
"""Below this part of `maxmemory` the ledger is about to refuse writes."""


class ServerWeight(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"
    """Acknowledged writes may be lost, or the ledger cannot work: do not run on it."""


@dataclass(frozen=True, slots=True)
class ServerFinding:
    """One thing found out about the server, in a sentence."""

    weight: ServerWeight
    sentence: str


async def look_at(url: str) -> list[ServerFinding]:
    """What a server says of itself on which no ledger can be opened. Raises `LedgerUnavailable` without an answer."""
    connection = Connection(client_of(url))
    try:
        return await examine(LedgerDoor(connection, "check", int(ledger_address(url).is_group)))
    finally:
        await connection.close()


async def examine(door: LedgerDoor) -> list[ServerFinding]:
    """Look at what the server lets us do, at its version, and at what it does with acknowledged writes."""
    info, settings = await door.connection.run_all(
        [("INFO", *_SECTIONS), ("CONFIG GET", *_SETTINGS)]  # Managed servers hide their settings.
    )
    version = None if isinstance(info, Exception) else _version(info)
    if version and version.weight is ServerWeight.FAULT:
        return [version]  # Its answers to the rest would be of another kind.
    if version and (elsewhere := _place(info)):
        return [version, *elsewhere]
    lacks = [ServerFinding(ServerWeight.FAULT, one) for one in await lacking(door)]
    if version is None:
        if lacks:
            return lacks
        raise info
    told = {} if isinstance(settings, Exception) else dict(settings)
    return [
        version,
        *lacks,
        *_persistence(info, told),
        _eviction(info),
        *_memory(info),
        *_replicas(info, told),
    ]


def _version(info: Mapping[str, Any]) -> ServerFinding:
    name = str(info.get("server_name") or "redis").capitalize()
    text = str(info.get("valkey_version") or info["redis_version"])
    version = tuple(int(part) for part in text.split(".")[:2])
    if version < OLDEST_SERVER:
        return ServerFinding(
            ServerWeight.FAULT, f"The server is {name} {text}; at least version 7.0 is needed. Upgrade it."
        )
    return ServerFinding(ServerWeight.GOOD, f"The server is {name} {text}.")


def _place(info: Mapping[str, Any]) -> list[ServerFinding]:
    """Whether the ledger would lie somewhere else than at this address."""
    sentence = ""
    if "sentinel" in (info.get("server_mode"), info.get("redis_mode")):
        sentence = (
            "This is a Sentinel. Give the group's address: redis+sentinel://host:26379,host:26379/service"
        )
    elif info.get("cluster_enabled"):
        sentence = (
            "This server is part of a Redis Cluster, which may move the ledger to another server. "
            "Give the address of a single server or of a Sentinel group."
        )
    elif info.get("role") != "master":
        sentence = "This server is a replica and takes no writes. Give the primary's address."
    return [ServerFinding(ServerWeight.FAULT, sentence)] if sentence else []


def _persistence(info: Mapping[str, Any], settings: Mapping[str, str]) -> list[ServerFinding]:
    if not info.get("aof_enabled"):
        sentence = "The server keeps no append-only file: a crash loses decisions. Set appendonly yes."
        return [ServerFinding(ServerWeight.FAULT, sentence)]
    if info.get("aof_last_write_status", "ok") != "ok":
        sentence = "The server could not write its append-only file lately. Look at its disk."
        return [ServerFinding(ServerWeight.FAULT, sentence)]
    how = settings.get("appendfsync")
    if how == "always":
        sentence = "Every write is on disk before it is acknowledged (appendfsync always)."
        return [ServerFinding(ServerWeight.GOOD, sentence)]
    if how is None:
        sentence = (
            "The server does not let its settings be read (CONFIG GET): how much of what it acknowledged "
            "a power cut loses is not known. Ask its operator for appendfsync always."
        )
        return [ServerFinding(ServerWeight.WARNING, sentence)]
    loses = "up to two seconds" if how == "everysec" else "an unknown span"
    sentence = f"A power cut loses {loses} of acknowledged writes. Set appendfsync always to lose none."
    return [ServerFinding(ServerWeight.WARNING, sentence)]


def _eviction(info: Mapping[str, Any]) -> ServerFinding:
    """Every other policy: those that take only what has an end (volatile-...) take counts that rules rest on."""
    policy = info.get("maxmemory_policy", "")
    if policy != "noeviction":
        sentence = f"The server deletes records when memory is short ({policy}). Set noeviction."
        return ServerFinding(ServerWeight.FAULT, sentence)
    return ServerFinding(
        ServerWeight.GOOD, "Nothing of ours is deleted when memory is short (maxmemory-policy noeviction)."
    )


def _memory(info: Mapping[str, Any]) -> list[ServerFinding]:
    limit, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if limit and limit - used < limit * _ENOUGH_FREE:
        sentence = (
            f"The server has used {used >> 20} of {limit >> 20} MiB; it soon refuses writes. Raise maxmemory."
        )
        return [ServerFinding(ServerWeight.WARNING, sentence)]
    return []


def _replicas(info: Mapping[str, Any], settings: Mapping[str, str]) -> list[ServerFinding]:
    replicas = int(info.get("connected_slaves", 0))
    if replicas and settings.get("min-replicas-to-write", "0") == "0":
        loses = "A failover may lose acknowledged writes: the primary does not wait for a replica."
        sentence = f"{loses} Set min-replicas-to-write 1."
        return [ServerFinding(ServerWeight.WARNING, sentence)]
    return []


IN_SCRIPTS = (
    "DECR", "DEL", "EXISTS", "GET", "HDEL", "HGET", "HGETALL", "HINCRBY", "HLEN", "HMGET", "HSET",
    "HSETNX", "INCR", "LINDEX", "LRANGE", "LREM", "LTRIM", "PEXPIRE", "RPUSH", "SADD", "SET", "SISMEMBER", "SREM",
    "TIME", "UNLINK", "XADD", "ZADD", "ZCARD", "ZCOUNT", "ZRANGE", "ZREM", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
    "ZSCORE",
)  # fmt: skip
"""What the scripts call: their caller needs the right to each of these as well."""

ASKED = ("HEXISTS", "INFO", "PTTL", "SCAN", "SMEMBERS", "XRANGE", "XREVRANGE", "ZMSCORE")
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
