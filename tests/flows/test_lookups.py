"""`/blocked`, `/gatehouse` and App Home: answered to the asker alone, recorded, refused without a right."""

from __future__ import annotations

from typing import Any

from bot.cards.kit import ids
from tests.flows.scene import Hand, Scene, text_of


async def test_p7_blocked_tells_what_was_blocked_and_is_recorded(scene: Scene) -> None:
    """Grouped, with the open case for who may see it; nobody else reads it."""
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    hal = scene.hand("hal")
    await hal.command("/blocked", "BRW-WS-007 4h")
    said = await hal.hears("Blocked", "tideplan", "An approval request is open")
    assert f"/archives/{card.channel}/p{card.ts.replace('.', '')}" in said
    assert not any("Blocked: " in text_of(message) for message in scene.stage.slack.messages(card.channel))
    event = await scene.event("looked_up")
    assert event.event.person_id == "hal"
    assert event.event.facts["outcome"] == "found"


async def test_p1_the_five_outcomes_of_a_look_up_are_never_mistaken_for_each_other(scene: Scene) -> None:
    """Nothing blocked, not allowed, cannot look, not understood (found is the flow before)."""
    hal = scene.hand("hal")
    await hal.command("/blocked", "BRW-WS-008 1m")
    await hal.hears("Nothing was blocked", "I looked")
    bo = scene.hand("bo")
    await bo.command("/blocked", "BRW-WS-007")
    await bo.hears("You may not look this up", "does not mean that nothing was blocked")
    await hal.command("/blocked", "")
    await hal.hears("I did not understand")
    scene.stage.portal.faults.set("server_error")
    await hal.command("/blocked", "BRW-WS-008 1h")
    await hal.hears("I cannot look now", "does not mean that nothing was blocked")
    outcomes = {one.event.facts["outcome"] for one in await scene.events("looked_up")}
    assert outcomes == {"nothing_blocked", "not_allowed", "not_understood", "cannot_look"}


async def test_p1_guests_and_strangers_look_nothing_up(scene: Scene) -> None:
    """A look-up is a press like any other."""
    await scene.hand("gus").command("/blocked", "BRW-WS-007")
    await scene.hand("gus").hears("Guests may not")
    await scene.hand("req").command("/gatehouse", "queue")
    await scene.hand("req").hears("no permission")
    refused = await scene.event("press_refused", why="guest")
    assert refused.event.slack_user_id == scene.stage.cast["gus"]


async def test_p1_the_queue_and_find_show_what_the_asker_may_see(scene: Scene) -> None:
    """Bo sees Brightwater; Ana sees all; the auditor sees what is at the top and nothing below."""
    await scene.carded(computer="BRW-WS-007", product="tideplan")
    await scene.carded(computer="MRL-WS-001", product="labelpress")
    for key, shown, hidden in (("bo", "BRW-WS-007", "MRL-WS-001"), ("ana", "MRL-WS-001", "nothing at all")):
        await scene.hand(key).command("/gatehouse", "queue")
        said = await scene.hand(key).hears("Waiting for a decision that you may make", shown)
        assert hidden not in said
    await scene.hand("hal").command("/gatehouse", "find MRL-WS-001")
    await scene.hand("hal").hears("Open cases of", "MRL-WS-001")
    await scene.hand("bo").command("/gatehouse", "find MRL-WS-001")
    await scene.hand("bo").hears("No open case that you may see")


async def test_p4_whoami_and_help_answer_everybody(scene: Scene) -> None:
    """Whom Gatehouse takes one for, and what there is; an unknown word gets the help."""
    await scene.hand("ana").command("/gatehouse", "whoami")
    await scene.hand("ana").hears("You are Ana Moreau", "Approve for Group", "everything below")
    await scene.hand("hal").command("/gatehouse", "help")
    await scene.hand("hal").hears("/gatehouse queue")
    await scene.hand("hal").command("/gatehouse", "frobnicate <!channel>")
    said = await scene.hand("hal").hears("I do not know")
    assert "/gatehouse help" in said


