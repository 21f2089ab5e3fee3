"""What lies between a replica and the outside: time, and everything that may happen to a message on its way."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.simulation.virtual import PROCESS, VirtualLoop

Answer = TypeVar("Answer")

PORTAL, SLACK, LEDGER = "portal", "slack", "ledger"
_USUAL_S = {PORTAL: (0.02, 0.3), SLACK: (0.05, 0.4), LEDGER: (0.0002, 0.003)}
"""The shortest and longest way there of a call that nothing happens to (our choice)."""
SLOW, BEFORE, AFTER, REFUSED = "slow", "lost before", "lost after", "refused"
BUSY, BROKEN, NO_TOKEN, STALE = "429", "5xx", "token revoked", "as it was"
WAYS = {
    PORTAL: (SLOW, BEFORE, AFTER, REFUSED, BUSY, BROKEN, NO_TOKEN, STALE),
    SLACK: (SLOW, BEFORE, AFTER, REFUSED, BUSY, BROKEN),
    LEDGER: (SLOW, BEFORE, AFTER, REFUSED),
}
"""What may happen at which door."""


class Lost(Exception):
    """The connection broke; the caller cannot know whether anything was done."""


class NeverSent(Exception):
    """No connection was made."""


@dataclass(frozen=True)
class Weather:
    """What may happen to each call through a door, while it lasts."""

    door: str
    way: str
    chance: float
    longest_s: float = 0.0
    part: str = ""
    """Only what begins with it, such as decisions; empty: everything."""


@dataclass
class Trace:
    """Everything that happened at the doors, in order; two runs of a seed have the same digest."""

    loop: VirtualLoop
    keeps: bool = False
    lines: list[str] = field(default_factory=list)
    count: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def note(self, *words: object) -> None:
        """One thing that happened, now."""
        line = f"{self.loop.time():10.4f} {' '.join(map(str, words))}"
        self._digest.update(line.encode("utf-8", "backslashreplace") + b"\n")
        self.count += 1
        if self.keeps:
            self.lines.append(line)

    @property
    def digest(self) -> str:
        """Of all that was noted."""
        return str(self._digest.hexdigest())


def here() -> str:
    """Who acts just now."""
    process = PROCESS.get()
    return process.name if process is not None else "world"


@dataclass
class Network:
    """Carries calls. What it was given goes on by itself: a caller that dies or gives up calls nothing back."""

    loop: VirtualLoop
    chance: random.Random
    trace: Trace
    weather: list[Weather] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    """How often what is hard to meet was met."""
    world: contextvars.Context = field(default_factory=contextvars.copy_context)
    """Where effects happen: in no replica."""

    async def carry(
        self, door: str, what: str, act: Callable[[str], Answer], observe: Callable[[], None] | None = None
    ) -> Answer:
        """One call: `act` is told what strikes it (empty: nothing) and does it. Raises `Lost`, `NeverSent`."""
        way, longest_s = self._strikes(door, what)
        if way:
            self.trace.note(here(), door, what, f"[{way}]")
            self.met[f"{door}: {way}"] += 1
        if way == REFUSED:
            await asyncio.sleep(self.chance.uniform(0, 0.05))
            raise NeverSent(what)
        shortest, usual = _USUAL_S[door]
        there_s = self.chance.uniform(shortest, longest_s if way == SLOW else usual)
        answer: asyncio.Future[Answer] = self.loop.create_future()
        caller = here()

        def arrives() -> None:
            if way == BEFORE:
                self._breaks(answer)
                return
            result = act(way)
            self.trace.note(caller, door, what, "[given up]" if answer.done() else "")
            if answer.done():
                self.met[f"{what} carried out after it was given up"] += 1
            if observe is not None:
                observe()
            if way == AFTER:
                self._breaks(answer)
            elif way == SLOW:
                self.loop.call_later(
                    self.chance.uniform(0, longest_s), _tell, answer, result, context=self.world
                )
            else:
                _tell(answer, result)

        self.loop.call_later(there_s, arrives, context=self.world)
        return await answer

    def _breaks(self, answer: asyncio.Future[Answer]) -> None:
        """At once, or never: then the caller's own time limit ends it."""
        if self.chance.random() < 0.5 and not answer.done():
            answer.set_exception(Lost())

    def _strikes(self, door: str, what: str) -> tuple[str, float]:
        for one in self.weather:
            is_meant = one.door == door and one.way in WAYS[door] and what.startswith(one.part)
            if is_meant and self.chance.random() < one.chance:
                return one.way, one.longest_s
        return "", 0.0


def _tell(answer: asyncio.Future[Answer], result: Answer) -> None:
    if not answer.done():
        answer.set_result(result)
