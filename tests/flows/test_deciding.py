"""From a card to a decision in the portal, and the card after it."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from rehearsal.slack.errors import InputError
from tests.flows.scene import Scene


async def test_p3_p7_one_press_makes_a_new_application_with_one_hash_rule_for_this_computer(
    scene: Scene,
) -> None:
    """What goes to the portal is the narrowest permit there is, with the approver's name in its note."""
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    request = scene.stage.portal.request(request_id)
    await scene.hand("ana").approve(card)
    said = await scene.hand("ana").hears("Approved. ")
    assert "BRW-WS-007 only" in said
    [write] = scene.writes
    body = write.body
    assert write.action == "ApprovalRequestPermitApplication"
    assert write.took_effect
    assert body["computerId"] == request.computer_id
    assert body["matchingApplications"]["useNewApplication"] is True
    assert body["matchingApplications"]["useMatchingApplication"] is False
    assert body["matchingApplications"]["useExistingApplication"] is False
    [rule] = [one for one in body["policyConditions"]["manualOptions"] if one]
    assert rule["hash"] == request.file.hash
    assert not any(rule.get(name) for name in ("fullPath", "processPath", "cert", "createdBy"))
    level = body["policyLevel"]
    assert [level.get(name) for name in ("toComputer", "toComputerGroup", "toEntireOrganization")] == [
        False
    ] * 3
    assert body["elevationStatus"] == 0
    await card.shows("Approved by Ana Moreau in Gatehouse")
    settled = await scene.event("decision_settled", request_id=request_id)
    assert settled.event.facts["ours"] is True
    attempt_id = settled.event.facts["attempt_id"]
    assert (
        f"Approved by Ana Moreau via Gatehouse [attempt {attempt_id}]"
        in scene.stage.portal.request(request_id).comments
    )
    assert settled.event.person_id == "ana"
    assert settled.event.facts["access_generation"] == 1


async def test_p7_the_note_is_appended_to_what_the_portal_holds(scene: Scene) -> None:
    """Gatehouse never overwrites what people have written in the portal."""
    request_id = scene.ask(computer="BRW-WS-007", product="tideplan")
    portal = scene.stage.portal
    held = portal.request(request_id)
    object.__setattr__(held, "comments", "Called the user, all fine. J.")
    card = await scene.card(request_id)
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    comments = portal.request(request_id).comments
    assert comments.startswith(
        "Called the user, all fine. J.\nApproved by Ana Moreau via Gatehouse [attempt "
    )


async def test_p4_a_denial_reaches_the_requestor_in_the_words_that_were_typed(scene: Scene) -> None:
    """The reason stands in both fields that the portal may show to the requestor."""
    _, card = await scene.carded(computer="BRW-WS-007")
    reason = "Please use the version from the <Company Store> & ask again."
    delivery = await scene.hand("ana").deny(card, reason)
    assert delivery.outcome == "closed"
    await scene.hand("ana").hears("Denied", "requestor")
    [write] = scene.writes
    assert write.action == "ApprovalRequestUpdateForReject"
    texts = {name: value for name, value in _flat(write.body).items() if value == reason}
    assert len(texts) == 2, f"the reason stands in {sorted(texts)}"
    await card.shows("Denied by Ana Moreau in Gatehouse", "Company Store")


def _flat(node: object, path: str = "") -> dict[str, object]:
    """Every leaf of a body by its path."""
    if isinstance(node, dict):
        return {k: v for name, value in node.items() for k, v in _flat(value, f"{path}.{name}").items()}
    if isinstance(node, list):
        return {k: v for i, value in enumerate(node) for k, v in _flat(value, f"{path}[{i}]").items()}
    return {path: node}


