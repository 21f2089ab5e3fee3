"""A narrow approval, from the press's arrival to the portal's receipt of the write, less the portal's own time."""

from __future__ import annotations

from pathlib import Path

from bot.app import started
from bot.cards.kit import ids
from bot.metrics import Metrics
from rehearsal.portal.records import WINDOWS
from rehearsal.stage import Stage, staged
from tests.bench.figures import Figure, figure

PRESSES = 25
_PATIENCE_S = 60.0
"""Cards come at the pace of one a second in a channel."""


async def measure(folder: Path, presses: int = PRESSES) -> list[Figure]:
    """Two rows: the whole time, and our part of it. The folder exists and is empty."""
    whole: list[float] = []
    ours: list[float] = []
    # The look at the portal is kept out of the way, so that only the press's own calls are counted.
    quiet = {"portal": {"poll_busy_s": 15, "poll_idle_s": 60}}
    async with staged(folder, rate_limits=False, overrides=quiet) as stage:
        _ask(stage, presses)
        async with started(stage.settings) as running:
            for number in range(presses):
                card = await _card(stage, number, "ever seen here")
                before, sent = _portal_seconds(running.desk.metrics), len(stage.portal.decisions)
                begun_at = stage.clock.now()
                ana = stage.slack.as_person(stage.cast["ana"])
                await ana.click(stage.channels["card"], str(card["ts"]), ids.APPROVE_COMPUTER)
                await _card(stage, number, "takes effect")
                took = (stage.portal.decisions[sent].at - begun_at).total_seconds()
                whole.append(took)
                ours.append(max(0.0, took - (_portal_seconds(running.desk.metrics) - before)))
    return [
        figure("press to portal write, all of it", whole, sum(whole)),
        figure("our part", ours, sum(ours)),
    ]


def _ask(stage: Stage, presses: int) -> None:
    """One request for a file of its own on each of so many computers."""
    computers = [one.name for one in stage.portal.world.computers.values() if one.os_type == WINDOWS]
    for number in range(presses):
        stage.portal.raise_request(
            "execute",
            computer=computers[number],
            path=f"C:\\Tools\\tool{number}x.exe",
            hash=f"{number + 0xA0:032X}",
            signer=f"CN=Vendor {number}",
        )


def _portal_seconds(metrics: Metrics) -> float:
    """Time spent in all calls to the portal so far, as the client counted it."""
    return sum(
        sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "gatehouse_portal_call_seconds_sum"
    )


async def _card(stage: Stage, number: int, words: str) -> dict[str, object]:
    """The card of a file, once it says so."""

    def there() -> dict[str, object] | None:
        messages = stage.slack.messages(stage.channels["card"])
        named = [m for m in messages if f"tool{number}x.exe" in str(m["text"])]
        return next((m for m in named if words in str(m["blocks"])), None)

    return await stage.slack.wait_for(there, _PATIENCE_S)
