"""The first hour of the recorded shift costs no more than it does today; `make shift` plays the whole day."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from statistics import median

import pytest

from tests.shift.figures import Shift, shift
from tests.shift.recorded import LASTS, recorded
from tests.shift.tally import THREADS

_FIRST_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", params=[(), ("plans",)], ids=["defaults", "plans"])
def played(request: pytest.FixtureRequest) -> Shift:
    """The first hour, played once by the defaults, and once with plans of its own, tiers and a rota."""
    return asyncio.run(shift(_FIRST_HOUR, *request.param))


def test_every_card_of_the_first_hour_says_what_the_portal_says(played: Shift) -> None:
    assert not played.untrue
    assert played.requests == len([asked for asked in recorded() if asked.after <= _FIRST_HOUR])


def test_the_first_hour_costs_no_more_than_it_did(played: Shift) -> None:
    """As a quiet machine plays it; on a busy one the stand-ins' clock ticks on, and a little less is pressed."""
    tally, work = played.tally, played.work
    figures = {
        "cards": (tally.cards, 11),
        "presses": (work.presses, 18),
        "fields typed into": (work.typed, 1),
        "mentions of a group": (played.mentions, 1),
        "mentions of a person": (tally.person_mentions, 5),
        "messages in the card channel": (tally.messages["card"], 16),
        "messages in threads": (tally.messages[THREADS], 17),
        "messages in the escalation channel": (tally.messages["escalation"], 2),
        "words of a card with its answer": (median(work.read_words), 43),
        "seconds of reading": (played.seconds_of_reading, 13),
    }
    assert not {figure: pair for figure, pair in figures.items() if pair[0] > pair[1]}, "counted, allowed"


def test_the_recording_is_whole() -> None:
    whole = recorded()
    assert len(whole) == 142
    assert [asked.after for asked in whole] == sorted(asked.after for asked in whole)
    assert whole[-1].after < LASTS
    assert sum(asked.is_unusual for asked in whole) == 2
