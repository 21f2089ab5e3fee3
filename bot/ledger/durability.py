"""Whether a server can be trusted with what must not be lost: plain sentences for `gatehouse check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.ledger.door import LedgerDoor

OLDEST_SERVER = (7, 0)
"""Redis 7.0 and every Valkey: what the scripts were written against."""

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


async def examine(door: LedgerDoor) -> list[ServerFinding]:
    """Look at the server's version and at what it does with acknowledged writes."""
    info = await door.read("INFO", "server", "memory", "replication", "persistence")
    settings = await _settings(door)
    if settings is None:
        sentence = (
            "The server does not let its settings be read (CONFIG GET); ask its operator for appendonly yes."
        )
        return [
            _version(info),
            ServerFinding(ServerWeight.WARNING, sentence),
            *_memory(info),
            *_replicas(info, {}),
        ]
    return [
        _version(info),
        *_persistence(info, settings),
        _eviction(settings),
        *_memory(info),
        *_replicas(info, settings),
    ]


async def _settings(door: LedgerDoor) -> dict[str, str] | None:
    """The settings that matter; None where the server hides them, as managed ones do."""
    names = ("appendonly", "appendfsync", "maxmemory-policy", "min-replicas-to-write")
    [answer] = await door.connection.run_all([("CONFIG GET", *names)])
    return None if isinstance(answer, Exception) else dict(answer)


def _version(info: Mapping[str, Any]) -> ServerFinding:
    name = str(info.get("server_name") or "redis").capitalize()
    text = str(info.get("valkey_version") or info["redis_version"])
    version = tuple(int(part) for part in text.split(".")[:2])
    if version < OLDEST_SERVER:
        return ServerFinding(
            ServerWeight.FAULT, f"The server is {name} {text}; at least version 7.0 is needed. Upgrade it."
        )
    return ServerFinding(ServerWeight.GOOD, f"The server is {name} {text}.")


def _persistence(info: Mapping[str, Any], settings: Mapping[str, str]) -> list[ServerFinding]:
    if settings.get("appendonly") != "yes":
        return [
            ServerFinding(
                ServerWeight.FAULT,
                "The server keeps no append-only file: a crash loses decisions. Set appendonly yes.",
            )
        ]
    if info.get("aof_last_write_status", "ok") != "ok":
        return [
            ServerFinding(
                ServerWeight.FAULT,
                "The server could not write its append-only file lately. Look at its disk.",
            )
        ]
    if settings.get("appendfsync") == "always":
        return [
            ServerFinding(
                ServerWeight.GOOD, "Every write is on disk before it is acknowledged (appendfsync always)."
            )
        ]
    loses = "up to two seconds" if settings.get("appendfsync") == "everysec" else "an unknown span"
    sentence = f"A power cut loses {loses} of acknowledged writes. Set appendfsync always to lose none."
    return [ServerFinding(ServerWeight.WARNING, sentence)]


def _eviction(settings: Mapping[str, str]) -> ServerFinding:
    policy = settings.get("maxmemory-policy", "")
    if policy.startswith("allkeys"):
        return ServerFinding(
            ServerWeight.FAULT, f"The server deletes records when memory is short ({policy}). Set noeviction."
        )
    return ServerFinding(
        ServerWeight.GOOD, f"Nothing of ours is deleted when memory is short (maxmemory-policy {policy})."
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
    if info.get("role") != "master":
        return [
            ServerFinding(
                ServerWeight.FAULT,
                "This server is a replica and takes no writes. Give the primary's address.",
            )
        ]
    replicas = int(info.get("connected_slaves", 0))
    if replicas and settings.get("min-replicas-to-write", "0") == "0":
        loses = "A failover may lose acknowledged writes: the primary does not wait for a replica."
        sentence = f"{loses} Set min-replicas-to-write 1."
        return [ServerFinding(ServerWeight.WARNING, sentence)]
    return []
