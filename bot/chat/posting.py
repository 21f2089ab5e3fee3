"""Saying one thing in one place: a message in a channel, an answer to one person, a card that shows the record.

Everything that could act on outside text is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.cards import PayloadError, card_text, cards_metadata, render_cases
from bot.cards.kit.ids import CARD_EVENT
from bot.cards.messages import duty as messages
from bot.chat.channels import Channels, NoChannel
from bot.chat.client import ChannelGone, ChatRefused, MessageGone, SlackClient, TokenRefused
from bot.models import CardAddress, Case, Effect, Place, Rules
from bot.rules.bundles import merged


@dataclass(frozen=True, slots=True)
class Sent:
    """Slack took it."""

    channel_id: str = ""
    ts: str = ""
    card: CardAddress | None = None
    """The card's new address, to be stored; None where the card stayed where it was."""
    knew: tuple[str, ...] = ()
    """Where it stood by the record that it was drawn of, as `channel|ts`. Noted elsewhere since, it stands there, and
    what was posted here is its twin."""
    view_id: str = ""
    is_end: bool = False
    """What was called about a case, or the list of a channel, has said its end."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the same effect again after this time."""

    after: timedelta
    why: str
    for_all: bool = False
    """Slack asked for it: everybody who shares the pace waits, on every replica."""
    paced: str = ""
    """Which pace that is; empty: the effect's own."""
    grows: bool = False
    """It waits longer each time: what it waits for mostly comes at once, or never."""
    has_no_channel: bool = False
    """Its channel is lost; nobody hears it until that is mended."""
    maybe_done: bool = False
    """A change of what stands was given up without an answer: Slack may yet carry it out, after the next one."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It will never be said."""

    why: str
    refused: bool = False
    """Slack refused it; that may end, and what must be said is tried again."""


INERT = {"parse": "none", "link_names": False}
"""Nothing in a text becomes a mention or a link by itself."""
NO_UNFURLS = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Voice:
    """What posting to channels needs: the client, the choice of channels, and the time."""

    client: SlackClient
    channels: Channels
    now: datetime


async def post(voice: Voice, channel_id: str, place: Place, content: Mapping[str, Any]) -> Sent:
    """One `chat.postMessage`. ChannelGone is noted, so that what belongs there waits, and raised."""
    try:
        reply = await voice.client.call(
            "chat.postMessage", channel=channel_id, **INERT, **NO_UNFURLS, **content
        )
    except ChannelGone as gone:
        await voice.channels.refused(channel_id, gone.error, place, voice.now)
        raise
    await voice.channels.posted(channel_id)
    return Sent(channel_id=reply.named("channel"), ts=reply.named("ts"))


async def update(voice: Voice, channel_id: str, ts: str, place: Place, content: Mapping[str, Any]) -> Sent:
    """One `chat.update` of a message of ours. ChannelGone is noted and raised, as for a post."""
    try:
        await voice.client.call("chat.update", channel=channel_id, ts=ts, **INERT, **content)
    except ChannelGone as gone:
        await voice.channels.refused(channel_id, gone.error, place, voice.now)
        raise
    await voice.channels.posted(channel_id)
    return Sent(channel_id=channel_id, ts=ts)


async def answer(client: SlackClient, effect: Effect) -> Sent | Dropped:
    """The first way that works. Slack asking to wait, or not answering, is raised: the same way is tried later."""
    content: dict[str, Any] = {"text": effect.text}
    if effect.blocks:
        content["blocks"] = effect.blocks
    if effect.response_url and await _respond(client, effect.response_url, content):
        return Sent()
    if not effect.slack_user_id:
        return Dropped("the answer's address is used up, and nobody is named to tell otherwise")
    if effect.channel_id and await _whisper(client, effect, content):
        return Sent(channel_id=effect.channel_id)
    return await _direct(client, effect.slack_user_id, content)


async def _respond(client: SlackClient, response_url: str, content: dict[str, Any]) -> bool:
    """By the press's own address: five uses within 30 minutes."""
    payload = content | {"response_type": "ephemeral", "replace_original": False}
    try:
        await client.respond(response_url, payload)
    except ChatRefused:
        return False
    return True


