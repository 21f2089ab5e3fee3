"""After an approval, over the real wires: the policy in the thread, taken back, promoted, proposed and made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.kit import ids
from bot.models import UnprovenWrite
from tests.cards.reading import read
from tests.flows.scene import Card, Hand, Json, Scene, set_scene, text_of
from tests.flows.test_approve_dialogue import RULE, whole

COMPUTER = "BRW-WS-007"
REMOVE, COPY, INSERT = "PolicyUpdateForDeleteByIds", "PolicyInsertForCopyPolicies", "PolicyInsert"
PROMOTER = """
[[grants]]
people = ["kim"]
organizations = ["rowanbridge"]
and_below = true
permissions = ["Promote to Entire Organization"]
"""
TIDEPLAN = r"C:\Program Files\TidePlan\tideplan.exe"


@pytest.fixture
async def verified(tmp_path: Path) -> AsyncIterator[Scene]:
    """An installation that has verified every kind of write live."""
    overrides = {
        "verified_writes": [write.value for write in UnprovenWrite],
        "second_approval": {"unseen_wider_than_computer": False},
    }
    async with set_scene(tmp_path, overrides=overrides) as playing:
        yield playing


def plain(view: Json | None) -> str:
    """A modal as it is read, on one line."""
    return " ".join(read(view["blocks"]).split()) if view else ""


async def approved(scene: Scene) -> tuple[str, Card]:
    """A request that Ana has approved."""
    request_id, card = await scene.carded(computer=COMPUTER, product="tideplan")
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau in Gatehouse")
    return request_id, card


async def thread_says(card: Card, *words: str) -> str:
    """Wait for a reply under the card with all of these words."""

    def look() -> str | None:
        replies = [" ".join(text_of(message).split()) for message in card.thread()]
        return next((said for said in replies if all(word in said for word in words)), None)

    return await card.scene.seen(look, lambda: f"in the thread: {[text_of(one) for one in card.thread()]}")


async def from_details(hand: Hand, card: Card, action_id: str, callback_id: str) -> Json:
    """Details, then a button in them; the form that it opens."""
    await hand.more(card, ids.DETAILS)
    details = await hand.scene.seen(lambda: hand.modal(ids.DETAILS_VIEW))
    await (await hand.person.click_in(details["id"], action_id)).settled()
    return await hand.scene.seen(lambda: hand.modal(callback_id), lambda: f"{hand.person.views()}")


async def test_p3_p7_the_thread_and_the_record_hold_the_created_policy_and_the_next_step(
    scene: Scene,
) -> None:
    """The requestor's next step is said where the people on duty look."""
    request_id, card = await approved(scene)
    policy_id = scene.stage.portal.request(request_id).new_policy_id
    assert policy_id is not None
    await thread_says(card, policy_id, "next check-in", "Rapid Check-in from the tray menu")
    settled = await scene.event("decision_settled", request_id=request_id)
    assert settled.event.facts["policy_id"] == policy_id
    assert settled.event.facts["application_id"] == scene.stage.portal.request(request_id).new_application_id


async def test_p2_p3_an_approval_is_taken_back_from_its_details(verified: Scene) -> None:
    """Removed once, read back, deployed once, and said on the card, in the thread and to the presser."""
    request_id, card = await approved(verified)
    portal = verified.stage.portal
    policy_id = portal.request(request_id).new_policy_id
    assert policy_id in portal.world.policies
    kim = verified.hand("kim")
    view = await from_details(kim, card, ids.POLICY_TAKE_BACK, ids.TAKE_BACK_VIEW)
    assert "tideplan" in plain(view)
    await kim.submit(view, reason="It phones home.")
    await kim.hears("is removed from the")
    assert policy_id not in portal.world.policies
    assert (portal.calls[REMOVE], portal.calls["DeployPolicies"]) == (1, 1)
    await card.shows("Taken back", "Kim Okafor")
    await thread_says(card, "Taken back", "It phones home.")
    assert (await verified.event("policy_changed", act="take_back")).event.person_id == "kim"


async def test_without_the_verified_write_the_text_for_the_portal_is_prepared(scene: Scene) -> None:
    """Until `verified_writes` names it, nothing is sent and nothing is lost."""
    request_id, card = await approved(scene)
    kim = scene.hand("kim")
    view = await from_details(kim, card, ids.POLICY_TAKE_BACK, ids.TAKE_BACK_VIEW)
    assert "Nothing is sent" in plain(view)
    await kim.submit(view, reason="It phones home.")
    policy_id = scene.stage.portal.request(request_id).new_policy_id or ""
    await kim.hears("nothing was sent", policy_id)
    assert scene.stage.portal.calls[REMOVE] == 0
    assert policy_id in scene.stage.portal.world.policies


