"""`gatehouse permissions list` and `schema`: what there is."""

from __future__ import annotations

import json
from typing import Any

from permissions import PERMISSIONS, Permission, access_schema


def list_permissions(*, as_json: bool) -> str:
    """Every permission, in the order of the portal's page."""
    rows = PERMISSIONS.values()
    if as_json:
        return _json([_row(each) for each in rows])
    return "\n".join(_line(each) for each in rows)


def schema() -> str:
    """The JSON Schema of the access file, as `docs/access.schema.json` has it."""
    return _json({"$schema": "https://json-schema.org/draft/2020-12/schema", **access_schema()})


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _row(each: Permission) -> dict[str, Any]:
    return {
        "name": each.name,
        "category": each.category.value,
        "also_in": [category.value for category in each.also_in],
        "deprecated": each.deprecated,
        "replaced_by": list(each.replaced_by),
        "aliases": list(each.aliases),
        "meaning": each.meaning,
        "combined_with": [
            {"purpose": pair.purpose.value, "any_of": list(pair.any_of)} for pair in each.combined_with
        ],
        "includes": list(each.includes),
        "in_super_admin": each.in_super_admin,
        "in_super_admin_child": each.in_super_admin_child,
        "surfaces": list(each.surfaces),
    }


def _line(each: Permission) -> str:
    deprecated = " (deprecated)" if each.deprecated else ""
    return (
        f"{each.category.value}: {each.name}{deprecated}\n    {each.meaning}\n    {'; '.join(each.surfaces)}"
    )
