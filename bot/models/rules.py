"""The house rules that an administrator may set, as the pure code and the use cases read them."""

from __future__ import annotations

from datetime import time, timedelta
from enum import StrEnum

from bot.models.base import Record


class UnprovenWrite(StrEnum):
    """Kinds of write without published evidence; an installation opens each after it has verified it live."""

    PERMIT_GLOBAL = "permit_global"
    PERMIT_STORAGE = "permit_storage"
    PROMOTE_POLICY = "promote_policy"
    CREATE_POLICY = "create_policy"
    REMOVE_POLICY = "remove_policy"


class WorkingHours(Record):
    """When the escalation team is there. Workflow source: daytime; our default: weekdays 8 to 18."""

    zone: str = "UTC"
    """An IANA time zone name."""
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """0 is Monday."""
    opens: time = time(8)
    closes: time = time(18)


class SlaPlan(Record):
    """When what happens, counted from the request's own time."""

    remind_after: timedelta = timedelta(minutes=5)
    """The team answers in about 5 minutes on average."""
    remind_channel_after: timedelta = timedelta(minutes=10)
    escalate_after: timedelta = timedelta(minutes=15)
    """The ceiling: never over 15 minutes."""
    repeat_every: timedelta = timedelta(minutes=15)


class Rules(Record):
    """Everything an administrator may choose that changes a decision, a message or a time."""

    writes_on: bool = False
    """Off: a press shows the verdict and the exact effect, and nothing is sent to the portal."""
    verified_writes: frozenset[UnprovenWrite] = frozenset()
    """Kinds of write without published evidence that this installation has verified live."""
    plan: SlaPlan = SlaPlan()
    hours: WorkingHours = WorkingHours()
    approvers_user_group_id: str = ""
    """Mentioned by reminders, and by escalations out of hours."""
    escalation_user_group_id: str = ""
    claim_length: timedelta = timedelta(minutes=15)
    attempt_not_after: timedelta = timedelta(seconds=20)
    """How long after recording an attempt it may still be sent."""
    attempt_reopens_after: timedelta = timedelta(seconds=60)
    """How long after `not_after` a request that the portal still calls pending opens again."""
    identity_max_age: timedelta = timedelta(seconds=60)
    tree_max_age: timedelta = timedelta(minutes=5)
    repeats: int = 3
    """Approvals by hand of the same software after which a policy is due ..."""
    repeats_within: timedelta = timedelta(days=30)
    """... counted over this time, in one organization."""
    elevation_hours: int = 1
    """What one press on an elevation request grants."""
    shift: timedelta = timedelta(hours=8)
    """How long a grant given in Slack lasts where no end is named."""
    longest_grant: timedelta = timedelta(days=30)
    """What lasts longer belongs in the access file."""
    keep_closed_for: timedelta = timedelta(days=90)
    """Then names, paths and reasons are removed from card and record."""
    portal_link: str = ""
    """The portal's web address, for “Open in portal”; empty: no such button."""
    summary_above: int = 20
    """A backlog of more new requests than this at one poll is announced as one summary."""