async def test_p1_who_may_not_edit_policies_is_told_who_could(verified: Scene) -> None:
    """The button is there for everybody who sees the details; the right is asked at the press."""
    _, card = await approved(verified)
    ana = verified.hand("ana")
    view = await from_details(ana, card, ids.POLICY_TAKE_BACK, ids.SAID_VIEW)
    assert "Edit Application Control Policies" in plain(view)
    assert "Kim Okafor" in plain(view)


async def test_p1_an_approval_of_one_computer_is_promoted_after_validation(verified: Scene) -> None:
    """A right of its own: Kim reads what is missing, gets it, and then widens the policy."""
    _, card = await approved(verified)
    kim, stage = verified.hand("kim"), verified.stage
    view = await from_details(kim, card, ids.POLICY_PROMOTE, ids.SAID_VIEW)
    assert "Promote to Group" in plain(view)
    access = stage.settings.access.file
    access.write_text(access.read_text("utf-8") + PROMOTER, "utf-8")
    await verified.event("access_accepted", generation=2)
    view = await from_details(kim, card, ids.POLICY_PROMOTE, ids.PROMOTE_VIEW)
    assert "Closed for you: a global group, because" in plain(view)
    delivery = await kim.submit(view, reach="organization", validated_how=" ", confirmed_by="Mia Brandt")
    assert delivery.outcome == "errors"
    await kim.submit(view, reach="organization", validated_how="Detonated", confirmed_by="Mia Brandt")
    await kim.hears("copied to the entire organization")
    assert stage.portal.calls[COPY] == 1
    await card.shows("Promoted", "entire organization")
    await thread_says(card, "Promoted", "Mia Brandt")


async def asked_again(scene: Scene, number: int) -> Card:
    """The same software in another version."""
    digits = f"{number:02d}"
    choices = {"product": "tideplan", "path": TIDEPLAN, "hash": digits * 16, "sha256": digits * 32}
    _, card = await scene.carded(computer=COMPUTER, **choices)
    return card


async def with_reason(scene: Scene, card: Card) -> None:
    """The third approval by hand is no press: the form, and why."""
    await shows_due(scene, card)
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await ana.submit(view, reason="Only until there is a policy.")


async def shows_due(scene: Scene, card: Card) -> None:
    """The evidence has counted the earlier ones."""
    await card.shows("a policy is due")


async def proposed(scene: Scene) -> tuple[Card, Json]:
    """Three approvals by hand and a fourth request; its card, and the proposal in the escalation channel."""
    for number in (11, 12, 13):
        card = await asked_again(scene, number)
        if number < 13:
            await scene.hand("ana").approve(card)
        else:
            await with_reason(scene, card)
        await card.shows("Approved by Ana Moreau in Gatehouse")
    card = await asked_again(scene, 14)
    await scene.said("escalation", "A policy is due")
    channel = scene.stage.channels["escalation"]
    found = [one for one in scene.stage.slack.messages(channel) if "A policy is due" in text_of(one)]
    assert len(found) == 1
    return card, found[0]


async def test_p6_the_fourth_request_is_approved_with_the_proposed_rule_and_there_is_no_fifth(
    scene: Scene,
) -> None:
    """Which rule, how far, on what evidence, until when: one form on the waiting request, sent by the permit call."""
    card, message = await proposed(scene)
    said = " ".join(text_of(message).split())
    for words in ("approved by hand 3 times in 30 days", "saved 2 presses", "same computer"):
        assert words in said
    ana, portal = scene.hand("ana"), scene.stage.portal
    view = await ana.form(card, ids.BY_RULE_MODAL, ids.BY_RULE_VIEW)
    for words in (
        "Recognized by: signer",
        TIDEPLAN,
        "by Ana Moreau",
        "Effect as proposed: tideplan.exe may run",
    ):
        assert words in plain(view), words
    delivery = await ana.submit(view, reason=" ")
    assert delivery.outcome == "errors"
    await ana.submit(view, reason="Three times in a day, and every version after it.")
    await card.shows("Approved by Ana Moreau")
    write = portal.decisions[-1]
    [option] = write.body["policyConditions"]["manualOptions"]
    assert (option["fullPath"], option["hash"]) == (TIDEPLAN, None)
    assert write.took_effect
    world, request = portal.world, portal.request(write.request_ids[0])
    newer = replace(request.file, hash="AB" * 16, sha256="AB" * 32)
    assert world.permitting(world.computers[request.computer_id], newer, request.requested_at) is not None
    attempted = await scene.event("decision_attempted", request_id=write.request_ids[0])
    assert attempted.event.facts["recognized_by"] == ["path", "signer"]
    assert attempted.event.facts["justification"] == "written"


