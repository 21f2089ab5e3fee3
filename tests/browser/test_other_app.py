"""A third-party Bolt app in JavaScript, unmodified, on the stand-in Slack and its page."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, window

APP = Path(__file__).parent / "js_app"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(NODE is None, reason="node is missing; `.ci/run` installs it"),
    pytest.mark.skipif(
        not (APP / "node_modules").is_dir(),
        reason="run `npm ci` in tests/browser/js_app; `make test-browser` does",
    ),
]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """A workspace with the JavaScript app running on it."""
    found = SlackSandbox(json.loads((APP / "manifest.json").read_text("utf-8")))
    await found.start()
    anna = found.add_person("anna", real_name="Anna Berg", tz="Europe/Vienna")
    found.add_channel("general", members=[anna])
    environment = {
        "PATH": os.environ["PATH"],
        "SLACK_BOT_TOKEN": found.bot_token,
        "SLACK_APP_TOKEN": found.app_token,
        "SLACK_API_URL": found.base_url,
    }
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        "app.js",
        cwd=APP,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await found.wait_for(lambda: found.sockets.connections, 30)
        yield found
    finally:
        process.kill()
        await process.communicate()
        await found.close()


@pytest.fixture
async def page(slack: SlackSandbox, browser: Browser) -> AsyncIterator[Page]:
    complaints = Complaints(slack.origin)
    context, opened = await window(browser, complaints)
    await opened.goto(f"{slack.origin}/")
    await opened.wait_for_selector("html[data-ready]")
    yield opened
    await context.close()
    assert complaints.found == []


async def test_command_button_confirm_modal_and_home(slack: SlackSandbox, page: Page) -> None:
    composer = page.locator(".channel .compose")
    await composer.press("/")
    await expect(page.locator(".completion [role=option]")).to_contain_text("Asks who comes along")
    await composer.fill("/lunch the *harbour*")
    await composer.press("Enter")
    asked = page.locator("article.message", has_text="asks.").last
    await expect(asked.locator("strong", has_text="Lunch").last).to_be_visible()
    await expect(asked.locator(".mention")).to_have_text("@Anna Berg")

    await asked.get_by_role("button", name="Come along").click()
    modal = page.locator('.modal[data-callback="order"]')
    await modal.get_by_role("button", name="Order").click()
    await expect(modal.locator(".input-error")).to_have_text("Please complete this required field.")
    dish = modal.get_by_role("combobox", name="Dish")
    await dish.fill("noth")
    await modal.get_by_role("option", name="Nothing").click()
    await modal.locator('input[type="date"]').fill("2026-02-03")
    await modal.get_by_role("button", name="Order").click()
    await expect(modal.locator(".input-error")).to_have_text("Eat something.")
    await expect(modal.locator('input[type="date"]')).to_have_value("2026-02-03")
    await dish.fill("cur")
    await modal.get_by_role("option", name="Curry").click()
    await modal.get_by_role("button", name="Order").click()
    await expect(page.locator("article.message").last).to_contain_text("@Anna Berg takes curry.")

    await asked.get_by_role("button", name="Cancel").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Keep it").click()
    await expect(asked).to_be_visible()
    await asked.get_by_role("button", name="Cancel").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Cancel lunch").click()
    await expect(page.locator("article.message", has_text="Lunch is cancelled.")).to_be_visible()

    await page.get_by_role("button", name="Lunch Home").click()
    home = page.locator(".home")
    await expect(home).to_contain_text("Lunch orders")
    await home.get_by_role("combobox").click()
    await home.get_by_role("option", name="very").click()
    await expect(home).to_contain_text("You are very hungry")
