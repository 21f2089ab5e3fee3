"""The house rules that an administrator may set, as the pure code and the use cases read them."""

from __future__ import annotations

from datetime import time, timedelta
from enum import StrEnum

from bot.models.base import Record, digest_of
from bot.models.evidence import CheckName
from permissions import Kind, Reach


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


class SecondApproval(Record):
    """Which approvals two different people have to agree to. Denials never need two."""

    reaches: frozenset[Reach] = frozenset({Reach.GLOBAL})
    """An approval that really reaches as far as one of these, or further, needs two."""
    kinds: frozenset[Kind] = frozenset()
    """Kinds of request that this concerns; empty: every kind."""
    unseen_wider_than_computer: bool = True
    """Software that the organization has never seen, or of which that is not known, for more than one computer."""
    risky_elevation: bool = False
    """Elevation that is silent, without an end, or longer than `long_elevation`."""
    long_elevation: timedelta = timedelta(hours=8)
    """A shift (our choice): who needs administrator rights for longer needs a policy."""
    unusual: bool = False
    """Whatever the case's own signs call unusual, at any reach."""


class DenyReason(Record):
    """One reason that a denial may be given by a choice instead of by typing."""

    label: str
    """In the list, at most 75 characters: Slack's limit for an option."""
    text: str = ""
    """What the requestor reads; empty: the label itself."""

    @property
    def words(self) -> str:
        """What the requestor reads."""
        return self.text or self.label

    @property
    def reason_id(self) -> str:
        """Names this reason and these words. A form that was opened before the list changed names none of the new."""
        return digest_of([self.label, self.text])[:16]


DENY_REASONS = (
    DenyReason(
        label="Use the version from the software portal",
        text="Please install it from the software portal. The version there is approved and kept up to date.",
    ),
    DenyReason(
        label="Not business software",
        text="This software serves no business purpose that we know of, so it stays off company computers.",
    ),
    DenyReason(
        label="Ask your manager or the business owner to confirm",
        text="Please ask your manager, or whoever owns this software in the business, to confirm that it is needed."
        " Then ask again and name them.",
    ),
    DenyReason(
        label="We will install it for you",
        text="You need not install this yourself. The service desk will get in touch and install it for you.",
    ),
    DenyReason(
        label="A policy forbids it",
        text="A company policy does not allow this kind of software. Your manager can tell you about exceptions.",
    ),
    DenyReason(
        label="We cannot tell where it comes from",
        text="We could not tell where this file comes from. Please get it from its maker's own site, or tell us where"
        " you have it from, then ask again.",
    ),
)
"""The list that comes with Gatehouse, in words that help the requestor on (our choice)."""


class Rules(Record):
    """Everything an administrator may choose that changes a decision, a message or a time."""

    writes_on: bool = False
    """Off: a press shows the verdict and the exact effect, and nothing is sent to the portal."""
    verified_writes: frozenset[UnprovenWrite] = frozenset()
    """Kinds of write without published evidence that this installation has verified live."""
    second: SecondApproval = SecondApproval()
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
    proposal_lasts: timedelta = timedelta(days=180)
    """How long a proposed policy is proposed for."""
    elevation_hours: int = 1
    """What one press on an elevation request grants."""
    shift: timedelta = timedelta(hours=8)
    """How long a grant given in Slack lasts where no end is named."""
    longest_mode: timedelta = timedelta(hours=4)
    """The longest that a maintenance mode may last, its extensions included."""
    longest_grant: timedelta = timedelta(days=30)
    """What lasts longer belongs in the access file."""
    keep_closed_for: timedelta = timedelta(days=90)
    """Then names, paths and reasons are removed from card and record."""
    portal_link: str = ""
    """The portal's web address, for “Open in portal”; empty: no such button."""
    deny_reasons: tuple[DenyReason, ...] = DENY_REASONS
    """Offered in “Deny…”, in this order."""
    evidence_max_age: timedelta = timedelta(hours=24)
    """Checks that are older close one-press approval until they are made again."""
    evidence_required: frozenset[CheckName] = frozenset({CheckName.SIGNER, CheckName.SEEN})
    """Checks that one-press approval needs: too old, or not to be had, they close it."""
    evidence_closes: frozenset[CheckName] = frozenset(CheckName)
    """Checks that close one-press approval when they speak against it."""
    summary_above: int = 20
    """A backlog of more new requests than this at one poll is announced as one summary."""
