"""What the stand-in portal remembers of the calls it received: all traffic, and every decision write."""

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

_TRAFFIC_KEPT: Final = 500
"""The latest calls with their bodies, up to some ten megabytes; our choice. The counts are kept for ever."""


@dataclass(frozen=True)
class Exchange:
    """One call and its answer. `status` is None when the connection was dropped without one."""

    at: datetime
    method: str
    path: str
    organization_id: str | None
    query: dict[str, str]
    sent: str
    status: int | None
    payload: str
    fault: str | None = None

    @property
    def action(self) -> str:
        """The last part of the path, in the portal's own spelling where it is a known one."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def body(self) -> Any:
        """What was sent, None when that is nothing or no JSON."""
        return parsed(self.sent)

    @property
    def answer(self) -> Any:
        """What was answered, None when that is nothing."""
        return parsed(self.payload)


def parsed(text: str | bytes) -> Any:
    """A JSON value, None for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


@dataclass
class DecisionWrite:
    """One decision write as it was received; `status` and `took_effect` are filled in when it is answered."""

    number: int
    at: datetime
    action: str
    request_ids: tuple[str, ...]
    token_name: str
    organization_id: str
    body: dict[str, Any]
    status: int | None = None
    took_effect: bool = False


@dataclass
class Journal:
    """Both lists and the counts; the decisions are never dropped."""

    decisions: list[DecisionWrite] = field(default_factory=list)
    traffic: deque[Exchange] = field(default_factory=lambda: deque(maxlen=_TRAFFIC_KEPT))
    calls: Counter[str] = field(default_factory=Counter)

    def note(self, exchange: Exchange) -> None:
        """Adds one call to the traffic and to the counts."""
        self.traffic.append(exchange)
        self.calls[exchange.action] += 1

    def receive_decision(
        self, at: datetime, action: str, token_name: str, organization_id: str, body: dict[str, Any]
    ) -> DecisionWrite:
        """Notes a decision write before anything is done about it."""
        write = DecisionWrite(
            number=len(self.decisions) + 1,
            at=at,
            action=action,
            request_ids=request_ids_of(body),
            token_name=token_name,
            organization_id=organization_id,
            body=body,
        )
        self.decisions.append(write)
        return write


def request_ids_of(body: dict[str, Any]) -> tuple[str, ...]:
    """The approval requests that a decision body names, wherever its kind keeps them."""
    folded = {key.casefold(): value for key, value in body.items()}
    rows = folded.get("approvalrequestdtos") or [folded.get("approvalrequest") or folded]
    found = ({k.casefold(): v for k, v in row.items()}.get("approvalrequestid") for row in rows if row)
    return tuple(text.casefold() for text in found if isinstance(text, str))
