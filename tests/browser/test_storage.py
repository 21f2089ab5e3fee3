"""A storage request at the window: the text for the portal follows every choice, and nothing can be sent with it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)


async def test_the_prepared_text_follows_the_choices_and_nothing_can_be_sent(
    house: House, ana: Visitor
) -> None:
    """This kind of write is not verified in a rehearsal: the exact text is prepared for the portal instead."""
    request_id = house.raise_request("write", path="E:\\survey\\*", serial_number="EX-USB-0042")
    request = house.request(request_id)
    await expect(ana.card("EX-USB-0042")).to_contain_text("“Approve…” asks for device")
    await ana.presses("EX-USB-0042", "Approve…")
    modal = ana.modal(ids.STORAGE_VIEW)
    await expect(modal).to_contain_text("No published evidence shows")
    await expect(modal).to_contain_text(f"Users: {request.username}")
    await modal.get_by_role("radio", name="Everybody on these computers").check()
    await expect(modal).to_contain_text("Users: everybody")
    await modal.get_by_role("radio", name="All storage devices").check()
    await expect(modal).to_contain_text("Device: all storage devices")
    await expect(modal).to_contain_text("not tied to one device")
    await expect(modal.get_by_role("radio", name="Everybody on these computers")).to_be_checked()
    await expect(modal.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    assert house.decision_writes(request_id) == 0
