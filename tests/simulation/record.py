"""What the record has told so far, and what is said when a promise is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Broken(Exception):
    """A promise was not kept."""


@dataclass(frozen=True)
class Told:
    """One event of the record, and when it was seen there."""

    number: int
    at_s: float
    name: str
    case_id: str
    request_id: str
    press_id: str
    person_id: str
    facts: dict[str, Any]
