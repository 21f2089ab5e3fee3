"""A morning of the recorded shift costs no more than it does today; `make shift` plays the whole day."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from statistics import median

import pytest

from tests.shift.figures import Shift, shift
from tests.shift.recorded import LASTS, recorded
from tests.shift.tally import THREADS

_MORNING = timedelta(hours=4)


@pytest.fixture(scope="module")
def morning() -> Shift:
    """The first four hours, played once."""
    return asyncio.run(shift(_MORNING))


def test_every_card_of_the_morning_says_what_the_portal_says(morning: Shift) -> None:
    assert not morning.untrue
    assert morning.requests == len([asked for asked in recorded() if asked.after <= _MORNING])


def test_the_morning_costs_no_more_than_it_did(morning: Shift) -> None:
    """A little room for each, since the stand-ins' clock ticks on while a busy machine plays."""
    tally, work = morning.tally, morning.work
    figures = {
        "cards": (tally.cards, 83),
        "presses": (work.presses, 158),
        "fields typed into": (work.typed, 6),
        "mentions of a group": (morning.mentions, 96),
        "mentions of a person": (tally.person_mentions, 0),
        "messages in the card channel": (tally.messages["card"], 88),
        "messages in threads": (tally.messages[THREADS], 140),
        "messages in the escalation channel": (tally.messages["escalation"], 36),
        "words of a card with its answer": (median(work.read_words), 250),
        "seconds of reading": (morning.seconds_of_reading, 94),
    }
    assert not {figure: pair for figure, pair in figures.items() if pair[0] > pair[1]}, "counted, allowed"


def test_the_recording_is_whole() -> None:
    whole = recorded()
    assert len(whole) == 142
    assert [asked.after for asked in whole] == sorted(asked.after for asked in whole)
    assert whole[-1].after < LASTS
    assert sum(asked.is_unusual for asked in whole) == 2
