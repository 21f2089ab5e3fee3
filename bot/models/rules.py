"""The house rules: everything an administrator may choose that changes a decision, a message or a time.

Each rule stands here once, with its default, its bounds and its reason: the tables of `gatehouse.toml` are these
models, and the line under a field is its entry in the reference. Where the file counts a span of time in a unit, the
field's key in the file ends in it (`claim_minutes`), and the code reads a timedelta (`claim_length`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from bot.models.base import digest_of
from bot.models.bundles import BurstsSection, FamiliesSection
from bot.models.calendars import CalendarSection, EscalationSection
from bot.models.evidence import CheckName
from bot.models.plans import PlanSection
from bot.models.rotas import AwaySection, RotaSection, TierSection
from bot.models.section import DAY, HOUR, MINUTE, SECOND, Counted, FilePath, Section
from bot.models.unusual import UnusualSection
from permissions import Kind, Reach

OPTION_TEXT_LIMIT = 75
"""Slack's limit for one option of a list."""
DENY_TEXT_LIMIT = 600
"""Characters of a prepared reason (our choice: with 1,000 typed ones it is still read to the end)."""
DENY_REASONS_MOST = 100
"""Slack's limit for the options of a list."""


class UnprovenWrite(StrEnum):
    """Kinds of write without published evidence; an installation opens each after it has verified it live."""

    PERMIT_GLOBAL = "permit_global"
    PERMIT_STORAGE = "permit_storage"
    PROMOTE_POLICY = "promote_policy"
    CREATE_POLICY = "create_policy"
    REMOVE_POLICY = "remove_policy"


class SlaPlan(Section):
    """The clock of a request, in minutes from the request's own time."""

    remind_after: Annotated[timedelta, Counted(MINUTE, gt=0)] = Field(
        5 * MINUTE, validation_alias="remind_minutes"
    )
    """The card says that it waits, and who has claimed it is told privately; nobody else is. The team answers in about
    5 minutes on average."""
    remind_channel_after: Annotated[timedelta, Counted(MINUTE, gt=0)] = Field(
        10 * MINUTE, validation_alias="remind_channel_minutes"
    )
    """A reminder that the channel sees, unless somebody has claimed it. It mentions those who have the request."""
    escalate_after: Annotated[timedelta, Counted(MINUTE, gt=0, le=15)] = Field(
        15 * MINUTE, validation_alias="escalate_minutes"
    )
    """The escalation team is pinged. 15 minutes is the promise to the person who waits; no claim
    pauses it."""
    repeat_every: Annotated[timedelta, Counted(MINUTE, ge=1)] = Field(
        15 * MINUTE, validation_alias="repeat_minutes"
    )
    """The ping is repeated after this long, then after twice as long each time, up to eight times as long (a quarter of
    an hour to two hours), until somebody who was pinged takes it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.remind_after <= self.remind_channel_after <= self.escalate_after:
            raise ValueError(
                f"remind_minutes ({self.remind_after / MINUTE:g}), remind_channel_minutes "
                f"({self.remind_channel_after / MINUTE:g}) and escalate_minutes "
                f"({self.escalate_after / MINUTE:g}) must not go down in this order"
            )
        return self


class AccessSection(Section):
    """Who may do what."""

    file: FilePath = Path("access.toml")
    """The access file. A relative path starts at this file's own folder."""
    shift: Annotated[timedelta, Counted(HOUR, gt=0, le=24)] = Field(8 * HOUR, validation_alias="shift_hours")
    """Hours that a grant given in Slack lasts where no end is named. One shift."""
    longest_grant: Annotated[timedelta, Counted(DAY, gt=0, le=366)] = Field(
        30 * DAY, validation_alias="longest_grant_days"
    )
    """The latest end of a grant given in Slack, in days from then. What has to last longer belongs in the
    access file."""
    portal_roles: bool = False
    """Whether the portal's roles are read for `gatehouse access import --portal` and `access drift`. The call is known
    from the portal's knowledge base alone, and its answer from nowhere: look at what comes before you rest on it."""
    weekly_drift: bool = True
    """Whether the audit channel is told on Mondays who of the access file is gone, a guest or renamed in Slack, and
    what else differs."""


class DenyReason(Section):
    """A reason that a denial may be given by a choice instead of by typing; in the file a text, or a table."""

    label: str = Field(min_length=1, max_length=OPTION_TEXT_LIMIT)
    """In the list."""
    text: str = Field("", max_length=DENY_TEXT_LIMIT)
    """What the requestor reads; empty: the label itself."""

    @model_validator(mode="before")
    @classmethod
    def _label_alone(cls, value: object) -> object:
        return {"label": value} if isinstance(value, str) else value

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


APPROVE_REASONS = (
    "Vendor update of approved software",
    "Business application, owner confirmed",
    "Needed for a support case",
    "Company software or script, its maker confirmed",
    "Driver or tool of the hardware's maker",
)
"""The list that comes with Gatehouse: what most approvals rest on, so that nobody types it (our choice)."""


