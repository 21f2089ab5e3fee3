"""The forms of maintenance modes: a missing reason is told at the field, before anything is stored."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.maintenance.changing import end_now, open_extension, submit_extension
from bot.maintenance.starting import submit_start
from handlers.forms import missing_inputs
from handlers.routes import ROUTES


@pytest.mark.parametrize("view", [ids.MODE_VIEW, ids.MODE_EXTEND_VIEW])
@pytest.mark.parametrize(
    ("because", "is_missing"), [("", True), ("  ", True), ("an installer that unpacks", False)]
)
def test_a_mode_without_a_reason_is_told_at_its_field(view: str, because: str, is_missing: bool) -> None:
    told = missing_inputs(view, {ids.MODE_BECAUSE_BLOCK: because})
    assert (list(told) == [ids.MODE_BECAUSE_BLOCK]) is is_missing
    assert bool(told) is is_missing


def test_every_button_and_form_of_a_mode_leads_to_its_use_case() -> None:
    led = {
        ids.MODE_VIEW: submit_start,
        ids.MODE_END: end_now,
        ids.MODE_EXTEND: open_extension,
        ids.MODE_EXTEND_VIEW: submit_extension,
    }
    assert {name: ROUTES[name] for name in led} == led
