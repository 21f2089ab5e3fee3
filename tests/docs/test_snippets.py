"""Every snippet of every page is held against the program: files by its own readers, sentences by its parser.

Commands are run by tests/docs/test_running_pages.py.
"""

from __future__ import annotations

import argparse
import ast
import shlex
import tomllib
from collections.abc import Mapping
from typing import Any, Final

import pytest

from bot.cli import command_line
from bot.settings import Settings
from handlers.commands import ROWS
from permissions import parse_access_document
from tests.docs.snippets import Snippet, fenced, inline

FENCED: Final = tuple(fenced())
INLINE: Final = tuple(each for each in inline() if each.text.startswith("gatehouse "))
SETTINGS: Final = {
    "slack": {"team_id": "T0NORTHWIND"},
    "portal": {"url": "https://portalapi.b.threatlocker.com/portalapi"},
    "routing": {"default": {"card": "C0CARDS", "escalation": "C0LATE", "audit": "C0AUDIT"}},
}
ACCESS: Final = {
    "version": 1,
    "organizations": {"contoso": "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c02"},
}


def of_kind(*kinds: str) -> list[Snippet]:
    return [each for each in FENCED if each.kind in kinds]


def test_there_are_snippets_of_every_kind_that_is_known() -> None:
    """A new kind needs a reader here."""
    assert {each.kind for each in FENCED} <= {"sh", "toml", "python", "mermaid", ""}
    assert len(FENCED) > 20
    assert len(INLINE) > 30


@pytest.mark.parametrize("snippet", INLINE, ids=str)
def test_a_command_in_a_sentence_exists_with_its_options(snippet: Snippet) -> None:
    """With placeholders, or cut short where the sentence is about all commands of that name."""
    words = shlex.split(snippet.text.replace("…", "...").rstrip(".").strip())
    parser, rest = descended(command_line(), words[1:])
    known = {option for action in parser._actions for option in action.option_strings}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known
    if is_group(parser) and rest and not rest[0].startswith(("-", "...", "<")):
        names = {name for one in rest[0].split("|") for name in [one.strip(",")]}
        assert names <= set(subcommands(parser)), snippet.text


def descended(parser: argparse.ArgumentParser, words: list[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of the command that these words begin with, and what is left of them."""
    while words and is_group(parser) and words[0] in subcommands(parser):
        parser, words = subcommands(parser)[words[0]], words[1:]
    return parser, words


def is_group(parser: argparse.ArgumentParser) -> bool:
    return any(isinstance(each, argparse._SubParsersAction) for each in parser._actions)


def subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    [one] = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return one.choices


@pytest.mark.parametrize("snippet", of_kind("toml"), ids=str)
def test_a_file_is_taken_by_its_reader(snippet: Snippet) -> None:
    """An access file or a part of one; else a part of the settings."""
    tables = tomllib.loads(snippet.text)
    if tables.keys() & {"version", "organizations", "people", "grants", "user_groups", "roles"}:
        parse_access_document(completed(tables))
    else:
        Settings.model_validate(SETTINGS | tables, by_alias=True, by_name=False)


def completed(part: dict[str, Any]) -> dict[str, Any]:
    """A part of an access file, with the people that its grants name."""
    named = {person for grant in part.get("grants", []) for person in grant.get("people", [])}
    people = {
        name: {"name": name.title(), "slack": [f"U0{name.upper()}"], "portal": [name]}
        for name in named - part.get("people", {}).keys()
    }
    return {**ACCESS, **part, "people": people | part.get("people", {})}


@pytest.mark.parametrize("snippet", of_kind("python"), ids=str)
def test_python_compiles(snippet: Snippet) -> None:
    """The one that verifies an export by hand is run by tests/audit/test_by_hand.py."""
    ast.parse(snippet.text)


@pytest.mark.parametrize("snippet", of_kind("mermaid"), ids=str)
def test_a_drawing_is_of_a_kind_and_whole(snippet: Snippet) -> None:
    assert snippet.text.split()[0] in {"flowchart", "sequenceDiagram"}
    for opening, closing in ("[]", "()", "{}"):
        assert snippet.text.count(opening) == snippet.text.count(closing)


@pytest.mark.parametrize("snippet", of_kind(""), ids=str)
def test_what_is_typed_in_slack_is_a_command_that_there_is(snippet: Snippet) -> None:
    """Blocks without a kind hold commands of Slack, or what the program prints."""
    typed = [line.split() for line in snippet.text.splitlines() if line.startswith("/")]
    words = {(row.slash, row.word) for row in ROWS}
    for line in typed:
        assert (line[0], "") in words or (line[0], line[1]) in words, line
