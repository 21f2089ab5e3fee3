"""What browsers make of a card: at most 900 pixels on a phone, buttons included, and 8 or 3 rows on a desk."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from bot.cards.kit.fitting import DECIDED_LINES, OPEN_LINES
from tests.browser.hung import DESKTOP, PHONE, hung
from tests.cards.gallery import SORTS, gallery, shared

pytestmark = pytest.mark.timeout(180)
PIXELS_MOST = 900
GALLERY = gallery() | shared()
KINDS = (*SORTS, "family", "burst")
ROWS = """(card) => {
  const rows = new Set();
  for (const block of card.querySelectorAll('.block.header, .rich')) {
    const range = document.createRange();
    range.selectNodeContents(block);
    // What stands side by side has its middle at about the same height; a row is at least 18 pixels high.
    for (const box of range.getClientRects()) if (box.width > 1) rows.add(Math.round((box.top + box.height / 2) / 9));
  }
  const middles = [...rows].sort((a, b) => a - b);
  return middles.filter((at, index) => index === 0 || at - middles[index - 1] > 1).length;
}"""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_card_is_seen_whole_on_a_phone(browser: Browser, kind: str) -> None:
    cards = [(name, shown) for name, shown in GALLERY.items() if name.startswith(f"{kind}, ")]
    async with hung(browser, cards, width=PHONE) as wall:
        for name, _ in cards:
            box = await wall.card(name).bounding_box()
            assert box is not None
            assert box["height"] <= PIXELS_MOST, name
            assert box["x"] + box["width"] <= PHONE, name


@pytest.mark.parametrize("kind", KINDS)
async def test_a_card_has_its_rows_on_a_desk(browser: Browser, kind: str) -> None:
    cards = [(name, shown) for name, shown in GALLERY.items() if name.startswith(f"{kind}, ")]
    async with hung(browser, cards, width=DESKTOP) as wall:
        for name, shown in cards:
            rows = await wall.card(name).evaluate(ROWS)
            is_open = any(case.is_open for case in (shown.case, *shown.beside))
            assert rows <= (OPEN_LINES if is_open else DECIDED_LINES), name
