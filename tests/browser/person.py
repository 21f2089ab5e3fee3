"""People of the story at their windows: what they see, press and type, in their words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from rehearsal.page import Rehearsal
from rehearsal.portal.records import ApprovalRequest
from tests.browser.chromium import WAIT_MS, Complaints, window

expect.set_options(timeout=WAIT_MS)


@dataclass
class House:
    """A rehearsal, and whoever looks at it."""

    rehearsal: Rehearsal
    browser: Browser
    complaints: Complaints
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def enters(
        self, key: str, place: str = "card", *, alone: bool = False, **look: int | bool
    ) -> Visitor:
        """Somebody opens a window of their own; `alone` shows the workspace without the panes."""
        width, height, dark = (
            int(look.get("width", 1360)),
            int(look.get("height", 860)),
            bool(look.get("dark")),
        )
        context, page = await window(self.browser, self.complaints, width=width, height=height, dark=dark)
        self._contexts.append(context)
        stage = self.rehearsal.stage
        at = "home" if place == "home" else stage.channels[place]
        path = "workspace" if alone else ""
        await page.goto(f"{self.rehearsal.address}{path}#user={stage.cast[key]}&at={at}")
        await page.wait_for_selector("html[data-ready]")
        return Visitor(self, page, key)

    async def close(self) -> None:
        """Everybody leaves."""
        for context in self._contexts:
            await context.close()

    def request(self, request_id: str) -> ApprovalRequest:
        """A request as the portal holds it."""
        return self.rehearsal.stage.portal.request(request_id)

    def raise_request(self, kind: str = "execute", **choices: str) -> str:
        """Somebody asks; by default for a file of its own at Brightwater."""
        portal = self.rehearsal.stage.portal
        count = len(portal.world.requests)
        given: dict[str, Any] = {
            "organization": "brightwater",
            "path": f"C:\\Tools\\sounding-{count}.exe",
            "signer": "CN=Sounding Ltd",
        }
        return portal.raise_request(kind, **(given | choices))

    def decision_writes(self, request_id: str) -> int:
        """How many decisions of this request the portal received."""
        writes = self.rehearsal.stage.portal.decisions
        return sum(request_id in write.request_ids for write in writes)


@dataclass
class Visitor:
    """One window and the person at it."""

    house: House
    page: Page
    key: str

    # The workspace

    async def becomes(self, key: str) -> None:
        """Switches to another person."""
        await self.page.get_by_label("You are").select_option(self.house.rehearsal.stage.cast[key])
        self.key = key

    async def goes_to(self, place: str) -> None:
        """Opens a channel by its place."""
        await self.page.locator(f'[data-channel="{self.house.rehearsal.stage.channels[place]}"]').click()

    def card(self, words: str) -> Locator:
        """The newest message of the list that holds these words and buttons."""
        return (
            self.page.locator(".channel article.message:not(.whisper)", has_text=words)
            .filter(has=self.page.locator(".header"))
            .last
        )

    async def presses(self, words: str, label: str) -> None:
        """Presses a button of the card with these words."""
        await self.card(words).get_by_role("button", name=label, exact=True).click()

    def whisper(self, words: str) -> Locator:
        """A message that only this person sees."""
        return self.page.locator("article.whisper", has_text=words).last

    async def types(self, text: str) -> None:
        """Types into the composer and sends it."""
        composer = self.page.locator(".channel .compose")
        await composer.fill(text)
        await composer.press("Enter")

    def modal(self, callback_id: str) -> Locator:
        """The modal with this callback id, once it is there."""
        return self.page.locator(f'.modal[data-callback="{callback_id}"]')

    # The panes

    async def opens(self, pane: str) -> None:
        """Opens a pane behind the scenes."""
        await self.page.locator(f'[data-pane="{pane}"]').click()

    async def does(self, name: str) -> None:
        """Presses a button of the panes by its name and waits until it is done."""
        button = self.page.locator(f'[data-do="{name}"]').first
        await button.click()

    def step(self, key: str) -> Locator:
        """A step of the tour."""
        return self.page.locator(f'details[data-step="{key}"]')

    async def unfolds(self, key: str) -> Locator:
        """Opens a step of the tour, if the tour has not opened it by itself."""
        step = self.step(key)
        await expect(step).to_have_count(1)
        if await step.get_attribute("open") is None:
            await step.locator("summary").click()
        return step

    async def has_done(self, key: str) -> None:
        """Waits until the tour says that a step is done."""
        await expect(self.page.locator(f'details.done[data-step="{key}"]')).to_have_count(1)
