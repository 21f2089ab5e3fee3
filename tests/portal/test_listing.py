"""Lists are walked to their end, through empty shapes and slipping pages, and no row comes twice."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from bot.models import Kind
from bot.portal import AnswerNotUnderstood, PortalClient, TokenRefused, kind_of
from bot.portal.listing import read_rows
from bot.portal.wire import read_row
from bot.turns import Turns
from tests.portal.conftest import MakeClient
from tests.portal.samples import ORGANIZATION, row
from tests.portal.wire_server import Says, WireServer

LIST = "ApprovalRequestGetByParameters"


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _rows(*numbers: int) -> list[dict[str, Any]]:
    return [row(approvalRequestId=_id(number)) for number in numbers]


def _paged(rows: list[Any], pages: int, items: int, header: str = "Pagination") -> Says:
    totals = {"currentPage": 1, "itemsPerPage": 2, "totalItems": items, "totalPages": pages}
    return Says(rows, headers={header: json.dumps(totals)})


async def _ids(client: PortalClient) -> list[str]:
    return [one.approval_request_id for one in await client.list_requests(statuses=(1,))]


@pytest.mark.parametrize("empty", [[], "", "null", "  \n", {"data": []}])
async def test_every_shape_of_no_rows_is_an_empty_list(
    portal: WireServer, client: PortalClient, empty: object
) -> None:
    portal.on(LIST, Says(empty))
    assert await client.list_requests() == ()
    assert [one.body["statusId"] for one in portal.received] == [1, 13]


async def test_pending_and_escalated_requests_of_all_organizations_are_asked_for(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [row(approvalRequestId=_id(2), statusId=13)])
    found = await client.list_requests(organization_id=ORGANIZATION)
    assert [one.status_id for one in found] == [1, 13]
    assert all(one.body["showChildOrganizations"] is True for one in portal.received)
    assert portal.received[0].headers["managedorganizationid"] == ORGANIZATION


async def test_a_request_that_is_escalated_during_the_walk_comes_once_as_it_is_now(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [row(approvalRequestId=_id(1), statusId=13)])
    assert [one.status_id for one in await client.list_requests()] == [13]


@pytest.mark.parametrize("header", ["Pagination", "pagination", "PAGINATION"])
async def test_the_page_count_of_the_portal_ends_the_walk(
    portal: WireServer, make_client: MakeClient, header: str
) -> None:
    portal.on(LIST, _paged(_rows(1, 2), 2, 4, header), _paged(_rows(3, 4), 2, 4, header))
    assert await _ids(make_client(portal.base_url, page_size=2)) == [_id(n) for n in (1, 2, 3, 4)]
    assert [(one.body["pageNumber"], one.body["pageSize"]) for one in portal.received] == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    "header", [None, "", "not json", "[]", '{"totalPages": "many"}', '{"totalPages": true}']
)
async def test_without_a_page_count_a_page_that_is_not_full_is_the_last(
    portal: WireServer, make_client: MakeClient, header: str | None
) -> None:
    headers = {} if header is None else {"Pagination": header}
    portal.on(LIST, Says(_rows(1, 2), headers=headers), Says(_rows(3), headers=headers))
    assert await _ids(make_client(portal.base_url, page_size=2)) == [_id(n) for n in (1, 2, 3)]
    assert len(portal.received) == 2


async def test_full_pages_end_with_an_empty_one(portal: WireServer, make_client: MakeClient) -> None:
    portal.on(LIST, Says(_rows(1, 2)), Says(_rows(3, 4)), Says(""))
    assert len(await _ids(make_client(portal.base_url, page_size=2))) == 4


async def test_rows_that_slip_past_a_page_are_found_by_walking_again(
    portal: WireServer, make_client: MakeClient
) -> None:
    """Request 1 is decided between page 1 and 2: 3 slips onto page 1 and is seen on the second walk."""
    portal.on(
        LIST,
        _paged(_rows(1, 2), 2, 4),
        _paged(_rows(4), 2, 3),
        _paged(_rows(2, 3), 2, 3),
        _paged(_rows(4), 2, 3),
    )
    assert sorted(await _ids(make_client(portal.base_url, page_size=2))) == [_id(n) for n in (1, 2, 3, 4)]
    assert len(portal.received) == 4


async def test_rows_that_come_during_the_walk_are_not_listed_twice(
    portal: WireServer, make_client: MakeClient
) -> None:
    portal.on(LIST, _paged(_rows(1, 2), 2, 3), _paged(_rows(2, 3), 2, 3))
    assert await _ids(make_client(portal.base_url, page_size=2)) == [_id(n) for n in (1, 2, 3)]


async def test_a_list_that_never_rests_is_walked_three_times_and_no_more(
    portal: WireServer, make_client: MakeClient
) -> None:
    portal.on(LIST, _paged(_rows(1), 1, 99))
    assert await _ids(make_client(portal.base_url, page_size=2)) == [_id(1)]
    assert len(portal.received) == 3


async def test_a_list_without_an_end_is_not_believed(portal: WireServer, make_client: MakeClient) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        page = (await request.json())["pageNumber"]
        return Says(_rows(page)).response()

    portal.on(LIST, endless)
    with pytest.raises(AnswerNotUnderstood, match="no end"):
        await _ids(make_client(portal.base_url, page_size=1))


@pytest.mark.parametrize("answer", [{"rows": []}, [1], ["x"], 7, {"data": {}}, [None]])
async def test_something_that_is_not_a_list_is_not_taken_for_an_empty_one(
    portal: WireServer, client: PortalClient, answer: object
) -> None:
    portal.on(LIST, Says(answer))
    with pytest.raises(AnswerNotUnderstood):
        await client.list_requests()


async def test_a_list_within_data_is_read_too(portal: WireServer, client: PortalClient) -> None:
    portal.on(LIST, {"data": _rows(1)})
    assert await _ids(client) == [_id(1)]


async def test_one_odd_row_hides_no_other(portal: WireServer, client: PortalClient) -> None:
    odd = row(approvalRequestId=_id(2), path={"new": "shape"})
    portal.on(LIST, [*_rows(1), odd])
    first, second = await client.list_requests(statuses=(1,))
    assert kind_of(first) is Kind.APPLICATION
    assert (second.unreadable, kind_of(second)) == ("path", Kind.OTHER)


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, row(approvalRequestId=None)])
async def test_a_row_that_names_no_request_hides_no_other(
    portal: WireServer, client: PortalClient, odd: object
) -> None:
    portal.on(LIST, _paged([*_rows(1), odd, *_rows(2)], 1, 3))
    found = await client.list_requests(statuses=(1,))
    assert [one.approval_request_id for one in found] == [_id(1), _id(2)]
    assert len(found.odd) == 1
    assert len(portal.received) == 1  # the odd row counts: the list is not walked again for it


async def test_a_row_without_an_id_is_told_without_its_content(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, [row(approvalRequestId=None)])
    with pytest.raises(AnswerNotUnderstood, match="approval_request_id") as raised:
        await client.list_requests()
    assert "setup.exe" not in str(raised.value)


async def test_a_refused_token_ends_the_walk_at_once(portal: WireServer, client: PortalClient) -> None:
    portal.on(LIST, Says({"error": "TOKEN_REVOKED"}, 440))
    with pytest.raises(TokenRefused):
        await client.list_requests()
    assert len(portal.received) == 1


async def test_the_count_is_a_bare_number(portal: WireServer, client: PortalClient) -> None:
    portal.on("ApprovalRequestGetCount", Says("3"))
    assert await client.count_requests() == 3
    assert await client.count_requests(ORGANIZATION, with_children=False) == 3
    assert [one.query["includeChildOrganizations"] for one in portal.received] == ["true", "false"]


@pytest.mark.parametrize("answer", ['"3"', "true", "", "{}"])
async def test_a_count_that_is_no_number_is_not_taken_for_none(
    portal: WireServer, client: PortalClient, answer: str
) -> None:
    portal.on("ApprovalRequestGetCount", Says(answer))
    with pytest.raises(AnswerNotUnderstood, match="not a number"):
        await client.count_requests()


async def test_a_row_that_is_known_word_for_word_is_not_read_again(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1, 2), [])
    first = await client.look({})
    known = {digest: request_id for request_id, digest in first.digests.items()}
    assert ([one.approval_request_id for one in first.rows], first.same) == ([_id(1), _id(2)], frozenset())
    changed = row(approvalRequestId=_id(2), hostname="ANOTHER")
    portal.on(LIST, [*_rows(1), changed, *_rows(3)], [])
    second = await client.look(known)
    assert [one.approval_request_id for one in second.rows] == [_id(2), _id(3)]
    assert second.same == {_id(1)}
    assert second.digests[_id(2)] != first.digests[_id(2)]


async def test_of_a_known_row_and_a_new_reading_of_it_the_later_counts(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [])
    known = {digest: request_id for request_id, digest in (await client.look({})).digests.items()}
    portal.on(LIST, _rows(1), [row(approvalRequestId=_id(1), statusId=13)])
    seen = await client.look(known)
    assert ([one.status_id for one in seen.rows], seen.same) == ([13], frozenset())
    portal.on(LIST, [row(approvalRequestId=_id(1), statusId=13)], _rows(1))
    seen = await client.look(known)
    assert (seen.rows, seen.same) == ((), frozenset({_id(1)}))


async def test_a_list_of_known_and_unreadable_rows_is_no_unreadable_list(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [])
    known = {digest: request_id for request_id, digest in (await client.look({})).digests.items()}
    portal.on(LIST, [*_rows(1), {"approvalRequestId": None}], [])
    seen = await client.look(known)
    assert (seen.same, len(seen.rows.odd)) == (frozenset({_id(1)}), 1)


async def test_a_long_page_is_read_in_turns_with_whatever_else_waits() -> None:
    """A press that comes meanwhile must not wait until the last row is read."""
    rows = [_id(number) for number in range(2_000)]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    waiting = asyncio.create_task(others())
    found = await read_rows(_rows(*range(len(rows))), read_row, LIST, Turns())
    waiting.cancel()
    assert [one.approval_request_id for one in found] == rows
    assert turns >= 3
