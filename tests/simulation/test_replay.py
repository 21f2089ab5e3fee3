"""A seed is one story: played again it is the same, step by step, and another seed is another one."""

from __future__ import annotations

import pytest

from tests.simulation.command import simulate

pytestmark = pytest.mark.timeout(600)
"""Seconds of a core, which on a busy machine are minutes."""

SEED_WITH_A_FAILOVER = "5"


def test_a_seed_played_twice_leaves_the_same_trace_and_another_seed_another() -> None:
    """Every call at every door, at the same moment, with the same outcome; the log's lines too.

    The digest is of what happened, not of the seed's number alone.
    """
    digests = set()
    for seed in ("3", SEED_WITH_A_FAILOVER):
        first, again = (simulate(seed, "--trace") for _ in range(2))
        assert first.returncode == again.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
        lines = first.stdout.splitlines()[:-1]
        assert len(lines) > 2000, seed
        assert lines == again.stdout.splitlines()[:-1], seed
        assert "kept:" in first.stdout, seed
        digests.add(first.stdout.split("kept:")[1][:20])
    assert len(digests) == 2
