"""One run of a way: its stage, its requests, its people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.models import Case
from tests.crashes.checker import BAIT
from tests.flows.scene import Card, Hand, Scene

COMPUTERS = 60


@dataclass
class Play:
    """One run of a way: its stage and what it made."""

    scene: Scene
    number: int
    requests: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    pages: Sequence[object] = ()
    """What came by the second way, where one is set."""

    @property
    def computer(self) -> str:
        """A computer that no run shortly before had."""
        return f"BRW-WS-{self.number % COMPUTERS + 1:03}"

    def hand(self, key: str) -> Hand:
        """A person of the cast."""
        return self.scene.hand(key)

    def ask(self, kind: str = "execute", **choices: Any) -> str:
        """A request for software that nobody else asks for, with bait in its words."""
        name = f"tool{self.number}x{len(self.requests)}"
        fresh = {
            "computer": self.computer,
            "path": rf"C:\Program Files\{name}\{name}.exe",
            "hash": f"{self.number:016X}{len(self.requests):016X}",
            "sha256": f"{self.number:032X}{len(self.requests):032X}",
            "signer": f"CN={name} AS, O={name} AS, C=NO",
            "user": "rvance",
            "reason": BAIT,
        }
        if kind in ("read", "write"):
            fresh = {"computer": self.computer, "user": "rvance", "reason": BAIT}
        self.requests.append(self.scene.ask(kind, **(fresh | choices)))
        return self.requests[-1]

    async def carded(self, kind: str = "execute", **choices: Any) -> Card:
        """Such a request, and its card once its evidence stands on it."""
        card = await self.scene.card(self.ask(kind, **choices))
        if kind not in ("read", "write"):
            await self.scene.case_where(card.case_id, has_evidence)
        self.kept["card"] = card
        return card

    @property
    def card(self) -> Card:
        """The card of `carded`."""
        found: Card = self.kept["card"]
        return found


def has_evidence(case: Case) -> bool:
    """Whether what was found out about it stands on its card."""
    return case.evidence is not None and bool(case.evidence.checks)


Act = Callable[[Play], Coroutine[Any, Any, None]]


async def nothing(_play: Play) -> None:
    """Nothing has to be made ready."""
