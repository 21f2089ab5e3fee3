"""One way to read text everywhere: a byte order mark is forgiven, another encoding is named, never a traceback."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.checkup.trees import CannotAnswer, _from_file
from bot.checkup.verifying import verify
from bot.settings import SettingsError, load
from bot.settings.environment import Environment, read_environment
from permissions import AccessFileError, load_access_file
from permissions.plain_text import NotUtf8, text_of
from tests.audit.test_chain import _lines

ENCODED: dict[str, Callable[[str], bytes]] = {
    "UTF-16 LE": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16 without its mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
}
CONFIG = '[slack]\nteam_id = "T0123ABCD"\n[portal]\nurl = "https://portalapi.b.threatlocker.com/portalapi"\n'
CONFIG += '[routing.default]\ncard = "C0CARDS"\nescalation = "C0LATE"\naudit = "C0AUDIT"\n'
ACCESS = 'version = 1\n[organizations]\ncontoso = "id-left"\n[people.ana]\nname = "Ana"\n'


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("encoded", ENCODED.values(), ids=ENCODED)
def test_another_encoding_is_named(encoded: Callable[[str], bytes]) -> None:
    with pytest.raises(NotUtf8, match=r"is UTF-(16|32) text; save it as UTF-8"):
        text_of(encoded("version = 1\n"))


def test_windows_letters_and_binary_are_told_apart_from_text() -> None:
    with pytest.raises(NotUtf8, match=r"not UTF-8 text \(byte 3\), perhaps Windows-1252"):
        text_of("caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode("cp1252"))
    with pytest.raises(NotUtf8, match="NUL bytes"):
        text_of(b"version = 1 \0")
    assert text_of(codecs.BOM_UTF8 + b"version") == "version"
    assert text_of(b"") == ""


def test_the_configuration_may_begin_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / "gatehouse.toml").write_text(CONFIG, encoding="utf-8-sig")
    assert load(None, files_only=True).slack.team_id == "T0123ABCD"


@pytest.mark.parametrize("encoded", ENCODED.values(), ids=ENCODED)
def test_a_configuration_in_another_encoding_says_so(tmp_path: Path, encoded: Callable[[str], bytes]) -> None:
    (tmp_path / "gatehouse.toml").write_bytes(encoded(CONFIG))
    with pytest.raises(SettingsError, match=r"gatehouse.toml: the file is UTF-(16|32) text"):
        load(None, files_only=True)


def test_an_env_file_may_begin_with_a_mark_and_no_other_encoding_is_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=xoxb-1\n", encoding="utf-8-sig")
    token = read_environment(file).slack_bot_token
    assert token is not None
    assert token.get_secret_value() == "xoxb-1"
    for encoded in ENCODED.values():
        file.write_bytes(encoded("SLACK_BOT_TOKEN=xoxb-1\n"))
        with pytest.raises(SettingsError, match=r"\.env: the file is UTF-(16|32) text"):
            read_environment(file)


@pytest.mark.parametrize("by_folder", [False, True])
def test_a_secret_may_begin_with_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_folder: bool
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    file = folder / "portal_token"
    if by_folder:
        monkeypatch.setenv("GATEHOUSE_SECRETS_DIR", str(folder))
    else:
        monkeypatch.setenv("PORTAL_TOKEN_FILE", str(file))
    file.write_text("abc\r\n", encoding="utf-8-sig")
    assert read_environment(None).values()["portal"]["token"].get_secret_value() == "abc"
    file.write_bytes(ENCODED["UTF-16 LE"]("abc"))
    with pytest.raises(SettingsError, match="is UTF-16 text"):
        read_environment(None).values()


@pytest.mark.parametrize("encoded", ENCODED.values(), ids=ENCODED)
def test_an_access_file_in_another_encoding_says_so(tmp_path: Path, encoded: Callable[[str], bytes]) -> None:
    file = tmp_path / "access.toml"
    file.write_bytes(encoded(ACCESS))
    with pytest.raises(AccessFileError, match=r"is UTF-(16|32) text; save it as UTF-8"):
        load_access_file(file)


def test_a_tree_file_may_begin_with_a_mark(tmp_path: Path) -> None:
    file = tmp_path / "tree.json"
    rows = json.dumps([{"id": "a", "name": "Northwind", "parent": None}])
    file.write_text(rows, encoding="utf-8-sig")
    assert _from_file(file, datetime(2026, 3, 2, tzinfo=UTC)).place("a") is not None
    file.write_bytes(ENCODED["UTF-16 LE"](rows))
    with pytest.raises(CannotAnswer, match="is UTF-16 text"):
        _from_file(file, datetime(2026, 3, 2, tzinfo=UTC))


def test_an_export_that_an_editor_has_marked_still_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record.jsonl"
    text = "".join(f"{json.dumps(line)}\n" for line in _lines())
    file.write_text(text, encoding="utf-8-sig")
    assert verify(file) == 0, capsys.readouterr().err
    for encoded in ENCODED.values():
        file.write_bytes(encoded(text))
        assert verify(file) == 1
        assert "text; save it as UTF-8" in capsys.readouterr().err
    file.write_bytes(text.encode() + b"\xff\n")
    assert verify(file) == 1
    assert "not UTF-8" in capsys.readouterr().err
