"""`gatehouse backup` and `restore` as they are typed: one sentence for each way it can go, and the roll-back guard."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.ledger import EmbeddedServer, Ledger
from bot.models import Event, SeenHead
from bot.settings import load
from bot.witness import WitnessFolder
from tests.ledger.build import change
from tests.test_cli_record import CONFIG

pytestmark = pytest.mark.made_up


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gatehouse.toml").write_text(CONFIG)


def _fill(folder: Path) -> None:
    async def fill() -> None:
        ledger = await Ledger.connect(EmbeddedServer(folder), replica_id="writer")
        await ledger.commit(change(op_id="one", events=[Event(name="request_seen")]))
        await ledger.close()

    asyncio.run(fill())


async def _events(folder: Path) -> int:
    ledger = await Ledger.connect(EmbeddedServer(folder), replica_id="reader")
    head = await ledger.chain.head()
    await ledger.close()
    return head.number


def test_a_backup_becomes_a_data_folder_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _fill(tmp_path / "data")
    assert main(["backup", "copy"]) == 0
    told = capsys.readouterr().out
    assert "with 1 events of the record" in told
    assert "keep it as closed as the data folder" in told
    (tmp_path / "data").rename(tmp_path / "lost")
    assert main(["restore", "copy"]) == 0
    assert "recomputed" in capsys.readouterr().out
    restored = asyncio.run(_events(tmp_path / "data"))
    assert restored == asyncio.run(_events(tmp_path / "lost")) == 1


def test_an_older_one_is_restored_and_the_guard_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _fill(tmp_path / "data")
    assert main(["backup", "copy"]) == 0
    settings = load(tmp_path / "gatehouse.toml", files_only=True)
    path = settings.record_folder()
    assert path is not None
    path.mkdir(mode=0o700, exist_ok=True)
    WitnessFolder(path).note(SeenHead(number=7, link="0" * 64, at=datetime(2026, 11, 20, tzinfo=UTC)))
    (tmp_path / "data").rename(tmp_path / "lost")
    assert main(["restore", "copy"]) == 0
    assert "--accept-older-ledger" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "before", "why"),
    [
        (["backup", "copy"], "nothing", "holds no data of a ledger yet"),
        (["backup", "copy"], "copy there", "exists already and is left as it is"),
        (["backup", "no/such/copy"], "data", "cannot be written"),
        (["restore", "copy"], "nothing", "copy cannot be used"),
        (["restore", "copy"], "data", "holds data already"),
        (["restore", "gatehouse.toml"], "nothing", "is no backup, or it is damaged"),
    ],
)
def test_what_cannot_be_done_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], before: str, why: str
) -> None:
    if before != "nothing":
        _fill(tmp_path / "data")
    if before == "copy there":
        (tmp_path / "copy").write_text("mine")
    assert main(command) == 1
    said = capsys.readouterr()
    assert why in said.err
    assert said.out == ""


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_server_of_ones_own_is_backed_up_by_its_own_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert main([command, "copy"]) == 1
    assert "by that server's own means" in capsys.readouterr().err
