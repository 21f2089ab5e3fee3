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
    first, again = (simulate("3", SEED_WITH_A_FAILOVER, "--trace") for _ in range(2))
    assert first.returncode == again.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
    lines = first.stdout.splitlines()[:-1]
    assert lines == again.stdout.splitlines()[:-1]
    ends = [number for number, line in enumerate(lines) if "kept:" in line]
    assert len(ends) == 2
    assert min(ends[0], ends[1] - ends[0]) > 2000, ends
    assert len({lines[end].split("kept:")[1].split()[0] for end in ends}) == 2
