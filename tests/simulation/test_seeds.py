"""A few stories in each run of the tests; `make soak` plays many."""

from __future__ import annotations

import pytest

from tests.simulation.command import simulate

PARTS = ("1-8", "9-16")
"""About a second of a core for each seed."""


@pytest.mark.parametrize("seeds", PARTS)
def test_every_promise_is_kept_whatever_goes_wrong(seeds: str) -> None:
    """Presses of everybody, decisions in the portal, and up to nine faults in each story."""
    ended = simulate("--seeds", seeds)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
