"""What admins and members do to channels, people and groups, and the events Slack sends about it."""

from rehearsal.slack.channels import Channel
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.people import user_object
from rehearsal.slack.workspace import Workspace


class Changes:
    """Run-time changes of the workspace; each is in the feed and announced to the app.

    For private channels Slack uses event names of their own (`group_…`), for public ones `channel_…`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def archive(self, channel_id: str, by: str = "") -> None:
        """Archives a channel: nobody can post any more."""
        channel = self._workspace.channel(channel_id)
        channel.archived = True
        self._tell(channel, "archive", {"user": by or self._somebody(), "is_moved": 0})

    def unarchive(self, channel_id: str, by: str = "") -> None:
        """Opens an archived channel again."""
        channel = self._workspace.channel(channel_id)
        channel.archived = False
        self._tell(channel, "unarchive", {"user": by or self._somebody()})

    def delete_channel(self, channel_id: str) -> None:
        """Deletes a channel with all that is in it."""
        channel = self._workspace.channel(channel_id)
        self._tell(channel, "deleted", {})
        del self._workspace.channels[channel.id]

    def rename(self, channel_id: str, name: str) -> None:
        """Gives a channel another name; its id stays."""
        channel = self._workspace.channel(channel_id)
        channel.previous_names.append(channel.name)
        channel.name = name
        about = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
        self._tell(channel, "rename", {"channel": about})

    def share(self, channel_id: str, team_id: str = "") -> None:
        """Connects a channel to a foreign organization (Slack Connect)."""
        channel = self._workspace.channel(channel_id)
        team_id = team_id or self._workspace.foreign_team_id
        channel.connected_team_ids.append(team_id)
        self._announce("channel_shared", channel, {"connected_team_id": team_id})

    def unshare(self, channel_id: str, team_id: str = "") -> None:
        """Ends the connection; the foreign people lose the channel."""
        channel = self._workspace.channel(channel_id)
        team_id = team_id or self._workspace.foreign_team_id
        if team_id not in channel.connected_team_ids:
            raise PersonError(f"Channel {channel.name} is not shared with {team_id}.")
        channel.connected_team_ids.remove(team_id)
        foreign = [user for user in channel.members if self._workspace.person(user).team_id == team_id]
        channel.members = [user for user in channel.members if user not in foreign]
        facts = {"previously_connected_team_id": team_id, "is_ext_shared": channel.is_shared}
        self._announce("channel_unshared", channel, facts)

    def make_private(self, channel_id: str) -> None:
        """Turns a public channel into a private one; the id stays."""
        channel = self._workspace.channel(channel_id)
        channel.kind = "private_channel"
        self._workspace.note("channel_made_private", channel=channel.id)

    def join(self, channel_id: str, user_id: str, inviter: str = "") -> None:
        """Puts a person, or the app itself, into a channel."""
        channel = self._workspace.channel(channel_id)
        person = self._workspace.person(user_id)
        if user_id in channel.members:
            return
        channel.members.append(user_id)
        event = self._membership("member_joined_channel", channel, user_id, person.team_id)
        if inviter:
            event["inviter"] = inviter
        self._say("member_joined_channel", channel, event)

    def leave(self, channel_id: str, user_id: str) -> None:
        """Takes a person, or the app itself, out of a channel.

        The app learns of its own removal by `channel_left` or `group_left`, and by `member_left_channel`
        (whether Slack sends the latter to the removed app itself is not proven).
        """
        channel = self._workspace.channel(channel_id)
        if user_id not in channel.members:
            raise PersonError(f"{user_id} is not in {channel.name}.")
        event = self._membership(
            "member_left_channel", channel, user_id, self._workspace.person(user_id).team_id
        )
        self._say("member_left_channel", channel, event)
        channel.members.remove(user_id)
        if user_id == self._workspace.bot_user_id:
            kind = "channel_left" if channel.kind == "public_channel" else "group_left"
            self._announce(kind, channel, {"actor_id": self._somebody()})

    def remove_bot(self, channel_id: str) -> None:
        """Removes the app from a channel."""
        self.leave(channel_id, self._workspace.bot_user_id)

    def invite_bot(self, channel_id: str) -> None:
        """Invites the app into a channel."""
        self.join(channel_id, self._workspace.bot_user_id, inviter=self._somebody())

    def set_person(self, user_id: str, **sort: object) -> None:
        """Changes an account: deactivate, make a guest, confirm the e-mail, another time zone or title."""
        person = self._workspace.person(user_id)
        for name, value in sort.items():
            if name not in {
                "admin",
                "guest",
                "stranger",
                "deactivated",
                "email_confirmed",
                "tz",
                "email",
                "real_name",
                "title",
            }:
                raise PersonError(f"A person has no property {name!r}.")
            setattr(person, name, value)
        self._workspace.note("person_changed", user=user_id, **sort)
        now = self._workspace.clock.time()
        user = user_object(person, self._workspace.team_id, with_email=False, updated=int(now))
        self._workspace.announce(
            "user_change", {"type": "user_change", "user": user, "event_ts": str(now)}, None
        )

    def set_user_group(self, group_id: str, members: list[str]) -> None:
        """Replaces the members of a user group."""
        group = self._workspace.user_groups[group_id]
        before, group.members = set(group.members), list(members)
        self._workspace.note("user_group_changed", group=group_id, members=list(members))
        event = {
            "type": "subteam_members_changed",
            "subteam_id": group_id,
            "team_id": self._workspace.team_id,
            "added_users": sorted(set(members) - before),
            "removed_users": sorted(before - set(members)),
            "event_ts": str(self._workspace.clock.time()),
        }
        self._workspace.announce("subteam_members_changed", event, None)

    def delete_message(self, channel_id: str, ts: str, by: str) -> None:
        """A person deletes their own message, or an admin anybody's."""
        channel, person = self._workspace.channel(channel_id), self._workspace.person(by)
        message = channel.messages.get(ts)
        if message is None:
            raise PersonError(f"No message {ts} in {channel.name}.")
        if message.user_id != by and not person.admin:
            raise PersonError(f"{person.name} is no admin and may not delete another's message.")
        self._workspace.delete(channel, message)

    def _tell(self, channel: Channel, what: str, facts: Json) -> None:
        prefix = "channel" if channel.kind == "public_channel" else "group"
        self._announce(f"{prefix}_{what}", channel, facts)

    def _announce(self, kind: str, channel: Channel, facts: Json) -> None:
        event = {"type": kind, "channel": channel.id, "event_ts": self._workspace.next_ts(), **facts}
        self._say(kind, channel, event)

    def _say(self, kind: str, channel: Channel, event: Json) -> None:
        self._workspace.note("channel_event", event=event)
        knows = channel.kind == "public_channel" or self._workspace.bot_user_id in channel.members
        if knows or kind in {"group_left", "channel_left"}:
            self._workspace.announce(kind, event, channel)

    def _membership(self, kind: str, channel: Channel, user_id: str, team_id: str) -> Json:
        letter = "C" if channel.kind == "public_channel" else "G"
        return {
            "type": kind,
            "user": user_id,
            "channel": channel.id,
            "channel_type": letter,
            "team": team_id,
            "event_ts": self._workspace.next_ts(),
        }

    def _somebody(self) -> str:
        admins = (person.id for person in self._workspace.people.values() if person.admin)
        return next(admins, self._workspace.bot_user_id)
