"""What the checker of a story asks, where the question itself was wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest

from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.slack.deliveries import Attempt, Delivery
from tests.chat.conftest import MANIFEST
from tests.simulation.people import People, Pressed
from tests.simulation.promises import Promises
from tests.simulation.record import Broken, Told
from tests.simulation.virtual import START

NOBODY: Any = None
"""For the doors that are not asked here."""


class Room:
    """A channel with Eve in it, and what the checker has seen of her."""

    def __init__(self) -> None:
        self.slack = SlackSandbox(load_manifest(MANIFEST))
        self.eve = self.slack.add_person("eve")
        self.channel = self.slack.add_channel("card", private=True, members=[self.eve])
        self.people = People(self.slack, {"eve": self.eve}, self.channel, NOBODY, Counter())
        self.promises = Promises(NOBODY, NOBODY, self.slack, NOBODY, self.people, {"card": self.channel})

    def tells(self) -> float:
        """Eve is told something that nobody else sees; when, in seconds of the story."""
        args = {"channel": self.channel, "user": self.eve, "text": "Handed over."}
        _, body, _ = self.slack.api.answered("chat.postEphemeral", args, self.slack.bot_token)
        return float(cast("str", body["message_ts"])) - START.timestamp()

    def submits(self, press_id: str, at_s: float, *, acked: bool) -> None:
        """She submits a form, and Slack hears of its arrival or does not."""
        attempt = Attempt("socket", "r0", acked=acked, after_s=0.1)
        delivery = Delivery("1", "interactive", {}, attempts=[attempt])
        self.people.pressed.append(
            Pressed("eve", at_s, press_id, "case.hand_over.v1", "", deliveries=[delivery])
        )

    def records(self, press_id: str) -> None:
        """The record tells of the press."""
        told = Told(1, 0.0, "handed_over", "c1", "", press_id, "eve", {})
        self.promises.record.append(told)


@pytest.fixture
def room() -> Room:
    """An empty one."""
    return Room()


def test_a_form_that_is_submitted_again_is_answered_by_what_its_first_submission_was_told(room: Room) -> None:
    """Its replica stood still and acknowledged nothing, then carried it out and told her; it is one press."""
    told_at_s = room.tells()
    room.submits("p1", told_at_s - 7.0, acked=False)
    room.submits("p1", told_at_s + 0.6, acked=True)
    room.records("p1")
    room.promises._check_press(room.people.pressed[-1])


@pytest.mark.parametrize("earlier", ["p0", ""])
def test_what_was_told_before_a_press_is_no_answer_to_it(room: Room, earlier: str) -> None:
    told_at_s = room.tells()
    if earlier:
        room.submits(earlier, told_at_s - 7.0, acked=False)
    room.submits("p1", told_at_s + 0.6, acked=True)
    room.records("p1")
    with pytest.raises(Broken, match="P4: eve was never told what became of"):
        room.promises._check_press(room.people.pressed[-1])
