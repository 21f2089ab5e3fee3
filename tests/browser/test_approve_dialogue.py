"""“Approve…” at the window: a short first page, everything below “More…”, a preview, and nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from bot.cards.kit import ids
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)
PATH = r"C:\Program Files\Sounding\*\sounding.exe"


def field(modal: Locator, block_id: str) -> Locator:
    """The field of an input."""
    return modal.locator(f'[data-block="{block_id}"] :is(input, textarea)')


async def picks(modal: Locator, block_id: str, typed: str, label: str) -> None:
    """Choose in a list by typing a part of a name."""
    block = modal.locator(f'[data-block="{block_id}"]')
    await block.get_by_role("combobox").fill(typed)
    await block.get_by_role("option", name=label).first.click()


async def test_a_rule_is_typed_previewed_and_sent_without_leaving_slack(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Approve…")
    modal = ana.modal(ids.APPROVE_VIEW)
    await expect(modal).to_contain_text("By default:")
    await expect(modal).not_to_contain_text("Recognized by")
    await field(modal, ids.REASON_BLOCK).fill("Month end closing")
    await modal.get_by_role("button", name="More…").click()
    await expect(modal).to_contain_text("Maintenance mode instead")
    await expect(field(modal, ids.REASON_BLOCK)).to_have_value("Month end closing")
    await picks(modal, ids.RECOGNIZED_BLOCK, "custom", "A custom rule")
    await field(modal, ids.RULE_PATH_BLOCK).fill(PATH)
    await picks(modal, ids.LASTS_BLOCK, "until a", "Until a day")
    await field(modal, ids.EXPIRES_BLOCK).fill("2030-12-24")
    await modal.get_by_role("button", name="Preview").click()
    await expect(modal).to_contain_text("recognized by a rule (path")
    await expect(modal).to_contain_text("until 2030-12-24 23:59 UTC")
    await expect(field(modal, ids.RULE_PATH_BLOCK)).to_have_value(PATH)
    assert house.decision_writes(request_id) == 0
    await modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(modal).to_have_count(0)
    await expect(ana.card(name)).to_contain_text("Approved by Ana Moreau")
    assert house.decision_writes(request_id) == 1


async def test_a_loose_rule_is_marked_at_its_fields_and_stays_as_typed(house: House, ana: Visitor) -> None:
    request_id = house.raise_request()
    await ana.presses(house.request(request_id).file.file_name, "Approve…")
    modal = ana.modal(ids.APPROVE_VIEW)
    await modal.get_by_role("button", name="More…").click()
    await picks(modal, ids.RECOGNIZED_BLOCK, "custom", "A custom rule")
    await field(modal, ids.RULE_PATH_BLOCK).fill("*")
    await modal.get_by_role("button", name="Approve", exact=True).click()
    await expect(modal.locator(".input-error").first).to_contain_text("matches everything")
    await expect(field(modal, ids.RULE_PATH_BLOCK)).to_have_value("*")
    assert house.decision_writes(request_id) == 0
