"""Storage requests: the form, the exact text where the write is not verified, the approval where it is, the denial."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.kit import ids
from rehearsal.slack.errors import InputError
from tests.cards.reading import read
from tests.flows.scene import Card, Hand, Json, Scene, set_scene

PERMIT = "ApprovalRequestPermitStorageApproval"
VERIFIED = {"verified_writes": ["permit_storage"]}
ALONE = {"second_approval": {"reaches": (), "unseen_wider_than_computer": False}}


@pytest.fixture
async def verified(tmp_path: Path) -> AsyncIterator[Scene]:
    """An installation that has verified this write live; one person is enough."""
    async with set_scene(tmp_path, overrides=VERIFIED | ALONE) as playing:
        yield playing


def plain(view: Json | None) -> str:
    """A modal as it is read, on one line."""
    return " ".join(read(view["blocks"]).split()) if view else ""


def element_of(view: Json, block_id: str) -> Json:
    """The element of a block of a modal, in an input or in a row of its own."""
    block = next(one for one in view["blocks"] if one.get("block_id") == block_id)
    found: Json = block["element"] if block["type"] == "input" else block["elements"][0]
    return found


async def opened(hand: Hand, card: Card) -> Json:
    """“Approve…” on a storage card; the modal when it is filled."""
    return await hand.form(card, ids.APPROVE_MODAL, ids.STORAGE_VIEW)


async def shown(hand: Hand, *words: str) -> str:
    """Wait until the visible modal shows all of these words."""

    def look() -> str | None:
        said = plain(hand.modal(ids.STORAGE_VIEW))
        return said if all(word in said for word in words) else None

    return await hand.scene.seen(look, lambda: plain(hand.modal(ids.STORAGE_VIEW)))


async def test_a_storage_card_offers_its_form_and_no_one_press_approval(scene: Scene) -> None:
    """A device is never opened by one press."""
    _, card = await scene.carded("write")
    await card.shows("“Approve…” asks for device")
    assert ids.APPROVE_MODAL in card.actions
    assert ids.DENY_MODAL in card.actions
    assert ids.APPROVE_COMPUTER not in card.actions


async def test_without_the_verified_write_the_exact_text_is_prepared_and_nothing_is_sent(
    scene: Scene,
) -> None:
    """The choices are there, the text follows them, and there is no button to send it with."""
    request_id, card = await scene.carded("write")
    request = scene.stage.portal.request(request_id)
    ana = scene.hand("ana")
    view = await opened(ana, card)
    assert view["submit"] is None
    said = plain(view)
    assert "No published evidence shows how approving a storage request is written" in said
    assert f"Users: {request.username}" in said
    assert f"({request.file.serial_number})" in said or request.file.serial_number in said
    await (
        await ana.person.choose_in(view["id"], ids.INPUT, ids.EVERYBODY, ids.STORAGE_USERS_BLOCK)
    ).settled()
    await shown(ana, "Users: everybody", "Warning: Everybody who uses these computers may")
    await scene.quiet()
    assert scene.writes == []


async def test_p1_p3_the_narrow_answer_opens_this_device_here_for_the_one_who_asked(verified: Scene) -> None:
    """What goes to the portal is the narrowest storage permit there is, and the portal's word is what the card says."""
    request_id, card = await verified.carded("write")
    request = verified.stage.portal.request(request_id)
    ana = verified.hand("ana")
    view = await opened(ana, card)
    assert element_of(view, ids.LASTS_BLOCK)["initial_option"]["value"] == "7"
    await ana.submit(view, ticket="T-42")
    await ana.hears("Approved", f"{request.username} may write to")
    [write] = verified.writes
    assert (write.action, write.took_effect) == (PERMIT, True)
    body = write.body
    assert body["json"] == body["approvalRequest"]["json"] == request.json
    assert (body["entityType"], body["appliesToId"]) == (0, request.computer_id)
    assert (body["allStorageDevices"], body["allFilePaths"], body["allUserGroups"]) == (False, False, False)
    assert (body["usersList"], body["selectedPath"]) == ([request.username], request.file.full_path)
    assert body["expirationDate"].startswith("2026-11-25")
    await card.shows("Approved by Ana Moreau in Gatehouse")
    settled = await verified.event("decision_settled", request_id=request_id)
    after = verified.stage.portal.request(request_id)
    assert (
        f"Approved by Ana Moreau via Gatehouse [attempt {settled.event.facts['attempt_id']}]"
        in after.comments
    )
    assert after.ticket_id == "T-42"
    assert settled.event.facts["policy_id"] in verified.stage.portal.world.storage_policies


