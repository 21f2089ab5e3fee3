"""A card channel is lost: those on duty hear how many cases of which organization cannot be seen; no facts.

Nobody posts the cards elsewhere; they are decided from App Home, and stand in their channel again once it is back.
"""

from __future__ import annotations

from collections import Counter

from bot.cards.messages.duty import cases_without_channel
from bot.desk import Desk
from bot.models import Case, Effect, EffectKind, Event, Place, Urgency


async def call_for_lost_channel(desk: Desk, channel_id: str, alert_id: str) -> None:
    """One call for each organization whose cards belong into this channel. LedgerUnavailable passes through."""
    cases = [stored.case for stored in await desk.ledger.open_cases()]
    waiting = [case for case in cases if _channel(desk, case, Place.CARD) == channel_id]
    if not waiting:
        return
    counted = Counter((case.organization_name, _heard_in(desk, case, channel_id)) for case in waiting)
    effects = [
        _call(desk, f"{alert_id}:{organization}", organization, count, place)
        for (organization, place), count in counted.items()
    ]
    event = Event(name="cases_without_channel", facts={"channel_id": channel_id, "cases": len(waiting)})
    await desk.announce([event], effects)


async def call_elsewhere(desk: Desk, case: Case) -> None:
    """The organization's own place of escalation is lost: everybody's hears that somebody waits, in turns."""
    elsewhere = desk.routes.default_for(Place.ESCALATION)
    if elsewhere == _channel(desk, case, Place.ESCALATION):
        return
    turn = int(desk.now().timestamp() // desk.rules.plan.repeat_every.total_seconds())
    call = _call(desk, f"unheard:{case.organization_id}:{turn}", case.organization_name, 1, elsewhere)
    await desk.announce([Event(name="call_without_channel", case_id=case.case_id)], [call])


def _channel(desk: Desk, case: Case, place: Place) -> str:
    return desk.routes.channel_for(case.organization_id, case.kind.value, place)


def _heard_in(desk: Desk, case: Case, lost: str) -> str:
    """The organization's place of escalation; where that is the very channel that is lost, everybody's."""
    own = _channel(desk, case, Place.ESCALATION)
    return own if own != lost else desk.routes.default_for(Place.ESCALATION)


def _call(desk: Desk, effect_id: str, organization: str, count: int, channel_id: str) -> Effect:
    said = cases_without_channel(count, organization, desk.on_duty())
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ESCALATION,
        place=Place.ESCALATION,
        channel_id=channel_id,
        text=said.text,
        blocks=list(said.blocks),
    )
