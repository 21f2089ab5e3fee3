"""Who belongs to a Slack user group, from an answer at most a minute old. No answer means nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.client import SlackClient
from bot.chat.errors import ChatBusy, ChatError
from bot.chat.identity import MAX_AGE
from bot.lasting import Lasting

SILENCE = timedelta(seconds=5)
"""How long after a failed question none is asked (our choice): Slack allows about 20 of these calls a minute."""


@dataclass(frozen=True, slots=True)
class _Answer:
    members: frozenset[str] | None
    """None: Slack did not tell."""
    asked_at: datetime
    """Before the call: the answer is at least as young as this."""
    good_for: timedelta


class UserGroups:
    """Asks Slack for the members of user groups; one question per group at a time, however many press."""

    def __init__(self, client: SlackClient, *, max_age: timedelta = MAX_AGE) -> None:
        self._client = client
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
        if kept is not None and _is_young(kept, now, self._max_age if max_age is None else max_age):
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
        try:
            reply = await self._client.call("usergroups.users.list", usergroup=user_group_id)
        except ChatError as error:
            self._trouble(user_group_id).met(str(error))
            wait = timedelta(seconds=error.retry_after_s) if isinstance(error, ChatBusy) else SILENCE
            answer = _Answer(None, now, min(wait, self._max_age))
        else:
            self._trouble(user_group_id).over()
            listed = reply.body.get("users")
            told = frozenset(map(str, listed)) if isinstance(listed, list) else None
            answer = _Answer(told, now, self._max_age if told is not None else SILENCE)
        self._answers[user_group_id] = answer
        return answer


def _is_young(answer: _Answer, now: datetime, max_age: timedelta) -> bool:
    """A clock that went back makes an answer unusable too. A failure is kept for its own, shorter time."""
    age = now - answer.asked_at
    limit = answer.good_for if answer.members is None else min(answer.good_for, max_age)
    return timedelta(0) <= age <= limit
