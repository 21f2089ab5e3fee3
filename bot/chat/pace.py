"""How fast Slack lets us speak: one pace per method, and per channel where Slack counts by channel.

Numbers: docs.slack.dev/apis/web-api/rate-limits. They are averages with short bursts allowed; whoever meets a
429 obeys its `Retry-After` for everybody who shares the pace.
"""

from __future__ import annotations

from datetime import timedelta

from bot.chat.routing import RoutingTable
from bot.models import Effect, EffectKind, Urgency

SPACING_S = {
    "chat.postMessage": 1.0,  # about one a second and channel
    "chat.update": 1.2,  # tier 3: 50 and more a minute for the workspace
    "chat.postEphemeral": 0.6,  # tier 4: 100 and more a minute for the workspace
    "conversations.open": 1.2,  # tier 3
    "views.publish": 0.6,  # tier 4
    # Tier 4 as well, but a trigger lives 3 s: bursts go out at once, and a 429 is obeyed.
    "views.open": 0.0,
    "views.update": 0.0,
    # No published limit but 5 uses for each address.
    "response_url": 0.0,
}


def pace_key(effect: Effect, routes: RoutingTable) -> str:
    """The name of the pace that an effect shares with others: `method|channel`, or `method` alone."""
    method = method_of(effect)
    if method != "chat.postMessage":
        return method
    channel = effect.channel_id or routes.channel_for(
        effect.organization_id, effect.request_kind, effect.place
    )
    return f"{method}|{channel}"


def spacing(key: str) -> timedelta:
    """The least time between two calls of one pace."""
    return timedelta(seconds=SPACING_S.get(key.partition("|")[0], 1.0))


_METHODS = {
    EffectKind.CARD: "chat.postMessage",
    EffectKind.MESSAGE: "chat.postMessage",
    EffectKind.ANSWER: "chat.postEphemeral",
    EffectKind.RETIRE: "chat.update",
    EffectKind.MODAL: "views.update",
    EffectKind.HOME: "views.publish",
    EffectKind.MODE: "chat.postMessage",
    EffectKind.CALLS: "chat.update",
}


def method_of(effect: Effect) -> str:
    """The method that an effect will most likely need; a redraw that has to post anew is the rare exception."""
    if effect.kind in (EffectKind.CARD, EffectKind.MODE) and effect.urgency is Urgency.REDRAW:
        return "chat.update"
    if effect.kind is EffectKind.ANSWER and effect.response_url:
        return "response_url"
    if effect.kind is EffectKind.MODAL and effect.trigger_id:
        return "views.open"
    return _METHODS[effect.kind]
