"""The simulation can fail: faults that are planted into the bot are found, each within a few seeds."""

from __future__ import annotations

import os
import re

import pytest

from tests.simulation.command import simulate
from tests.simulation.planted import PLANTED

pytestmark = pytest.mark.timeout(600)
"""Seconds of a core, which on a busy machine are minutes."""

FOUND_BY = {
    "send_twice": "P2: ",
    "repeat_when_silent": "P2: ",
    "forget_the_not_after": "P2: ",
    "skip_the_permission_check": "P1: ",
    "draw_a_stale_card": "P3: ",
    "lose_presses": "P4: ",
    "answer_nobody": "P4: ",
    "say_nothing_was_done": "P4: ",
    "acknowledge_unstored": "P4: ",
    "never_escalate": "P6: ",
    "take_every_decision_for_ours": "P7: ",
}
"""Which promise each fault breaks."""


def test_each_plant_is_looked_for() -> None:
    assert set(FOUND_BY) == set(PLANTED)


@pytest.mark.skipif("CI" not in os.environ, reason="plants eleven faults: in CI only")
def test_each_planted_fault_is_found() -> None:
    """Mostly by one of the first, and by one of 48 whatever stories these are; the promise it breaks is named.

    The simulation is loaded once for all: each seed is played in a child of its own, into which the fault is planted.
    """
    ended = simulate("--seeds", "1-48", "--quick", "--until-broken", "--plant", *FOUND_BY)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    told = ended.stdout.split("PLANTED ")[1:]
    found = {one.split("\n", 1)[0]: re.findall(r" BROKEN at \S+ s: (P\d+: )", one) for one in told}
    assert found == {plant: [promise] for plant, promise in FOUND_BY.items()}, ended.stdout


def test_a_failing_seed_tells_its_shortest_story_which_fails_again() -> None:
    """Little is left of it: the request, the press that nobody may make, and what was heard last."""
    ended = simulate("4", "--plant", "skip_the_permission_check")
    assert ended.returncode == 1
    story = ended.stdout.split("seed 4: ")[1].split("BROKEN")[0]
    assert 1 < len(story.splitlines()) <= 5, story
    assert "the last that was heard:" in ended.stdout
