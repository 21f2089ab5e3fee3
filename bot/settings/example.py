"""Writes the example file out of the settings themselves: `python -m bot.settings.example`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.settings.reference import keys, tables
from bot.settings.sentences import toml_value, unit_of

_INTRODUCTION = """\
# Copy to gatehouse.toml. Every setting stands here with its default, or with an example behind a # where it has none;
# what differs from the defaults is all that your file needs. Secrets come from the environment, see .env.example.
# `gatehouse check --offline` tells what is wrong with this file. It is made from the settings by `make docs`.
"""
_GROW = frozenset({("decisions", "deny_reasons"), ("evidence", "closes")})
"""Lists that come with Gatehouse and grow with it: a copy of today's would hold on to today's."""
_WIDTH = 118


def render() -> str:
    """The whole file."""
    return (
        "\n".join([_INTRODUCTION.rstrip(), *(line for table in tables() for line in _table(*table))]) + "\n"
    )


def _table(heading: str, model: type[BaseModel]) -> Iterator[str]:
    # A list of tables is empty by default, and so are those with a name: they stand here as an example, behind a #.
    is_example = heading.startswith("[[") or heading.endswith(".NAME]")
    yield ""
    if heading:
        yield from _comment(model.__doc__)
        yield f"# {heading}" if is_example else heading
    for key, field in keys(heading, model):
        yield from _comment(field.description)
        yield _example(key, field) if is_example else _line(heading.strip("[]"), key, field)


def _line(table: str, key: str, field: FieldInfo) -> str:
    """The setting with its default; what running cannot do without, with an example to be replaced."""
    # An address has the empty default, since a check of the files alone does not ask for it.
    if field.is_required() or (field.default == "" and (field.description or "").count("Required.")):
        return _example(key, field).removeprefix("# ")
    if field.default is None or (table, key) in _GROW:
        return _example(key, field)
    shown = f"{key} = {toml_value(field.default, unit_of(field))}"
    if field.examples and not field.default:
        return f"{shown}   # for example {toml_value(field.examples[0])}"
    return shown


def _example(key: str, field: FieldInfo) -> str:
    if not field.examples and not field.is_required():
        return f"# {key} = {toml_value(field.default, unit_of(field))}"
    return f"# {key} = {toml_value((field.examples or [''])[0])}"


def _comment(text: str | None) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(" ".join((text or "").split()), _WIDTH - 2))


if __name__ == "__main__":
    sys.stdout.write(render())
