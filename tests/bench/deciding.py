"""A narrow approval, from the press's arrival to the portal's receipt of the write; beside it the least that it needs.

That is one step of the ledger, written to disk, and the press's own calls to the portal made bare, one after the other:
the reads again, and the write, which is over by then and refused. And the same with the three steps without which no
promise is kept: stored before it is acknowledged, leased to one process, its attempt recorded before it is sent. Both
are processes of their own; the stand-ins are in this one.
"""

from __future__ import annotations

import json
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.cards.kit import ids
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.journal import Exchange
from rehearsal.portal.records import WINDOWS
from rehearsal.stage import Stage
from tests.bench.figures import Figure, figure
from tests.flows.processes import bot_process
from tests.flows.scene import set_scene

PRESSES = 25
ANSWER_S = 0.05
"""What a portal takes to answer that is not in the next process."""
_PATIENCE_S = 60.0
"""Cards come at the pace of one a second in a channel."""
_WRITE = "ApprovalRequestPermitApplication"


async def measure(folder: Path, answer_s: float = 0.0, presses: int = PRESSES) -> list[Figure]:
    """Three rows, the least first, with a portal that takes so long to answer. The folder exists and is empty."""
    whole: list[float] = []
    least: dict[int, list[float]] = {1: [], 3: []}
    # The look at the portal is kept out of the way, so that only the press's own calls are counted.
    quiet = {"portal": {"poll_busy_s": 15, "poll_idle_s": 60}}
    async with set_scene(folder, bots=0, start=None, rate_limits=False, overrides=quiet) as scene:
        stage = scene.stage
        _ask(stage, presses)
        bare = await create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bare_press", stage.ledger_url, stdin=PIPE, stdout=PIPE
        )
        async with bot_process(scene, "deciding"):
            for number in range(presses):
                card = await _card(stage, number, "ever seen here")
                if answer_s:
                    stage.portal.faults.set(FaultKind.SLOW, seconds=answer_s)
                begun_at = stage.clock.now()
                ana = stage.slack.as_person(stage.cast["ana"])
                await ana.click(stage.channels["card"], str(card["ts"]), ids.APPROVE_COMPUTER)
                await _card(stage, number, "takes effect")
                whole.append((stage.portal.decisions[-1].at - begun_at).total_seconds())
                calls = _calls(stage, begun_at)
                for steps, taken in least.items():
                    taken.append(await _bare(stage, bare, steps, calls))
                stage.portal.faults.clear()
        bare.terminate()
        await bare.wait()
    return [
        figure("one ledger step and the portal's round trips, bare", least[1], sum(least[1])),
        figure("three ledger steps and the portal's round trips, bare", least[3], sum(least[3])),
        figure("press to portal write", whole, sum(whole)),
    ]


def _calls(stage: Stage, since: datetime) -> list[dict[str, Any]]:
    """What a press has asked the portal, up to its write."""
    made = [one for one in stage.portal.traffic if one.at >= since]
    write = next(place for place, one in enumerate(made) if one.action == _WRITE)
    return [_call(stage, one) for one in made[: write + 1]]


def _call(stage: Stage, made: Exchange) -> dict[str, Any]:
    headers = {"Authorization": stage.portal.token, "Content-Type": "application/json"}
    if made.organization_id:
        headers["ManagedOrganizationId"] = made.organization_id
    url = f"{stage.portal.base_url}{made.path}"
    return {"method": made.method, "url": url, "params": made.query, "data": made.sent, "headers": headers}


async def _bare(stage: Stage, bare: Process, steps: int, calls: list[dict[str, Any]]) -> float:
    assert bare.stdin is not None
    assert bare.stdout is not None
    sent = len(stage.portal.decisions)
    bare.stdin.write(json.dumps([steps, calls]).encode() + b"\n")
    begun = float(await bare.stdout.readline())
    return stage.portal.decisions[sent].at.timestamp() - begun


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


async def _card(stage: Stage, number: int, words: str) -> dict[str, object]:
    """The card of a file, once it says so."""

    def there() -> dict[str, object] | None:
        messages = stage.slack.messages(stage.channels["card"])
        named = [m for m in messages if f"tool{number}x.exe" in str(m["text"])]
        return next((m for m in named if words in str(m["blocks"])), None)

    return await stage.slack.wait_for(there, _PATIENCE_S)
