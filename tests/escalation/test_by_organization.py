"""Who is called goes by the hours of the organization that it is about, whatever the reason of the call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.escalation.calling import call_elsewhere, call_for_lost_channel, escalate
from bot.escalation.steps import take_due_steps
from bot.models import DueKind, EffectKind
from bot.models.calendars import WEEKDAYS
from tests.app.test_desk import hours
from tests.desk import Bench, text_of
from tests.escalation.test_evidence import gathered
from tests.escalation.test_lost_channel import OwnChannel

Happening = Callable[[Bench], Awaitable[object]]


async def _is_late(bench: Bench) -> None:
    await bench.arrive()
    await bench.say()
    await bench.advance(minutes=16)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))


async def _is_unusual(bench: Bench) -> None:
    await gathered(bench, await bench.arrive(product="powershell"))


async def _is_asked_for_help(bench: Bench) -> None:
    await bench.do(escalate, await bench.press("hal", ids.ESCALATE, await bench.arrive()))


async def _spreads(bench: Bench) -> None:
    await bench.arrive_on(*bench.computers()[:5])


async def _floods(bench: Bench) -> None:
    bench.with_rules(backlog={"requests_of_an_organization_a_minute": 2})
    for computer in bench.computers()[:4]:
        bench.ask(computer=computer)
    await bench.poll()


async def _waits_in_heaps(bench: Bench) -> None:
    bench.with_rules(backlog={"summary_above": 2})
    for computer in bench.computers()[:4]:
        bench.ask(computer=computer, requested_at=bench.clock.now() - timedelta(hours=2))
    await bench.poll()


async def _has_lost_its_channel(bench: Bench) -> None:
    await bench.arrive()
    await bench.say()
    bench.said.clear()
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    await call_for_lost_channel(bench.desk, "C0OWN", "channel_gone:C0OWN:x")


async def _is_not_heard(bench: Bench) -> None:
    case = await bench.arrive()
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    await call_elsewhere(bench.desk, case)


HAPPENINGS = [
    _is_late,
    _is_unusual,
    _is_asked_for_help,
    _spreads,
    _floods,
    _waits_in_heaps,
    _has_lost_its_channel,
    _is_not_heard,
]


async def _calls(bench: Bench, happens: Happening) -> str:
    await happens(bench)
    await bench.say()
    return "\n".join(text_of(one) for one in bench.said if one.kind is EffectKind.MESSAGE)


@pytest.mark.parametrize("happens", HAPPENINGS)
async def test_by_day_the_approvers_are_called_for_an_organization_whose_hours_are_over(
    bench: Bench, happens: Happening
) -> None:
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    said, groups = await _calls(bench, happens), bench.desk.rules.escalation
    assert f"@{groups.approvers_user_group}" in said
    assert f"@{groups.team_user_group}" not in said


@pytest.mark.parametrize("happens", HAPPENINGS)
async def test_at_night_the_team_is_called_for_an_organization_that_it_works_for_around_the_clock(
    bench: Bench, happens: Happening
) -> None:
    always = dict.fromkeys(WEEKDAYS, "00:00-24:00")
    bench.with_rules(calendars={"always": hours(bench, "brightwater", **always)})
    await bench.advance(hours=12)
    said, groups = await _calls(bench, happens), bench.desk.rules.escalation
    assert f"@{groups.team_user_group}" in said
    assert f"@{groups.approvers_user_group}" not in said


async def test_elevation_calls_on_arrival_only_in_the_hours_of_its_organization(bench: Bench) -> None:
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    await bench.arrive("elevate")
    await bench.arrive("elevate", organization="juniper-hill")
    await bench.say()
    assert len([one for one in bench.said if one.effect_id.startswith("elevation:")]) == 1


FILE = {"product": "tideplan", "version": "4.1"}


async def _on_one_card(bench: Bench) -> None:
    """Three organizations ask for the same file; the team is not there for the first, so it has the approvers."""
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    bench.portal.raise_everywhere("execute", ["BRW-WS-001", "MRL-WS-002", "CVL-WS-003"], **FILE)
    await bench.poll()
    await bench.say()
    assert len({each.case.card for each in await bench.ledger.open_cases()}) == 1
    bench.said.clear()


async def test_cases_on_one_card_with_other_people_on_duty_are_called_for_apart(bench: Bench) -> None:
    """The call for one organization's people is no call for another's."""
    await _on_one_card(bench)
    await bench.advance(minutes=16)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    await bench.say()
    calls = [text_of(one) for one in bench.said if one.is_call]
    groups = bench.desk.rules.escalation
    assert sorted(f"@{groups.team_user_group}" in each for each in calls) == [False, True]
    assert sorted(f"@{groups.approvers_user_group}" in each for each in calls) == [False, True]


async def test_elevation_that_shares_a_card_calls_the_team_where_it_is_there(bench: Bench) -> None:
    """Nobody was called for the first one: its organization's hours are over."""
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    for computer in ("BRW-WS-001", "MRL-WS-002", "CVL-WS-003"):
        await bench.arrive("elevate", computer=computer, **FILE)
    await bench.say()
    called = [one for one in bench.said if one.effect_id.startswith("elevation:")]
    assert len(called) == 1
    assert len({each.case.card for each in await bench.ledger.open_cases()}) == 1
