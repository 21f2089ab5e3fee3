"""The tables of `gatehouse.toml`, one model each. The line under a field is its entry in the reference."""

from __future__ import annotations

import uuid
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from bot.models import CheckName, Kind, Place
from bot.settings.addresses import portal_address, redis_address, slack_api_address, web_address

OPTION_TEXT_LIMIT = 75
"""Slack's limit for one option of a list."""
DENY_TEXT_LIMIT = 600
"""Characters of a prepared reason (our choice: with 1,000 typed ones it is still read to the end)."""
DENY_REASONS_MOST = 100
"""Slack's limit for the options of a list."""


class Section(BaseModel):
    """A table of settings: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("this is no time zone; write an IANA name such as Europe/Berlin") from None
    return value


def _organization(value: str) -> str:
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        raise ValueError("this is no organization id; the portal shows it as a GUID") from None


def _channel(value: str) -> str:
    if value and not (value[0] in "CG" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no channel id; open the channel's details in Slack and copy the id at the bottom"
        )
    return value


def _user_group(value: str) -> str:
    if value and not (value[0] == "S" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no user group id; open the group in Slack and copy the id (S...) from its menu"
        )
    return value


def _team(value: str) -> str:
    if value and not (value[0] == "T" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no workspace id; it starts with T and stands in the address of Slack on the web"
        )
    return value


def _file_path(value: Path) -> Path:
    return value.expanduser()


ChannelId = Annotated[str, AfterValidator(_channel)]
OrganizationId = Annotated[str, AfterValidator(_organization)]
UserGroupId = Annotated[str, AfterValidator(_user_group)]
FilePath = Annotated[Path, AfterValidator(_file_path)]
Host = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(ge=0, le=65535)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SlackSection(Section):
    """Which workspace, and by which door Slack reaches us."""

    mode: Literal["socket", "http"] = "socket"
    """`socket`: we call Slack, no address of ours is open to the internet. `http`: Slack calls us,
    each call signed."""
    team_id: Annotated[str, AfterValidator(_team)] = Field(examples=["T0123ABCD"])
    """The workspace. Required: start-up refuses a token of another one, and a press from another one
    is refused."""
    host: Host = "127.0.0.1"
    """`http` only: the address to listen on. Loopback by default: a TLS proxy belongs in front."""
    port: Port = 3000
    """`http` only: the port to listen on; 0 takes any free one. 3000 is what Bolt's own examples use."""
    api_url: Annotated[str, AfterValidator(slack_api_address)] = "https://slack.com/api/"
    """Slack's Web API. Only a stand-in Slack for a rehearsal needs another address."""
    bot_token: SecretStr = SecretStr("")
    """The bot token (`xoxb-...`) of the installed app: it posts the cards and looks people up."""
    app_token: SecretStr = SecretStr("")
    """The app-level token (`xapp-...`, scope `connections:write`) that opens Socket Mode. Needed in
    `socket` mode."""
    signing_secret: SecretStr = SecretStr("")
    """Proves that a call comes from Slack. Needed in `http` mode."""

    @model_validator(mode="after")
    def _secrets_look_right(self) -> Self:
        for value, start, name in (
            (self.bot_token, "xoxb-", "SLACK_BOT_TOKEN"),
            (self.app_token, "xapp-", "SLACK_APP_TOKEN"),
        ):
            if value.get_secret_value() and not value.get_secret_value().startswith(start):
                raise ValueError(
                    f"{name} does not start with {start}; copy the right token from the app's pages"
                )
        return self


class PortalSection(Section):
    """Where the ThreatLocker portal is, and how often it is asked."""

    url: Annotated[str, AfterValidator(portal_address)] = Field(
        "", examples=["https://portalapi.b.threatlocker.com/portalapi"]
    )
    """The portal's API. Required. The instance (b, c, ...) stands in the portal under Help,
    "ThreatLocker Access"."""
    token: SecretStr = SecretStr("")
    """The API user's token, from the portal's API Users page. Required. All calls act with its rights."""
    organization: OrganizationId = Field("", examples=["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"])
    """The organization to look at, with its children. Empty: the token's own."""
    web_url: Annotated[str, AfterValidator(web_address)] = Field(
        "", examples=["https://portal.threatlocker.com"]
    )
    """The portal's web pages, for "Open in portal". Empty: no such button."""
    poll_busy_s: float = Field(15, ge=1, le=15)
    """Seconds between two looks while requests are open. At most 15: a decision made in the portal
    shows by then."""
    poll_idle_s: float = Field(60, ge=1, le=60)
    """Seconds between two looks while nothing is open. The portal has no webhook; 60 s is what live
    clients do."""
    read_timeout_s: float = Field(10, gt=0, le=60)
    """Seconds to wait for an answer to a question. The portal answers in under a second when it is well."""
    write_timeout_s: float = Field(20, gt=0, le=120)
    """Seconds to wait for an answer to a decision. Longer than a read: fewer outcomes stay unknown."""


