"""“Why blocked” on a card answers with the case's own file, to those who may look there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.desk import Amendment, case_change, event_of
from bot.ledger import Committed
from bot.lookup import blocked, why_blocked
from bot.lookup.blocked import PLACES_MOST, plan_for, span_around
from bot.lookup.saying import More, token_of
from bot.models import Case, PressKind
from bot.portal import state_of
from bot.rules import lifecycle
from rehearsal.portal.faults import FaultKind
from tests.lookup.house import House, button

pytestmark = pytest.mark.made_up

AUDIT = "View Unified Audit"
SEARCH = "ActionLogGetByParametersV2"


async def test_the_block_behind_a_request_is_shown_with_its_policy(house: House) -> None:
    alex = await house.asker(AUDIT)
    case = await house.case(computer="BRW-WS-001")
    house.block("BRW-WS-001", r"C:\other\thing.exe", hash="0" * 32)
    house.block("BRW-WS-002", case.requests[0].facts.path, hash=case.hash)
    said = await house.ask(why_blocked, alex, name="case.more.v1", case_id=case.case_id)
    assert "Blocked: " in said.text
    assert case.requests[0].facts.file_name in said.text
    assert "around the request" in said.text
    assert "Default - Workstations" in said.text
    assert "thing.exe" not in said.text
    assert "BRW-WS-002" not in said.text
    event = (await house.last_event()).event
    assert (event.name, event.case_id, event.organization_id) == (
        "looked_up",
        case.case_id,
        case.organization_id,
    )
    assert event.facts["outcome"] == "found"


async def test_nothing_in_the_audit_is_said_as_such(house: House) -> None:
    alex = await house.asker(AUDIT)
    case = await house.case("write", computer="BRW-WS-001")
    house.portal.world.audit.clear()
    said = await house.ask(why_blocked, alex, case_id=case.case_id)
    assert "Nothing was blocked" in said.text


@pytest.mark.parametrize("permissions", [(), ("View Approvals",), ("Approve for Global",)])
async def test_seeing_the_card_is_no_right_to_the_audit(house: House, permissions: tuple[str, ...]) -> None:
    house.member("kim")
    house.grant("kim", AUDIT)
    alex = await house.asker(*permissions)
    case = await house.case(computer="BRW-WS-001")
    said = await house.ask(why_blocked, alex, case_id=case.case_id)
    assert "You may not look this up" in said.text
    assert ("Kim" in said.text) is bool(permissions)
    assert house.portal.calls[SEARCH] == 0
    assert (await house.last_event()).event.facts["outcome"] == "not_allowed"


async def test_the_right_in_another_organization_does_not_count(house: House) -> None:
    alex = await house.asker(AUDIT, at="marlow")
    case = await house.case(computer="BRW-WS-001")
    said = await house.ask(why_blocked, alex, case_id=case.case_id)
    assert "You may not look this up" in said.text


async def test_a_card_that_leads_nowhere_is_answered(house: House) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(why_blocked, alex, case_id="gone")
    assert "from before the records" in said.text
    assert (await house.last_event()).event.name == "press_unknown_case"


@pytest.mark.parametrize("action", [SEARCH, None])
async def test_a_portal_that_is_away_is_never_nothing_blocked(house: House, action: str | None) -> None:
    alex = await house.asker(AUDIT)
    case = await house.case(computer="BRW-WS-001")
    house.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    said = await house.ask(why_blocked, alex, case_id=case.case_id)
    assert "I cannot look now" in said.text


async def test_a_stranger_learns_nothing(house: House) -> None:
    eve = house.member("eve", listed=False)
    await house.accept()
    case = await house.case(computer="BRW-WS-001")
    said = await house.ask(why_blocked, eve, case_id=case.case_id)
    assert "not in Gatehouse's access file" in said.text


async def test_its_pages_are_judged_anew(house: House) -> None:
    alex = await house.asker(AUDIT)
    eve = house.member("eve")
    await house.accept()
    case = await house.case("write", computer="BRW-WS-001")
    path = case.requests[0].facts.path
    for number in range(11):
        house.block("BRW-WS-001", path, hash=f"{number:032}", action="write", ago=timedelta(seconds=30))
    first = await house.ask(why_blocked, alex, case_id=case.case_id)
    older = button(first, ids.LOOKUP_OLDER)
    assert older is not None
    second = await house.ask(blocked, alex, kind=PressKind.BUTTON, values={"more": older})
    assert "11 to 12 of 12" in second.text
    refused = await house.ask(blocked, eve, kind=PressKind.BUTTON, values={"more": older})
    assert "You may not look this up" in refused.text
    now = house.desk.now()
    gone = token_of(More(case_id="gone", start=now - timedelta(hours=1), end=now, first=1))
    said = await house.ask(blocked, alex, kind=PressKind.BUTTON, values={"more": gone})
    assert "from before the records" in said.text


async def test_a_wide_case_asks_about_the_newest_computers_and_says_so(house: House) -> None:
    names = [f"BRW-WS-{number:03}" for number in range(1, PLACES_MOST + 3)]
    case = await house.case(computer=names[0])
    path, now = case.requests[0].facts.path, house.desk.now()
    entries = [
        case.requests[0].model_copy(
            update={
                "facts": case.requests[0].facts.model_copy(
                    update={"computer_name": name, "requested_at": now - timedelta(minutes=place)}
                )
            }
        )
        for place, name in enumerate(names)
    ]
    wide = case.model_copy(update={"requests": tuple(entries)})
    plan = plan_for(wide, span_around(wide, now))
    assert [query.hostname for query in plan.queries] == names[:PLACES_MOST]
    assert {query.full_path for query in plan.queries} == {path}
    assert f"{PLACES_MOST} of {len(names)}" in "".join(run["text"] for run in plan.note)


def _without_time(case: Case) -> Case:
    entry = case.requests[0]
    facts = entry.facts.model_copy(update={"requested_at": None})
    return case.model_copy(update={"requests": (entry.model_copy(update={"facts": facts}),)})


async def test_the_span_follows_the_request_not_the_press(house: House) -> None:
    case = await house.case(computer="BRW-WS-001")
    asked = case.requests[0].facts.requested_at
    assert asked is not None
    later = span_around(case, asked + timedelta(days=2))
    assert timedelta(hours=1) <= asked - later.start < timedelta(hours=1, seconds=1)
    assert timedelta(minutes=15) < later.end - asked <= timedelta(minutes=15, seconds=1)
    seen = case.requests[0].first_seen_at
    untimed = span_around(_without_time(case), seen + timedelta(days=2))
    assert untimed.start <= seen - timedelta(hours=1) < untimed.end


async def test_a_closed_case_still_answers_and_links_nothing(house: House) -> None:
    alex = await house.asker(AUDIT, "View Approvals")
    case = await house.case(computer="BRW-WS-001")
    request_id = case.requests[0].facts.request_id
    house.portal.decide_in_portal(request_id, approve=False, by="Ola")
    stored = await house.desk.ledger.case(case.case_id)
    assert stored is not None
    row = await house.desk.portal.get_request(request_id, case.organization_id)
    closed = lifecycle.settle(stored.case, request_id, state_of(row), house.desk.now())
    change = case_change(house.desk, stored, Amendment(closed, (event_of("case_closed", None, closed),)))
    assert isinstance(await house.desk.ledger.commit(change), Committed)
    for claimed in await house.desk.ledger.claim_effects(10, timedelta(seconds=30)):
        await house.desk.ledger.effect_done(claimed)
    said = await house.ask(why_blocked, alex, case_id=case.case_id)
    assert "Blocked: " in said.text
    assert "request is open" not in said.text
