"""The tables of `gatehouse.toml` that are about where and how Gatehouse runs; what it decides by stands in
`bot.models.rules`. The line under a field is its entry in the reference."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.ledger.address import is_this_machine
from bot.models import Kind, Place
from bot.models.section import (
    HOUR,
    MINUTE,
    SECOND,
    ChannelId,
    Counted,
    FilePath,
    NamedOrganization,
    OrganizationId,
    Section,
)
from bot.settings.addresses import (
    calendar_addresses,
    collector_address,
    host_name,
    portal_address,
    portal_pages,
    redis_address,
    slack_api_address,
    syslog_address,
    web_address,
)

LEDGER_KEY_LEAST = 32
"""Characters of the ledger's key (our choice): what is typed in hexadecimal then still holds 128 bits."""


def _team(value: str) -> str:
    if value and not (value[0] == "T" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no workspace id; it starts with T and stands in the address of Slack on the web"
        )
    return value


_MAIL = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9.-]+")


def _mail(value: str) -> str:
    if value and not _MAIL.fullmatch(value):
        raise ValueError("this is no mail address; write it bare, as in oncall@example.com")
    return value


MailAddress = Annotated[str, AfterValidator(_mail)]
Host = Annotated[str, Field(min_length=1), AfterValidator(host_name)]
Port = Annotated[int, Field(ge=0, le=65535)]