class Channels(Section):
    """The three channels of a route."""

    card: ChannelId = Field(examples=["C0123CARDS"])
    """Where the cards are posted. Required."""
    escalation: ChannelId = Field(examples=["C0123LATE"])
    """Where the escalation team is pinged. Required."""
    audit: ChannelId = Field(examples=["C0123AUDIT"])
    """Where the heads of the record and the operators' alerts are posted. Required."""

    @model_validator(mode="after")
    def _all_are_named(self) -> Self:
        if not (self.card and self.escalation and self.audit):
            raise ValueError("the default route names all three channels: card, escalation and audit")
        return self


class Route(Section):
    """A rule: these organizations and kinds go to these channels. The first rule that fits and names
    the channel wins."""

    organizations: tuple[OrganizationId, ...] = Field((), examples=[["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]])
    """Organization ids. Empty: every organization."""
    kinds: tuple[Kind, ...] = Field((), examples=[["elevation"]])
    """Kinds of request (`application`, `elevation`, `storage`, `web_control`, `other`). Empty: every kind."""
    card: ChannelId = Field("", examples=["C0123CARDS"])
    """Empty: as the next fitting rule, at last the default, says."""
    escalation: ChannelId = Field("", examples=["C0123LATE"])
    """Empty: as the next fitting rule, at last the default, says."""
    audit: ChannelId = Field("", examples=["C0123AUDIT"])
    """Empty: as the next fitting rule, at last the default, says."""

    def fits(self, organization_id: str, kind: str) -> bool:
        """Whether requests of this organization and kind take this route."""
        return (not self.organizations or organization_id.lower() in self.organizations) and (
            not self.kinds or kind in self.kinds
        )


class RoutingSection(Section):
    """Which channel hears of what."""

    default: Channels
    """The route of everything that no rule names. Facts of a channel that is lost do not come here; they wait."""
    rules: tuple[Route, ...] = ()
    """Tried in order."""

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:
        """The channel id for a message of this place about a request of this organization and kind."""
        fitting = (rule for rule in self.rules if rule.fits(organization_id, kind))
        named = (getattr(rule, place.value) for rule in fitting)
        return next((channel for channel in named if channel), None) or self.default_for(place)

    def default_for(self, place: Place) -> str:
        """The channel id of what no rule names; calls without facts are heard there when their own place is lost."""
        channel: str = getattr(self.default, place.value)
        return channel

    def channels(self) -> tuple[str, ...]:
        """Every channel id that is named anywhere, each once, the default's first."""
        routes = (self.default, *self.rules)
        named = (getattr(route, place.value) for route in routes for place in Place)
        return tuple(dict.fromkeys(channel for channel in named if channel))


class SlaSection(Section):
    """The clock of a request, in minutes from the request's own time."""

    remind_minutes: float = Field(5, gt=0)
    """A reminder in the card's thread. The team answers in about 5 minutes on average."""
    remind_channel_minutes: float = Field(10, gt=0)
    """A reminder that the channel sees too."""
    escalate_minutes: float = Field(15, gt=0, le=15)
    """The escalation team is pinged. 15 minutes is the promise to the person who waits; no claim
    pauses it."""
    repeat_minutes: float = Field(15, ge=1)
    """The ping is repeated this often until somebody who was pinged takes it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.remind_minutes <= self.remind_channel_minutes <= self.escalate_minutes:
            raise ValueError(
                f"remind_minutes ({self.remind_minutes:g}), remind_channel_minutes "
                f"({self.remind_channel_minutes:g}) and escalate_minutes ({self.escalate_minutes:g}) "
                "must not go down in this order"
            )
        return self


class EscalationSection(Section):
    """Who is pinged, and when the escalation team is there."""

    approvers_user_group: UserGroupId = Field("", examples=["S0123APPR"])
    """The Slack user group of the approvers: reminders mention it, and escalations out of hours.
    Empty: the channel only."""
    team_user_group: UserGroupId = Field("", examples=["S0123ESCA"])
    """The Slack user group of the escalation engineers. Empty: the escalation channel only."""
    zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", examples=["Europe/Berlin"])
    """The time zone of the hours below, an IANA name."""
    weekdays: tuple[Weekday, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    """The days the team works. On other days the approvers stand in."""
    opens: time = time(8)
    """When the team comes, local time."""
    closes: time = time(18)
    """When the team leaves, local time."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"opens ({self.opens:%H:%M}) must come before closes ({self.closes:%H:%M})")
        return self


class AccessSection(Section):
    """Who may do what."""

    file: FilePath = Path("access.toml")
    """The access file. A relative path starts at this file's own folder."""
    shift_hours: float = Field(8, gt=0, le=24)
    """Hours that a grant given in Slack lasts where no end is named. One shift."""
    longest_grant_days: float = Field(30, gt=0, le=366)
    """The latest end of a grant given in Slack, in days from then. What has to last longer belongs in the
    access file."""


class DenyReasonEntry(Section):
    """A reason for denying, as the file spells it: its label, and what the requestor reads instead of the label."""

    label: str = Field(min_length=1, max_length=OPTION_TEXT_LIMIT)
    text: str = Field("", max_length=DENY_TEXT_LIMIT)

    @model_validator(mode="before")
    @classmethod
    def _label_alone(cls, value: object) -> object:
        return {"label": value} if isinstance(value, str) else value


class DecisionsSection(Section):
    """The limits of a press."""

    claim_minutes: float = Field(15, gt=0, le=240)
    """How long a claim pauses reminders before it lapses. Never longer than one escalation round, by
    default."""
    elevation_hours: int = Field(1, ge=1, le=24)
    """Hours of admin rights that one press on an elevation request grants."""
    send_within_s: float = Field(20, ge=1, le=120)
    """Seconds after its recording in which a decision may still be sent. A process that was stopped
    longer sends nothing."""
    reopen_after_s: float = Field(60, ge=10, le=3600)
    """Seconds after that until a request that the portal still calls pending opens again for a new press."""
    identity_max_age_s: float = Field(60, ge=0, le=60)
    """Seconds that what Slack said of a person is believed. At most 60, by promise."""
    tree_max_age_minutes: float = Field(5, ge=0, le=60)
    """Minutes that the portal's tree of organizations is believed."""
    deny_reasons: tuple[DenyReasonEntry, ...] = Field(
        (),
        max_length=DENY_REASONS_MOST,
        examples=[[{"label": "Not business software", "text": "This software is not for business use."}]],
    )
    """The reasons that "Deny..." offers, in this order: each a text of at most 75 characters, or a table of a
    `label` and the longer `text` that the requestor reads instead (at most 600). Empty: the list that comes with
    Gatehouse."""

    @field_validator("deny_reasons")
    @classmethod
    def _no_reason_twice(cls, reasons: tuple[DenyReasonEntry, ...]) -> tuple[DenyReasonEntry, ...]:
        labels = [reason.label.strip().casefold() for reason in reasons]
        if "" in labels:
            raise ValueError("a reason has an empty label; write what the approver shall choose")
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise ValueError(f'the reason "{twice}" stands twice; nobody could tell the two apart')
        return reasons


class SecondApprovalSection(Section):
    """Which approvals two different people have to agree to. The second one needs the full right for the
    same request and reach, and both are judged when the second one agrees. Denials never need two."""

    reaches: tuple[Literal["computer_group", "organization", "global"], ...] = Field(
        ("global",), examples=[["organization", "global"]]
    )
    """How far an approval has to reach to need two (`computer_group`, `organization`, `global`); whatever
    reaches further than one of these needs two as well. What counts is how far it really goes. Empty: the reach
    alone never asks for two."""
    kinds: tuple[Kind, ...] = Field((), examples=[["application", "elevation"]])
    """Kinds of request (`application`, `elevation`, `storage`, `web_control`, `other`) that may need two.
    Empty: every kind."""
    unseen_wider_than_computer: bool = True
    """Software that the organization has never seen (a new version counts as such), or of which that is not
    known, needs two when its approval reaches further than one computer."""
    risky_elevation: bool = False
    """Elevation that is silent, without an end, or longer than `long_elevation_hours` needs two."""
    long_elevation_hours: float = Field(8, gt=0)
    """What counts as long. One shift."""
    unusual: bool = False
    """A request that was pinged as unusual needs two, at any reach."""


class RepeatsSection(Section):
    """When the same software comes back so often that a policy is due."""

    approvals: int = Field(3, ge=1)
    """Approvals by hand of the same software in one organization after which one-press approval closes."""
    within_days: float = Field(30, gt=0)
    """Days over which they are counted."""
    policy_days: float = Field(180, ge=1, le=3660)
    """Days until the end that a proposed policy is proposed with. Half a year: then somebody looks at it again."""


class EvidenceSection(Section):
    """What is found out before a press, and what of it closes one-press approval. "Approve…" stays open."""

    max_age_minutes: float = Field(1440, ge=5, le=10080)
    """Minutes after which the checks that are required count as too old: one press closes until they are made
    again, which happens by itself in good time. A day."""
    required: tuple[CheckName, ...] = Field(
        (CheckName.SIGNER, CheckName.SEEN), examples=[["signer", "seen_here", "research"]]
    )
    """Checks that one-press approval needs. One that cannot be had in three tries closes it; any other may be
    missing: an outage of the portal's research alone must not stop the team."""
    closes: tuple[CheckName, ...] = Field(tuple(CheckName), examples=[["parent_process", "research"]])
    """Checks that close one-press approval when they speak against it. By default all; an invalid signature, an
    unsigned file from a download folder and a file that is known to be bad close it in any case."""


class MaintenanceSection(Section):
    """Maintenance modes that are started from a computer."""

    longest_hours: float = Field(4, ge=0.25, le=8)
    """Hours that a maintenance mode may last at most, its extensions included. What needs longer wants a
    policy."""


class BacklogSection(Section):
    """What happens to many requests at once."""

    summary_above: int = Field(20, ge=1)
    """More new requests than this in one look are announced as one summary per channel, the cards
    follow oldest first."""


class RetentionSection(Section):
    """How long personal data is kept."""

    closed_cases_days: float = Field(90, ge=1)
    """Days after closing until names, reasons and paths are removed from card and record. The chain
    stays verifiable."""
    loose_events_days: float = Field(90, ge=1)
    """Days until the same is removed from events that belong to no case (look-ups, refused strangers)."""


class LedgerSection(Section):
    """Where Gatehouse remembers."""

    redis_url: Annotated[SecretStr, AfterValidator(redis_address)] = SecretStr("")
    """A Redis or Valkey server for any number of replicas; its forms stand in `docs/ledger.md`. Empty:
    Gatehouse starts its own in the data folder."""
    data: FilePath = Path("data")
    """The data folder of the embedded server; a relative one starts at this file's folder. It holds the
    only copy: back it up, and never share it between hosts."""
    server: FilePath | None = None
    """The embedded server's program. Unset: the one that is installed with Gatehouse, else the one on
    the PATH."""

    def server_environment(self) -> dict[str, str]:
        """How the embedded server's supervisor is told of a program that the settings name."""
        return {"VALKEY_SERVER": str(self.server)} if self.server else {}


class RecordSection(Section):
    """What proves the record, outside of the ledger. `docs/record.md` tells an auditor what it proves."""

    folder: FilePath | None = None
    """The folder of the key that signs the record's seals, and of the last head that was seen: a ledger that is
    behind it does not start. Never in the data folder, and not in its back-up. Unset: beside the data folder, under
    its name with `-record`."""
    webhook_url: Annotated[str, AfterValidator(web_address)] = Field(
        "", examples=["https://logs.example.com/gatehouse-seals"]
    )
    """A second place that every seal is sent to, and that the bot's Slack token cannot edit. Empty: the audit
    channel only."""
    webhook_secret: SecretStr = SecretStr("")
    """Signs what is sent to `webhook_url` (HMAC-SHA256), so that the second place knows it is from here."""


class HealthSection(Section):
    """`/healthz`, `/readyz` and `/metrics`."""

    host: Host = "127.0.0.1"
    """The address to listen on. `0.0.0.0` in a container, where the orchestrator asks from outside."""
    port: Port = 8080
    """The port to listen on; 0 takes any free one."""


class LogSection(Section):
    """What Gatehouse says to the operator, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe line that is written."""
    format: Literal["json", "console"] = "json"
    """`json`: a line for machines. `console`: a line for people."""
