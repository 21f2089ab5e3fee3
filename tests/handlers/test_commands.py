"""The table of the commands, and everything that follows from it: routing, help, hint, documentation."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from bot.lookup import CommandRow
from handlers.commands import ROWS, SLASHES, help_, usage_hint, use_case_of

ROOT: Final = Path(__file__).resolve().parents[2]
WORDS: Final = [row.word for row in ROWS if row.word]


def test_every_word_is_one_row_and_every_row_is_typed_as_it_says() -> None:
    assert len({(row.slash, row.word) for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert re.fullmatch(r"[a-z]*", row.word)
        assert f"{row.usage} ".startswith(f"{row.slash} {row.word}".strip() + " ")
        assert row.meaning


def test_rows_of_the_same_need_stand_together() -> None:
    """The help says of each need once which commands it opens."""
    needs = [need for need, _ in groupby(row.needs for row in ROWS)]
    assert len(needs) == len(set(needs))


def test_the_hint_names_every_word() -> None:
    assert usage_hint("/gatehouse").split(" | ") == WORDS
    assert usage_hint("/blocked").startswith("<")


def test_no_text_speaks_of_a_command_that_there_is_not() -> None:
    """Neither an answer nor a page sends anybody to a word that gets the help instead."""
    # What the catalogue promises of the portal's reports is kept by tests/permissions.
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    code = [file for folder in ("bot", "handlers", "rehearsal") for file in (ROOT / folder).rglob("*.py")]
    texts = [file for file in (*pages, *code) if file.name != "permissions.md"]
    said = {
        word
        for file in texts
        for word in re.findall(r"(?<!\w)/gatehouse (\w+)", file.read_text(encoding="utf-8"))
    }
    assert {"grant", "queue"} <= said <= set(WORDS)


@pytest.mark.parametrize("row", [row for row in ROWS if row.word], ids=lambda row: row.word)
@pytest.mark.parametrize("typed", ["{}", "{} and more", "  {}\nmore"])
def test_a_word_reaches_the_use_case_of_its_row(row: CommandRow, typed: str) -> None:
    assert use_case_of(typed.format(row.word)) is row.use_case
    assert use_case_of(typed.format(row.word.upper())) is row.use_case


@pytest.mark.parametrize("text", ["", "  ", "quue", "grant-a", "/blocked", "roles."])
def test_anything_else_gets_the_help(text: str) -> None:
    assert use_case_of(text) is help_


def test_a_slash_command_without_words_is_its_own() -> None:
    assert SLASHES.keys() == {row.slash for row in ROWS}
    assert [SLASHES[row.slash] for row in ROWS if not row.word] == [
        row.use_case for row in ROWS if not row.word
    ]
