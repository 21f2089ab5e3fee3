"""The shortest story that still breaks the same promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.simulation.story import Happening, Story

MOST_TRIES = 80
"""A minute or two (our choice)."""


def shortest(story: Story, breaks: Callable[[Story], bool]) -> Story:
    """Leave out halves, then quarters, down to single happenings, as long as `breaks` still says yes."""
    tries, size = 0, max(1, len(story.happenings) // 2)
    while tries < MOST_TRIES:
        shorter, used = _one_round(story, size, breaks, MOST_TRIES - tries)
        tries += used
        if len(shorter.happenings) == len(story.happenings):
            if size == 1:
                break
            size = max(1, size // 2)
        story = shorter
    return story


def _one_round(story: Story, size: int, breaks: Callable[[Story], bool], most: int) -> tuple[Story, int]:
    used = 0
    for part in _parts(story.happenings, size):
        if used >= most:
            break
        candidate, used = story.without(part), used + 1
        if breaks(candidate):
            story = candidate
    return story, used


def _parts(happenings: Sequence[Happening], size: int) -> list[Sequence[Happening]]:
    return [happenings[at : at + size] for at in range(0, len(happenings), size)]
