"""Whether a channel may be posted to now; what belongs into one that may not waits for it.

A channel that another organization shares is never posted to. One that is archived, deleted, closed or lost to the bot
is replaced by no other channel: in another one another customer's people would read what is theirs alone. It is alerted
once, those on duty hear how many cases wait for it, and it is taken up again by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.cards import Rendered
from bot.cards.messages.duty import channel_back, channel_gone
from bot.chat.client import ChatBusy, ChatRefused, ChatUnreachable, SlackClient
from bot.models import Place


class RoutingTable(Protocol):
    """The routing table: the settings' own, and smaller ones that a rehearsal or a test makes."""

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:
        """The channel id for a message of this place about a request of this organization and kind."""
        ...

    def default_for(self, place: Place) -> str:
        """The channel id of what no rule names; calls without facts are heard there when their own place is lost."""
        ...

    def channels(self) -> tuple[str, ...]:
        """Every channel id that is named anywhere, each once."""
        ...


FACTS_MAX_AGE = timedelta(seconds=60)
"""How long a channel's facts are believed (our choice); an event about the channel ends that at once."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
"""When a lost channel is tried again where its facts cannot be read (our choice)."""


ABOUT_CHANNELS = "conversations.info"


class Trouble(StrEnum):
    """Why a channel cannot be posted to."""

    SHARED = "it is shared with another organization"
    ARCHIVED = "it is archived"
    NOT_MEMBER = "the bot is not a member of it"
    NOT_FOUND = "Slack does not find it, or the bot may not see it"
    CLOSED = "Slack does not let the bot post there"


_TROUBLE_OF = {
    "is_archived": Trouble.ARCHIVED,
    "is_inactive": Trouble.ARCHIVED,
    "not_in_channel": Trouble.NOT_MEMBER,
    "channel_not_found": Trouble.NOT_FOUND,
}


class NoChannel(Exception):
    """The channel cannot be posted to; the message waits."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What Slack says of a channel."""

    channel_id: str
    name: str
    is_public: bool
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class ChannelAlert:
    """Something to be said once, by whichever replica is first."""

    alert_id: str
    """The same on all replicas: usable as the id of an effect."""
    channel_id: str
    said: Rendered
    is_lost: bool = False
    """False: it is back."""


Alert = Callable[[ChannelAlert], Awaitable[bool]]
"""Queues it; whether that was possible. What was not is offered again."""


@dataclass(frozen=True, slots=True)
class _Lost:
    trouble: Trouble
    since: datetime
    place: Place
    is_told: bool