async def test_a_proposal_is_put_off_with_a_reason(verified: Scene) -> None:
    """Who and why are recorded, and the team reads it."""
    _, message = await proposed(verified)
    kim, channel = verified.hand("kim"), verified.stage.channels["escalation"]
    await (await kim.person.click(channel, message["ts"], ids.POLICY_NOT_NOW)).settled()
    view = await verified.seen(lambda: kim.modal(ids.NOT_NOW_VIEW))
    await kim.submit(view, reason="The vendor brings an installer next week.")
    await kim.hears("Noted")
    await verified.said("escalation", "Not now", "installer next week", "Kim Okafor")
    [of_case] = {
        button["value"].partition(".")[0]
        for block in message["blocks"]
        if block["type"] == "actions"
        for button in block["elements"]
        if "value" in button
    }
    declined = (await verified.case(of_case)).proposal
    assert declined is not None
    assert declined.declined_by is not None
    assert declined.declined_by.name == "Kim Okafor"
    ana = verified.hand("ana")
    await (await ana.person.click(channel, message["ts"], ids.POLICY_NOT_NOW)).settled()
    view = await verified.seen(lambda: ana.modal(ids.SAID_VIEW))
    assert "Edit Application Control Policies" in plain(view)


async def test_whoever_sees_a_case_may_propose_a_policy_by_hand(scene: Scene) -> None:
    """It changes nothing in the portal."""
    _, card = await approved(scene)
    hal = scene.hand("hal")
    await hal.more(card, ids.DETAILS)
    details = await scene.seen(lambda: hal.modal(ids.DETAILS_VIEW))
    await (await hal.person.click_in(details["id"], ids.POLICY_PROPOSE)).settled()
    await hal.hears("the escalation team has it")
    await scene.said("escalation", "A policy is proposed by Hal Novak")


async def test_p3_a_policy_is_made_for_the_application_that_an_approval_made_by_a_rule(
    verified: Scene,
) -> None:
    """Approved by a rule, proposed by hand, made for the organization: sent once, read back, told."""
    _, card = await verified.carded(computer=COMPUTER, product="tideplan")
    ana, kim, portal = verified.hand("ana"), verified.hand("kim"), verified.stage.portal
    view = await whole(ana, card)
    await ana.submit(view, **RULE)
    await card.shows("Approved by Ana Moreau in Gatehouse", "by a rule")
    await kim.more(card, ids.DETAILS)
    details = await verified.seen(lambda: kim.modal(ids.DETAILS_VIEW))
    await (await kim.person.click_in(details["id"], ids.POLICY_PROPOSE)).settled()
    await verified.said("escalation", "A policy is proposed by Kim Okafor", "saved 0 presses")
    channel = verified.stage.channels["escalation"]
    [message] = [
        one for one in verified.stage.slack.messages(channel) if "A policy is proposed" in text_of(one)
    ]
    await (await kim.person.click(channel, message["ts"], ids.POLICY_CREATE)).settled()
    view = await verified.seen(lambda: kim.modal(ids.CREATE_POLICY_VIEW))
    await kim.submit(view, reach="organization", policy_name="Permit TidePlan", reason="Everybody plans.")
    await kim.hears("A new policy Permit TidePlan")
    assert portal.calls[INSERT] == 1
    case = await verified.case(card.case_id)
    made = portal.world.policies[case.policy_works[0].made_policy_id]
    assert (made.name, made.applies_to_id) == ("Permit TidePlan", case.organization_id)
    assert made.end_at is not None
    [outcome] = [entry.outcome for entry in case.requests]
    assert outcome is not None
    assert made.application_ids == (outcome.state.application_id,)
    await card.shows("Policy created", "Kim Okafor")
    await thread_says(card, "Policy created", "Everybody plans.")
