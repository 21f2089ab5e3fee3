"""What the look-ups share in answering: notes, pages, and the one step that records and answers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, ValidationError

from bot.cards import Rendered
from bot.cards.kit import words
from bot.cards.kit.blocks import message
from bot.cards.kit.words import FALLBACK_LIMIT, Line
from bot.desk import Desk, Presser, answer, event_of, finish, not_taken
from bot.desk.recording import Refusal, ground_of, refused
from bot.models import Case, Event, Instant, Press, Record

MOST_CHARACTERS = 2000
"""Slack's limit for a button's value."""


class More(Record):
    """One page of one look-up. Either `question` (the text after the command) or `case_id` says what it is about."""

    question: str = ""
    case_id: str = ""
    start: Instant
    end: Instant
    first: int = Field(ge=1, le=100_000)
    """The number of the page's first group."""
    permits: bool = False
    """What was permitted is asked for as well."""
    whole_card: bool = False
    """Not of the case alone, but of all that share its card."""


def token_of(more: More) -> str:
    """The token, made of characters that nothing interprets."""
    packed = [more.question, more.case_id, _seconds(more.start), _seconds(more.end), more.first]
    also = more.permits + 2 * more.whole_card
    packed += [also] if also else []
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def more_of(token: str) -> More | None:
    """What a token says; None for one that is not ours, cut, or from another version."""
    if not 0 < len(token) <= MOST_CHARACTERS:
        return None
    try:
        packed = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        question, case_id, start, end, first, *also = packed
        found = More(
            question=question,
            case_id=case_id,
            start=_instant(start),
            end=_instant(end),
            first=first,
            permits=also in ([1], [3]),
            whole_card=also in ([2], [3]),
        )
    except (NotBase64, ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        return None
    if also not in ([], [1], [2], [3]):
        return None
    return found if found.start < found.end and bool(found.question) != bool(found.case_id) else None


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


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
    is_found = answered.outcome.startswith("found")
    told = answer(press, answered.said) if is_found else await not_taken(desk, press, answered.said)
    await finish(desk, press, [recorded], [told])


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


def with_sentence(said: Rendered, sentence: str) -> Rendered:
    """The answer with a sentence before it; as it was for an empty one."""
    return with_notes(said, [[words.say(sentence)]] if sentence else [])


def joined(first: Rendered, second: Rendered) -> Rendered:
    """Two answers as one message; the fallback text is cut to what Slack takes."""
    text = words.cut_escaped(f"{first.text}\n{second.text}", FALLBACK_LIMIT)
    return Rendered(text=text, blocks=[*first.blocks, *second.blocks])


def joined_names(names: tuple[str, ...]) -> str:
    """Up to three names, and how many there are besides."""
    shown, left = ", ".join(names[:3]), len(names) - 3
    return f"{shown} and {left} more" if left > 0 else shown
