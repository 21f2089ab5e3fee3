"""The question "what was blocked?" (or permitted as well) to the Unified Audit, and its pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from bot.portal.lenient import read_id
from bot.portal.listing import Rows, Totals
from bot.portal.wire import BlockedRow

# "Any deny" of the portal's documentation and of live calls; the schema's text says 7.
ANY_DENY: Final = 99
# The portal's table of all actions. Its table of denies alone is 2; permits are missing there.
ACTION_LOG: Final = 1
_MONITOR_ONLY_FIELD: Final = 34


# Permit and Install mode, as the portal numbers them.
_PERMITS: Final = frozenset({1, 4})
_DENIES: Final = frozenset({2, 3, 7, ANY_DENY})


def is_permit(row: BlockedRow) -> bool:
    """Whether the policy let it run; a deny that only a monitor mode let pass is none.

    What is neither (ringfenced, a number that nobody documents) is a permit only where the row says that it ran and
    no monitor mode explains it: a block that is taken for a permit would be a wrong all-clear.
    """
    if row.action_id in _PERMITS | _DENIES:
        return row.action_id in _PERMITS
    if row.action.casefold().startswith("permit"):
        return True
    ran = row.effective_action.casefold().startswith("permit")
    return bool(row.action_id) and ran and row.is_monitor_mode is not True


class Denies(StrEnum):
    """Which denies: really enforced ones, simulated ones of monitor mode, or both."""

    ALL = "all"
    ENFORCED = "enforced"
    SIMULATED = "simulated"


@dataclass(frozen=True)
class BlockedQuery:
    """One page of blocked items between two aware times.

    `hostname` and `full_path` take `*` as a wildcard and are matched by the portal. It ignores a user
    filter and has none for a hash, so `username` (part of the name, any case) and `file_hash`
    (ThreatLocker's or SHA-256) are matched here, row by row: pages come short, and "nothing on this page"
    is not "nothing".

    Rows of organizations outside `within` (None: of `organization_id` alone) are dropped in any case.
    `show_child_organizations` stays on: without it the portal answers 500 for an organization that has others
    below it. Off is for an organization that surely has none; only then is a total told.
    """

    organization_id: str
    start: datetime
    end: datetime
    hostname: str = ""
    full_path: str = ""
    username: str = ""
    file_hash: str = ""
    action_types: tuple[str, ...] = ()
    denies: Denies = Denies.ALL
    with_permits: bool = False
    """Every action, not the denies alone: far more rows, so that a page reaches less far back."""
    show_child_organizations: bool = True
    within: frozenset[str] | None = None
    page: int = 1
    page_size: int = 100

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("blocked items are asked for between aware times")
        if self.end < self.start:
            raise ValueError("the end of the span lies before its start")
        if self.page < 1 or not 1 <= self.page_size <= 500:
            raise ValueError("pages count from 1 and hold 1 to 500 rows")

    @property
    def allowed(self) -> frozenset[str]:
        """The organizations whose rows may be answered, in lower case."""
        named = {self.organization_id} if self.within is None else self.within
        return frozenset(one for one in map(read_id, named) if one is not None)


@dataclass(frozen=True)
class BlockedPage:
    """What one page showed.

    `scanned` rows came, `rows` are those that were asked for, `outside` were dropped since they belong
    elsewhere. `next_page` None: this was the last. `total` counts what the portal matched over all pages,
    where it said so and where all of it is in view.
    """

    rows: tuple[BlockedRow, ...]
    scanned: int
    outside: int
    page: int
    next_page: int | None
    total: int | None
    oldest_at: datetime | None = None
    """The oldest time of all rows that came, whoever's; a page that is not the last reaches back so far."""
    unreadable: int = 0
    """Rows that may be what was asked for and cannot be read, or not far enough to tell."""


def blocked_body(query: BlockedQuery) -> dict[str, Any]:
    """The body of the search. Members that live calls found to be required are always there."""
    body: dict[str, Any] = {
        "startDate": _utc(query.start),
        "endDate": _utc(query.end),
        "pageNumber": query.page,
        "pageSize": query.page_size,
        "sourceTableId": ACTION_LOG,
        "paramsFieldsDto": _monitor_only(query.denies),
        "hostname": query.hostname,
        "fullPath": query.full_path,
        "groupBys": [],
        "exportMode": False,
        "showTotalCount": True,
        "showChildOrganizations": query.show_child_organizations,
        "onlyTrueDenies": query.denies is Denies.ENFORCED,
        "simulateDeny": query.denies is Denies.SIMULATED,
        "sortDescending": True,
    }
    if not query.with_permits:
        body["actionId"] = ANY_DENY
    return body | ({"actionTypes": list(query.action_types)} if query.action_types else {})


def blocked_page(query: BlockedQuery, rows: Rows[BlockedRow], totals: Totals) -> BlockedPage:
    """The page of a query, cut to the organizations in view and to what was asked for."""
    inside = tuple(row for row in rows if row.organization_id in query.allowed)
    scanned = len(rows) + len(rows.odd)
    counted = None if query.show_child_organizations or query.username or query.file_hash else totals.items
    return BlockedPage(
        rows=tuple(row for row in inside if _is_asked_for(query, row)),
        scanned=scanned,
        outside=len(rows) - len(inside),
        page=query.page,
        next_page=query.page + 1 if _has_more(query, scanned, totals) else None,
        total=counted,
        oldest_at=min((row.date_time for row in rows if row.date_time), default=None),
        unreadable=len(rows.odd) + sum(_cannot_be_told(query, row) for row in rows),
    )


def _cannot_be_told(query: BlockedQuery, row: BlockedRow) -> bool:
    """Whether a row that is left out may be one that was asked for: whose it is, or what is asked for, is odd."""
    if row.organization_id is None:
        return True
    filtered = {"username"} if query.username else set()
    filtered |= {"hash", "sha256"} if query.file_hash else set()
    is_ours = row.organization_id in query.allowed
    return is_ours and not _is_asked_for(query, row) and not filtered.isdisjoint(row.odd)


def _is_asked_for(query: BlockedQuery, row: BlockedRow) -> bool:
    """The filters that the portal does not have."""
    if query.username.lower() not in row.username.lower():
        return False
    return not query.file_hash or query.file_hash.lower() in {row.hash.lower(), row.sha256.lower()}


def _has_more(query: BlockedQuery, received: int, totals: Totals) -> bool:
    if not received:
        return False
    return query.page < totals.pages if totals.pages is not None else received >= query.page_size


def _monitor_only(denies: Denies) -> list[dict[str, Any]]:
    """The recipe that live calls need besides the flags, which do nothing alone."""
    if denies is Denies.ALL:
        return []
    simulated = "true" if denies is Denies.SIMULATED else "false"
    field = {"fieldAttributeId": _MONITOR_ONLY_FIELD, "fieldType": 1, "filterType": 1}
    return [{**field, "name": "MonitorOnly", "value": simulated}]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
