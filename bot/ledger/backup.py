"""A copy of the embedded server's data as of one moment, and a data folder made of such a copy.

A copy of the folder's files, taken while the server writes them, need not fit together. The server's own snapshot does:
it is what the server held at one moment, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.audit import verify_export
from bot.ledger.connection import execute
from bot.ledger.door import SCHEMA
from bot.ledger.embedded import EmbeddedServer
from bot.ledger.errors import LedgerError
from bot.ledger.store import Ledger
from bot.models.base import Instant, Record

_SNAPSHOT, _ABOUT = "dump.rdb", "backup.json"
_LOOK_AGAIN_S = 0.05
_ABOUT_MOST = 1 << 16
"""Bytes; ours has some two hundred."""


class BackupFault(LedgerError):
    """No backup was made, or this one cannot be used; the sentence says why and what to do."""


class About(Record):
    """What a backup says of itself; held against what is in it when it is made and when it is used."""

    made_at: Instant
    schema_number: int
    events: int
    """How many events the record has, and the link of the last one: what a seal of that moment would say."""
    link: str
    sha256: str
    """Of the snapshot."""


async def back_up(server: EmbeddedServer, file: Path, environment: Mapping[str, str]) -> About:
    """Write a verified backup of a server, running or not, to a new file that only its owner can read.

    Raises FileExistsError, OSError, BackupFault, LedgerError.
    """
    with tempfile.TemporaryDirectory(prefix=".gatehouse-backup-", dir=_place_of_new(file)) as name:
        place = Path(name)
        await _snapshot(server, place / _SNAPSHOT)
        made_at = datetime.now(UTC)
        about = await _looked_into(place, made_at, environment)
        await asyncio.to_thread(_pack, about, place / _SNAPSHOT, file)
    return about


async def restore(file: Path, folder: Path, environment: Mapping[str, str]) -> About:
    """Make a data folder of a backup. The folder must not be there, or be empty; on a fault it stays as it is.

    Raises OSError, BackupFault, LedgerError.
    """
    _check_empty(folder)
    # Beside the place that it is meant for: a whole folder takes its place in one step, or none does.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-restoring-", dir=folder.parent) as name:
        place = Path(name) / "data"
        place.mkdir(mode=0o700)
        about = await asyncio.to_thread(_unpack, file, place / _SNAPSHOT)
        found = await _looked_into(place, about.made_at, environment)
        if found != about:
            raise BackupFault(f"{file} does not hold what it says of itself. Take another backup.")
        await _written_out(place, environment)
        place.rename(folder)
    return about


def _place_of_new(file: Path) -> Path:
    if file.exists():
        raise FileExistsError(file)
    return file.resolve().parent


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BackupFault(
            f"{folder} holds data already and is left as it is. Stop Gatehouse, move that folder away, and restore."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)


async def _snapshot(server: EmbeddedServer, into: Path) -> None:
    await server.start()
    try:
        async with server.client() as client:
            # One that is under way may have begun before what was acknowledged last.
            await _until(client, "rdb_bgsave_in_progress", "0")
            await execute(client, "BGSAVE")
            found = await _until(client, "rdb_bgsave_in_progress", "0")
        if found.get("rdb_last_bgsave_status") != "ok":
            raise BackupFault(f"The server could not write a snapshot: {server.last_words()}")
        await asyncio.to_thread(shutil.move, server.folder / _SNAPSHOT, into)
    except RedisError as error:
        raise BackupFault(f"The server does not make a snapshot: {error}") from error
    finally:
        await server.stop()


async def _looked_into(place: Path, made_at: datetime, environment: Mapping[str, str]) -> About:
    """What a snapshot holds, read by a server of its own; the record in it is recomputed from its first event."""
    digest = await asyncio.to_thread(_digest, place / _SNAPSHOT)
    ledger = await Ledger.connect(
        EmbeddedServer(place, environment=environment, writes_out=False), replica_id="backup"
    )
    try:
        export = place / "record.jsonl"
        head = await ledger.chain.export_to(export)
    finally:
        await ledger.close()
    with export.open(encoding="utf-8") as lines:
        problems = verify_export(lines).problems if head.number else []
    export.unlink()
    if problems:
        raise BackupFault(f"The record in it does not fit together: {problems[0]}")
    return About(made_at=made_at, schema_number=SCHEMA, events=head.number, link=head.link, sha256=digest)


async def _written_out(place: Path, environment: Mapping[str, str]) -> None:
    """Let a server read the snapshot and write what it holds as the log that a start reads."""
    server = EmbeddedServer(place, environment=environment, writes_out=False)
    await server.start()
    try:
        async with server.client() as client:
            await execute(client, "CONFIG", "SET", "appendonly", "yes")
            await _until(client, "aof_rewrite_scheduled", "0")
            found = await _until(client, "aof_rewrite_in_progress", "0")
        if found.get("aof_last_bgrewrite_status") != "ok" or found.get("aof_enabled") != "1":
            raise BackupFault(f"The data folder could not be written: {server.last_words()}")
    except RedisError as error:
        raise BackupFault(f"The data folder could not be written: {error}") from error
    finally:
        await server.stop()
    (place / _SNAPSHOT).unlink()


async def _until(client: Redis, name: str, value: str) -> dict[str, str]:
    """The server's own report, once it says this. It tells of the end of a snapshot in no other way."""
    while True:
        found = await execute(client, "INFO", "persistence")
        told = {str(key): str(each) for key, each in dict(found).items()}
        if told.get(name) == value:
            return told
        await asyncio.sleep(_LOOK_AGAIN_S)


def _pack(about: About, snapshot: Path, file: Path) -> None:
    """The file appears whole or not at all, and replaces nothing that was put there meanwhile."""
    text = about.model_dump_json().encode()
    whole = snapshot.with_name("whole")
    with whole.open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            member = tarfile.TarInfo(_ABOUT)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
            archive.add(snapshot, _SNAPSHOT, filter=_of_nobody)
        out.flush()
        os.fsync(out.fileno())
    file.hardlink_to(whole)


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names and numbers of this machine's accounts."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _unpack(file: Path, into: Path) -> About:
    """Two members by their names, nothing else: what else an archive may hold is written nowhere."""
    try:
        with tarfile.open(file, mode="r:gz") as archive:
            about = About.model_validate_json(_member(archive, _ABOUT).read(_ABOUT_MOST))
            if about.schema_number > SCHEMA:
                raise BackupFault(
                    f"{file} was made by a newer Gatehouse (records of schema {about.schema_number}, this one reads "
                    f"up to {SCHEMA}). Restore it with that version or a newer one."
                )
            with into.open("xb") as out:
                shutil.copyfileobj(_member(archive, _SNAPSHOT), out)
    except (tarfile.TarError, EOFError, ValidationError, KeyError) as error:
        raise BackupFault(f"{file} is no backup, or it is damaged ({type(error).__name__}).") from error
    if _digest(into) != about.sha256:
        raise BackupFault(
            f"{file} is damaged: its snapshot is not the one that was written. Take another backup."
        )
    return about


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
