"""The second pair of eyes, from one person's modal to the other's, and into the portal's note."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.kit import ids
from bot.models import Standing
from bot.seams import Seam
from tests.flows.processes import forked_bot
from tests.flows.scene import Card, Hand, Scene, set_scene

WRITTEN = {"validated_how": "Detonated in a sandbox", "confirmed_by": "Mia Brandt, logistics"}


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Scene]:
    """A stage without a bot."""
    async with set_scene(tmp_path, bots=0) as playing:
        yield playing


async def approve_widely(hand: Hand, card: Card) -> None:
    """“Approve…” for the computer group, with what the house wants to know."""
    view = await hand.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await hand.submit(view, reach="computer_group", reason="The yard plans with it", **WRITTEN)


async def test_p1_p7_two_people_approve_and_the_portal_s_note_names_both(scene: Scene) -> None:
    """Unseen software for a computer group needs two by default; nothing goes out before the second one's yes."""
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana, kim = scene.hand("ana"), scene.hand("kim")
    await approve_widely(ana, card)
    said = await ana.hears("Waiting for a second person", "Who could", "Kim Okafor")
    assert "the computer group Workstations" in " ".join(said.split())
    await card.shows("waiting for a second person", "Ana Moreau would approve")
    assert ids.APPROVE_COMPUTER not in card.actions
    assert scene.writes == []
    await scene.seen(lambda: len(card.thread()) == 1)
    await ana.press(card, ids.SECOND_MODAL)
    await scene.seen(lambda: ana.modal(ids.SAID_VIEW))
    view = await kim.form(card, ids.SECOND_MODAL, ids.SECOND_VIEW)
    assert (await kim.submit(view, reason="Looked at the sandbox run")).outcome == "closed"
    await kim.hears("Approved", "computer group Workstations")
    await card.shows("Approved by Kim Okafor, first Ana Moreau")
    await ana.hears("Kim Okafor agreed to your approval")
    [write] = scene.writes
    assert write.body["policyLevel"]["toComputerGroup"] is True
    comments = scene.stage.portal.request(request_id).comments
    assert "Approved by Kim Okafor (first Ana Moreau) via Gatehouse [attempt " in comments
    attempted = await scene.event("decision_attempted", request_id=request_id, person_id="kim")
    assert attempted.event.facts["first_person_id"] == "ana"
    assert attempted.event.private["confirmed_by"] == "Mia Brandt, logistics"
    assert (await scene.event("second_awaited")).event.person_id == "ana"


async def test_p4_it_is_sent_back_with_a_sentence_and_the_first_one_reads_it(scene: Scene) -> None:
    """Inside the modal, where its form takes the modal's place."""
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana, kim = scene.hand("ana"), scene.hand("kim")
    await approve_widely(ana, card)
    view = await kim.form(card, ids.SECOND_MODAL, ids.SECOND_VIEW)
    await (await kim.person.click_in(view["id"], ids.SEND_BACK_MODAL)).settled()
    form = await scene.seen(lambda: kim.modal(ids.SEND_BACK_VIEW))
    delivery = await kim.submit(form, reason="   ")
    assert delivery.outcome == "errors"
    await kim.submit(form, reason="Why the whole yard? One computer will do.")
    await kim.hears("Sent back to Ana Moreau")
    await ana.hears("Kim Okafor sends it back: Why the whole yard?")
    await card.shows("· waiting\n")
    assert ids.SECOND_MODAL not in card.actions
    assert scene.writes == []
    assert scene.stage.portal.request(request_id).is_open


async def test_p9_with_one_person_enough_nobody_is_asked_for(one_person: Scene) -> None:
    """Configured so, a wide approval takes one person."""
    _, card = await one_person.carded(computer="BRW-WS-007", product="tideplan")
    await approve_widely(one_person.hand("ana"), card)
    await card.shows("Approved by Ana Moreau in Gatehouse")


async def test_p5_killed_between_the_two_yeses_it_waits_on_and_is_sent_once(empty: Scene) -> None:
    """The next process answers the first person, shows the card, and carries the second person's yes out."""
    async with forked_bot(empty, "first", Seam.SECOND_AWAITED) as bot:
        request_id, card = await empty.carded(computer="BRW-WS-007", product="tideplan")
        ana = empty.hand("ana")
        view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
        await ana.submit(view, reach="computer_group", reason="The yard plans with it", **WRITTEN)
        assert await bot.ended() == -signal.SIGKILL
    assert empty.writes == []
    async with forked_bot(empty, "second"):
        card = await empty.card(request_id)
        await card.shows("waiting for a second person", "Ana Moreau would approve")
        await empty.advance(seconds=31)
        await empty.hand("ana").hears("Waiting for a second person", "Kim Okafor")
        kim = empty.hand("kim")
        view = await kim.form(card, ids.SECOND_MODAL, ids.SECOND_VIEW)
        await kim.submit(view)
        await card.shows("Approved by Kim Okafor, first Ana Moreau")
    assert len(empty.writes) == 1
    case = await empty.case(card.case_id)
    assert case.requests[0].standing is Standing.APPROVED
    assert len(await empty.events("second_awaited")) == 1
