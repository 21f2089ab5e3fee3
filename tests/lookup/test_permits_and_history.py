"""By choice a look-up tells more than denials: what was permitted, and everything that happened to one file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.lookup import blocked, file_history
from bot.lookup.history import file_of
from bot.models import Effect, PressKind
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import PERMIT, PERMIT_RINGFENCED
from tests.lookup.house import House, button

AUDIT, VIEW = "View Unified Audit", "View Approvals"
PATH = "C:\\Users\\dana\\Downloads\\tidechart-setup.exe"
OTHER = "C:\\Program Files\\Larkspur\\larkspur.exe"
HASH = "9C41E07D52AB38F6B0D4173EC8A52F69"


async def pressed(house: House, slack_id: str, said: Effect, action_id: str) -> Effect:
    """Press a button of an answer."""
    token = button(said, action_id)
    assert token is not None
    use_case = file_history if action_id == ids.LOOKUP_HISTORY else blocked
    return await house.ask(use_case, slack_id, kind=PressKind.BUTTON, name=action_id, values={"more": token})


async def test_what_was_permitted_is_told_by_choice_and_after_what_was_blocked(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(minutes=20))
    house.block("BRW-WS-001", OTHER, action_id=PERMIT, ago=timedelta(minutes=2))
    house.block("BRW-WS-001", "C:\\ringfenced.exe", action_id=PERMIT_RINGFENCED, ago=timedelta(minutes=3))
    first = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "larkspur" not in first.text
    said = await pressed(house, alex, first, ids.LOOKUP_PERMITS)
    assert "Blocked or permitted" in said.text
    assert said.text.index("tidechart") < said.text.index("larkspur")
    _, _, permitted = said.text.partition("larkspur")
    assert "permitted" in permitted
    assert "1 to 3 of 3" in said.text
    assert button(said, ids.LOOKUP_PERMITS) is None
    assert (await house.last_event()).event.facts["permits"] is True


async def test_an_empty_answer_offers_what_was_permitted(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "Nothing was blocked" in said.text
    again = await pressed(house, alex, said, ids.LOOKUP_PERMITS)
    assert "Nothing was blocked or permitted" in again.text


async def test_every_answer_says_as_of_when_and_how_far_back(house: House) -> None:
    alex = await house.asker(AUDIT)
    found = await house.ask(blocked, alex, "BRW-WS-001 1h")
    house.portal.world.audit.clear()
    nothing = await house.ask(blocked, alex, "BRW-WS-001 1h")
    for said in (found, nothing):
        assert "As of" in said.text
        assert "looked back to" in said.text


async def test_where_more_is_than_was_read_it_says_since_when_nothing_is_missing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lookup.reading.ROWS_A_PAGE", 2)
    monkeypatch.setattr("bot.lookup.reading.PAGES_MOST", 1)
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    for minutes in (50, 40, 30):
        house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(minutes=minutes))
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "Nothing is missing since" in said.text


async def test_the_history_of_a_file_tells_permits_and_blocks(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(days=3), action_id=PERMIT)
    house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(minutes=9), simulated=True)
    house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(minutes=5))
    house.block("BRW-WS-002", PATH, hash=HASH)
    said = await pressed(house, alex, await house.ask(blocked, alex, "BRW-WS-001 1h"), ids.LOOKUP_HISTORY)
    lines = [line for line in said.text.splitlines() if "policy" in line]
    assert [line.partition(": ")[2].partition(",")[0] for line in lines] == [
        "blocked",
        "would have been blocked",
        "permitted",
    ]
    assert "On BRW-WS-001 at Brightwater" in said.text
    event = (await house.last_event()).event
    assert (event.name, event.facts["outcome"], event.facts["rows"]) == ("looked_up", "found", 3)
    assert PATH not in str(event.facts)


@pytest.mark.parametrize("at", ["marlow", None])
async def test_p1_a_history_button_gives_nobody_a_right(house: House, at: str | None) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", PATH, hash=HASH)
    token = button(await house.ask(blocked, alex, "BRW-WS-001 1h"), ids.LOOKUP_HISTORY)
    eve = house.member("eve")
    if at:
        house.grant("eve", AUDIT, at=at)
    await house.accept()
    said = await house.ask(file_history, eve, kind=PressKind.BUTTON, values={"more": token})
    assert "You may not look this up" in said.text
    assert "Brightwater" not in said.text
    assert "BRW" not in said.text


@pytest.mark.parametrize("token", ["", "garbage", "W10", "WyJhIiwiIiwiIiwiIl0", "eyJhIjoxfQ", "A" * 3000])
async def test_a_history_button_that_is_none_asks_for_the_question_again(house: House, token: str) -> None:
    alex = await house.asker(AUDIT)
    assert file_of(token) is None
    said = await house.ask(file_history, alex, kind=PressKind.BUTTON, values={"more": token})
    assert "Ask the question again" in said.text


async def test_a_portal_that_is_away_is_no_empty_history(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", PATH, hash=HASH)
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    house.portal.faults.set(FaultKind.SERVER_ERROR)
    again = await pressed(house, alex, said, ids.LOOKUP_HISTORY)
    assert "This does not mean that nothing was blocked" in again.text


async def test_a_history_of_nothing_is_said(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", PATH, hash=HASH)
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    house.portal.world.audit.clear()
    again = await pressed(house, alex, said, ids.LOOKUP_HISTORY)
    assert "holds nothing of this file there" in again.text
