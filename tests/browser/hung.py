"""Every card of the gallery on the rehearsal's page: for the ruler, and for the camera."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Browser, Locator, Page

from bot.cards import render_cases
from rehearsal.clock import SandboxClock
from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, window
from tests.cards.gallery import NOW, Shown
from tests.rehearsal.slack.apps import manifest, probe

PHONE, DESKTOP = 390, 1100
"""Widths in pixels: a phone held upright, and a window on a desk."""


@dataclass
class Wall:
    """A channel that holds cards, and a window on it."""

    page: Page
    stamps: dict[str, str]

    @property
    def everything(self) -> Locator:
        """All cards, one below the other."""
        return self.page.locator(".channel .message-list")

    def card(self, name: str) -> Locator:
        """One card, with its author and its buttons."""
        return self.page.locator(f'[data-ts="{self.stamps[name]}"]')


@asynccontextmanager
async def hung(
    browser: Browser, cards: Iterable[tuple[str, Shown]], *, width: int, height: int = 900
) -> AsyncIterator[Wall]:
    """These cards, posted by an ordinary app as the bot posts them, in a window of this size."""
    said = manifest()
    said["display_information"]["name"] = said["features"]["bot_user"]["display_name"] = "Gatehouse"
    slack = SlackSandbox(said, rate_limits=False, clock=SandboxClock(NOW + timedelta(minutes=3)))
    await slack.start()
    ana = slack.add_person("ana", real_name="Ana Moreau", tz="Europe/Oslo")
    channel = slack.add_channel("approvals", members=[ana])
    complaints = Complaints(slack.origin)
    context, page = await window(browser, complaints, width=width, height=height)
    async with probe(slack) as app:
        stamps: dict[str, str] = {}
        for name, shown in cards:
            drawn = render_cases([shown.case, *shown.beside], shown.rules, shown.now)
            posted = await app.client.chat_postMessage(channel=channel, text=drawn.text, blocks=drawn.blocks)
            stamps[name] = str(posted["ts"])
        await page.goto(f"{slack.origin}/#user={ana}&at={channel}")
        await page.wait_for_selector("html[data-ready]")
        yield Wall(page, stamps)
    await context.close()
    await slack.close()
    assert complaints.found == []
