"""Who is refused sees why; nobody else sees anything, and nothing reaches the portal."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from bot.cards.kit import ids
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)

REFUSED = {
    "hal": "Approve for",
    "ray": "no permission",
    "req": "no permission",
    "gus": "Guests",
    "pat": "workspace",
    "dee": "deactivated",
}
"""Whoever may not, and a word of the reason they are given."""


async def test_everybody_who_may_not_is_refused_privately(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await expect(ana.card(name)).to_be_visible()
    for key, reason in REFUSED.items():
        await ana.becomes(key)
        await expect(ana.page.locator("article.whisper")).to_have_count(0)
        await ana.presses(name, "Approve on this computer")
        await expect(ana.page.locator("article.whisper").last).to_contain_text("Not done")
        await expect(ana.page.locator("article.whisper").last).to_contain_text(reason)
    await ana.becomes("ana")
    await expect(ana.page.locator("article.whisper")).to_have_count(0)
    await expect(ana.card(name)).to_contain_text("· waiting")
    assert house.decision_writes(request_id) == 0


async def test_nobody_acts_for_whoever_sat_here_before(ana: Visitor) -> None:
    """Until another person's client is there nothing can be pressed: what is shown is still the former one's."""
    arrives, center = asyncio.Event(), ana.page.locator(".center")

    async def late(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await ana.page.route("**/client?*", late)
    await ana.becomes("hal")
    await expect(center).to_have_attribute("inert", "")
    arrives.set()
    await expect(center).not_to_have_attribute("inert", "")


async def test_the_home_tab_is_each_person_s_own(house: House, ana: Visitor) -> None:
    """Ana finds what she may decide and goes to its card; Hal finds nothing to decide."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await expect(ana.card(name)).to_be_visible()
    await ana.page.get_by_role("button", name="Gatehouse Home").click()
    home = ana.page.locator(".home")
    await expect(home).to_contain_text("Approve for Group")
    await home.get_by_role("button", name="Refresh").click()
    await expect(home).to_contain_text(name)
    await home.locator("a", has_text="Go to the card").first.click()
    await expect(ana.page.locator("article.found")).to_contain_text(name)
    await ana.becomes("hal")
    await ana.page.get_by_role("button", name="Gatehouse Home").click()
    await expect(home).to_contain_text("Nothing waits for you")


async def test_hands_stay_on_the_keyboard(house: House, ana: Visitor) -> None:
    """Commands complete, menus and modals open, close and submit without a pointer."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await expect(ana.card(name)).to_be_visible()
    composer = ana.page.locator(".channel .compose")
    await composer.press("/")
    await expect(ana.page.locator(".completion [role=option]")).to_have_count(2)
    await ana.page.keyboard.press("ArrowDown")
    await ana.page.keyboard.press("Tab")
    await expect(composer).to_have_value("/gatehouse ")
    await ana.page.keyboard.type("whoami")
    await ana.page.keyboard.press("Enter")
    await expect(ana.whisper("You are Ana Moreau")).to_be_visible()
    more = ana.card(name).get_by_role("button", name="More actions")
    await more.focus()
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.get_by_role("menuitem").first).to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    deny = ana.card(name).locator(f'[data-action="{ids.DENY_MODAL}"]')
    await deny.focus()
    await ana.page.keyboard.press("Enter")
    modal = ana.modal(ids.DENY_VIEW)
    await expect(modal.get_by_role("combobox")).to_be_focused()
    await ana.page.keyboard.press("Tab")
    await expect(modal.locator("textarea")).to_be_focused()
    await ana.page.keyboard.type("Ask the help desk for the reviewed version.")
    await ana.page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
    await deny.focus()
    await ana.page.keyboard.press("Enter")
    await expect(modal.locator("textarea")).to_have_value("")
    await modal.locator("textarea").fill("Ask the help desk for the reviewed version.")
    await modal.get_by_role("button", name="Deny", exact=True).focus()
    await ana.page.keyboard.press("Enter")
    await expect(ana.card(name)).to_contain_text("Denied")
    assert "reviewed version" in house.request(request_id).response_reason


async def test_the_help_desk_asks_and_an_approver_claims_from_the_home_tab(
    house: House, ana: Visitor
) -> None:
    """Hal's Home starts with the look-up; Ana filters, claims and finds her claim after switching away and back."""
    request_id = house.raise_request(computer="BRW-WS-001")
    name = house.request(request_id).file.file_name
    await expect(ana.card(name)).to_be_visible()
    home = ana.page.locator(".home")
    await ana.page.get_by_role("button", name="Gatehouse Home").click()
    await expect(home).to_contain_text(name)
    for chosen, shown in (("Late", "Nothing fits what is chosen above"), ("Nobody has claimed", name)):
        await home.get_by_role("combobox").first.click()
        await ana.page.get_by_role("option", name=chosen, exact=True).click()
        await expect(home).to_contain_text(shown)
    await home.get_by_role("button", name="Claim", exact=True).click()
    await expect(home).to_contain_text("1 claimed by you")
    await expect(home).to_contain_text("Nothing fits what is chosen above")
    await ana.becomes("hal")
    await ana.page.get_by_role("button", name="Gatehouse Home").click()
    await expect(home.locator("h3, .header").nth(1)).to_contain_text("Look something up")
    await home.get_by_role("button", name="Look something up…").click()
    modal = ana.modal(ids.LOOK_UP_VIEW)
    await modal.get_by_role("radio", name="What is open for a caller?").check()
    await modal.locator("textarea, input[type=text]").first.fill("BRW-WS-001")
    await modal.get_by_role("button", name="Look", exact=True).click()
    await expect(modal).to_have_count(0)
    await ana.page.get_by_role("tab", name="Messages").click()
    await expect(
        ana.page.locator("article.message", has_text="Open cases of BRW-WS-001").last
    ).to_contain_text(name)
    assert house.decision_writes(request_id) == 0
