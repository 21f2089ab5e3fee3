"""The check before the start: is the token ours, may it do enough, and are the channels fit to be posted to?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.chat.channels import ChannelFacts, RoutingTable, read_channel
from bot.chat.client import ChatBusy, ChatError, ChatRefused, SlackClient

NEEDED_SCOPES: Mapping[str, str] = {
    "commands": "to receive /blocked and /gatehouse",
    "chat:write": "to post and update cards and messages",
    "im:write": "to answer somebody by direct message",
    "users:read": "to tell members from guests, bots and strangers at every press",
    "users:read.email": "to find the person of the access file by the e-mail address",
}
WANTED_SCOPES: Mapping[str, str] = {
    "channels:read": "without it nobody notices when a public channel becomes shared with outsiders",
    "groups:read": "without it nobody notices when a private channel becomes shared with outsiders",
    "usergroups:read": "without it Slack user groups in the access file cannot be read",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, as a sentence with its remedy."""

    sentence: str
    stops: bool = True
    """The start is refused; False is a warning."""
    is_unasked: bool = False
    """It could not be found out."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whose token it is."""

    team_id: str
    team_name: str
    bot_user_id: str
    bot_id: str
    enterprise_id: str
    url: str
    """The workspace's web address, for links to messages; ends in a slash."""
    scopes: frozenset[str]


async def check_workspace(
    client: SlackClient, *, team_id: str = "", bot_user_id: str = ""
) -> tuple[Workspace | None, list[Fault]]:
    """Asks `auth.test`, compares with the settings (empty: not compared) and reads the granted scopes."""
    try:
        reply = await client.call("auth.test")
    except ChatRefused as refused:
        remedy = "copy the bot token (xoxb-…) again from the app's OAuth page into the settings"
        return None, [Fault(f"Slack refuses the bot token ({refused.error}): {remedy}.")]
    except ChatError as error:
        return None, [Fault(f"{error}. Check the network and the Slack address in the settings.")]
    body = reply.body
    found = Workspace(
        team_id=str(body.get("team_id", "")),
        team_name=str(body.get("team", "")),
        bot_user_id=str(body.get("user_id", "")),
        bot_id=str(body.get("bot_id", "")),
        enterprise_id=str(body.get("enterprise_id") or ""),
        url=str(body.get("url") or ""),
        scopes=_scopes(reply.headers),
    )
    return found, [*_identity_faults(found, team_id, bot_user_id), *_scope_faults(found.scopes)]


def _scopes(headers: Mapping[str, str]) -> frozenset[str]:
    """The scopes that Slack names with every answer."""
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in named.split(",") if scope.strip())


def _identity_faults(found: Workspace, team_id: str, bot_user_id: str) -> list[Fault]:
    """A token of another workspace or another app is refused."""
    faults = []
    if not found.bot_id:
        faults.append(Fault("The token is not a bot's: use the bot token (xoxb-…), not a user's."))
    if team_id and found.team_id != team_id:
        faults.append(
            Fault(
                f"The token belongs to workspace {found.team_id} ({found.team_name}), the settings name {team_id}:"
                " use the token of the right workspace, or mend slack.team_id."
            )
        )
    if bot_user_id and found.bot_user_id != bot_user_id:
        faults.append(
            Fault(
                f"The token belongs to the bot user {found.bot_user_id}, the settings name {bot_user_id}:"
                " use the token of the right app."
            )
        )
    return faults


def _scope_faults(scopes: frozenset[str]) -> list[Fault]:
    """Missing scopes, each with what it is for."""
    remedy = "Add it on the app's OAuth page and install the app again."
    missing = [
        Fault(f"The token lacks the scope {scope}, needed {why}. {remedy}")
        for scope, why in NEEDED_SCOPES.items()
        if scope not in scopes
    ]
    wanted = [
        Fault(f"The token lacks the optional scope {scope}: {why}. {remedy}", stops=False)
        for scope, why in WANTED_SCOPES.items()
        if scope not in scopes
    ]
    return [*missing, *wanted]


async def check_channels(
    client: SlackClient, routes: RoutingTable, *, weekly: str = "", tiers: Iterable[str] = ()
) -> list[Fault]:
    """Every channel of the routing table, and those that `tiers` are called in: shared ones stop the start, public ones
    are warned of.

    `weekly`: the channel of the weekly post, where there is one. It stops nothing: without it a post is missing.
    """
    needed = dict.fromkeys([*routes.channels(), *filter(None, tiers)])
    known = list(needed | dict.fromkeys(filter(None, (weekly,))))
    faults: list[Fault] = []
    for place, channel_id in enumerate(known):
        try:
            found = await _checked(client, channel_id)
        except ChatBusy as busy:
            # Slack lets some fifty be asked about in a minute, and the next one would not fare better.
            return [*faults, _left_out(len(known) - place, len(known), busy)]
        faults += found if channel_id in needed else [replace(each, stops=False) for each in found]
    return faults


def _left_out(left: int, of: int, busy: ChatBusy) -> Fault:
    """Nothing is posted for that: where facts about a channel are missing they are asked for first."""
    sentence = (
        f"{left} of {of} channels were not checked: {busy}. Each is asked about before anything is posted there; "
        "check again in a minute."
    )
    return Fault(sentence, stops=False, is_unasked=True)


async def _checked(client: SlackClient, channel_id: str) -> list[Fault]:
    try:
        facts = await read_channel(client, channel_id)
    except ChatBusy:
        raise
    except ChatError as error:
        return [Fault(f"Channel {channel_id} could not be checked: {error}.")]
    return channel_faults(channel_id, facts)


def channel_faults(channel_id: str, facts: ChannelFacts | None) -> list[Fault]:
    """What speaks against posting there."""
    if facts is None:
        sentence = (
            f"Channel {channel_id} was not checked: the scopes channels:read and groups:read are missing."
        )
        return [Fault(sentence, stops=False, is_unasked=True)]
    label = f"Channel {channel_id}" + (f" (#{facts.name})" if facts.name else "")
    if facts.trouble is not None:
        remedy = "name another channel in the routing table, or mend this one and invite the bot"
        return [Fault(f"{label} cannot be used: {facts.trouble.value}; {remedy}.")]
    if facts.is_public:
        remedy = "everybody in the workspace can read the cards; a private channel is better"
        return [Fault(f"{label} is public: {remedy}.", stops=False)]
    return []
