"""Lists are walked to their end, through empty shapes and slipping pages, and no row comes twice."""

import asyncio
import json
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from aiohttp import web
from msgspec import Raw

from bot.models import Kind, Sighting
from bot.portal import AnswerNotUnderstood, PortalClient, Sighted, TokenRefused, kind_of
from bot.portal.listing import Walked, read_rows
from bot.portal.wire import read_row
from bot.turns import Turns
from tests.portal.all_open import all_open
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
    return [one.approval_request_id for one in await all_open(client, statuses=(1,))]


@pytest.mark.parametrize("empty", [[], "", "null", "  \n", {"data": []}])
async def test_every_shape_of_no_rows_is_an_empty_list(
    portal: WireServer, client: PortalClient, empty: object
) -> None:
    portal.on(LIST, Says(empty))
    assert await all_open(client) == ()
    assert [one.body["statusId"] for one in portal.received] == [1, 13]


async def test_pending_and_escalated_requests_of_all_organizations_are_asked_for(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [row(approvalRequestId=_id(2), statusId=13)])
    found = await all_open(client)
    assert [one.status_id for one in found] == [1, 13]
    assert all(one.body["showChildOrganizations"] is True for one in portal.received)
    assert "managedorganizationid" not in portal.received[0].headers


async def test_a_request_that_is_escalated_during_the_walk_comes_once_as_it_is_now(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [row(approvalRequestId=_id(1), statusId=13)])
    assert [one.status_id for one in await all_open(client)] == [13]


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
        await all_open(client)


async def test_a_list_within_data_is_read_too(portal: WireServer, client: PortalClient) -> None:
    portal.on(LIST, {"data": _rows(1)})
    assert await _ids(client) == [_id(1)]


async def test_one_odd_row_hides_no_other(portal: WireServer, client: PortalClient) -> None:
    odd = row(approvalRequestId=_id(2), path={"new": "shape"})
    portal.on(LIST, [*_rows(1), odd])
    first, second = await all_open(client, statuses=(1,))
    assert kind_of(first) is Kind.APPLICATION
    assert (second.unreadable, kind_of(second)) == ("path", Kind.OTHER)


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, row(approvalRequestId=None)])
async def test_a_row_that_names_no_request_hides_no_other(
    portal: WireServer, client: PortalClient, odd: object
) -> None:
    portal.on(LIST, _paged([*_rows(1), odd, *_rows(2)], 1, 3))
    found = await all_open(client, statuses=(1,))
    assert [one.approval_request_id for one in found] == [_id(1), _id(2)]
    assert len(found.odd) == 1
    assert len(portal.received) == 1  # the odd row counts: the list is not walked again for it


@pytest.mark.parametrize("written", ["\n [ {rows} ]\r\n", '{{"Data" :[{rows}], "more": null}}'])
async def test_rows_are_found_however_they_are_written(
    portal: WireServer, client: PortalClient, written: str
) -> None:
    rows = " ,\n".join(json.dumps(one, indent=2) for one in _rows(1, 2))
    portal.on(LIST, Says(written.format(rows=rows)))
    assert await _ids(client) == [_id(1), _id(2)]


DEEP = "[" * 600 + "]" * 600


@pytest.mark.parametrize(
    "member", ['"notes": "\\ud83d half"', '"size": NaN', '"size": -Infinity', f'"x": {DEEP}']
)
async def test_a_row_with_what_no_strict_reader_takes_is_read_among_others(
    portal: WireServer, client: PortalClient, member: str
) -> None:
    strange = json.dumps(row(approvalRequestId=_id(2)))[:-1] + f", {member}}}"
    portal.on(LIST, Says(f"[{json.dumps(_rows(1)[0])}, {strange}, {json.dumps(_rows(3)[0])}]"))
    assert await _ids(client) == [_id(1), _id(2), _id(3)]
    first, *_ = await look(client)
    known = {digest for digest, _ in first.values() if digest is not None}
    second, same, _ = await look(client, known)
    assert (len(known), list(second), same) == (3, [], known)


async def test_a_row_that_is_nested_too_deep_hides_no_other() -> None:
    deep = Raw("[" * 100_000 + "]" * 100_000)
    found = await read_rows([deep, *_rows(1)], read_row, LIST, Turns())
    assert ([one.approval_request_id for one in found], len(found.odd)) == ([_id(1)], 1)


async def test_a_row_without_an_id_is_told_without_its_content(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, [row(approvalRequestId=None)])
    with pytest.raises(AnswerNotUnderstood, match="approval_request_id") as raised:
        await all_open(client)
    assert "setup.exe" not in str(raised.value)


async def test_a_refused_token_ends_the_walk_at_once(portal: WireServer, client: PortalClient) -> None:
    portal.on(LIST, Says({"error": "TOKEN_REVOKED"}, 440))
    with pytest.raises(TokenRefused):
        await all_open(client)
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


Rows = dict[str, tuple[int | None, int | None]]


async def look(client: PortalClient, known: Collection[int] = ()) -> tuple[Rows, set[int], Walked]:
    """Of each request that was read, its digest and its status; the rows that were not; and what was told of all."""
    read: Rows = {}
    same: set[int] = set()

    async def which(digests: Sequence[int]) -> set[int]:
        same.update(held := set(digests) & set(known))
        return held

    async def take(page: Sequence[Sighted[Any]]) -> None:
        for one in page:
            status_id = one.row.state.status_id if isinstance(one.row, Sighting) else one.row.status_id
            read[one.request_id] = (one.digest, status_id)

    return read, same, await client.sighted(which, take)


async def test_a_row_that_is_known_word_for_word_is_not_read_again(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1, 2), [])
    first, same, walked = await look(client)
    assert (list(first), same, walked.rows) == ([_id(1), _id(2)], set(), 2)
    known = {digest for digest, _ in first.values() if digest is not None}
    changed = row(approvalRequestId=_id(2), hostname="ANOTHER")
    portal.on(LIST, [*_rows(1), changed, *_rows(3)], [])
    second, same, walked = await look(client, known)
    assert (list(second), same, walked.rows) == ([_id(2), _id(3)], {first[_id(1)][0]}, 3)
    assert second[_id(2)] != first[_id(2)]


async def test_of_two_readings_of_a_request_the_later_one_comes_later(
    portal: WireServer, client: PortalClient
) -> None:
    escalated = row(approvalRequestId=_id(1), statusId=13)
    portal.on(LIST, _rows(1), [escalated])
    seen, *_ = await look(client)
    assert [status_id for _, status_id in seen.values()] == [13]
    portal.on(LIST, [escalated], _rows(1))
    seen, *_ = await look(client)
    assert [status_id for _, status_id in seen.values()] == [1]
    known = {digest for digest, _ in seen.values() if digest is not None}
    for first, second in ((_rows(1), [escalated]), ([escalated], _rows(1))):
        portal.on(LIST, first, second)
        seen, same, _ = await look(client, known)
        assert ([status_id for _, status_id in seen.values()], same) == ([13], known)


async def test_a_list_of_known_and_unreadable_rows_is_no_unreadable_list(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(LIST, _rows(1), [])
    known = {digest for digest, _ in (await look(client))[0].values() if digest is not None}
    portal.on(LIST, [*_rows(1), {"approvalRequestId": None}], [])
    seen, same, walked = await look(client, known)
    assert (seen, same, len(walked.odd)) == ({}, known, 1)


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
