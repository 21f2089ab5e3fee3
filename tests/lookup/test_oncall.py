"""`/gatehouse oncall`: who is on call, until when, who next, and the week; never to whoever may see no requests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.lookup import home
from bot.models import PressKind, Rules
from bot.models.rotas import AwaySection, RotaSection, TierSection
from handlers.commands import gatehouse
from rehearsal.portal.faults import FaultKind
from tests.lookup.house import House

VIEW = "View Approvals"


async def asked(house: House, slack_id: str, text: str = "oncall") -> str:
    return (await house.ask(gatehouse, slack_id, text, name="/gatehouse")).text


def with_rota(house: House, tier: dict[str, Any] | None = None, **said: Any) -> None:
    """A tier `leads` with a rota of days: the first of its people has the turn since yesterday at midnight."""
    begins = (house.desk.now() - timedelta(days=1)).date()
    usual = {"zone": "UTC", "people": ["alex", "bo"], "starts": begins, "hand_over": "mon-sun 00:00"}
    gone = {"zoe": AwaySection.model_validate({"times": f"{begins}"})}
    rules = Rules(
        tiers={
            "leads": TierSection.model_validate({"rota": "days"} | (tier or {})),
            "pit": TierSection(channel="C1"),
        },
        rotas={"days": RotaSection.model_validate(usual | said)},
        away=gone,
    )
    house.desk = replace(house.desk, rules=rules)


async def test_it_tells_who_until_when_who_next_and_the_week(house: House) -> None:
    alex = await house.asker(VIEW)
    with_rota(house)
    text = await asked(house, alex)
    lines = text.splitlines()
    assert lines[0].startswith("team: whoever reads its channel")
    (leads,) = [number for number, line in enumerate(lines) if line.startswith("leads: ")]
    # Today is the second day of the rota, so it is bo, whom the access file does not know, and then Alex.
    assert lines[leads].startswith("leads: bo, until <!date^")
    assert lines[leads].endswith("; then Alex")
    week = lines[leads + 1 : leads + 9]
    assert week[0].startswith("· now until ")
    assert [line.rpartition(": ")[2] for line in week] == ["bo", "Alex"] * 4
    assert lines[leads + 9].startswith("pit: whoever reads its channel")
    event = (await house.last_event()).event
    assert (event.name, event.facts["tiers"]) == ("oncall_read", ["team", "approvers", "leads", "pit"])


async def test_one_tier_is_told_alone_and_an_unknown_one_is_none(house: House) -> None:
    alex = await house.asker(VIEW)
    with_rota(house, people=["alex"])
    assert await asked(house, alex, "oncall leads") == "leads: Alex"
    assert "it is one of team, approvers, leads, pit." in await asked(house, alex, "oncall leaders")


async def test_a_hole_and_those_who_are_called_in_it_are_told(house: House) -> None:
    alex = await house.asker(VIEW)
    with_rota(house, starts="2050-01-01")
    assert await asked(house, alex, "oncall leads") == "leads: nobody, so the next tier is called"
    with_rota(house, {"user_group": "S0123LEAD", "people": ["alex", "bo"]}, starts="2050-01-01")
    assert await asked(house, alex, "oncall leads") == "leads: <!subteam^S0123LEAD>, Alex, bo"


async def test_a_week_of_many_changes_is_cut_and_counted(house: House) -> None:
    alex = await house.asker(VIEW)
    with_rota(house, hand_over=[f"mon-sun {hour:02}:00" for hour in range(0, 24, 4)])
    told = str((await house.ask(gatehouse, alex, "oncall leads", name="/gatehouse")).blocks)
    assert told.count("· ") == 21
    assert "more changes in this week." in told


async def test_whoever_may_see_no_requests_is_told_nobody(house: House) -> None:
    alex = await house.asker()
    with_rota(house)
    assert "You have no permission that shows requests" in await asked(house, alex)
    house.desk.tree._kept = None
    house.portal.faults.set(FaultKind.SERVER_ERROR, action="OrganizationGetForMoveComputers")
    assert "nobody's view can be told" in await asked(house, alex)


async def test_a_stranger_is_told_that_they_are_one(house: House) -> None:
    await house.accept()
    stranger = house.member("nobody", listed=False)
    assert "leads" not in await asked(house, stranger)
    assert (await house.last_event()).event.name != "oncall_read"


async def test_app_home_tells_whoever_may_see_requests_and_offers_the_forms_to_who_stands_on_a_rota(
    house: House,
) -> None:
    async def see(slack_id: str) -> str:
        said = await house.ask(
            home, slack_id, kind=PressKind.HOME, name="app_home_opened", channel_id="", response_url=""
        )
        return json.dumps(said.view, ensure_ascii=False)

    cara = house.member("cara")
    alex = await house.asker(VIEW)
    assert "On call" not in await see(alex), "no tier has a rota"
    with_rota(house, people=["alex"])
    shown = await see(alex)
    assert shown.index("On call") < shown.index("leads: ") < shown.index("Take over…")
    assert "pit" not in shown
    with_rota(house, people=["bo"])
    assert "Take over…" not in await see(alex)
    assert "On call" not in await see(cara)
