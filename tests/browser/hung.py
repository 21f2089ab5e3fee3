"""Every card of the gallery on the rehearsal's page, for the ruler and for the camera; and any message whatever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Browser, Locator, Page

from bot.cards import Rendered, render_cases
from rehearsal.clock import SandboxClock
from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, window
from tests.cards.gallery import NOW, Shown
from tests.rehearsal.slack.apps import manifest, probe

PHONE, DESKTOP = 390, 1100
"""Widths in pixels: a phone held upright, and a window on a desk."""


@dataclass
class Wall:
    """A channel that holds messages, and a window on it."""

    page: Page
    stamps: dict[str, str]

    @property
    def everything(self) -> Locator:
        """All messages, one below the other."""
        return self.page.locator(".channel .message-list")

    def card(self, name: str) -> Locator:
        """One message, with its author and its buttons."""
        return self.page.locator(f'[data-ts="{self.stamps[name]}"]')


@asynccontextmanager
async def hung(
    browser: Browser, cards: Iterable[tuple[str, Shown]], *, width: int, height: int = 900
) -> AsyncIterator[Wall]:
    """These cards, posted by an ordinary app as the bot posts them, in a window of this size."""
    drawn = [
        (name, render_cases([shown.case, *shown.beside], shown.rules, shown.now)) for name, shown in cards
    ]
    async with posted(browser, drawn, width=width, height=height) as wall:
        yield wall


@asynccontextmanager
async def posted(
    browser: Browser, messages: Iterable[tuple[str, Rendered]], *, width: int, height: int = 900
) -> AsyncIterator[Wall]:
    """The same for any message. The page shows the latest sixty at once."""
    said = manifest()
    said["display_information"]["name"] = said["features"]["bot_user"]["display_name"] = "Gatehouse"
    slack = SlackSandbox(said, rate_limits=False, clock=SandboxClock(NOW + timedelta(minutes=3)))
    await slack.start()
    ana = slack.add_person("ana", real_name="Ana Moreau", tz="Europe/Oslo")
    channel = slack.add_channel("approvals", members=[ana])
    complaints = Complaints(slack.origin)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(slack.close)
        context, page = await window(browser, complaints, width=width, height=height)
        stack.push_async_callback(context.close)
        app = await stack.enter_async_context(probe(slack))
        stamps: dict[str, str] = {}
        for name, drawn in messages:
            sent = await app.client.chat_postMessage(channel=channel, text=drawn.text, blocks=drawn.blocks)
            stamps[name] = str(sent["ts"])
        await page.goto(f"{slack.origin}/#user={ana}&at={channel}")
        await page.wait_for_selector("html[data-ready]")
        yield Wall(page, stamps)
    assert complaints.found == []
