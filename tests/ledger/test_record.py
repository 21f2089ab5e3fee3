"""P7: the record is gapless, sealed, verifiable without a server, and can forget people without forgetting facts."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit import GENESIS, Head, Verification, verify_export
from bot.ledger import Ledger, NewerRecord, StoredEvent
from bot.models import DecisionNote, EarlierDecision, Event, Verb
from tests.ledger.build import NOON, change, committed, event
from tests.valkey import RunningValkey


async def _exported(ledger: Ledger) -> list[str]:
    return [line async for line in ledger.chain.export()]


async def _verified(ledger: Ledger) -> Verification:
    return verify_export(await _exported(ledger))


async def test_events_are_numbered_without_a_gap_in_the_order_of_the_changes(
    ledger: Ledger, other: Ledger
) -> None:
    changes = [change(events=[event(f"case-{n}", "a"), event(f"case-{n}", "b")]) for n in range(20)]
    await asyncio.gather(*(one.commit(told) for told in changes for one in (ledger, other)))
    events = await ledger.events()
    assert [one.number for one in events] == list(range(1, 41)), (
        "a change that was sent twice is recorded once"
    )
    assert [one.number for one in await ledger.events(after=38)] == [39, 40]
    assert [one.number for one in await ledger.events(after=3, limit=2)] == [4, 5]
    assert await ledger.events(after=40) == []


async def test_an_event_is_read_back_with_its_private_part(ledger: Ledger) -> None:
    told = Event(
        name="decision_refused",
        case_id="case-1",
        facts={"why": "not permitted", "generation": 3, "empty": []},
        private={"path": "C:\\Ünïcode \u202e", "nested": {"a": [1, 2.5, None]}},
    )
    written_at = await ledger.record([told])
    [stored] = await ledger.events()
    assert (stored.event, stored.number, stored.at) == (told, written_at.number, written_at.at)


async def test_recording_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no event"):
        await ledger.record([])


async def test_an_empty_record_verifies(ledger: Ledger) -> None:
    found = await _verified(ledger)
    assert found.is_good, found.problems
    assert await ledger.chain.head() == Head()
    assert await ledger.chain.seal() is None


async def test_an_export_verifies_with_its_seals(ledger: Ledger) -> None:
    for round_number in range(3):
        await ledger.record([event(f"case-{n}", user=f"person {n}") for n in range(5)])
        sealed = await ledger.chain.seal()
        assert sealed is not None
        assert (sealed.number, sealed.last) == (round_number + 1, (round_number + 1) * 5)
    await ledger.record([event()])
    found = await _verified(ledger)
    assert found.is_good, found.problems
    assert (found.events, found.seals, found.sealed_to, found.private_kept) == (16, 3, 15, 15)
    head = await ledger.chain.head()
    assert (head.number, head.link, head.seals) == (found.last, found.link, found.seals)
    assert head.link != GENESIS


async def test_replicas_that_seal_at_once_make_one_seal(ledger: Ledger, other: Ledger) -> None:
    await ledger.record([event() for _ in range(10)])
    seals = await asyncio.gather(*(one.chain.seal() for one in (ledger, other) * 5))
    assert len({one.digest for one in seals if one}) == 1
    assert (await ledger.chain.head()).seals == 1
    assert await other.chain.seal() is None
    assert (await _verified(ledger)).is_good


async def test_an_export_goes_to_a_file_that_only_its_owner_reads(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.record([event() for _ in range(2500)])
    await ledger.chain.seal()
    path = tmp_path / "record.jsonl"
    head = await ledger.chain.export_to(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="ascii") as lines:
        found = verify_export(lines)
    assert found.is_good, found.problems
    assert (found.last, head.number) == (2500, 2500)
    with pytest.raises(FileExistsError):
        await ledger.chain.export_to(path)


async def test_what_happens_during_an_export_is_left_out_of_it(ledger: Ledger) -> None:
    await ledger.record([event() for _ in range(3)])
    lines = []
    async for line in ledger.chain.export():
        lines.append(line)
        if len(lines) == 1:
            await ledger.record([event()])
            await ledger.chain.seal()
    found = verify_export(lines)
    assert found.is_good, found.problems
    assert (found.last, found.seals) == (3, 0)


async def test_a_record_that_was_changed_in_the_server_does_not_verify(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await ledger.record([event(f"case-{n}") for n in range(5)])
    await ledger.chain.seal()
    async with valkey.client() as client:
        await client.xdel("{gatehouse}:audit", "3-1")
        found = await _verified(ledger)
        assert any("event 3 was expected" in problem for problem in found.problems)
        await client.delete("{gatehouse}:audit")
        found = await _verified(ledger)
        assert any("head is another one" in problem for problem in found.problems)


async def test_a_forged_past_with_fitting_links_is_betrayed_by_the_seal(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await ledger.record([event(f"case-{n}") for n in range(3)])
    await ledger.chain.seal()
    async with valkey.client() as client:
        await client.delete("{gatehouse}:audit")
        await client.hset("{gatehouse}:head", mapping={"n": 0, "link": GENESIS})
    await ledger.record([event(f"forged-{n}") for n in range(3)])
    found = await _verified(ledger)
    assert [problem.partition(": ")[2][:38] for problem in found.problems] == [
        "does not fit the events since the seal"
    ]


async def test_people_are_forgotten_and_the_chain_still_verifies(ledger: Ledger) -> None:
    told = [[event("case-1", user=f"person {n}"), event("case-2", user="other")] for n in range(600)]
    await ledger.commit_all([change(events=events) for events in told])
    await ledger.chain.seal()
    assert await ledger.chain.redact("case-1") == 600
    assert await ledger.chain.redact("case-1") == 0
    events = await ledger.events(limit=2000)
    assert [
        one.event.private
        for one in events
        if one.event.name == "case_changed" and one.event.case_id == "case-1"
    ] == [{}] * 600
    assert all(one.event.private for one in events if one.event.case_id == "case-2")
    assert [one.event.facts["count"] for one in events if one.event.name == "record_redacted"] == [500, 100]
    await ledger.chain.seal()
    found = await _verified(ledger)
    assert found.is_good, found.problems
    assert (found.private_kept, found.private_removed) == (600, 600)
    assert "person 7" not in "".join(await _exported(ledger))


async def test_look_ups_are_forgotten_by_age(ledger: Ledger, valkey: RunningValkey) -> None:
    await ledger.record([event(user="early")])
    await valkey.travel(timedelta(days=1))
    late = await ledger.record([event(user="late")])
    assert await ledger.chain.redact_loose(late.at - timedelta(hours=1)) == 1
    private = [one.event.private for one in await ledger.events()]
    assert private == [{}, {"user": "late"}, {}]
    assert (await _verified(ledger)).is_good


async def test_equal_private_parts_cannot_be_recognised_by_their_digests(ledger: Ledger) -> None:
    await ledger.record([event(user="same"), event(user="same")])
    bodies = [json.loads(line)["body"] for line in await _exported(ledger) if '"event"' in line]
    assert len(set(bodies)) == 2


async def _accept(ledger: Ledger, digest: str) -> int:
    accepted = Event(name="access_accepted", facts={"digest": digest, "generation": "@generation"})
    return await ledger.accept_access(f"document {digest}", digest, [accepted])


async def test_an_access_file_is_accepted_once_for_all_replicas(ledger: Ledger, other: Ledger) -> None:
    assert (await ledger.access(), await ledger.access_generation()) == (None, 0)
    assert await _accept(ledger, "d1") == 1
    assert await _accept(other, "d1") == 1
    assert await _accept(other, "d2") == 2
    accepted = await ledger.access()
    assert accepted is not None
    assert (accepted.generation, accepted.digest, accepted.document) == (2, "d2", "document d2")
    assert await ledger.access_generation() == 2
    events: list[StoredEvent] = await ledger.events()
    assert [one.event.facts["generation"] for one in events] == [1, 2]
    assert (await _verified(ledger)).is_good


async def test_an_access_file_of_a_newer_program_is_not_touched(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await _accept(ledger, "d1")
    async with valkey.client() as client:
        await client.hset("{gatehouse}:access", "sv", "999")
    with pytest.raises(NewerRecord):
        await ledger.access()
    with pytest.raises(NewerRecord):
        await _accept(ledger, "d2")


async def test_earlier_decisions_come_newest_first_and_only_since_then(ledger: Ledger) -> None:
    def note(days_ago: int) -> DecisionNote:
        at = NOON - timedelta(days=days_ago)
        decision = EarlierDecision(
            at=at, verb=Verb.APPROVE, by=f"{days_ago}", reach="computer", same_file=True
        )
        return DecisionNote(keys=("org|hash", "org|software"), decision=decision)

    for days_ago in (40, 1, 3):
        await committed(ledger, replace(change(), notes=[note(days_ago)]))
    found = await ledger.history.earlier("org|hash", NOON - timedelta(days=30))
    assert [one.by for one in found] == ["1", "3"]
    assert found == await ledger.history.earlier("org|software", NOON - timedelta(days=30))
    assert await ledger.history.earlier("other", NOON - timedelta(days=30)) == []
