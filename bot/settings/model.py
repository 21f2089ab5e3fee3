"""All settings as one frozen value. A rehearsal builds it directly; `load` builds it from outside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from bot.models import (
    DENY_REASONS,
    DenyReason,
    Reach,
    Rules,
    SecondApproval,
    SlaPlan,
    UnprovenWrite,
    WorkingHours,
)
from bot.settings.sections import (
    WEEKDAYS,
    AccessSection,
    BacklogSection,
    DecisionsSection,
    EscalationSection,
    EvidenceSection,
    HealthSection,
    LedgerSection,
    LogSection,
    MaintenanceSection,
    PortalSection,
    RecordSection,
    RepeatsSection,
    RetentionSection,
    RoutingSection,
    SecondApprovalSection,
    Section,
    SlackSection,
    SlaSection,
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
    sla: SlaSection = SlaSection()
    escalation: EscalationSection = EscalationSection()
    access: AccessSection = AccessSection()
    decisions: DecisionsSection = DecisionsSection()
    second_approval: SecondApprovalSection = SecondApprovalSection()
    repeats: RepeatsSection = RepeatsSection()
    evidence: EvidenceSection = EvidenceSection()
    maintenance: MaintenanceSection = MaintenanceSection()
    backlog: BacklogSection = BacklogSection()
    retention: RetentionSection = RetentionSection()
    ledger: LedgerSection = LedgerSection()
    record: RecordSection = RecordSection()
    health: HealthSection = HealthSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _a_write_ends_before_its_request_opens_again(self) -> Self:
        if self.decisions.reopen_after_s < self.portal.write_timeout_s + 10:
            raise ValueError(
                f"[decisions] reopen_after_s ({self.decisions.reopen_after_s:g}) must be at least 10 s longer than "
                f"[portal] write_timeout_s ({self.portal.write_timeout_s:g}): a request must not open again while its "
                "decision may still be on its way"
            )
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
            verified_writes=frozenset(self.verified_writes),
            second=self._second(),
            plan=self._plan(),
            hours=self._hours(),
            approvers_user_group_id=self.escalation.approvers_user_group,
            escalation_user_group_id=self.escalation.team_user_group,
            claim_length=timedelta(minutes=self.decisions.claim_minutes),
            attempt_not_after=timedelta(seconds=self.decisions.send_within_s),
            attempt_reopens_after=timedelta(seconds=self.decisions.reopen_after_s),
            identity_max_age=timedelta(seconds=self.decisions.identity_max_age_s),
            tree_max_age=timedelta(minutes=self.decisions.tree_max_age_minutes),
            repeats=self.repeats.approvals,
            repeats_within=timedelta(days=self.repeats.within_days),
            proposal_lasts=timedelta(days=self.repeats.policy_days),
            elevation_hours=self.decisions.elevation_hours,
            shift=timedelta(hours=self.access.shift_hours),
            longest_mode=timedelta(hours=self.maintenance.longest_hours),
            longest_grant=timedelta(days=self.access.longest_grant_days),
            keep_closed_for=timedelta(days=self.retention.closed_cases_days),
            portal_link=self.portal.web_url,
            deny_reasons=self._deny_reasons(),
            evidence_max_age=timedelta(minutes=self.evidence.max_age_minutes),
            evidence_required=frozenset(self.evidence.required),
            evidence_closes=frozenset(self.evidence.closes),
            summary_above=self.backlog.summary_above,
        )

    def secrets(self) -> tuple[SecretStr, ...]:
        """Every secret that is set, for the redaction of the log."""
        held = (
            self.slack.bot_token,
            self.slack.app_token,
            self.slack.signing_secret,
            self.portal.token,
            self.ledger.redis_url,
            self.record.webhook_secret,
        )
        return tuple(secret for secret in held if secret.get_secret_value())

    def _second(self) -> SecondApproval:
        chosen = self.second_approval
        return SecondApproval(
            reaches=frozenset(map(Reach, chosen.reaches)),
            kinds=frozenset(chosen.kinds),
            unseen_wider_than_computer=chosen.unseen_wider_than_computer,
            risky_elevation=chosen.risky_elevation,
            long_elevation=timedelta(hours=chosen.long_elevation_hours),
            unusual=chosen.unusual,
        )

    def _deny_reasons(self) -> tuple[DenyReason, ...]:
        named = tuple(DenyReason(label=one.label, text=one.text) for one in self.decisions.deny_reasons)
        return named or DENY_REASONS

    def _plan(self) -> SlaPlan:
        return SlaPlan(
            remind_after=timedelta(minutes=self.sla.remind_minutes),
            remind_channel_after=timedelta(minutes=self.sla.remind_channel_minutes),
            escalate_after=timedelta(minutes=self.sla.escalate_minutes),
            repeat_every=timedelta(minutes=self.sla.repeat_minutes),
        )

    def _hours(self) -> WorkingHours:
        return WorkingHours(
            zone=self.escalation.zone,
            weekdays=tuple(number for number, day in enumerate(WEEKDAYS) if day in self.escalation.weekdays),
            opens=self.escalation.opens,
            closes=self.escalation.closes,
        )