async def _whisper(client: SlackClient, effect: Effect, content: dict[str, Any]) -> bool:
    """In the channel of the press; only members of it can be whispered to."""
    try:
        await client.call(
            "chat.postEphemeral", channel=effect.channel_id, user=effect.slack_user_id, **INERT, **content
        )
    except TokenRefused:
        raise
    except ChatRefused:
        return False
    return True


async def _direct(client: SlackClient, slack_user_id: str, content: dict[str, Any]) -> Sent:
    """By direct message; a no here is final and raised."""
    opened = await client.call("conversations.open", users=slack_user_id)
    channel_id = opened.named("channel", "id")
    reply = await client.call("chat.postMessage", channel=channel_id, **INERT, **NO_UNFURLS, **content)
    return Sent(channel_id=channel_id, ts=reply.named("ts"))


log = structlog.get_logger()

TWINS_LOOKED_AT = 100
"""The newest messages of the channel in which an unrecorded twin is looked for (our choice: one page)."""
_UNDRAWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})

Content = Mapping[str, Any]


async def show_card(
    voice: Voice, effect: Effect, cases: Sequence[Case], rules: Rules, *, own_bot_id: str = ""
) -> Sent | Dropped:
    """The newest state of all cases that share it onto the card; of one, mostly.

    A card that was deleted is posted again once; one whose channel is lost waits. With `own_bot_id` (which needs the
    history scope) a card whose address was never recorded is looked for first.
    """
    content = draw(cases, rules, voice.now)
    try:
        return await _show(voice, effect, cases, content, own_bot_id)
    except ChatRefused as refused:
        if refused.error not in _UNDRAWABLE:
            raise
        log.exception("card_not_drawable", case_id=cases[0].case_id, why=refused.error)
        return await _show(voice, effect, cases, _plain(cases), own_bot_id)


def draw(cases: Sequence[Case], rules: Rules, now: datetime) -> Content:
    """The card's content. A card that cannot be drawn is a fault of ours; its text still tells people."""
    try:
        drawn = render_cases(cases, rules, now)
    except PayloadError as error:
        log.exception("card_not_drawable", case_id=cases[0].case_id, why=str(error))
        return _plain(cases)
    return {"text": drawn.text, "blocks": drawn.blocks, "metadata": dict(drawn.metadata)}


def _plain(cases: Sequence[Case]) -> Content:
    """The card as text alone, without buttons."""
    case = cases[0] if len(cases) == 1 else merged(cases)
    text = f"{card_text(case)}\nThis card cannot be drawn; decide the request in the portal."
    return {"text": text, "blocks": [], "metadata": cards_metadata(cases)}


async def _show(
    voice: Voice, effect: Effect, cases: Sequence[Case], content: Content, own_bot_id: str
) -> Sent | Dropped:
    card = next((case.card for case in cases if case.card is not None), None)
    if card is None:
        if all(case.redacted_at is not None for case in cases):
            return Dropped("nothing is left of it that a card could show")
        return await _post_card(voice, effect, cases, content, own_bot_id=own_bot_id)
    if not await voice.channels.may_post(card.channel_id, effect.place, voice.now):
        await _blank(voice, card)
        raise NoChannel(f"the card's channel {card.channel_id} cannot be posted to; the card waits")
    try:
        sent = await update(voice, card.channel_id, card.ts, effect.place, content)
    except MessageGone:
        if card.reposted:
            return Dropped("the card was deleted, and it was posted again once before")
    else:
        # Who opened while the card was being posted has not heard yet where it stands.
        is_known = all(case.card == card for case in cases)
        return sent if is_known else replace(sent, card=card, knew=_places(cases))
    return await _post_card(voice, effect, cases, content, reposted=True)


def _places(cases: Sequence[Case]) -> tuple[str, ...]:
    """Where their card stands as they have it."""
    return tuple(case.card.key for case in cases if case.card is not None)


