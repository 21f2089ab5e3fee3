"""`gatehouse manifest`, `example` and `docs`: what comes with Gatehouse, printed."""

import re
from pathlib import Path

import pytest
import yaml

from bot import packaged
from bot.cli import main

ROOT = Path(__file__).resolve().parent.parent


def test_the_manifest_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["display_information"]["name"] == "Gatehouse"


@pytest.mark.parametrize("name", packaged.EXAMPLES)
def test_each_example_is_printed_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", name]) == 0
    assert capsys.readouterr().out == (ROOT / packaged.EXAMPLES[name]).read_text("utf-8")


def test_an_unknown_example_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["example", "gatehouse.yml"])
    assert "access.schema.json" in capsys.readouterr().err


def test_the_pages_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs"]) == 0
    names = capsys.readouterr().out.split()
    assert {f"{name}.md" for name in names} == {file.name for file in (ROOT / "docs").glob("*.md")}
    for written in ("record", "docs/record.md"):
        assert main(["docs", written]) == 0
        assert capsys.readouterr().out == (ROOT / "docs" / "record.md").read_text("utf-8")


def test_a_page_that_is_none_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "../README"]) == 1
    said = capsys.readouterr().err
    assert "There is no page '../README'. There are:" in said
    assert "\nrecord\n" in said


def test_every_page_that_the_program_speaks_of_comes_with_it() -> None:
    """Whoever has only the wheel can read what a sentence refers to."""
    sources = [file for room in ("bot", "permissions", "handlers") for file in (ROOT / room).rglob("*.py")]
    named = {each for file in sources for each in re.findall(r"docs/([\w-]+)\.md", file.read_text("utf-8"))}
    assert "access-file" in named
    assert named <= set(packaged.pages())
