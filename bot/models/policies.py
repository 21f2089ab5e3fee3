"""A change to a policy of the portal after an approval: taken back, promoted, or made from a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from bot.models.base import Instant, Record
from bot.models.presses import Actor
from permissions import Reach

ASKED_EVERY = timedelta(seconds=5)
"""How often the portal is asked about a change whose effect is not known yet (our choice) ..."""
_SOON_LASTS = timedelta(minutes=2)
"""... for this long after it could have been sent last; a portal that is silent then is asked at the next span."""
_ASKED_LATER = timedelta(minutes=1)


class PolicyAct(StrEnum):
    """What is done to a policy."""

    TAKE_BACK = "take_back"
    """The policy that one of our approvals made is removed."""
    PROMOTE = "promote"
    """The policy that one of our approvals made for a computer is copied to a wider place."""
    CREATE = "create"
    """A policy is made for an application that earlier approvals made."""


class PolicyPlace(Record):
    """Where a policy applies: a computer, a computer group or the organization itself."""

    reach: Reach
    applies_to_id: str
    name: str = ""


class WorkStanding(StrEnum):
    """How far the change is, as far as we can rely on it."""

    SENDING = "sending"
    """Recorded, and perhaps on its way."""
    CHECKING = "checking"
    """Its outcome is not known; the portal is being asked."""
    DONE = "done"
    """The portal shows it."""
    WITHOUT_EFFECT = "without_effect"
    """The portal refused it, or does not show it long after; only a new press makes another."""

    @property
    def is_open(self) -> bool:
        """An answer is still awaited."""
        return self in (WorkStanding.SENDING, WorkStanding.CHECKING)


class PolicyWork(Record):
    """One change of a policy, recorded before it is sent, sent once, then asked about (P2)."""

    work_id: str
    press_id: str
    act: PolicyAct
    actor: Actor
    request_id: str = ""
    """The approved request that the policy came from; empty for one made from a proposal."""
    policy_id: str = ""
    """The policy that is removed or copied; empty for a new one."""
    policy_name: str = ""
    application_id: str = ""
    source: PolicyPlace | None = None
    """Where the policy applied before."""
    place: PolicyPlace | None = None
    """Where it will apply; None for one that is removed."""
    os_type: int = 0
    ends_at: Instant | None = None
    """None: without an end."""
    reason: str = ""
    validated_how: str = ""
    confirmed_by: str = ""
    effect: str = ""
    """The exact effect in one sentence, as shown to the presser."""
    there_before: tuple[str, ...] = ()
    """Ids of the application's policies before the write: a new one is told from an old one by them."""
    rests_on: tuple[str, ...] = ()
    access_generation: int
    recorded_at: Instant
    not_after: Instant
    """Checked just before sending; a process that was stopped longer than this sends nothing."""
    answered: bool = False
    """The portal said yes; it still has to show the change."""
    ours: bool = True
    """False: the portal shows it, and never said yes to this press: somebody there may have done it."""
    standing: WorkStanding = WorkStanding.SENDING
    ended_at: Instant | None = None
    made_policy_id: str = ""
    """The policy that came of it, as the portal shows it."""


def works_due(works: Sequence[PolicyWork], now: datetime) -> datetime | None:
    """When the portal is to be asked about the changes of a case that have no answer yet; None: all have."""
    return min((_asked_at(one, now) for one in works if one.standing.is_open), default=None)


def _asked_at(work: PolicyWork, now: datetime) -> datetime:
    if work.not_after > now:
        return work.not_after
    return now + (ASKED_EVERY if now < work.not_after + _SOON_LASTS else _ASKED_LATER)


def without_words(works: Sequence[PolicyWork]) -> tuple[PolicyWork, ...]:
    """Retention: what was written in free words goes, and what quotes the file's name; who, when and which ids stay."""
    emptied = {"policy_name": "", "reason": "", "validated_how": "", "confirmed_by": "", "effect": ""}
    return tuple(work.model_copy(update=emptied) for work in works)
