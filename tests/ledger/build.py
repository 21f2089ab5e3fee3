"""Small values for the ledger's tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.ledger import Committed, Conflict, ConflictKind, Ledger
from bot.models import (
    CardAddress,
    Case,
    CaseWrite,
    Change,
    Due,
    Effect,
    EffectKind,
    Event,
    Kind,
    Leaving,
    Press,
    PressKind,
    RequestEntry,
    RequestFacts,
    Standing,
    Standpoint,
    TakenDue,
    Urgency,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LEASE = timedelta(seconds=10)


def entry(request_id: str, computer_id: str = "computer-1") -> RequestEntry:
    """A pending request."""
    facts = RequestFacts(
        request_id=request_id,
        organization_id="org-1",
        organization_name="Contoso",
        kind=Kind.APPLICATION,
        action_type="execute",
        computer_id=computer_id,
        computer_name="PC",
        os_type=1,
    )
    return RequestEntry(
        facts=facts,
        standing=Standing.PENDING,
        first_seen_at=NOON,
        clock_from=NOON,
        joined_revision=1,
        facts_revision=1,
    )


def case(
    case_id: str = "case-1",
    *requests: RequestEntry,
    subject: str = "",
    opened_at: datetime = NOON,
    closed: bool = False,
) -> Case:
    """A case of these requests, or of one named after it."""
    return Case(
        case_id=case_id,
        organization_id="org-1",
        organization_name="Contoso",
        kind=Kind.APPLICATION,
        os_type=1,
        subject_key=subject,
        requests=requests or (entry(f"request-of-{case_id}"),),
        opened_at=opened_at,
        closed_at=NOON if closed else None,
    )


def event(case_id: str = "", name: str = "case_changed", **private: str) -> Event:
    """An event, with a private part if one is given."""
    return Event(name=name, case_id=case_id, private=dict(private))


def change(
    *writes: tuple[Case, int],
    op_id: str = "",
    due: Sequence[Due] = (),
    taken: TakenDue | None = None,
    effects: Sequence[Effect] = (),
    press: str = "",
    leaving: Sequence[Leaving] = (),
    judged_on: Standpoint | None = None,
    events: Sequence[Event] | None = None,
) -> Change:
    """A change of these cases at these versions, with one event per case."""
    told = [event(one.case_id) for one, _ in writes] or [event()]
    return Change(
        op_id=op_id or uuid4().hex,
        events=told if events is None else events,
        cases=[CaseWrite(one, version) for one, version in writes],
        due=due,
        taken=taken,
        effects=effects,
        finishes_press=press,
        leaving=leaving,
        judged_on=judged_on,
    )


def press(press_id: str = "press-1") -> Press:
    """A button press."""
    return Press(
        press_id=press_id,
        kind=PressKind.BUTTON,
        name="approve_computer",
        slack_user_id="U1",
        slack_team_id="T1",
        received_at=NOON,
    )


def card_effect(case_id: str = "case-1", urgency: Urgency = Urgency.CARD) -> Effect:
    """The one level-triggered effect of a case."""
    return Effect(effect_id=f"card:{case_id}", kind=EffectKind.CARD, urgency=urgency, case_id=case_id)


def message(
    effect_id: str,
    urgency: Urgency = Urgency.ANSWER,
    *,
    case_id: str = "",
    in_thread: bool = False,
    channel_id: str = "C1",
    organization_id: str = "",
    expires_at: datetime | None = None,
) -> Effect:
    """A message that is said once."""
    return Effect(
        organization_id=organization_id,
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=urgency,
        case_id=case_id,
        in_thread=in_thread,
        channel_id=channel_id,
        expires_at=expires_at,
        text=effect_id,
    )


def card(ts: str = "1.1", channel_id: str = "C1") -> CardAddress:
    """A card's place."""
    return CardAddress(channel_id=channel_id, ts=ts, posted_at=NOON)


async def committed(ledger: Ledger, one: Change) -> Committed:
    """Commit a change that must go through."""
    answer = await ledger.commit(one)
    assert isinstance(answer, Committed), answer
    return answer


async def refused(ledger: Ledger, one: Change, kind: ConflictKind) -> Conflict:
    """Commit a change that must be refused for this reason."""
    answer = await ledger.commit(one)
    assert isinstance(answer, Conflict), answer
    assert answer.kind is kind, answer
    return answer
