"""`make pictures`: the screenshots of README and docs, from a rehearsal that plays by itself.

Each is taken in light and dark, of one thing; the names say what they show.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from bot.cards.kit import ids
from rehearsal.page import rehearsing
from tests.browser.chromium import Complaints, chromium
from tests.browser.person import House, Visitor

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 1180, 1000
BYTES_MOST = 250_000


async def take(page: Page, name: str, what: Locator | None = None) -> None:
    """One picture in light and one in dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
        )
        await page.mouse.move(0, 0)
        file = FOLDER / f"{name}-{scheme}.png"
        shot = what.screenshot if what is not None else page.screenshot
        await shot(path=file, animations="disabled")
        size = file.stat().st_size
        if size > BYTES_MOST:
            raise SystemExit(f"{file} has {size} bytes; at most {BYTES_MOST} are wanted.")
        sys.stdout.write(f"{file.relative_to(FOLDER.parents[1])}  {size // 1024} kB\n")
    await page.emulate_media(color_scheme="light")


@asynccontextmanager
async def playing() -> AsyncIterator[House]:
    """A rehearsal and a browser for it."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        async with rehearsing(Path(folder)) as rehearsal, chromium() as browser:
            house = House(rehearsal, browser, Complaints(rehearsal.address))
            yield house
            await house.close()


async def main() -> None:
    """Plays what is shown and takes the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with playing() as house:
        portal = house.rehearsal.stage.portal
        ana = await house.enters("ana", alone=True, width=WIDTH, height=HEIGHT)
        asked = portal.raise_request(
            "execute", organization="brightwater", product="tideplan", version="4.2",
            reason="Need the tide planner for the Tuesday survey",
        )  # fmt: skip
        name = house.request(asked).file.file_name
        await expect(ana.card(name)).to_contain_text("Never seen here")
        await take(ana.page, "card", ana.card(name))
        await _modal(ana, name)
        await _refusal(ana, name)
        await _blocked(house, ana, asked)
        await _home(ana)
        await _escalation(house, ana)
        await _whole(house)


async def _modal(ana: Visitor, name: str) -> None:
    await ana.becomes("kim")
    await ana.presses(name, "Approve…")
    modal = ana.modal(ids.APPROVE_VIEW)
    await modal.get_by_role("radio", name="The entire organization").check()
    await expect(modal.locator(f'[data-block="{ids.VALIDATED_BLOCK}"]')).to_be_visible()
    await take(ana.page, "modal", modal)
    await ana.page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)


async def _refusal(ana: Visitor, name: str) -> None:
    await ana.becomes("hal")
    await ana.presses(name, "Approve on this computer")
    whisper = ana.page.locator("article.whisper").last
    await expect(whisper).to_contain_text("Not done")
    await take(ana.page, "refusal", whisper)


async def _blocked(house: House, ana: Visitor, request_id: str) -> None:
    computer = house.rehearsal.stage.portal.world.computers[house.request(request_id).computer_id].name
    await ana.types(f"/blocked {computer}")
    await expect(ana.whisper(computer)).to_be_visible()
    await take(ana.page, "blocked", ana.whisper(computer))


async def _home(ana: Visitor) -> None:
    await ana.becomes("ana")
    await ana.page.get_by_role("button", name="Gatehouse Home").click()
    await expect(ana.page.locator(".home")).to_contain_text("Approve for Group")
    await ana.page.set_viewport_size({"width": WIDTH, "height": 440})
    await take(ana.page, "home", ana.page.locator(".ws-main"))
    await ana.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


async def _escalation(house: House, ana: Visitor) -> None:
    """Nobody decided within a quarter of an hour."""
    asked = house.rehearsal.stage.portal.raise_request(
        "execute", organization="calder-voss", product="anydesk"
    )
    name = house.request(asked).file.file_name
    await ana.becomes("kim")
    await ana.goes_to("card")
    await expect(ana.card(name)).to_be_visible()
    await house.rehearsal.director.do("jump", {"minutes": 15.1})
    await ana.goes_to("escalation")
    ping = ana.page.locator("article.message", has_text="Escalated").filter(has_text=name).last
    await expect(ping).to_be_visible()
    await take(ana.page, "escalation", ping)


async def _whole(house: House) -> None:
    ana = await house.enters("ana", width=1240, height=680)
    await expect(ana.page.locator(".steps > li")).to_have_count(8)
    await expect(ana.card("AnyDesk")).to_be_visible()
    await take(ana.page, "rehearsal")


if __name__ == "__main__":
    asyncio.run(main())
