"""What a person's client shows of the workspace: the places they may look into, names, commands, history."""

from rehearsal.slack.channels import Channel
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.installation import Installation
from rehearsal.slack.people import PersonRecord

# Our choice: what one look fetches at most.
PAGE_MOST = 200


def person_line(person: PersonRecord, own_team_id: str) -> Json:
    """One person as a list shows them; `sort` says in words what is special about the account."""
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "bot": person.bot,
        "sort": _sort(person, own_team_id),
        "tz": person.tz,
    }


def _sort(person: PersonRecord, own_team_id: str) -> str:
    special = [
        (person.deactivated, "deactivated"),
        (person.team_id != own_team_id, "another workspace"),
        (person.guest is not None, "guest"),
        (not person.email_confirmed, "e-mail not confirmed"),
        (person.bot, "app"),
    ]
    return next((words for holds, words in special if holds), "")


def client_view(installation: Installation, person: PersonRecord) -> Json:
    """Everything that a page needs to draw this person's client, but for the messages."""
    workspace, manifest = installation.workspace, installation.manifest
    places = [channel for channel in workspace.channels.values() if workspace.sees(person.id, channel)]
    commands = sorted(manifest.commands.values(), key=lambda command: command.name)
    return {
        "me": person_line(person, workspace.team_id),
        "team_id": workspace.team_id,
        "address": f"https://{workspace.domain}.slack.com/",
        "app": {
            "name": manifest.name,
            "user_id": workspace.bot_user_id,
            "home_tab": manifest.home_tab,
            "socket_mode": manifest.socket_mode,
        },
        "channels": [_place(installation, channel, person) for channel in places],
        "people": [person_line(one, workspace.team_id) for one in workspace.people.values()],
        "groups": [{"id": one.id, "handle": one.handle} for one in workspace.user_groups.values()],
        "commands": [
            {"name": one.name, "description": one.description, "usage_hint": one.usage_hint}
            for one in commands
        ],
        "connections": installation.open_sockets(),
        "now": workspace.clock.time(),
        "seq": workspace.feed.seq,
    }


def _place(installation: Installation, channel: Channel, person: PersonRecord) -> Json:
    is_read_only = channel.kind == "im" and installation.manifest.messages_read_only
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "purpose": channel.purpose,
        "archived": channel.archived,
        "shared": channel.is_shared,
        "member": person.id in channel.members,
        "may_write": person.id in channel.members and not channel.archived and not is_read_only,
        "latest": next(reversed(channel.messages), ""),
    }


def history(channel: Channel, shown: list[Json], before: str, limit: int) -> Json:
    """A page of what a person sees in a channel, threads folded into their first message."""
    if not 0 < limit <= PAGE_MOST:
        raise PersonError(f"limit must be between 1 and {PAGE_MOST}, not {limit}.")
    top = [message for message in shown if _is_top(message) and (not before or message["ts"] < before)]
    replies = _replies(channel)
    return {
        "messages": [_with_replies(message, replies.get(message["ts"], [])) for message in top[-limit:]],
        "has_more": len(top) > limit,
    }


def _is_top(message: Json) -> bool:
    thread_ts = message.get("thread_ts") or message["ts"]
    return bool(thread_ts == message["ts"] or message.get("subtype") == "thread_broadcast")


def _replies(channel: Channel) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in channel.messages.values():
        if message.is_reply:
            found.setdefault(message.thread_ts, []).append(message.ts)
    return found


def _with_replies(message: Json, replies: list[str]) -> Json:
    if not replies or message.get("ephemeral"):
        return message
    return message | {"reply_count": len(replies), "latest_reply": replies[-1]}
