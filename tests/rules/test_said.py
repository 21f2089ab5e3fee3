"""Words that say something: what a hurry types into a required field is told, and every honest short answer passes."""

from __future__ import annotations

import pytest

from bot.rules.typed import says, validation_faults


@pytest.mark.parametrize(
    "text", ["", " ", "x", "xx", "xxxxxx", "...", "--", "n/a", "N/A.", "ok", "asdf", "TBD", "- -", "yes"]
)
def test_what_says_nothing(text: str) -> None:
    assert not says(text)


@pytest.mark.parametrize("text", ["USB", "Lee", "Called", "new laptop", "審査済み", "für Ana", "ticket 4711"])
def test_what_says_something(text: str) -> None:
    assert says(text)


@pytest.mark.parametrize(
    ("how", "who", "faulty"),
    [
        ("Called the vendor", "Lee", (False, False)),
        ("Detonated", "Mia Brandt, logistics", (False, False)),
        ("", "", (True, True)),
        ("x", "y", (True, True)),
        ("x", "Mia Brandt", (True, False)),
        ("Scanned in the lab", "y", (False, True)),
        ("Mia Brandt", "mia  brandt.", (False, True)),
        ("tests", "n/a", (False, True)),
        ("ok", "Mia Brandt", (True, False)),
        ("aaaaaaaaaa", "bbbbbbbb", (True, True)),
    ],
)
def test_validation_and_confirmation_both_say_something_and_not_the_same(
    how: str, who: str, faulty: tuple[bool, bool]
) -> None:
    told = validation_faults(how, who)
    assert tuple(map(bool, told)) == faulty
    if faulty[0]:
        assert "how was it validated?" in told[0]
    if faulty[1]:
        assert "who in the business confirmed?" in told[1]


def test_the_sentence_says_what_is_wanted() -> None:
    how, who = validation_faults("x", "y")
    assert "Say it in words, what was done and seen; “x” tells nothing." in how
    assert "a name and what that person is; “y” tells nothing." in who
    assert "The same text twice" in validation_faults("tested by Mia", "Tested by Mia")[1]
