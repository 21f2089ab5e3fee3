"""Every way in from Slack leads somewhere, and what this version does not know is answered all the same."""

from __future__ import annotations

import re

import pytest

from bot.cards.kit import ids
from bot.models import EffectKind
from handlers.commands import SLASHES
from handlers.payloads import route_named
from handlers.routes import HOME_OPENED, ROUTES, SILENT, route_of, unknown
from tests.desk import Bench, text_of
from tests.handlers.bolt import click

NAMES = {
    value: name
    for name, value in vars(ids).items()
    if isinstance(value, str) and re.fullmatch(r"[a-z_.]+\.v[0-9]+", value)
}
"""Every name that Slack hands back to us, with its constant: those of buttons, and those of modals."""
ACTIONS = [value for value, name in NAMES.items() if not name.endswith("_VIEW")]
ONLY_SAY_SOMETHING = {ids.LOADING_VIEW, ids.DETAILS_VIEW, ids.SAID_VIEW}
SUBMITTED = [
    value for value, name in NAMES.items() if name.endswith("_VIEW") and value not in ONLY_SAY_SOMETHING
]


def test_the_names_are_found() -> None:
    assert {ids.CLAIM, ids.POLICY_CREATE, ids.MORE} <= set(ACTIONS)
    assert {ids.APPROVE_VIEW, ids.NOT_NOW_VIEW} <= set(SUBMITTED)


@pytest.mark.parametrize("action_id", [one for one in ACTIONS if one != ids.MORE])
def test_every_button_has_a_route_or_is_silent(action_id: str) -> None:
    assert (action_id in ROUTES) is not (action_id in SILENT)


@pytest.mark.parametrize("word", ids.MORE_WORDS)
def test_every_option_of_the_overflow_menu_has_a_route_or_is_silent(word: str) -> None:
    chosen = click({"action_id": ids.MORE, "selected_option": {"value": f"{word}:c1.1"}})
    route = route_named(chosen)
    assert (route in ROUTES) is not (route in SILENT)


@pytest.mark.parametrize("callback_id", SUBMITTED)
def test_every_submitted_modal_has_a_route(callback_id: str) -> None:
    assert callback_id in ROUTES


@pytest.mark.parametrize("name", [*sorted(SLASHES), HOME_OPENED])
def test_every_command_and_the_home_have_a_route(name: str) -> None:
    assert name in ROUTES


def test_modals_that_only_say_something_cannot_be_submitted() -> None:
    assert not ONLY_SAY_SOMETHING & ROUTES.keys()


async def test_a_button_of_another_version_is_answered_and_recorded(bench: Bench) -> None:
    """P4."""
    press = await bench.press("ana", "case.approve_computer.v0", await bench.arrive())
    assert route_of(press) is unknown
    assert "another version" in await bench.do(route_of(press), press)
    assert (await bench.last("press_unknown_route")).facts == {"press": "case.approve_computer.v0"}


@pytest.mark.parametrize("name", sorted(ROUTES))
async def test_every_route_answers_a_press_of_somebody_who_may_nothing(bench: Bench, name: str) -> None:
    """P4: whatever was pressed, and even by a guest, the press ends with an answer to the presser alone."""
    case = await bench.arrive()
    bench.said.clear()
    press = await bench.press("gus", name, case)
    await ROUTES[name](bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    said = [one for one in await bench.say() if one.kind is not EffectKind.CARD]
    assert said
    assert {one.slack_user_id for one in said} == {press.slack_user_id}
    assert all(text_of(one) for one in said)
