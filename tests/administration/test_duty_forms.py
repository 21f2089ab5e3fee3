"""The forms of whoever stands on a rota: they offer what is theirs, and a submission is judged like a typed order."""

from __future__ import annotations

from typing import Any

import pytest

from bot.administration.duty_forms import (
    open_away,
    open_swap,
    open_take,
    submit_away,
    submit_swap,
    submit_take,
)
from bot.cards.kit import ids
from bot.models import Effect, EffectKind, PressKind
from bot.models.rotas import RotaSection
from tests.administration.office import Office
from tests.administration.test_duty import WEEK, duty, rotas, swaps
from tests.administration.test_form import options
from tests.desk import UseCase, text_of

SUBMITS: dict[str, UseCase] = {
    ids.TAKE_VIEW: submit_take,
    ids.SWAP_VIEW: submit_swap,
    ids.AWAY_VIEW: submit_away,
}


@pytest.fixture
async def desk(office: Office) -> Office:
    rotas(office, front={"zone": "UTC", "people": ["kim"], "starts": "2027-01-01"})
    return office


async def opened(office: Office, who: str, use_case: UseCase, name: str) -> list[Effect]:
    press = await office.bench.press(who, name, case_id="", revision=0)
    await use_case(office.bench.desk, press)
    assert await office.bench.ledger.waiting_presses() == 0
    return [each for each in await office.bench.say() if each.kind is EffectKind.MODAL]


async def submitted(office: Office, who: str, view: str, **values: str) -> str:
    press = await office.bench.press(who, view, kind=PressKind.MODAL, values=values, case_id="", revision=0)
    return " ".join((await office.bench.do(SUBMITS[view], press)).split())


async def test_each_form_offers_what_is_the_pressers_own(desk: Office) -> None:
    [form] = await opened(desk, "ana", open_take, ids.DUTY_TAKE)
    assert form.trigger_id
    assert options(form.view, ids.ROTA_BLOCK) == ["week"]
    [form] = await opened(desk, "ana", open_swap, ids.DUTY_SWAP)
    assert options(form.view, ids.ROTA_BLOCK) == ["week"]
    assert options(form.view, ids.PERSON_BLOCK) == ["bo", "hal"]
    [form] = await opened(desk, "ana", open_away, ids.DUTY_AWAY)
    assert form.view["callback_id"] == ids.AWAY_VIEW
    assert (await desk.bench.last("form_opened")).facts["form"] == "duty_away"


@pytest.mark.parametrize("use_case", [open_take, open_swap, open_away])
async def test_who_stands_on_no_rota_reads_that_and_a_stranger_no_form(
    desk: Office, use_case: UseCase
) -> None:
    [form] = await opened(desk, "eve", use_case, ids.DUTY_TAKE)
    assert "You stand on no rota" in text_of(form)
    assert await opened(desk, "gus", use_case, ids.DUTY_TAKE) == []


async def test_who_stands_alone_on_a_rota_reads_that_there_is_nobody_to_swap_with(desk: Office) -> None:
    [form] = await opened(desk, "kim", open_swap, ids.DUTY_SWAP)
    assert "nobody to swap with" in text_of(form)


@pytest.mark.parametrize("until", ["18:00", "until 18:00", "for 8h"])
async def test_a_taken_turn_ends_when_it_was_said(desk: Office, until: str) -> None:
    values = {ids.ROTA_BLOCK: "week", ids.UNTIL_BLOCK: until, ids.REASON_BLOCK: "Ana is ill"}
    assert "Bo Lindqvist has the turn of week" in await submitted(desk, "bo", ids.TAKE_VIEW, **values)
    [change] = await duty(desk)
    assert (change.ends.hour, change.reason) == (18, "Ana is ill")


async def test_a_swap_and_an_absence_are_those_that_a_command_makes(desk: Office) -> None:
    values = {
        ids.ROTA_BLOCK: "week",
        ids.WHEN_BLOCK: "friday",
        ids.PERSON_BLOCK: "bo",
        ids.THEIRS_BLOCK: "2026-11-26",
    }
    assert "Bo Lindqvist is asked" in await submitted(desk, "ana", ids.SWAP_VIEW, **values)
    [offer] = await swaps(desk)
    assert (offer.starts.day, offer.their_starts.day) == (20, 26)
    assert "is out of office" in await submitted(desk, "ana", ids.AWAY_VIEW, **{ids.WHEN_BLOCK: "tomorrow"})


@pytest.mark.parametrize(
    ("who", "view", "values", "said"),
    [
        ("bo", ids.TAKE_VIEW, {ids.ROTA_BLOCK: "gone"}, "There is no rota and no tier"),
        ("bo", ids.TAKE_VIEW, {ids.ROTA_BLOCK: "week", ids.UNTIL_BLOCK: "some day"}, "do not know the time"),
        ("bo", ids.TAKE_VIEW, {ids.ROTA_BLOCK: "week", ids.REASON_BLOCK: "."}, "does not say why"),
        ("eve", ids.TAKE_VIEW, {ids.ROTA_BLOCK: "week"}, "takes the right to administer them"),
        (
            "ana",
            ids.SWAP_VIEW,
            {ids.ROTA_BLOCK: "week", ids.WHEN_BLOCK: "friday"},
            "holds nothing where you may ask",
        ),
        ("eve", ids.AWAY_VIEW, {ids.WHEN_BLOCK: "friday"}, "stands on no rota"),
        ("ana", ids.AWAY_VIEW, {}, "do not know the time"),
        ("gus", ids.TAKE_VIEW, {ids.ROTA_BLOCK: "week"}, "Guests may not"),
        ("gus", ids.SWAP_VIEW, {}, "Guests may not"),
        ("gus", ids.AWAY_VIEW, {}, "Guests may not"),
    ],
)
async def test_a_submission_is_judged_anew(
    desk: Office, who: str, view: str, values: dict[str, Any], said: str
) -> None:
    assert said in await submitted(desk, who, view, **values)
    assert (await duty(desk), await swaps(desk)) == ((), ())


async def test_the_buttons_stand_under_the_look_up_of_whoever_stands_on_a_rota(desk: Office) -> None:
    assert "[Take over…]" in await desk.types("ana", "oncall")
    assert "[Swap…]" in await desk.types("ana", "oncall leads week")
    assert "[Take over…]" not in await desk.types("eve", "oncall")
    desk.bench.with_rules(
        rotas={**desk.bench.desk.rules.rotas, "week": RotaSection.model_validate(WEEK | {"people": ["bo"]})}
    )
    assert "[Out of office…]" not in await desk.types("ana", "oncall")
