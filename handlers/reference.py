"""Writes the reference of the commands out of their table: `python -m handlers.reference`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from handlers.commands import ROWS

_INTRODUCTION = """\
# Commands

Typed in any channel or conversation; answered to whoever typed it, alone, and cut to what they may see. What is
needed is needed in the organization that it is about, and judged when the command is sent. `/gatehouse help` lists
everything but what only administrators of rights can use; to them it lists that too.

This page is made from the table of the commands (`handlers/commands.py`) by `make docs`.
"""


def render() -> str:
    """The whole page as Markdown."""
    return "\n".join([_INTRODUCTION, *_table()]) + "\n"


def _table() -> Iterator[str]:
    yield "| command | what it does | needed |"
    yield "|---|---|---|"
    for row in ROWS:
        yield f"| `{_cell(row.usage)}` | {_cell(row.meaning)} | {_cell(row.needs.words) or 'nothing'} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render())
