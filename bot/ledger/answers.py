"""What a changing script answered, as a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.ledger.clock import from_ms
from bot.ledger.values import Committed, Conflict, ConflictKind

_WHY = {
    ConflictKind.VERSION: "case {} was changed meanwhile",
    ConflictKind.LEASE: "{} was taken by another process or moved",
    ConflictKind.PRESS: "press {} is answered already",
    ConflictKind.SUBJECT: "the open case {} holds this subject already",
    ConflictKind.REQUEST: "request {} belongs to another case already",
    ConflictKind.TWIN: "the case has another card already ({})",
    ConflictKind.STANDPOINT: "what the decision was judged on has moved since ({})",
    ConflictKind.MODE: "maintenance mode {} was changed meanwhile",
    ConflictKind.MODE_SLOT: "the open maintenance mode {} concerns the same part of that computer's protection",
    ConflictKind.GIVEN: "what was given in Slack was changed meanwhile (version {})",
}


def outcome(answer: Sequence[Any]) -> Committed | Conflict:
    """Done, or refused by which check."""
    if answer[0] == "done":
        return Committed(at=from_ms(int(answer[1])), number=int(answer[2]))
    kind, about = ConflictKind(answer[1]), str(answer[2])
    return Conflict(why=_WHY[kind].format(about), kind=kind, subject_id=about)
