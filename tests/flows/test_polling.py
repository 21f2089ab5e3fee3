"""P3: the portal is looked at often enough, by however many replicas, whoever of them dies."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from bot.app import started
from tests.flows.scene import Scene, set_scene

LIST = "ApprovalRequestGetByParameters"
EVERY = {"portal": {"poll_busy_s": 4, "poll_idle_s": 4}}


def _looks(scene: Scene) -> list[float]:
    """When a look at the portal began, in seconds; two calls that follow each other at once belong to one look."""
    times = [call.at.timestamp() for call in scene.stage.portal.traffic if call.action == LIST]
    return times[:1] + [after for before, after in pairwise(times) if after - before > 0.5]


async def test_p3_looks_are_never_further_apart_than_the_setting_says(tmp_path: Path) -> None:
    """Two replicas share the looks; one of them ends, and the other goes on in time."""
    async with set_scene(tmp_path, overrides=EVERY) as scene:
        await scene.carded()
        async with started(scene.stage.settings, replica_id="bot-2"):
            await scene.until(lambda: _at_least(scene, 4), patience_s=30)
        await scene.until(lambda: _at_least(scene, 6), patience_s=30)
        gaps = [timedelta(seconds=after - before) for before, after in pairwise(_looks(scene))]
        # Half a second for two busy cores.
        assert max(gaps) <= timedelta(seconds=4.5), gaps


async def _at_least(scene: Scene, count: int) -> bool:
    return len(_looks(scene)) >= count
