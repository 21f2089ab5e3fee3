"""Writes the configuration reference out of the settings themselves: `python -m bot.settings.reference`."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import time, timedelta
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.models import DENY_REASONS
from bot.models.section import Section
from bot.settings.environment import VARIABLES
from bot.settings.model import Settings
from bot.settings.sections import Channels, Route
from bot.settings.sentences import fields_by_key, is_named, section_of, toml_value, unit_of

_INTRODUCTION = """\
# Configuration reference

Gatehouse reads one file, `gatehouse.toml` in the working directory (or the one that `GATEHOUSE_CONFIG` or
`--config` names), and the environment. Both are read once, at start. `gatehouse check --offline` reads the
files only and names every fault with its remedy. Secrets rotate by a rolling restart.

This page is made from the settings themselves by `make docs`.

## Environment

A variable overrides the same setting of the file. An empty variable counts as unset. A `.env` file in the
working directory is read as well, under the real environment. A secret comes from its variable, or from the
file that `NAME_FILE` names, or from a file of the variable's name in the folder that
`GATEHOUSE_SECRETS_DIR` names; never from `gatehouse.toml`.
"""
_OWN_VARIABLES = (
    ("GATEHOUSE_CONFIG", "", "The configuration file. Default: `gatehouse.toml` in the working directory."),
    (
        "GATEHOUSE_SECRETS_DIR",
        "",
        "A folder with one file per secret, called like the variable (Docker, Kubernetes).",
    ),
)


def tables() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of the file with its heading, in the order of the file."""
    yield "", Settings
    for name, field in Settings.model_fields.items():
        if name == "routing":
            yield "[routing.default]", Channels
            yield "[[routing.rules]]", Route
        elif is_named(name) and (model := section_of(name)) is not None:
            yield f"[{name}.NAME]", model
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield f"[{name}]", field.annotation


def keys(heading: str, model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of one table: no tables inside it, and no secrets, which the environment lists."""
    secrets = {(v.section, v.key) for v in VARIABLES if v.secret}
    headings = {each.strip("[]").split(".")[0] for each, _ in tables()}
    for name, field in fields_by_key(model).items():
        if not (model is Settings and name in headings) and (heading.strip("[]"), name) not in secrets:
            yield name, described(model, field)


def described(model: type[BaseModel], field: FieldInfo) -> FieldInfo:
    """The field with what stands below it in the source as its description.

    Pydantic can do this where the model is made (`use_attribute_docstrings`): it would read and parse all these sources
    at each start of the program, a twentieth of it, for what this page alone shows.
    """
    name = next(name for name, one in model.model_fields.items() if one is field)
    told = copy(field)
    told.description = next((words for each in model.__mro__ if (words := _below_fields(each).get(name))), "")
    return told


@functools.cache
def _below_fields(model: type) -> dict[str, str]:
    """For each annotated name of a class, the text below it."""
    if not issubclass(model, Section):
        return {}
    [made] = ast.parse(inspect.getsource(model)).body
    return {
        statement.target.id: inspect.cleandoc(below.value.value)
        for statement, below in pairwise(made.body if isinstance(made, ast.ClassDef) else ())
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(below.value.value, str)
    }


def render() -> str:
    """The whole page as Markdown."""
    return "\n".join([_INTRODUCTION, *_environment(), "", "## gatehouse.toml", *_file()]) + "\n"


def _environment() -> Iterator[str]:
    yield "| variable | in the file | what for |"
    yield "|---|---|---|"
    for variable in VARIABLES:
        annotation = Settings.model_fields[variable.section].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            raise TypeError(f"{variable.section} is no table of settings")
        field = described(annotation, annotation.model_fields[variable.key])
        place = "secret" if variable.secret else f"`[{variable.section}] {variable.key}`"
        yield f"| `{variable.name}` | {place} | {_cell(field.description)} |"
    for name, place, says in _OWN_VARIABLES:
        yield f"| `{name}` | {place} | {says} |"


def _file() -> Iterator[str]:
    for heading, model in tables():
        yield ""
        yield f"### `{heading}`" if heading else "### At the top"
        yield ""
        yield _cell(model.__doc__)
        yield ""
        yield "| key | takes | default | what for |"
        yield "|---|---|---|---|"
        for name, field in keys(heading, model):
            yield f"| `{name}` | {_takes(field)} | {_default(field)} | {_cell(field.description)} |"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _takes(field: FieldInfo) -> str:
    annotation, rules = _set(field.annotation), [*field.metadata, *_rules_inside(field.annotation)]
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    bounds = [
        f"{words} {bound:g}"
        for rule in rules
        for name, words in _BOUNDS
        if (bound := getattr(rule, name, None)) is not None
    ]
    return " ".join([_WORDS.get(annotation, _CONTAINERS.get(get_origin(annotation), "text")), *bounds])


def _set(annotation: Any) -> Any:
    """What it takes where it is set: an optional setting is left out otherwise."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    [kept] = [one for one in get_args(annotation) if one is not type(None)]
    return get_args(kept)[0] if get_origin(kept) is Annotated else kept


def _rules_inside(annotation: Any) -> tuple[object, ...]:
    if get_origin(annotation) not in (Union, UnionType):
        return ()
    return tuple(rule for one in get_args(annotation) for rule in getattr(one, "__metadata__", ()))


_BOUNDS = (("ge", "from"), ("gt", "above"), ("le", "up to"))
_CONTAINERS: dict[Any, str] = {tuple: "list", frozenset: "list", Mapping: "table"}
_WORDS = {
    bool: "`true` or `false`",
    float: "number",
    int: "whole number",
    time: "time of day",
    timedelta: "number",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if (
        field.default is None
        or field.default in ("", (), frozenset(), {})
        or isinstance(field.default, SecretStr)
    ):
        return "empty"
    if field.default == DENY_REASONS:
        return "the list that comes with Gatehouse"
    return f"`{toml_value(field.default, unit_of(field))}`"


if __name__ == "__main__":
    sys.stdout.write(render())
