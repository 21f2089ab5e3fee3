"""Everything that the stand-in portal holds at one moment, and the questions its rules ask of it.

Tables of frozen records by id; a change replaces a record. Ids come from the seed and a counter, so that
two worlds of one seed that live through the same events are the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from rehearsal.portal.records import (
    PERMIT,
    PERMIT_RINGFENCED,
    Application,
    ApprovalRequest,
    AuditRow,
    Computer,
    ComputerGroup,
    FileFacts,
    FileRule,
    MaintenanceMode,
    Organization,
    Policy,
    StoragePolicy,
    SystemAuditRow,
    UserRole,
)

_NAMESPACE: Final = uuid.UUID("5b0d3f8e-6a51-4a0e-9d7c-1f0c2e9b7a34")


@dataclass
class World:
    """The tables. `parent_id` is the managed-service provider, `master_id` the vendor's own organization."""

    seed: int
    organizations: dict[str, Organization] = field(default_factory=dict)
    computer_groups: dict[str, ComputerGroup] = field(default_factory=dict)
    computers: dict[str, Computer] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    storage_policies: dict[str, StoragePolicy] = field(default_factory=dict)
    requests: dict[str, ApprovalRequest] = field(default_factory=dict)
    audit: list[AuditRow] = field(default_factory=list)
    modes: dict[str, MaintenanceMode] = field(default_factory=dict)
    system_audit: list[SystemAuditRow] = field(default_factory=list)
    user_roles: list[UserRole] = field(default_factory=list)
    parent_id: str = ""
    master_id: str = ""
    _ids_given: int = 0

    def copy(self) -> World:
        """The same world to live on by itself: its tables are new, the frozen records in them are shared."""
        return replace(
            self,
            organizations=dict(self.organizations),
            computer_groups=dict(self.computer_groups),
            computers=dict(self.computers),
            applications=dict(self.applications),
            policies=dict(self.policies),
            storage_policies=dict(self.storage_policies),
            requests=dict(self.requests),
            audit=list(self.audit),
            modes=dict(self.modes),
            system_audit=list(self.system_audit),
            user_roles=list(self.user_roles),
        )

    def new_id(self, kind: str) -> str:
        """The next id; the same for the same seed and the same history."""
        self._ids_given += 1
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed} {kind} {self._ids_given}"))

    def below(self, organization_id: str) -> list[str]:
        """Every organization below this one, at any depth."""
        direct = [o.organization_id for o in self.organizations.values() if o.parent_id == organization_id]
        return [*direct, *(deeper for child in direct for deeper in self.below(child))]

    def above(self, organization_id: str) -> list[str]:
        """The parents of this organization, the nearest first."""
        parent_id = self.organizations[organization_id].parent_id
        return [] if parent_id is None else [parent_id, *self.above(parent_id)]

    def in_view(self, organization_id: str, *, with_children: bool) -> frozenset[str]:
        """The organizations that a call sees: this one, and those below when asked for."""
        return frozenset([organization_id, *(self.below(organization_id) if with_children else [])])

    def groups_for(self, organization_id: str, os_type: int) -> list[ComputerGroup]:
        """The groups a permit may choose: its own and the global ones above; system 0 is any."""
        owners = [organization_id, *self.above(organization_id)]
        return [
            group
            for owner in owners
            for group in self.computer_groups.values()
            if group.organization_id == owner
            and os_type in (0, group.os_type)
            and (group.is_global or owner == organization_id)
        ]

    def place_name(self, applies_to_id: str) -> str:
        """The name of the computer, group or organization with this id, "" for none."""
        if computer := self.computers.get(applies_to_id):
            return computer.name
        if group := self.computer_groups.get(applies_to_id):
            return group.name
        organization = self.organizations.get(applies_to_id)
        return organization.display_name if organization else ""

    def places_of(self, computer: Computer) -> frozenset[str]:
        """Every id whose policies reach this computer: itself, its group, its organization, global groups."""
        global_ids = {
            group.computer_group_id
            for group in self.groups_for(computer.organization_id, computer.os_type)
            if group.is_global
        }
        own = {computer.computer_id, computer.computer_group_id, computer.organization_id}
        return frozenset(own | global_ids)

    def permits_at(self, computer: Computer, now: datetime) -> Iterator[Policy]:
        """Enabled, unexpired permit policies that reach this computer."""
        places = self.places_of(computer)
        for policy in self.policies.values():
            if (
                policy.policy_action_id in (PERMIT, PERMIT_RINGFENCED)
                and policy.is_enabled
                and policy.applies_to_id in places
                and (policy.end_at is None or policy.end_at > now)
            ):
                yield policy

    def matching(self, organization_ids: Iterable[str], file: FileFacts, os_type: int) -> list[Application]:
        """Applications of these organizations and of the vendor with a rule that covers the file."""
        owners = {*organization_ids, self.master_id}
        return [
            application
            for application in self.applications.values()
            if application.organization_id in owners
            and application.os_type == os_type
            and any(covers(rule, file) for rule in application.rules)
        ]

    def permitting(self, computer: Computer, file: FileFacts, now: datetime) -> Policy | None:
        """The policy by which this file may already run there, None when it would be blocked."""
        organization_ids = [computer.organization_id, *self.above(computer.organization_id)]
        matches = self.matching(organization_ids, file, computer.os_type)
        ids = {application.application_id for application in matches}
        return next((p for p in self.permits_at(computer, now) if ids & set(p.application_ids)), None)


def covers(rule: FileRule, file: FileFacts) -> bool:
    """Whether every member that the rule sets fits the file; a rule that sets nothing fits nothing."""
    checks: list[bool] = []
    if rule.hash is not None:
        checks.append(rule.hash.casefold() in (file.hash.casefold(), file.sha256.casefold()))
    if rule.full_path is not None:
        checks.append(fits(rule.full_path, file.full_path))
    if rule.process_path is not None:
        checks.append(fits(rule.process_path, file.process_path))
    if rule.cert is not None:
        checks.append(any(rule.cert.casefold() == c.subject.casefold() for c in file.certificates))
    if rule.created_by is not None:
        checks.append(any(fits(rule.created_by, by) for by in file.created_by))
    return bool(checks) and all(checks)


def fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern in which only `*` is special, whatever the case."""
    literal = pattern.casefold().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(text.casefold(), literal)
