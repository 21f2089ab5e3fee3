"""P4: a press is kept until it is answered, and a replay is no second press."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from bot.ledger import Kept, Ledger, LedgerUnavailable
from bot.models import LimitsSection, Press
from tests.ledger.build import LEASE, case, change, committed, press
from tests.valkey import RunningValkey


async def test_a_press_is_read_back_as_it_was_stored(ledger: Ledger) -> None:
    stored = press().model_copy(update={"values": {"reason": "ünïcode \u202e"}, "text": 'quo"ted'})
    assert await ledger.store_press(stored)
    assert await ledger.take_presses(10, LEASE) == [stored]


async def test_presses_of_the_same_instant_are_taken_in_the_order_of_their_arrival(ledger: Ledger) -> None:
    ids = [f"press-{name}" for name in "zaymbx"]
    for press_id in ids:
        await ledger.store_press(press(press_id))
    first = await ledger.take_presses(4, LEASE)
    rest = await ledger.take_presses(4, LEASE)
    assert [one.press_id for one in [*first, *rest]] == ids


async def test_a_replay_is_dropped_for_24_hours_even_after_the_answer(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    assert await ledger.store_press(press())
    assert not await other.store_press(press())
    await committed(ledger, change(press="press-1"))
    await valkey.travel(timedelta(hours=23, minutes=59))
    assert not await other.store_press(press())
    assert await ledger.take_presses(10, LEASE) == []


async def test_replays_are_not_remembered_for_ever(ledger: Ledger, valkey: RunningValkey) -> None:
    for day in range(4):
        await ledger.store_press(press(f"press-{day}"))
        await valkey.travel(timedelta(days=1))
    async with valkey.client() as client:
        assert len(await client.keys("*seen:*")) == 2


async def test_a_press_is_taken_by_one_process_until_its_lease_ends(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await ledger.store_press(press())
    assert len(await ledger.take_presses(10, LEASE)) == 1
    assert await other.take_presses(10, LEASE) == []
    await valkey.travel(LEASE / 2)
    assert await other.take_presses(10, LEASE) == []
    await valkey.travel(LEASE / 2)
    assert len(await other.take_presses(10, LEASE)) == 1
    assert await ledger.waiting_presses() == 1


async def test_a_press_can_be_held_longer_by_its_holder_only(
    ledger: Ledger, other: Ledger, valkey: RunningValkey
) -> None:
    await ledger.store_press(press())
    await ledger.take_presses(10, LEASE)
    assert not await other.extend_press("press-1", LEASE)
    await valkey.travel(LEASE / 2)
    assert await ledger.extend_press("press-1", LEASE)
    await valkey.travel(LEASE / 2)
    assert await other.take_presses(10, LEASE) == []
    await committed(ledger, change(press="press-1"))
    assert not await ledger.extend_press("press-1", LEASE)
    assert await ledger.waiting_presses() == 0


async def test_a_press_of_a_newer_program_is_left_to_it(ledger: Ledger, valkey: RunningValkey) -> None:
    await ledger.store_press(press("old"))
    await ledger.store_press(press("new"))
    async with valkey.client() as client:
        await client.hset("{gatehouse}:press:body", "new", '999|{"who":"knows"}')
    assert [one.press_id for one in await ledger.take_presses(10, LEASE)] == ["old"]
    assert await ledger.waiting_presses() == 2


LIMITS = LimitsSection(
    presses_a_minute=10, presses_of_a_case_a_minute=15, presses_of_an_organization_a_minute=25
)


async def test_a_persons_flood_ends_at_the_limit_and_leaves_one_event(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await valkey.next_minute(ledger.now())
    kept = [await ledger.store_press(press(f"p{n}"), LIMITS) for n in range(30)]
    assert kept[:10] == [Kept.NEW] * 10
    assert kept[10] is Kept.FIRST_BEYOND
    assert kept[11:] == [Kept.BEYOND] * 19
    assert await ledger.waiting_presses() == 10
    [met] = [one.event for one in await ledger.events() if one.event.name == "presses_limited"]
    assert met.slack_user_id == "U1"
    await valkey.travel(timedelta(minutes=1))
    assert await ledger.store_press(press("later"), LIMITS) is Kept.NEW


async def test_a_case_has_a_limit_for_everybody_together_and_others_are_not_held_up(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await valkey.next_minute(ledger.now())
    many = [
        press(f"p{n}").model_copy(update={"slack_user_id": f"U{n % 3}", "case_id": "case-1"})
        for n in range(20)
    ]
    kept = [await ledger.store_press(one, LIMITS) for one in many]
    assert sum(map(bool, kept)) == 15
    elsewhere = press("other").model_copy(update={"slack_user_id": "U9", "case_id": "case-9"})
    assert await ledger.store_press(elsewhere, LIMITS) is Kept.NEW


async def test_an_organization_has_a_limit_over_all_its_cases_and_others_are_not_held_up(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """The door knows only the case; whose it is the ledger finds out itself."""
    await valkey.next_minute(ledger.now())
    for number, organization_id in enumerate(("acme", "acme", "acme", "globex")):
        held = case(f"case-{number}").model_copy(update={"organization_id": organization_id})
        await committed(ledger, change((held, 0)))

    def pressed(number: int, on: int) -> Press:
        of = {"slack_user_id": f"U{number % 3}", "case_id": f"case-{on}"}
        return press(f"p{on}-{number}").model_copy(update=of)

    limits = LIMITS.model_copy(update={"presses_a_minute": 60})
    kept = [await ledger.store_press(pressed(n, on), limits) for on in range(3) for n in range(12)]
    assert sum(map(bool, kept)) == 25
    assert kept.count(Kept.FIRST_BEYOND) == 3, "each of them is told once"
    assert await ledger.store_press(pressed(1, 3), limits) is Kept.NEW
    assert [one.event.name for one in await ledger.events()].count("presses_limited") == 1


async def test_no_flood_of_others_takes_somebody_their_first_presses(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """Two guests press on and on; the approver still decides."""
    await valkey.next_minute(ledger.now())
    for number in range(40):
        flood = press(f"p{number}").model_copy(
            update={"slack_user_id": f"G{number % 2}", "case_id": "case-1"}
        )
        await ledger.store_press(flood, LIMITS)
    kept = []
    for number in range(7):
        own = press(f"a{number}").model_copy(update={"slack_user_id": "ANA", "case_id": "case-1"})
        kept.append(await ledger.store_press(own, LIMITS))
    assert kept == [Kept.NEW] * 5 + [Kept.FIRST_BEYOND, Kept.BEYOND]


async def test_each_presser_who_meets_a_limit_is_told_once(ledger: Ledger, valkey: RunningValkey) -> None:
    await valkey.next_minute(ledger.now())
    for number in range(15):
        full = press(f"p{number}").model_copy(update={"slack_user_id": f"U{number}", "case_id": "case-1"})
        assert await ledger.store_press(full, LIMITS)
    told = []
    for number in range(16):
        late = press(f"l{number}").model_copy(update={"slack_user_id": f"V{number % 2}", "case_id": "case-1"})
        told.append(await ledger.store_press(late, LIMITS))
    assert told == [Kept.NEW] * 10 + [Kept.FIRST_BEYOND] * 2 + [Kept.BEYOND] * 4


async def test_a_replay_counts_for_nothing(ledger: Ledger) -> None:
    for _ in range(30):
        await ledger.store_press(press("same"), LIMITS)
    assert await ledger.store_press(press("another"), LIMITS) is Kept.NEW


async def test_p4_presses_that_come_together_are_each_stored_and_told_of_their_own(ledger: Ledger) -> None:
    """Many at once, some of them twice: each is kept once, in the order in which they came."""
    ids = [f"press-{number}" for number in range(200)]
    sent = [*ids, *ids[:50]]
    told = await asyncio.gather(*(ledger.store_press(press(each)) for each in sent))
    assert told == [Kept.NEW] * 200 + [Kept.REPLAY] * 50
    assert {one.press_id for one in await ledger.take_presses(300, LEASE)} == set(ids)


async def test_p4_a_server_that_is_away_tells_everybody_who_pressed(valkey: RunningValkey) -> None:
    ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
    valkey.hang()
    try:
        began = time.monotonic()
        told = await asyncio.gather(
            *(ledger.store_press(press(f"press-{number}")) for number in range(100)), return_exceptions=True
        )
        assert {type(one) for one in told} == {LedgerUnavailable}
        assert time.monotonic() - began < 2.5, "also those who waited for the others"
    finally:
        valkey.resume()
    assert await ledger.store_press(press("press-after"))
    await ledger.close()


async def test_p4_who_gives_up_before_the_call_is_sent_is_not_stored(ledger: Ledger) -> None:
    first = [asyncio.create_task(ledger.store_press(press(f"press-{number}"))) for number in range(2)]
    await asyncio.sleep(0)
    late = asyncio.create_task(ledger.store_press(press("press-late")))
    await asyncio.sleep(0)
    late.cancel()
    assert all(await asyncio.gather(*first))
    await asyncio.gather(late, return_exceptions=True)
    assert late.cancelled()
