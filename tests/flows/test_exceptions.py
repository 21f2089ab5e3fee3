"""An exception in a workspace: a denied case is kept, asked about when due, renewed and closed."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.cards.reading import read
from tests.flows.scene import Json, Scene, text_of
from tests.flows.test_policies import from_details, thread_says

WHY = "The scanner cannot work without it until the vendor signs it."


def message_of(scene: Scene, place: str, words: str) -> Json:
    """The newest message in a channel that holds these words."""
    channel = scene.stage.channels[place]
    found = [one for one in scene.stage.slack.messages(channel) if words in text_of(one)]
    return found[-1]


async def test_p6_p7_a_denied_case_is_kept_reviewed_once_renewed_and_closed(scene: Scene) -> None:
    """From the details of a denied case to its last word; nothing of it touches the portal."""
    _, card = await scene.carded(computer="BRW-WS-007")
    await scene.hand("ana").deny(card, "Unsigned, and nobody knows its maker.")
    await card.shows("Denied by Ana Moreau")
    hal, kim = scene.hand("hal"), scene.hand("kim")
    view = await from_details(hal, card, ids.EXCEPTION_MODAL, ids.EXCEPTION_VIEW)
    assert "It changes nothing in the portal" in " ".join(read(view["blocks"]).split())
    assert (await hal.submit(view, owner="kim", reason=" ")).outcome == "errors"
    delivery = await hal.submit(view, owner="kim", reason=WHY, review_on="2026-12-18", ends_on="2027-02-16")
    assert delivery.outcome == "closed", delivery
    await hal.hears("Kept as an exception")
    await scene.said("escalation", "Kept as an exception", "Owner: Kim Okafor", WHY, "asked by Hal Novak")
    await kim.hears("You answer for an exception", WHY)
    await thread_says(card, "Kept as an exception", WHY)
    writes = len(scene.stage.portal.decisions)

    await scene.quiet()
    await kim.command("/gatehouse", "exceptions")
    await kim.hears("Exceptions", "owner Kim Okafor", "[Renew…] [Close…]")
    await scene.advance(days=31)
    await scene.said("escalation", "Review due")
    await kim.hears("Review due: your exception")
    message = message_of(scene, "escalation", "Review due")
    await (
        await kim.person.click(scene.stage.channels["escalation"], message["ts"], ids.EXCEPTION_RENEW)
    ).settled()
    view = await scene.seen(lambda: kim.modal(ids.EXCEPTION_RENEW_VIEW))
    late = await kim.submit(view, reason="Not signed yet.", review_on="2026-12-01", ends_on="2027-03-18")
    assert late.outcome == "errors"
    await kim.submit(view, reason="Not signed yet.", review_on="2027-01-18", ends_on="2027-03-18")
    await kim.hears("Renewed")
    await scene.said("escalation", "Renewed", "Not signed yet.", "Kim Okafor")

    message = message_of(scene, "escalation", "Renewed")
    await (
        await kim.person.click(scene.stage.channels["escalation"], message["ts"], ids.EXCEPTION_CLOSE)
    ).settled()
    view = await scene.seen(lambda: kim.modal(ids.EXCEPTION_CLOSE_VIEW))
    await kim.submit(view, reason="Signed since this week, and a policy covers it.")
    await scene.said("escalation", "Closed", "a policy covers it")
    names = [one.event.name for one in await scene.events()]
    assert [name for name in names if name.startswith("exception_")] == [
        "exception_opened",
        "exception_review_due",
        "exception_renewed",
        "exception_closed",
    ]
    assert len(scene.stage.portal.decisions) == writes
