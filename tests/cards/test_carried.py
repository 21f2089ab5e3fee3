"""What a form carries unseen comes back as it went, and never takes more room than Slack gives it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.kit.carried import Carried, carried, hiding, opened_in
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import PRIVATE_METADATA
from bot.cards.kit.words import units

VIEW = {"type": "modal", "private_metadata": "c1.2:w-1"}


@given(hidden=st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=8))
def test_what_is_laid_beside_the_reference_comes_back(hidden: dict[str, str]) -> None:
    view = hiding(opened_in(VIEW, "C0123CARDS"), hidden)
    assert carried(view["private_metadata"]) == Carried(str(CaseRef("c1", 2, "w-1")), "C0123CARDS", hidden)


def test_a_form_of_an_older_version_holds_its_reference_alone() -> None:
    assert carried("c1.2") == Carried("c1.2")
    assert carried("") == Carried()


def test_a_form_without_a_case_knows_its_channel_too() -> None:
    assert carried(opened_in({"private_metadata": ""}, "D1")["private_metadata"]) == Carried("", "D1")


@pytest.mark.parametrize(
    "metadata", ["c1.2@c1", "c1.2@C1 C2", "c1.2@", "c1.2@U1", "c1.2@C1@C2", "c1.2@<!here>"]
)
def test_what_is_no_channel_is_none(metadata: str) -> None:
    assert carried(metadata) == Carried("c1.2")


@pytest.mark.parametrize("hidden", ["[1]", "{", '{"reason": 1}', "null", "\ud800"])
def test_hidden_text_that_is_none_of_ours_is_left_out(hidden: str) -> None:
    assert carried(f"c1.2@C1|{hidden}") == Carried("c1.2", "C1")


@pytest.mark.parametrize("letter", ["a", '"', "\\", "\n", "😀"])
def test_what_does_not_fit_goes_whole_and_the_longest_first(letter: str) -> None:
    held = {"short": "kept", "long": letter * 1600, "longest": letter * 1700}
    view = hiding(VIEW, held)
    assert units(view["private_metadata"]) <= PRIVATE_METADATA
    back = carried(view["private_metadata"]).hidden
    assert back["short"] == "kept"
    assert all(held[name] == text for name, text in back.items())
    assert "longest" not in back
