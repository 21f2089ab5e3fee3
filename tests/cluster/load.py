"""What a busy day does to the cluster: requests that come in, people who press, and how long each thing took."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import md5, sha256
from typing import Any

from bot.cards.kit import ids
from rehearsal.slack import Person
from rehearsal.slack.channels import Message
from rehearsal.slack.deliveries import Delivery
from rehearsal.slack.errors import PersonError
from rehearsal.stage import Stage

REQUESTS_A_SECOND, PRESSES_A_SECOND = 20.0, 10.0
"""What is tried; less where the machine cannot do it (the knee)."""
_FILES_A_SECOND = 0.4
"""New files: a card each, and Slack takes one message a second in a channel. The rest asks for a file of these days."""
_KNEE_S, _EASY_S = 8.0, 3.0
"""A request that is not in the record after so long is one too many; below the second figure there is room for more."""
_LEAST, _STEP_DOWN, _STEP_UP = 1.0, 0.8, 1.1
_OPEN_AT_MOST = 300
"""Requests that wait at once. Beyond that the portal's own people decide the oldest that is on a card, so that what the
bots keep of open requests does not grow and what they keep for ever shows.
"""
_APPROVES = 0.25
"""How many of the presses on cards."""
_COMMANDS = ("/gatehouse queue", "/blocked BRW-WS-001 1h", "/gatehouse whoami")


@dataclass
class Load:
    """Requests and presses at a pace that follows what is done of them."""

    stage: Stage
    people: list[Person]
    pace: float = 0.1
    """How much of the load is asked for now."""
    raised: dict[str, float] = field(default_factory=dict)
    """Requests and when they were asked, by this machine's monotonic clock."""
    deliveries: list[Delivery] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)
    in_portal: int = 0
    """How many were decided there."""
    _files: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=6))
    _dice: random.Random = field(default_factory=lambda: random.Random(15))
    _waiting: dict[str, float] = field(default_factory=dict)
    _seen: deque[str] = field(default_factory=deque)
    """What is in the record and may be open, oldest first."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until told; both sorts side by side."""
        await asyncio.gather(
            self._at(REQUESTS_A_SECOND, self._ask, stop), self._at(PRESSES_A_SECOND, self._press, stop)
        )

    async def _at(self, rate: float, work: Any, stop: asyncio.Event) -> None:
        due = time.monotonic()
        while not stop.is_set():
            due = max(due + 1 / (rate * self.pace), time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await work()

    async def _ask(self) -> None:
        """Somebody is blocked: by a file of these minutes, now and then by a new one."""
        if not self._files or self._dice.random() < _FILES_A_SECOND / (REQUESTS_A_SECOND * self.pace):
            number = len(self.raised)
            name = f"tool{number}"
            self._files.append(
                {
                    "path": rf"C:\Program Files\{name}\{name}.exe",
                    "hash": md5(name.encode(), usedforsecurity=False).hexdigest().upper(),
                    "sha256": sha256(name.encode()).hexdigest().upper(),
                    "signer": f"CN={name} AS, O={name} AS, C=NO",
                }
            )
        computer = f"BRW-WS-{self._dice.randrange(1, 61):03}"
        asked = self.stage.portal.raise_request(
            "execute", computer=computer, user="rvance", **self._dice.choice(self._files)
        )
        self.raised[asked] = self._waiting[asked] = time.monotonic()
        self._thin_out()

    def _thin_out(self) -> None:
        """The portal's own people decide what is too many."""
        portal = self.stage.portal
        while len(self._seen) > _OPEN_AT_MOST:
            oldest = self._seen.popleft()
            if portal.request(oldest).is_open:
                portal.decide_in_portal(oldest, approve=self._dice.random() < 1 / 2, by="mara.quell")
                self.in_portal += 1

    async def _press(self) -> None:
        """Mostly on cards; one in six types a command."""
        person, stage = self._dice.choice(self.people), self.stage
        channel = stage.channels["card"]
        try:
            if self._dice.random() < 1 / 6:
                name, _, text = self._dice.choice(_COMMANDS).partition(" ")
                self.deliveries.append(await person.command(channel, name, text))
                return
            card, action = self._chosen()
            if card is not None:
                self.deliveries.append(await person.click(channel, card.ts, action))
        except PersonError:
            return  # It was redrawn between the look and the press.

    def _chosen(self) -> tuple[Message | None, str]:
        """A card that can be decided: to approve it, or for a claim or a release.

        Any one: the oldest are those that the portal's own people have just decided.
        """
        messages = self.stage.slack.workspace.channel(self.stage.channels["card"]).messages
        cards = [one for one in messages.values() if one.metadata and _offers(one, ids.APPROVE_COMPUTER)]
        if not cards:
            return None, ""
        card = self._dice.choice(cards)
        if self._dice.random() < _APPROVES:
            return card, ids.APPROVE_COMPUTER
        return card, ids.RELEASE if _offers(card, ids.RELEASE) else ids.CLAIM

    @property
    def waits(self) -> bool:
        """Whether a request is not in the record yet."""
        return bool(self._waiting)

    def taken_in(self, request_ids: set[str]) -> None:
        """These are in the record; the pace follows how long the oldest of the others waits."""
        for one in request_ids:
            if self._waiting.pop(one, None) is not None:
                self._seen.append(one)
        oldest = time.monotonic() - min(self._waiting.values(), default=time.monotonic())
        if oldest > _KNEE_S:
            self.pace = max(self.pace * _STEP_DOWN, _LEAST / REQUESTS_A_SECOND)
        elif oldest < _EASY_S:
            self.pace = min(self.pace * _STEP_UP, 1.0)
        self.paces.append(self.pace)


def _offers(message: Message, action_id: str) -> bool:
    return any(
        element.get("action_id") == action_id
        for block in message.blocks
        for element in block.get("elements", ())
        if isinstance(element, dict)
    )
