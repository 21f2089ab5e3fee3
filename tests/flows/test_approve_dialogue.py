"""“Approve…” in a workspace: opened, filled in below “More…”, previewed, sent in those terms, and told as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cards.kit import ids
from rehearsal.portal.records import PERMIT, Application, FileRule, Policy
from rehearsal.slack.errors import InputError
from tests.cards.reading import read
from tests.flows.scene import Card, Hand, Json, Scene
from tests.flows.test_maintenance import grant

SIGNER = "CN=Fjordlight Software AS, O=Fjordlight Software AS, C=NO"
RULE = {
    ids.RECOGNIZED_BLOCK: ids.BY_RULE,
    ids.RULE_PATH_BLOCK: r"C:\Program Files\Fjordlight\*\tideplan.exe",
    ids.RULE_SIGNER_BLOCK: SIGNER,
}
CONFIRMED = {ids.VALIDATED_BLOCK: "Called the vendor", ids.CONFIRMED_BLOCK: "Lee, head of sales"}


def flat(view: Json) -> str:
    """A modal as it is read on the screen, on one line."""
    return " ".join(read(view["blocks"]).split())


async def shows(hand: Hand, *words: str) -> Json:
    """Wait until the approve modal shows all of these words."""

    def look() -> Json | None:
        view = hand.modal(ids.APPROVE_VIEW)
        return view if view is not None and all(word in flat(view) for word in words) else None

    return await hand.scene.seen(look, lambda: str(hand.person.views()))


async def hears(hand: Hand, *words: str) -> str:
    """Wait until this person alone was told something with all of these words, wherever its lines break."""

    def look() -> str | None:
        told = [" ".join(said.split()) for said in hand.told()]
        return next((said for said in told if all(word in said for word in words)), None)

    return await hand.scene.seen(look, lambda: f"{hand.person.record.name} was told: {hand.told()}")


async def click(hand: Hand, view: Json, action_id: str) -> None:
    """Press a button inside the modal."""
    await (await hand.person.click_in(view["id"], action_id)).settled()


async def whole(hand: Hand, card: Card) -> Json:
    """“Approve…”, then “More…”; the whole form."""
    view = await hand.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await click(hand, view, ids.APPROVE_MORE)
    return await shows(hand, "Recognized by", "Ticket and notes")


async def fill(hand: Hand, view: Json, **values: Any) -> None:
    """Type and choose without submitting."""
    view = await hand.stepped(view, values)
    await hand.person.fill(view["id"], {block: {ids.INPUT: value} for block, value in values.items()})


def state_of(view: Json, block_id: str) -> Any:
    """What stands in an input now."""
    held = view["state"]["values"][block_id][ids.INPUT]
    chosen = held.get("selected_option")
    return chosen["value"] if chosen else held.get("value") or held.get("selected_date")


def policy_of(scene: Scene, request_id: str) -> Policy:
    """The policy that an approval made in the portal."""
    portal = scene.stage.portal
    return portal.world.policies[portal.request(request_id).new_policy_id or ""]


def existing(scene: Scene, name: str, place: str, *, covers: str = "", owner: str = "") -> str:
    """An application that is permitted somewhere already; its id."""
    portal, world = scene.stage.portal, scene.stage.portal.world
    organization_id = owner or portal.organization_id("brightwater")
    application_id, policy_id = world.new_id("application"), world.new_id("policy")
    rules = (FileRule(hash=portal.request(covers).file.hash if covers else "F" * 32),)
    world.applications[application_id] = Application(application_id, name, organization_id, 1, rules)
    world.policies[policy_id] = Policy(
        policy_id, f"Permit {name}", PERMIT, (application_id,), place, organization_id, 1, datetime.now(UTC)
    )
    return application_id


async def test_p3_p8_a_group_is_approved_by_a_custom_rule_as_it_was_previewed(one_person: Scene) -> None:
    """Typed on the first page, kept by “More…”, previewed, sent word for word."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    assert "By default: tideplan" in flat(view)
    await fill(ana, view, **{ids.REASON_BLOCK: "Month end", ids.REACH_BLOCK: "computer_group"})
    await click(ana, view, ids.APPROVE_MORE)
    view = await shows(ana, "Recognized by")
    assert state_of(view, ids.REASON_BLOCK) == "Month end"
    assert state_of(view, ids.REACH_BLOCK) == "computer_group"
    await fill(ana, view, **RULE, **CONFIRMED, **{ids.TICKET_BLOCK: "INC-4711", ids.LASTS_BLOCK: "30"})
    await click(ana, view, ids.APPROVE_PREVIEW)
    view = await shows(ana, "recognized by a rule (path", "computer group Workstations of Brightwater")
    assert state_of(view, ids.RULE_PATH_BLOCK) == RULE[ids.RULE_PATH_BLOCK]
    assert scene.writes == []
    assert (await ana.submit(view)).outcome == "closed"
    said = await hears(ana, "Approved. ")
    assert "recognized by a rule" in said
    [write] = scene.writes
    [option] = write.body["policyConditions"]["manualOptions"]
    assert (option["fullPath"], option["cert"]) == (RULE[ids.RULE_PATH_BLOCK], SIGNER)
    assert write.body["policyLevel"]["toComputerGroup"] is True
    assert scene.stage.portal.request(request_id).ticket_id == "INC-4711"
    assert policy_of(scene, request_id).end_at is not None
    await card.shows("Approved by Ana Moreau in Gatehouse", "by a rule")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.facts["recognized_by"] == ["path", "signer"]
    assert tried.event.private["ticket"] == "INC-4711"


