"""The Unified Audit: the search with its traps, the single event and the file history."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from rehearsal.portal.answers import Answer, broken, invalid, ok, page_of
from rehearsal.portal.call import Call
from rehearsal.portal.records import ZERO_GUID, AuditRow
from rehearsal.portal.rights import VIEW_UNIFIED_AUDIT
from rehearsal.portal.schema import utc_time
from rehearsal.portal.wire_audit import audit_row, grouped_row
from rehearsal.portal.world import World, fits

_ANY_DENY: Final = 99
_MONITOR_ATTRIBUTE: Final = 34
_DENY_TABLE: Final = 2
_TABLES: Final = (1, 2, 3, 4)
_MAX_GROUPS: Final = 2


def _application_name(world: World, row: AuditRow) -> str | None:
    application = world.applications.get(row.application_id)
    return application.name if application else None


_GROUP_MEMBERS: Final[dict[int, tuple[str, Callable[[World, AuditRow], Any]]]] = {
    1: ("username", lambda _, row: row.username),
    2: ("processPath", lambda _, row: row.file.process_path),
    5: ("policyId", lambda _, row: row.policy_id),
    6: ("policyName", lambda _, row: row.policy_name),
    7: ("applicationId", lambda _, row: row.application_id),
    8: ("applicationName", _application_name),
    9: ("actionType", lambda _, row: row.action_type),
    11: ("hash", lambda _, row: row.file.hash),
    17: ("hostname", lambda world, row: world.computers[row.computer_id].name),
    65: ("computerId", lambda _, row: row.computer_id),
}
"""The portal's group codes that this world can answer, with the member that a grouped row fills."""


def search(call: Call) -> Answer:
    """One page of events. Without its header the live search answers nothing at all, and so does this."""
    if call.headers.get("usenewsearch", "").casefold() != "true":
        return Answer("")
    call.require([VIEW_UNIFIED_AUDIT])
    start_at, end_at = _span(call.body)
    _check_form(call)
    rows = [row for row in _visible(call) if start_at <= row.at <= end_at and _is_wanted(call, row)]
    if call.body.get("sortDescending", True):
        rows.reverse()
    number, size = call.body.get("pageNumber", 1), call.body.get("pageSize", 25)
    if groups := call.body.get("groupBys"):
        return page_of(_grouped(call.world, rows, groups), number, size, call.rules.empty_list)
    return _page(call, rows, number, size)


def _span(body: dict[str, Any]) -> tuple[datetime, datetime]:
    start_at, end_at = utc_time(body.get("startDate")), utc_time(body.get("endDate"))
    if start_at is None or end_at is None or end_at < start_at:
        raise invalid("Invalid Date Range")
    return start_at, end_at


def _check_form(call: Call) -> None:
    if call.body.get("paramsFieldsDto") is None:
        raise broken()
    if call.rules.source_table_required and "sourceTableId" not in call.body:
        raise broken()
    if call.body.get("sourceTableId", 1) not in _TABLES:
        raise broken()
    is_parent = call.organization_id == call.token.organization_id and call.world.below(call.organization_id)
    if is_parent and not call.body.get("showChildOrganizations"):
        raise broken()
    groups = call.body.get("groupBys") or []
    if len(groups) > _MAX_GROUPS or any(code not in _GROUP_MEMBERS for code in groups):
        raise invalid("Invalid Group By")


def _visible(call: Call) -> Iterator[AuditRow]:
    with_children = bool(call.body.get("showChildOrganizations"))
    organization_ids = call.world.in_view(call.organization_id, with_children=with_children)
    table = call.body.get("sourceTableId", 1)
    for row in call.world.audit:
        if row.organization_id in organization_ids and _is_in_table(row, table):
            yield row


def _is_in_table(row: AuditRow, table: int) -> bool:
    """Table 1 holds every event, table 2 the denies; the baseline and event-log tables are empty here."""
    return table == 1 or (table == _DENY_TABLE and row.is_deny)


def _is_wanted(call: Call, row: AuditRow) -> bool:
    """The filters that the live search honours. `username`, `deviceType` and `filter` are ignored by it."""
    body = call.body
    types = {t.casefold() for t in [body.get("actionType"), *(body.get("actionTypes") or [])] if t}
    computer = call.world.computers[row.computer_id]
    return (
        _has_action(row, body.get("actionId"))
        and (not types or row.action_type in types)
        and _fits_pattern(body.get("hostname"), computer.name)
        and _fits_pattern(body.get("fullPath"), row.file.full_path)
        and body.get("policyId", ZERO_GUID) in (ZERO_GUID, row.policy_id)
        and (not body.get("showKnownThreatsOnly") or row.file.is_known_bad)
        and _has_monitor_mode(row, body)
    )


def _has_action(row: AuditRow, action_id: int | None) -> bool:
    if not action_id:
        return True
    return row.is_deny if action_id == _ANY_DENY else row.action_id == action_id


def _fits_pattern(pattern: str | None, text: str) -> bool:
    return not pattern or fits(pattern, text)


def _has_monitor_mode(row: AuditRow, body: dict[str, Any]) -> bool:
    """Really blocked or only simulated: the flag works together with attribute 34, and alone does nothing."""
    for entry in body.get("paramsFieldsDto") or []:
        if entry and entry.get("fieldAttributeId") == _MONITOR_ATTRIBUTE:
            value = (entry.get("value") or "").casefold()
            if body.get("onlyTrueDenies") and value == "false":
                return not row.is_monitor_mode
            if body.get("simulateDeny") and value == "true":
                return row.is_monitor_mode
    return True


def _page(call: Call, rows: list[AuditRow], number: int, size: int) -> Answer:
    write = partial(audit_row, call.world, total=len(rows))
    return page_of(rows, number, size, call.rules.empty_list, write)


def _grouped(world: World, rows: list[AuditRow], codes: list[int]) -> list[dict[str, Any]]:
    members = [_GROUP_MEMBERS[code] for code in codes]
    counts = Counter(tuple(value(world, row) for _, value in members) for row in rows)
    names = [name for name, _ in members]
    return [
        grouped_row(dict(zip(names, key, strict=True)), count, len(counts))
        for key, count in counts.most_common()
    ]


def get_event(call: Call) -> Answer:
    """One event by its text id; the deny table does not know permits."""
    call.require([VIEW_UNIFIED_AUDIT])
    wanted = call.query.get("eactionlogid", "").casefold()
    table = call.number("sourceTableId", 1)
    visible = call.world.in_view(call.organization_id, with_children=True)
    for row in call.world.audit:
        if row.audit_row_id == wanted and row.organization_id in visible and _is_in_table(row, table):
            return ok(audit_row(call.world, row, 1))
    raise call.unknown("Action Log")


def get_file_history(call: Call) -> Answer:
    """Every event of one path on one computer, the newest first."""
    call.require([VIEW_UNIFIED_AUDIT])
    path, hostname = call.query.get("fullpath", ""), call.query.get("hostname", "").casefold()
    computer_id = call.query.get("computerid", "").casefold()
    if not path or not (hostname or computer_id):
        raise invalid("Missing Parameters. Unable to load details.")
    visible = call.world.in_view(call.organization_id, with_children=True)
    table = call.number("sourceTableId", 1)
    rows = [
        row
        for row in call.world.audit
        if row.organization_id in visible
        and _is_in_table(row, table)
        and row.file.full_path.casefold() == path.casefold()
        and (
            row.computer_id == computer_id
            or call.world.computers[row.computer_id].name.casefold() == hostname
        )
    ]
    rows.reverse()
    return _page(call, rows, call.number("pageNumber", 1), call.number("pageSize", 25))
