"""What an app answers to an interaction: messages by `response_url` or with a command's acknowledgement."""

import json
from typing import Any

from aiohttp import web

from rehearsal.slack.api_chat import TEXT_MOST, app_message
from rehearsal.slack.block_kit import check_message_blocks
from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.filling import fill_in_ids
from rehearsal.slack.installation import Installation
from rehearsal.slack.triggers import ResponseUrl


async def answer_response_url(installation: Installation, request: web.Request) -> web.Response:
    """The route behind every response URL.

    What Slack answers to a body that it refuses is not documented; here it is status 400 with the error.
    """
    status, text = response_url_used(installation, request.path, await request.text())
    return web.Response(
        status=status, text=text, content_type="text/plain" if status == 200 else "application/json"
    )


def response_url_used(installation: Installation, path: str, sent: str) -> tuple[int, str]:
    """One use of a response URL: the status and the text of its answer."""
    try:
        url = installation.response_urls.use(path)
        body = _body_of(sent)
        respond(installation, url, body)
    except SlackError as refusal:
        installation.workspace.note("response_url_refused", error=refusal.name, path=path)
        return max(refusal.status, 400), json.dumps(refusal.body())
    installation.workspace.note("response_url_used", user=url.user_id, uses=url.uses, body=body)
    return 200, "ok"


def _body_of(sent: str) -> Json:
    try:
        body = json.loads(sent)
    except ValueError as broken:
        raise SlackError("invalid_payload") from broken
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body


def respond(installation: Installation, url: ResponseUrl, body: Json) -> None:
    """Posts, replaces or deletes, as the body asks; by default only the clicker sees it."""
    channel = installation.workspace.channel(url.channel_id)
    original = _original(installation, channel, url)
    if body.get("delete_original"):
        _delete(installation, channel, original)
    elif body.get("replace_original") and url.message_ts:
        _replace(installation, channel, original, body)
    else:
        _post(installation, channel, url, body)


def _original(installation: Installation, channel: Channel, url: ResponseUrl) -> Message | None:
    whispers = installation.workspace.whispers(channel.id, url.user_id)
    whisper = next((message for message in whispers if message.ts == url.message_ts), None)
    return whisper or channel.messages.get(url.message_ts)


def _delete(installation: Installation, channel: Channel, original: Message | None) -> None:
    if original is None:
        raise SlackError("message_not_found", status=404)
    if original.only_for:
        installation.workspace.retract(channel, original)
    else:
        installation.workspace.delete(channel, original)


def _replace(installation: Installation, channel: Channel, original: Message | None, body: Json) -> None:
    if original is None:
        raise SlackError("message_not_found", status=404)
    text, blocks = _content(body)
    before = original.wire()
    original.text, original.blocks = text, blocks
    installation.workspace.changed(channel, original, before)


def _post(installation: Installation, channel: Channel, url: ResponseUrl, body: Json) -> None:
    text, blocks = _content(body)
    message = app_message(installation.workspace, text, blocks, list(body.get("attachments") or []))
    message.thread_ts = str(body.get("thread_ts") or "")
    if body.get("response_type") == "in_channel":
        installation.workspace.post(channel, message)
    else:
        message.only_for = url.user_id
        installation.workspace.whisper(channel, message)


def _content(body: Json) -> tuple[str, list[Json]]:
    text, blocks = str(body.get("text") or ""), body.get("blocks")
    if blocks is not None:
        check_message_blocks(blocks)
    if not text.strip() and not blocks and not body.get("attachments"):
        raise SlackError("no_text")
    return text[:TEXT_MOST], fill_in_ids(blocks or [])


def respond_to_command(installation: Installation, url: ResponseUrl, response: Any) -> str:
    """Acts on what came with a command's acknowledgement; names the outcome."""
    if not isinstance(response, dict) or not any(
        response.get(name) for name in ("text", "blocks", "attachments")
    ):
        return "acknowledged"
    try:
        _post(installation, installation.workspace.channel(url.channel_id), url, response)
    except SlackError as refusal:
        installation.workspace.note("command_answer_refused", error=refusal.name)
        return f"refused: {refusal}"
    return "answered"
