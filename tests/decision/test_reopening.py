"""What a submission leaves behind that changed nothing: its text, for an hour, for whoever typed it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.cards.kit.blocks import refilled
from bot.decision.forms import submit_approval
from bot.models import EffectKind, PressKind
from handlers.routes import OPENERS, ROUTES, reopen_form
from tests.decision.dialogue import inputs
from tests.desk import Bench, text_of


async def late(bench: Bench, who: str = "ana") -> tuple[Any, Any]:
    """A submission that waited too long; its case, and what its presser was told."""
    case = await bench.arrive()
    at = bench.clock.now() - timedelta(minutes=11)
    press = await bench.press(
        who,
        ids.APPROVE_VIEW,
        case,
        kind=PressKind.MODAL,
        view_id="V1",
        message_ts="",
        response_url="",
        values={"reason": "Month end"},
        received_at=at,
    )
    await submit_approval(bench.desk, press)
    (told,) = [one for one in await bench.say() if one.kind is EffectKind.ANSWER]
    return case, told


def way_back(told: Any) -> str:
    """The value of “Open the form again”."""
    [row] = [block for block in told.blocks if block.get("block_id") == ids.REOPEN_BLOCK]
    return str(row["elements"][0]["value"])


async def test_a_form_that_comes_too_late_is_opened_again_with_what_was_typed(bench: Bench) -> None:
    case, told = await late(bench)
    assert "press again" in " ".join(text_of(told).split())
    press = await bench.press("ana", ids.REOPEN, values={"more": way_back(told)})
    await reopen_form(bench.desk, press)
    form = [one for one in await bench.say() if one.kind is EffectKind.MODAL][-1]
    assert inputs(form.view)[ids.REASON_BLOCK]["initial_value"] == "Month end"
    assert form.case_id == case.case_id
    assert bench.portal.decisions == []


@pytest.mark.parametrize("value", ["", "p0", "*", "c1.2"])
async def test_what_is_not_kept_is_said(bench: Bench, value: str) -> None:
    press = await bench.press("ana", ids.REOPEN, values={"more": value})
    await reopen_form(bench.desk, press)
    (told,) = await bench.say()
    assert "is kept for an hour" in " ".join(text_of(told).split())
    assert await bench.ledger.waiting_presses() == 0


def test_each_form_that_says_so_can_be_opened_again() -> None:
    assert OPENERS.keys() == ids.REOPENED
    assert ROUTES.keys() >= ids.REOPENED
    assert ROUTES[ids.REOPEN] is reopen_form


def element(kind: str, **held: Any) -> dict[str, Any]:
    """A form with one input."""
    return {"blocks": [{"type": "input", "block_id": "b", "element": {"type": kind, **held}}]}


A, B = {"value": "a"}, {"value": "b"}


@pytest.mark.parametrize(
    ("form", "value", "stands"),
    [
        (element("plain_text_input", max_length=3), "abcdef", {"initial_value": "abc"}),
        (element("plain_text_input", initial_value="x"), "", {}),
        (element("radio_buttons", options=[A, B], initial_option=A), "b", {"initial_option": B}),
        (element("radio_buttons", options=[A, B], initial_option=A), "gone", {"initial_option": A}),
        (element("static_select", options=[A, B]), "", {}),
        (
            element("static_select", option_groups=[{"options": [A]}, {"options": [B]}]),
            "b",
            {"initial_option": B},
        ),
        (element("multi_static_select", options=[A, B]), "b,gone", {"initial_options": [B]}),
        (element("checkboxes", options=[A], initial_options=[A]), "", {}),
        (element("users_select"), "U1", {"initial_user": "U1"}),
        (element("datepicker", initial_date="2026-01-01"), "2026-02-01", {"initial_date": "2026-02-01"}),
    ],
)
def test_every_kind_of_input_takes_back_what_was_entered(
    form: dict[str, Any], value: str, stands: dict[str, Any]
) -> None:
    [block] = refilled(form, {"b": value})["blocks"]
    assert {name: held for name, held in block["element"].items() if name.startswith("initial_")} == stands
    assert refilled(form, {}) == form
