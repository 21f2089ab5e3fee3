"""Performs one effect: says one thing in Slack, at Slack's pace, and reports what came of it. Keeps no state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.chat.channels import ABOUT_CHANNELS, Channels, NoChannel, RoutingTable
from bot.chat.client import (
    ChannelGone,
    ChatBusy,
    ChatRefused,
    ChatUnreachable,
    LeaseOver,
    MessageGone,
    Reply,
    SlackClient,
    TokenRefused,
)
from bot.chat.posting import (
    Dropped,
    Later,
    Sent,
    Voice,
    answer,
    post,
    retire_twin,
    show_card,
    show_mode,
    update,
)
from bot.models import Case, Effect, EffectKind, Rules, Urgency

SPACING_S = {
    # About one a second and channel, and "several hundred" a minute for the workspace: five a second.
    "chat.postMessage|": 1.0,
    "chat.postMessage": 0.2,
    "chat.update": 1.2,  # tier 3: 50 and more a minute for the workspace
    "chat.postEphemeral": 0.6,  # tier 4: 100 and more a minute for the workspace
    "conversations.open": 1.2,  # tier 3
    "views.publish": 0.6,  # tier 4
    # Tier 4 as well, but a trigger lives 3 s: bursts go out at once, and a 429 is obeyed.
    "views.open": 0.0,
    "views.update": 0.0,
    # No published limit but 5 uses for each address.
    "response_url": 0.0,
    # Outside of Slack; PagerDuty takes two a second and integration, and mail is to be read.
    "page": 1.0,
}


def pace_key(effect: Effect, routes: RoutingTable) -> str:
    """The name of the pace that an effect shares with others: `method|channel`, or `method` alone."""
    if effect.kind is EffectKind.PAGE:
        return f"page|{effect.way}"
    method = method_of(effect)
    if method != "chat.postMessage":
        return method
    channel = effect.channel_id or routes.channel_for(
        effect.organization_id, effect.request_kind, effect.place
    )
    return f"{method}|{channel}"


def pace_keys(effect: Effect, routes: RoutingTable) -> tuple[str, ...]:
    """Every pace that an effect falls under: its own, and for a post what the workspace takes of all channels."""
    key = pace_key(effect, routes)
    method, of_one, _ = key.partition("|")
    return (key, method) if of_one and method in SPACING_S and method + of_one in SPACING_S else (key,)


def busy_key(busy: ChatBusy) -> str:
    """The pace that a 429 holds up: of the method that was called, whatever was expected; posts by their channel.

    Slack counts each method by itself, so that redraws beyond the limit keep no call to people waiting. An answer's own
    address is counted alone: empty, nobody else waits.
    """
    if busy.method == "response_url":
        return ""
    return f"{busy.method}|{busy.channel_id}" if busy.method == "chat.postMessage" else busy.method


def spacing(key: str) -> timedelta:
    """The least time between two calls of one pace."""
    method, of_one, _ = key.partition("|")
    return timedelta(seconds=SPACING_S.get(method + of_one, SPACING_S.get(method, 1.0)))


_METHODS = {
    EffectKind.CARD: "chat.postMessage",
    EffectKind.MESSAGE: "chat.postMessage",
    EffectKind.ANSWER: "chat.postEphemeral",
    EffectKind.RETIRE: "chat.update",
    EffectKind.MODAL: "views.update",
    EffectKind.HOME: "views.publish",
    EffectKind.MODE: "chat.postMessage",
    EffectKind.CALLS: "chat.update",
    EffectKind.DIGEST: "chat.postMessage",
}


_LEVEL = (EffectKind.CARD, EffectKind.MODE, EffectKind.DIGEST)
"""What is posted once and changed from then on."""


_CHANGES = ("chat.update", "views.publish")
"""What changes something that stands, so that of two calls the one that is carried out last counts."""


def method_of(effect: Effect) -> str:
    """The method that an effect will most likely need; a redraw that has to post anew is the rare exception."""
    if effect.kind in _LEVEL and effect.urgency is Urgency.REDRAW:
        return "chat.update"
    if effect.kind is EffectKind.ANSWER and effect.response_url:
        return "response_url"
    if effect.kind is EffectKind.MODAL and effect.trigger_id:
        return "views.open"
    return _METHODS[effect.kind]


log = structlog.get_logger()

UNREACHABLE_WAIT = timedelta(seconds=2)
"""Before the next try when Slack does not answer (our choice)."""
TOKEN_WAIT = timedelta(seconds=30)
"""Before the next try when Slack refuses our token; an administrator has to act (our choice)."""
CHANNEL_WAIT = timedelta(seconds=30)
"""Before the next try when the channel cannot be posted to (our choice)."""
MODAL_WAIT = timedelta(milliseconds=300)
"""Before a modal is looked for again that is to be filled (our choice)."""
CARD_WAIT = timedelta(seconds=1)
"""Before a thread reply is tried again whose card is still to be posted (our choice)."""
ASK_ANOTHER_WAIT = timedelta(seconds=1)
"""Before a message is taken again, maybe by a process that knows its channel, where Slack answers this one no question
about it. The question itself waits as long as Slack asks (our choice)."""


def needs_case(effect: Effect) -> bool:
    """Whether saying it takes the case as it is at that moment: to draw it, or to find its card.

    Everything else was written whole when it was queued, so reading a case for it would be for nothing.
    """
    finds_card = effect.in_thread and not effect.message_ts
    return effect.kind in (EffectKind.CARD, EffectKind.RETIRE, EffectKind.CALLS) or finds_card


@dataclass(frozen=True, slots=True)
class Sender:
    """Everything needed to speak in Slack."""

    client: SlackClient
    channels: Channels
    rules: Rules
    find_twins_of: str = ""
    """Our own bot id, where the optional history scope lets us look for a card whose address was lost."""

    def lent(self, is_over: Callable[[], bool]) -> Sender:
        """The same for one effect, until its lease is over."""
        return replace(self, client=self.client.lent(is_over))

    async def send(
        self, effect: Effect, case: Case | None, now: datetime, *, sharing: Sequence[Case] = ()
    ) -> Sent | Later | Dropped:
        """Says it once. Raises only for a fault of ours; everything that Slack does becomes an outcome.

        `case` is the record as it is now, for what `needs_case`: a card shows the newest state, not the one of its
        queueing. `sharing`: all cases that are drawn on the card, where there are several.
        """
        if effect.expires_at is not None and effect.expires_at <= now:
            return Dropped("it was no longer worth saying")
        try:
            return await self._perform(effect, case, now, sharing)
        except ChatBusy as busy:
            key = busy_key(busy)
            wait = timedelta(seconds=busy.retry_after_s)
            if busy.method == ABOUT_CHANNELS:
                wait = min(wait, ASK_ANOTHER_WAIT)
            return Later(wait, str(busy), for_all=bool(key), paced=key)
        except ChatUnreachable as lost:
            is_change = lost.maybe_done and lost.method in _CHANGES
            return Later(UNREACHABLE_WAIT, str(lost), maybe_done=is_change)
        except LeaseOver as over:
            # At once, if nobody has taken it since; else it is no more ours to move.
            return Later(timedelta(0), str(over))
        except NoChannel as none:
            return Later(CHANNEL_WAIT, str(none), has_no_channel=True)
        except TokenRefused as refused:
            return Later(TOKEN_WAIT, str(refused), for_all=True)
        except ChannelGone as gone:
            return Later(CHANNEL_WAIT, str(gone), has_no_channel=True)
        except ChatRefused as refused:
            return Dropped(str(refused), refused=True)

    async def _perform(
        self, effect: Effect, case: Case | None, now: datetime, sharing: Sequence[Case]
    ) -> Sent | Later | Dropped:
        voice = Voice(self.client, self.channels, now)
        if effect.kind is EffectKind.CARD:
            if case is None:
                return Dropped(f"there is no case {effect.case_id}")
            cases = sharing or (case,)
            return await show_card(voice, effect, cases, self.rules, own_bot_id=self.find_twins_of)
        if effect.kind is EffectKind.MODE:
            return await show_mode(voice, effect)
        if effect.kind is EffectKind.CALLS or (effect.kind is EffectKind.DIGEST and effect.message_ts):
            return await _call_changed(voice, effect)
        if effect.kind in (EffectKind.MESSAGE, EffectKind.DIGEST):
            return await _message(voice, effect, case)
        if effect.kind is EffectKind.ANSWER:
            return await answer(self.client, effect)
        if effect.kind is EffectKind.RETIRE:
            return await retire_twin(voice, effect, case)
        if effect.kind is EffectKind.MODAL:
            return await _modal(self.client, effect)
        await self.client.call("views.publish", user_id=effect.slack_user_id, view=effect.view)
        return Sent()


async def _message(voice: Voice, effect: Effect, case: Case | None) -> Sent | Later:
    """A message of its own, or a reply in the card's thread."""
    content = {"text": effect.text, "blocks": effect.blocks or None}
    if effect.in_thread and effect.message_ts:
        if await voice.channels.may_post(effect.channel_id, effect.place, voice.now):
            return await _reply(voice, effect, effect.channel_id, effect.message_ts, content)
    elif effect.in_thread:
        if case is None or case.card is None:
            return Later(CARD_WAIT, "its card is not posted yet")
        if await voice.channels.may_post(case.card.channel_id, effect.place, voice.now):
            return await _reply(voice, effect, case.card.channel_id, case.card.ts, content)
    return await post(voice, await _channel(voice, effect), effect.place, content)