async def _post_card(
    voice: Voice,
    effect: Effect,
    cases: Sequence[Case],
    content: Content,
    *,
    own_bot_id: str = "",
    reposted: bool = False,
) -> Sent:
    """Posts the card, or takes up its unrecorded twin; the address is to be stored."""
    case = cases[0]
    channel_id = await voice.channels.choose(effect.place, case.organization_id, case.kind.value, voice.now)
    twin_ts = await _find_twin(voice.client, channel_id, case.case_id, own_bot_id) if own_bot_id else ""
    if twin_ts:
        sent = await update(voice, channel_id, twin_ts, effect.place, content)
    else:
        sent = await post(voice, channel_id, effect.place, content)
    address = CardAddress(channel_id=sent.channel_id, ts=sent.ts, posted_at=voice.now, reposted=reposted)
    return replace(sent, card=address, knew=_places(cases))


async def _find_twin(client: SlackClient, channel_id: str, case_id: str, own_bot_id: str) -> str:
    """The time stamp of our own message that carries the case's metadata, or nothing."""
    try:
        reply = await client.call(
            "conversations.history", channel=channel_id, limit=TWINS_LOOKED_AT, include_all_metadata=True
        )
    except ChatRefused as refused:
        log.info("twins_not_looked_for", channel_id=channel_id, why=refused.error)
        return ""
    listed = reply.body.get("messages")
    found = listed if isinstance(listed, list) else []
    return next((message["ts"] for message in found if _is_twin(message, case_id, own_bot_id)), "")


def _is_twin(message: Any, case_id: str, own_bot_id: str) -> bool:
    """Whether it is a card of ours about this case. A member of the list that is no message is none."""
    match message:
        case {
            "ts": str(),
            "bot_id": bot_id,
            "metadata": {"event_type": str(name), "event_payload": {"case_id": held}},
        }:
            return bool(bot_id == own_bot_id and name == CARD_EVENT and held == case_id)
    return False


async def _blank(voice: Voice, card: CardAddress) -> None:
    """Takes the facts off a card that outsiders may see by now; a card that cannot be reached stays as it is."""
    if not voice.channels.blank_once(card.channel_id, card.ts):
        return
    blank = messages.card_withdrawn()
    try:
        await voice.client.call(
            "chat.update", channel=card.channel_id, ts=card.ts, **INERT, text=blank.text, blocks=blank.blocks
        )
    except TokenRefused:
        raise
    except ChatRefused as refused:
        log.info("card_not_blanked", channel_id=card.channel_id, why=refused.error)


async def show_mode(voice: Voice, effect: Effect) -> Sent:
    """The newest state onto the message of a maintenance mode; posted anew where there is none, or none any more.

    `channel_id` and `message_ts` say where it stands, as the record has it at this moment.
    """
    content = {"text": effect.text, "blocks": effect.blocks}
    knew = (f"{effect.channel_id}|{effect.message_ts}",) if effect.message_ts else ()
    if effect.message_ts and await voice.channels.may_post(effect.channel_id, effect.place, voice.now):
        try:
            return await update(voice, effect.channel_id, effect.message_ts, effect.place, content)
        except MessageGone:
            log.info("mode_message_gone", mode_id=effect.case_id)
    channel_id = await voice.channels.choose(
        effect.place, effect.organization_id, effect.request_kind, voice.now
    )
    return replace(await post(voice, channel_id, effect.place, content), knew=knew)


async def retire_twin(voice: Voice, effect: Effect, case: Case | None) -> Sent | Dropped:
    """A second copy of a card becomes a pointer to the real one. A copy that is gone already is no fault."""
    said = messages.twin_retired(await _permalink(voice.client, case), effect.text)
    # An empty object takes the card's metadata off it: it is no card any more.
    content: dict[str, Any] = {"text": said.text, "blocks": said.blocks, "metadata": {}}
    try:
        return await update(voice, effect.channel_id, effect.message_ts, effect.place, content)
    except (MessageGone, ChannelGone) as gone:
        return Dropped(f"the second copy is gone already: {gone.error}")


async def _permalink(client: SlackClient, case: Case | None) -> str:
    """Slack's own link to the case's card; empty where there is none."""
    if case is None or case.card is None:
        return ""
    try:
        reply = await client.call("chat.getPermalink", channel=case.card.channel_id, message_ts=case.card.ts)
    except (MessageGone, ChannelGone):
        return ""
    return str(reply.body.get("permalink", ""))
