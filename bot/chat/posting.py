"""Posting one message to one channel, with everything switched off that could act on outside text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat.channels import Channels
from bot.chat.client import SlackClient
from bot.chat.errors import ChannelGone
from bot.chat.outcomes import Sent
from bot.models import Place

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
    return Sent(channel_id=str(reply.body["channel"]), ts=str(reply.body["ts"]))


async def update(voice: Voice, channel_id: str, ts: str, place: Place, content: Mapping[str, Any]) -> Sent:
    """One `chat.update` of a message of ours. ChannelGone is noted and raised, as for a post."""
    try:
        await voice.client.call("chat.update", channel=channel_id, ts=ts, **INERT, **content)
    except ChannelGone as gone:
        await voice.channels.refused(channel_id, gone.error, place, voice.now)
        raise
    await voice.channels.posted(channel_id)
    return Sent(channel_id=channel_id, ts=ts)
