"""A submitted form is answered where a press is: in the channel of the card, to its presser alone."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.flows.scene import Hand, Scene, text_of
from tests.flows.test_handing_over import hand_over


def whispers(hand: Hand, place: str = "card") -> list[str]:
    """What was said to this person alone in one of the three channels."""
    seen = hand.person.sees(hand.scene.stage.channels[place])
    return [" ".join(text_of(message).split()) for message in seen if message.get("ephemeral")]


async def hears_there(hand: Hand, *words: str) -> None:
    """Wait until it is said in the card's channel; and by direct message nothing was."""

    def look() -> str | None:
        return next((said for said in whispers(hand) if all(word in said for word in words)), None)

    await hand.scene.seen(look, lambda: f"in the channel: {whispers(hand)}; directly: {hand.person.dms()}")
    assert hand.person.dms() == []


async def test_every_form_of_a_case_is_answered_in_the_channel_of_its_card(one_person: Scene) -> None:
    scene, ana = one_person, one_person.hand("ana")
    _, denied = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await ana.deny(denied, "No business use")
    await hears_there(ana, "Denied", "The portal says")

    _, approved = await scene.carded(computer="BRW-WS-007", product="labelpress")
    view = await ana.form(approved, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await ana.submit(view)
    await hears_there(ana, "Approved. ")

    _, handed = await scene.carded(computer="BRW-WS-007", product="sketchport")
    await hand_over(ana, handed, to=ids.TO_TEAM, reason="It asks for drivers")
    await hears_there(ana, "Handed over to the escalation team")


async def test_a_refused_submission_is_answered_there_too(one_person: Scene) -> None:
    """The request is decided in the portal while the form is filled in."""
    scene, ana = one_person, one_person.hand("ana")
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    scene.stage.portal.decide_in_portal(request_id, approve=True, by="Ada Lund")
    await card.shows("Ada Lund")
    await ana.submit(view, reason="No business use")
    await hears_there(ana, "Too late")


async def test_who_is_not_in_the_channel_is_answered_directly(one_person: Scene) -> None:
    scene, ana = one_person, one_person.hand("ana")
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    scene.stage.slack.workspace.channel(card.channel).members.remove(ana.id)
    await ana.submit(view, reason="No business use")
    await scene.seen(lambda: any("Denied" in text_of(message) for message in ana.person.dms()))