async def test_p1_app_home_shows_claims_queue_and_grants(scene: Scene) -> None:
    """Each person their own."""
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    await ana.press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await ana.person.open_home()
    home = await scene.seen(ana.person.home)
    shown = text_of(home)
    assert "My claims" in shown
    assert "BRW-WS-007" in shown.partition("Waiting for a decision")[0]
    assert "Approve for Group" in shown
    await scene.hand("bo").person.open_home()
    home = await scene.seen(scene.hand("bo").person.home)
    assert "You have claimed nothing" in text_of(home)
    assert "BRW-WS-007" in text_of(home)


async def test_p4_why_blocked_and_details_open_from_the_card(scene: Scene) -> None:
    """The overflow menu, for who may see."""
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    await ana.more(card, ids.WHY)
    await ana.hears("tideplan")
    await ana.more(card, ids.DETAILS)
    view = await scene.seen(lambda: ana.modal(ids.DETAILS_VIEW))
    assert "BRW-WS-007" in text_of(view)
    await scene.hand("ray").more(card, ids.DETAILS)
    view = await scene.seen(lambda: scene.hand("ray").modal(ids.SAID_VIEW))
    assert "BRW-WS-007" not in text_of(view)


async def test_p1_escalate_is_open_to_every_viewer_and_pings_with_a_name(scene: Scene) -> None:
    """It changes nothing in the portal."""
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await scene.hand("hal").more(card, ids.ESCALATE)
    await scene.hand("hal").hears("Escalated")
    await scene.said("escalation", "Help wanted", "Hal Novak")
    await card.shows("Escalated", "at the request of Hal Novak")
    await scene.hand("req").more(card, ids.ESCALATE)
    await scene.hand("req").hears("Not done")
    assert sum("Help wanted" in said for said in scene.said_in("escalation")) == 1
    assert scene.writes == []


async def test_p4_the_desk_claims_decides_and_looks_up(scene: Scene) -> None:
    """From App Home alone: a filter that stays, a claim that shows, a denial, and the help desk's question."""
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await scene.carded(computer="MRL-WS-001", product="labelpress")
    ana = scene.hand("ana")
    await ana.person.open_home()
    home = await scene.seen(ana.person.home)
    assert "2 for you to decide" in text_of(home)
    menu = _element(home, ids.HOME_ORGANIZATION)
    brightwater = next(
        each["value"] for each in menu["options"] if each["text"]["text"].startswith("Brightwater")
    )
    await ana.person.choose_in(home["id"], ids.HOME_ORGANIZATION, brightwater)
    home = await scene.seen(lambda: _home_without(ana, "MRL-WS-001"))
    await ana.person.click_in(home["id"], ids.HOME_CLAIM)
    await card.shows("Claimed by Ana Moreau")
    home = await scene.seen(lambda: _home_with(ana, "1 claimed by you"))
    assert "MRL-WS-001" not in text_of(home), "the filter stays"
    await ana.person.click_in(home["id"], ids.DENY_MODAL)
    view = await scene.seen(lambda: ana.modal(ids.DENY_VIEW))
    await ana.submit(view, reason="Use the reviewed version.")
    await card.shows("Denied by Ana Moreau")

    hal = scene.hand("hal")
    await hal.person.open_home()
    home = await scene.seen(hal.person.home)
    assert text_of(home).index("Look something up") < text_of(home).index("Open requests that I may see")
    await hal.person.click_in(home["id"], ids.HOME_LOOK_UP)
    view = await scene.seen(lambda: hal.modal(ids.LOOK_UP_VIEW))
    await hal.submit(view, about="computer", name="BRW-WS-007", span="24h")
    await hal.hears("Blocked: computer BRW-WS-007", "Denied by Ana Moreau")


def _element(view: dict[str, Any], action_id: str) -> dict[str, Any]:
    elements = (each for block in view["blocks"] for each in block.get("elements", ()))
    return next(each for each in elements if each.get("action_id") == action_id)


def _home_with(hand: Hand, words: str) -> dict[str, Any] | None:
    home = hand.person.home()
    return home if home and words in text_of(home) else None


def _home_without(hand: Hand, words: str) -> dict[str, Any] | None:
    home = hand.person.home()
    return home if home and words not in text_of(home) else None
