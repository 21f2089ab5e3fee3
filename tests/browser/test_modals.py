"""Modals: what the client refuses, what the bot refuses, and a wide approval from beginning to end."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)


async def test_an_empty_reason_is_marked_and_nothing_is_sent(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Deny…")
    modal = ana.modal(ids.DENY_VIEW)
    await modal.get_by_role("button", name="Deny", exact=True).click()
    await expect(modal.locator(".input-error")).to_contain_text("Choose a reason or say why")
    await expect(modal.locator("textarea")).to_be_focused()
    await expect(modal.locator("textarea")).to_have_attribute("aria-invalid", "true")
    await modal.locator("textarea").fill("Not needed for this work.")
    await modal.get_by_role("button", name="Deny", exact=True).click()
    await expect(modal).to_have_count(0)
    await expect(ana.card(name)).to_contain_text("Denied")
    assert house.decision_writes(request_id) == 1


async def test_a_wide_approval_needs_validation_and_keeps_what_was_typed(house: House, ana: Visitor) -> None:
    """The bot's own errors stand at their fields; what was chosen and typed stays; then a second person is wanted."""
    await ana.becomes("kim")
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Approve…")
    modal = ana.modal(ids.APPROVE_VIEW)
    await modal.get_by_role("radio", name="The entire organization").check()
    validated = modal.locator(f'[data-block="{ids.VALIDATED_BLOCK}"] textarea')
    await expect(validated).to_be_visible()
    reason = modal.locator(f'[data-block="{ids.REASON_BLOCK}"] textarea')
    await reason.fill("Everybody at Brightwater needs it")
    await modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(modal.locator(".input-error").first).to_be_visible()
    await expect(reason).to_have_value("Everybody at Brightwater needs it")
    await expect(modal.get_by_role("radio", name="The entire organization")).to_be_checked()
    assert house.decision_writes(request_id) == 0
    await validated.fill("Vendor's page, signature checked")
    await modal.locator(f'[data-block="{ids.CONFIRMED_BLOCK}"] :is(input, textarea)').fill(
        "Head of IT, by phone"
    )
    await modal.get_by_role("button", name="Approve", exact=True).click()
    card = ana.card(name)
    await expect(card).to_contain_text("Kim Okafor would approve")
    await expect(card).to_contain_text("the entire organization")
    assert house.decision_writes(request_id) == 0


async def test_a_group_is_picked_by_searching(house: House, ana: Visitor) -> None:
    """The select with search filters as one types and takes the choice by keyboard."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Approve…")
    modal = ana.modal(ids.APPROVE_VIEW)
    await modal.get_by_role("radio", name="A computer group").check()
    group = modal.locator(f'[data-block="{ids.COMPUTER_GROUP_BLOCK}"]')
    box = group.get_by_role("combobox")
    await box.fill("zzz")
    await expect(group.locator(".combo-none")).to_have_text("Nothing fits.")
    await box.fill("work")
    await expect(group.get_by_role("option").first).to_contain_text("Work")
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(box).not_to_have_value("work")
    await ana.page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
    assert house.decision_writes(request_id) == 0


async def test_details_open_from_the_menu(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.card(name).get_by_role("button", name="More actions").click()
    await ana.page.get_by_role("menuitem").first.click()
    modal = ana.modal(ids.DETAILS_VIEW)
    await expect(modal).to_contain_text(name)
    await modal.get_by_role("button", name="Close", exact=True).last.click()
    await expect(modal).to_have_count(0)
