"""Handing over in a workspace, and a caller on the phone: who has it, who is told, what the portal's note says."""

from __future__ import annotations

from typing import Any

from bot.cards.kit import ids
from tests.flows.scene import Card, Hand, Json, Scene

WORDS = "They install it for the whole floor."


async def hand_over(hand: Hand, card: Card, **values: Any) -> Json:
    """The overflow menu, then the form; the form before it is submitted."""
    await hand.more(card, ids.HAND_OVER)
    view = await hand.scene.seen(lambda: hand.modal(ids.HAND_OVER_VIEW))
    delivery = await hand.submit(view, **values)
    assert delivery.outcome == "closed", delivery
    return view


async def test_a_claim_goes_to_a_colleague_who_is_told_and_the_card_says_so(scene: Scene) -> None:
    """One step from an unclaimed case: claimed for the giver, given to the receiver, with a link and the sentence."""
    _, card = await scene.carded(computer="BRW-WS-007")
    ana, kim = scene.hand("ana"), scene.hand("kim")
    await hand_over(ana, card, to=ids.TO_PERSON, person=kim.id, reason=WORDS)
    await ana.hears("Handed over to Kim Okafor")
    said = await kim.hears("Ana Moreau hands this over to you", "Go to the card")
    assert WORDS in " ".join(said.split())
    assert any("hands this over" in str(message) for message in kim.person.dms())
    await card.shows("Claimed by Kim Okafor, handed over by Ana Moreau")
    assert f"Handed over to Kim Okafor by Ana Moreau, {{10:00}}: {WORDS}" in await ana.details(card)
    names = [one.event.name for one in await scene.events("case_claimed", "handed_over")]
    assert names == ["case_claimed", "handed_over"]
    await kim.press(card, ids.RELEASE)
    await scene.case_where(card.case_id, lambda case: case.claim is None)


async def test_who_may_not_decide_is_not_given_it(scene: Scene) -> None:
    """P1: a guest is refused by Slack's own facts, a technician by the rules; the giver reads who could."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    await hand_over(ana, card, to=ids.TO_PERSON, person=scene.hand("gus").id, reason=WORDS)
    await ana.hears("guest of the workspace", "Kim Okafor")
    await hand_over(ana, card, to=ids.TO_PERSON, person=scene.hand("hal").id, reason=WORDS)
    await ana.hears("cannot decide this request", "Kim Okafor")
    assert (await scene.case(card.case_id)).claim is None
    assert scene.hand("hal").told() == []


async def test_p6_handed_over_early_is_not_late_and_the_ceiling_calls_all_the_same(scene: Scene) -> None:
    """A technician who decides nothing hands it over: one call at once, and at 15 minutes one that says who has it."""
    _, card = await scene.carded(computer="BRW-WS-007")
    hal = scene.hand("hal")
    await hal.more(card, ids.HAND_OVER)
    view = await scene.seen(lambda: hal.modal(ids.HAND_OVER_VIEW))
    delivery = await hal.submit(view, to=ids.TO_TEAM, reason="   ")
    assert delivery.outcome == "errors"
    await hal.submit(view, to=ids.TO_TEAM, reason=WORDS)
    await hal.hears("Handed over to the escalation team")
    said = await scene.said("escalation", "Handed over: Hal Novak")
    assert "It is not late" in said
    assert "Escalated" not in said
    await card.shows("Handed over to the escalation team by Hal Novak")
    await scene.advance(minutes=16)
    late = " ".join((await scene.said("escalation", "Escalated")).split())
    assert "the escalation team has had it since {10:00}, handed over by Hal Novak" in late
    assert "undecided after 15 minutes" in late
    calls = [one for one in scene.said_in("escalation") if "Handed over: Hal Novak" in one]
    assert len(calls) == 1


async def test_on_the_phone_find_approve_and_the_caller_stands_in_the_note(scene: Scene) -> None:
    """Three presses after the call: the command, “Approve…” beside the found case, and the form's own button."""
    request_id, card = await scene.carded("elevate", computer="BRW-WS-003", user="zdana")
    kim = scene.hand("kim")
    await scene.quiet()
    await kim.command("/gatehouse", "find zdana")
    await kim.hears("Open cases of zdana")

    def answer() -> Json | None:
        seen = [m for m in kim.person.sees(scene.stage.channels["card"]) if m.get("ephemeral")]
        return next((m for m in reversed(seen) if "Open cases of" in str(m)), None)

    found = await scene.seen(answer)
    (row,) = [block for block in found["blocks"] if block["type"] == "actions"]
    assert row["elements"][0]["value"].startswith(f"{card.case_id}.")
    pressed = await kim.person.click(scene.stage.channels["card"], found["ts"], ids.APPROVE_MODAL)
    await pressed.settled()
    view = await scene.seen(lambda: kim.modal(ids.APPROVE_VIEW))
    await kim.submit(view, on_phone_with="Dana Zell [attempt x]")
    await kim.hears("Approved")
    await card.shows("Approved by Kim Okafor", "asked for by Dana Zell… on the phone")
    assert "Asked for on the phone by Dana Zell [attempt x]." in await kim.details(card)
    attempted = await scene.event("decision_attempted", request_id=request_id)
    assert attempted.event.private["on_phone_with"] == "Dana Zell [attempt x]"
    assert "asked for on the phone by: Dana Zell" in scene.stage.portal.request(request_id).comments
    assert "[attempt x]" not in scene.stage.portal.request(request_id).comments


async def test_find_gives_no_button_to_who_may_not_approve(scene: Scene) -> None:
    await scene.carded("elevate", computer="BRW-WS-003", user="zdana")
    hal = scene.hand("hal")
    await hal.command("/gatehouse", "find zdana")
    await hal.hears("Open cases of zdana")
    seen = [m for m in hal.person.sees(scene.stage.channels["card"]) if m.get("ephemeral")]
    assert not [block for message in seen for block in message["blocks"] if block["type"] == "actions"]
