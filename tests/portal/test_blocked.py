"""What was blocked is answered for the organizations in view, and an empty answer is told from no answer."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.portal import BlockedQuery, Denies, PortalBroken, PortalClient
from tests.portal.conftest import NOW
from tests.portal.samples import COMPUTER, HASH, ORGANIZATION, OTHER_ORGANIZATION, SHA256, blocked
from tests.portal.wire_server import Says, WireServer

SEARCH = "ActionLogGetByParametersV2"
HISTORY = "ActionLogGetAllForFileHistoryV2"


def _query(**changes: Any) -> BlockedQuery:
    span = {"start": NOW - timedelta(days=1), "end": NOW}
    return BlockedQuery(**({"organization_id": ORGANIZATION} | span | changes))


def _totals(pages: int, items: int) -> dict[str, str]:
    return {"Pagination": json.dumps({"totalPages": pages, "totalItems": items})}


async def test_the_search_sends_what_live_calls_found_to_be_required(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(SEARCH, [blocked()])
    await client.blocked_items(_query(hostname="FJ-*", action_types=("execute",)))
    received = portal.received[0]
    assert received.headers["usenewsearch"] == "true"
    assert received.headers["managedorganizationid"] == ORGANIZATION
    sent = received.body
    assert (sent["sourceTableId"], sent["paramsFieldsDto"], sent["actionId"]) == (1, [], 99)
    assert (sent["startDate"], sent["endDate"]) == ("2026-03-01T08:30:00Z", "2026-03-02T08:30:00Z")
    assert (sent["hostname"], sent["actionTypes"]) == ("FJ-*", ["execute"])
    assert "actionTypes" not in _body(portal, await client.blocked_items(_query()))


def _body(portal: WireServer, _: object) -> Any:
    return portal.received[-1].body


@pytest.mark.parametrize(
    ("denies", "enforced", "simulated", "monitor"),
    [
        (Denies.ALL, False, False, None),
        (Denies.ENFORCED, True, False, "false"),
        (Denies.SIMULATED, False, True, "true"),
    ],
)
async def test_enforced_and_simulated_denies_are_asked_for_by_the_known_recipe(
    portal: WireServer,
    client: PortalClient,
    *,
    denies: Denies,
    enforced: bool,
    simulated: bool,
    monitor: str | None,
) -> None:
    portal.on(SEARCH, [])
    await client.blocked_items(_query(denies=denies))
    sent = portal.received[0].body
    assert (sent["onlyTrueDenies"], sent["simulateDeny"]) == (enforced, simulated)
    assert [one["value"] for one in sent["paramsFieldsDto"]] == ([] if monitor is None else [monitor])


async def test_a_row_is_read_with_time_hashes_and_policy(portal: WireServer, client: PortalClient) -> None:
    portal.on(SEARCH, Says([blocked()], headers=_totals(1, 1)))
    page = await client.blocked_items(_query(show_child_organizations=False))
    row = page.rows[0]
    assert row.date_time == datetime(2026, 3, 2, 7, 59, 58, 123456, tzinfo=UTC)
    assert (row.hash, row.sha256, row.policy_name, row.action_id) == (HASH, SHA256, "Default", 3)
    assert (page.next_page, page.total, page.scanned, page.outside) == (None, 1, 1, 0)


@pytest.mark.parametrize("empty", ["", "null", "[]"])
async def test_nothing_blocked_is_an_empty_last_page(
    portal: WireServer, client: PortalClient, empty: str
) -> None:
    portal.on(SEARCH, Says(empty))
    page = await client.blocked_items(_query())
    assert (page.rows, page.next_page, page.scanned) == ((), None, 0)


async def test_not_being_able_to_look_is_an_error(portal: WireServer, client: PortalClient) -> None:
    portal.on(SEARCH, Says("", 500))
    with pytest.raises(PortalBroken):
        await client.blocked_items(_query())


@pytest.mark.parametrize(
    ("rows", "headers", "page", "following"),
    [
        (2, _totals(3, 6), 1, 2),
        (2, _totals(3, 6), 3, None),
        (2, {}, 1, 2),
        (1, {}, 1, None),
        (0, _totals(3, 6), 1, None),
    ],
)
async def test_the_next_page_is_named_while_there_is_one(
    portal: WireServer,
    client: PortalClient,
    *,
    rows: int,
    headers: dict[str, str],
    page: int,
    following: int | None,
) -> None:
    portal.on(SEARCH, Says([blocked() for _ in range(rows)], headers=headers))
    assert (await client.blocked_items(_query(page=page, page_size=2))).next_page == following


async def test_rows_of_other_organizations_are_dropped_and_the_total_with_them(
    portal: WireServer, client: PortalClient
) -> None:
    foreign = blocked(organizationId=OTHER_ORGANIZATION)
    portal.on(SEARCH, Says([blocked(), foreign, blocked(organizationId=None)], headers=_totals(1, 3)))
    page = await client.blocked_items(_query())
    assert portal.received[0].body["showChildOrganizations"] is True
    assert [row.organization_id for row in page.rows] == [ORGANIZATION]
    assert (page.scanned, page.outside, page.total) == (3, 2, None)
    both = frozenset({ORGANIZATION.upper(), OTHER_ORGANIZATION})
    wide = await client.blocked_items(_query(within=both))
    assert (len(wide.rows), wide.outside) == (2, 1)


async def test_nothing_is_in_view_where_nothing_is_allowed(portal: WireServer, client: PortalClient) -> None:
    portal.on(SEARCH, [blocked()])
    page = await client.blocked_items(_query(within=frozenset()))
    assert (page.rows, page.outside) == ((), 1)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"username": "KARI"}, 1),
        ({"username": "ola"}, 0),
        ({"file_hash": HASH.lower()}, 1),
        ({"file_hash": SHA256.upper()}, 1),
        ({"file_hash": HASH[:-1]}, 0),
    ],
)
async def test_what_the_portal_cannot_filter_is_filtered_here_and_the_total_is_not_claimed(
    portal: WireServer, client: PortalClient, filters: dict[str, Any], found: int
) -> None:
    portal.on(SEARCH, Says([blocked()], headers=_totals(1, 1)))
    page = await client.blocked_items(_query(show_child_organizations=False, **filters))
    assert (len(page.rows), page.scanned, page.outside, page.total) == (found, 1, 0, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"start": datetime(2026, 3, 1)}, "aware"),  # noqa: DTZ001 - a naive time is the point
        ({"end": NOW - timedelta(days=2)}, "before its start"),
        ({"page": 0}, "pages"),
        ({"page_size": 501}, "pages"),
        ({"page_size": 0}, "pages"),
    ],
)
def test_a_question_that_makes_no_sense_is_not_asked(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        _query(**changes)


async def test_times_are_asked_for_in_utc(portal: WireServer, client: PortalClient) -> None:
    portal.on(SEARCH, [])
    east = timezone(timedelta(hours=5))
    await client.blocked_items(_query(start=datetime(2026, 3, 2, 4, 0, tzinfo=east)))
    assert portal.received[0].body["startDate"] == "2026-03-01T23:00:00Z"


@pytest.mark.parametrize("where", [{"computer_id": COMPUTER}, {"hostname": "FJ-LT-007"}])
async def test_the_history_of_a_file_is_asked_for_one_computer(
    portal: WireServer, client: PortalClient, where: dict[str, Any]
) -> None:
    portal.on(HISTORY, [blocked(), blocked(actionId=1, action="Permit")])
    rows = await client.file_history("C:\\Tools\\setup.exe", ORGANIZATION, limit=5, **where)
    assert [row.action_id for row in rows] == [3, 1]
    query = portal.received[0].query
    assert (query["fullPath"], query["pageSize"], query["sourceTableId"]) == (
        "C:\\Tools\\setup.exe",
        "5",
        "1",
    )
    assert ("computerId" in query) != ("hostname" in query)


@pytest.mark.parametrize(("path", "where"), [("", {"computer_id": COMPUTER}), ("C:\\a.exe", {})])
async def test_a_history_without_path_or_computer_is_not_asked_for(
    client: PortalClient, path: str, where: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="needs a path and a computer"):
        await client.file_history(path, **where)
