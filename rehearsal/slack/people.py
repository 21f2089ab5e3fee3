"""The people of the workspace and of the foreign ones that share channels with it."""

from dataclasses import dataclass
from typing import Literal

from rehearsal.slack.errors import Json

Guest = Literal["multi_channel", "single_channel"]


@dataclass
class PersonRecord:
    """One Slack account, with the flags that tell the sorts of people apart."""

    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    admin: bool = False
    guest: Guest | None = None
    stranger: bool = False
    deactivated: bool = False
    bot: bool = False
    email_confirmed: bool = True
    tz: str = "Europe/London"
    bot_id: str = ""
    title: str = ""

    @property
    def is_guest(self) -> bool:
        """Guests see only the channels that they were put into."""
        return self.guest is not None


def user_object(person: PersonRecord, own_team_id: str, *, with_email: bool, updated: int) -> Json:
    """The user object of `users.info`; the e-mail only for tokens that may read it.

    A foreign person's object carries fewer fields, and a deactivated one's lacks the role flags, as
    Slack's do.
    """
    user: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deactivated,
        "profile": _profile(person, with_email=with_email),
        "is_bot": person.bot,
        "is_app_user": False,
        "updated": updated,
    }
    if not person.deactivated:
        user |= _role_flags(person)
    if person.team_id != own_team_id:
        user["is_stranger"] = person.stranger
    return user


def _profile(person: PersonRecord, *, with_email: bool) -> Json:
    profile: Json = {
        "real_name": person.real_name,
        "display_name": person.name,
        "real_name_normalized": person.real_name,
        "display_name_normalized": person.name,
        "team": person.team_id,
    }
    if person.title:
        profile["title"] = person.title
    if person.bot:
        profile["bot_id"] = person.bot_id
    elif with_email:
        profile["email"] = person.email
    return profile


def _role_flags(person: PersonRecord) -> Json:
    return {
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "is_admin": person.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.guest is not None,
        "is_ultra_restricted": person.guest == "single_channel",
        "is_email_confirmed": person.email_confirmed,
        "who_can_share_contact_card": "EVERYONE",
    }


@dataclass
class UserGroup:
    """A user group that a message can mention."""

    id: str
    handle: str
    name: str
    members: list[str]
    disabled: bool = False

    def wire(self, team_id: str, *, with_users: bool) -> Json:
        """The group as `usergroups.list` tells it."""
        group: Json = {
            "id": self.id,
            "team_id": team_id,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "is_external": False,
            "date_delete": 1 if self.disabled else 0,
            "user_count": len(self.members),
        }
        if with_users:
            group["users"] = list(self.members)
        return group
