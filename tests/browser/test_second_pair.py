"""Two people at their own windows: one approves widely, the other reads it and agrees, or sends it back."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from rehearsal.portal.records import APPROVED
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)


async def approves_for_the_group(person: Visitor, name: str) -> None:
    """“Approve…” for the computer's own group, with what the house wants to know."""
    await person.presses(name, "Approve…")
    modal = person.modal(ids.APPROVE_VIEW)
    await modal.get_by_role("radio", name="A computer group").check()
    await modal.locator(f'[data-block="{ids.REASON_BLOCK}"] textarea').fill("The yard plans with it")
    await modal.locator(f'[data-block="{ids.VALIDATED_BLOCK}"] textarea').fill("Vendor's page, signature")
    await modal.locator(f'[data-block="{ids.CONFIRMED_BLOCK}"] :is(input, textarea)').fill("Mia Brandt")
    await modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(person.card(name)).to_contain_text("Ana Moreau would approve")


async def test_a_second_person_reads_what_was_written_and_agrees(house: House, ana: Visitor) -> None:
    """The first one's own “Second…” says no; both names stand on the card in the end."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await approves_for_the_group(ana, name)
    await ana.presses(name, "Second…")
    await expect(ana.modal(ids.SAID_VIEW)).to_contain_text("must be another person")
    assert house.decision_writes(request_id) == 0
    kim = await house.enters("kim")
    await kim.presses(name, "Second…")
    modal = kim.modal(ids.SECOND_VIEW)
    for words in ("Ana Moreau", "The yard plans with it", "Vendor's page, signature", "Mia Brandt"):
        await expect(modal).to_contain_text(words)
    await modal.get_by_role("button", name="Agree and approve", exact=True).click()
    await expect(kim.card(name)).to_contain_text("Approved by Kim Okafor, first Ana Moreau")
    assert house.request(request_id).status_id == APPROVED
    assert house.decision_writes(request_id) == 1


async def test_a_second_person_sends_it_back_with_a_sentence(house: House, ana: Visitor) -> None:
    """The form takes the modal's place; the card is as it was, and the first person reads why."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await approves_for_the_group(ana, name)
    kim = await house.enters("kim")
    await kim.presses(name, "Second…")
    await kim.modal(ids.SECOND_VIEW).get_by_role("button", name="Send back…", exact=True).click()
    form = kim.modal(ids.SEND_BACK_VIEW)
    await form.locator("textarea").fill("One computer will do for now.")
    await form.get_by_role("button", name="Send back", exact=True).click()
    await expect(form).to_have_count(0)
    await expect(kim.card(name)).to_contain_text("· waiting")
    await expect(ana.whisper("Kim Okafor sends it back: One computer will do for now.")).to_be_visible()
    assert house.decision_writes(request_id) == 0
    assert house.request(request_id).is_open
