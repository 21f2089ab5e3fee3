"""One file, many customers; one computer, many files: one card, and each request decided by itself (P1, P2, P8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import Running, started
from bot.cards.kit import ids
from bot.settings.sections import Route, RoutingSection
from tests.flows.scene import Card, Scene, set_scene

FILE = {"product": "tideplan", "version": "4.1"}
ONE_PERSON = {"second_approval": {"reaches": (), "unseen_wider_than_computer": False}}


async def _asked(scene: Scene, *computers: str, **choices: object) -> list[str]:
    """The same file, asked for on these computers of whatever organizations."""
    return scene.stage.portal.raise_everywhere("execute", computers, **(FILE | choices))


async def _family(scene: Scene, *computers: str) -> tuple[list[str], Card]:
    """Its one card, once it shows every case of it and all checks are made."""
    wanted = await _asked(scene, *computers)
    card = await scene.card(wanted[0])
    await card.shows(f"{len(computers)} computers")
    await scene.quiet()
    return wanted, await scene.card(wanted[-1])


async def test_one_file_of_three_customers_is_one_card_and_one_press_decides_each(one_person: Scene) -> None:
    """Three writes, three attempts, one answer that names each customer; no second card, then or later."""
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    assert "3 customers, 3 computers" in card.text
    assert len(scene.cards()) == 1
    await scene.hand("ana").approve(card)
    said = " ".join((await scene.hand("ana").hears("3 approved")).split())
    for name in ("Brightwater Logistics", "Marlow Precision", "Calder & Voss Legal"):
        assert name in said
    assert sorted(write.request_ids for write in scene.writes) == sorted((one,) for one in wanted)
    await card.shows("3 approved", "Decided by Ana Moreau")
    assert len(await scene.events("decision_attempted")) == 3
    assert len({one.event.organization_id for one in await scene.events("press_answered")}) == 3
    assert len(scene.cards()) == 1


async def test_a_card_that_is_posted_already_takes_in_the_second_customer(one_person: Scene) -> None:
    """It is drawn anew, with the first customer's request on it; nothing is posted beside it."""
    scene = one_person
    first, card = await scene.carded(computer="BRW-WS-001", **FILE)
    second = scene.ask(computer="MRL-WS-002", **FILE)
    await card.shows("2 waiting", "2 customers", "MRL-WS-002")
    assert (await scene.card(second)).ts == card.ts
    case = await scene.case(card.case_id)
    assert case.entry(first) is not None
    assert case.entry(second) is None


