"""Who is behind a Slack id, and in which user groups, from facts a minute old at most. Unchecked means no.

Their age is counted by the shared clock and by our own, whichever says more: either may be set back or stand still.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.chat.client import ChatBusy, ChatError, ChatRefused, ChatUnreachable, SlackClient
from bot.logs import Lasting

MAX_AGE = timedelta(seconds=60)
"""How old the facts may be that a press rests on."""
KEPT_PEOPLE = 5000
"""How many people's facts are kept at once (our choice); far more than press within a minute."""
SLACKBOT = "USLACKBOT"


class Doubt(StrEnum):
    """Why somebody is not identified."""

    FOREIGN_WORKSPACE = "foreign_workspace"
    UNKNOWN = "unknown"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    STRANGER = "stranger"
    GUEST = "guest"
    UNCONFIRMED = "unconfirmed"
    LOOKUP_FAILED = "lookup_failed"


SENTENCES: Mapping[Doubt, str] = {
    Doubt.FOREIGN_WORKSPACE: "You belong to another workspace; only people of this workspace may do that.",
    Doubt.UNKNOWN: "Slack does not know this account; ask an administrator of the workspace.",
    Doubt.BOT: "Bots, apps and workflows may not decide anything; a person has to press.",
    Doubt.DEACTIVATED: "This account is deactivated; ask an administrator of the workspace.",
    Doubt.STRANGER: "You belong to another organization; only people of this workspace may do that.",
    Doubt.GUEST: "Guests may not do that; ask a full member of the workspace.",
    Doubt.UNCONFIRMED: "Your e-mail address is not confirmed in Slack; confirm it in your profile, then press again.",
    Doubt.LOOKUP_FAILED: "Slack could not tell us who you are just now, so nothing was done. Press again in a minute.",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A full member of our workspace, as Slack describes them."""

    slack_user_id: str
    team_id: str
    name: str
    email: str
    """Lower case; empty where the scope for it is missing."""
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Unidentified:
    """Not somebody who may act, and why."""

    slack_user_id: str
    reason: Doubt

    @property
    def sentence(self) -> str:
        """What the presser is told."""
        return SENTENCES[self.reason]


@dataclass(frozen=True, slots=True)
class _Facts:
    user: Mapping[str, Any]
    asked_at: datetime
    """Before the call: the facts are at least as young as this."""
    asked_s: float
    """The same by our own clock."""


class People:
    """Looks people up; one look-up per person at a time, however many press."""

    def __init__(
        self,
        client: SlackClient,
        team_id: str,
        *,
        enterprise_id: str = "",
        max_age: timedelta = MAX_AGE,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._team_id = team_id
        self._enterprise_id = enterprise_id
        self._max_age = max_age
        self._facts: dict[str, _Facts] = {}
        self._asking: dict[str, asyncio.Task[_Facts | Doubt]] = {}

    async def who(self, slack_user_id: str, presser_team_id: str, now: datetime) -> Known | Unidentified:
        """The person behind an id that pressed from `presser_team_id`; never raises for Slack's sake."""
        if not slack_user_id:
            return Unidentified(slack_user_id, Doubt.UNKNOWN)
        if presser_team_id != self._team_id:
            return Unidentified(slack_user_id, Doubt.FOREIGN_WORKSPACE)
        facts = self._kept(slack_user_id, now) or await self._ask(slack_user_id, now)
        if isinstance(facts, Doubt):
            return Unidentified(slack_user_id, facts)
        doubt = doubt_about(facts.user, slack_user_id, self._team_id, self._enterprise_id)
        return Unidentified(slack_user_id, doubt) if doubt else self._known(facts)

    async def here(self, slack_user_id: str, now: datetime) -> Known | Unidentified:
        """The person behind an id that a setting names, as a member of our workspace; never raises."""
        return await self.who(slack_user_id, self._team_id, now)

    async def called(self, email: str, now: datetime) -> Known | None:
        """The full member of our workspace with this e-mail address; None for nobody, and where Slack does not tell."""
        try:
            reply = await self._client.call("users.lookupByEmail", email=email)
        except ChatError:
            return None
        user = reply.body.get("user")
        slack_user_id = str(user.get("id") or "") if isinstance(user, Mapping) else ""
        found = await self.here(slack_user_id, now)
        return found if isinstance(found, Known) else None

    async def belongs_to(self, slack_user_id: str, user_group_id: str) -> bool:
        """Whether somebody is in a user group now. Raises ChatError where Slack does not tell, as without the scope."""
        reply = await self._client.call("usergroups.users.list", usergroup=user_group_id)
        listed = reply.body.get("users")
        if not isinstance(listed, list):
            raise ChatUnreachable("usergroups.users.list", "its yes names no members", maybe_done=False)
        return slack_user_id in listed

    def forget(self, slack_user_id: str) -> None:
        """Drops what is kept of a person, such as after Slack told of a change."""
        self._facts.pop(slack_user_id, None)

    def _kept(self, slack_user_id: str, now: datetime) -> _Facts | None:
        """Facts that are young enough."""
        facts = self._facts.get(slack_user_id)
        if facts is None:
            return None
        age = _age(now - facts.asked_at, self._seconds() - facts.asked_s)
        return facts if timedelta(0) <= age <= self._max_age else None

    async def _ask(self, slack_user_id: str, now: datetime) -> _Facts | Doubt:
        """Joins the look-up that is under way, or starts one. A waiter that gives up does not end it."""
        task = self._asking.get(slack_user_id)
        if task is None:
            task = asyncio.create_task(self._look_up(slack_user_id, now))
            self._asking[slack_user_id] = task
            task.add_done_callback(lambda _done: self._asking.pop(slack_user_id, None))
        return await asyncio.shield(task)

    async def _look_up(self, slack_user_id: str, now: datetime) -> _Facts | Doubt:
        """One `users.info`. A failed look-up is not kept: the next press asks again."""
        asked_s = self._seconds()
        try:
            reply = await self._client.call("users.info", user=slack_user_id)
        except ChatRefused as refused:
            unknown = refused.error in ("user_not_found", "user_not_visible", "users_not_found")
            return Doubt.UNKNOWN if unknown else Doubt.LOOKUP_FAILED
        except ChatError:
            return Doubt.LOOKUP_FAILED
        user = reply.body.get("user")
        if not isinstance(user, Mapping):
            return Doubt.LOOKUP_FAILED
        facts = _Facts(user, now, asked_s)
        self._keep(slack_user_id, facts)
        return facts

    def _keep(self, slack_user_id: str, facts: _Facts) -> None:
        """Keeps the facts; when there are too many, the oldest go."""
        self._facts.pop(slack_user_id, None)
        self._facts[slack_user_id] = facts
        while len(self._facts) > KEPT_PEOPLE:
            del self._facts[next(iter(self._facts))]

    def _known(self, facts: _Facts) -> Known:
        user = facts.user
        profile = user.get("profile")
        profile = profile if isinstance(profile, Mapping) else {}
        name = profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"]
        email = str(profile.get("email") or "").strip().lower()
        return Known(str(user["id"]), self._team_id, str(name), email, facts.asked_at)


def _age(shared: timedelta, own_s: float) -> timedelta:
    """By both clocks; below zero, and so unusable, where the shared one says so: it went back."""
    return shared if shared < timedelta(0) else max(shared, timedelta(seconds=own_s))


def doubt_about(
    user: Mapping[str, Any], slack_user_id: str, team_id: str, enterprise_id: str
) -> Doubt | None:
    """What speaks against a user object, the strongest first; None for a full member of our workspace.

    A flag that Slack leaves out of a member's object counts against them only where its absence could hide
    something: the confirmation of the e-mail address.
    """
    if user.get("id") != slack_user_id:
        return Doubt.UNKNOWN
    if not _is_ours(user, team_id, enterprise_id):
        return Doubt.FOREIGN_WORKSPACE
    # Not `is_app_user`: Slack says it of a person who authorized the app, such as whoever installed it.
    flags = ("is_bot", "is_workflow_bot", "is_connector_bot")
    if slack_user_id == SLACKBOT or any(user.get(flag) for flag in flags):
        return Doubt.BOT
    if user.get("deleted") is not False:
        return Doubt.DEACTIVATED
    if user.get("is_stranger"):
        return Doubt.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Doubt.GUEST
    if user.get("is_invited_user") or user.get("is_email_confirmed") is not True:
        return Doubt.UNCONFIRMED
    return None


def _is_ours(user: Mapping[str, Any], team_id: str, enterprise_id: str) -> bool:
    """Of our workspace; on an Enterprise organization, of ours with our workspace among theirs."""
    if user.get("team_id") == team_id:
        return True
    enterprise = user.get("enterprise_user")
    if not enterprise_id or not isinstance(enterprise, Mapping):
        return False
    teams = enterprise.get("teams")
    return enterprise.get("enterprise_id") == enterprise_id and isinstance(teams, list) and team_id in teams


SILENCE = timedelta(seconds=5)
"""How long after a failed question none is asked (our choice): Slack allows about 20 of these calls a minute."""


@dataclass(frozen=True, slots=True)
class _Answer:
    members: frozenset[str] | None
    """None: Slack did not tell."""
    asked_at: datetime
    """Before the call: the answer is at least as young as this."""
    asked_s: float
    """The same by our own clock."""
    good_for: timedelta


class UserGroups:
    """Asks Slack for the members of user groups; one question per group at a time, however many press."""

    def __init__(
        self,
        client: SlackClient,
        *,
        max_age: timedelta = MAX_AGE,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._max_age = max_age
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Task[_Answer]] = {}
        self._troubles: dict[str, Lasting] = {}

    async def members(
        self, user_group_id: str, now: datetime, *, max_age: timedelta | None = None
    ) -> frozenset[str] | None:
        """The Slack ids of a user group's members; None where Slack does not tell. Never raises for Slack's sake.

        `max_age` asks for a younger answer than presses need, so that theirs is there already.
        """
        kept = self._answers.get(user_group_id)
        limit = self._max_age if max_age is None else max_age
        if kept is not None and self._is_young(kept, now, limit):
            return kept.members
        return (await self._ask(user_group_id, now)).members

    def _trouble(self, user_group_id: str) -> Lasting:
        new = Lasting("user_group_not_read", {"user_group": user_group_id})
        return self._troubles.setdefault(user_group_id, new)

    async def _ask(self, user_group_id: str, now: datetime) -> _Answer:
        """Joins the question that is under way, or asks. A waiter that gives up does not end it."""
        task = self._asking.get(user_group_id)
        if task is None:
            task = asyncio.create_task(self._look_up(user_group_id, now))
            self._asking[user_group_id] = task
            task.add_done_callback(lambda _done: self._asking.pop(user_group_id, None))
        return await asyncio.shield(task)

    async def _look_up(self, user_group_id: str, now: datetime) -> _Answer:
        asked_s = self._seconds()
        try:
            reply = await self._client.call("usergroups.users.list", usergroup=user_group_id)
        except ChatError as error:
            self._trouble(user_group_id).met(str(error))
            wait = timedelta(seconds=error.retry_after_s) if isinstance(error, ChatBusy) else SILENCE
            answer = _Answer(None, now, asked_s, min(wait, self._max_age))
        else:
            self._trouble(user_group_id).over()
            listed = reply.body.get("users")
            told = frozenset(map(str, listed)) if isinstance(listed, list) else None
            answer = _Answer(told, now, asked_s, self._max_age if told is not None else SILENCE)
        self._answers[user_group_id] = answer
        return answer

    def _is_young(self, answer: _Answer, now: datetime, max_age: timedelta) -> bool:
        """A failure is kept for its own, shorter time."""
        age = _age(now - answer.asked_at, self._seconds() - answer.asked_s)
        limit = answer.good_for if answer.members is None else min(answer.good_for, max_age)
        return timedelta(0) <= age <= limit
