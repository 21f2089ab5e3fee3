"""Maintenance modes: one record each, written by `commit` alone, with an index of those that are open."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ledger.clock import to_ms
from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.values import StoredMode
from bot.models import ModeWrite, RunningMode

_FIELDS = ("v", "sv", "body")


def modes_args(writes: Sequence[ModeWrite]) -> list[str | int]:
    """Maintenance modes as arguments of `commit.lua`."""
    args: list[str | int] = [len(writes)]
    for write in writes:
        mode = write.mode
        args += [mode.mode_id, write.expected_version, mode.model_dump_json()]
        args += [int(mode.is_open), mode.slot, to_ms(mode.starts_at)]
    return args


async def read(door: LedgerDoor, mode_id: str) -> StoredMode | None:
    """One maintenance mode."""
    return _stored(mode_id, await door.read("HMGET", key(f"mode:{mode_id}"), *_FIELDS))


async def read_open(door: LedgerDoor) -> list[StoredMode]:
    """Those that run or may be running, oldest first."""
    mode_ids = await door.read("ZRANGE", key("modes:open"), 0, -1)
    answers = await door.read_all([("HMGET", key(f"mode:{one}"), *_FIELDS) for one in mode_ids])
    found = (_stored(str(one), fields) for one, fields in zip(mode_ids, answers, strict=True))
    return [stored for stored in found if stored is not None]


def _stored(mode_id: str, fields: Sequence[str | None]) -> StoredMode | None:
    version, schema, body = fields
    if not version or not body:
        return None
    if int(schema or 0) > SCHEMA:
        raise NewerRecord(
            f"maintenance mode {mode_id} was written by version {schema} of Gatehouse's records; "
            "upgrade this program"
        )
    return StoredMode(RunningMode.model_validate_json(body), int(version))
