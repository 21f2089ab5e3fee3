"""An audit event: one thing that happened, as written in the same step as the change it tells of."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.models.base import Record


class Event(Record):
    """One line of the record. The number, the time and the chain link are given by the ledger."""

    name: str
    """A constant: `case_opened`, `decision_attempted`, `decision_refused`, `step_taken`, ..."""
    case_id: str = ""
    request_id: str = ""
    organization_id: str = ""
    press_id: str = ""
    person_id: str = ""
    slack_user_id: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What may be kept for ever: ids, digests, reasons of refusals, the grant, what the portal answered."""
    private: dict[str, Any] = Field(default_factory=dict)
    """Names, paths, free text: kept beside the chain under a digest, removed when retention ends."""
