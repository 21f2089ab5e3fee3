"""What people do beside deciding: rights, roles, turns on call, exceptions, several customers at once."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.crashes import deciding
from tests.crashes.play import Play, has_evidence
from tests.flows.scene import Json
from tests.flows.test_duty import pressed

ROTA = """
[tiers.leads]
rota = "week"
[rotas.week]
zone = "UTC"
people = ["ana", "lee"]
starts = "2026-11-16"
hand_over = "mon 08:00"
"""


async def family(play: Play) -> None:
    """One file of two customers, on one card."""
    number = play.number % 30 + 1
    first = play.ask(computer=f"BRW-WS-{number:03}")
    file = play.scene.stage.portal.request(first).file
    card = await play.scene.card(first)
    play.ask(
        computer=f"MRL-WS-{number:03}",
        path=file.full_path,
        hash=file.hash,
        sha256=file.sha256,
        signer=file.certificates[0].subject,
    )
    await card.shows("2 customers")
    for case_id in card.case_ids:
        await play.scene.case_where(case_id, has_evidence)
    await play.scene.quiet()
    play.kept["card"] = card


async def approves_family(play: Play) -> None:
    await play.hand("ana").approve(play.card)
    await play.hand("ana").hears("2 approved", f"tool{play.number}x0")
    await play.card.shows("2 approved", "Ana Moreau")


async def two_wait_for_second(play: Play) -> None:
    """What one press would let run on two computers waits for a second person."""
    await deciding.one_card(play)
    file = play.scene.stage.portal.request(play.requests[0]).file
    play.ask(
        computer=f"BRW-WS-{(play.number + 30) % 60 + 1:03}",
        path=file.full_path,
        hash=file.hash,
        sha256=file.sha256,
        signer=file.certificates[0].subject,
    )
    await play.scene.case_where(play.card.case_id, lambda case: len(case.pending) == 2)
    await play.scene.quiet()
    await play.hand("ana").approve(play.card)
    await play.scene.case_where(play.card.case_id, lambda case: any(entry.awaited for entry in case.pending))


async def agrees(play: Play) -> None:
    await play.hand("kim").press(play.card, ids.AGREE)
    await play.hand("kim").hears("2 approved")
    await play.card.shows("Approved by Kim Okafor")


async def called(play: Play) -> None:
    await deciding.one_card(play)
    await play.scene.advance(minutes=15)
    play.kept["call"] = await _newest(play, ids.CALL_CLAIM, play.computer)


async def takes_up_call(play: Play) -> None:
    kim, call = play.hand("kim"), play.kept["call"]
    await (
        await kim.person.click(play.scene.stage.channels["escalation"], call["ts"], ids.CALL_CLAIM)
    ).settled()
    await play.card.shows("Claimed by Kim Okafor")


async def _newest(play: Play, action_id: str, *words: str) -> Json:
    """The newest message in the escalation channel with this button and these words."""
    channel = play.scene.stage.channels["escalation"]

    def look() -> Json | None:
        found = play.scene.stage.slack.messages(channel)[::-1]
        return next((one for one in found if all(word in str(one) for word in (action_id, *words))), None)

    return await play.scene.seen(look)


async def puts_off(play: Play) -> None:
    kim = play.hand("kim")
    message = await _newest(play, ids.POLICY_NOT_NOW, f"tool{play.number}x0")
    await (
        await kim.person.click(play.scene.stage.channels["escalation"], message["ts"], ids.POLICY_NOT_NOW)
    ).settled()
    view = await play.scene.seen(lambda: kim.modal(ids.NOT_NOW_VIEW))
    await kim.submit(view, reason="The vendor brings an installer next week.")
    await kim.hears("Noted")
    await play.scene.said("escalation", "Not now", f"tool{play.number}x0")


async def kept(play: Play) -> None:
    await deciding.denied(play)
    await deciding.keeps(play)


async def _opens(play: Play, action_id: str, view_id: str) -> Json:
    kim = play.hand("kim")
    message = await _newest(play, action_id, f"tool{play.number}x0")
    await (
        await kim.person.click(play.scene.stage.channels["escalation"], message["ts"], action_id)
    ).settled()
    return await play.scene.seen(lambda: kim.modal(view_id))


async def renews(play: Play) -> None:
    view = await _opens(play, ids.EXCEPTION_RENEW, ids.EXCEPTION_RENEW_VIEW)
    await play.hand("kim").submit(
        view, reason=f"Not signed in {play.number}.", review_on="2027-01-18", ends_on="2027-03-18"
    )
    await play.scene.said("escalation", "Renewed", f"Not signed in {play.number}.")


async def closes(play: Play) -> None:
    view = await _opens(play, ids.EXCEPTION_CLOSE, ids.EXCEPTION_CLOSE_VIEW)
    await play.hand("kim").submit(view, reason=f"A policy covers it since {play.number}.")
    await play.scene.said("escalation", "Closed", f"A policy covers it since {play.number}.")


async def grants_by_form(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command("/gatehouse", "grant")
    view = await play.scene.seen(lambda: zoe.modal(ids.GRANT_VIEW))
    await zoe.submit(
        view,
        person=play.scene.stage.cast["hal"],
        what="Approve for Group",
        organization=play.scene.stage.portal.organization_id("brightwater"),
        until="4h",
        reason=f"run {play.number}",
    )
    await zoe.hears("Hal Novak has Approve for Group")
    await play.scene.said("audit", "gave Hal Novak", f"run {play.number}")


async def makes_role(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command(
        "/gatehouse", f"role create Desk{play.number} at brightwater with View Approvals because of the night"
    )
    await zoe.hears(f"Desk{play.number}", "Nobody has it yet")
    await play.scene.said("audit", "made a role", f"Desk{play.number}")


async def changes_role(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command(
        "/gatehouse", f"role change Desk{play.number} at brightwater add View Unified Audit because it asks"
    )
    await play.scene.said("audit", "changed a role", f"Desk{play.number}")


async def deletes_role(play: Play) -> None:
    await play.hand("zoe").command("/gatehouse", f"role delete Desk{play.number} at brightwater because over")
    await play.scene.said("audit", "deleted a role", f"Desk{play.number}")


async def no_role(play: Play) -> None:
    """Whatever role of this run there is, is deleted."""
    name = f"Desk{play.number}"
    given = (await play.scene.ledger.given()).given
    if any(role.name == name for role in given.roles):
        await deletes_role(play)


async def asks_why(play: Play) -> None:
    await play.hand("ana").more(play.card, ids.WHY)
    await play.hand("ana").hears(f"tool{play.number}x0")


async def takes_turn(play: Play) -> None:
    lee = play.hand("lee")
    await lee.command("/gatehouse", f"oncall take week for 8h because run {play.number}")
    await play.hand("ana").hears("Lee Sandoval has the turn of week", f"run {play.number}")


async def overrides(play: Play) -> None:
    await play.hand("zoe").command(
        "/gatehouse", f"oncall override week 2026-11-20 @lee because run {play.number}"
    )
    await play.hand("lee").hears("Lee Sandoval has the turn of week", f"run {play.number}")


async def goes_away(play: Play) -> None:
    await play.hand("lee").command("/gatehouse", f"oncall away 2026-11-20 because run {play.number}")
    await play.hand("lee").hears("Lee Sandoval is out of office", f"run {play.number}")


async def asks_on_call(play: Play) -> None:
    await play.hand("lee").command("/gatehouse", "oncall")
    await play.hand("lee").hears("Ana Moreau")


async def drops_turn(play: Play) -> None:
    await play.hand("lee").command("/gatehouse", "oncall drop")
    await play.scene.quiet()


async def drops(play: Play) -> None:
    await play.hand("lee").command("/gatehouse", f"oncall drop because dropped {play.number}")
    await play.hand("ana").hears("took back", f"dropped {play.number}")


async def offered(play: Play) -> None:
    await play.hand("ana").command("/gatehouse", "oncall swap 2026-11-20 with @lee")
    await play.hand("lee").hears("Ana Moreau offers you a swap")
    await play.scene.quiet()


async def agrees_to_swap(play: Play) -> None:
    await pressed(play.hand("lee"), ids.SWAP_AGREE)
    await play.scene.until(lambda: _is_swapped(play))


async def _is_swapped(play: Play) -> bool:
    given = (await play.scene.ledger.given()).given
    return bool(given.duty) and not given.swaps


async def no_duty(play: Play) -> None:
    """Whoever changed the rota takes it back."""
    for _ in range(4):
        given = (await play.scene.ledger.given()).given
        if not given.duty and not given.swaps:
            return
        for key in ("lee", "ana"):
            await play.hand(key).command("/gatehouse", "oncall drop")
        # Of what somebody arranged for another one, the id has to be said.
        for one in given.duty:
            if one.by.person_id == "zoe":
                await play.hand("zoe").command("/gatehouse", f"oncall drop {one.duty_id} because over")
        await play.scene.quiet()


async def claim_lapses(play: Play) -> None:
    await play.scene.advance(minutes=31)
    await play.scene.case_where(play.card.case_id, lambda case: case.claim is None)


async def grant_ends(play: Play) -> None:
    await play.scene.advance(minutes=61)
    await play.scene.until(lambda: _is_without_grant(play))


async def _is_without_grant(play: Play) -> bool:
    return not (await play.scene.ledger.given()).given.grants


async def makes_in_form(play: Play) -> None:
    view = await _role_form(play, "", ids.ROLE_MAKE_VIEW)
    await play.hand("zoe").submit(
        view,
        role_name=f"Desk{play.number}",
        organization=play.scene.stage.portal.organization_id("brightwater"),
        permissions=["View Approvals"],
        reason="the night",
    )
    await play.scene.said("audit", "made a role", f"Desk{play.number}")


async def changes_in_form(play: Play) -> None:
    view = await _role_form(play, f"change Desk{play.number} at brightwater", ids.ROLE_CHANGE_VIEW)
    await play.hand("zoe").submit(
        view, permissions=["View Approvals", "View Unified Audit"], reason="It asks."
    )
    await play.scene.said("audit", "changed a role", f"Desk{play.number}")


async def deletes_in_form(play: Play) -> None:
    view = await _role_form(play, f"delete Desk{play.number} at brightwater", ids.ROLE_DELETE_VIEW)
    await play.hand("zoe").submit(view, reason="over")
    await play.scene.said("audit", "deleted a role", f"Desk{play.number}")


async def _role_form(play: Play, order: str, view_id: str) -> Json:
    zoe = play.hand("zoe")
    await zoe.command("/gatehouse", f"role {order}".strip())
    return await play.scene.seen(lambda: zoe.modal(view_id))


async def on_call_shown(play: Play) -> None:
    """The answer stands with its buttons."""
    await asks_on_call(play)
    await play.scene.quiet()


async def _duty_form(play: Play, action_id: str, view_id: str) -> Json:
    lee = play.hand("lee")
    await pressed(lee, action_id)
    return await play.scene.seen(lambda: lee.modal(view_id))


async def takes_in_form(play: Play) -> None:
    view = await _duty_form(play, ids.DUTY_TAKE, ids.TAKE_VIEW)
    await play.hand("lee").submit(view, until="for 8h", reason=f"run {play.number}")
    await play.hand("ana").hears("Lee Sandoval has the turn of week", f"run {play.number}")


async def offers_in_form(play: Play) -> None:
    view = await _duty_form(play, ids.DUTY_SWAP, ids.SWAP_VIEW)
    await play.hand("lee").submit(view, when="turn", person="ana", reason=f"run {play.number}")
    await play.hand("ana").hears("offers you a swap", f"run {play.number}")


async def away_in_form(play: Play) -> None:
    view = await _duty_form(play, ids.DUTY_AWAY, ids.AWAY_VIEW)
    await play.hand("lee").submit(view, when="2026-11-20", reason=f"run {play.number}")
    await play.hand("lee").hears("Lee Sandoval is out of office", f"run {play.number}")


async def drops_by_button(play: Play) -> None:
    await pressed(play.hand("lee"), ids.DUTY_DROP)
    await play.scene.until(lambda: _is_without_duty(play))


async def _is_without_duty(play: Play) -> bool:
    return not (await play.scene.ledger.given()).given.duty


async def declines_swap(play: Play) -> None:
    await pressed(play.hand("lee"), ids.SWAP_DECLINE)
    await play.scene.until(lambda: _is_without_offer(play))


async def _is_without_offer(play: Play) -> bool:
    return not (await play.scene.ledger.given()).given.swaps


async def turn_taken(play: Play) -> None:
    """What Lee has taken over can be taken back by a button."""
    await takes_turn(play)
    await play.scene.quiet()


async def family_by_form(play: Play) -> None:
    """Both customers at once."""
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    await ana.submit(view, reason="Known vendor, asked for by the finance team.")
    await ana.hears("2 approved", f"tool{play.number}x0")
    await play.card.shows("2 approved", "Ana Moreau")


async def one_of_family(play: Play) -> None:
    """One customer's own form, opened in the place of the form for all."""
    ana = play.hand("ana")
    view = await ana.form(play.card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    case_id = (await play.scene.ledger.case_ids_of_requests(play.requests))[play.requests[1]]
    await (await ana.person.choose_in(view["id"], ids.INPUT, case_id, ids.ONE_CASE_BLOCK)).settled()
    form = await play.scene.seen(lambda: ana.modal(ids.APPROVE_VIEW))
    await ana.submit(form)
    await ana.hears("Approved", f"tool{play.number}x0")
    await play.card.shows("· waiting", "Before: approved")


async def details_of_one(play: Play) -> None:
    ana = play.hand("ana")
    await ana.details(play.card)
    shown = ana.person.views()[-1]
    block, value = next(
        (block["block_id"], element["value"])
        for block in shown["blocks"]
        for element in (*block.get("elements", ()), block.get("accessory") or {})
        if element.get("action_id") == ids.ONE_DETAILS
    )
    await (await ana.person.click_in(shown["id"], ids.ONE_DETAILS, block, value)).settled()
    await play.scene.seen(
        lambda: len(ana.person.views()) > 1 or ana.person.views()[-1]["hash"] != shown["hash"]
    )


async def burst(play: Play) -> None:
    """Many files of one computer, on one card."""
    for _ in range(5):
        await play.scene.card(play.ask())
    card = await play.scene.card(play.requests[0])
    await card.shows("Burst of 5 files")
    await play.scene.quiet()
    play.kept["card"] = await play.scene.card(play.requests[-1])
