"""All settings as one frozen value. A rehearsal builds it directly; `load` builds it from outside."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from bot.models import Rules, SecondApproval, SlaPlan, UnprovenWrite
from bot.models.bundles import BurstsSection, FamiliesSection
from bot.models.calendars import (
    DEFAULT_CALENDAR,
    CalendarSection,
    EscalationSection,
    WeeklySection,
    each_a_calendar,
    one_for_each,
)
from bot.models.plans import PlanSection, each_a_plan, none_in_vain
from bot.models.presses import LimitsSection
from bot.models.rotas import (
    APPROVERS,
    FROM_ENVIRONMENT,
    ON_DUTY,
    TEAM,
    AwaySection,
    RotaSection,
    TierSection,
    each_a_rota,
    each_a_tier,
    each_away,
)
from bot.models.rules import (
    AccessSection,
    BacklogSection,
    DecisionsSection,
    EvidenceSection,
    MaintenanceSection,
    RepeatsSection,
    RetentionSection,
)
from bot.models.section import Section
from bot.models.unusual import UnusualSection
from bot.settings.addresses import calendar_address, holds_a_secret
from bot.settings.sections import (
    FallbackSection,
    HealthSection,
    IcalSection,
    LedgerSection,
    LogSection,
    PortalSection,
    RecordSection,
    RoutingSection,
    SlackSection,
)


class Settings(Section):
    """Everything that an administrator may choose. Frozen at start; a change needs a restart."""

    writes: Literal["off", "on"] = "off"
    """`on`: presses decide in the portal. `off`: a press shows the verdict and the exact effect, and
    sends nothing."""
    verified_writes: frozenset[UnprovenWrite] = Field(frozenset(), examples=[["permit_global"]])
    """Kinds of write that no published evidence supports and that you have verified live on your own
    portal. The others stay "decide it in the portal"."""
    slack: SlackSection
    portal: PortalSection
    routing: RoutingSection
    sla: SlaPlan = SlaPlan()
    escalation: EscalationSection = EscalationSection()
    calendars: Annotated[
        Mapping[str, CalendarSection], BeforeValidator(each_a_calendar), AfterValidator(one_for_each)
    ] = {}
    tiers: Annotated[Mapping[str, TierSection], BeforeValidator(each_a_tier)] = {}
    rotas: Annotated[Mapping[str, RotaSection], BeforeValidator(each_a_rota)] = {}
    away: Annotated[Mapping[str, AwaySection], BeforeValidator(each_away)] = {}
    plans: Annotated[
        Mapping[str, PlanSection], BeforeValidator(each_a_plan), AfterValidator(none_in_vain)
    ] = {}
    access: AccessSection = AccessSection()
    decisions: DecisionsSection = DecisionsSection()
    second_approval: SecondApproval = SecondApproval()
    repeats: RepeatsSection = RepeatsSection()
    evidence: EvidenceSection = EvidenceSection()
    maintenance: MaintenanceSection = MaintenanceSection()
    families: FamiliesSection = FamiliesSection()
    bursts: BurstsSection = BurstsSection()
    backlog: BacklogSection = BacklogSection()
    unusual: UnusualSection = UnusualSection()
    limits: LimitsSection = LimitsSection()
    retention: RetentionSection = RetentionSection()
    ledger: LedgerSection = LedgerSection()
    record: RecordSection = RecordSection()
    fallback: FallbackSection = FallbackSection()
    ical: IcalSection = IcalSection()
    weekly: WeeklySection = WeeklySection()
    health: HealthSection = HealthSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _a_write_ends_before_its_request_opens_again(self) -> Self:
        reopen_after_s = self.decisions.reopen_after.total_seconds()
        if reopen_after_s < self.portal.write_timeout_s + 10:
            raise ValueError(
                f"[decisions] reopen_after_s ({reopen_after_s:g}) must be at least 10 s longer than "
                f"[portal] write_timeout_s ({self.portal.write_timeout_s:g}): a request must not open again while its "
                "decision may still be on its way"
            )
        return self

    @model_validator(mode="after")
    def _the_default_hours_stand_once(self) -> Self:
        usual = EscalationSection()
        # The example file names each of them with its usual value: whoever has copied it has chosen nothing.
        chosen = [
            key
            for key in ("weekdays", "opens", "closes")
            if getattr(self.escalation, key) != getattr(usual, key)
        ]
        if DEFAULT_CALENDAR in self.calendars and chosen:
            raise ValueError(
                f"[escalation] ({', '.join(chosen)}) and [calendars.{DEFAULT_CALENDAR}] both say when the team is "
                f"there; remove {', '.join(chosen)} from [escalation], or that calendar"
            )
        return self

    @model_validator(mode="after")
    def _plans_name_what_is_there(self) -> Self:
        known = (TEAM, APPROVERS, ON_DUTY, *self.tiers)
        for name, plan in self.plans.items():
            unknown = next((tier for tier in plan.tiers if tier not in known), None)
            if unknown is not None:
                near = difflib.get_close_matches(unknown, known, n=1)
                raise ValueError(
                    f'[plans.{name}] calls the tier "{unknown}", which is not there. '
                    + (f"Did you mean {near[0]}?" if near else f"Name one in [tiers.{unknown}].")
                )
        return self

    @model_validator(mode="after")
    def _rotas_belong_to_tiers(self) -> Self:
        for name, tier in self.tiers.items():
            unknown = next((rota for rota in tier.rota if rota not in self.rotas), None)
            if unknown is not None:
                near = difflib.get_close_matches(unknown, self.rotas, n=1)
                raise ValueError(
                    f'[tiers.{name}] rota names "{unknown}", which is not there. '
                    + (f"Did you mean {near[0]}?" if near else f"Make it: [rotas.{unknown}].")
                )
        used = {rota for tier in self.tiers.values() for rota in tier.rota}
        idle = next((name for name in self.rotas if name not in used), None)
        if idle is not None:
            raise ValueError(
                f'[rotas.{idle}] is the rota of no tier. Name it in one ([tiers.NAME] rota = ["{idle}"]), or remove it'
            )
        return self

    @model_validator(mode="after")
    def _calendars_are_read_from_safe_addresses(self) -> Self:
        for name, rota in self.rotas.items():
            if rota.ical_url in ("", FROM_ENVIRONMENT):
                continue
            try:
                calendar_address(rota.ical_url)
            except ValueError as error:
                raise ValueError(f"[rotas.{name}] ical_url: {error}") from None
            if holds_a_secret(rota.ical_url):
                raise ValueError(
                    f"[rotas.{name}] ical_url seems to hold a secret, which does not belong in this file. Write "
                    f'"{FROM_ENVIRONMENT}" here, and a line "{name} https://..." into ROTA_ICAL_URLS'
                )
        return self

    @model_validator(mode="after")
    def _files_can_be_where_they_are_named(self) -> Self:
        """What is not there yet, or may not be seen, is for whoever needs it to tell."""
        named = {
            "[ledger] data": self.ledger.data,
            "[ledger] server": self.ledger.server,
            "[record] folder": self.record_folder(),
        }
        for key, path in named.items():
            try:
                _ = path and path.stat()
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENAMETOOLONG):
                    raise ValueError(
                        f"{key} ({path}): nothing can be there ({error.strerror}); write another path"
                    ) from None
        return self

    @model_validator(mode="after")
    def _the_record_is_witnessed_from_outside(self) -> Self:
        folder, data = self.record.folder, self.ledger.data
        if folder is not None and folder.resolve().is_relative_to(data.resolve()):
            raise ValueError(
                f"[record] folder ({folder}) lies in the data folder ({data}): an older copy of the data would bring "
                "its own witness. Name a folder outside of it"
            )
        return self

    def record_folder(self) -> Path | None:
        """The folder of the seals' key and of the last head that was seen. None: a server of others, and no folder of
        this installation is named; it cannot be told then whose head was seen."""
        data = self.ledger.data
        if self.record.folder is not None:
            return self.record.folder
        if data.is_absolute() or not self.ledger.redis_url.get_secret_value():
            return data.with_name(f"{data.name}-record")
        return None

    def rules(self) -> Rules:
        """The part that the rules and the use cases read."""
        return Rules(
            writes_on=self.writes == "on",
            verified_writes=self.verified_writes,
            portal_link=self.portal.pages,
            plan=self.sla,
            escalation=self.escalation,
            calendars=self.calendars,
            tiers=self.tiers,
            rotas=self.rotas,
            away=self.away,
            plans=self.plans,
            access=self.access,
            decisions=self.decisions,
            second=self.second_approval,
            repeats=self.repeats,
            evidence=self.evidence,
            maintenance=self.maintenance,
            families=self.families,
            bursts=self.bursts,
            backlog=self.backlog,
            unusual=self.unusual,
            retention=self.retention,
        )

    def ledger_secret(self) -> bytes:
        """What marks the ledger's grants and presses: a key of its own, else what all replicas share anyway."""
        chosen = self.ledger.key.get_secret_value() or self.slack.bot_token.get_secret_value()
        return chosen.encode()

    def calendar_addresses(self) -> dict[str, str]:
        """Where the calendar of each rota that has one is read from; empty where the environment does not tell."""
        told = self.ical.addresses()
        named = {name: rota.ical_url for name, rota in self.rotas.items() if rota.ical_url}
        return {name: told.get(name, "") if url == FROM_ENVIRONMENT else url for name, url in named.items()}

    def secrets(self) -> tuple[SecretStr, ...]:
        """Every secret that is set, for the redaction of the log."""
        held = (
            self.slack.bot_token,
            self.slack.app_token,
            self.slack.signing_secret,
            self.portal.token,
            self.ledger.redis_url,
            self.ledger.key,
            self.record.webhook_secret,
            self.record.ship_secret,
            self.fallback.webhook_secret,
            self.fallback.smtp_password,
            self.fallback.pagerduty_key,
            self.fallback.opsgenie_key,
            *map(SecretStr, self.ical.addresses().values()),
        )
        return tuple(secret for secret in held if secret.get_secret_value())
