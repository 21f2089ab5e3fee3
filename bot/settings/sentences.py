"""Turns what pydantic found into sentences an administrator can act on."""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.models.plans import PlanStep
from bot.models.section import SECOND, Counted
from bot.settings.environment import VARIABLES, Variable
from bot.settings.model import Settings

_LONGEST_VALUE = 60
"""Characters of a wrong value that a message repeats; our choice, one terminal line."""

Where = tuple[int | str, ...]


def sentences(
    error: ValidationError, file_name: str, from_environment: frozenset[tuple[str, str]]
) -> list[str]:
    """One sentence for each fault. `from_environment`: the sections and keys that a variable has set."""
    return [_sentence(detail, file_name, from_environment) for detail in error.errors(include_url=False)]


def _sentence(detail: ErrorDetails, file_name: str, from_environment: frozenset[tuple[str, str]]) -> str:
    where = tuple(detail["loc"])
    variable = variable_of(where)
    if detail["type"] == "extra_forbidden":
        return f"{file_name}: {spelled(where)} is no setting. {_nearest(where)}"
    if detail["type"] == "missing":
        return f"{file_name}: {spelled(where)} is not set. {_remedy(where)}"
    set_by_variable = variable is not None and (variable.section, variable.key) in from_environment
    # What is wrong between two tables names both of them itself.
    place = f"{file_name}: {spelled(where)}" if where else file_name
    name = variable.name if variable and set_by_variable else place
    secret = variable is not None and variable.secret
    value = "" if secret or _is_table(detail["input"]) else f" = {shown(detail['input'])}"
    said = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    said = f"must be {said}" if detail["msg"].startswith("Input should be ") else said
    return f"{name}{value}: {said}. {'' if secret else _remedy(where)}".rstrip()


def variable_of(where: Where) -> Variable | None:
    """The variable that can fill this place, if there is one."""
    return next((v for v in VARIABLES if where[:2] == (v.section, v.key)), None)


def spelled(where: Where) -> str:
    """A place in the file as the file spells it: `[slack] mode`, `[[routing.rules]] no. 2 kinds`."""
    names = [part for part in where if isinstance(part, str)]
    if where[:2] == ("routing", "rules") and len(where) > 2:
        return " ".join([f"[[routing.rules]] no. {int(where[2]) + 1}", *names[2:]])
    if where[:2] == ("routing", "default"):
        return " ".join(["[routing.default]", *names[2:]])
    if len(names) > 1 and is_named(names[0]):
        return " ".join([f"[{names[0]}.{names[1]}]", *names[2:]])
    if names and names[0] in Settings.model_fields and section_of(names[0]):
        return " ".join([f"[{names[0]}]", *names[1:]])
    return ".".join(names)


def shown(value: Any) -> str:
    """A wrong value, short, with any password in an address left out."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    text = re.sub(r"//[^/@\s]*@", "//...@", text)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _is_table(value: Any) -> bool:
    return isinstance(value, (dict, BaseModel))


def _model_at(where: Where) -> type[BaseModel] | None:
    """The model whose field the last part of `where` names."""
    model: type[BaseModel] | None = Settings
    # The name of a calendar is no field: the table behind it is what the next part stands in.
    path = (*where[:1], *where[2:]) if where and is_named(str(where[0])) else where
    for part in path[:-1]:
        if isinstance(part, str) and model is not None:
            field = fields_by_key(model).get(part)
            model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings model inside an annotation such as `tuple[Route, ...]`."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _model_in(inner))), None)


def is_named(table: str) -> bool:
    """Whether a file may have many of these tables, each with a name of its own: `[calendars.NAME]`."""
    field = Settings.model_fields.get(table)
    # The type checker knows the annotation as a type; a table of tables is none.
    annotation: Any = field.annotation if field is not None else None
    return get_origin(annotation) is Mapping and _model_in(annotation) is not None


def section_of(name: str) -> type[BaseModel] | None:
    field = Settings.model_fields.get(name)
    return _model_in(field.annotation) if field else None


def _field_at(where: Where) -> FieldInfo | None:
    names = where[:-1] if where and isinstance(where[-1], int) else where
    model = _model_at(names)
    return fields_by_key(model).get(str(names[-1])) if model and names else None


def _nearest(where: Where) -> str:
    """What was probably meant: a key of this table, or the same key of another one."""
    key = str(where[-1])
    model = _model_at(where)
    own = list(fields_by_key(model)) if model else []
    if near := difflib.get_close_matches(key, own, n=1):
        return f"Did you mean {spelled((*where[:-1], near[0]))}?"
    tables = [
        name for name in Settings.model_fields if (table := section_of(name)) and key in fields_by_key(table)
    ]
    if tables:
        return f"Did you mean {spelled((tables[0], key))}?"
    return f"Known here: {', '.join(own)}." if own else "Remove it."


def _remedy(where: Where) -> str:
    """An example line that would be accepted, from the field's own example or default."""
    field = _field_at(where)
    if field is None or _model_in(field.annotation):
        return "The reference is docs/configuration.md."
    examples: Sequence[Any] = field.examples or []
    example = examples[0] if examples else field.default
    if field.is_required() and not examples:
        return "The reference is docs/configuration.md."
    names = [part for part in where if isinstance(part, str)]
    return f"For example: {names[-1]} = {toml_value(example, unit_of(field))}"


def fields_by_key(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a table under the keys that the file has for them."""
    return {str(field.validation_alias or name): field for name, field in model.model_fields.items()}


def unit_of(field: FieldInfo) -> timedelta:
    """What the file counts a span of time in."""
    inner = (rule for one in get_args(field.annotation) for rule in getattr(one, "__metadata__", ()))
    return next((rule.unit for rule in (*field.metadata, *inner) if isinstance(rule, Counted)), SECOND)


def toml_value(value: Any, unit: timedelta = SECOND) -> str:
    """A value as `gatehouse.toml` spells it, a span of time in this unit."""
    if isinstance(value, (set, frozenset)):
        # As they are declared: a set has no order of its own, and a page must not change from run to run.
        return toml_value(sorted(value, key=_declared))
    if isinstance(value, (list, tuple)) and not isinstance(value, PlanStep):
        return f"[{', '.join(toml_value(item, unit) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {toml_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, timedelta):
        return f"{value / unit:g}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return json.dumps(str(value), ensure_ascii=False)


def _declared(one: Enum) -> int:
    return list(type(one)).index(one)
