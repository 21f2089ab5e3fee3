"""Every permission of the portal, looked up by name, and sets of them as bits of one integer."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from permissions import approval_permissions, names, portal_permissions
from permissions.permission import Permission
from permissions.terms import Kind, MaintenanceMode, Page, Reach

CURRENT: Final = (
    *approval_permissions.APPROVALS,
    *portal_permissions.ADMINISTRATORS,
    *portal_permissions.APPLICATION_CONTROL,
    *portal_permissions.BILLING,
    *portal_permissions.COMMUNITY,
    *portal_permissions.COMPUTERS,
    *portal_permissions.GENERAL,
    *portal_permissions.NETWORK_CONTROL,
    *portal_permissions.ORGANIZATIONS,
    *portal_permissions.STORAGE_CONTROL,
    *portal_permissions.CONFIGURATION_MANAGER,
    *portal_permissions.DETECT,
    *portal_permissions.ENDPOINT_DETECT,
    *portal_permissions.CLOUD_DETECT,
    *portal_permissions.CLOUD_CONTROL,
    *portal_permissions.MOBILE,
    *approval_permissions.MAINTENANCE,
    *portal_permissions.PATCH_MANAGEMENT,
    *approval_permissions.WEB_CONTROL,
)
DEPRECATED: Final = approval_permissions.DEPRECATED
ALL: Final = (*CURRENT, *DEPRECATED)

PERMISSIONS: Final = MappingProxyType({row.name: row for row in ALL})
BIT: Final = MappingProxyType({row.name: 1 << place for place, row in enumerate(ALL)})

# Not a permission: Approve for Global as "– Logged-In Organization Only" has it, which opens a global
# group only while the organization has nothing below it.
GLOBAL_WHILE_CHILDLESS: Final = 1 << len(ALL)

_DASHES = re.compile(r"\s*[-‐‑‒–—−]\s*")


def folded(name: str) -> str:
    """The name without what the portal's own page varies: case, spaces, and the sort of dash.

    An accent may be a letter's own or stand behind it: what looks the same is one name.
    """
    plain = unicodedata.normalize("NFC", name)
    return " ".join(unicodedata.normalize("NFC", _DASHES.sub(" - ", plain).casefold()).split())


_BY_FOLDED = {folded(spelling): row.name for row in ALL for spelling in (row.name, *row.aliases)}


def resolve(name: str) -> str | None:
    """The permission's exact name for a name as a file or a person may spell it; None when there is none."""
    return _BY_FOLDED.get(folded(name))


def nearest(name: str, among: Iterable[str] | None = None) -> str | None:
    """The known name that an unknown one was probably meant to be; None when nothing is close."""
    known = {folded(each): each for each in among} if among is not None else _BY_FOLDED
    close = difflib.get_close_matches(folded(name), known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def mask(permission_names: Iterable[str]) -> int:
    """These permissions as bits. KeyError for a name that is not the exact one."""
    bits = 0
    for name in permission_names:
        bits |= BIT[name]
    return bits


def in_catalogue_order(permission_names: Iterable[str]) -> tuple[str, ...]:
    """Each of these exact names once, as the portal's page orders them."""
    return tuple(sorted(frozenset(permission_names), key=BIT.__getitem__))


SUPER_ADMIN_BITS: Final = mask(row.name for row in ALL if row.in_super_admin)
SUPER_ADMIN_CHILD_BITS: Final = mask(row.name for row in ALL if row.in_super_admin_child)
SUPER_ADMIN_LOGGED_IN_BITS: Final = (SUPER_ADMIN_BITS & ~BIT[names.APPROVE_GLOBAL]) | GLOBAL_WHILE_CHILDLESS


def approving(kind: Kind, reach: Reach, *, deprecated: bool = True) -> tuple[str, ...]:
    """The Approve permissions that decide this kind at this reach, narrowest first, deprecated ones last."""
    fitting = [
        row
        for row in ALL
        if row.width is not None
        and kind in row.decides
        and row.width.covers(reach)
        and (deprecated or not row.deprecated)
    ]
    # Among equal widths the one for more kinds comes first: it is what people know as "the" right.
    fitting.sort(key=lambda row: (row.deprecated, Reach(row.width or reach).width, -len(row.decides)))
    return tuple(row.name for row in fitting)


def opening(page: Page) -> tuple[str, ...]:
    """The permissions that open this page of the portal."""
    return tuple(row.name for row in ALL if page in row.opens)


def managing(mode: MaintenanceMode) -> tuple[Permission, ...]:
    """The permissions that stand for this maintenance mode, the single one before Manage All."""
    fitting = (row for row in CURRENT if mode in row.manages)
    return tuple(sorted(fitting, key=lambda row: len(row.manages)))


def once_opening(mode: MaintenanceMode, reach: Reach) -> tuple[Permission, ...]:
    """The deprecated permissions whose one mode this is and that decide applications at this reach."""
    return tuple(
        row
        for row in DEPRECATED
        if row.old_mode is mode and row.width is not None and row.width.covers(reach)
    )