class DecisionsSection(Section):
    """The limits of a press."""

    claim_length: Annotated[timedelta, Counted(MINUTE, gt=0, le=240)] = Field(
        15 * MINUTE, validation_alias="claim_minutes"
    )
    """How long a claim pauses reminders before it lapses. Never longer than one escalation round, by
    default."""
    elevation_hours: int = Field(1, ge=1, le=24)
    """Hours of admin rights that one press on an elevation request grants."""
    send_within: Annotated[timedelta, Counted(SECOND, ge=1, le=120)] = Field(
        20 * SECOND, validation_alias="send_within_s"
    )
    """Seconds after its recording in which a decision may still be sent. A process that was stopped
    longer sends nothing."""
    reopen_after: Annotated[timedelta, Counted(SECOND, ge=10, le=3600)] = Field(
        60 * SECOND, validation_alias="reopen_after_s"
    )
    """Seconds after that until a request that the portal still calls pending opens again for a new press."""
    identity_max_age: Annotated[timedelta, Counted(SECOND, ge=0, le=60)] = Field(
        60 * SECOND, validation_alias="identity_max_age_s"
    )
    """Seconds that what Slack said of a person is believed. At most 60, by promise."""
    tree_max_age: Annotated[timedelta, Counted(MINUTE, ge=0, le=60)] = Field(
        5 * MINUTE, validation_alias="tree_max_age_minutes"
    )
    """Minutes that the portal's tree of organizations is believed."""
    deny_reasons: tuple[DenyReason, ...] = Field(
        DENY_REASONS,
        max_length=DENY_REASONS_MOST,
        examples=[[{"label": "Not business software", "text": "This software is not for business use."}]],
    )
    """The reasons that "Deny..." offers, in this order: each a text of at most 75 characters, or a table of a
    `label` and the longer `text` that the requestor reads instead (at most 600). Empty: the list that comes with
    Gatehouse."""

    approve_reasons: tuple[Annotated[str, Field(min_length=1, max_length=OPTION_TEXT_LIMIT)], ...] = Field(
        APPROVE_REASONS,
        max_length=DENY_REASONS_MOST,
        examples=[["Vendor update of approved software", "Business application, owner confirmed"]],
    )
    """The justifications that "Approve..." offers for the record, in this order, each a text of at most 75 characters.
    From the third approval by hand of the same software on the card offers them with the narrow approval, in one press;
    its form wants words of one's own. Empty: the list that comes with Gatehouse."""

    @field_validator("approve_reasons")
    @classmethod
    def _no_justification_twice(cls, reasons: tuple[str, ...]) -> tuple[str, ...]:
        folded = [reason.strip().casefold() for reason in reasons]
        if "" in folded:
            raise ValueError("a reason is empty; write what the approver shall choose")
        twice = next((reason for reason in folded if folded.count(reason) > 1), None)
        if twice is not None:
            raise ValueError(f'the reason "{twice}" stands twice; nobody could tell the two apart')
        return tuple(reason.strip() for reason in reasons) or APPROVE_REASONS

    @field_validator("deny_reasons")
    @classmethod
    def _no_reason_twice(cls, reasons: tuple[DenyReason, ...]) -> tuple[DenyReason, ...]:
        labels = [reason.label.strip().casefold() for reason in reasons]
        if "" in labels:
            raise ValueError("a reason has an empty label; write what the approver shall choose")
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise ValueError(f'the reason "{twice}" stands twice; nobody could tell the two apart')
        return reasons or DENY_REASONS


def _wide(value: object) -> object:
    """One computer is not offered: every approval at all would need two people."""
    if not isinstance(value, Reach) and value not in ("computer_group", "organization", "global"):
        raise ValueError("must be 'computer_group', 'organization' or 'global'")
    return value


class SecondApproval(Section):
    """Which approvals two different people have to agree to. The second one needs the full right for the
    same request and reach, and both are judged when the second one agrees. Denials never need two."""

    reaches: frozenset[Annotated[Reach, BeforeValidator(_wide)]] = Field(
        frozenset({Reach.GLOBAL}), examples=[["organization", "global"]]
    )
    """How far an approval has to reach to need two (`computer_group`, `organization`, `global`); whatever
    reaches further than one of these needs two as well. What counts is how far it really goes. Empty: the reach
    alone never asks for two."""
    kinds: frozenset[Kind] = Field(frozenset(), examples=[["application", "elevation"]])
    """Kinds of request (`application`, `elevation`, `storage`, `web_control`, `other`) that may need two.
    Empty: every kind."""
    unseen_wider_than_computer: bool = True
    """Software that the organization has never seen (a new version counts as such), or of which that is not
    known, needs two when its approval reaches further than one computer."""
    risky_elevation: bool = False
    """Elevation that is silent, without an end, or longer than `long_elevation_hours` needs two."""
    long_elevation: Annotated[timedelta, Counted(HOUR, gt=0)] = Field(
        8 * HOUR, validation_alias="long_elevation_hours"
    )
    """What counts as long. One shift."""
    unusual: bool = False
    """A request that was pinged as unusual needs two, at any reach."""
    earlier_yes: bool = False
    """Where unseen software comes to one computer more, somebody else's approval of exactly the same file and effect
    within the shift counts as the first of the two, if that person could approve this request as well. Off: each such
    approval waits for a second person of its own."""


