"""`gatehouse audit key`, and what `gatehouse check` says of the record's witnesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.audit import read_public_keys
from bot.checkup.findings import Weight
from bot.checkup.record import compare, reach_outside
from bot.cli import main
from bot.models import SeenHead
from bot.settings import load
from bot.witness import WitnessFolder
from tests.desk import WORKING_HOURS
from tests.witness.place import collecting

CONFIG = """
[slack]
team_id = "T0123ABCD"
[portal]
url = "https://portalapi.b.threatlocker.com/portalapi"
[routing.default]
card = "C0CARD"
escalation = "C0LATE"
audit = "C0AUDIT"
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gatehouse.toml").write_text(CONFIG)


def test_the_public_key_is_printed_for_the_auditor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "key"]) == 0
    first = capsys.readouterr()
    assert "PRIVATE" not in first.out + first.err
    (key_id,) = read_public_keys([first.out])
    assert f"The key in use is {key_id}" in first.err
    assert main(["audit", "key"]) == 0
    assert capsys.readouterr().out == first.out


def test_a_new_key_is_printed_with_the_ones_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "key"]) == 0
    (old,) = read_public_keys([capsys.readouterr().out])
    assert main(["audit", "key", "--new"]) == 0
    said = capsys.readouterr()
    fresh, *others = read_public_keys([said.out])
    assert others == [old]
    assert f"The key in use is {fresh}" in said.err
    assert "Restart Gatehouse" in said.err


def test_a_key_file_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data-record").mkdir()
    (tmp_path / "data-record" / "seal.key").write_text("rubbish")
    (tmp_path / "data-record" / "seal.key").chmod(0o600)
    assert main(["audit", "key"]) == 1
    assert "Put the right file back" in capsys.readouterr().err


class TestCheck:
    """`check` says what `run` would."""

    def _said(self, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
        main(["check", *words])
        told = capsys.readouterr().out.splitlines()
        return [line for line in told if "eals" in line or "seal.key" in line]

    def test_the_key_and_the_places(self, capsys: pytest.CaptureFixture[str]) -> None:
        first, places = self._said(capsys, "--offline")
        assert "The first start makes the key of the seals" in first
        assert "Seals go to the audit channel only" in places
        main(["audit", "key"])
        assert "Seals are signed by the key" in self._said(capsys, "--offline")[0]

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "data-record").write_text("")
        assert self._said(capsys, "--offline")[0].startswith("warning ")
        (tmp_path / "gatehouse.toml").write_text(CONFIG + '[record]\nfolder = "data-record/x"\n')
        assert self._said(capsys, "--offline")[0].startswith("FAULT ")

    def test_a_key_that_others_can_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["audit", "key"])
        (tmp_path / "data-record" / "seal.key").chmod(0o644)
        assert self._said(capsys, "--offline")[0].startswith("FAULT ")

    def test_the_collector(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        text = CONFIG + '[record]\nship_to = "syslog+tcp://logs.example.com"\n'
        (tmp_path / "gatehouse.toml").write_text(text)
        main(["check", "--offline"])
        said = capsys.readouterr().out
        assert "Every event of the record goes to syslog+tcp://logs.example.com, as ocsf." in said
        assert "can read events and take them out. Use syslog+tls://." in said
        (tmp_path / "gatehouse.toml").write_text(text.replace("tcp", "tls") + 'ship_ca = "none.pem"\n')
        main(["check", "--offline"])
        assert "[record] ship_ca: " in capsys.readouterr().out

    async def test_where_nobody_answers(self, tmp_path: Path) -> None:
        async with collecting() as collector:
            lines = (
                f'syslog = "syslog+tcp://127.0.0.1:{collector.port}"\nship_to = "syslog+tcp://127.0.0.1:1"\n'
            )
            (tmp_path / "gatehouse.toml").write_text(CONFIG + f"[record]\n{lines}")
            there, not_there = await reach_outside(load(files_only=True))
        assert (there.weight, not_there.weight) == (Weight.GOOD, Weight.FAULT)
        assert "[record] ship_to (syslog+tcp://127.0.0.1:1): it cannot be reached" in not_there.sentence
        assert not_there.passes, "events wait: a start is not refused for it"
        (tmp_path / "gatehouse.toml").write_text(CONFIG)
        assert await reach_outside(load(files_only=True)) == []

    async def test_a_ledger_that_is_older_than_what_was_seen(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("REDIS_URL", raising=False)
        settings = load(files_only=True)
        assert await compare(settings) == []
        folder = WitnessFolder(tmp_path / "data-record")
        folder.prepare()
        folder.note(SeenHead(number=9, link="f" * 40, at=WORKING_HOURS))
        (found,) = await compare(settings)
        assert found.weight is Weight.FAULT
        assert "The ledger is older than what was seen" in found.sentence
        assert "--accept-older-ledger" in found.sentence
