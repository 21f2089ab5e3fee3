"""A few stories in each run of the tests, sixteen in CI's; `make seeds` and `make soak` play many."""

from __future__ import annotations

import os

import pytest

from tests.simulation.command import simulate

pytestmark = pytest.mark.timeout(600)
"""Seconds of a core, which on a busy machine are minutes."""

SEEDS = "1-16"
"""About a second of a core for each."""


@pytest.mark.skipif("CI" not in os.environ, reason="plays sixteen seeds: in CI only")
def test_every_promise_is_kept_whatever_goes_wrong_and_every_way_is_met() -> None:
    """Presses of everybody, decisions in the portal, a dozen faults; no way of `met.py` is left out."""
    ended = simulate("--seeds", SEEDS, "--jobs", "2", "--met")
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]


def test_seeds_that_leave_a_way_out_fail_and_name_it() -> None:
    """A promise that was never put to the test was not kept there; first it is tried with as many seeds more."""
    ended = simulate("--seeds", "1-2", "--met")
    assert ended.returncode == 1
    assert "4 seeds, 0 failed" in ended.stdout, ended.stdout
    assert "NEVER MET by these seeds: P2: " in ended.stdout
