"""Holds what was recorded against the shape that is declared for it."""

from __future__ import annotations

from bot.audit.shapes import SHAPES
from bot.models import Event

BY_TESTS = frozenset(
    {
        "access_accepted",
        "armed_by_test",
        "called",
        "case_changed",
        "noted",
        "test",
        "told",
        "written_by_test",
        "x",
    }
)
"""Events that tests write past the use cases."""


def shape_faults(event: Event) -> list[str]:
    """Everything about an event's public facts that its shape does not allow."""
    is_written_past = not (event.facts or event.press_id or event.person_id or event.case_id)
    if event.name in BY_TESTS or (is_written_past and event.name in SHAPES):
        return []
    shape = SHAPES.get(event.name)
    if shape is None:
        return [f"{event.name} is not declared in bot/audit/shapes.py"]
    return [f"{event.name} {fault}" for fault in shape.faults(event.facts)]
