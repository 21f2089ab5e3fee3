"""Channels, direct messages and the messages in them."""

from dataclasses import dataclass, field
from typing import Literal

from rehearsal.slack.errors import Json

# Our choice: Slack keeps everything; here the oldest messages of a channel go, so that memory stays flat.
KEPT_MESSAGES = 2_000

ChannelKind = Literal["public_channel", "private_channel", "im"]


@dataclass
class Message:
    """One message; `only_for` names the single person who sees an ephemeral one."""

    ts: str
    user_id: str
    text: str
    team_id: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    bot_id: str = ""
    app_id: str = ""
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    edited_ts: str = ""
    edited_by: str = ""
    only_for: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """In a thread and not its first message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts

    def wire(self, *, with_metadata: bool = False) -> Json:
        """The message as Slack's JSON tells it."""
        body: Json = {
            "type": "message",
            "user": self.user_id,
            "ts": self.ts,
            "text": self.text,
            "team": self.team_id,
        }
        if self.bot_id:
            body |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.attachments:
            body["attachments"] = self.attachments
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        if self.edited_ts:
            body["edited"] = {"user": self.edited_by, "ts": self.edited_ts}
        if self.reactions:
            body["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass
class Channel:
    """A conversation of any kind, with its members and messages."""

    id: str
    name: str
    kind: ChannelKind
    created: int
    members: list[str] = field(default_factory=list)
    archived: bool = False
    connected_team_ids: list[str] = field(default_factory=list)
    pending_shared: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    previous_names: list[str] = field(default_factory=list)
    purpose: str = ""
    """What the channel is for, as its members read it."""

    @property
    def is_shared(self) -> bool:
        """Shared with another organization through Slack Connect."""
        return bool(self.connected_team_ids)

    @property
    def scope_prefix(self) -> str:
        """Which family of scopes speaks about it: `channels`, `groups` or `im`."""
        return {"public_channel": "channels", "private_channel": "groups", "im": "im"}[self.kind]

    def replies(self, thread_ts: str) -> list[Message]:
        """The replies of a thread, oldest first, without its first message."""
        return [
            message
            for message in self.messages.values()
            if message.is_reply and message.thread_ts == thread_ts
        ]

    def wire(self, own_team_id: str, bot_user_id: str) -> Json:
        """The channel as `conversations.info` tells it to the bot."""
        if self.kind == "im":
            other = next(member for member in self.members if member != bot_user_id)
            return {
                "id": self.id,
                "created": self.created,
                "is_im": True,
                "is_archived": self.archived,
                "is_org_shared": False,
                "is_ext_shared": self.is_shared,
                "context_team_id": own_team_id,
                "user": other,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public_channel",
            "is_group": self.kind == "private_channel",
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind == "private_channel",
            "created": self.created,
            "is_archived": self.archived,
            "is_general": False,
            "is_shared": self.is_shared,
            "is_org_shared": False,
            "is_ext_shared": self.is_shared,
            "is_pending_ext_shared": self.pending_shared,
            "pending_connected_team_ids": [],
            "shared_team_ids": [own_team_id, *self.connected_team_ids],
            "connected_team_ids": list(self.connected_team_ids),
            "context_team_id": own_team_id,
            "is_member": bot_user_id in self.members,
            "num_members": len(self.members),
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
            "previous_names": list(self.previous_names),
        }
