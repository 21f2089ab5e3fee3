"""What people do with a request, from its card to the answer."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.crashes.play import Play
from tests.flows.presses import HOW, WHO
from tests.flows.test_policies import from_details

WORDS = "They install it for the whole floor."


async def one_card(play: Play) -> None:
    await play.carded()


async def approves(play: Play) -> None:
    await play.hand("ana").approve(play.card)
    await play.hand("ana").hears("Approved", play.computer)
    await play.card.shows("Approved by Ana Moreau")


async def approves_by_form(play: Play) -> None:
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await ana.submit(view, justification="Vendor update of approved software")
    await ana.hears("Approved", play.computer)
    await play.card.shows("Approved by Ana Moreau")


async def denies(play: Play) -> None:
    await play.hand("ana").deny(play.card, "Use the web version")
    await play.hand("ana").hears("Denied")
    await play.card.shows("Denied by Ana Moreau")


async def stick(play: Play) -> None:
    await play.carded("read")


async def opens_stick(play: Play) -> None:
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.STORAGE_VIEW)
    await ana.submit(view, lasts="1")
    await ana.hears("Approved", "may read from")
    await play.card.shows("Approved by Ana Moreau")


async def elevation(play: Play) -> None:
    await play.carded("elevate")


async def elevates(play: Play) -> None:
    kim = play.hand("kim")
    view = await kim.form(play.card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await kim.submit(view)
    await kim.hears("Approved")
    await play.card.shows("Approved by Kim Okafor")


async def first_yes(play: Play) -> None:
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await ana.submit(view, reach="computer_group", validated_how=HOW, confirmed_by=WHO)
    await ana.hears("Waiting for a second person")
    await play.card.shows("Waiting for a second person")


async def waits_for_second(play: Play) -> None:
    await play.carded()
    await first_yes(play)


async def second_yes(play: Play) -> None:
    kim = play.hand("kim")
    view = await kim.form(play.card, ids.SECOND_MODAL, ids.SECOND_VIEW)
    await kim.submit(view)
    await kim.hears("Approved")
    await play.card.shows("Approved by Kim Okafor")


async def sends_back(play: Play) -> None:
    kim = play.hand("kim")
    view = await kim.form(play.card, ids.SECOND_MODAL, ids.SECOND_VIEW)
    await (await kim.person.click_in(view["id"], ids.SEND_BACK_MODAL)).settled()
    form = await play.scene.seen(lambda: kim.modal(ids.SEND_BACK_VIEW))
    await kim.submit(form, reason="One computer will do for now")
    await kim.hears("Sent back to Ana Moreau")


async def claims(play: Play) -> None:
    await play.hand("ana").press(play.card, ids.CLAIM)
    await play.card.shows("Claimed by Ana Moreau")


async def claimed(play: Play) -> None:
    await play.carded()
    await claims(play)


async def releases(play: Play) -> None:
    await play.hand("ana").press(play.card, ids.RELEASE)
    await play.scene.case_where(play.card.case_id, lambda case: case.claim is None)
    await play.scene.seen(lambda: "Claimed by" not in play.card.text)


async def hands_over(play: Play) -> None:
    ana, kim = play.hand("ana"), play.hand("kim")
    await ana.more(play.card, ids.HAND_OVER)
    view = await play.scene.seen(lambda: ana.modal(ids.HAND_OVER_VIEW))
    await ana.submit(view, to=ids.TO_PERSON, person=kim.id, reason=WORDS)
    await ana.hears("Handed over to Kim Okafor")
    await play.card.shows("Claimed by Kim Okafor, handed over")


async def calls(play: Play) -> None:
    await play.hand("ana").more(play.card, ids.ESCALATE)
    await play.scene.said("escalation", play.computer)


async def reads_details(play: Play) -> None:
    await play.hand("ana").details(play.card)


async def approved(play: Play) -> None:
    await play.carded()
    await approves(play)


async def takes_back(play: Play) -> None:
    kim = play.hand("kim")
    view = await from_details(kim, play.card, ids.POLICY_TAKE_BACK, ids.TAKE_BACK_VIEW)
    await kim.submit(view, reason="It phones home.")
    await kim.hears("is removed from the")
    await play.card.shows("Taken back", "Kim Okafor")


async def denied(play: Play) -> None:
    await play.carded()
    await denies(play)


async def keeps(play: Play) -> None:
    hal = play.hand("hal")
    view = await from_details(hal, play.card, ids.EXCEPTION_MODAL, ids.EXCEPTION_VIEW)
    await hal.submit(view, owner="kim", reason=WORDS, review_on="2026-12-18", ends_on="2027-02-16")
    await hal.hears("Kept as an exception")
    await play.scene.said("escalation", "Kept as an exception", f"tool{play.number}x0")
