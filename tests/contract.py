"""Checks bodies against the published portal contract, wherever that contract speaks.

The contract file is not part of this repository. It is looked for in the folder or file named by
`GATEHOUSE_CONTRACT`, then beside the repository in `../shared/contract`; `needs_contract` skips a test
with that reason when it is in neither. Key case is folded on both sides, unknown keys are problems, and
the tolerated differences are the one reviewed list in `tests/rehearsal/portal/contract_exceptions.py`.
"""

import functools
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.rehearsal.portal.contract_exceptions import is_excepted

_FILE_NAME: Final = "portal-openapi.json"
_REPOSITORY: Final = Path(__file__).resolve().parent.parent
_INT_RANGES: Final = {"int32": 2**31, "int64": 2**63}
_UNSET_DATE: Final = re.compile(r"0001-01-01T00:00:00")


def contract_file() -> Path | None:
    """The contract file on this machine, or None when there is none."""
    named = os.environ.get("GATEHOUSE_CONTRACT")
    places = [Path(named)] if named else [_REPOSITORY.parent / "shared" / "contract"]
    files = [place / _FILE_NAME if place.is_dir() else place for place in places]
    return next((file for file in files if file.is_file()), None)


needs_contract: Final = pytest.mark.skipif(
    contract_file() is None,
    reason=f"the published contract ({_FILE_NAME}) is not here; set GATEHOUSE_CONTRACT to its folder",
)


@dataclass(frozen=True)
class Problem:
    """One disagreement: the field path as written, a kind for the exception list, and a sentence."""

    where: str
    kind: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


@functools.cache
def _contract() -> dict[str, Any]:
    file = contract_file()
    if file is None:
        raise FileNotFoundError(f"{_FILE_NAME} not found; mark the test with tests.contract.needs_contract.")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _folded(path: str) -> str:
    return path.strip("/").casefold().removeprefix("portalapi/")


@functools.cache
def _operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (_folded(path), method): operation
        for path, methods in _contract()["paths"].items()
        for method, operation in methods.items()
    }


def speaks_of(operation_path: str, method: str) -> bool:
    """Whether the contract knows this operation at all; several that the vendor documents are not in it."""
    return (_folded(operation_path), method.casefold()) in _operations()


def check_body(operation_path: str, method: str, body: object) -> list[str]:
    """Problems of a request body for one operation, as sentences; empty when it agrees or is not covered.

    `operation_path` may be a full path, `/portalapi/Controller/Action`, or `Controller/Action`, in any case.
    """
    operation = _operations().get((_folded(operation_path), method.casefold()))
    if operation is None:
        return []
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return [] if body is None else [f"(body): {operation_path} takes no body"]
    return _sentences(_problems(schema, body, "", sent=True))


def check_query(operation_path: str, method: str, names: Mapping[str, str]) -> list[str]:
    """Problems of query parameter names for one operation; empty when they agree or are not covered."""
    operation = _operations().get((_folded(operation_path), method.casefold()))
    if operation is None:
        return []
    known = {p["name"].casefold() for p in operation.get("parameters", []) if p["in"] == "query"}
    return [f"?{name}: not a parameter of {operation_path}" for name in names if name.casefold() not in known]


def check_dto(dto_name: str, body: object) -> list[str]:
    """Problems of an answer, held against the contract's object of that name; answers have no schema."""
    return _sentences(_problems({"$ref": f"#/components/schemas/{dto_name}"}, body, "", sent=False))


def schema_fields(dto_name: str) -> dict[str, dict[str, Any]]:
    """The published fields of one object, by folded name."""
    properties = _contract()["components"]["schemas"][dto_name]["properties"]
    return {name.casefold(): schema for name, schema in properties.items()}


def _sentences(problems: Iterator[Problem]) -> list[str]:
    return [str(p) for p in problems if not is_excepted(p.where.casefold(), p.kind)]


def _problems(schema: Mapping[str, Any], value: object, where: str, *, sent: bool) -> Iterator[Problem]:
    if "$ref" in schema:
        if value is None:  # a reference cannot be marked nullable; live callers send null for unused objects
            return
        target = _contract()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        yield from _problems(target, value, where, sent=sent)
    elif value is None:
        if "type" in schema and not schema.get("nullable", False):
            yield Problem(where, "null", f"null, but {schema.get('format', schema['type'])} is not nullable")
    elif schema.get("type") == "array":
        yield from _list_problems(schema, value, where, sent=sent)
    elif schema.get("type") == "object":
        yield from _object_problems(schema, value, where, sent=sent)
    else:
        yield from _scalar_problems(schema, value, where)


def _list_problems(schema: Mapping[str, Any], value: object, where: str, *, sent: bool) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(where, "type", f"{type(value).__name__} where a list belongs")
        return
    for number, item in enumerate(value):
        yield from _problems(schema["items"], item, f"{where}[{number}]", sent=sent)


def _object_problems(
    schema: Mapping[str, Any], value: object, where: str, *, sent: bool
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(where, "type", f"{type(value).__name__} where an object belongs")
        return
    if "properties" not in schema:
        return
    known = {name.casefold(): member for name, member in schema["properties"].items()}
    for name, item in value.items():
        inner = f"{where}.{name}" if where else name
        member = known.get(name.casefold())
        if member is None:
            yield Problem(inner, "unknown", "the contract knows no such field")
            continue
        if sent and member.get("readOnly"):
            yield Problem(inner, "read-only", "read-only in the contract, but sent")
        yield from _problems(member, item, inner, sent=sent)


def _scalar_problems(schema: Mapping[str, Any], value: object, where: str) -> Iterator[Problem]:
    wanted = schema.get("type")
    if wanted == "boolean":
        right = isinstance(value, bool)
    elif wanted == "integer":
        limit = _INT_RANGES.get(schema.get("format", "int32"), 2**31)
        right = isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    elif wanted == "string":
        right = isinstance(value, str)
    else:  # an untyped member takes anything
        return
    if not right:
        shown = schema.get("format", wanted)
        yield Problem(where, "type", f"{value!r:.60} is no {shown}")
    elif isinstance(value, str):
        yield from _format_problems(schema.get("format"), value, where)


def _format_problems(format_name: str | None, value: str, where: str) -> Iterator[Problem]:
    if format_name == "uuid":
        if value == "":
            yield Problem(where, "empty-guid", "an empty text where a GUID belongs")
        elif not _is_guid(value):
            yield Problem(where, "guid", f"{value!r:.60} is no GUID")
    elif format_name == "date-time":
        if _UNSET_DATE.fullmatch(value):
            yield Problem(where, "unset-date", "the year 1 without a zone")
        elif not _is_zoned_time(value):
            yield Problem(where, "date", f"{value!r:.60} is no date-time with a zone")


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.casefold()
    except ValueError:
        return False


def _is_zoned_time(text: str) -> bool:
    try:
        return "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
