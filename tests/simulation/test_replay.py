"""A seed is one story: played again it is the same, step by step."""

from __future__ import annotations

import pytest

from tests.simulation.command import simulate

pytestmark = pytest.mark.timeout(600)
"""Seconds of a core, which on a busy machine are minutes."""

SEED_WITH_A_FAILOVER = "5"


@pytest.mark.parametrize("seed", ["3", SEED_WITH_A_FAILOVER])
def test_a_seed_played_twice_leaves_the_same_trace(seed: str) -> None:
    """Every call at every door, at the same moment, with the same outcome; the log's lines too."""
    first, again = (simulate(seed, "--trace") for _ in range(2))
    assert first.returncode == again.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
    lines = first.stdout.splitlines()[:-1]
    assert len(lines) > 2000
    assert lines == again.stdout.splitlines()[:-1]


def test_another_seed_is_another_story() -> None:
    """The digest is of what happened, not of the seed's number alone."""
    told = [simulate(seed, "--quick").stdout for seed in ("3", "5")]
    assert "kept:" in told[0]
    assert told[0].split("kept:")[1][:20] != told[1].split("kept:")[1][:20]