async def _call_changed(voice: Voice, effect: Effect) -> Sent:
    """A call, or a list of what waits, says how things stand. One that was deleted, or whose channel is lost, has
    nobody left to tell, and no time stamp in the outcome."""
    content = {"text": effect.text, "blocks": effect.blocks}
    try:
        return await update(voice, effect.channel_id, effect.message_ts, effect.place, content)
    except (MessageGone, ChannelGone) as gone:
        log.info("call_not_redrawn", case_id=effect.case_id, why=gone.error)
        return Sent()


async def _reply(voice: Voice, effect: Effect, channel_id: str, ts: str, content: dict[str, Any]) -> Sent:
    """A reply; where the thread's head is gone it is said in the channel."""
    thread = {"thread_ts": ts, "reply_broadcast": effect.also_in_channel or None}
    try:
        return await post(voice, channel_id, effect.place, content | thread)
    except MessageGone:
        return await post(voice, channel_id, effect.place, content)


async def _channel(voice: Voice, effect: Effect) -> str:
    """The effect's own channel, or the routing table's."""
    if effect.channel_id:
        return await voice.channels.usable(effect.channel_id, effect.place, voice.now)
    return await voice.channels.choose(effect.place, effect.organization_id, effect.request_kind, voice.now)


async def _modal(client: SlackClient, effect: Effect) -> Sent | Later:
    """Opens a modal by its trigger (3 s, once) under our own name for it, or changes the one of that name or id."""
    if effect.trigger_id:
        view = effect.view | ({"external_id": effect.external_id} if effect.external_id else {})
        reply = await client.call("views.open", trigger_id=effect.trigger_id, view=view)
        return Sent(view_id=_view_id(reply))
    if effect.view_id:
        reply = await client.call("views.update", view_id=effect.view_id, view=effect.view)
        return Sent(view_id=_view_id(reply))
    view = effect.view | {"external_id": effect.external_id}
    try:
        reply = await client.call("views.update", external_id=effect.external_id, view=view)
    except ChatRefused as refused:
        if refused.error == "not_found" and effect.expires_at is not None:
            # Closed by its person, or not open yet: another replica may be opening it at this moment.
            return Later(MODAL_WAIT, str(refused), grows=True)
        raise
    return Sent(view_id=_view_id(reply))


def _view_id(reply: Reply) -> str:
    """The modal's id; a yes without it is taken, since the modal is there and known by our own name for it."""
    view = reply.body.get("view")
    return str(view.get("id", "")) if isinstance(view, dict) else ""
