"""Who am I, what may I ask, and App Home: one person's own, also when that is nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.lookup import home, whoami
from bot.models import Effect, EffectKind, PressKind
from handlers.commands import help_
from rehearsal.portal.faults import FaultKind
from tests.audit.shapes import shape_faults
from tests.lookup.house import House

VIEW, COMPUTER, AUDIT = "View Approvals", "Approve for Single Computer", "View Unified Audit"


async def see_home(house: House, slack_id: str) -> tuple[Effect, str]:
    """The published App Home, as a whole and as text."""
    said = await house.ask(
        home, slack_id, kind=PressKind.HOME, name="app_home_opened", channel_id="", response_url=""
    )
    assert said.kind is EffectKind.HOME
    return said, json.dumps(said.view)


async def test_whoami_names_person_generation_grants_places_and_ends(house: House) -> None:
    house.member("alex")
    now = house.desk.now()
    house.grant("alex", COMPUTER, at="marlow", until=(now + timedelta(days=3)).isoformat())
    house.grant("alex", AUDIT, at="marlow", until=(now - timedelta(days=3)).isoformat())
    alex = await house.asker(VIEW, at="rowanbridge", and_below=True)
    said = await house.ask(whoami, alex)
    assert "You are Alex" in said.text
    assert "generation 1" in said.text
    assert "View Approvals at Rowanbridge Managed IT and everything below" in said.text
    assert "Approve for Single Computer at Marlow Precision, until" in said.text
    assert "it counts for nothing any more" in said.text
    event = (await house.last_event()).event
    assert (event.name, event.person_id, event.facts["access_generation"]) == ("whoami_asked", "alex", 1)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"roles": ["Administrator"]}, "Super Admin of Marlow Precision and everything below"),
        ({"permissions": ["Super Admin"]}, "billing and global included"),
        ({"permissions": ["Super Admin - Child"]}, "of nothing in Marlow Precision itself"),
        ({"permissions": ["Approve for Group (Learning Mode Only)"]}, "Deprecated"),
    ],
)
async def test_whoami_says_what_a_grant_amounts_to(
    house: House, more: dict[str, list[str]], says: str
) -> None:
    alex = house.member("alex")
    house.grants.append(
        {"people": ["alex"], "organizations": [house.portal.organization_id("marlow")], **more}
    )
    await house.accept()
    said = await house.ask(whoami, alex)
    assert says in said.text


async def test_whoami_answers_members_whom_the_file_does_not_list(house: House) -> None:
    eve = house.member("eve", listed=False)
    await house.accept()
    said = await house.ask(whoami, eve)
    assert "You are Eve" in said.text
    assert "not in Gatehouse's access file" in said.text
    assert "You hold no permission" in said.text


async def test_whoami_answers_before_any_access_file_is_in_force(house: House) -> None:
    eve = house.member("eve", listed=False)
    said = await house.ask(whoami, eve)
    assert "No access file is in force" in said.text


async def test_whoami_answers_while_the_portal_is_away(house: House) -> None:
    alex = await house.asker(VIEW)
    house.portal.faults.set(FaultKind.SERVER_ERROR)
    said = await house.ask(whoami, alex)
    assert "The portal does not answer as it should" in said.text
    assert "View Approvals at" in said.text


@pytest.mark.parametrize("flags", [{"deactivated": True}, {"multi_channel_guest": True}, {"stranger": True}])
async def test_whoami_tells_nothing_to_those_who_are_not_identified(
    house: House, flags: dict[str, bool]
) -> None:
    eve = house.member("eve", **flags)
    house.grant("eve", VIEW)
    await house.accept()
    said = await house.ask(whoami, eve)
    assert "Not done" in said.text
    assert VIEW not in said.text
    assert (await house.last_event()).event.name == "press_refused"


@pytest.mark.parametrize(
    ("permissions", "can", "cannot"),
    [
        ((AUDIT, VIEW), ("/blocked for Brightwater", "queue, find, plan and oncall for Brightwater"), ()),
        ((AUDIT,), ("/blocked for Brightwater",), ("queue, find, plan and oncall",)),
        ((VIEW,), ("queue, find, plan and oncall for Brightwater",), ("/blocked",)),
        ((), (), ("/blocked", "queue, find, plan and oncall")),
    ],
)
async def test_help_says_what_the_asker_can_use(
    house: House, permissions: tuple[str, ...], can: tuple[str, ...], cannot: tuple[str, ...]
) -> None:
    alex = await house.asker(*permissions)
    said = await house.ask(help_, alex, "help")
    for words in can:
        assert words in said.text
    for words in cannot:
        assert f"You cannot use {words}" in said.text
    assert (
        "/gatehouse find" in said.blocks[-1]["elements"][0]["elements"][0]["text"]
        or "/gatehouse find" in said.text
    )


async def test_a_word_that_is_no_command_is_repeated_inertly_above_the_help(house: House) -> None:
    alex = await house.asker(VIEW)
    said = await house.ask(help_, alex, "quue <!channel>")
    assert "I do not know" in said.text
    assert "quue" in said.text
    assert "<!channel>" not in said.text
    assert "/gatehouse queue" in said.text
    assert (await house.last_event()).event.facts["outcome"] == "not_understood"


async def test_help_is_there_while_the_portal_is_away(house: House) -> None:
    alex = await house.asker(VIEW)
    house.portal.faults.set(FaultKind.SERVER_ERROR)
    said = await house.ask(help_, alex, "help")
    assert "/gatehouse queue" in said.text
    assert "The portal does not answer as it should" in said.text


async def test_help_is_for_people_of_the_file(house: House) -> None:
    eve = house.member("eve", listed=False)
    await house.accept()
    said = await house.ask(help_, eve, "help")
    assert "not in Gatehouse's access file" in said.text


async def test_home_shows_my_claims_my_queue_and_my_grants(house: House) -> None:
    house.member("alex")
    house.grant("alex", VIEW, at="marlow")
    alex = await house.asker(COMPUTER)
    await house.case(computer="BRW-WS-001", claimed_by="alex")
    await house.case(computer="BRW-WS-002", product="draftwright", claimed_by="kim")
    await house.case(computer="MRL-WS-001")
    await house.case(computer="CVL-WS-001", claimed_by="alex")
    said, text = await see_home(house, alex)
    claims, _, rest = text.partition("Waiting for a decision")
    waiting, _, grants = rest.partition("What I may do")
    assert "BRW-WS-001" in claims
    assert "BRW-WS-002" not in claims
    assert "CVL-WS-001" not in text
    assert "BRW-WS-001" in waiting
    assert "BRW-WS-002" in waiting
    assert "MRL-WS-001" not in text
    assert COMPUTER in grants
    assert said.slack_user_id == alex
    event = (await house.last_event()).event
    assert (event.name, event.facts["queue"]) == ("home_shown", 2)
    assert shape_faults(event) == []


async def test_home_of_a_guest_says_why_it_is_empty(house: House) -> None:
    eve = house.member("eve", single_channel_guest=True)
    house.grant("eve", COMPUTER)
    await house.accept()
    await house.case(computer="BRW-WS-001")
    _, text = await see_home(house, eve)
    assert "Not everything can be shown" in text
    assert "BRW-WS-001" not in text
    assert COMPUTER not in text
    assert (await house.last_event()).event.name == "press_refused"


async def test_home_of_somebody_the_file_omits_says_so(house: House) -> None:
    eve = house.member("eve", listed=False)
    await house.accept()
    await house.case(computer="BRW-WS-001")
    _, text = await see_home(house, eve)
    assert "access file" in text
    assert "BRW-WS-001" not in text


async def test_home_without_the_portal_shows_no_case_and_says_why(house: House) -> None:
    alex = await house.asker(COMPUTER)
    await house.case(computer="BRW-WS-001")
    house.portal.faults.set(FaultKind.SERVER_ERROR)
    _, text = await see_home(house, alex)
    assert "The portal does not answer as it should" in text
    assert "BRW-WS-001" not in text
    assert COMPUTER in text


async def test_every_opening_of_home_is_published(house: House) -> None:
    alex = await house.asker(COMPUTER)
    first, _ = await see_home(house, alex)
    second, _ = await see_home(house, alex)
    # Queued by its person: an older page that has to wait never follows a newer one.
    assert first.effect_id == second.effect_id
    assert second.replaces