async def test_who_asks_after_the_decision_joins_the_card_and_is_heard_below_it(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-001", **FILE)
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    late = scene.ask(computer="MRL-WS-002", **FILE)
    await card.shows("· waiting", "Marlow Precision", "Before: approved at Brightwater")
    await scene.seen(lambda: any("Asked again" in str(reply) for reply in card.thread()))
    await scene.hand("ana").approve(await scene.card(late))
    await card.shows("2 approved")
    assert len(scene.writes) == 2


async def test_an_organization_that_asks_again_after_a_decision_opens_the_same_card_again(
    one_person: Scene,
) -> None:
    """A closed case takes no joiners: the new one stands beside it, on the card that tells what was decided before."""
    scene = one_person
    first, card = await scene.carded(computer="BRW-WS-001", **FILE)
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    second = scene.ask(computer="BRW-WS-002", **FILE)
    await card.shows("· waiting", "BRW-WS-002", "Before: approved here")
    await scene.seen(lambda: any("Asked again" in str(reply) for reply in card.thread()))
    case = await scene.case_where(card.case_id, lambda one: not one.is_open)
    assert case.entry(second) is None
    await scene.hand("ana").approve(await scene.card(second))
    await card.shows("2 approved")
    assert [write.request_ids for write in scene.writes] == [(first,), (second,)]


async def test_p1_a_press_decides_where_its_presser_may_and_names_no_other_customer(
    one_person: Scene,
) -> None:
    """Bo may decide at Brightwater alone: the other's request stays, and its organization is not named to him."""
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
    await scene.hand("bo").approve(card)
    said = await scene.hand("bo").hears("1 approved", "1 not allowed")
    assert "Marlow" not in said
    assert "MRL" not in said
    assert [write.request_ids for write in scene.writes] == [(wanted[0],)]
    assert scene.stage.portal.request(wanted[1]).is_open
    await card.shows("· waiting", "Before: approved at")
    refused = await scene.events("decision_refused")
    assert [one.event.request_id for one in refused] == [wanted[1]]


async def test_p1_the_forms_show_each_reader_their_own_customers(one_person: Scene) -> None:
    """Approve…, Deny… and Details of Bo hold nothing of Marlow; what is said of it is a number."""
    scene = one_person
    _, card = await _family(scene, "BRW-WS-001", "BRW-WS-003", "MRL-WS-002")
    bo = scene.hand("bo")
    for action, view_id in (
        (ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW),
        (ids.DENY_MODAL, ids.DENY_VIEW),
    ):
        view = await bo.form(card, action, view_id)
        assert "MRL" not in str(view["blocks"])
        assert "Marlow" not in str(view["blocks"])
    await bo.more(card, ids.DETAILS)
    view = await scene.seen(lambda: bo.modal(ids.DETAILS_VIEW))
    assert "Marlow" not in str(view)
    assert "BRW-WS-001" in str(view)


async def test_a_denial_gives_each_requestor_its_reason(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
    await scene.hand("kim").deny(card, "Please take it from the software portal.")
    await scene.hand("kim").hears("2 denied")
    assert sorted(write.request_ids for write in scene.writes) == sorted((one,) for one in wanted)
    await card.shows("2 denied")


async def test_some_customers_are_chosen_in_the_form(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    held = await scene.ledger.case_ids_of_requests(wanted)
    await ana.submit(view, cases=[held[wanted[1]]], reason="Known vendor, asked for by the finance team.")
    await ana.hears("Approved")
    assert [write.request_ids for write in scene.writes] == [(wanted[1],)]
    await card.shows("1 approved, 2 waiting")


async def test_one_customers_own_form_opens_in_the_place_of_the_shared_one(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    case_id = (await scene.ledger.case_ids_of_requests(wanted))[wanted[1]]
    await (await ana.person.choose_in(view["id"], ids.INPUT, case_id, ids.ONE_CASE_BLOCK)).settled()
    form = await scene.seen(lambda: ana.modal(ids.APPROVE_VIEW))
    assert "MRL-WS-002" in str(form["blocks"]) or "Marlow" in str(form["blocks"])
    await ana.submit(form)
    await ana.hears("Approved", "MRL-WS-002 only")
    assert [write.request_ids for write in scene.writes] == [(wanted[1],)]


async def test_p2_unseen_software_for_two_customers_waits_for_a_second_person(scene: Scene) -> None:
    """What counts is the whole family; one agreement lets all of it go, each write by itself."""
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("2 waiting for a second person")
    assert scene.writes == []
    kim = scene.hand("kim")
    view = await kim.form(card, ids.SECOND_MODAL, ids.SECOND_VIEW)
    await kim.submit(view)
    await kim.hears("2 approved")
    assert sorted(write.request_ids for write in scene.writes) == sorted((one,) for one in wanted)


async def test_p2_press_by_press_the_second_customer_counts_what_the_first_was_given(scene: Scene) -> None:
    first, card = await scene.carded(computer="BRW-WS-001", **FILE)
    await scene.quiet()
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    scene.ask(computer="MRL-WS-002", **FILE)
    await card.shows("· waiting", "Before: approved at")
    await scene.quiet()
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Waiting for a second person")
    assert [write.request_ids for write in scene.writes] == [(first,)]


async def test_p3_what_is_decided_in_the_portal_shows_and_the_rest_waits_on(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
    scene.stage.portal.decide_in_portal(wanted[0], approve=False, by="Pia Portal")
    await card.shows("· waiting", "decided by Pia Portal")
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Approved")
    assert [write.request_ids for write in scene.writes] == [(wanted[1],)]


async def test_one_claim_and_one_call_for_the_whole_family(one_person: Scene) -> None:
    """Fifteen minutes on, one call names the file and the number of customers; a claim is taken for all."""
    scene = one_person
    _, card = await _family(scene, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    await scene.advance(minutes=15, seconds=5)
    await scene.said("escalation", "Escalated:", "3 customers")
    await scene.quiet()
    assert len([said for said in scene.said_in("escalation") if "Escalated:" in said]) == 1
    assert sum("still waits" in str(reply) for reply in card.thread()) <= 1
    await scene.hand("kim").press(card, ids.CLAIM)
    await scene.hand("kim").hears("You are on it")
    await card.shows("Claimed by Kim Okafor")
    assert len(await scene.events("case_claimed")) == 3
    await scene.hand("kim").approve(card)
    await card.shows("3 approved")
    over = await scene.said("escalation", "Nothing is left to do here")
    assert "3 customers" in over


async def test_who_sees_a_later_customer_alone_may_call_for_that_one(one_person: Scene) -> None:
    """Bo sees Brightwater, whose case is not the first on the card."""
    scene = one_person
    wanted, card = await _family(scene, "MRL-WS-002", "BRW-WS-001")
    await scene.hand("bo").more(card, ids.ESCALATE)
    await scene.hand("bo").hears("escalation team")
    (called,) = await scene.events("escalated_by_hand")
    assert called.event.organization_id == scene.stage.portal.request(wanted[1]).organization_id
    assert await scene.events("press_refused") == []


@asynccontextmanager
async def marlow_apart(scene: Scene, channel: str) -> AsyncIterator[Running]:
    """A bot whose cards of Marlow go to a channel of their own."""
    settings = scene.stage.settings
    rule = Route(organizations=(scene.stage.portal.organization_id("marlow"),), card=channel)
    routing = RoutingSection(default=settings.routing.default, rules=(rule,))
    async with started(settings.model_copy(update={"routing": routing})) as running:
        yield running


def own_channel(scene: Scene) -> str:
    channel = scene.stage.slack.add_channel("marlow", private=True, members=[scene.stage.cast["ana"]])
    scene.more_channels.append(channel)
    return channel


async def test_each_organizationsown_channel_keeps_its_own_card(tmp_path: Path) -> None:
    """Marlow has a channel of its own: its card stands there, and neither names the other's customer."""
    async with set_scene(tmp_path, bots=0, overrides=ONE_PERSON) as scene:
        channel = own_channel(scene)
        async with marlow_apart(scene, channel):
            wanted = await _asked(scene, "BRW-WS-001", "CVL-WS-003", "MRL-WS-002")
            card = await scene.card(wanted[0])
            own = await scene.card(wanted[2], channel)
            await card.shows("2 customers", "CVL-WS-003")
            await scene.quiet()
            assert not any(word in str(card.message) for word in ("MRL", "Marlow"))
            assert not any(word in str(own.message) for word in ("BRW", "CVL", "Brightwater", "Calder"))


async def test_a_customer_that_gets_itsown_channel_leaves_the_card_that_was_shared(tmp_path: Path) -> None:
    """After a restart with other routes the old card names it no more, and its own stands in its channel."""
    async with set_scene(tmp_path, bots=0, overrides=ONE_PERSON) as scene:
        async with started(scene.stage.settings):
            wanted, card = await _family(scene, "BRW-WS-001", "CVL-WS-003", "MRL-WS-002")
        channel = own_channel(scene)
        async with marlow_apart(scene, channel):
            scene.stage.portal.assign_in_portal(wanted[0], by="Pia Portal")
            own = await scene.card(wanted[2], channel)
            await card.shows("2 customers")
            await scene.quiet()
            assert not any(word in str(card.message) for word in ("MRL", "Marlow"))
            await scene.hand("ana").approve(own)
            await scene.hand("ana").hears("Approved", "MRL-WS-002 only")
            await scene.hand("ana").approve(card)
            await scene.hand("ana").hears("2 approved")
            assert len(scene.writes) == 3


async def test_p5_the_family_survives_a_restart_between_any_two_presses(tmp_path: Path) -> None:
    """Two replicas, one of which goes: the other draws, joins and decides as if it had been alone."""
    async with set_scene(tmp_path, bots=2, overrides=ONE_PERSON) as scene:
        _, card = await _family(scene, "BRW-WS-001", "MRL-WS-002")
        assert len(scene.cards()) == 1
        await asyncio.gather(*(scene.hand(who).approve(card) for who in ("ana", "kim")))
        await card.shows("2 approved")
        assert len(scene.writes) == 2
