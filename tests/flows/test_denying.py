"""“Deny…” in a workspace: a reason is chosen, read as the requestor will read it, and sent in those very words."""

from __future__ import annotations

from typing import Any

from bot.cards.kit import ids
from bot.models import DENY_REASONS
from tests.cards.reading import read
from tests.flows.scene import Hand, Json, Scene

REJECT = "ApprovalRequestUpdateForReject"
PORTAL, BUSINESS = DENY_REASONS[:2]


def text_of(view: Json) -> str:
    """A modal as it is read on the screen, on one line."""
    return " ".join(read(view["blocks"]).split())


async def shows(hand: Hand, *words: str) -> Json:
    """Wait until the open deny form shows all of these words."""

    def look() -> Json | None:
        view = hand.modal(ids.DENY_VIEW)
        return view if view is not None and all(word in text_of(view) for word in words) else None

    return await hand.scene.seen(look, lambda: str(hand.modal(ids.DENY_VIEW)))


async def choose(hand: Hand, view: Json, value: Any, block_id: str) -> None:
    """Choose in an input that tells its changes."""
    await (await hand.person.choose_in(view["id"], ids.INPUT, value, block_id)).settled()


async def test_a_chosen_reason_is_read_before_it_is_sent_in_the_same_words(scene: Scene) -> None:
    """The preview, both fields of the portal, the record and the card hold the same text; nothing typed is lost."""
    request_id, card = await scene.carded(computer="BRW-WS-007")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    assert "here you will see it as the requestor reads it" in text_of(view)
    await ana.person.fill(view["id"], {ids.REASON_BLOCK: {ids.INPUT: "It is called “Reader”."}})
    await choose(ana, view, PORTAL.reason_id, ids.DENY_REASON_BLOCK)
    view = await shows(ana, "will read:", PORTAL.text, "It is called “Reader”.")
    await choose(ana, view, BUSINESS.reason_id, ids.DENY_REASON_BLOCK)
    view = await shows(ana, BUSINESS.text, "It is called “Reader”.")
    assert PORTAL.text not in text_of(view)
    delivery = await ana.submit(view)
    assert delivery.outcome == "closed"
    sent = f"{BUSINESS.text}\n\nIt is called “Reader”."
    await ana.hears("Denied", "The portal says")
    [write] = scene.writes
    assert write.action == REJECT
    assert (write.body["rejectReason"], write.body["responseReason"]) == (sent, sent)
    assert write.body["notifyOnResponse"] is True
    attempted = await scene.event("decision_attempted", request_id=request_id)
    assert attempted.event.private["reason"] == sent
    await card.shows("Denied by Ana Moreau in Gatehouse", "the requestor reads: “")
    assert "It is called “Reader”." in await ana.details(card)


async def test_the_button_shows_what_was_typed_and_unticking_shows_that_nobody_is_told(scene: Scene) -> None:
    _, card = await scene.carded()
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    await ana.person.fill(view["id"], {ids.REASON_BLOCK: {ids.INPUT: "Ask <!channel> & Tom."}})
    await (await ana.person.click_in(view["id"], ids.DENY_PREVIEW)).settled()
    view = await shows(ana, "will read:", "Ask <!channel> & Tom.")
    await choose(ana, view, [], ids.NOTIFY_BLOCK)
    view = await shows(ana, "Not told to the requestor, but kept in the record:", "Ask <!channel> & Tom.")
    await ana.submit(view)
    await ana.hears("Denied", "The portal says")
    assert scene.writes[0].body["notifyOnResponse"] is False
    await card.shows("for the record only: “")


async def test_an_empty_denial_names_the_field_and_stores_nothing(scene: Scene) -> None:
    """P4: the acknowledgement itself says what is missing; the form stays open as it was."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    delivery = await ana.submit(view)
    assert delivery.outcome == "errors"
    shown = ana.modal(ids.DENY_VIEW)
    assert shown is not None
    assert "Choose a reason" in shown["errors"][ids.REASON_BLOCK]
    assert not await scene.ledger.waiting_presses()
    assert scene.writes == []


async def test_a_denial_of_some_of_many_counts_them_and_leaves_the_others(scene: Scene) -> None:
    """What somebody decided in the portal meanwhile is counted with their name."""
    computers = ("BRW-WS-001", "BRW-WS-002", "BRW-WS-003", "BRW-WS-004")
    request_ids = scene.stage.portal.raise_everywhere("execute", computers)
    card = await scene.card(request_ids[-1])
    await card.shows("and 3 more")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    scene.stage.portal.decide_in_portal(request_ids[0], approve=True, by="Tom Baker")
    await ana.submit(view, deny_reason=PORTAL.reason_id, requests=list(request_ids[:3]))
    await ana.hears("2 denied, 1 already decided by Tom Baker in the portal.")
    case = await scene.case_where(card.case_id, lambda one: len(one.pending) == 1)
    assert case.pending[0].facts.request_id == request_ids[3]
    assert len(scene.writes) == 2
