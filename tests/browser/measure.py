"""Measures the workspace page and the stand-in: first paint, a flood of messages, memory. Figures: docs/rehearsal.md.

`python -m tests.browser.measure` prints them; the exit status says whether the goals are met.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, chromium, window

FIRST_PAINT_GOAL_S = 1.0
FLOOD = 1_000
TOTAL = 10_000
GROWTH_GOAL = 0.10
"""How much more memory 10,000 messages may hold than 5,000: noise, no growth."""
TYPED = "the quick brown fox types on while the messages pour in, and no key of it is lost " * 3
KEY_EVERY_MS = 10

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Flood"},
    "features": {"bot_user": {"display_name": "Flood"}},
    "oauth_config": {"scopes": {"bot": ["chat:write"]}},
    "settings": {"socket_mode_enabled": True},
}


@dataclass
class Figure:
    """One measured number and whether it is good enough."""

    what: str
    value: str
    is_met: bool = True


def card(number: int) -> list[dict[str, Any]]:
    """Blocks about as large as a real card."""
    lines = [
        {
            "type": "text",
            "text": f"Line {line} of message {number}: C:\\Users\\somebody\\Downloads\\setup-{number}.exe\n",
        }
        for line in range(12)
    ]
    button = {
        "type": "button",
        "action_id": "go",
        "value": str(number),
        "text": {"type": "plain_text", "text": "Go"},
    }
    return [
        {"type": "header", "text": {"type": "plain_text", "text": f"Message {number}"}},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": lines}]},
        {"type": "actions", "elements": [button]},
    ]


async def post(client: AsyncWebClient, channel: str, first: int, count: int) -> None:
    """So many messages, one after the other, as fast as the stand-in takes them."""
    for number in range(first, first + count):
        await client.chat_postMessage(channel=channel, text=f"Message {number}", blocks=card(number))


async def opened(browser: Browser, slack: SlackSandbox) -> tuple[Page, float]:
    """A fresh window, and seconds until the browser had painted something of the page."""
    _context, page = await window(browser, Complaints(slack.origin))
    await page.goto(f"{slack.origin}/")
    await page.wait_for_selector("article.message")
    paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return page, float(paint) / 1000


async def shows(page: Page, number: int) -> None:
    """Waits until a message is on the screen."""
    await page.get_by_role("heading", name=f"Message {number}", exact=True).wait_for()


async def heap(page: Page) -> dict[str, float]:
    """The page's live memory in MB and its nodes, after a collection."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    await session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    await session.detach()
    return {"heap": metrics["JSHeapUsedSize"] / 1e6, "nodes": metrics["Nodes"]}


def resident_mb() -> float:
    """This process, which holds the stand-in, in MB."""
    gc.collect()
    fields = Path("/proc/self/status").read_text("ascii").split("VmRSS:")[1].split()
    return int(fields[0]) / 1024


async def flood(page: Page, client: AsyncWebClient, channel: str, first: int) -> list[Figure]:
    """1,000 messages arrive while somebody types."""
    composer = page.locator(".channel .compose")
    await composer.focus()
    started = time.monotonic()
    posting = asyncio.create_task(post(client, channel, first, FLOOD))
    await page.keyboard.type(TYPED, delay=KEY_EVERY_MS)
    typed_s = time.monotonic() - started
    await posting
    await shows(page, first + FLOOD - 1)
    shown_s = time.monotonic() - started
    kept = await composer.input_value()
    return [
        Figure(f"keys kept of {len(TYPED)} typed during {FLOOD} messages", str(len(kept)), kept == TYPED),
        Figure("seconds of typing (nominal " + f"{len(TYPED) * KEY_EVERY_MS / 1000:.1f})", f"{typed_s:.1f}"),
        Figure(f"seconds until the last of {FLOOD} messages was shown", f"{shown_s:.1f}"),
    ]


async def measured() -> list[Figure]:
    """Everything, in one stand-in and one browser."""
    slack = SlackSandbox(MANIFEST, rate_limits=False)
    await slack.start()
    try:
        anna = slack.add_person("anna")
        channel = slack.add_channel("flood", members=[anna])
        async with aiohttp.ClientSession() as session, chromium() as browser:
            client = AsyncWebClient(slack.bot_token, base_url=slack.base_url, session=session)
            return await _measure(slack, browser, client, channel)
    finally:
        await slack.close()


async def _measure(
    slack: SlackSandbox, browser: Browser, client: AsyncWebClient, channel: str
) -> list[Figure]:
    await post(client, channel, 0, 60)
    paints = []
    for _ in range(5):
        page, paint_s = await opened(browser, slack)
        paints.append(paint_s)
        await page.context.close()
    paint_s = sorted(paints)[2]
    figures = [
        Figure("first paint in s, median of 5 fresh windows", f"{paint_s:.2f}", paint_s < FIRST_PAINT_GOAL_S)
    ]
    page, _ = await opened(browser, slack)
    figures += await flood(page, client, channel, 60)
    await post(client, channel, 1060, TOTAL // 2 - 1060)
    await shows(page, TOTAL // 2 - 1)
    half, half_mb = await heap(page), resident_mb()
    await post(client, channel, TOTAL // 2, TOTAL // 2)
    await shows(page, TOTAL - 1)
    full, full_mb = await heap(page), resident_mb()
    return [
        *figures,
        _grown("page, JavaScript heap in MB", half["heap"], full["heap"]),
        _grown("page, nodes", half["nodes"], full["nodes"]),
        _grown("stand-in, resident MB (with the driver of the browser)", half_mb, full_mb),
    ]


def _grown(what: str, half: float, full: float) -> Figure:
    is_flat = full <= half * (1 + GROWTH_GOAL)
    return Figure(f"{what}, after {TOTAL // 2:,} and {TOTAL:,} messages", f"{half:.1f} → {full:.1f}", is_flat)


def main() -> int:
    """Prints the figures; 0 if every goal is met."""
    figures = asyncio.run(measured())
    for figure in figures:
        sys.stdout.write(f"{'ok  ' if figure.is_met else 'MISS'} {figure.what}: {figure.value}\n")
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
