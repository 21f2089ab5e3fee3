"""Debian's Chromium, driven by playwright: no browser is downloaded, none calls home."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 20_000


def executable() -> str:
    """Where Chromium is; RuntimeError with the remedy when there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("Chromium is missing. On Debian: apt-get install chromium. `.ci/run` does it.")
    return found


@asynccontextmanager
async def chromium(arguments: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """A browser process with a profile of its own; ended at the end."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            await browser.close()


class Complaints:
    """What went wrong in a page without anybody seeing it: exceptions, policy violations, foreign requests."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.found: list[str] = []

    def watch(self, page: Page) -> None:
        """Listens to a page from now on."""
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, kind: str, text: str) -> None:
        # A refusal of the stand-in (422) is part of many stories, and Chromium logs it by itself.
        if kind == "error" and "status of 422" not in text:
            self.found.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self._address, self._address.replace("http", "ws", 1))):
            self.found.append(f"request to elsewhere: {url}")


async def window(
    browser: Browser, complaints: Complaints, *, width: int = 1360, height: int = 860, dark: bool = False
) -> tuple[BrowserContext, Page]:
    """A window with storage of its own."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    complaints.watch(page)
    return context, page
