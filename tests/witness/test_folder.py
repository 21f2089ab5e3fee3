"""The folder beside the data: its key is nobody else's, and its note cannot be lost unnoticed."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.audit import new_key
from bot.models import Actor, SeenHead, Suspension
from bot.witness import FolderFault, NoFolder, WitnessFolder

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
SEEN = SeenHead(
    number=7,
    link="f" * 40,
    at=NOON,
    suspensions=(
        Suspension(
            person_id="jose",
            person_name="José Ñandú",
            by=Actor(person_id="kim", name="Kim", slack_user_id="U1"),
            at=NOON,
            reason="left",
        ),
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> WitnessFolder:
    return WitnessFolder(tmp_path / "record")


def test_the_key_is_made_once_and_read_by_its_owner_alone(folder: WitnessFolder) -> None:
    first = folder.key()
    assert folder.key().key_id == first.key_id
    assert (folder.path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.public_texts() == [first.public_text()]


def test_processes_that_start_together_take_one_key(folder: WitnessFolder) -> None:
    taken: list[str] = []
    together = [threading.Thread(target=lambda: taken.append(folder.key().key_id)) for _ in range(8)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert len(set(taken)) == 1
    assert len(folder.public_texts()) == 1


def test_a_new_key_keeps_the_public_half_of_the_old_one(folder: WitnessFolder) -> None:
    old = folder.key()
    fresh = folder.renew_key()
    assert fresh.key_id != old.key_id
    assert folder.key().key_id == fresh.key_id
    assert folder.public_texts() == [fresh.public_text(), old.public_text()]
    assert old.private_text() not in "".join(each.read_text() for each in folder.path.iterdir())


def test_a_key_that_others_can_read_is_refused(folder: WitnessFolder) -> None:
    folder.key()
    (folder.path / "seal.key").chmod(0o640)
    with pytest.raises(FolderFault, match="can be read by others"):
        folder.key()


@pytest.mark.parametrize("text", ["", "rubbish", new_key().public_text()])
def test_what_is_no_key_is_refused_and_left(folder: WitnessFolder, text: str) -> None:
    folder.prepare()
    (folder.path / "seal.key").write_text(text)
    (folder.path / "seal.key").chmod(0o600)
    with pytest.raises(FolderFault, match="Put the right file back"):
        folder.key()
    assert (folder.path / "seal.key").read_text() == text


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoFolder, match="cannot be made"):
        WitnessFolder(tmp_path / "file" / "record").key()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to_is_told(folder: WitnessFolder) -> None:
    folder.path.mkdir(mode=0o500)
    with pytest.raises(NoFolder, match="cannot be written to"):
        folder.key()


def test_a_head_is_noted_and_read_back(folder: WitnessFolder) -> None:
    folder.prepare()
    assert folder.seen() is None
    folder.note(SEEN)
    assert folder.seen() == SEEN
    assert [each.name for each in folder.path.iterdir()] == ["seen.json"]


@pytest.mark.parametrize("text", ["", "{}", '{"number": 7', "[]"])
def test_a_damaged_note_is_not_taken_for_none(folder: WitnessFolder, text: str) -> None:
    """Else damaging it would be the way to bring an older ledger in."""
    folder.prepare()
    (folder.path / "seen.json").write_text(text)
    with pytest.raises(FolderFault, match="is damaged"):
        folder.seen()
