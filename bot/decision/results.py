"""What became of one request of a press, as a value; the answer to the presser is made of these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.ledger import StoredCase
from bot.models import Press, RequestEntry, Verb


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
    after: StoredCase | None = None
    """The case as this part has written it; None where it wrote nothing that another part could go on from."""


def result_of(
    entry: RequestEntry, became: Became, sentence: str, *, by: str = "", after: StoredCase | None = None
) -> Result:
    """What became of the part of a press that concerns this request."""
    return Result(entry.facts.request_id, entry.facts.computer_name, became, sentence, by=by, after=after)


def had_ended(entry: RequestEntry, press: Press) -> Result:
    """It was decided before; by this very press, where the process died before it could answer."""
    outcome = entry.outcome
    attempt = outcome.attempt if outcome else None
    if outcome is None or attempt is None or attempt.press_id != press.press_id:
        return result_of(entry, Became.DECIDED_BEFORE, ended_sentence(entry), by=decider_of(entry))
    became = Became.APPROVED if attempt.choice.verb is Verb.APPROVE else Became.DENIED
    return result_of(entry, became, f"{attempt.effect} The portal says: {outcome.state.status_label}.")


def on_its_way(entry: RequestEntry, press: Press) -> Result:
    """An attempt on it is outstanding: this press's own, or somebody else's."""
    attempt = entry.attempt
    if attempt is not None and attempt.press_id == press.press_id:
        return result_of(
            entry, Became.CHECKING, "Your decision is on its way; Gatehouse keeps asking the portal."
        )
    by = attempt.actor.name if attempt else "somebody else"
    return result_of(entry, Became.BUSY, f"{by}'s decision on it is already on its way.", by=by)


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