class SlackSection(Section):
    """Which workspace, and by which door Slack reaches us."""

    mode: Literal["socket", "http"] = "socket"
    """`socket`: we call Slack, no address of ours is open to the internet. `http`: Slack calls us,
    each call signed, and at most five minutes old by the ledger's clock."""
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
            # An ellipsis is what an example ends in; it is told as a placeholder.
            if not all("!" <= each <= "~" or each == "\u2026" for each in value.get_secret_value()):
                raise ValueError(f"{name} holds a blank or a letter that no token has; copy it anew, alone")
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
    """The portal's web pages, for "Open in the portal" and "Decide in the portal". Empty:
    https://portal.threatlocker.com where `url` is an instance of one letter, else no such button: where a
    named instance (regional, government) is signed in to has to be told."""
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

    @property
    def pages(self) -> str:
        """Where people open the portal: as set, else where this instance is signed in to; empty if neither is known."""
        return self.web_url or portal_pages(self.url)


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

    organizations: tuple[NamedOrganization, ...] = Field(
        (), examples=[["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]]
    )
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


class LedgerSection(Section):
    """Where Gatehouse remembers."""

    redis_url: Annotated[SecretStr, AfterValidator(redis_address)] = SecretStr("")
    """A Redis or Valkey server for any number of replicas; its forms stand in `docs/ledger.md`. Empty:
    Gatehouse starts its own in the data folder."""
    key: SecretStr = SecretStr("")
    """Marks what gives rights or acts in somebody's name in the ledger, so that nobody else can write it
    there: 32 characters or more by chance, the same for all replicas. Empty: made of the bot token."""
    data: FilePath = Path("data")
    """The data folder of the embedded server; a relative one starts at this file's folder. It holds the
    only copy: back it up, and never share it between hosts."""
    server: FilePath | None = Field(None, examples=["/usr/bin/valkey-server"])
    """The embedded server's program. Unset: the one that is installed with Gatehouse, else the one on
    the PATH."""

    @model_validator(mode="after")
    def _a_key_is_not_guessed(self) -> Self:
        if 0 < len(self.key.get_secret_value()) < LEDGER_KEY_LEAST:
            raise ValueError(
                f"LEDGER_KEY is shorter than {LEDGER_KEY_LEAST} characters; make one with: openssl rand -hex 32"
            )
        return self

    def server_environment(self) -> dict[str, str]:
        """How the embedded server's supervisor is told of a program that the settings name."""
        return {"VALKEY_SERVER": str(self.server)} if self.server else {}


class RecordSection(Section):
    """What proves the record, outside of the ledger. `docs/record.md` tells an auditor what it proves."""

    folder: FilePath | None = Field(None, examples=["data-record"])
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
    syslog: Annotated[str, AfterValidator(syslog_address)] = Field(
        "", examples=["syslog+tls://logs.example.com:6514"]
    )
    """A syslog collector as the second place, instead of a webhook: `syslog+tls://`, `syslog+tcp://` or
    `syslog+udp://` (RFC 5424). Syslog gives no receipt: what the network took counts as delivered."""
    syslog_ca: FilePath | None = Field(None, examples=["collector-ca.pem"])
    """Who vouches for the collector's certificate. Unset: whoever this machine trusts."""
    ship_to: Annotated[str, AfterValidator(collector_address)] = Field(
        "", examples=["https://collector.example.com/gatehouse"]
    )
    """A collector that gets every event, at least once: `https://` (batches of JSON lines), or `syslog+tls://`,
    `syslog+tcp://`, `syslog+udp://`. Empty: none."""
    ship_format: Literal["ocsf", "jsonl"] = "ocsf"
    """How an event is written: in OCSF, or as the record holds it. Names, paths and typed reasons are in neither."""
    ship_auth: Literal["bearer", "hmac"] = "bearer"
    """How an HTTP collector knows that it is from here: RECORD_SHIP_SECRET as a bearer token, or as the key of an
    HMAC-SHA256 over the time and the body."""
    ship_secret: SecretStr = SecretStr("")
    """What an HTTP collector knows us by."""
    ship_ca: FilePath | None = Field(None, examples=["collector-ca.pem"])
    """Who vouches for the certificate at `ship_to`. Unset: whoever this machine trusts."""

    @model_validator(mode="after")
    def _an_authority_for_what_is_secured(self) -> Self:
        if self.ship_ca is not None and not self.ship_to.startswith(("https://", "syslog+tls://")):
            raise ValueError("ship_ca is for a collector at https:// or syslog+tls://")
        return self

    @model_validator(mode="after")
    def _one_second_place(self) -> Self:
        if self.webhook_url and self.syslog:
            raise ValueError("webhook_url and syslog are both set; the second place is one of them")
        if self.syslog_ca is not None and not self.syslog.startswith("syslog+tls://"):
            raise ValueError("syslog_ca is for a collector at syslog+tls://")
        return self


class FallbackSection(Section):
    """The second way of an escalation that Slack does not take: every way that is set here is called, and told when
    the case is decided. What is sent names the organization, the kind and the times, and no file and no person."""

    after: Annotated[timedelta, Counted(SECOND, ge=10, le=900)] = Field(
        120 * SECOND, validation_alias="after_s"
    )
    """Seconds that a call of the escalation team may wait for Slack. Two minutes: a short fault of Slack's is over by
    then, and of the quarter of an hour little is gone."""
    webhook_url: Annotated[str, AfterValidator(web_address)] = Field(
        "", examples=["https://alerts.example.com/gatehouse"]
    )
    """An address of yours that takes a POST of JSON, signed like a delivery of seals."""
    webhook_secret: SecretStr = SecretStr("")
    """Signs what is sent to `webhook_url` (HMAC-SHA256 over the time and the body)."""
    smtp_host: Annotated[str, AfterValidator(host_name)] = Field("", examples=["smtp.example.com"])
    """The mail server that takes the message. Empty: no mail."""
    smtp_port: Port = 587
    """587 is submission with STARTTLS, 465 with TLS from the start."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is secured; `none` only on this machine."""
    smtp_ca: FilePath | None = Field(None, examples=["mail-ca.pem"])
    """Who vouches for the mail server's certificate. Unset: whoever this machine trusts."""
    smtp_user: str = Field("", examples=["gatehouse@example.com"])
    """Who signs in there. Empty: nobody has to."""
    smtp_password: SecretStr = SecretStr("")
    """The password of `smtp_user`."""
    mail_from: MailAddress = Field("", examples=["gatehouse@example.com"])
    """The sender."""
    mail_to: tuple[MailAddress, ...] = Field((), examples=[["oncall@example.com"]])
    """Who gets the mail."""
    pagerduty_key: SecretStr = SecretStr("")
    """The integration key of a PagerDuty service (Events API v2). Set: it is called."""
    pagerduty_url: Annotated[str, AfterValidator(web_address)] = "https://events.pagerduty.com"
    """Accounts in the EU: https://events.eu.pagerduty.com."""
    opsgenie_key: SecretStr = SecretStr("")
    """The key of an Opsgenie API integration. Set: it is called."""
    opsgenie_url: Annotated[str, AfterValidator(web_address)] = "https://api.opsgenie.com"
    """Accounts in the EU: https://api.eu.opsgenie.com."""

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        given = {"smtp_host": self.smtp_host, "mail_from": self.mail_from, "mail_to": self.mail_to}
        missing = [name for name, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            raise ValueError(
                f"mail needs smtp_host, mail_from and mail_to; set {' and '.join(missing)} too, or none of them"
            )
        if self.smtp_host and self.smtp_security == "none" and not is_this_machine(self.smtp_host):
            raise ValueError(
                f'smtp_security = "none" would send mail to {self.smtp_host} in the clear; use "starttls" or "tls" '
                "(none only for this machine)"
            )
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that are set, by name."""
        chosen = {
            "webhook": self.webhook_url,
            "mail": self.smtp_host,
            "pagerduty": self.pagerduty_key.get_secret_value(),
            "opsgenie": self.opsgenie_key.get_secret_value(),
        }
        return tuple(name for name, value in chosen.items() if value)


class IcalSection(Section):
    """The calendars that rotas are read from (`[rotas.NAME] ical_url`)."""

    urls: Annotated[SecretStr, AfterValidator(calendar_addresses)] = SecretStr("")
    """Addresses that hold a secret, a line for each: the name of the rota, a blank, the address."""
    every: Annotated[timedelta, Counted(MINUTE, ge=1, le=60)] = Field(
        5 * MINUTE, validation_alias="every_minutes"
    )
    """Minutes between two looks at each address, all replicas together. A swap is then known in time for a call."""
    stale_after: Annotated[timedelta, Counted(HOUR, ge=1, le=168)] = Field(
        6 * HOUR, validation_alias="stale_after_hours"
    )
    """Hours after which a calendar that cannot be read any more is told of in the audit channel, once. The last good
    copy stays in use."""

    def addresses(self) -> dict[str, str]:
        """The address of each rota that has one here."""
        lines = (line.strip().partition(" ") for line in self.urls.get_secret_value().splitlines())
        return {name: address.strip() for name, _, address in lines if name}


class HealthSection(Section):
    """`/healthz`, `/readyz` and `/metrics`."""

    host: Host = "127.0.0.1"
    """The address to listen on. `0.0.0.0` in a container, where the orchestrator asks from outside."""
    port: Port = 8080
    """The port to listen on; 0 takes any free one."""
    hosts: tuple[str, ...] = Field((), examples=[["gatehouse.example.com"]])
    """Names with a dot that the pages may be asked by. Addresses (as Prometheus and orchestrators use them) and names
    without a dot always may."""


class LogSection(Section):
    """What Gatehouse says to the operator, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe line that is written."""
    format: Literal["json", "console"] = "json"
    """`json`: a line for machines. `console`: a line for people."""
