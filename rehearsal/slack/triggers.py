"""Trigger ids and response URLs: the two short-lived keys of an interaction.

Sources: docs.slack.dev/interactivity/handling-user-interaction (3 s, once; 5 uses in 30 minutes).
"""

from dataclasses import dataclass, field
from typing import Literal

from rehearsal.clock import SandboxClock
from rehearsal.slack.errors import SlackError
from rehearsal.slack.identifiers import random_digits, random_word

TRIGGER_LIFE_S = 3.0
RESPONSE_URL_LIFE_S = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class Trigger:
    """A key to open one view for one person."""

    user_id: str
    issued_at: float
    exchanged: bool = False


class Triggers:
    """Issues trigger ids and exchanges each of them once."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}

    def issue(self, user_id: str) -> str:
        """A fresh trigger id for this person."""
        trigger_id = f"{random_digits(13)}.{random_digits(12)}.{random_word(32).lower()}"
        self._issued[trigger_id] = Trigger(user_id, self._clock.time())
        self._forget_old()
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """The trigger, still good; the caller exchanges it when the view could be opened."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if self._clock.time() - trigger.issued_at > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        return trigger

    def _forget_old(self) -> None:
        """Keeps the memory flat: the oldest go when there are very many."""
        while len(self._issued) > 10_000:
            del self._issued[next(iter(self._issued))]


@dataclass
class ResponseUrl:
    """Where the app may answer an interaction without a token."""

    kind: Literal["actions", "commands"]
    path: str
    channel_id: str
    user_id: str
    issued_at: float
    message_ts: str = ""
    ephemeral_origin: bool = False
    uses: int = field(default=0)


class ResponseUrls:
    """Issues response URLs and counts their uses."""

    def __init__(self, clock: SandboxClock, team_id: str) -> None:
        self._clock = clock
        self._team_id = team_id
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self,
        kind: Literal["actions", "commands"],
        channel_id: str,
        user_id: str,
        *,
        message_ts: str = "",
        ephemeral_origin: bool = False,
    ) -> str:
        """The path of a fresh response URL; a message's timestamp lets it replace or delete that message."""
        path = f"/{kind}/{self._team_id}/{random_digits(13)}/{random_word(24)}"
        now = self._clock.time()
        self._issued[path] = ResponseUrl(kind, path, channel_id, user_id, now, message_ts, ephemeral_origin)
        while len(self._issued) > 10_000:
            del self._issued[next(iter(self._issued))]
        return path

    def peek(self, path: str) -> ResponseUrl:
        """The response URL behind a path that was issued, without using it."""
        return self._issued[path]

    def use(self, path: str) -> ResponseUrl:
        """Counts one use; raises SlackError `invalid_url`, `expired_url` or `used_url`, HTTP status 404."""
        url = self._issued.get(path)
        if url is None:
            raise SlackError("invalid_url", status=404)
        if self._clock.time() - url.issued_at > RESPONSE_URL_LIFE_S:
            raise SlackError("expired_url", status=404)
        if url.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url", status=404)
        url.uses += 1
        return url
