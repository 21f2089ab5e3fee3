"""The story that ends by itself: both stand-ins, an embedded Valkey and the bot, told on the terminal."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import logs
from bot.app import started
from rehearsal.demo.narrator import Narrator, WentWrong
from rehearsal.demo.scenes import SCENES
from rehearsal.demo.theatre import Theatre
from rehearsal.stage import staged

OK, FAILED = 0, 1


async def play() -> int:
    """Play every scene; 0 if each kept what it promised. Real Slack and portal settings are ignored."""
    logs.set_up(level="error", style="console")
    narrator = Narrator()
    narrator.title("Gatehouse, a rehearsal: stand-in portal, stand-in Slack, embedded Valkey, the real bot")
    with tempfile.TemporaryDirectory(prefix="gatehouse-demo-") as folder:
        try:
            await _play_in(Path(folder), narrator)
        except WentWrong as wrong:
            narrator.say(f"The rehearsal ends here: it was promised that {wrong}.")
            return FAILED
    narrator.scene("The end")
    narrator.say(
        f"{narrator.checks} promises kept in {narrator.scenes - 1} scenes. Nothing left this machine."
    )
    return OK


async def _play_in(folder: Path, narrator: Narrator) -> None:
    async with staged(folder, start=_a_tuesday_morning()) as stage:
        narrator.say(f"portal {stage.portal.base_url}   Slack {stage.slack.base_url}   all on this machine")
        async with started(stage.settings) as running:
            theatre = Theatre(stage, running, narrator)
            for scene in SCENES:
                await scene(theatre)


def _a_tuesday_morning() -> datetime:
    """The next Tuesday at ten, UTC: inside the escalation team's hours."""
    now = datetime.now(UTC)
    days = (1 - now.weekday()) % 7 or 7
    return (now + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
