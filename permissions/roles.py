"""Roles: named sets of permissions. The portal's four built-in ones, and custom ones of an organization."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from permissions import names
from permissions.catalogue import folded, resolve
from permissions.grants import Origin, Source

_SHARED_HEAD: Final = (
    names.APPROVE_ORGANIZATION,
    names.APPROVE_GROUP,
    names.APPROVE_COMPUTER,
    names.APPROVE_APPLICATION_ONLY,
    names.ELEVATION_ADMINISTRATOR,
    names.VIEW_APPROVALS,
    names.ROLE_ADMINISTRATOR,
    names.VIEW_ADMINISTRATORS,
    names.ASSIGN_ROLES,
    names.CHANGE_PERMISSION,
    names.EDIT_ADMINISTRATORS,
    "Edit Logon Settings",
    "Allow Application Merge",
    names.EDIT_APPLICATIONS,
    names.EDIT_APPLICATION_POLICIES,
    "Manage Tags",
    names.PROMOTE_ORGANIZATION,
    names.PROMOTE_GROUP,
)
_BILLING: Final = ("View Billing", "Edit Billing")
_SHARED_TAIL: Final = (
    "Edit Computer Groups",
    names.EDIT_COMPUTERS,
    names.CHECK_IN_HISTORY,
    names.INSTALL_COMPUTERS,
    names.VIEW_COMPUTERS,
    "View Override Codes",
    names.VIEW_UNIFIED_AUDIT,
    "View Health Center",
    names.VIEW_REPORTS,
    names.VIEW_SYSTEM_AUDIT,
    names.SUPER_ADMIN,
    names.SUPER_ADMIN_CHILD,
    names.SUPER_ADMIN_LOGGED_IN,
    "Edit Integrations",
    "Edit Network Control Authorization Hosts",
    "Edit Network Control Policies",
    "Edit Organizations",
    "View Organizations",
    "Edit Storage Control Policies",
    "Edit Storage Control Storage Devices",
    "Edit Configuration Manager Policies",
    "View Configuration Manager",
    "View ThreatLocker Administrator Password",
    "View All ThreatLocker Detect Policies",
    "View All ThreatLocker Detect Remediations",
    "View All ThreatLocker Detect Threats",
    "Edit All ThreatLocker Detect Policies",
    "Manage All ThreatLocker Detect Remediations",
    "Manage All ThreatLocker Detect Threats",
)
_READ_ONLY: Final = (
    names.VIEW_APPROVALS,
    names.VIEW_ADMINISTRATORS,
    names.VIEW_COMPUTERS,
    names.VIEW_UNIFIED_AUDIT,
    "View Health Center",
    names.VIEW_REPORTS,
    names.VIEW_SYSTEM_AUDIT,
    "View Configuration Manager",
    "View All ThreatLocker Detect Policies",
    "View All ThreatLocker Detect Remediations",
    "View All ThreatLocker Detect Threats",
)

# They exist in every organization, with exactly these lists. The portal's page is the source.
BUILT_IN_ROLES: Final = MappingProxyType(
    {
        "Administrator": (*_SHARED_HEAD, *_SHARED_TAIL),
        "Billing": _BILLING,
        "Owner": (*_SHARED_HEAD, *_BILLING, *_SHARED_TAIL),
        "Read Only": _READ_ONLY,
    }
)


_IN_FILE: Final = Origin(Source.FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A custom role: one text, which makes one role in each organization that it names.

    `everywhere` makes one in every organization; `and_below` also in all below the named ones.
    """

    name: str
    permissions: frozenset[str]
    organization_ids: frozenset[str] = frozenset()
    and_below: bool = False
    everywhere: bool = False
    comment: str = ""
    origin: Origin = _IN_FILE
    """Where it was made: the access file, with its line, or Slack."""

    def exists_at(self, organization_id: str, *, and_below: bool) -> bool:
        """Whether a grant at this organization (and, if so written, all below it) finds the role there."""
        if self.everywhere:
            return True
        return organization_id in self.organization_ids and (self.and_below or not and_below)


def built_in(name: str) -> str | None:
    """The built-in role's exact name for any spelling of it; None when it is none."""
    return next((each for each in BUILT_IN_ROLES if folded(each) == folded(name)), None)


def super_admin_words(permissions: frozenset[str], where: str) -> str | None:
    """What a set of permissions with members of the Super Admin family amounts to; None when it has none.

    `where` is the organization at which it is applied, in words.
    """
    if (
        names.SUPER_ADMIN in permissions
        or {names.SUPER_ADMIN_CHILD, names.SUPER_ADMIN_LOGGED_IN} <= permissions
    ):
        return f"Super Admin of {where} and everything below, billing and global included"
    if names.SUPER_ADMIN_CHILD in permissions:
        return f"Super Admin of everything below {where}, and of nothing in {where} itself"
    if names.SUPER_ADMIN_LOGGED_IN in permissions:
        return f"Super Admin of {where} and of nothing below"
    return None


def exact_names(spellings: tuple[str, ...]) -> frozenset[str]:
    """The exact names of permissions that are known to exist. KeyError for one that does not."""
    found = set()
    for spelling in spellings:
        name = resolve(spelling)
        if name is None:
            raise KeyError(spelling)
        found.add(name)
    return frozenset(found)
