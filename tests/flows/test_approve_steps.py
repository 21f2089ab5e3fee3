"""“Approve…” in steps: a choice brings the fields that it needs, and nothing typed is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from rehearsal.portal.faults import FaultKind
from tests.flows.scene import Json, Scene
from tests.flows.test_approve_dialogue import (
    CONFIRMED,
    click,
    existing,
    fill,
    flat,
    hears,
    policy_of,
    shows,
    state_of,
    whole,
)


def held(view: Json) -> set[str]:
    """The inputs in view."""
    return set(view["state"]["values"]) - {ids.APPROVE_ACTIONS_BLOCK}


async def test_a_reach_brings_its_fields_and_takes_them_away_again(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    narrow = await kim.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    assert held(narrow) == {ids.REACH_BLOCK, ids.JUSTIFICATION_BLOCK, ids.REASON_BLOCK}
    assert "Closed for you: a global group, because" in flat(narrow)
    group = await kim.stepped(narrow, {ids.REACH_BLOCK: "computer_group"})
    brings = {ids.COMPUTER_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    assert held(group) - held(narrow) == brings
    assert "may run on the computer group Workstations of Brightwater" in flat(group)
    entire = await kim.stepped(group, {ids.REACH_BLOCK: "organization"})
    assert held(group) - held(entire) == {ids.COMPUTER_GROUP_BLOCK}
    assert held(await kim.stepped(entire, {ids.REACH_BLOCK: "computer"})) == held(narrow)


async def test_what_was_typed_comes_back_with_its_field_and_counts_for_nothing_meanwhile(
    one_person: Scene,
) -> None:
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await fill(kim, view, **{ids.REACH_BLOCK: "organization"}, **CONFIRMED, reason="Month end")
    view = await kim.stepped(kim.person.views()[-1], {ids.REACH_BLOCK: "computer"})
    view = await kim.stepped(view, {ids.REACH_BLOCK: "organization"})
    assert {block: state_of(view, block) for block in CONFIRMED} == CONFIRMED
    await kim.submit(view, **{ids.REACH_BLOCK: "computer"})
    await hears(kim, "Approved", "BRW-WS-007 only")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.private["reason"] == "Month end"
    assert not tried.event.private.keys() & {"validated_how", "confirmed_by"}


async def test_a_submission_that_is_faster_than_its_fields_is_told_at_the_choice(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await kim.person.fill(view["id"], {ids.REACH_BLOCK: {ids.INPUT: "organization"}})
    delivery = await (await kim.person.submit(view["id"])).settled()
    assert delivery.outcome == "errors"
    [shown] = kim.person.views()
    assert set(shown["errors"]) == {ids.REACH_BLOCK}
    assert "how was it validated?" in shown["errors"][ids.REACH_BLOCK]
    assert "who in the business confirmed?" in shown["errors"][ids.REACH_BLOCK]
    assert scene.writes == []


async def test_the_portal_away_while_a_reach_is_chosen_loses_nothing(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await fill(kim, view, reason="Month end")
    scene.stage.portal.faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetPermitApplicationById")
    await kim.choose(view, ids.REACH_BLOCK, "organization")
    await hears(kim, "Your form stands as it was")
    assert state_of(kim.person.views()[-1], ids.REASON_BLOCK) == "Month end"


async def test_an_end_in_the_past_is_told_at_its_day_and_the_form_stays(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    over = (scene.bot.desk.now() - timedelta(days=1)).date().isoformat()
    delivery = await kim.submit(
        view, **{ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: over, ids.REASON_BLOCK: "Month end"}
    )
    assert delivery.outcome == "errors"
    [shown] = kim.person.views()
    assert "has passed already" in shown["errors"][ids.EXPIRES_BLOCK]
    assert state_of(shown, ids.REASON_BLOCK) == "Month end"
    later = (scene.bot.desk.now() + timedelta(days=1)).date().isoformat()
    assert (await kim.submit(shown, **{ids.EXPIRES_BLOCK: later})).outcome == "closed"
    await hears(kim, "Approved", f"until {later}")


async def test_a_search_without_a_match_says_so_and_keeps_everything(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    await fill(kim, view, **{ids.APPLICATION_SEARCH_BLOCK: "zzz", ids.REASON_BLOCK: "Month end"})
    await click(kim, view, ids.APPROVE_PREVIEW)
    view = await shows(kim, "No application of this organization is called zzz")
    assert state_of(view, ids.REASON_BLOCK) == "Month end"
    assert state_of(view, ids.APPLICATION_SEARCH_BLOCK) == "zzz"


async def test_an_existing_application_brings_the_questions_of_the_reach_it_may_have(
    one_person: Scene,
) -> None:
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    wide = existing(scene, "Office tools", scene.stage.portal.organization_id("brightwater"))
    kim = scene.hand("kim")
    view = await whole(kim, card)
    await kim.submit(view, **{ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"}, **CONFIRMED)
    await hears(kim, "Approved", "in the existing application “Office tools”")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.private["confirmed_by"] == CONFIRMED[ids.CONFIRMED_BLOCK]


async def test_elevation_asks_for_its_span_on_the_first_page(one_person: Scene) -> None:
    scene = one_person
    request_id, card = await scene.carded("elevate", computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    assert {ids.ELEVATION_FOR_BLOCK, ids.PHONE_BLOCK} <= held(view)
    until = (scene.bot.desk.now() + timedelta(days=2)).date().isoformat()
    await kim.submit(view, **{ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE, ids.ELEVATION_UNTIL_BLOCK: until})
    await hears(kim, "Approved", "with notice", f"until {until}")
    assert policy_of(scene, request_id).elevation_end_at is not None


async def test_a_justification_is_chosen_and_recorded(one_person: Scene) -> None:
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    listed = "Vendor update of approved software"
    await ana.submit(view, **{ids.JUSTIFICATION_BLOCK: listed, ids.REASON_BLOCK: "CHG-100"})
    await hears(ana, "Approved")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.private["reason"] == f"{listed}; CHG-100"
    assert tried.event.facts["justification"] == "written"


@pytest.mark.parametrize("reason", ["x", "..."])
async def test_a_justification_that_says_nothing_is_told_at_its_field(one_person: Scene, reason: str) -> None:
    """From the third approval by hand on: before anything is lost."""
    scene = one_person
    ana = scene.hand("ana")
    for computer in ("BRW-WS-001", "BRW-WS-002"):
        _, card = await scene.carded(computer=computer, product="tideplan")
        await ana.approve(card)
        await card.shows("Approved by Ana")
    _, card = await scene.carded(computer="BRW-WS-003", product="tideplan")
    await scene.case_where(card.case_id, lambda case: case.policy_due)
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    delivery = await ana.submit(view, reason=reason)
    assert delivery.outcome == "errors"
    [shown] = ana.person.views()
    assert set(shown["errors"]) == {ids.REASON_BLOCK}
    assert (await ana.submit(shown, reason="A policy is on its way")).outcome == "closed"
    await hears(ana, "Approved")
