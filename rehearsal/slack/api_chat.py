"""The `chat.*` and `reactions.*` methods."""

import json
import re

from rehearsal.slack.api_call import Call
from rehearsal.slack.block_kit import MARKDOWN_MOST, check_message_blocks
from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.filling import fill_in_ids
from rehearsal.slack.workspace import Workspace

# Beyond this Slack cuts the text and warns; docs.slack.dev/reference/methods/chat.postMessage.
TEXT_MOST = 40_000
# docs.slack.dev/reference/methods/chat.update.
UPDATED_TEXT_MOST = 4_000
ATTACHMENTS_MOST = 100
# The size limit of metadata is not published; our choice, well above what a reconcile key needs.
METADATA_BYTES_MOST = 16_000


def post_message(call: Call) -> Json:
    """`chat.postMessage`."""
    channel = _destination(call)
    message = new_message(call)
    _put_in_thread(call, channel, message)
    message.metadata = _metadata(call)
    call.workspace.post(channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.wire(with_metadata=True)}


def _put_in_thread(call: Call, channel: Channel, message: Message) -> None:
    """A reply to an unknown message hangs in a thread without a head, as it seems to in Slack."""
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return
    parent = channel.messages.get(thread_ts)
    if any(place == channel.id and whisper.ts == thread_ts for place, whisper in call.workspace.ephemerals):
        raise SlackError("cannot_reply_to_message")
    if parent is not None and not parent.thread_ts:
        parent.thread_ts = parent.ts
    message.thread_ts = parent.thread_ts if parent else thread_ts
    message.broadcast = call.flag("reply_broadcast")


def post_ephemeral(call: Call) -> Json:
    """`chat.postEphemeral`."""
    channel = _destination(call)
    user_id = call.need("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = new_message(call)
    message.only_for = user_id
    message.thread_ts = call.text("thread_ts")
    call.workspace.whisper(channel, message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    """`chat.update`."""
    channel = _member_channel(call)
    message = _own_message(call, channel, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    before = message.wire()
    if len(call.text("text")) > UPDATED_TEXT_MOST:
        raise SlackError("msg_too_long")
    _replace_content(call, message)
    metadata = _metadata(call)
    if metadata is not None:
        message.metadata = metadata or None
    call.workspace.changed(channel, message, before)
    body = message.wire(with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def _replace_content(call: Call, message: Message) -> None:
    has_text = "text" in call.args
    if not any(name in call.args for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    blocks, attachments = read_blocks(call), _attachments(call)
    if not (call.text("text") or blocks or attachments or not has_text):
        raise SlackError("no_text")
    if has_text:
        message.text = call.text("text")
    if blocks is not None or has_text:
        message.blocks = blocks or []
    if attachments is not None:
        message.attachments = attachments
    if not blocks:
        message.edited_ts, message.edited_by = call.workspace.next_ts(), call.workspace.bot_user_id


def delete(call: Call) -> Json:
    """`chat.delete`."""
    channel = _member_channel(call)
    message = _own_message(call, channel, "cant_delete_message")
    call.workspace.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """`chat.getPermalink`."""
    channel = call.channel()
    if call.need("message_ts") not in channel.messages:
        raise SlackError("message_not_found")
    ts = call.text("message_ts").replace(".", "")
    return {
        "channel": channel.id,
        "permalink": f"https://{call.workspace.domain}.slack.com/archives/{channel.id}/p{ts}",
    }


def add_reaction(call: Call) -> Json:
    """`reactions.add`."""
    channel = _member_channel(call)
    name = call.text("name").strip(":")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    message = channel.messages.get(call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    users = message.reactions.setdefault(name, [])
    if call.workspace.bot_user_id in users:
        raise SlackError("already_reacted")
    users.append(call.workspace.bot_user_id)
    call.workspace.note("reaction_added", channel=channel.id, ts=message.ts, name=name)
    return {}


def _destination(call: Call) -> Channel:
    """The channel to post to; a person's id means their direct message with the app."""
    wanted = call.text("channel")
    person = call.workspace.people.get(wanted)
    if person is not None:
        if person.deactivated or person.bot or not call.workspace.is_visible(person):
            raise SlackError("channel_not_found")
        channel = call.workspace.direct_message(wanted)
    else:
        channel = call.channel()
    if channel.archived:
        raise SlackError("is_archived")
    if channel.kind == "im" and not call.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    may_post = channel.kind == "public_channel" and "chat:write.public" in call.manifest.scopes
    if call.workspace.bot_user_id not in channel.members and not may_post:
        raise SlackError("not_in_channel")
    return channel


def _member_channel(call: Call) -> Channel:
    channel = call.channel()
    if call.workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel" if call.method == "reactions.add" else "channel_not_found")
    return channel


def _own_message(call: Call, channel: Channel, refusal: str) -> Message:
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user_id != call.workspace.bot_user_id:
        raise SlackError(refusal)
    return message


def new_message(call: Call) -> Message:
    """A message of the app from the call's text, blocks and attachments."""
    text, blocks, attachments = call.text("text"), read_blocks(call), _attachments(call)
    markdown = call.text("markdown_text")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_MOST:
        raise SlackError("msg_too_long")
    if not (text.strip() or blocks or attachments or markdown):
        raise SlackError("no_text")
    if len(text) > TEXT_MOST:
        text = text[:TEXT_MOST]
        call.warnings.append("message_truncated")
    return app_message(call.workspace, text or markdown, blocks or [], attachments or [])


def app_message(workspace: Workspace, text: str, blocks: list[Json], attachments: list[Json]) -> Message:
    """A message under the app's name, with a fresh timestamp."""
    return Message(
        workspace.next_ts(),
        workspace.bot_user_id,
        text,
        workspace.team_id,
        blocks,
        attachments,
        bot_id=workspace.bot_id,
        app_id=workspace.app_id,
    )


def read_blocks(call: Call) -> list[Json] | None:
    """The checked blocks with generated ids, or None when the call names none."""
    raw = call.data("blocks", "invalid_blocks_format")
    if raw is None:
        return None
    check_message_blocks(raw)
    return fill_in_ids(raw)


def _attachments(call: Call) -> list[Json] | None:
    raw = call.data("attachments", "invalid_attachments")
    if raw is None:
        return None
    if not isinstance(raw, list):
        raise SlackError("invalid_attachments")
    if len(raw) > ATTACHMENTS_MOST:
        raise SlackError("too_many_attachments")
    return raw


def _metadata(call: Call) -> Json | None:
    raw = call.data("metadata", "invalid_metadata_format")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise SlackError("invalid_metadata_format")
    if raw and not (isinstance(raw.get("event_type"), str) and isinstance(raw.get("event_payload"), dict)):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(raw)) > METADATA_BYTES_MOST:
        raise SlackError("metadata_too_large")
    return raw