class RepeatsSection(Section):
    """When the same software comes back so often that a policy is due."""

    approvals: int = Field(3, ge=1)
    """The approval by hand of the same software in one organization that wants its reason, so that one press is closed
    for it and for those that follow. With it a policy is proposed."""
    within: Annotated[timedelta, Counted(DAY, gt=0)] = Field(30 * DAY, validation_alias="within_days")
    """Days over which they are counted."""
    policy_lasts: Annotated[timedelta, Counted(DAY, ge=1, le=3660)] = Field(
        180 * DAY, validation_alias="policy_days"
    )
    """Days until the end that a proposed policy is proposed with. Half a year: then somebody looks at it again."""


class EvidenceSection(Section):
    """What is found out before a press, and what of it closes one-press approval. "Approve…" stays open."""

    max_age: Annotated[timedelta, Counted(MINUTE, ge=5, le=10080)] = Field(
        DAY, validation_alias="max_age_minutes"
    )
    """Minutes after which the checks that are required count as too old: one press closes until they are made
    again, which happens by itself in good time. A day."""
    required: frozenset[CheckName] = Field(
        frozenset({CheckName.SIGNER, CheckName.SEEN}), examples=[["signer", "seen_here", "research"]]
    )
    """Checks that one-press approval needs. One that cannot be had in three tries closes it; any other may be
    missing: an outage of the portal's research alone must not stop the team."""
    closes: frozenset[CheckName] = Field(frozenset(CheckName), examples=[["parent_process", "research"]])
    """Checks that close one-press approval when they speak against it. By default all; an invalid signature, an
    unsigned file from a download folder and a file that is known to be bad close it in any case."""


class MaintenanceSection(Section):
    """Maintenance modes that are started from a computer."""

    longest: Annotated[timedelta, Counted(HOUR, ge=0.25, le=8)] = Field(
        4 * HOUR, validation_alias="longest_hours"
    )
    """Hours that a maintenance mode may last at most, its extensions included. What needs longer wants a
    policy."""


class BacklogSection(Section):
    """What happens to many requests at once."""

    summary_above: int = Field(20, ge=1)
    """More new requests than this in one look are announced as one summary per channel, the cards
    follow oldest first."""
    digest_above: int = Field(3, ge=1)
    """Where more cases than this wait past their reminder in one channel, it is reminded of them in one list with
    links, the oldest first, which is drawn anew. Each ceiling still calls by itself."""
    requests_of_an_organization_a_minute: int = Field(40, ge=1)
    """More new requests of one organization than this in a minute, in however many looks, are announced as one
    summary of that organization, once a minute, and call nobody as they arrive. Other organizations' requests call as
    ever, and in a channel that they share the cards of all take turns."""


class RetentionSection(Section):
    """How long personal data is kept."""

    closed_cases: Annotated[timedelta, Counted(DAY, ge=1)] = Field(
        90 * DAY, validation_alias="closed_cases_days"
    )
    """Days after closing until names, reasons and paths are removed from card and record. The chain
    stays verifiable."""
    loose_events: Annotated[timedelta, Counted(DAY, ge=1)] = Field(
        90 * DAY, validation_alias="loose_events_days"
    )
    """Days until the same is removed from events that belong to no case (look-ups, refused strangers)."""


class Rules(Section):
    """What the pure code and the use cases read of the settings."""

    writes_on: bool = False
    verified_writes: frozenset[UnprovenWrite] = frozenset()
    portal_link: str = ""
    plan: SlaPlan = SlaPlan()
    escalation: EscalationSection = EscalationSection()
    calendars: Mapping[str, CalendarSection] = {}
    tiers: Mapping[str, TierSection] = {}
    rotas: Mapping[str, RotaSection] = {}
    away: Mapping[str, AwaySection] = {}
    plans: Mapping[str, PlanSection] = {}
    access: AccessSection = AccessSection()
    decisions: DecisionsSection = DecisionsSection()
    second: SecondApproval = SecondApproval()
    repeats: RepeatsSection = RepeatsSection()
    evidence: EvidenceSection = EvidenceSection()
    maintenance: MaintenanceSection = MaintenanceSection()
    families: FamiliesSection = FamiliesSection()
    bursts: BurstsSection = BurstsSection()
    backlog: BacklogSection = BacklogSection()
    unusual: UnusualSection = UnusualSection()
    retention: RetentionSection = RetentionSection()

    @property
    def remembered_for(self) -> timedelta:
        """How long a decision is remembered for the next request of the same: as far back as anybody asks."""
        return max(self.retention.closed_cases, self.repeats.within)
