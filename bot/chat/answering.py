"""Telling one person, and nobody else: by the press's own address, else as a whisper, else as a direct message."""

from __future__ import annotations

from typing import Any

from bot.chat.client import SlackClient
from bot.chat.errors import ChatRefused, TokenRefused
from bot.chat.outcomes import Dropped, Sent
from bot.chat.posting import INERT, NO_UNFURLS
from bot.models import Effect


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
    channel_id = str(opened.body["channel"]["id"])
    reply = await client.call("chat.postMessage", channel=channel_id, **INERT, **NO_UNFURLS, **content)
    return Sent(channel_id=channel_id, ts=str(reply.body["ts"]))
