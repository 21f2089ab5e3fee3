"""What people do beside deciding: rights, roles, turns on call, exceptions, several customers at once."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.crashes import deciding
from tests.crashes.play import Play
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


async def at_home(play: Play) -> None:
    await deciding.one_card(play)
    ana = play.hand("ana")
    await ana.person.open_home()
    await play.scene.seen(lambda: play.computer in str(ana.person.home()))


async def claims_at_home(play: Play) -> None:
    ana = play.hand("ana")
    home = await play.scene.seen(ana.person.home)
    await ana.person.click_in(home["id"], ids.HOME_CLAIM)
    await play.card.shows("Claimed by Ana Moreau")


async def takes_turn(play: Play) -> None:
    lee = play.hand("lee")
    await lee.command("/gatehouse", f"oncall take week for 8h because run {play.number}")
    await play.hand("ana").hears("Lee Sandoval has the turn of week", f"run {play.number}")


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
        await play.scene.quiet()


async def claim_lapses(play: Play) -> None:
    await play.scene.advance(minutes=31)
    await play.scene.case_where(play.card.case_id, lambda case: case.claim is None)


async def grant_ends(play: Play) -> None:
    await play.scene.advance(minutes=61)
    await play.scene.until(lambda: _is_without_grant(play))


async def _is_without_grant(play: Play) -> bool:
    return not (await play.scene.ledger.given()).given.grants
