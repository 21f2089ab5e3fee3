"""A maintenance mode as a person starts, watches and ends it in the window."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)

COMPUTER = "BRW-WS-007"


async def _becomes_technician(house: House, visitor: Visitor) -> None:
    """Hal gets what a mode needs, in the access file of the running bot, and sits down at the window."""
    file = house.rehearsal.stage.folder / "access.toml"
    held = '"Manage Application Control Learning Mode", "Edit Computers"'
    grant = f'[[grants]]\npeople = ["hal"]\norganizations = ["brightwater"]\npermissions = [{held}]\n'
    file.write_text(f"{file.read_text('utf-8')}\n{grant}", "utf-8")
    await visitor.goes_to("audit")
    changed = visitor.page.locator("article.message", has_text="The access file changed")
    await expect(changed.last).to_contain_text("Hal Novak", timeout=30_000)
    await visitor.becomes("hal")
    await visitor.goes_to("card")


async def test_a_technician_starts_a_mode_and_ends_it_early(house: House, ana: Visitor) -> None:
    await _becomes_technician(house, ana)
    await ana.types(f"/gatehouse maintenance {COMPUTER}")
    modal = ana.modal(ids.MODE_VIEW)
    await expect(modal).to_contain_text("no shortcut")
    await expect(modal).to_contain_text("Tamper Protection Disabled, because")
    mode = modal.locator(f'[data-block="{ids.MODE_BLOCK}"]').get_by_role("combobox")
    await mode.fill("Learning")
    await mode.press("ArrowDown")
    await mode.press("Enter")
    because = modal.locator(f'[data-block="{ids.MODE_BECAUSE_BLOCK}"] textarea')
    await because.fill("The installer unpacks other files each time")
    await modal.get_by_role("button", name="Start", exact=True).click()
    await expect(modal).to_have_count(0)
    message = ana.page.locator(".channel article.message:not(.whisper)", has_text="In maintenance").last
    await expect(message).to_contain_text(COMPUTER)
    await expect(message).to_contain_text("Started by Hal Novak")
    await message.get_by_role("button", name="End now", exact=True).click()
    over = ana.page.locator(".channel article.message:not(.whisper)", has_text="Maintenance is over").last
    await expect(over).to_contain_text("by Hal Novak")
    await expect(over.get_by_role("button", name="End now", exact=True)).to_have_count(0)


async def test_who_may_start_nothing_reads_why(house: House, ana: Visitor) -> None:
    await ana.types(f"/gatehouse maintenance {COMPUTER}")
    modal = ana.modal(ids.SAID_VIEW)
    await expect(modal).to_contain_text("You can start no maintenance mode on this computer")
    await expect(modal).to_contain_text("QR code")
    assert house.rehearsal.stage.portal.world.modes == {}
