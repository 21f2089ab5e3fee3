"""One permission of the portal as Gatehouse knows it: a row of the catalogue, and nothing that decides."""

from dataclasses import dataclass
from enum import StrEnum

from permissions.terms import Kind, MaintenanceMode, Page, Purpose, Reach

NO_SURFACE = ("has no surface in Gatehouse",)


class Category(StrEnum):
    """The headings under which the portal's documentation lists its permissions."""

    APPROVAL = "Approval"
    ADMINISTRATOR = "Administrator"
    APPLICATION_CONTROL = "Application Control"
    BILLING = "Billing"
    COMMUNITY = "Community"
    COMPUTER = "Computer"
    GENERAL = "General"
    NETWORK_CONTROL = "Network Control"
    ORGANIZATION = "Organization"
    STORAGE_CONTROL = "Storage Control"
    CONFIGURATION_MANAGER = "Configuration Manager"
    THREATLOCKER_DETECT = "ThreatLocker Detect"
    ENDPOINT_DETECT = "Endpoint Detect"
    CLOUD_DETECT = "Cloud Detect"
    CLOUD_CONTROL = "Cloud Control"
    MOBILE = "Mobile"
    MAINTENANCE_MODE = "Maintenance Mode"
    PATCH_MANAGEMENT = "Patch Management"
    WEB_CONTROL = "Web Control"
    DEPRECATED = "Deprecated"


@dataclass(frozen=True, slots=True)
class Combination:
    """For this purpose the permission also needs any one of the named others, in the same organization."""

    purpose: Purpose
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission: what it is called, what it opens, and what it must be combined with.

    `decides` and `width` describe deciding requests: of which kinds, and how far. `opens` are pages that
    other permissions may ask for by what they open. `manages` are the maintenance modes it stands for;
    `old_mode` is the single mode of a deprecated permission. `includes` are the rights that its text
    contains and that stand as permissions of their own.
    """

    name: str
    category: Category
    meaning: str
    also_in: tuple[Category, ...] = ()
    combined_with: tuple[Combination, ...] = ()
    includes: tuple[str, ...] = ()
    in_super_admin: bool = True
    in_super_admin_child: bool = True
    deprecated: bool = False
    replaced_by: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = NO_SURFACE
    decides: frozenset[Kind] = frozenset()
    width: Reach | None = None
    opens: frozenset[Page] = frozenset()
    manages: frozenset[MaintenanceMode] = frozenset()
    old_mode: MaintenanceMode | None = None

    def needs(self, purpose: Purpose) -> tuple[tuple[str, ...], ...]:
        """What else is needed for this purpose: each entry is a choice of names; empty when nothing is."""
        return tuple(pair.any_of for pair in self.combined_with if pair.purpose is purpose)
