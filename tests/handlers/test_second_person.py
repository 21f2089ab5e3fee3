"""What the second person's modal carries, and what its forms need before they are stored."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.cards.kit.ids import CaseRef
from handlers import payloads
from handlers.forms import missing_inputs
from tests.cards.samples import NOW
from tests.handlers.bolt import click, submission

SHOWN = CaseRef("c1", 2, "w-p00")


@pytest.mark.parametrize("ref", [CaseRef("c1", 2), SHOWN, CaseRef("c1.s2", 30, "w-p_0-A")])
def test_a_reference_comes_back_as_it_went_out(ref: CaseRef) -> None:
    assert ids.parse_ref(str(ref)) == ref


@pytest.mark.parametrize("value", ["c1.2:", "c1.2:w 1", "c1.2:w:1", "c1:w.2", ":w", "c1.2:<!channel>"])
def test_anything_else_is_no_reference(value: str) -> None:
    assert ids.parse_ref(value) is None


def test_a_submission_says_what_waited_when_its_modal_was_drawn() -> None:
    """P8: what was shown is what is agreed to."""
    view = {"callback_id": ids.SECOND_VIEW, "private_metadata": str(SHOWN)}
    press = payloads.modal_press(submission(view), NOW)
    assert (press.name, press.case_id, press.revision) == (ids.SECOND_VIEW, "c1", 2)
    assert press.values[ids.AWAITED] == "w-p00"


def test_a_button_inside_that_modal_says_it_too() -> None:
    view = {"id": "V1", "type": "modal", "callback_id": ids.SECOND_VIEW, "private_metadata": str(SHOWN)}
    pressed = click({"action_id": ids.SEND_BACK_MODAL, "value": str(SHOWN)}, view=view)
    press = payloads.button_press(pressed, NOW)
    assert (press.name, press.case_id, press.view_id) == (ids.SEND_BACK_MODAL, "c1", "V1")
    assert press.values[ids.AWAITED] == "w-p00"


def test_a_modal_of_one_case_alone_says_nothing_of_it() -> None:
    assert ids.AWAITED not in payloads.modal_press(submission(), NOW).values


def test_an_input_cannot_pretend_what_waited() -> None:
    """The modal's own reference wins over an input of that name."""
    state = {"values": {ids.AWAITED: {ids.INPUT: {"type": "plain_text_input", "value": "w-forged"}}}}
    view = {"callback_id": ids.SECOND_VIEW, "private_metadata": str(SHOWN), "state": state}
    assert payloads.modal_press(submission(view), NOW).values[ids.AWAITED] == "w-p00"


@pytest.mark.parametrize("reason", ["", "   "])
def test_sending_back_needs_a_sentence(reason: str) -> None:
    assert list(missing_inputs(ids.SEND_BACK_VIEW, {ids.REASON_BLOCK: reason})) == [ids.REASON_BLOCK]


def test_agreeing_needs_nothing_typed() -> None:
    assert missing_inputs(ids.SECOND_VIEW, {}) == {}
    assert missing_inputs(ids.SEND_BACK_VIEW, {ids.REASON_BLOCK: "Why?"}) == {}
