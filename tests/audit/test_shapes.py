"""The shapes of events: every event that the source names is declared, and a sentence does not pass for a constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.audit.shapes import REFUSALS, SETTLEMENTS, SHAPES
from bot.maintenance.course import Happened
from bot.models import Event
from tests.audit.shapes import shape_faults

ROOT = Path(__file__).parents[2]
MAKERS = frozenset(
    {
        *(
            "event_of",
            "Event",
            "mode_event",
            "work_event",
            "proposal_event",
            "judged_event",
            "refused",
            "settled",
        ),
        *("_attempt_event", "_arrival_event", "event"),
    }
)
"""What makes an event of the name that it is given first, or as `name`."""


def _named() -> Iterator[tuple[str, str]]:
    for folder in ("bot", "handlers"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    for name in _names_in(node):
                        yield name, str(file.relative_to(ROOT))


def _names_in(call: ast.Call) -> Iterator[str]:
    maker = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("metrics"):
        return
    given = [each.value for each in call.keywords if each.arg in ("name", "event", "event_name")]
    for each in [*(call.args[:1] if maker in MAKERS else []), *(given if maker in MAKERS else [])]:
        for part in ast.walk(each):
            if isinstance(part, ast.Constant) and re.fullmatch(r"[a-z]+(_[a-z]+)+", str(part.value)):
                yield str(part.value)


def test_every_event_that_the_source_names_has_a_shape() -> None:
    """A new event is declared before it is written: what may stay for ever of it, and what not."""
    undeclared = sorted({f"{file}: {name}" for name, file in _named() if name not in SHAPES})
    assert undeclared == []


def test_the_events_of_maintenance_modes_have_shapes() -> None:
    assert [each for each in Happened if each not in SHAPES] == []


def test_no_shape_is_left_of_an_event_that_is_gone() -> None:
    text = "\n".join(
        file.read_text("utf-8") for folder in ("bot", "handlers") for file in (ROOT / folder).rglob("*.py")
    )
    shapes = (ROOT / "bot" / "audit" / "shapes.py").read_text("utf-8")
    elsewhere = text.replace(shapes, "")
    assert [name for name in SHAPES if f'"{name}"' not in elsewhere] == []


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_every_refusal_names_what_an_auditor_asks_for(name: str) -> None:
    wanted = {
        "press",
        "why",
        "missing",
        "where",
        "access_generation",
        "access_digest",
        "given_version",
        "facts_digest",
    }
    assert wanted <= SHAPES[name].always


def test_every_settlement_has_one_shape() -> None:
    assert len({SHAPES[name] for name in SETTLEMENTS}) == 1


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (Event(name="rumour"), "rumour is not declared"),
        (Event(name="claim_lapsed", facts={"by": "ana"}), "claim_lapsed has by"),
        (Event(name="request_left", case_id="c1"), "request_left lacks facts_digest"),
        (
            Event(name="press_incomplete", facts={"press": "Ana Moreau pressed"}),
            "says 'Ana Moreau pressed' in press",
        ),
        (
            Event(name="request_left", facts={"facts_digest": {"x": ["José"]}}),
            "says 'José' in facts_digest.x",
        ),
    ],
)
def test_what_does_not_fit_is_named(event: Event, fault: str) -> None:
    assert fault in "; ".join(shape_faults(event))
