"""What was arranged in Slack about who is on call: whose turn somebody takes, who is out of office, offered swaps."""

from __future__ import annotations

from datetime import datetime

from bot.models.base import Instant, Record
from bot.models.presses import Actor


class DutyChange(Record):
    """From an instant until another somebody has the turn of a rota, or is out of office: one change over the file."""

    duty_id: str
    person_id: str
    """The access file's key."""
    person_name: str
    rota: str = ""
    """The rota whose turn they have then; empty: they are out of office, on whatever rotas they stand."""
    starts: Instant
    ends: Instant
    """The first moment without it."""
    by: Actor
    at: Instant
    """When it was arranged: of two about the same time the newer one counts."""
    reason: str = ""
    """Empty where somebody changed only their own duty and gave none."""
    swap_id: str = ""
    """The swap that it is one half of; dropped together with the other half."""

    @property
    def is_absence(self) -> bool:
        """Whether it takes somebody off duty instead of putting them on."""
        return not self.rota

    def covers(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.starts <= at < self.ends


class SwapOffer(Record):
    """Somebody offers a time of theirs for a time of another one's, who has not answered yet: it changes nothing."""

    swap_id: str
    rota: str
    by: Actor
    """Who offers, and would be free from `starts` until `ends`."""
    starts: Instant
    ends: Instant
    with_id: str
    """Who would take that over, and be free from `their_starts` until `their_ends`."""
    with_name: str
    their_starts: Instant
    their_ends: Instant
    at: Instant
    until: Instant
    """When it is over without an answer: as the first of both times ends."""
    reason: str = ""

    def halves(self, at: datetime) -> tuple[DutyChange, DutyChange]:
        """What it comes to once the other one has agreed."""
        shared = {
            "rota": self.rota,
            "by": self.by,
            "at": at,
            "reason": self.reason,
            "swap_id": self.swap_id,
        }
        theirs = DutyChange(
            duty_id=f"{self.swap_id}a",
            person_id=self.with_id,
            person_name=self.with_name,
            starts=self.starts,
            ends=self.ends,
            **shared,
        )
        own = DutyChange(
            duty_id=f"{self.swap_id}b",
            person_id=self.by.person_id,
            person_name=self.by.name,
            starts=self.their_starts,
            ends=self.their_ends,
            **shared,
        )
        return theirs, own
