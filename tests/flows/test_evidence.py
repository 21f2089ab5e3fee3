"""Evidence before the button: the card comes first, is filled in after, and what speaks against it closes one press."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.cards.kit import ids
from bot.models import CheckName
from tests.cards.reading import read
from tests.flows.scene import Card, Scene, set_scene
from tests.flows.test_families import marlow_apart, own_channel

DETAILS, MATCHES = "ApprovalRequestGetPermitApplicationById", "ApplicationGetMatchingList"
HISTORY = "ActionLogGetAllForFileHistoryV2"
QUICK = {"portal": {"write_timeout_s": 1, "read_timeout_s": 1}}
PROGRAM = r"C:\Program Files\TidePlan\tideplan.exe"
NEW = {"product": "tideplan", "version": "5.0", "path": PROGRAM}


def flat(text: str) -> str:
    """A text without the line breaks of the screen."""
    return re.sub(r"\s+", " ", text)


async def shows(card: Card, *words: str) -> str:
    """Wait until the card shows these words, wherever its lines break."""
    return await card.scene.seen(
        lambda: flat(card.text) if all(word in flat(card.text) for word in words) else None,
        lambda: f"not on the card: {words} in {flat(card.text)}",
    )


async def test_the_card_is_posted_first_and_filled_in_after(scene: Scene) -> None:
    """Checks never delay the card: here the portal's answers wait until the card has been seen without them."""
    scene.stage.portal.faults.set("slow", seconds=60, action=HISTORY)
    _, card = await scene.carded(**NEW)
    text = await shows(card, "hecks still running")
    assert "Approve on this computer" in text
    assert not await scene.events("evidence_gathered")
    scene.stage.portal.faults.clear()
    await shows(card, "Never seen here")
    assert ids.APPROVE_COMPUTER in card.actions


async def test_p7_the_press_is_recorded_with_what_was_known_and_the_details_list_it(scene: Scene) -> None:
    request_id, card = await scene.carded(**NEW)
    gathered = await scene.event("evidence_gathered", case_id=card.case_id)
    ana = scene.hand("ana")
    await shows(card, "Never seen here")
    await ana.more(card, ids.DETAILS)
    view = await scene.seen(lambda: ana.modal(ids.DETAILS_VIEW))
    listed = flat(read(view["blocks"]))
    for name in CheckName:
        assert f": {name.words}" in listed
    await ana.approve(card)
    await ana.hears("Approved. ")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.facts["evidence"]["digest"] == gathered.event.facts["digest"]


async def test_what_speaks_against_it_takes_the_button_away_and_leaves_the_form(scene: Scene) -> None:
    """A program that a mail program started: pinged, said first on the card, closed for one press."""
    _, card = await scene.carded(product="mshta")
    # With a capital: it begins the line of judgement, before all else that is known.
    await shows(card, "Started by larkspurmail", "One press is closed")
    assert ids.APPROVE_COMPUTER not in card.actions
    assert ids.APPROVE_MODAL in card.actions
    await scene.said("escalation", "Unusual: mshta runs whatever script", "started by a document or")


async def test_p9_checks_that_cannot_be_had_close_one_press_in_time_and_it_opens_again(
    tmp_path: Path,
) -> None:
    """The portal goes silent about one required check for more than a day, and comes back."""
    async with set_scene(tmp_path, overrides=QUICK) as scene:
        _, card = await scene.carded(**NEW)
        await shows(card, "Never seen here")
        scene.stage.portal.faults.set("server_error", action=MATCHES)
        await scene.advance(hours=21)
        # The card names the worst of what is missing and counts the rest; which is worst is not settled here.
        await shows(card, "could not check ")
        evidence = (await scene.case(card.case_id)).evidence
        assert evidence is not None
        assert any("matching applications" in one for one in evidence.failed)
        assert ids.APPROVE_COMPUTER in card.actions, "what was known is young enough"
        await scene.advance(hours=4)
        await shows(card, "One press is closed: ")
        assert ids.APPROVE_COMPUTER not in card.actions
        scene.stage.portal.faults.clear()
        await scene.advance(minutes=31)
        await scene.seen(lambda: ids.APPROVE_COMPUTER in card.actions)
        assert "could not check" not in card.text
        await scene.hand("ana").approve(card)
        await scene.hand("ana").hears("Approved. ")


async def test_p10_a_neighbours_decision_is_a_number_on_the_card_and_nothing_else(tmp_path: Path) -> None:
    """The same file in two organizations, one of which has a channel of its own."""
    async with set_scene(tmp_path, bots=0) as scene:
        channel = own_channel(scene)
        async with marlow_apart(scene, channel):
            portal = scene.stage.portal
            request_id = scene.ask(organization="marlow", **NEW)
            there = await scene.card(request_id, channel)
            there_name = portal.world.organizations[portal.request(request_id).organization_id].display_name
            computer = portal.world.computers[portal.request(request_id).computer_id].name
            await scene.hand("ana").approve(there)
            await there.shows("Approved by")
            _, here = await scene.carded(organization="brightwater", **NEW)
            text = await shows(here, "approved in 1 other organization")
            assert there_name not in text
            assert computer not in text
            assert "Never seen here" in text


async def test_a_joiners_computer_counts_like_the_first(scene: Scene) -> None:
    """The second computer is in Learning Mode: whatever runs there is learned, so an approval may not be needed."""
    portal = scene.stage.portal
    _, card = await scene.carded(computer="BRW-WS-001", **NEW)
    await shows(card, "Never seen here")
    assert ids.APPROVE_COMPUTER in card.actions
    computer = next(one for one in portal.world.computers.values() if one.name == "BRW-WS-002")
    portal.world.computers[computer.computer_id] = replace(computer, maintenance_type_id=3)
    scene.ask(computer="BRW-WS-002", **NEW)
    await shows(card, "BRW-WS-002: Learning Mode")
    await shows(card, "One press is closed: checks speak against it (the computer's mode)")
    assert ids.APPROVE_COMPUTER not in card.actions
