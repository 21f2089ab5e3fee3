"""A share of every crash point, others each day: three ways, so many of their sites, a kill or a pause at each.

`make soak WHAT=crashes` strikes at all of them. The seed is printed; `CRASH_SEED` plays the same share again.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime

import pytest

from tests.crashes.everything import points_of, run, share, trace_all
from tests.crashes.ways import WAYS

SEED = int(os.environ.get("CRASH_SEED", "") or datetime.now(UTC).toordinal())
_WAYS, _POINTS, _STAGES = 3, 36, 3


@pytest.mark.timeout(900)
async def test_p1_to_p10_hold_after_a_kill_and_after_a_pause_at_each_point_of_todays_share() -> None:
    """A site that the tracing run found and no strike came to is a fault too."""
    print(f"CRASH_SEED={SEED}")
    ways = random.Random(SEED).sample(WAYS, _WAYS)
    sites = await trace_all(ways, _STAGES, print)
    assert all(sites.values()), sites
    points = share([point for way in ways for point in points_of(way, sites[way.name])], _POINTS, SEED)
    report = await run(points, _STAGES, print)
    broken = {str(point): faults for point, faults in report.broken.items()}
    assert not broken, f"CRASH_SEED={SEED}: {broken}"
    assert not report.unexercised, f"CRASH_SEED={SEED}, never reached: {[*map(str, report.unexercised)]}"