class Channels:
    """Chooses the channel for each message. One per process; its alerts carry ids that replicas share."""

    def __init__(self, client: SlackClient, routes: RoutingTable, alert: Alert) -> None:
        self._client = client
        self._routes = routes
        self._alert = alert
        self._facts: dict[str, tuple[ChannelFacts | None, datetime]] = {}
        self._lost: dict[str, _Lost] = {}
        self._back_at: dict[str, datetime] = {}
        self._blanked: set[tuple[str, str]] = set()
        self._ask_from = datetime.min.replace(tzinfo=UTC)

    async def choose(self, place: Place, organization_id: str, kind: str, now: datetime) -> str:
        """The channel of the routing table. NoChannel, ChatBusy, ChatUnreachable."""
        wanted = self._routes.channel_for(organization_id, kind, place)
        return await self.usable(wanted, place, now)

    async def usable(self, channel_id: str, place: Place, now: datetime) -> str:
        """This channel, if it may be posted to. NoChannel else: its facts go nowhere else."""
        if await self.may_post(channel_id, place, now):
            return channel_id
        raise NoChannel(f"the channel {channel_id} cannot be posted to; what belongs there waits")

    async def may_post(self, channel_id: str, place: Place, now: datetime) -> bool:
        """Whether this very channel may be posted to; alerts on the first no and the first yes after it."""
        facts = await self._facts_of(channel_id, now)
        lost = self._lost.get(channel_id)
        if facts is None or (lost is not None and lost.trouble is Trouble.CLOSED and facts.trouble is None):
            # Where its facts cannot be read, or do not tell of what is closed, only trying shows whether it is back.
            return lost is None or now - lost.since >= TRY_AGAIN_AFTER
        if facts.trouble is not None:
            await self.lose(channel_id, facts.trouble, place, now)
            return False
        if lost is not None:
            await self._found_again(channel_id, lost)
        return True

    async def refused(self, channel_id: str, error: str, place: Place, now: datetime) -> None:
        """Slack refused a post: the channel is lost until its facts say otherwise."""
        self._facts.pop(channel_id, None)
        await self.lose(channel_id, _TROUBLE_OF.get(error, Trouble.CLOSED), place, now)

    async def lose(self, channel_id: str, trouble: Trouble, place: Place, now: datetime) -> None:
        """Notes a lost channel, and alerts if that is news."""
        known = self._lost.get(channel_id)
        self._lost[channel_id] = _Lost(trouble, now, place, is_told=True)
        if known is None or known.trouble is not trouble or not known.is_told:
            alert_id = f"channel_gone:{channel_id}:{trouble.name}:{now:%Y-%m-%d}{self._again(channel_id)}"
            said = channel_gone(channel_id, trouble.value)
            if not await self._alert(ChannelAlert(alert_id, channel_id, said, is_lost=True)):
                self._lost[channel_id] = _Lost(trouble, now, place, is_told=False)

    def _again(self, channel_id: str) -> str:
        """Part of an alert's id: lost once more on the same day is news, and must not be taken for the first loss."""
        back_at = self._back_at.get(channel_id)
        return f":{back_at:%Y-%m-%dT%H:%M}" if back_at else ""

    def blank_once(self, channel_id: str, ts: str) -> bool:
        """Whether the facts of this message are still to be taken off it; True once for each loss of the channel."""
        if (channel_id, ts) in self._blanked:
            return False
        self._blanked.add((channel_id, ts))
        return True

    async def posted(self, channel_id: str) -> None:
        """A post went through: if the channel was thought lost, it is back."""
        lost = self._lost.get(channel_id)
        if lost is not None:
            await self._found_again(channel_id, lost)

    def forget(self, channel_id: str) -> None:
        """Slack told of a change (shared, archived, renamed, bot added): ask anew before the next post."""
        self._facts.pop(channel_id, None)

    async def _found_again(self, channel_id: str, lost: _Lost) -> None:
        del self._lost[channel_id]
        self._back_at[channel_id] = lost.since
        self._blanked = {one for one in self._blanked if one[0] != channel_id}
        alert_id = f"channel_back:{channel_id}:{lost.since:%Y-%m-%dT%H:%M}"
        is_news = lost.is_told
        if is_news and not await self._alert(ChannelAlert(alert_id, channel_id, channel_back(channel_id))):
            self._lost.setdefault(channel_id, lost)

    async def _facts_of(self, channel_id: str, now: datetime) -> ChannelFacts | None:
        """The facts, at most a minute old; older ones while Slack does not answer; None without the scope."""
        kept = self._facts.get(channel_id)
        if kept is not None and timedelta(0) <= now - kept[1] <= FACTS_MAX_AGE:
            return kept[0]
        try:
            facts = await self._asked(channel_id, now)
        except (ChatBusy, ChatUnreachable):
            if kept is None:
                raise
            return kept[0]
        self._facts[channel_id] = (facts, now)
        return facts

    async def _asked(self, channel_id: str, now: datetime) -> ChannelFacts | None:
        """Slack's answer. While it asks to wait, no further question is put: it counts all channels together."""
        if now < self._ask_from:
            raise ChatBusy(ABOUT_CHANNELS, (self._ask_from - now).total_seconds(), channel_id)
        try:
            return await read_channel(self._client, channel_id)
        except ChatBusy as busy:
            self._ask_from = now + timedelta(seconds=busy.retry_after_s)
            raise


async def read_channel(client: SlackClient, channel_id: str) -> ChannelFacts | None:
    """What Slack says of a channel; None where the token's scopes do not let it look. ChatError otherwise."""
    try:
        reply = await client.call(ABOUT_CHANNELS, channel=channel_id)
    except ChatRefused as refused:
        if refused.error == "missing_scope":
            return None
        trouble = _TROUBLE_OF.get(refused.error)
        if trouble is None:
            raise
        return ChannelFacts(channel_id, "", is_public=False, trouble=trouble)
    channel = reply.body.get("channel")
    if not isinstance(channel, dict) or not channel:
        # Taken for facts it would read as a channel that nobody else sees.
        raise ChatUnreachable(ABOUT_CHANNELS, "its yes names no channel", maybe_done=False)
    return _facts_from(channel_id, channel)


def _facts_from(channel_id: str, channel: Mapping[str, Any]) -> ChannelFacts:
    """Shared weighs more than archived: it is the one that must never be posted to."""
    name = str(channel.get("name") or "")
    is_public = bool(channel.get("is_channel")) and not channel.get("is_private")
    return ChannelFacts(channel_id, name, is_public, _trouble_in(channel))


def _trouble_in(channel: Mapping[str, Any]) -> Trouble | None:
    shared = ("is_ext_shared", "is_pending_ext_shared", "connected_team_ids", "pending_connected_team_ids")
    if any(channel.get(flag) for flag in shared):
        return Trouble.SHARED
    if channel.get("is_archived"):
        return Trouble.ARCHIVED
    if channel.get("is_member") is False:
        return Trouble.NOT_MEMBER
    return None
