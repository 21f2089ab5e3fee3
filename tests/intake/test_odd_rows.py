"""One odd thing that the portal sends stops nobody: the other requests get their cards, and people can decide them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.app.health import Pulse
from bot.app.ticks import Ticks
from bot.cards import one_press_closed
from bot.models import Kind, Place, Standing
from bot.portal import AnswerNotUnderstood
from tests.app.test_app_parts import health_of
from tests.desk import Bench, text_of

LIST, GET = "ApprovalRequestGetByParameters", "ApprovalRequestGetById"
ORGANIZATIONS = "OrganizationGetForMoveComputers"
ZERO = "00000000-0000-0000-0000-000000000000"


def spoil(request_id: str, **changed: Any) -> Callable[[Any], Any]:
    """A change of a list: one request's row gets other members."""

    def change(rows: Any) -> Any:
        return [row | changed if row["approvalRequestId"] == request_id else row for row in rows]

    return change


@pytest.mark.parametrize("organization", [None, ZERO, "", "nobody", 7, {"new": "shape"}])
async def test_a_request_without_an_organization_is_shown_to_be_decided_in_the_portal(
    bench: Bench, organization: object
) -> None:
    """Only its id is told: whose facts these are, and who may see them, is not known."""
    good, odd = bench.ask(), bench.ask("elevate")
    bench.portal.faults.distort(LIST, spoil(odd, organizationId=organization))
    await bench.poll()
    assert (await bench.case_of(good)).kind is Kind.APPLICATION
    case = await bench.case_of(odd)
    assert (case.kind, case.organization_id, case.requests[0].facts.path) == (Kind.OTHER, "", "")
    assert "decided in the portal" in one_press_closed(case)
    said = [text_of(effect) for effect in await bench.say()]
    assert not any(bench.portal.request(odd).file.file_name in text for text in said if odd in text)


async def test_a_request_by_a_number_is_shown_and_withdrawn_when_it_leaves_the_list(bench: Bench) -> None:
    good, odd = bench.ask(), bench.ask()
    bench.portal.faults.distort(LIST, spoil(odd, approvalRequestId=12345))
    await bench.poll()
    assert (await bench.case_of("12345")).kind is Kind.OTHER
    bench.portal.faults.distort(LIST, lambda rows: [r for r in rows if r["approvalRequestId"] == good])
    await bench.poll()
    assert (await bench.case_of("12345")).requests[0].standing is Standing.CLOSED
    assert (await bench.case_of(good)).is_open


async def test_a_known_request_whose_row_is_odd_once_stays_on_its_card(bench: Bench) -> None:
    """The request itself, asked alone, is as it was: the list was odd, not the request."""
    request_id = bench.ask()
    await bench.poll()
    before = await bench.case_of(request_id)
    for changed in ({"organizationId": None}, {"path": {"new": "shape"}}, {"threatLockerActionDto": "text"}):
        bench.portal.faults.distort(LIST, spoil(request_id, **changed))
        await bench.poll()
        assert await bench.case_of(request_id) == before


async def test_rows_that_name_no_request_are_told_once_and_stop_nothing(bench: Bench) -> None:
    good = bench.ask()
    bench.portal.faults.distort(LIST, lambda rows: [None, {"approvalRequestId": ZERO}, *rows])
    ticks = ticking(bench)
    for _ in range(3):
        await ticks._look()
        await bench.advance(seconds=60)
    assert (await bench.case_of(good)).is_open
    alerts = [one for one in await bench.say() if one.effect_id.startswith("odd_rows:")]
    assert [(one.place, "cannot be read" in text_of(one)) for one in alerts] == [(Place.AUDIT, True)]


async def test_a_list_of_nothing_but_odd_rows_leaves_no_card_behind_the_portal(bench: Bench) -> None:
    """P3: the last good request was decided in the portal, and a row that names no request is all that is left."""
    request_id = bench.ask()
    await bench.poll()
    bench.portal.decide_in_portal(request_id, approve=False, by="Ada")
    bench.portal.faults.distort(LIST, lambda rows: [*rows, {"approvalRequestId": ZERO}])
    with pytest.raises(AnswerNotUnderstood):
        await bench.poll()
    assert (await bench.case_of(request_id)).requests[0].standing is Standing.REJECTED


async def test_after_a_restart_with_an_odd_organization_list_people_can_still_decide(bench: Bench) -> None:
    """The contract lets `value` be null; an administrator is told, and the health page is right either way."""
    request_id = bench.ask()
    bench.portal.faults.distort(ORGANIZATIONS, lambda rows: [*rows, {"label": "Lost", "value": None}, None])
    health = health_of(bench)
    health.tree = bench.desk.tree
    assert list(await health.faults()) == ["organizations"], "nothing was read yet"
    await ticking(bench)._look()
    assert await health.faults() == {}
    organization_id = bench.portal.request(request_id).organization_id
    tree = await bench.desk.tree.current(holding=organization_id)
    assert tree.place(organization_id) is not None
    alerts = [text_of(one) for one in await bench.say() if one.effect_id.startswith("odd_rows:")]
    assert ["organizations" in text for text in alerts] == [True]


@pytest.mark.parametrize("answer", [[], [{"label": "Lost", "value": None}], "nothing"])
async def test_it_is_not_ready_while_nobody_can_decide_anything(bench: Bench, answer: Any) -> None:
    for action in (ORGANIZATIONS, "OrganizationGetChildOrganizationsByParameters"):
        bench.portal.faults.distort(action, lambda _: answer)
    health = health_of(bench)
    health.tree = bench.desk.tree
    await ticking(bench)._look()
    assert list(await health.faults()) == ["organizations"]


def ticking(bench: Bench) -> Ticks:
    """The clock's jobs over a desk, with nothing running."""
    return Ticks(
        desk=bench.desk,
        access_watch=None,  # type: ignore[arg-type]  # the access file is not looked at here
        press_bell=lambda: None,
        send_bell=lambda: None,
        poll_busy_s=1,
        poll_idle_s=1,
        keep_loose=bench.desk.rules.retention.closed_cases,
        pulse=Pulse(),
    )
