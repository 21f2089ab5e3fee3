"""The send queue: escalations first, at Slack's pace, each thing said once, the newest card wins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.ledger import ClaimedEffect, Committed, Conflict, ConflictKind, Ledger, Pace
from bot.models import CardAddress, Effect, EffectKind, Event, Urgency
from tests.ledger.build import LEASE, card, card_effect, case, change, committed, message
from tests.valkey import RunningValkey

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def _queue(ledger: Ledger, *effects: Effect) -> None:
    await committed(ledger, change(effects=effects))


async def _ids(ledger: Ledger, limit: int = 10) -> list[str]:
    return [one.effect.effect_id for one in await ledger.claim_effects(limit, LEASE)]


def by_channel(effect: Effect) -> Sequence[Pace]:
    """One message a minute and channel: long enough for a machine that stalls."""
    return (Pace(f"chat.postMessage|{effect.channel_id}", MINUTE), Pace("chat.postMessage"))


async def test_escalations_overtake_everything_and_the_rest_keeps_its_order(ledger: Ledger) -> None:
    await _queue(
        ledger, message("z", Urgency.CARD), message("a", Urgency.CARD), message("redraw", Urgency.REDRAW)
    )
    await _queue(ledger, message("late", Urgency.ANSWER))
    await _queue(ledger, message("escalation", Urgency.ESCALATION))
    assert await ledger.waiting_effects() == {
        Urgency.ESCALATION: 1,
        Urgency.ANSWER: 1,
        Urgency.CARD: 2,
        Urgency.REDRAW: 1,
    }
    assert await _ids(ledger, 2) == ["escalation", "late"]
    assert await _ids(ledger) == ["z", "a", "redraw"]


async def test_an_effect_is_read_back_as_it_was_queued(ledger: Ledger) -> None:
    effect = message("m").model_copy(
        update={"blocks": [{"type": "section", "fields": []}], "view": {"a": {}}}
    )
    await _queue(ledger, effect)
    [claimed] = await ledger.claim_effects(1, LEASE)
    assert (claimed.effect, claimed.attempt) == (effect, 1)


async def test_queued_twice_it_is_said_once(ledger: Ledger, other: Ledger) -> None:
    await _queue(ledger, message("m"), message("m"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert await other.claim_effects(10, LEASE) == []
    assert isinstance(await ledger.effect_done(claimed), Committed)
    await _queue(ledger, message("m"))
    assert await ledger.claim_effects(10, LEASE) == []


async def test_what_a_dead_process_held_is_tried_again(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, message("m"))
    [dead] = await ledger.claim_effects(10, LEASE)
    await valkey.travel(LEASE)
    [claimed] = await other.claim_effects(10, LEASE)
    assert claimed.attempt == 2
    answer = await ledger.effect_done(dead)
    assert isinstance(answer, Conflict)
    assert answer.kind is ConflictKind.LEASE
    assert not await ledger.effect_later(dead, after=SECOND)
    assert isinstance(await other.effect_done(claimed), Committed)


async def test_later_means_later(ledger: Ledger, valkey: RunningValkey) -> None:
    await _queue(ledger, message("m"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert await ledger.effect_later(claimed, after=timedelta(seconds=30))
    assert await _ids(ledger) == []
    await valkey.travel(timedelta(seconds=30))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert await ledger.effect_later(claimed, until=ledger.now() + SECOND)
    assert await _ids(ledger) == []
    await valkey.travel(SECOND)
    assert await _ids(ledger) == ["m"]


@pytest.mark.parametrize("both", [True, False])
async def test_later_wants_a_time_or_a_span(ledger: Ledger, both: bool) -> None:
    await _queue(ledger, message("m"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    with pytest.raises(ValueError, match="either"):
        await ledger.effect_later(
            claimed, until=ledger.now() if both else None, after=SECOND if both else None
        )


async def test_a_dropped_effect_is_recorded_and_never_said(ledger: Ledger) -> None:
    await _queue(ledger, message("m", case_id="case-1"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    await ledger.effect_dropped(claimed, "channel_not_found")
    await _queue(ledger, message("m"))
    assert await _ids(ledger) == []
    [dropped] = [one.event for one in await ledger.events() if one.event.name == "effect_dropped"]
    assert dropped.case_id == "case-1"
    assert dropped.facts == {"effect_id": "m", "kind": "message", "why": "channel_not_found", "attempt": 1}


async def test_what_has_expired_goes_out_of_the_queue_past_every_pace_so_that_its_end_is_told(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, message("m", expires_at=ledger.now() + SECOND, channel_id="A"))
    await ledger.pace("A", after=MINUTE)
    await valkey.travel(SECOND)
    [claimed] = await ledger.claim_effects(10, LEASE, by_channel)
    await ledger.effect_dropped(claimed, "it was no longer worth saying", [message("told instead")])
    assert await _ids(ledger) == ["told instead"]
    [dropped] = [one.event for one in await ledger.events() if one.event.name == "effect_dropped"]
    assert dropped.facts["why"] == "it was no longer worth saying"


async def test_nothing_is_said_instead_of_what_another_process_has_taken_up(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await _queue(ledger, message("m"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    await valkey.travel(LEASE * 2)
    [again] = await other.claim_effects(10, LEASE)
    await ledger.effect_dropped(claimed, "late", [message("told instead")])
    await other.effect_done(again)
    assert await _ids(ledger) == []


async def test_a_busy_channel_does_not_hold_up_the_others(ledger: Ledger, valkey: RunningValkey) -> None:
    await _queue(
        ledger, message("a1", channel_id="A"), message("a2", channel_id="A"), message("b1", channel_id="B")
    )

    async def sent() -> list[str]:
        claimed = await ledger.claim_effects(10, LEASE, by_channel)
        for one in claimed:
            await ledger.effect_done(one)
        return [one.effect.effect_id for one in claimed]

    assert await sent() == ["a1", "b1"]
    assert await sent() == []
    await valkey.travel(MINUTE)
    assert await sent() == ["a2"]


async def test_organizations_take_turns_for_a_busy_channel(ledger: Ledger, valkey: RunningValkey) -> None:
    """One customer's flood does not keep another's single card waiting; within one, what came first goes first."""
    for name, count in (("a-noisy", 6), ("b-noisy", 6), ("quiet", 1)):
        cards = [message(f"{name}-{n}", channel_id="A", organization_id=name) for n in range(count)]
        await _queue(ledger, *cards)
    sent = []
    for _ in range(7):
        for one in await ledger.claim_effects(10, LEASE, by_channel):
            await ledger.effect_done(one)
            sent.append(one.effect.effect_id)
        await valkey.travel(MINUTE)
    assert "quiet-0" in sent[:3]
    assert [one for one in sent if one.startswith("a-")] == ["a-noisy-0", "a-noisy-1", "a-noisy-2"]
    assert [one for one in sent if one.startswith("b-")] == ["b-noisy-0", "b-noisy-1", "b-noisy-2"]


async def test_what_comes_one_by_one_while_a_channel_is_busy_keeps_its_order(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """Each of another organization, and looked at when it comes: nothing but that order tells them apart."""
    await ledger.pace("chat.postMessage|A", after=MINUTE)
    names = [f"{20 - n:02}" for n in range(20)]
    for name in names:
        await _queue(ledger, message(name, channel_id="A", organization_id=name))
        assert await ledger.claim_effects(10, LEASE, by_channel) == []
    sent = []
    for _ in names:
        await valkey.travel(MINUTE)
        [claimed] = await ledger.claim_effects(10, LEASE, by_channel)
        await ledger.effect_done(claimed)
        sent.append(claimed.effect.effect_id)
        await ledger.claim_effects(10, LEASE, by_channel)
    assert sent == names


async def test_a_flood_in_two_channels_takes_turns_in_each(ledger: Ledger, valkey: RunningValkey) -> None:
    noisy = [message(f"noisy-{n}", channel_id="AB"[n % 2], organization_id="noisy") for n in range(12)]
    quiet = [message(f"quiet-{name}", channel_id=name, organization_id="quiet") for name in "AB"]
    await _queue(ledger, *noisy, *quiet)
    sent = []
    for _ in range(3):
        for one in await ledger.claim_effects(10, LEASE, by_channel):
            await ledger.effect_done(one)
            sent.append(one.effect.effect_id)
        await ledger.claim_effects(10, LEASE, by_channel)
        await valkey.travel(MINUTE)
    assert {"quiet-A", "quiet-B"} <= set(sent)


async def test_a_flood_of_what_goes_first_keeps_nobody_else_waiting(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """Hundreds of cards of one customer may be unusual; what goes first does so in its turn."""

    def cards(name: str, count: int, *, goes_first: bool = False) -> list[Effect]:
        made = [message(f"{name}-{n}", Urgency.CARD, organization_id=name) for n in range(count)]
        return [one.model_copy(update={"goes_first": goes_first, "replaces": True}) for one in made]

    await _queue(ledger, *cards("noisy", 6))
    [first] = await ledger.claim_effects(10, LEASE, by_channel)
    await ledger.effect_done(first)
    await _queue(ledger, *cards("noisy", 6, goes_first=True)[1:], *cards("quiet", 1), *cards("still", 1))
    sent = []
    for _ in range(4):
        await valkey.travel(MINUTE)
        [claimed] = await ledger.claim_effects(10, LEASE, by_channel)
        await ledger.effect_done(claimed)
        sent.append(claimed.effect.effect_id)
        await ledger.claim_effects(10, LEASE, by_channel)
    assert sent[0] == "noisy-1", "urgent comes first"
    assert {"quiet-0", "still-0"} < set(sent), "and takes turns"


async def test_the_call_at_a_ceiling_is_not_behind_all_other_calls_of_its_organization(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    early = [message(f"early-{n}", Urgency.ESCALATION, organization_id="o1") for n in range(20)]
    await _queue(ledger, *early)
    [first] = await ledger.claim_effects(10, LEASE, by_channel)
    await ledger.effect_done(first)
    ceiling = message("ceiling", Urgency.ESCALATION, organization_id="o1")
    await _queue(ledger, ceiling.model_copy(update={"is_call": True, "replaces": True}))
    await ledger.claim_effects(10, LEASE, by_channel)
    await valkey.travel(MINUTE)
    [claimed] = await ledger.claim_effects(10, LEASE, by_channel)
    assert claimed.effect.effect_id == "ceiling"


async def test_what_replaces_itself_is_said_once_in_its_newest_words(ledger: Ledger) -> None:
    def call(words: str) -> Effect:
        return message("call:case-1").model_copy(update={"replaces": True, "text": words})

    await _queue(ledger, call("15 minutes"))
    await _queue(ledger, call("30 minutes"))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert claimed.effect.text == "30 minutes"
    await ledger.effect_done(claimed)
    assert await _ids(ledger) == []
    await _queue(ledger, call("45 minutes"))
    assert await _ids(ledger) == ["call:case-1"], "it is not said once for ever"


async def test_a_429_is_obeyed_by_every_replica(ledger: Ledger, other: Ledger, valkey: RunningValkey) -> None:
    await _queue(ledger, message("m"))
    await ledger.pace("chat.postMessage", after=timedelta(seconds=30))
    await ledger.pace("chat.postMessage", until=ledger.now() + SECOND)
    assert await other.claim_effects(10, LEASE, by_channel) == []
    await valkey.travel(timedelta(seconds=20))
    assert await other.claim_effects(10, LEASE, by_channel) == []
    await valkey.travel(timedelta(seconds=10))
    assert len(await other.claim_effects(10, LEASE, by_channel)) == 1


async def test_many_changes_of_a_case_are_one_card(ledger: Ledger) -> None:
    for _ in range(5):
        await _queue(ledger, card_effect())
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert claimed.wanted == 5
    await ledger.effect_done(claimed)
    assert await _ids(ledger) == []


async def test_a_change_while_the_card_is_drawn_draws_it_again(ledger: Ledger, other: Ledger) -> None:
    await _queue(ledger, card_effect())
    [claimed] = await ledger.claim_effects(10, LEASE)
    await _queue(other, card_effect())
    assert await other.claim_effects(10, LEASE) == [], "one card is drawn by one process at a time"
    await ledger.effect_done(claimed)
    [again] = await other.claim_effects(10, LEASE)
    assert (again.attempt, again.wanted) == (1, 2)
    await other.effect_done(again)
    assert await _ids(ledger) == []
    await _queue(ledger, card_effect())
    assert await _ids(ledger) == ["card:case-1"], "a card is not said once for ever"


async def test_a_card_that_was_given_up_is_drawn_again_if_the_case_changed_meanwhile(ledger: Ledger) -> None:
    await _queue(ledger, card_effect())
    [claimed] = await ledger.claim_effects(10, LEASE)
    await _queue(ledger, card_effect())
    await ledger.effect_dropped(claimed, "channel_not_found")
    [again] = await ledger.claim_effects(10, LEASE)
    await ledger.effect_dropped(again, "channel_not_found")
    assert await _ids(ledger) == []


async def test_a_card_takes_the_more_urgent_lane(ledger: Ledger) -> None:
    await _queue(ledger, message("answer", Urgency.CARD), card_effect(urgency=Urgency.REDRAW))
    await _queue(ledger, card_effect(urgency=Urgency.ESCALATION))
    await _queue(ledger, card_effect(urgency=Urgency.REDRAW))
    assert await _ids(ledger) == ["card:case-1", "answer"]


async def _posted(
    ledger: Ledger, claimed: ClaimedEffect, ts: str = "1.1", *, knew: str = ""
) -> Committed | Conflict:
    return await ledger.effect_done(
        claimed,
        case_card=card(ts),
        knew=[f"C1|{knew}"] if knew else [],
        events=[Event(name="card_posted", case_id="case-1")],
    )


async def _card_of_case_1(ledger: Ledger) -> CardAddress | None:
    stored = await ledger.case("case-1")
    assert stored is not None
    return stored.case.card


async def _claimed_twice(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> tuple[ClaimedEffect, ClaimedEffect]:
    """The card of a new case: claimed by the one whose lease is over now, and by the other one since."""
    await committed(ledger, change((case(), 0), effects=[card_effect()]))
    [late] = await ledger.claim_effects(10, LEASE)
    await valkey.travel(LEASE)
    [claimed] = await other.claim_effects(10, LEASE)
    return late, claimed


async def test_a_posted_card_is_noted_in_the_same_step(ledger: Ledger) -> None:
    await committed(ledger, change((case(), 0), effects=[card_effect()]))
    [claimed] = await ledger.claim_effects(10, LEASE)
    assert isinstance(await _posted(ledger, claimed), Committed)
    stored = await ledger.case("case-1")
    assert stored is not None
    assert (stored.case.card, stored.version) == (card(), 2)
    assert [one.event.name for one in await ledger.events()] == ["case_changed", "card_posted"]
    answer = await ledger.commit(change((case(), 1)))
    assert isinstance(answer, Conflict), "a change that has not seen the card must not lose it"


async def test_a_late_poster_learns_that_its_card_is_a_twin(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    late, claimed = await _claimed_twice(ledger, other, valkey)
    await _posted(other, claimed, "2.2")
    answer = await _posted(ledger, late, "1.1")
    assert isinstance(answer, Conflict)
    assert (answer.kind, answer.subject_id) == (ConflictKind.TWIN, "C1|2.2")
    assert await _card_of_case_1(ledger) == card("2.2")


async def test_a_late_poster_of_the_first_card_is_still_believed(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    late, claimed = await _claimed_twice(ledger, other, valkey)
    assert isinstance(await _posted(ledger, late, "1.1"), Committed)
    assert await _card_of_case_1(ledger) == card("1.1")
    assert isinstance(await other.effect_done(claimed), Committed)


async def test_p5_who_holds_the_lease_learns_too_that_another_card_was_noted_since(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    """As when a failover has lost the claim of the one who posts, and another one takes the card up beside them."""
    late, claimed = await _claimed_twice(ledger, other, valkey)
    await _posted(ledger, late, "1.1")
    answer = await _posted(other, claimed, "2.2")
    assert isinstance(answer, Conflict)
    assert (answer.kind, answer.subject_id) == (ConflictKind.TWIN, "C1|1.1")
    assert await _card_of_case_1(ledger) == card("1.1")
    assert len([one for one in await ledger.events() if one.event.name == "card_posted"]) == 1


async def test_a_card_that_was_deleted_is_followed_by_the_first_one_that_is_posted_for_it(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await committed(ledger, change((case(), 0), effects=[card_effect()]))
    [first] = await ledger.claim_effects(10, LEASE)
    await _posted(ledger, first, "1.1")
    await _queue(ledger, card_effect())
    [late] = await ledger.claim_effects(10, LEASE)
    await valkey.travel(LEASE)
    [claimed] = await other.claim_effects(10, LEASE)
    assert isinstance(await _posted(ledger, late, "2.2", knew="1.1"), Committed)
    answer = await _posted(other, claimed, "3.3", knew="1.1")
    assert getattr(answer, "kind", None) is ConflictKind.TWIN
    assert await _card_of_case_1(ledger) == card("2.2")


async def test_a_card_for_a_case_that_is_gone_is_a_conflict(ledger: Ledger) -> None:
    await _queue(ledger, card_effect())
    [claimed] = await ledger.claim_effects(10, LEASE)
    answer = await _posted(ledger, claimed)
    assert isinstance(answer, Conflict)
    assert answer.kind is ConflictKind.VERSION


async def test_a_thread_keeps_its_order_and_waits_for_its_card(ledger: Ledger, valkey: RunningValkey) -> None:
    in_thread = [message(name, case_id="case-1", in_thread=True) for name in ("first", "second")]
    await committed(ledger, change((case(), 0), effects=[*in_thread, card_effect(), message("elsewhere")]))
    claimed = {one.effect.effect_id: one for one in await ledger.claim_effects(10, LEASE)}
    assert set(claimed) == {"elsewhere", "card:case-1"}
    await _posted(ledger, claimed["card:case-1"])
    [first] = await ledger.claim_effects(10, LEASE)
    assert first.effect.effect_id == "first"
    await ledger.effect_later(first, after=timedelta(seconds=20))
    await valkey.travel(LEASE)
    assert await _ids(ledger) == ["elsewhere"], (
        "the second waits for the first, and only the lost one comes again"
    )
    await valkey.travel(LEASE)
    found = {one.effect.effect_id: one for one in await ledger.claim_effects(10, LEASE)}
    assert set(found) == {"first", "elsewhere"}
    await ledger.effect_done(found["first"])
    assert await _ids(ledger) == ["second"]


async def test_an_effect_of_a_newer_program_is_left_to_it(ledger: Ledger, valkey: RunningValkey) -> None:
    await _queue(ledger, message("old"), message("new"))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:effect:new", "sv", "999")
    assert await _ids(ledger) == ["old"]


async def test_a_long_queue_for_one_channel_goes_out_one_a_minute_in_order(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    names = [f"m{number:03}" for number in range(210)]
    await _queue(ledger, *(message(name) for name in names))
    sent: list[str] = []
    for _ in range(12):
        claimed = await ledger.claim_effects(5, LEASE, by_channel)
        for one in claimed:
            sent.append(one.effect.effect_id)
            await ledger.effect_done(one)
        # The last comes due 3 ms after the first: passed by a look in between, it would go first a minute later.
        await valkey.travel(MINUTE + SECOND)
    assert sent == names[:12]


async def test_a_call_is_remembered_until_the_end_of_its_case_is_told(ledger: Ledger) -> None:
    await committed(ledger, change((case(), 0), effects=[message("call", case_id="case-1")]))
    [claimed] = await ledger.claim_effects(10, LEASE)
    await ledger.effect_done(claimed, call_at="C1|1.5")
    assert await ledger.calls.about("case-1") == [("C1", "1.5")]
    assert await _ids(ledger) == []
    await committed(ledger, change((case(closed=True), 1)))
    [over] = await ledger.claim_effects(10, LEASE)
    assert (over.effect.kind, over.effect.case_id) == (EffectKind.CALLS, "case-1")
    await ledger.calls.told("case-1")
    assert await ledger.calls.about("case-1") == []


async def test_a_call_that_was_made_twice_is_remembered_twice(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    """Whoever lost the lease, or a claim in a failover: people have read it, and have to hear how the case ended."""
    await committed(ledger, change((case(), 0), effects=[message("call", case_id="case-1")]))
    [late] = await ledger.claim_effects(10, LEASE)
    await valkey.travel(LEASE)
    [claimed] = await other.claim_effects(10, LEASE)
    assert isinstance(await other.effect_done(claimed, call_at="C1|2.5"), Committed)
    for _ in range(2):
        assert getattr(await ledger.effect_done(late, call_at="C1|1.5"), "kind", None) is ConflictKind.LEASE
    assert await ledger.calls.about("case-1") == [("C1", "2.5"), ("C1", "1.5")]


async def test_a_call_that_is_noted_after_the_end_is_told_it_all_the_same(ledger: Ledger) -> None:
    await committed(ledger, change((case(), 0), effects=[message("call", case_id="case-1")]))
    [claimed] = await ledger.claim_effects(10, LEASE)
    await committed(ledger, change((case(closed=True), 1)))
    await ledger.effect_done(claimed, call_at="C1|1.5")
    assert await _ids(ledger) == ["calls:case-1"]


async def test_cards_and_redraws_leave_room_for_a_call(ledger: Ledger) -> None:
    """However many of them are under way while Slack is slow."""
    redraws = [message(f"redraw-{n}", Urgency.REDRAW) for n in range(5)]
    await _queue(ledger, *redraws, message("card", Urgency.CARD), message("call", Urgency.ESCALATION))
    claimed = await ledger.claim_effects(4, LEASE, patient=2)
    assert [one.effect.effect_id for one in claimed] == ["call", "card", "redraw-0"]
    await _queue(ledger, message("another call", Urgency.ESCALATION))
    claimed = await ledger.claim_effects(4, LEASE, patient=0)
    assert [one.effect.effect_id for one in claimed] == ["another call"]
    assert await _ids(ledger, 1) == ["redraw-1"]


async def test_it_is_known_when_the_next_that_has_to_wait_may_go(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    assert (await ledger.claim_effects(10, LEASE)).next_at is None
    await _queue(ledger, message("a", channel_id="A"), message("b", channel_id="A"))
    assert (await ledger.claim_effects(0, LEASE)).next_at is None, "what may go already is not waited for"
    [claimed] = await ledger.claim_effects(10, LEASE, by_channel)
    await ledger.effect_done(claimed)
    none = await ledger.claim_effects(10, LEASE, by_channel)
    assert none == []
    at = none.next_at
    assert at is not None
    # What is counted here lies a millisecond behind the ledger's time at most, and never ahead of it.
    assert MINUTE - SECOND * 10 < at - ledger.now() <= MINUTE + SECOND / 1000
    await valkey.travel(at - ledger.now())
    assert [one.effect.effect_id for one in await ledger.claim_effects(10, LEASE, by_channel)] == ["b"]
