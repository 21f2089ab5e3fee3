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

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from bot.cards.kit import ids
from rehearsal.page import rehearsing
from tests.browser.chromium import Complaints, chromium
from tests.browser.hung import PHONE, hung
from tests.browser.person import House, Visitor
from tests.cards.gallery import SORTS, gallery, shared

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 1180, 1000
TALL = 3600
COLOURS = 128
BYTES_MOST = 125_000


async def take(
    page: Page, name: str, what: Locator | None = None, *, schemes: tuple[str, ...] = ("light", "dark")
) -> None:
    """One picture in light and one in dark."""
    for scheme in schemes:
        await page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
        )
        await page.mouse.move(0, 0)
        file = FOLDER / (f"{name}-{scheme}.png" if len(schemes) > 1 else f"{name}.png")
        shot = what.screenshot if what is not None else page.screenshot
        await shot(path=file, animations="disabled")
        _slim(file)
        size = file.stat().st_size
        if size > BYTES_MOST:
            raise SystemExit(f"{file} has {size} bytes; at most {BYTES_MOST} are wanted.")
        sys.stdout.write(f"{file.relative_to(FOLDER.parents[1])}  {size // 1024} kB\n")
    await page.emulate_media(color_scheme="light")


def _slim(file: Path) -> None:
    """The same picture in a palette: a third of its size, and no difference that an eye finds."""
    with Image.open(file) as shot:
        few = shot.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


@asynccontextmanager
async def playing() -> AsyncIterator[House]:
    """A rehearsal and a browser for it."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        async with rehearsing(Path(folder)) as rehearsal, chromium() as browser:
            house = House(rehearsal, browser, Complaints(rehearsal.address))
            yield house
            await house.close()


SHEETS = {
    "waiting": ("application", ("new", "open", "instructions", "several computers", "clock from first seen")),
    "owned": (
        "application",
        ("claimed", "handed over", "with the team", "assigned in the portal", "help called"),
    ),
    "urgent": (
        "application",
        ("late", "unusual", "known bad", "policy due", "new version", "permitted already"),
    ),
    "underway": (
        "application",
        (
            "waiting for a second",
            "being decided",
            "checking",
            "partly decided",
            "writes off",
            "from another card",
        ),
    ),
    "decided": (
        "application",
        ("approved", "approved by two", "denied", "promoted", "taken back", "redacted"),
    ),
    "elsewhere": (
        "application",
        (
            "approved in the portal",
            "rejected in the portal",
            "closed in the portal",
            "ended differently",
            "moved",
        ),
    ),
}
"""The pictures of docs/cards.md: the states of an application request, then every kind."""


def sheets() -> dict[str, list[str]]:
    """What hangs on which sheet, by the names of the gallery."""
    found = {name: [f"{kind}, {state}" for state in states] for name, (kind, states) in SHEETS.items()}
    kinds = [kind for kind in SORTS if kind != "application"]
    found["kinds"] = [f"{kind}, open" for kind in kinds]
    found["kinds-decided"] = [
        f"{kind}, approved{'' if SORTS[kind].is_decided_here else ' in the portal'}" for kind in kinds
    ]
    found["shared"] = list(shared())
    return found


async def cards(browser: Browser) -> None:
    """Every sheet in light and dark, and as a phone shows it."""
    cards = gallery() | shared()
    for name, held in sheets().items():
        hanging = [(one, cards[one]) for one in held]
        async with hung(browser, hanging, width=WIDTH, height=TALL) as wall:
            await take(wall.page, f"cards-{name}", wall.everything)
        async with hung(browser, hanging, width=PHONE, height=TALL) as wall:
            await take(wall.page, f"cards-{name}-phone", wall.everything, schemes=("light",))


async def main(which: str) -> None:
    """Plays what is shown and takes the pictures; `cards` for those of docs/cards.md alone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        await cards(browser)
    if which == "cards":
        return
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
        await _escalation(house, ana)
        await _whole(house)
        await _home(ana)


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
    await expect(ana.page.locator(".home")).to_contain_text("for you to decide")
    await ana.page.locator(".home").get_by_role("button", name="Claim").first.click()
    await expect(ana.page.locator(".home")).to_contain_text("1 claimed by you")
    await ana.page.set_viewport_size({"width": WIDTH, "height": 760})
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
    asyncio.run(main(*sys.argv[1:2] or [""]))
