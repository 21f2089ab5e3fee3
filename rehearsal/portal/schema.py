"""Reads a body by the table in `bodies`: finds what does not fit and gives every key one spelling.

Keys are matched whatever their case and unknown keys are dropped, as the live portal does. A null or a
wrong type in a number, truth value, GUID or date that may not be null is answered with the framework's 400,
however deep it is nested. An empty text for a GUID counts as "none"; live reads send it.
"""

import functools
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rehearsal.portal.answers import malformed
from rehearsal.portal.bodies import FIELDS
from rehearsal.portal.records import ZERO_GUID

_NET_TYPES: Final = {
    "i": "System.Int32",
    "l": "System.Int64",
    "b": "System.Boolean",
    "g": "System.Guid",
    "d": "System.DateTime",
    "s": "System.String",
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,16})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_BITS: Final = {"i": 31, "l": 63}


@dataclass(frozen=True)
class Field:
    """One field: its spelling, its kind, whether it is a list, whether null is allowed."""

    name: str
    kind: str
    is_list: bool
    is_nullable: bool


def _field(text: str) -> Field:
    name, _, kind = text.partition(":")
    is_list = "[]" in kind
    bare = kind.replace("[]", "").removesuffix("?")
    is_nullable = kind.endswith("?") or is_list or bare not in {"i", "l", "b", "g", "d"}
    return Field(name, bare, is_list, is_nullable)


@functools.cache
def fields_of(body_name: str) -> dict[str, Field]:
    """The fields of one body by folded name."""
    return {field.name.casefold(): field for field in map(_field, FIELDS[body_name].split())}


def read_body(body_name: str, body: object) -> dict[str, Any]:
    """The body with our spelling of its keys; raises the framework's 400 with every field that does not fit."""
    if not isinstance(body, dict):
        raise malformed({"$": ["A JSON object is required."]})
    errors: dict[str, list[str]] = {}
    read = _read_object(body_name, body, "$", errors)
    if errors:
        raise malformed(errors)
    return read


def read_rows(body_name: str, body: object) -> list[dict[str, Any] | None]:
    """A bare list of bodies; the framework's 400 for anything else, and for every field that does not fit."""
    if not isinstance(body, list):
        raise malformed({"$": [_conversion_error(f"System.Collections.Generic.List`1[{body_name}]", "$")]})
    errors: dict[str, list[str]] = {}
    read = [
        None if row is None else _read_object(body_name, row, f"$[{number}]", errors)
        for number, row in enumerate(body)
        if row is None or isinstance(row, dict)
    ]
    if errors or len(read) < len(body):
        raise malformed(errors or {"$": [_conversion_error(body_name, "$")]})
    return read


def _read_object(
    body_name: str, body: dict[str, Any], where: str, errors: dict[str, list[str]]
) -> dict[str, Any]:
    fields = fields_of(body_name)
    known = ((fields.get(key.casefold()), value) for key, value in body.items())
    return {
        field.name: _read_field(field, value, f"{where}.{field.name}", errors)
        for field, value in known
        if field is not None
    }


def _read_field(field: Field, value: object, where: str, errors: dict[str, list[str]]) -> object:
    if value is None and field.is_nullable:
        return None
    if not field.is_list:
        return _read_one(field.kind, value, where, errors)
    if not isinstance(value, list):
        errors[where] = [_conversion_error(f"a list of {field.kind}", where)]
        return None
    return list(_read_items(field.kind, value, where, errors))


def _read_items(kind: str, values: list[Any], where: str, errors: dict[str, list[str]]) -> Iterator[object]:
    for number, value in enumerate(values):
        yield _read_one(kind, value, f"{where}[{number}]", errors)


def _read_one(kind: str, value: object, where: str, errors: dict[str, list[str]]) -> object:
    if kind == "any":
        return value
    if kind not in _NET_TYPES:
        if value is None or isinstance(value, dict):
            return None if value is None else _read_object(kind, value, where, errors)
    elif _fits(kind, value):
        return ZERO_GUID if kind == "g" and value == "" else _folded_guid(kind, value)
    errors[where] = [_conversion_error(_NET_TYPES.get(kind, kind), where)]
    return None


def _folded_guid(kind: str, value: object) -> object:
    return value.casefold() if kind == "g" and isinstance(value, str) else value


def _fits(kind: str, value: object) -> bool:
    match kind:
        case "b":
            return isinstance(value, bool)
        case "i" | "l":
            limit = 1 << _BITS[kind]
            return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
        case "s":
            return value is None or isinstance(value, str)
        case "g":
            return isinstance(value, str) and (value == "" or is_guid(value))
        case _:
            return isinstance(value, str) and parse_time(value) is not None


def is_guid(text: str) -> bool:
    """Whether the text is a GUID as the portal writes them (hyphens, any case)."""
    try:
        return str(uuid.UUID(text)) == text.casefold()
    except ValueError:
        return False


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 moment, None when it is none. Without a zone it may still be the portal's unset date.

    Python reads week dates, dates without hyphens and a blank for the T as well; the framework behind the portal
    refuses them.
    """
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def utc_time(text: str | None) -> datetime | None:
    """A sent moment, read as UTC when it names no zone; None when there is none."""
    at = parse_time(text) if text else None
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)


def _conversion_error(net_type: str, where: str) -> str:
    return f"The JSON value could not be converted to {net_type}. Path: {where} | LineNumber: 0."
