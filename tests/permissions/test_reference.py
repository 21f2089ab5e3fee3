"""docs/permissions.md is the one that the catalogue and the readings make, and what it cites exists."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.permissions.readings import READINGS, Reading
from tests.permissions.reference import render

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@cache
def names_of_tests() -> frozenset[str]:
    """The names of all test functions of this folder."""
    return frozenset(
        node.name
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_the_page_is_current() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8") == render()


@pytest.mark.parametrize("reading", READINGS, ids=[each.subject for each in READINGS])
def test_each_reading_is_held_by_tests_that_exist(reading: Reading) -> None:
    assert reading.tests
    assert set(reading.tests) <= names_of_tests()


def test_the_page_names_every_reading_once() -> None:
    assert len({each.subject for each in READINGS}) == len(READINGS)
    page = render()
    for each in READINGS:
        assert page.count(f"\n| {each.subject} | {each.page_says} |") == 1
        assert "|" not in "".join((each.subject, each.page_says, each.read_as)), "it would break the table"
