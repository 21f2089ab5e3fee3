"""What a year of cases leaves behind: so much for each closed case, and nothing that grows beside it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from bot.app import beat
from bot.decision.forms import approve_once
from bot.models import Case, DecisionNote, EarlierDecision, Event, Verb
from bot.models.changes import Change
from tests.desk import Bench

CASES_A_MONTH, DAYS = 5, 30
LASTS = frozenset({"case", "request", "bundle", "audit"})
"""What is kept for ever, in so many bytes for each closed case: docs/ledger.md."""
MOST_BYTES, MOST_KEYS = 9_000, 2


async def _lasting(bench: Bench) -> tuple[Counter[str], Counter[str]]:
    """Keys, and bytes, by the first word of their name, of all that has no end."""
    keys, sizes = Counter[str](), Counter[str]()
    async with bench.valkey.client() as client:
        async for name in client.scan_iter(count=1000):
            if await client.pttl(name) == -1:
                word = re.split(r"[:]", str(name).partition(":")[2])[0]
                keys[word] += 1
                sizes[word] += await client.memory_usage(name, samples=0) or 0
    return keys, sizes


async def _one_case(bench: Bench, number: int) -> None:
    """Asked for; every second one late, every third one approved here, the rest in the portal."""
    computer = bench.computers()[number % 60]
    path = rf"C:\Program Files\Tool {number}\tool{number}.exe"
    request_id = bench.ask(
        computer=computer, path=path, hash=f"{number + 0xA0:032X}", signer="CN=Fabrikam Inc"
    )
    await bench.poll()
    await bench.say()
    case = await bench.case_of(request_id)
    if number % 2:
        await bench.advance(minutes=16)
        await _due(bench)
    if number % 3 == 0:
        await approve_once(bench.desk, await bench.press("ana", "approve_computer", case))
    else:
        bench.portal.decide_in_portal(request_id, approve=bool(number % 4), by="Pat")
    await bench.poll()
    await bench.say()
    assert not (await bench.case_of(request_id)).is_open


async def _due(bench: Bench) -> None:
    dues = beat.Dues(bench.desk)
    await dues.drain()
    await dues.stop(5)
    await bench.say()


async def _months(bench: Bench, first: int, count: int) -> None:
    for month in range(first, first + count):
        for number in range(month * CASES_A_MONTH, (month + 1) * CASES_A_MONTH):
            await _one_case(bench, number)
        await bench.advance(days=DAYS)
        await bench.ledger.chain.redact_loose(bench.desk.now() - bench.desk.rules.retention.loose_events)
        await _due(bench)


async def test_a_year_of_cases_leaves_so_much_for_each_and_nothing_else(bench: Bench) -> None:
    await _months(bench, 0, 6)
    half_keys, half = await _lasting(bench)
    await _months(bench, 6, 6)
    keys, whole = await _lasting(bench)
    cases = 6 * CASES_A_MONTH
    grew = {word: whole[word] - half[word] for word in whole}
    assert not {word: more for word, more in grew.items() if word not in LASTS and more > 512}, grew
    assert (keys.total() - half_keys.total()) / cases <= MOST_KEYS
    assert sum(grew.values()) / cases <= MOST_BYTES, grew
    redacted = [await _redacted(bench, one) for one in await _case_ids(bench)]
    assert sum(redacted) >= 8 * CASES_A_MONTH, "the retention of ninety days has passed for them"


async def _case_ids(bench: Bench) -> list[str]:
    return list({one.event.case_id for one in await bench.events("case_opened")})


async def _redacted(bench: Bench, case_id: str) -> bool:
    case: Case = await bench.case(case_id)
    return case.redacted_at is not None


async def test_what_is_remembered_of_a_decision_ends_when_nobody_asks_for_it_any_more(bench: Bench) -> None:
    """Who decided is a person: the memory for the next request keeps them no longer than retention says."""
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()
    longest = bench.desk.rules.remembered_for / timedelta(milliseconds=1)
    async with bench.valkey.client() as client:
        names = [name async for name in client.scan_iter(match="{gatehouse}:history:*")]
        assert len(names) >= 3
        assert all([0 < await client.pttl(name) <= longest for name in names])
        for name in names:
            await client.persist(name)
    assert await bench.ledger.history.end_notes(timedelta(days=1)) == len(names), (
        "as a former release left them"
    )
    assert await bench.ledger.history.end_notes(timedelta(days=1)) == 0


async def test_what_lies_further_back_than_it_is_remembered_goes_with_the_next_note(bench: Bench) -> None:
    now = bench.desk.now()

    async def note(days: float, by: str) -> None:
        made = EarlierDecision(
            at=now - timedelta(days=days), verb=Verb.APPROVE, by=by, reach="", same_file=True
        )
        kept = DecisionNote(["o|hash|AB"], made, kept=timedelta(days=10))
        await bench.ledger.commit(Change(op_id=by, events=[Event(name="noted")], notes=[kept]))

    await note(9.9, "Pat")
    await note(1, "Ada")
    await bench.advance(days=1)
    await note(0, "Bo")
    found = await bench.ledger.history.earlier("o|hash|AB", now - timedelta(days=99))
    assert [one.by for one in found] == ["Bo", "Ada"]