async def test_p4_a_loose_rule_stays_in_the_modal_with_the_fault_at_its_field(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await whole(ana, card)
    loose = RULE | {ids.RULE_PATH_BLOCK: r"C:\Users\*\tideplan.exe"}
    delivery = await ana.submit(view, **loose)
    assert delivery.outcome == "errors"
    [open_view] = ana.person.views()
    assert "needs a justification" in open_view["errors"][ids.REASON_BLOCK]
    assert state_of(open_view, ids.RULE_PATH_BLOCK) == loose[ids.RULE_PATH_BLOCK]
    delivery = await ana.submit(open_view, **{ids.REASON_BLOCK: "It installs per user"})
    assert delivery.outcome == "closed"
    await hears(ana, "Approved. ")


async def test_the_organizations_own_match_takes_the_file_in(one_person: Scene) -> None:
    scene = one_person
    request_id = scene.ask(computer="BRW-WS-007", product="tideplan")
    request = scene.stage.portal.request(request_id)
    own = existing(scene, "TidePlan", request.computer_id, covers=request_id)
    card = await scene.card(request_id)
    ana = scene.hand("ana")
    view = await whole(ana, card)
    await ana.submit(view, **{ids.APPLICATION_BLOCK: f"{ids.MATCH}:{own}"})
    await hears(ana, "Approved", "in the matching application “TidePlan”")
    assert policy_of(scene, request_id).application_ids == (own,)


async def test_p1_an_existing_application_that_reaches_too_far_is_refused_at_the_press(
    one_person: Scene,
) -> None:
    """Its width is learnt after the press, and the reason names it."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    place = scene.stage.portal.organization_id("brightwater")
    wide = existing(scene, "Office tools", place)
    ana = scene.hand("ana")
    view = await whole(ana, card)
    value = {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"}
    await fill(ana, view, **value)
    await click(ana, view, ids.APPROVE_PREVIEW)
    view = await shows(ana, "as far as the entire organization", "You may not do this")
    assert (await ana.submit(view, **CONFIRMED)).outcome == "closed"
    said = await hears(ana, "Not done", "Approve for Entire Organization")
    assert "Kim Okafor" in said
    assert scene.writes == []
    refused = await scene.event("decision_refused", request_id=request_id)
    assert refused.event.facts["application"] == "existing"


async def test_a_built_in_match_is_explained_and_taken_by_who_may(one_person: Scene) -> None:
    scene = one_person
    request_id = scene.ask(computer="BRW-WS-007", product="tideplan")
    world = scene.stage.portal.world
    built_in = existing(
        scene, "TidePlan (Built-In)", world.master_id, covers=request_id, owner=world.master_id
    )
    card = await scene.card(request_id)
    view = await whole(scene.hand("ana"), card)
    assert "TidePlan (Built-In), because a built-in match only takes the entire organization" in flat(view)
    kim = scene.hand("kim")
    view = await whole(kim, card)
    value = {ids.APPLICATION_BLOCK: f"{ids.BUILT_IN_MATCH}:{built_in}"}
    delivery = await kim.submit(view, **value)
    assert delivery.outcome == "errors"
    [open_view] = kim.person.views()
    assert "only takes the entire organization" in open_view["errors"][ids.REACH_BLOCK]
    await kim.submit(open_view, **{ids.REACH_BLOCK: "organization"}, **CONFIRMED)
    await hears(kim, "Approved", "in the built-in application")
    assert policy_of(scene, request_id).applies_to_id == scene.stage.portal.organization_id("brightwater")


async def test_silent_elevation_ends_on_its_day(one_person: Scene) -> None:
    scene = one_person
    request_id, card = await scene.carded("elevate", computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    values = {
        ids.ELEVATION_BLOCK: ids.SILENTLY,
        ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE,
        ids.ELEVATION_UNTIL_BLOCK: "2026-11-30",
    }
    await kim.submit(view, **values)
    await hears(kim, "Approved", "silently, until 2026-11-30 23:59 UTC")
    policy = policy_of(scene, request_id)
    assert policy.elevation_status == 2
    assert policy.elevation_end_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


async def test_elevation_without_an_end_asks_why_it_is_safe(one_person: Scene) -> None:
    scene = one_person
    request_id, card = await scene.carded("elevate", computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    delivery = await kim.submit(view, **{ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD})
    assert delivery.outcome == "errors"
    [open_view] = kim.person.views()
    assert {ids.REASON_BLOCK, ids.SAFE_BLOCK} == open_view["errors"].keys()
    await kim.submit(open_view, **{ids.REASON_BLOCK: "A kiosk", ids.SAFE_BLOCK: "Nobody logs on there"})
    await hears(kim, "Approved", "without an end")
    assert "Nobody logs on there" in scene.stage.portal.request(request_id).comments


async def test_a_mode_from_the_request_needs_its_own_permission_and_a_reason(one_person: Scene) -> None:
    """Semantics 7: the door of the request, offered last."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    closed = flat(await whole(scene.hand("ana"), card))
    assert "Learning Mode, because" in closed
    assert "Manage Application Control Learning Mode" in closed
    grant(scene, "kim", "Manage Application Control Learning Mode")
    await scene.said("audit", "The access file changed and is in force", "Kim Okafor")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    with pytest.raises(InputError) as empty:
        await kim.submit(view, **{ids.INSTEAD_BLOCK: "learning"})
    assert set(empty.value.by_block) == {ids.MODE_BECAUSE_BLOCK}
    [open_view] = kim.person.views()
    await kim.submit(open_view, **{ids.MODE_BECAUSE_BLOCK: "It unpacks other names each time"})
    await hears(kim, "Approved", "Learning Mode runs on BRW-WS-007 only, for one hour")
    [write] = scene.writes
    assert write.body["policyConditions"]["ruleId"] == 2
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.facts["mode"] == "learning"
    assert any("Manage Application Control Learning Mode" in one for one in tried.event.facts["rests_on"])


async def test_p8_a_modal_over_other_facts_decides_nothing(one_person: Scene) -> None:
    """The facts changed while somebody filled it in: drawn anew it says so, and submitted it is void."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    portal = scene.stage.portal
    portal.world.requests[request_id] = replace(portal.request(request_id), reason="Quite another reason")
    await card.shows("Quite another reason")
    await click(ana, view, ids.APPROVE_MORE)
    view = await shows(ana, "Facts of this case changed after this form was opened")
    await ana.submit(view)
    await hears(ana, "Not done", "facts changed")
    assert scene.writes == []


async def test_one_narrow_approval_still_takes_one_press(one_person: Scene) -> None:
    """Wide or lasting is harder than narrow: the narrow one needs no form at all."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await scene.hand("ana").approve(card)
    await hears(scene.hand("ana"), "Approved", "BRW-WS-007 only")
    assert policy_of(scene, request_id).end_at is None
