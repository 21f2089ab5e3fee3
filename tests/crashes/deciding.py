"""What people do with a request, from its card to the answer."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.kit import ids
from tests.crashes.play import Play
from tests.flows.presses import HOW, WHO
from tests.flows.scene import Hand, Json
from tests.flows.test_approve_dialogue import whole
from tests.flows.test_policies import from_details
from tests.flows.test_reopening import opens_again, other_facts, way_back

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
    await play.card.shows("waiting for a second person")


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


async def approves_in_steps(play: Play) -> None:
    """Everything that can be chosen, its preview, and then the approval."""
    ana = play.hand("ana")
    view = await whole(ana, play.card)
    view = await ana.stepped(view, {ids.LASTS_BLOCK: "30"})
    await ana.person.fill(view["id"], {ids.REASON_BLOCK: {ids.INPUT: WORDS}})
    await _clicked(play, "ana", ids.APPROVE_PREVIEW)
    await ana.submit(ana.person.views()[-1], **{ids.LASTS_BLOCK: "30"})
    await ana.hears("Approved", play.computer)
    await play.card.shows("Approved by Ana Moreau")


async def denies_in_steps(play: Play) -> None:
    """A reason of the list, whose preview is drawn at once, and once more as it is typed."""
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.DENY_MODAL, ids.DENY_VIEW)
    [reason] = [one for one in view["blocks"] if one.get("block_id") == ids.DENY_REASON_BLOCK]
    chosen = {ids.DENY_REASON_BLOCK: reason["element"]["options"][0]["value"]}
    await ana.stepped(view, chosen)
    await _clicked(play, "ana", ids.DENY_PREVIEW)
    await ana.submit(ana.person.views()[-1], **chosen, reason=WORDS)
    await ana.hears("Denied")
    await play.card.shows("Denied by Ana Moreau")


async def opens_stick_in_steps(play: Play) -> None:
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.STORAGE_VIEW)
    await ana.stepped(view, {ids.LASTS_BLOCK: "1"})
    await _clicked(play, "ana", ids.STORAGE_PREVIEW)
    await ana.submit(ana.person.views()[-1], lasts="1")
    await ana.hears("Approved", "may read from")
    await play.card.shows("Approved by Ana Moreau")


async def _clicked(play: Play, key: str, action_id: str) -> Json:
    """A button inside the visible form; the form as it is drawn then."""
    hand = play.hand(key)
    before = hand.person.views()[-1]
    await (await hand.person.click_in(before["id"], action_id)).settled()
    return await play.scene.seen(lambda: _drawn_after(hand, before))


def _drawn_after(hand: Hand, before: Json) -> Json | None:
    views = hand.person.views()
    return views[-1] if views and views[-1]["hash"] != before["hash"] else None


async def refused_denial(play: Play) -> None:
    """What was typed into a form of other facts waits to be opened again."""
    await play.carded()
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.DENY_MODAL, ids.DENY_VIEW)
    other_facts(play.scene, play.requests[0])
    await play.card.shows("Quite another reason")
    await ana.submit(view, reason=f"{WORDS} {play.number}")
    await play.scene.seen(lambda: way_back(ana, play.card))


async def denies_again(play: Play) -> None:
    ana = play.hand("ana")
    view = await opens_again(ana, play.card, ids.DENY_VIEW)
    await ana.submit(view)
    await ana.hears("Denied")
    await play.card.shows("Denied by Ana Moreau")


async def approved_twice(play: Play) -> None:
    """The third version of one program, whose approval by hand asks for a reason."""
    await _asks_again(play)
    for _ in range(2):
        await approves(play)
        await _asks_again(play)
    await play.card.shows("a policy is due")
    await play.scene.seen(lambda: ids.APPROVE_BECAUSE in play.card.actions)


async def _asks_again(play: Play) -> None:
    """The same program in another version."""
    if not play.requests:
        await play.carded()
        return
    first = play.scene.stage.portal.request(play.requests[0]).file
    await play.carded(path=first.full_path, signer=first.certificates[0].subject)


async def approves_because(play: Play) -> None:
    """One press of the card's menu of reasons."""
    elements = [e for block in play.card.message["blocks"] for e in block.get("elements", ())]
    menu = next(element for element in elements if element.get("action_id") == ids.APPROVE_BECAUSE)
    value, card = menu["options"][0]["value"], play.card
    await (await play.hand("ana").person.choose(card.channel, card.ts, ids.APPROVE_BECAUSE, value)).settled()
    await card.shows("Approved by Ana Moreau")


async def a_rule_is_proposed(play: Play) -> None:
    await approved_twice(play)
    await approves_because(play)
    await _asks_again(play)
    await play.scene.said("escalation", "A policy is due", f"tool{play.number}x0")
    await play.scene.seen(lambda: ids.BY_RULE_MODAL in play.card.actions)


async def approves_as_proposed(play: Play) -> None:
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.BY_RULE_MODAL, ids.BY_RULE_VIEW)
    for reach in ("computer_group", "computer"):
        view = await ana.stepped(view, {ids.REACH_BLOCK: reach})
    await ana.submit(view, reason=WORDS)
    await ana.hears("Approved", "by a rule")
    await play.card.shows("Approved by Ana Moreau")


async def promotes(play: Play) -> None:
    kim = play.hand("kim")
    view = await from_details(kim, play.card, ids.POLICY_PROMOTE, ids.PROMOTE_VIEW)
    await kim.submit(view, reach="organization", validated_how=HOW, confirmed_by=WHO)
    await kim.hears("copied to the entire organization")
    await play.card.shows("Promoted", "entire organization")


async def approved_by_rule(play: Play) -> None:
    await play.carded()
    view = await whole(play.hand("ana"), play.card)
    file = play.scene.stage.portal.request(play.requests[0]).file
    path = file.full_path.replace(file.file_name, rf"*\{file.file_name}")
    rule = {
        ids.RECOGNIZED_BLOCK: ids.BY_RULE,
        ids.RULE_PATH_BLOCK: path,
        ids.RULE_SIGNER_BLOCK: file.certificates[0].subject,
    }
    await play.hand("ana").submit(view, **rule)
    await play.card.shows("Approved by Ana Moreau")


async def proposes(play: Play) -> None:
    kim = play.hand("kim")
    await kim.more(play.card, ids.DETAILS)
    details = await play.scene.seen(lambda: kim.modal(ids.DETAILS_VIEW))
    await (await kim.person.click_in(details["id"], ids.POLICY_PROPOSE)).settled()
    await play.scene.said("escalation", "A policy is proposed by Kim Okafor", f"tool{play.number}x0")
    await kim.person.close_view(details["id"], whole_stack=True)


async def proposed(play: Play) -> None:
    """An approval by a rule, and the policy that Kim proposes after it."""
    await approved_by_rule(play)
    await proposes(play)


async def copied_card(play: Play) -> None:
    """A second copy of the card stands, as after a crash between Slack's yes and our note of it."""
    await play.carded()
    await play.scene.quiet()
    workspace = play.scene.stage.slack.workspace
    channel = workspace.channel(play.card.channel)
    twin = replace(channel.messages[play.card.ts], ts=workspace.next_ts())
    workspace.post(channel, twin)
    play.kept["twin"] = replace(play.card, ts=twin.ts)


async def claims_on_copy(play: Play) -> None:
    await play.hand("ana").press(play.kept["twin"], ids.CLAIM)
    await play.card.shows("Claimed by Ana Moreau")
    await play.kept["twin"].shows("second copy")
