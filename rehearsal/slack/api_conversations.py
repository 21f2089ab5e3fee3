"""The `conversations.*` methods and `users.conversations`."""

from rehearsal.slack.api_call import Call, paged
from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.errors import Json, SlackError

_TYPE_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def _wire(call: Call, channel: Channel) -> Json:
    return channel.wire(call.workspace.team_id, call.workspace.bot_user_id)


def _readable(call: Call, right: str) -> Channel:
    """A channel whose kind the token's scopes cover."""
    channel = call.channel()
    call.need_scope(f"{channel.scope_prefix}:{right}")
    return channel


def info(call: Call) -> Json:
    """`conversations.info`."""
    channel = _readable(call, "read")
    about = _wire(call, channel)
    if not call.flag("include_num_members"):
        about.pop("num_members", None)
    return {"channel": about}


def list_channels(call: Call) -> Json:
    """`conversations.list`: public channels, and others that the app is in."""
    return _listing(call, only_members=False)


def users_conversations(call: Call) -> Json:
    """`users.conversations`: those that the app, or the named person as far as the app sees, is in."""
    return _listing(call, only_members=True)


def _listing(call: Call, *, only_members: bool) -> Json:
    types = call.text("types", "public_channel").replace(" ", "").split(",")
    if not set(types) <= set(_TYPE_SCOPES):
        raise SlackError("invalid_types")
    for kind in types:
        call.need_scope(_TYPE_SCOPES[kind])
    bot_user_id = call.workspace.bot_user_id
    wanted_member = call.text("user", bot_user_id) if only_members else ""
    found = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in types
        and (channel.kind == "public_channel" or bot_user_id in channel.members)
        and (not wanted_member or wanted_member in channel.members)
        and not (call.flag("exclude_archived") and channel.archived)
    ]
    page, cursor = call.page(found)
    return paged({"channels": [_wire(call, channel) for channel in page]}, cursor)


def members(call: Call) -> Json:
    """`conversations.members`."""
    channel = _readable(call, "read")
    page, cursor = call.page(channel.members)
    return paged({"members": page}, cursor)


def open_direct_message(call: Call) -> Json:
    """`conversations.open` for a direct message with one person."""
    if wanted := call.text("channel"):
        found = call.workspace.find_channel(wanted)
        if found is None or found.kind != "im":
            raise SlackError("channel_not_found")
        return {"channel": {"id": found.id}, "no_op": True, "already_open": True}
    users = [user for user in call.text("users").replace(" ", "").split(",") if user]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 8:
        raise SlackError("too_many_users")
    if len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    return _open_with(call, users[0])


def _open_with(call: Call, user_id: str) -> Json:
    person = call.workspace.people.get(user_id)
    if person is None or not call.workspace.is_visible(person):
        raise SlackError("user_not_found")
    if person.deactivated:
        raise SlackError("user_disabled")
    if person.bot:
        raise SlackError("cannot_dm_bot")
    channel = call.workspace.direct_message(user_id)
    about = _wire(call, channel) if call.flag("return_im") else {"id": channel.id}
    return {"channel": about}


def history(call: Call) -> Json:
    """`conversations.history`, newest first, without the replies inside threads."""
    channel = _readable(call, "history")
    if call.workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    shown = [message for message in channel.messages.values() if not message.is_reply or message.broadcast]
    return _messages(call, sorted(shown, key=lambda message: float(message.ts), reverse=True))


def replies(call: Call) -> Json:
    """`conversations.replies`: a thread, its first message first."""
    channel = _readable(call, "history")
    first = channel.messages.get(call.need("ts"))
    if first is None:
        raise SlackError("thread_not_found")
    return _messages(call, [first, *channel.replies(first.thread_ts or first.ts)])


def _messages(call: Call, found: list[Message]) -> Json:
    inclusive = call.flag("inclusive")
    oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    within = [
        message
        for message in found
        if oldest < float(message.ts) < latest or (inclusive and float(message.ts) in {oldest, latest})
    ]
    page, cursor = call.page(within, limit_most=999)
    with_metadata = call.flag("include_all_metadata")
    body = {
        "messages": [message.wire(with_metadata=with_metadata) for message in page],
        "has_more": bool(cursor),
    }
    return paged(body, cursor)


def join(call: Call) -> Json:
    """`conversations.join`: public channels only."""
    channel = call.channel()
    if channel.kind != "public_channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    already = call.workspace.bot_user_id in channel.members
    if not already:
        channel.members.append(call.workspace.bot_user_id)
        call.workspace.note("app_joined", channel=channel.id)
    body: Json = {"channel": _wire(call, channel)}
    return body | ({"warning": "already_in_channel"} if already else {})
