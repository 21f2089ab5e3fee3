"""Cases that share a card: one key leads to it, one address stands in each of them, and two openings make one card."""

from __future__ import annotations

from bot.ledger import Committed, ConflictKind, Ledger
from bot.models import Case, CaseWrite, Change, Effect
from tests.ledger.build import LEASE, card, card_effect, case, change, committed, event, message, refused

KEY = "file-in-channel"


def _in_bundle(case_id: str, bundle_id: str = "case-1", key: str = KEY) -> Case:
    return case(case_id).model_copy(update={"bundle_id": bundle_id, "bundle_key": key})


def _opens(one: Case, before: str | None = "", *effects: Effect) -> Change:
    """A new case, opened by somebody who had found this bundle under its key."""
    write = CaseWrite(one, 0, before)
    return Change(op_id=f"open-{one.case_id}", events=[event(one.case_id)], cases=[write], effects=effects)


def _shared_card(case_id: str) -> Effect:
    return card_effect("case-1").model_copy(update={"case_id": case_id, "bundle_id": "case-1"})


async def test_a_key_leads_to_the_bundle_and_the_bundle_to_its_cases(ledger: Ledger) -> None:
    await committed(ledger, _opens(_in_bundle("case-1")))
    assert await ledger.bundle_of_key(KEY) == "case-1"
    await committed(ledger, _opens(_in_bundle("case-2"), "case-1"))
    assert [each.case.case_id for each in await ledger.bundle("case-1")] == ["case-1", "case-2"]
    assert await ledger.bundle_of_key("another") == ""
    assert await ledger.bundle("") == []


async def test_two_that_open_side_by_side_do_not_both_make_a_card(ledger: Ledger, other: Ledger) -> None:
    """Each had found nothing under the key; the second is refused, and nothing of it is written."""
    await committed(ledger, _opens(_in_bundle("case-1")))
    conflict = await refused(other, _opens(_in_bundle("case-2", "case-2")), ConflictKind.BUNDLE)
    assert conflict.subject_id == "case-1"
    assert await other.case("case-2") is None


async def test_a_later_card_for_the_same_key_takes_the_place_of_the_first(ledger: Ledger) -> None:
    await committed(ledger, _opens(_in_bundle("case-1")))
    await committed(ledger, _opens(_in_bundle("case-2", "case-2"), "case-1"))
    assert await ledger.bundle_of_key(KEY) == "case-2"
    assert [each.case.case_id for each in await ledger.bundle("case-1")] == ["case-1"]


async def test_a_posted_card_gets_into_every_case_that_shares_it_and_wakes_their_replies(
    ledger: Ledger,
) -> None:
    await committed(ledger, _opens(_in_bundle("case-1"), "", _shared_card("case-1")))
    reply = message("reply", case_id="case-2", in_thread=True)
    await committed(ledger, _opens(_in_bundle("case-2"), "case-1", _shared_card("case-2"), reply))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert claimed.effect.bundle_id == "case-1"
    assert isinstance(await ledger.effect_done(claimed, case_card=card()), Committed)
    assert [each.case.card for each in await ledger.bundle("case-1")] == [card(), card()]
    assert [one.effect.effect_id for one in await ledger.claim_effects(10, LEASE)] == ["reply"]


async def test_who_lost_the_lease_learns_of_the_twin_from_any_case_of_the_card(ledger: Ledger) -> None:
    await committed(ledger, _opens(_in_bundle("case-1"), "", _shared_card("case-1")))
    [claimed] = await ledger.claim_effects(10, LEASE)
    await ledger.effect_done(claimed, case_card=card())
    late = await ledger.effect_done(claimed, case_card=card("2.2"))
    assert getattr(late, "kind", None) is ConflictKind.TWIN


async def test_a_case_that_leaves_is_no_part_of_the_bundle_any_more(ledger: Ledger) -> None:
    await committed(ledger, _opens(_in_bundle("case-1")))
    await committed(ledger, _opens(_in_bundle("case-2"), "case-1"))
    left = _in_bundle("case-2", "alone", "")
    await committed(ledger, change((left, 1)))
    assert [each.case.case_id for each in await ledger.bundle("case-1")] == ["case-1"]
    assert [each.case.case_id for each in await ledger.bundle("alone")] == ["case-2"]
    assert await ledger.bundle_of_key(KEY) == "case-1"


async def test_a_case_of_an_older_release_is_in_no_bundle(ledger: Ledger) -> None:
    """Its hash in the ledger has no such field; the next change writes it."""
    await committed(ledger, change((case("case-1"), 0)))
    await committed(ledger, change((_in_bundle("case-1", key=""), 1)))
    assert [each.case.case_id for each in await ledger.bundle("case-1")] == ["case-1"]
