"""What Slack tells an installer: whose token it is, the bot's channels, the user groups, a person. Only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.chat import (
    ChatError,
    ChatRefused,
    People,
    SlackClient,
    Unidentified,
    Workspace,
    channel_faults,
    check_workspace,
    read_channel,
)
from bot.checkup.slack import WHY_NOT, why_no_socket
from bot.installing.answers import Unfit
from bot.settings import SlackSection

_PAGE = 200
"""Entries of one page: what Slack recommends at the most."""
_NAMED = 12
"""Names offered in a sentence (our choice)."""


@dataclass(frozen=True, slots=True)
class Named:
    """A channel or a user group."""

    slack_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A full member of the workspace, and where their clock is; empty where Slack does not tell."""

    slack_id: str
    name: str
    email: str
    zone: str


async def workspace_of(token: str, api_url: str) -> Workspace:
    """Whose token it is. Raises Unfit with what is wrong with it, missing scopes included."""
    client = SlackClient.connect(_plain(token, "SLACK_BOT_TOKEN"), api_url)
    try:
        found, faults = await check_workspace(client)
    finally:
        await client.close()
    stops = [each.sentence for each in faults if each.stops]
    if found is None or stops:
        raise Unfit(" ".join(stops))
    return found


async def try_the_door(token: str, api_url: str) -> None:
    """Whether the app-level token opens Socket Mode. Raises Unfit."""
    if wrong := await why_no_socket(_plain(token, "SLACK_APP_TOKEN"), api_url):
        raise Unfit(wrong)


def api_address(text: str) -> str:
    """Slack's address as the settings take it. Raises Unfit."""
    try:
        return SlackSection(team_id="", api_url=text).api_url
    except ValueError:
        raise Unfit(f"{text!r} is no address of Slack's Web API; use https://slack.com/api/") from None


def _plain(token: str, name: str) -> str:
    if not token or not all("!" <= each <= "~" for each in token):
        raise Unfit(f"{name} is empty or holds a blank or a letter that no token has. Copy it anew, alone.")
    return token


class Looking:
    """One bot's view of its workspace; lists are read once."""

    def __init__(self, client: SlackClient, workspace: Workspace) -> None:
        self._client = client
        self._workspace = workspace
        self._channels: tuple[Named, ...] | None = None
        self._groups: tuple[Named, ...] | None = None
        self.warnings: list[str] = []

    async def channel(self, text: str) -> Named:
        """The channel of this name or id that can be posted to. Raises Unfit."""
        wanted = text.removeprefix("#")
        if not wanted:
            raise Unfit(f"A channel is needed. {await self._offer_channels()}")
        found = _one_of(await self._bots_channels(), wanted)
        if found is None:
            raise Unfit(
                f"The bot is in no channel #{wanted}. Invite it there (/invite @Gatehouse), then name the channel "
                f"again. {await self._offer_channels()}"
            )
        faults = channel_faults(found.slack_id, await _asked(read_channel(self._client, found.slack_id)))
        if stops := [each.sentence for each in faults if each.stops]:
            raise Unfit(" ".join(stops))
        self.warnings += [each.sentence for each in faults]
        return found

    async def user_group(self, text: str) -> Named | None:
        """The user group of this handle, name or id; None for an empty text. Raises Unfit."""
        wanted = text.removeprefix("@")
        if not wanted:
            return None
        if "usergroups:read" not in self._workspace.scopes:
            raise Unfit(
                "The bot token lacks the scope usergroups:read, so no user group is known. Leave it out."
            )
        groups = await self._user_groups()
        found = _one_of(groups, wanted)
        if found is None:
            raise Unfit(f"There is no user group @{wanted} in the workspace. {_offered('@', groups)}")
        return found

    async def member(self, text: str) -> Member | None:
        """The full member of this e-mail address or id; None for an empty text. Raises Unfit for anybody else."""
        if not text:
            return None
        user = await self._user(text)
        slack_id = str(user.get("id", ""))
        team_id, people = self._workspace.team_id, People(self._client, self._workspace.team_id)
        who = await people.who(slack_id, team_id, datetime.now(UTC))
        if isinstance(who, Unidentified):
            raise Unfit(f"{text} {WHY_NOT.get(who.reason, 'could not be looked up')}, so it may do nothing.")
        return Member(slack_id, who.name, who.email, str(user.get("tz") or ""))

    async def _user(self, text: str) -> Mapping[str, Any]:
        method, arguments = (
            ("users.lookupByEmail", {"email": text}) if "@" in text else ("users.info", {"user": text})
        )
        try:
            reply = await self._client.call(method, **arguments)
        except ChatRefused as refused:
            raise Unfit(
                f"Slack knows nobody by {text!r} ({refused.error}). Give the e-mail address of the account, or the "
                "member id from its profile."
            ) from None
        except ChatError as error:
            raise Unfit(f"{error}. Try again in a minute.") from None
        user = reply.body.get("user")
        return user if isinstance(user, Mapping) else {}

    async def _bots_channels(self) -> tuple[Named, ...]:
        if self._channels is None:
            rows = await self._paged(
                "users.conversations",
                "channels",
                types="public_channel,private_channel",
                exclude_archived=True,
            )
            self._channels = tuple(Named(str(row.get("id")), str(row.get("name"))) for row in rows)
        return self._channels

    async def _user_groups(self) -> tuple[Named, ...]:
        if self._groups is None:
            reply = await _asked(self._client.call("usergroups.list"))
            rows = reply.body.get("usergroups")
            listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            self._groups = tuple(Named(str(row.get("id")), str(row.get("handle"))) for row in listed)
        return self._groups

    async def _paged(self, method: str, key: str, **arguments: Any) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            reply = await _asked(self._client.call(method, limit=_PAGE, cursor=cursor or None, **arguments))
            rows = reply.body.get(key)
            found += [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
            more = reply.body.get("response_metadata")
            cursor = str(more.get("next_cursor") or "") if isinstance(more, Mapping) else ""
            if not cursor:
                return found

    async def _offer_channels(self) -> str:
        return _offered("#", await self._bots_channels())


async def _asked(asking: Any) -> Any:
    """Slack's answer. Raises Unfit with what it said instead."""
    try:
        return await asking
    except ChatError as error:
        raise Unfit(f"{error}. Try again in a minute.") from None


def _one_of(listed: tuple[Named, ...], wanted: str) -> Named | None:
    fitting = (each for each in listed if wanted in (each.slack_id, each.name))
    alike = (each for each in listed if each.name.casefold() == wanted.casefold())
    return next(fitting, None) or next(alike, None)


def _offered(sign: str, listed: tuple[Named, ...]) -> str:
    names = sorted(f"{sign}{each.name}" for each in listed)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"There are: {', '.join(names[:_NAMED])}{more}." if names else "There is none yet."
