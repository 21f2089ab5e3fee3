"""A press reads its case when it begins, and Slack is told of what it is by then; nothing in between reads it again."""

from __future__ import annotations

from tests.desk import Bench
from tests.figures.reads import case_reads, reads_per_press


async def test_an_ordinary_approval_reads_its_case_three_times_at_most(bench: Bench) -> None:
    """Once at its beginning, once to draw the card, once for the card's thread."""
    calls = await reads_per_press(bench)
    assert calls["commit"] >= 4, "recorded, answered with yes, settled, told"
    assert case_reads(calls) <= 3, calls


async def test_more_requests_cost_a_press_no_more_readings(bench: Bench) -> None:
    """Each part goes on from where the last one has left the case."""
    assert case_reads(await reads_per_press(bench, requests=4)) <= 3
