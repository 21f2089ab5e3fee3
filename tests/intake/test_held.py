"""What comes outside the hours may wait for them: the card says until when, and so does a word to whom it asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.case.card import render_case
from bot.escalation.steps import take_due_steps
from bot.models import Case, DueKind, Effect, PlanSection
from tests.cards.reading import read
from tests.desk import Bench, text_of

HOLD = {"kinds": ["elevation"], "outside": "hold"}
RITA = "rita@brightwater.example"


async def evening(bench: Bench, **plan: Any) -> str:
    """Ten in the evening; the Slack id of somebody who asks."""
    bench.with_rules(plans={"lift": PlanSection.model_validate(HOLD | plan)})
    await bench.advance(hours=12)
    return bench.slack.add_person("rita", email=RITA)


async def asked(bench: Bench, **choices: Any) -> Case:
    bench.said.clear()
    return await bench.arrive("elevate", email=RITA, **choices)


def told(bench: Bench) -> list[Effect]:
    return [one for one in bench.said if one.effect_id.startswith("held:")]


async def test_whose_request_is_held_until_morning_hears_when_that_is(bench: Bench) -> None:
    rita = await evening(bench)
    case = await asked(bench)
    assert case.requests[0].facts.requestor_email == RITA
    [word] = told(bench)
    assert (word.slack_user_id, word.channel_id) == (rita, "")
    assert "Your request came outside working hours. It is held until" in text_of(word)
    assert "2026-11-19 08:00 UTC" in word.text
    blocks = render_case(case, bench.desk.rules, bench.desk.now()).blocks
    assert "Held until" in read(blocks)
    morning = render_case(case, bench.desk.rules, bench.desk.now() + timedelta(hours=10)).blocks
    assert "Due " in read(morning)


async def test_who_joins_a_held_case_hears_it_too(bench: Bench) -> None:
    await evening(bench)
    bench.said.clear()
    bench.portal.raise_everywhere("elevate", bench.computers()[:2], email=RITA)
    await bench.poll()
    await bench.say()
    assert len(await bench.events("request_joined")) == 1
    assert [one.channel_id for one in told(bench)] == ["", ""]
    assert await bench.events("requestor_told")


@pytest.mark.parametrize("email", ["stranger@brightwater.example", ""])
async def test_whom_slack_does_not_know_hears_nothing(bench: Bench, email: str) -> None:
    """The card says it all the same, to whoever is called by phone."""
    await evening(bench)
    case = await bench.arrive("elevate", email=email)
    assert told(bench) == []
    plan = case.requests[0].plan
    assert plan is not None
    assert plan.starts_at is not None


async def test_in_the_hours_nothing_is_held(bench: Bench) -> None:
    bench.with_rules(plans={"lift": PlanSection.model_validate(HOLD)})
    bench.slack.add_person("rita", email=RITA)
    case = await asked(bench)
    assert told(bench) == []
    assert "Due " in read(render_case(case, bench.desk.rules, bench.desk.now()).blocks)


async def test_a_held_request_calls_nobody_before_its_ceiling_in_the_morning(bench: Bench) -> None:
    await evening(bench)
    await asked(bench)
    await bench.advance(hours=10, minutes=14)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    assert not [one for one in await bench.say() if one.is_call]
    await bench.advance(minutes=1)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    assert len([one for one in await bench.say() if one.is_call]) == 1
