"""A thousand requests in a minute over two hundred files, at Slack's own pace: when everybody can see them.

One bot of its own process; the stand-in Slack enforces the limits of each method and channel. A ceiling and three small
customers come in the midst. Real time, of which nearly all is waiting for Slack's next second.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.ledger import Ledger
from tests.flows.processes import bot_process
from tests.flows.scene import Scene, set_scene

REQUESTS, FILES, SECONDS = 1000, 200, 60.0
_SMALL = ("marlow", "juniper-hill", "calder-voss")
_CEILING = timedelta(minutes=15)
_PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Flood:
    """What became visible when, in seconds."""

    requests: int
    cards: int
    cards_s: float
    """From the first request to the last card."""
    posts: int
    """What had to be posted in the cards' channel until then, one a second."""
    shown_s: float
    """Until each card shows the last request that joined it."""
    call_late_s: float
    """The call at the ceiling, after its time."""
    small_s: float
    """The last of the small customers' cards, after its request."""
    refused: int
    """Calls that Slack answered with 429."""


async def measure(
    folder: Path, requests: int = REQUESTS, files: int = FILES, seconds: float = SECONDS
) -> Flood:
    """One flood."""
    async with AsyncExitStack() as held:
        scene = await held.enter_async_context(set_scene(folder, bots=0, start=None))
        # The bot's own calls end in a second and a half; who only looks on waits for a busy machine.
        patient = await Ledger.connect(scene.stage.ledger_url, replica_id="patient", limit_s=60.0)
        held.push_async_callback(patient.close)
        scene.ledger = patient
        await held.enter_async_context(bot_process(scene, "bot"))
        began, asked_at = (
            time.monotonic(),
            scene.stage.clock.now() + timedelta(seconds=seconds / 2) - _CEILING,
        )
        late = scene.ask(computer=_computers(scene, "brightwater")[0], requested_at=asked_at)
        rest = asyncio.create_task(_rain(scene, requests, files, seconds))
        await asyncio.sleep(seconds / 2)
        small_at = time.monotonic()
        small = [_ask(scene, files + n, _computers(scene, name)[0]) for n, name in enumerate(_SMALL)]
        call_late_s = await _call(scene, asked_at.timestamp() + _CEILING.total_seconds())
        await asyncio.gather(*(scene.card(one) for one in small))
        small_s = time.monotonic() - small_at
        asked = [late, *small, *await rest]
        await scene.until(lambda: _all_on_cards(scene, asked), patience_s=_PATIENCE_S)
        cards_s, posts = (
            time.monotonic() - began,
            len(scene.stage.slack.messages(scene.stage.channels["card"])),
        )
        cards = len(scene.cards())
        await scene.until(lambda: _nothing_waits(scene), patience_s=_PATIENCE_S)
        shown_s = time.monotonic() - began
        refused = sum(one.status == 429 for one in scene.stage.slack.api_calls)
        return Flood(len(asked), cards, cards_s, posts, shown_s, call_late_s, small_s, refused)


def _computers(scene: Scene, organization: str) -> list[str]:
    portal = scene.stage.portal
    place = portal.organization_id(organization)
    found = (one for one in portal.world.computers.values() if one.organization_id == place)
    return [one.name for one in found if one.os_type == 1 and "-SRV-" not in one.name]


async def _rain(scene: Scene, requests: int, files: int, seconds: float) -> list[str]:
    """At an even rate, each file asked for on several computers of one large customer."""
    computers, began, asked = _computers(scene, "brightwater"), time.monotonic(), list[str]()
    for number in range(requests):
        asked.append(_ask(scene, number % files, computers[(number * 7 + number // files) % len(computers)]))
        await asyncio.sleep(max(0.0, began + number * seconds / requests - time.monotonic()))
    return asked


def _ask(scene: Scene, number: int, computer: str) -> str:
    return scene.ask(
        computer=computer,
        path=rf"C:\Program Files\Tool {number}\tool{number}.exe",
        hash=f"{number + 0xA0:032X}",
        signer="CN=Fabrikam Inc",
    )


async def _call(scene: Scene, due: float) -> float:
    """Seconds after its time at which the first escalation stands in Slack."""
    channel = scene.stage.channels["escalation"]
    said = await scene.seen(
        lambda: [one for one in scene.stage.slack.messages(channel) if "Escalated" in str(one["text"])]
    )
    return max(0.0, float(said[0]["ts"]) - due)


async def _all_on_cards(scene: Scene, asked: list[str]) -> bool:
    """The newest first: asked at every change in Slack, it must not take the time that the bot needs."""
    shown = {case_id for card in scene.cards() for case_id in card.case_ids}
    for part in (asked[-1:], asked):
        held = await scene.ledger.case_ids_of_requests(part)
        if len(held) < len(part) or not set(held.values()) <= shown:
            return False
    return True


async def _nothing_waits(scene: Scene) -> bool:
    return sum((await scene.ledger.waiting_effects()).values()) == 0


def table(flood: Flood) -> str:
    """As docs/benchmarks.md has it."""
    ideal = max(flood.posts - 1, 1)
    return "\n".join(
        [
            f"### {flood.requests:,} requests in {SECONDS:.0f} seconds, on {flood.cards} cards",
            "",
            "| | seconds |",
            "|---|---|",
            (
                f"| the last card, after the first request; {flood.posts} posts in its channel | {flood.cards_s:.0f}, "
                f"{flood.cards_s / ideal:.2f} times Slack's limit |"
            ),
            f"| every request on its card, redraws included | {flood.shown_s:.0f} |",
            f"| the call at a ceiling in the midst, after its time | {flood.call_late_s:.1f} |",
            f"| the cards of three small customers, after they asked | {flood.small_s:.1f} |",
            f"| calls that Slack refused with 429 | {flood.refused} |",
            "",
        ]
    )
