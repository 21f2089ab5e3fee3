"""The small parts that the chat tests share: a routing table, effects, a sender with its alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat import ChannelAlert, Channels, Sender, SlackClient
from bot.models import Effect, EffectKind, Place, Urgency
from rehearsal.slack import SlackSandbox
from tests.cards.samples import RULES


@dataclass(frozen=True)
class Table:
    """A routing table: organization and kind, organization alone, default."""

    default: dict[Place, str]
    of_organization: dict[tuple[str, str, Place], str] = field(default_factory=dict)

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:
        """The channel of the kind, else of the organization, else the default."""
        of_all_kinds = self.of_organization.get((organization_id, "", place), self.default[place])
        return self.of_organization.get((organization_id, kind, place), of_all_kinds)

    def default_for(self, place: Place) -> str:
        """The default channel."""
        return self.default[place]

    def channels(self) -> tuple[str, ...]:
        """Every channel once."""
        return tuple(dict.fromkeys([*self.default.values(), *self.of_organization.values()]))


@dataclass
class Room:
    """A workspace with channels, and a sender that is wired to it."""

    slack: SlackSandbox
    client: SlackClient
    cards: str
    contoso: str
    late: str
    audit: str
    member: str
    table: Table
    channels: Channels
    alerts: list[ChannelAlert]
    sender: Sender

    def now(self) -> datetime:
        """The stand-in's time."""
        return self.slack.clock.now()


def furnish(slack: SlackSandbox, client: SlackClient, *, find_twins_of: str = "") -> Room:
    """Private channels for cards, escalations and the record; one of its own for Contoso's cards."""
    member = slack.add_person("anna")
    made = {
        name: slack.add_channel(name, private=True, members=[member])
        for name in ("cards", "cards-contoso", "late", "audit")
    }
    default = {Place.CARD: made["cards"], Place.ESCALATION: made["late"], Place.AUDIT: made["audit"]}
    table = Table(default, {("org-contoso", "", Place.CARD): made["cards-contoso"]})
    alerts: list[ChannelAlert] = []

    async def alert(said: ChannelAlert) -> bool:
        alerts.append(said)
        return True

    channels = Channels(client, table, alert)
    sender = Sender(client, channels, RULES, find_twins_of=find_twins_of)
    return Room(
        slack, client, made["cards"], made["cards-contoso"], made["late"], made["audit"], member, table, channels,
        alerts, sender,
    )  # fmt: skip


def effect(kind: EffectKind, **changed: Any) -> Effect:
    """An effect about Contoso's case."""
    values: dict[str, Any] = {
        "effect_id": "e1",
        "kind": kind,
        "urgency": Urgency.CARD,
        "case_id": "c1f00d",
        "organization_id": "org-contoso",
        "request_kind": "application",
    }
    return Effect(**(values | changed))
