"""An exception: a case that no policy covers, kept with its owner, its justification, its end and its review date."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.models.base import Instant, Record
from bot.models.presses import Actor
from permissions import Kind

REVIEW_AFTER = timedelta(days=30)
"""When the form proposes to look at it again (our choice: often enough to be remembered)."""
ENDS_AFTER = timedelta(days=90)
"""The end that the form proposes (our choice, as for an approval wider than the computer)."""
LONGEST = timedelta(days=366)
"""An end later than this is none that anybody waits for (our choice: a year, then it is justified anew)."""
_RENEWALS_KEPT = 50
"""Renewals in the record (our choice); the audit has them all."""


class ExceptionStanding(StrEnum):
    """Where an exception stands."""

    OPEN = "open"
    CLOSED = "closed"
    """Somebody said that it is not needed any more."""
    ENDED = "ended"
    """Its end came, and nobody renewed it."""


class Renewal(Record):
    """One time that it was justified anew."""

    by: Actor
    at: Instant
    reason: str
    review_at: Instant
    ends_at: Instant


class KeptException(Record):
    """One exception of one organization. It changes nothing in the portal: it says who answers for what, until when."""

    exception_id: str
    organization_id: str
    organization_name: str
    case_id: str
    kind: Kind
    subject: str
    """What the case is about: a file's name, a site, a device."""
    owner: Actor
    asked_by: Actor
    reason: str
    """The justification; without one there is no exception."""
    opened_at: Instant
    review_at: Instant
    ends_at: Instant
    revision: int = 1
    """Raised when its dates or its owner change; a form names the revision that it shows."""
    requestor_ids: tuple[str, ...] = ()
    """People of the access file who asked for what it is about: they neither answer for it nor renew it."""
    standing: ExceptionStanding = ExceptionStanding.OPEN
    pinged_at: Instant | None = None
    """When the owner was told that this review is due; None: not yet. A renewal begins anew."""
    renewals: tuple[Renewal, ...] = ()
    closed_at: Instant | None = None
    closed_by: Actor | None = None
    """None with a closed one: its end came."""
    closed_because: str = ""
    redacted_at: Instant | None = None
    """What names the subject and the free words were removed (retention)."""

    @property
    def is_open(self) -> bool:
        """Somebody still answers for it."""
        return self.standing is ExceptionStanding.OPEN

    def is_review_due(self, now: datetime) -> bool:
        """Whether it waits for somebody to look at it again."""
        return self.is_open and self.review_at <= now


def next_look(kept: KeptException, keep_for: timedelta) -> datetime | None:
    """When it is due: its review, once, then its end; after that the end of what is remembered of it."""
    if kept.is_open:
        return kept.review_at if kept.pinged_at is None else kept.ends_at
    if kept.closed_at is None or kept.redacted_at is not None:
        return None
    return kept.closed_at + keep_for


def pinged(kept: KeptException, now: datetime) -> KeptException:
    """Its owner is told, once for this review."""
    return kept.model_copy(update={"pinged_at": now})


def renewed(kept: KeptException, renewal: Renewal) -> KeptException:
    """Justified anew, with new dates."""
    update: dict[str, object] = {
        "review_at": renewal.review_at,
        "ends_at": renewal.ends_at,
        "revision": kept.revision + 1,
        "pinged_at": None,
        "renewals": (*kept.renewals, renewal)[-_RENEWALS_KEPT:],
    }
    return kept.model_copy(update=update)


def closed(kept: KeptException, by: Actor, because: str, now: datetime) -> KeptException:
    """Somebody said why it is not needed any more."""
    update: dict[str, object] = {
        "standing": ExceptionStanding.CLOSED,
        "closed_at": now,
        "closed_by": by,
        "closed_because": because,
        "revision": kept.revision + 1,
    }
    return kept.model_copy(update=update)


def ended(kept: KeptException, now: datetime) -> KeptException:
    """Its end came."""
    return kept.model_copy(
        update={"standing": ExceptionStanding.ENDED, "closed_at": now, "revision": kept.revision + 1}
    )


def without_words(kept: KeptException, now: datetime) -> KeptException:
    """Retention: what it was about and why goes; who answered for it, when, and its ids stay."""
    renewals = tuple(one.model_copy(update={"reason": ""}) for one in kept.renewals)
    emptied = {"subject": "", "reason": "", "closed_because": "", "renewals": renewals, "redacted_at": now}
    return kept.model_copy(update=emptied)
