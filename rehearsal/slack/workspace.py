"""The workspace: who and what there is, and what changes in it.

Every change goes into the feed and, as a Slack event, to `announce`, which the server connects to the app.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from rehearsal.clock import SandboxClock
from rehearsal.slack.channels import KEPT_MESSAGES, Channel, ChannelKind, Message
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.feed import Feed
from rehearsal.slack.identifiers import Identifiers
from rehearsal.slack.people import PersonRecord, UserGroup

# Our choice: Slack forgets whispers when a client reloads; here the oldest go.
KEPT_EPHEMERALS = 2_000

Announce = Callable[[str, Json, Channel | None], None]


def _nobody_listens(_subscription: str, _event: Json, _channel: Channel | None) -> None:
    """Before the server is wired up, events go nowhere."""


class Workspace:
    """One team, its people, channels and messages; the single writer of that state."""

    def __init__(self, clock: SandboxClock, app_name: str, ids: str = "") -> None:
        self.clock = clock
        self.feed = Feed(clock)
        self.ids = Identifiers(ids)
        self.team_id = self.ids.next("T")
        self.foreign_team_id = self.ids.next("T")
        self.domain = "rehearsal"
        self.name = "Rehearsal"
        self.app_id = self.ids.next("A")
        self.bot_id = self.ids.next("B")
        self.people: dict[str, PersonRecord] = {}
        self.channels: dict[str, Channel] = {}
        self.user_groups: dict[str, UserGroup] = {}
        self.ephemerals: deque[tuple[str, Message]] = deque(maxlen=KEPT_EPHEMERALS)
        self.announce: Announce = _nobody_listens
        self._last_ts = 0
        self.bot_user_id = self._add_bot_user(app_name)

    def _add_bot_user(self, app_name: str) -> str:
        user_id = self.ids.next("U")
        name = app_name.lower().replace(" ", "_")
        self.people[user_id] = PersonRecord(
            user_id, name, app_name, "", self.team_id, bot=True, bot_id=self.bot_id
        )
        return user_id

    def next_ts(self) -> str:
        """A message timestamp: the sandbox time in microseconds, never the same twice, always rising."""
        self._last_ts = max(int(self.clock.time() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def note(self, kind: str, **facts: Any) -> None:
        """Writes one line into the feed."""
        self.feed.add(kind, **facts)

    # People

    def add_person(self, person: PersonRecord) -> str:
        """Adds an account; the id is the record's."""
        self.people[person.id] = person
        self.note("person_added", user=person.id, name=person.name)
        return person.id

    def person(self, user_id: str) -> PersonRecord:
        """The account; raises PersonError when there is none."""
        if user_id not in self.people:
            raise PersonError(f"Nobody here has the id {user_id!r}; known are {sorted(self.people)}.")
        return self.people[user_id]

    def is_visible(self, person: PersonRecord) -> bool:
        """Can the app know this person: of the own team, or sharing a channel with it."""
        if person.team_id == self.team_id:
            return True
        return any(person.id in channel.members for channel in self.channels.values() if channel.is_shared)

    def sees(self, user_id: str, channel: Channel) -> bool:
        """May this person look into the channel?"""
        if user_id in channel.members:
            return True
        person = self.person(user_id)
        own_member = person.team_id == self.team_id and not person.is_guest
        return channel.kind == "public_channel" and own_member

    # Channels

    def channel(self, channel_id: str) -> Channel:
        """The channel by id, or by name with or without `#`; raises PersonError when there is none."""
        found = self.find_channel(channel_id)
        if found is None:
            raise PersonError(f"No channel has the id or name {channel_id!r}.")
        return found

    def find_channel(self, id_or_name: str) -> Channel | None:
        """The channel by id, or by name with or without `#`."""
        if id_or_name in self.channels:
            return self.channels[id_or_name]
        name = id_or_name.removeprefix("#")
        named = (
            channel for channel in self.channels.values() if channel.kind != "im" and channel.name == name
        )
        return next(named, None)

    def add_channel(self, name: str, kind: ChannelKind, members: Iterable[str]) -> Channel:
        """Opens a channel with these members."""
        prefix = "D" if kind == "im" else "C"
        channel = Channel(
            self.ids.next(prefix), name, kind, int(self.clock.time()), list(dict.fromkeys(members))
        )
        self.channels[channel.id] = channel
        self.note("channel_added", channel=channel.id, name=name, channel_kind=kind)
        return channel

    def direct_message(self, user_id: str) -> Channel:
        """The direct message between the app and a person, opened when it is first needed."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members:
                return channel
        return self.add_channel("directmessage", "im", [self.bot_user_id, user_id])

    # Messages

    def post(self, channel: Channel, message: Message) -> Message:
        """Puts a message into the channel and tells everybody."""
        channel.messages[message.ts] = message
        while len(channel.messages) > KEPT_MESSAGES:
            del channel.messages[next(iter(channel.messages))]
        self.note("message", channel=channel.id, message=message.wire())
        self._message_event(channel, message.wire())
        return message

    def whisper(self, channel: Channel, message: Message) -> Message:
        """Shows a message to the one person in `only_for`."""
        self.ephemerals.append((channel.id, message))
        self.note("ephemeral", channel=channel.id, user=message.only_for, message=message.wire())
        return message

    def changed(self, channel: Channel, message: Message, before: Json) -> None:
        """Tells everybody that a message reads differently now."""
        self.note("message_changed", channel=channel.id, message=message.wire())
        if message.only_for:
            return
        event = {
            "type": "message",
            "subtype": "message_changed",
            "message": message.wire(),
            "previous_message": before,
            "hidden": True,
            "ts": self.next_ts(),
        }
        self._message_event(channel, event)

    def delete(self, channel: Channel, message: Message) -> None:
        """Removes a message, the app's or a person's, and tells everybody."""
        del channel.messages[message.ts]
        self.note("message_deleted", channel=channel.id, ts=message.ts)
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "deleted_ts": message.ts,
            "previous_message": message.wire(),
            "hidden": True,
            "ts": self.next_ts(),
        }
        self._message_event(channel, event)

    def retract(self, channel: Channel, message: Message) -> None:
        """Takes a whisper away again."""
        self.ephemerals.remove((channel.id, message))
        self.note("ephemeral_deleted", channel=channel.id, user=message.only_for, ts=message.ts)

    def whispers(self, channel_id: str, user_id: str) -> list[Message]:
        """The ephemeral messages that this person sees in the channel."""
        return [
            message
            for place, message in self.ephemerals
            if place == channel_id and message.only_for == user_id
        ]

    def _message_event(self, channel: Channel, body: Json) -> None:
        kind, subscription = {
            "public_channel": ("channel", "message.channels"),
            "private_channel": ("group", "message.groups"),
            "im": ("im", "message.im"),
        }[channel.kind]
        event = {**body, "channel": channel.id, "channel_type": kind, "event_ts": body["ts"]}
        if self.bot_user_id in channel.members:
            self.announce(subscription, event, channel)
