"""Denying and handing over at the window: the preview follows the choice, and nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from bot.cards.kit import ids
from bot.models import DENY_REASONS
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)
PORTAL, BUSINESS = DENY_REASONS[:2]


async def chooses(modal: Locator, label: str) -> None:
    """Pick a reason from the list."""
    await modal.get_by_role("combobox").fill(label)
    await modal.get_by_role("option", name=label).click()


async def test_what_the_requestor_will_read_is_seen_before_it_is_sent(house: House, ana: Visitor) -> None:
    """The typed words stay in their field while the preview is drawn again around them."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Deny…")
    modal = ana.modal(ids.DENY_VIEW)
    typed = modal.locator("textarea")
    await typed.fill("It is called “Reader”.")
    await chooses(modal, PORTAL.label)
    await expect(modal).to_contain_text(PORTAL.text)
    await expect(typed).to_have_value("It is called “Reader”.")
    await chooses(modal, BUSINESS.label)
    await expect(modal).to_contain_text(BUSINESS.text)
    await expect(modal).not_to_contain_text(PORTAL.text)
    await expect(typed).to_have_value("It is called “Reader”.")
    await modal.get_by_role("button", name="Deny", exact=True).click()
    await expect(ana.card(name)).to_contain_text("the requestor reads:")
    assert house.request(request_id).response_reason == f"{BUSINESS.text}\n\nIt is called “Reader”."


async def test_the_button_shows_how_typed_words_read(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    await ana.presses(house.request(request_id).file.file_name, "Deny…")
    modal = ana.modal(ids.DENY_VIEW)
    await modal.locator("textarea").fill("Ask Tom in <b>IT</b>.")
    await modal.get_by_role("button", name="Show how it reads").click()
    await expect(modal).to_contain_text("will read:")
    await expect(modal.locator("textarea")).to_have_value("Ask Tom in <b>IT</b>.")
    await expect(modal.locator("b", has_text="IT")).to_have_count(0)
    assert house.decision_writes(request_id) == 0


async def test_a_case_is_handed_to_the_escalation_team_from_the_menu(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.card(name).get_by_role("button", name="More actions").click()
    await ana.page.get_by_role("menuitem", name="Hand over…").click()
    modal = ana.modal(ids.HAND_OVER_VIEW)
    await modal.get_by_role("radio", name="The escalation team").check()
    await modal.get_by_role("button", name="Hand over", exact=True).click()
    await expect(modal.locator(".input-error").first).to_be_visible()
    await modal.locator(f'[data-block="{ids.REASON_BLOCK}"] textarea').fill("It wants a policy.")
    await modal.get_by_role("button", name="Hand over", exact=True).click()
    await expect(modal).to_have_count(0)
    await expect(ana.card(name)).to_contain_text("Handed over to the escalation team by Ana Moreau")
    await ana.goes_to("escalation")
    await expect(ana.page.locator(".channel article.message").last).to_contain_text("It wants a policy.")
