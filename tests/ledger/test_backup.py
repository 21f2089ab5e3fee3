"""Backups of a server that is written to meanwhile, and what is made of them: everything, or nothing and a sentence."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import sys
import tarfile
from pathlib import Path

import pytest

from bot.ledger import EmbeddedServer, Ledger
from bot.ledger.backup import About, BackupFault, back_up, restore
from bot.models import Event
from tests.ledger.build import case, change, committed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no embedded server for Windows")


async def _filled(folder: Path, events: int = 3) -> Ledger:
    ledger = await Ledger.connect(EmbeddedServer(folder), replica_id="writer")
    for number in range(events):
        await ledger.commit(change(op_id=f"op-{number}", events=[Event(name="request_seen")]))
    return ledger


async def _backup(tmp_path: Path, events: int = 3) -> Path:
    ledger = await _filled(tmp_path / "data", events)
    await ledger.close()
    await back_up(EmbeddedServer(tmp_path / "data"), tmp_path / "copy", {})
    return tmp_path / "copy"


async def test_what_was_acknowledged_before_is_in_it(tmp_path: Path) -> None:
    ledger = await _filled(tmp_path / "data")
    stored = case()
    await committed(ledger, change((stored, 0)))
    before = await ledger.chain.head()
    about = await back_up(EmbeddedServer(tmp_path / "data"), tmp_path / "copy", {})
    await ledger.close()
    assert (about.events, about.link) == (before.number, before.link)

    assert await restore(tmp_path / "copy", tmp_path / "again", {}) == about
    restored = await Ledger.connect(EmbeddedServer(tmp_path / "again"), replica_id="reader")
    found = await restored.case(stored.case_id)
    await restored.close()
    assert found is not None
    assert found.case == stored


async def test_it_is_one_moment_of_a_server_that_is_written_to(tmp_path: Path) -> None:
    ledger = await _filled(tmp_path / "data")
    stop = asyncio.Event()

    async def write_on() -> int:
        number = 0
        while not stop.is_set():
            await ledger.commit(change(op_id=f"on-{number}", events=[Event(name="request_seen")]))
            number += 1
        return number

    writing = asyncio.create_task(write_on())
    before = await ledger.chain.head()
    about = await back_up(EmbeddedServer(tmp_path / "data"), tmp_path / "copy", {})
    stop.set()
    written = await writing
    assert await ledger.chain.link_of_event(about.events) == about.link
    await ledger.close()
    assert before.number <= about.events <= before.number + written


def _names(folder: Path) -> set[str]:
    return {place.name for place in folder.iterdir()}


async def test_only_its_owner_reads_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = await _backup(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await restore(file, tmp_path / "again", {})
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o700
    assert _names(tmp_path) == {"data", "copy", "again"}
    assert not (tmp_path / "data" / "dump.rdb").exists()
    assert not (tmp_path / "again" / "dump.rdb").exists()


async def test_an_empty_ledger_is_backed_up_too(tmp_path: Path) -> None:
    file = await _backup(tmp_path, events=0)
    assert (await restore(file, tmp_path / "again", {})).events == 0


async def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(FileExistsError):
        await back_up(EmbeddedServer(tmp_path / "data"), tmp_path / "copy", {})
    assert (tmp_path / "copy").read_text() == "mine"


async def test_a_folder_with_data_is_left_as_it_is(tmp_path: Path) -> None:
    file = await _backup(tmp_path)
    with pytest.raises(BackupFault, match="holds data already"):
        await restore(file, tmp_path / "data", {})


def _altered(file: Path, about: dict[str, object] | None = None, snapshot: bytes | None = None) -> Path:
    """The same backup with another description or another snapshot."""
    with tarfile.open(file) as archive:
        kept = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]
    if about is not None:
        kept["backup.json"] = json.dumps(json.loads(kept["backup.json"]) | about).encode()
    if snapshot is not None:
        kept["dump.rdb"] = snapshot
    altered = file.with_name("altered")
    with tarfile.open(altered, "w:gz") as archive:
        for name, content in kept.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return altered


async def test_a_newer_one_is_refused_with_the_way_out(tmp_path: Path) -> None:
    file = _altered(await _backup(tmp_path), {"schema_number": 99})
    with pytest.raises(BackupFault, match="newer Gatehouse"):
        await restore(file, tmp_path / "again", {})
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("about", "snapshot", "why"),
    [
        ({"events": 2}, None, "does not hold what it says"),
        ({"link": "0" * 64}, None, "does not hold what it says"),
        ({}, b"REDIS0011rubbish", "is damaged"),
        ({"made_at": "yesterday"}, None, "is no backup, or it is damaged"),
        ({"sha256": "0" * 64}, None, "is damaged"),
    ],
)
async def test_one_that_was_changed_is_refused(
    tmp_path: Path, about: dict[str, object], snapshot: bytes | None, why: str
) -> None:
    file = _altered(await _backup(tmp_path), about, snapshot)
    with pytest.raises(BackupFault, match=why):
        await restore(file, tmp_path / "again", {})
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("cut", [0, 1, 40, 500])
async def test_one_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    file = await _backup(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(BackupFault):
        await restore(file, tmp_path / "again", {})
    assert not (tmp_path / "again").exists()


def test_what_it_says_of_itself_can_be_read_without_gatehouse(tmp_path: Path) -> None:
    file = asyncio.run(_backup(tmp_path))
    with tarfile.open(file) as archive:
        told = archive.extractfile("backup.json")
        assert told is not None
        assert About.model_validate_json(told.read()).events == 3
