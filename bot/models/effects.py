"""What is to be said in Slack, queued in the ledger in the same step as the change it tells of."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from pydantic import Field

from bot.models.base import Instant, Record


class Urgency(IntEnum):
    """The order in which the send queue drains: escalations overtake everything."""

    ESCALATION = 0
    ANSWER = 1
    CARD = 2
    REDRAW = 3


class EffectKind(StrEnum):
    """What the sender does with an effect."""

    CARD = "card"
    """Make the case's card show the record as it is when sent: post it if it has none, else update it."""
    MESSAGE = "message"
    """Post a message once, to a channel of the case or to a named one."""
    ANSWER = "answer"
    """Tell one person: by `response_url`, else an ephemeral message, else a direct message."""
    RETIRE = "retire"
    """Turn a second copy of a card into a pointer to the real one."""
    MODAL = "modal"
    """Open or update a modal."""
    HOME = "home"
    """Publish one person's App Home."""
    CALLS = "calls"
    """Make the calls about a case that is over say how it ended. Queued by the ledger itself, where a call stands."""
    MODE = "mode"
    """Make the message of a maintenance mode show this content: post it if it has none, else update it. Its
    `case_id` is the mode's own id."""


class Place(StrEnum):
    """Which channel a message goes to; the routing table turns it into an id when it is sent."""

    CARD = "card"
    ESCALATION = "escalation"
    AUDIT = "audit"


class Effect(Record):
    """One thing to be said. `effect_id` names it for ever: queued twice, it is said once."""

    effect_id: str
    kind: EffectKind
    urgency: Urgency
    case_id: str = ""
    organization_id: str = ""
    request_kind: str = ""
    """With the organization, the key into the routing table."""
    place: Place = Place.CARD
    channel_id: str = ""
    """A fixed channel, when the place does not decide it."""
    message_ts: str = ""
    """A fixed message, for what changes one."""
    in_thread: bool = False
    """In the card's thread, waiting until the card is posted; or under `message_ts`, where that is given."""
    also_in_channel: bool = False
    """A thread reply that is shown in the channel too."""
    slack_user_id: str = ""
    response_url: str = ""
    trigger_id: str = ""
    view_id: str = ""
    external_id: str = ""
    """Our own name for a modal: opened under it with a trigger, updated by it without one."""
    text: str = ""
    """Plain fallback text, already escaped."""
    blocks: list[dict[str, Any]] = Field(default_factory=list)
    view: dict[str, Any] = Field(default_factory=dict)
    is_call: bool = False
    """It calls people about its case; once that is over, the call itself says how it ended."""
    replaces: bool = False
    """Queued again while it waits, the newest words take the place of the older ones, and it is said once. For what is
    repeated until something happens: else a queue that waits would grow by waiting."""
    expires_at: Instant | None = None
    """After this it is no longer worth saying; dropped and counted."""
