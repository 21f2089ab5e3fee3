"""What the look-ups share in answering: notes before an answer, and the one step that records and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.cards import Rendered
from bot.cards.kit import safe_text
from bot.cards.kit.rendered import message
from bot.cards.kit.words import FALLBACK_LIMIT, Line
from bot.desk import Desk, Presser, answer, event_of, finish
from bot.desk.recording import Refusal, ground_of, refused
from bot.models import Case, Event, Press


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and what the record keeps of it."""

    said: Rendered
    outcome: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)
    organization_id: str = ""
    refusal: Refusal | None = None
    """Why the asker may not, where that is the answer."""


async def settle(
    desk: Desk, press: Press, presser: Presser, answered: Answered, *, event: str, case: Case | None = None
) -> None:
    """Record and answer in one step. LedgerUnavailable passes through: not recorded, so not answered either."""
    recorded = event_for(press, presser, answered, event=event, case=case)
    await finish(desk, press, [recorded], [answer(press, answered.said)])


def event_for(
    press: Press, presser: Presser, answered: Answered, *, event: str, case: Case | None = None
) -> Event:
    """What the record keeps of an answer: the facts, and the access generation that it was given under."""
    access = {"access_generation": presser.access.generation, "access_digest": presser.access.digest}
    organization_id = answered.organization_id or (case.organization_id if case else "")
    if answered.refusal is not None:
        more = {"outcome": answered.outcome, **answered.facts}
        ground = ground_of(presser.access, presser.given_version, **more)
        place = organization_id or answered.refusal.where
        return refused(
            event, press, answered.refusal, presser=presser, case=case, ground=ground, organization_id=place
        )
    return event_of(
        event,
        press,
        case,
        organization_id=organization_id,
        person_id=presser.person.person_id,
        facts={"outcome": answered.outcome, **answered.facts, **access},
        private=dict(answered.private),
    )


def with_notes(said: Rendered, notes: Sequence[Line]) -> Rendered:
    """The answer with lines before it; as it was where there is nothing to say."""
    lines = [line for line in notes if line]
    return joined(message(lines), said) if lines else said


def joined(first: Rendered, second: Rendered) -> Rendered:
    """Two answers as one message; the fallback text is cut to what Slack takes."""
    text = safe_text.cut_escaped(f"{first.text}\n{second.text}", FALLBACK_LIMIT)
    return Rendered(text=text, blocks=[*first.blocks, *second.blocks])


def joined_names(names: tuple[str, ...]) -> str:
    """Up to three names, and how many there are besides."""
    shown, left = ", ".join(names[:3]), len(names) - 3
    return f"{shown} and {left} more" if left > 0 else shown
