"""Many requests in one look: one summary and one call for each escalation channel; the cards follow, oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.messages import duty as messages
from bot.desk import Desk, channel_call
from bot.models import Effect, Event, Place, RequestFacts, Sighting


async def announce_backlog(desk: Desk, arrived: Sequence[Sighting]) -> None:
    """One summary and one call for each escalation channel, however many cards follow."""
    by_channel: dict[str, list[RequestFacts]] = {}
    for sighting in arrived:
        facts = sighting.facts
        channel_id = desk.routes.channel_for(facts.organization_id, facts.kind.value, Place.ESCALATION)
        by_channel.setdefault(channel_id, []).append(facts)
    effects = [_summary(desk, channel_id, held) for channel_id, held in by_channel.items()]
    event = Event(name="backlog_announced", facts={"requests": len(arrived), "channels": len(effects)})
    await desk.announce([event], effects)


def _summary(desk: Desk, channel_id: str, held: Sequence[RequestFacts]) -> Effect:
    names = list(dict.fromkeys(facts.organization_name for facts in held))
    oldest = min((facts.requested_at for facts in held if facts.requested_at), default=None)
    said = messages.backlog_summary(len(held), names, oldest, desk.on_duty())
    return channel_call(f"backlog:{channel_id}:{held[0].request_id}:{len(held)}", said, channel_id)
