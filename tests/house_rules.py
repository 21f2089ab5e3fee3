"""Other house rules for one test."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bot.models import Rules


def rules_with(rules: Rules, **changed: Any) -> Rules:
    """The same rules but for these; `decisions={"elevation_hours": 2}` changes one of a table. Bounds are not asked."""
    for name, value in changed.items():
        assert name in Rules.model_fields, f"there is no rule {name}"
        table = getattr(rules, name)
        chosen = (
            _table_with(table, value) if isinstance(table, BaseModel) and isinstance(value, dict) else value
        )
        rules = rules.model_copy(update={name: chosen})
    return rules


def _table_with(table: BaseModel, changed: dict[str, Any]) -> BaseModel:
    assert changed.keys() <= type(table).model_fields.keys(), f"there is no such rule: {changed}"
    return table.model_copy(update=changed)