async def test_p4_an_empty_reason_is_told_in_the_modal_and_nothing_is_stored(scene: Scene) -> None:
    """A reason may be chosen or typed, so Slack lets both be empty; the acknowledgement itself says what is missing."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    delivery = await ana.submit(view, reason="   ")
    assert delivery.outcome == "errors"
    shown = ana.modal(ids.DENY_VIEW)
    assert shown is not None
    assert "requestor reads" in shown["errors"][ids.REASON_BLOCK]
    assert not await scene.ledger.waiting_presses()
    assert scene.writes == []


async def test_p4_wider_than_the_computer_needs_validation_and_confirmation(one_person: Scene) -> None:
    """Both answers are asked for in the modal itself, then the group's permit goes out."""
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    with pytest.raises(InputError) as empty:
        await ana.submit(view, reach="computer_group")
    assert set(empty.value.by_block) == {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    delivery = await ana.submit(view, validated_how="x", confirmed_by="y")
    assert delivery.outcome == "errors"
    shown = ana.modal(ids.APPROVE_VIEW)
    assert shown is not None
    assert set(shown["errors"]) == {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    await ana.submit(view, validated_how="Detonated in a sandbox", confirmed_by="Mia Brandt, logistics")
    await ana.hears("Approved", "computer group Workstations")
    [write] = scene.writes
    assert write.body["policyLevel"]["toComputerGroup"] is True
    assert write.body["policyLevel"]["toEntireOrganization"] is False
    attempted = await scene.event("decision_attempted", request_id=request_id)
    assert attempted.event.private["confirmed_by"] == "Mia Brandt, logistics"
    assert attempted.event.facts["reach"] == "computer_group"


async def test_p3_elevation_is_given_with_notice_and_for_one_hour(scene: Scene) -> None:
    """One press on an elevation request never gives silent or lasting administrator rights."""
    _, card = await scene.carded("elevate", computer="BRW-WS-007", product="draftwright")
    await scene.hand("kim").approve(card)
    await scene.hand("kim").hears("Approved", "with notice", "1 hour")
    [write] = scene.writes
    assert write.body["elevationStatus"] == 1
    assert write.body["elevationExpiration"] == 1


async def test_elevation_of_software_that_was_never_seen_is_no_press(scene: Scene) -> None:
    """It would permit and elevate it at once. The card says what closes it, its details by which rule."""
    _, card = await scene.carded("elevate", computer="BRW-WS-007", product="labelpress", version="9.9")
    await card.shows("Never seen here", "One press is closed.")
    assert "elevation_unseen: " in await scene.hand("ana").details(card)
    assert ids.APPROVE_COMPUTER not in card.actions
    assert ids.APPROVE_MODAL in card.actions


async def test_p3_a_decision_in_the_portal_corrects_the_card_and_names_its_decider(scene: Scene) -> None:
    """Within one poll, whoever decided."""
    request_id, card = await scene.carded()
    scene.stage.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await card.shows("Approved in the portal by Pia Portal")
    assert ids.APPROVE_COMPUTER not in card.actions
    event = await scene.event("decided_in_portal", request_id=request_id)
    assert event.event.private["decided_by"] == "Pia Portal"


async def test_p3_a_press_after_the_portal_decided_changes_nothing_and_says_who_was_faster(
    scene: Scene,
) -> None:
    """The press asks the portal first; the poll has not come yet."""
    request_id, card = await scene.carded()
    scene.stage.portal.faults.set("server_error", action="ApprovalRequestGetByParameters")
    scene.stage.portal.decide_in_portal(request_id, approve=False, by="Pia Portal", reason="no")
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Already decided by Pia Portal")
    await card.shows("Rejected or ignored in the portal by Pia Portal")
    assert scene.writes == []


async def test_p3_a_withdrawn_request_closes_its_card(scene: Scene) -> None:
    """Absence from the list decides nothing; the request itself says that it is gone."""
    request_id, card = await scene.carded()
    scene.stage.portal.withdraw(request_id)
    await card.shows("Withdrawn")
    await scene.event("request_withdrawn", request_id=request_id)


@pytest.mark.parametrize(
    ("status_id", "words"),
    [(6, "Closed in the portal"), (16, "Approved in the portal"), (10, "Rejected or ignored in the portal")],
)
async def test_p3_every_final_status_of_the_portal_closes_the_card_in_its_own_words(
    scene: Scene, status_id: int, words: str
) -> None:
    """Status 10 means rejected or ignored; who did neither is not said to have denied."""
    request_id, card = await scene.carded()
    scene.stage.portal.close_in_portal(request_id, status_id=status_id, by="Pia Portal")
    text = await card.shows(words)
    assert "Pia Portal" in text
    assert ids.APPROVE_COMPUTER not in card.actions


async def test_p9_with_writes_off_a_press_shows_the_effect_and_sends_nothing(rehearsal: Scene) -> None:
    """The verdict and the exact effect, in the answer and in the record."""
    request_id, card = await rehearsal.carded(computer="BRW-WS-007", product="tideplan")
    assert "Rehearsal" in card.text
    await rehearsal.hand("ana").approve(card)
    await rehearsal.hand("ana").hears("nothing was sent", "tideplan")
    await rehearsal.hand("ana").deny(card, "No.")
    await rehearsal.hand("ana").hears("with writes on", "is denied")
    assert len(await rehearsal.events("decision_rehearsed")) == 2
    assert rehearsal.writes == []
    assert rehearsal.stage.portal.request(request_id).is_open
    assert "· waiting" in card.text


async def test_p9_with_writes_off_a_claim_takes_no_ownership_in_the_portal(rehearsal: Scene) -> None:
    """A claim is ours alone then."""
    request_id, card = await rehearsal.carded()
    await rehearsal.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by", "Ana Moreau")
    await rehearsal.quiet()
    assert rehearsal.stage.portal.request(request_id).assignee == ""
    assert rehearsal.stage.portal.calls["ApprovalRequestUpdateForTakeOwnership"] == 0
