"""What became of one request of a press, as a value; the answer to the presser is made of these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.models import RequestEntry


class Became(StrEnum):
    """The ends that one request's part of a press can have."""

    APPROVED = "approved"
    DENIED = "denied"
    AWAITS_SECOND = "awaits_second"
    """Judged and recorded; a second person has to agree before anything is sent."""
    REHEARSED = "rehearsed"
    """Writes are off: this is what would have happened."""
    CHECKING = "checking"
    REFUSED = "refused"
    """The presser may not."""
    DECIDED_BEFORE = "decided_before"
    BUSY = "busy"
    """Somebody else's decision is on its way."""
    CHANGED = "changed"
    """A fact changed since the card that was pressed."""
    NOT_DECIDED = "not_decided"
    """The portal refused, or could not be asked; nothing happened."""


@dataclass(frozen=True, slots=True)
class Result:
    """One request's part. `sentence` is a full sentence in plain text, with outside words unescaped."""

    request_id: str
    computer_name: str
    became: Became
    sentence: str
    could: tuple[str, ...] = ()
    """Names of up to three people who could have decided it."""
    by: str = ""
    """Who else decided it, or is deciding it, and where: “Tom Okafor in the portal”; empty where nobody else did."""


def decider_of(entry: RequestEntry) -> str:
    """Who decided a request that has ended, and where, as the count names them."""
    outcome = entry.outcome
    if outcome is None:
        return ""
    return outcome.attempt.actor.name if outcome.attempt else in_portal(outcome.state.decided_by)


def in_portal(name: str) -> str:
    """Somebody who decided in the portal, which does not always name them."""
    return f"{name or 'somebody'} in the portal"


def ended_sentence(entry: RequestEntry) -> str:
    """How a request ended, as the late presser reads it."""
    outcome = entry.outcome
    if outcome is None:
        return f"It is no longer waiting: {entry.standing.value}."
    by = outcome.attempt.actor.name if outcome.attempt else outcome.state.decided_by
    return f"Already decided by {by or 'somebody in the portal'}: {outcome.state.status_label}."
