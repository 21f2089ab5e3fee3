"""A form that comes too late, or is refused, never loses what was typed: its answer offers to open it again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from bot.cards.kit import ids
from rehearsal.portal.faults import FaultKind
from tests.flows.scene import Card, Hand, Json, Scene
from tests.flows.test_approve_dialogue import CONFIRMED, fill, flat, hears, state_of, whole
from tests.flows.test_where_answered import whispers

WORDS = "Month end, and the yard waits"


def way_back(hand: Hand, card: Card) -> Json | None:
    """The newest whisper with “Open the form again”."""
    seen = [one for one in hand.person.sees(card.channel) if one.get("ephemeral")]
    held = [one for one in seen if any(b.get("block_id") == ids.REOPEN_BLOCK for b in one["blocks"])]
    return held[-1] if held else None


async def opens_again(hand: Hand, card: Card, callback_id: str) -> Json:
    """Press it; the form as it stands then."""
    message = await hand.scene.seen(lambda: way_back(hand, card), lambda: f"told: {whispers(hand)}")
    await (await hand.person.click(card.channel, message["ts"], ids.REOPEN)).settled()
    return await hand.scene.seen(lambda: hand.modal(callback_id))


def other_facts(scene: Scene, request_id: str) -> None:
    """The request is another one in the portal by now."""
    portal = scene.stage.portal
    portal.world.requests[request_id] = replace(portal.request(request_id), reason="Quite another reason")


async def test_an_approval_over_other_facts_is_opened_again_with_what_was_typed(one_person: Scene) -> None:
    scene = one_person
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    kim = scene.hand("kim")
    view = await whole(kim, card)
    await fill(
        kim, view, **{ids.REACH_BLOCK: "organization", ids.LASTS_BLOCK: "30"}, **CONFIRMED, reason=WORDS
    )
    other_facts(scene, request_id)
    await card.shows("Quite another reason")
    await kim.submit(kim.person.views()[-1])
    await hears(kim, "Not done", "facts changed")
    view = await opens_again(kim, card, ids.APPROVE_VIEW)
    stands = {ids.REASON_BLOCK: WORDS, ids.REACH_BLOCK: "organization", ids.LASTS_BLOCK: "30", **CONFIRMED}
    assert {block: state_of(view, block) for block in stands} == stands
    assert scene.writes == []
    await kim.submit(view)
    await hears(kim, "Approved", "the entire organization")
    tried = await scene.event("decision_attempted", request_id=request_id)
    assert tried.event.private["reason"] == WORDS


async def test_a_denial_over_other_facts_is_opened_again(scene: Scene) -> None:
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    other_facts(scene, request_id)
    await card.shows("Quite another reason")
    await ana.submit(view, reason=WORDS)
    view = await opens_again(ana, card, ids.DENY_VIEW)
    assert state_of(view, ids.REASON_BLOCK) == WORDS
    assert WORDS in flat(view)
    await ana.submit(view)
    await ana.hears("Denied", "The portal says")


async def test_a_hand_over_that_is_refused_is_opened_again(scene: Scene) -> None:
    _, card = await scene.carded()
    ana, hal = scene.hand("ana"), scene.hand("hal")
    await ana.more(card, ids.HAND_OVER)
    view = await scene.seen(lambda: ana.modal(ids.HAND_OVER_VIEW))
    await ana.submit(view, to=ids.TO_PERSON, person=hal.id, reason=WORDS)
    view = await opens_again(ana, card, ids.HAND_OVER_VIEW)
    held = view["state"]["values"]
    assert held[ids.PERSON_BLOCK][ids.INPUT]["selected_user"] == hal.id
    assert state_of(view, ids.REASON_BLOCK) == WORDS


async def test_what_the_portal_does_not_take_is_opened_again(one_person: Scene) -> None:
    scene = one_person
    _, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    scene.stage.portal.faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetPermitApplicationById")
    await ana.submit(view, reason=WORDS)
    await scene.seen(lambda: way_back(ana, card))
    scene.stage.portal.faults.clear()
    assert state_of(await opens_again(ana, card, ids.APPROVE_VIEW), ids.REASON_BLOCK) == WORDS


async def test_what_is_over_offers_nothing_to_open(scene: Scene) -> None:
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    scene.stage.portal.decide_in_portal(request_id, approve=True, by="Ada Lund")
    await card.shows("Ada Lund")
    await ana.submit(view, reason=WORDS)
    await ana.hears("Too late")
    assert way_back(ana, card) is None


@pytest.mark.parametrize("who", ["kim", "gus"])
async def test_what_somebody_typed_is_nobody_elses(scene: Scene, who: str) -> None:
    """P1: the button is the presser's alone; whoever names its value gets no word of it."""
    request_id, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    ana, other = scene.hand("ana"), scene.hand(who)
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    other_facts(scene, request_id)
    await card.shows("Quite another reason")
    await ana.submit(view, reason=WORDS)
    message = await scene.seen(lambda: way_back(ana, card))
    own = await (await ana.person.click(card.channel, message["ts"], ids.REOPEN)).settled()
    user = own.payload["user"] | {"id": other.id}
    forged = own.payload | {"user": user, "trigger_id": f"9{own.payload['trigger_id']}", "response_url": ""}
    await scene.stage.slack.forge("interactive", forged).settled()
    await scene.until(partial(_refused, scene, other))
    assert other.person.views() == []
    assert not any(WORDS in said for said in other.told())


async def _refused(scene: Scene, other: Hand) -> bool:
    names = ("form_not_opened", "press_refused")
    return any(one.event.slack_user_id == other.id for one in await scene.events(*names))
