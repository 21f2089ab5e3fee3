"""The list is held against the cases page by page and changes meanwhile: nothing is missed, nothing asked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.intake.matching import match
from bot.intake.remembering import Agreement
from bot.portal.errors import Answer
from bot.portal.transport import Call
from tests.desk import Bench
from tests.intake.test_poll import DETAILS, GET, LIST

Hook = Callable[[int], Any]


def before_each_page(bench: Bench, monkeypatch: pytest.MonkeyPatch, size: int, hook: Hook) -> None:
    """Pages of so many rows; `hook(n)` comes before the nth one is asked for."""
    bench.desk.portal.address = replace(bench.desk.portal.address, page_size=size)
    transport = bench.desk.portal.lists._transport
    read, pages = transport.read, 0

    async def hooked(call: Call) -> Answer:
        nonlocal pages
        if call.action == LIST:
            pages += 1
            await hook(pages)
        return await read(call)

    monkeypatch.setattr(transport, "read", hooked)


async def asked(bench: Bench, count: int, kind: str = "write") -> list[str]:
    """So many requests on cards, an hour and more old, newest last; by a process that began just now."""
    then = bench.clock.now() - timedelta(hours=2)
    made = [bench.ask(kind, requested_at=then + timedelta(minutes=number)) for number in range(count)]
    await bench.poll()
    await bench.say()
    bench.agreement = Agreement()
    return made


async def test_a_case_that_changes_between_two_pages_is_met_by_the_next_look(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests of one case, one on each page: the first agreed with what the case was before."""
    case = await bench.arrive_on(*bench.computers()[:2])
    bench.agreement = Agreement()
    [entry, *others] = case.requests
    stale = entry.model_copy(update={"facts": entry.facts.model_copy(update={"path": "C:\\Old\\name.exe"})})

    async def hook(number: int) -> None:
        if number == 2:
            await bench.write(case.model_copy(update={"requests": (stale, *others)}))

    with monkeypatch.context() as patched:
        before_each_page(bench, patched, 1, hook)
        found = await bench.poll()
    assert (found.listed, found.arrived, found.missing) == (2, 0, 0)
    found = await bench.poll()
    assert (await bench.case(case.case_id)).requests[0].facts == entry.facts
    assert (await bench.poll()).changed == 0


async def test_a_row_that_slips_onto_the_next_page_does_not_hide_that_another_was_missed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows as the portal counted, one of them twice: the list is walked again."""
    requests = await asked(bench, 4)

    async def hook(number: int) -> None:
        if number == 2:
            bench.ask("write", requested_at=bench.clock.now() - timedelta(days=30))
            bench.portal.decide_in_portal(requests[3], approve=False, by="Ada")

    before_each_page(bench, monkeypatch, 2, hook)
    found = await bench.poll()
    assert (found.listed, found.arrived) == (4, 1)


async def test_thin_rows_are_asked_about_once_however_often_the_list_is_walked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The questions come after the list: between two pages they would be a reason for walking it again."""
    bench.portal.rules.rows_with_action = False
    await asked(bench, 6, "elevate")

    async def hook(number: int) -> None:
        if number % 3 == 2:
            bench.ask("elevate")

    before_each_page(bench, monkeypatch, 3, hook)
    before = Counter(bench.portal.calls)
    await bench.poll()
    calls = Counter(bench.portal.calls) - before
    assert calls[LIST] > 6, "walked again"
    assert calls[DETAILS] == len(list(bench.portal.open_requests()))


async def test_a_reading_that_a_later_one_takes_back_is_no_question(bench: Bench) -> None:
    await asked(bench, 2)
    bench.portal.faults.distort(
        LIST, lambda rows: [seen for row in rows for seen in (row | {"requestorReason": "another"}, row)]
    )
    before = bench.portal.calls[GET]
    assert (await bench.poll()).changed == 0
    assert bench.portal.calls[GET] == before


@pytest.mark.parametrize("remembers", [True, False])
async def test_every_request_is_exactly_one_of_arrived_known_or_missing(
    bench: Bench, remembers: bool
) -> None:
    on_cards = await asked(bench, 4)
    if remembers:
        await bench.poll()
    new = [bench.ask("write") for _ in range(2)]
    bench.portal.faults.distort(
        LIST, lambda rows: [row for row in rows if row["approvalRequestId"] not in on_cards[1:3]]
    )
    found = await match(bench.desk, bench.agreement)
    assert set(found.arrived) == set(new)
    assert {entry.facts.request_id for _, entry in found.missing} == set(on_cards[1:3])
    assert (found.listed, found.changed) == (4, {})


async def test_a_request_whose_entry_is_over_has_arrived_again_beside_one_that_is_open(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    over = case.requests[0].facts.request_id
    pending = bench.portal.request(over)
    bench.portal.decide_in_portal(over, approve=False, by="Ada")
    await bench.poll()
    bench.portal.world.requests[over] = pending
    found = await match(bench.desk, bench.agreement)
    assert (list(found.arrived), found.changed, found.missing) == ([over], {}, [])