async def test_p4_what_is_wider_is_asked_for_in_the_modal_itself_and_then_sent(verified: Scene) -> None:
    """Validation, confirmation and the reason are told at their fields; nothing that was typed is lost."""
    request_id, card = await verified.carded("read")
    ana = verified.hand("ana")
    view = await opened(ana, card)
    wide = {"reach": "computer_group", "storage_device": ids.ALL_DEVICES}
    with pytest.raises(InputError) as empty:
        await ana.submit(view, **wide)
    assert set(empty.value.by_block) == {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    delivery = await ana.submit(view, validated_how="x", confirmed_by="y")
    assert delivery.outcome == "errors"
    held = ana.modal(ids.STORAGE_VIEW)
    assert held is not None
    assert set(held["errors"]) == {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK, ids.REASON_BLOCK}
    assert verified.writes == []
    await ana.submit(
        view, validated_how="Scanned in the lab", confirmed_by="Mia Brandt, logistics", reason="Imaging room"
    )
    await ana.hears("Approved", "any storage device", "Workstations")
    [write] = verified.writes
    assert (write.body["entityType"], write.body["allStorageDevices"]) == (1, True)
    attempted = await verified.event("decision_attempted", request_id=request_id)
    assert attempted.event.private["confirmed_by"] == "Mia Brandt, logistics"


async def test_the_preview_says_the_effect_of_what_is_chosen_so_far(verified: Scene) -> None:
    """Pressing Preview sends nothing and keeps what is typed."""
    _, card = await verified.carded("write")
    ana = verified.hand("ana")
    view = await opened(ana, card)
    view = await ana.stepped(view, {ids.STORAGE_PATH_BLOCK: ids.OWN_PATH, ids.LASTS_BLOCK: "1"})
    await ana.person.fill(
        view["id"],
        {
            ids.STORAGE_PATH_BLOCK: {ids.INPUT: ids.OWN_PATH},
            ids.STORAGE_OWN_PATH_BLOCK: {ids.INPUT: "E:\\plans\\*"},
            ids.LASTS_BLOCK: {ids.INPUT: "1"},
            ids.REASON_BLOCK: {ids.INPUT: "Audit week"},
        },
    )
    await (await ana.person.click_in(view["id"], ids.STORAGE_PREVIEW)).settled()
    await shown(ana, "at E:\\plans\\*, until 2026-11-19")
    held = ana.modal(ids.STORAGE_VIEW)
    assert held is not None
    delivery = await ana.submit(held)
    assert delivery.outcome == "closed"
    await ana.hears("Approved", "at E:\\plans\\*")
    [write] = verified.writes
    assert write.body["selectedPath"] == "E:\\plans\\*"
    attempted = await verified.event("decision_attempted")
    assert attempted.event.private["reason"] == "Audit week"


async def test_p4_a_denial_reaches_the_requestor(verified: Scene) -> None:
    """Storage is denied like everything else."""
    request_id, card = await verified.carded("write")
    ana = verified.hand("ana")
    await ana.deny(card, "Use the shared folder.")
    await ana.hears("Denied")
    await card.shows("Denied by Ana Moreau in Gatehouse")
    assert verified.stage.portal.request(request_id).response_reason == "Use the shared folder."


async def test_p1_an_application_only_holder_is_refused_with_the_reason_and_who_could(
    verified: Scene,
) -> None:
    """Approve for Single Computer (Application Only) neither opens nor denies a device."""
    file = verified.stage.settings.access.file
    narrow = '"Approve for Single Computer (Application Only)"'
    text = file.read_text("utf-8").replace('"Approve for Single Computer"', narrow)
    assert narrow in text
    file.write_text(text, "utf-8")
    await verified.event("access_accepted", generation=2)
    _, card = await verified.carded("write")
    bo = verified.hand("bo")
    assert "Ana Moreau" in plain(await bo.form(card, ids.APPROVE_MODAL, ids.SAID_VIEW))
    refused = await verified.event("press_refused", person_id="bo")
    assert refused.event.facts["press"] == "approve"
    assert verified.writes == []


async def test_p2_a_storage_write_that_was_lost_is_sent_once_and_settles_by_itself(verified: Scene) -> None:
    """The answer got lost after the write took effect: nothing is sent again, and the card ends as the portal says."""
    request_id, card = await verified.carded("write")
    verified.stage.portal.faults.set("timeout_after", seconds=0.01, times=1, action=PERMIT)
    ana = verified.hand("ana")
    await ana.submit(await opened(ana, card))
    await card.shows("Approved by Ana Moreau in Gatehouse")
    assert verified.stage.portal.calls[PERMIT] == 1
    assert verified.stage.portal.request(request_id).status_id == 4
